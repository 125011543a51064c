/*
 * Whether a device may be removed, sleep, or be stopped: its stack is asked, and the children of
 * its devices before it. The seams themselves are in lifecycle.h.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_QUERY_H
#define WDFUSE_FRAMEWORK_DEVICE_QUERY_H

#include <stdbool.h>

struct wdf_device;

/* In a turn: may the stack be removed? After an objection all who were asked have heard that it is
 * not (S11.15). */
bool query_stack(struct wdf_device *top);

/* In a turn: one that may be removed stays. */
void query_cancel_stack(struct wdf_device *top);

/* The device is removed. Devices that were asked with it stay until their host removes them, and
 * may be used meanwhile. */
void query_removed(struct wdf_device *device);

#endif
