/*
 * Ejecting a child (S16.55): it is removed in order, if nobody objects, and then its bus lets it
 * go.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_EJECT_H
#define WDFUSE_FRAMEWORK_DEVICE_EJECT_H

#include <stdbool.h>

struct wdf_device;
struct work;

/* Somebody wants it to be ejected: it is looked at. False: PnP does not know it, or not any more.
 * Any thread, any IRQL up to DISPATCH_LEVEL. */
bool child_wish_ejection(struct wdf_device *child);

/* In the turn of its tree; or later, in those of all trees, if devices of others are to go with it
 * (S17.40). */
void child_eject(struct wdf_device *child);
void child_eject_later(struct work *work);

#endif
