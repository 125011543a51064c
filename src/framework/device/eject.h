/*
 * Ejecting a child (S16.55): it is removed in order, if nobody objects, and then its bus lets it
 * go.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_EJECT_H
#define WDFUSE_FRAMEWORK_DEVICE_EJECT_H

#include <stdbool.h>

struct wdf_device;

/* Somebody wants it to be ejected: it is looked at. False: PnP does not know it, or not any more.
 * Any thread, any IRQL up to DISPATCH_LEVEL. */
bool child_wish_ejection(struct wdf_device *child);

/* In a turn. */
void child_eject(struct wdf_device *child);

#endif
