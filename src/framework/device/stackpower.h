/* Power requests of a policy's owner to all devices of its stack (S17.11). Each returns false if a
 * callback has failed on the way. */
#ifndef WDFUSE_FRAMEWORK_DEVICE_STACKPOWER_H
#define WDFUSE_FRAMEWORK_DEVICE_STACKPOWER_H

#include <stdbool.h>

#include <wdf.h>

struct wdf_device;

/* To Dx, from the top: first until the owner's I/O is stopped, then to the end. */
bool stackpower_down(struct wdf_device *owner, WDF_POWER_DEVICE_STATE target);
bool stackpower_complete_down(struct wdf_device *owner);

/* To D0, from the bottom: first until the owner's hardware works, then to the end. */
bool stackpower_up(struct wdf_device *owner);
bool stackpower_complete_up(struct wdf_device *owner);

/* For a stack without an owner. */
bool stackpower_all_down(struct wdf_device *top, WDF_POWER_DEVICE_STATE target);
bool stackpower_all_up(struct wdf_device *top);

#endif
