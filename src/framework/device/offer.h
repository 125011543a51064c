/*
 * Interfaces that a device offers to other drivers: tables of functions, of which each driver that
 * asks gets a copy (queryinterface.c).
 *
 * An offer stays until the device is deleted, so it is used without a lock.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_OFFER_H
#define WDFUSE_FRAMEWORK_DEVICE_OFFER_H

#include <stdbool.h>

#include <wdf.h>

#include "port/thread.h"

PORT_LOCK_KIND(offers_lock);

/* Part of the device. */
struct offers {
    struct port_mutex offers_lock; /* a leaf */
    LIST_ENTRY list GUARDED_BY(offers_lock);
};

struct offer {
    LIST_ENTRY entry;
    GUID type;
    bool is_parents; /* its stack is asked in the device's place */
    bool is_import;  /* the callback fills in what it finds there */
    PFN_WDF_DEVICE_PROCESS_QUERY_INTERFACE_REQUEST evt_process;
    PINTERFACE table; /* NULL: there is only the callback */
};

void offers_init(struct offers *offers);
void offers_free(struct offers *offers);

/* With a copy of the table; NULL when there is no memory. */
struct offer *offer_create(const WDF_QUERY_INTERFACE_CONFIG *config);

void offers_add(struct offers *offers, struct offer *offer);

/* The first that was added of that type (S17.22); NULL: there is none. */
const struct offer *offers_find(struct offers *offers, const GUID *type);

#endif
