/*
 * Ejecting a child (S16.55): if nobody objects, it is removed in order, and then released by its
 * bus.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_EJECT_H
#define WDFUSE_FRAMEWORK_DEVICE_EJECT_H

#include <stdbool.h>

struct wdf_device;
struct work;

/* Asks for the child to be ejected: it is looked at. False: PnP does not know it yet, or not any
 * more. Any thread, any IRQL up to DISPATCH_LEVEL. */
bool child_wish_ejection(struct wdf_device *child);

/* In the turn of its tree; or later, in those of all trees, if devices of others are to go with it
 * (S17.40). */
void child_eject(struct wdf_device *child);
void child_eject_later(struct work *work);

#endif
