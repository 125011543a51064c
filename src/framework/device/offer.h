/*
 * Interfaces that a device offers to other drivers (S17.20 to S17.28): tables of functions, which
 * who asks for one gets a copy of.
 *
 * A question begins at the top of a stack and goes down, device by device. What a device has once
 * offered stays until it is deleted, so that an offer is used without a lock.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_OFFER_H
#define WDFUSE_FRAMEWORK_DEVICE_OFFER_H

#include <wdf.h>

#include "port/thread.h"

struct wdf_device;

PORT_LOCK_KIND(offers_lock);

/* Part of the device. */
struct offers {
    struct port_mutex offers_lock; /* a leaf */
    LIST_ENTRY list GUARDED_BY(offers_lock);
};

void offers_init(struct offers *offers);
void offers_free(struct offers *offers);

#endif
