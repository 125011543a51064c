/* Arming a child at its bus for wake (S18.34). */
#ifndef WDFUSE_FRAMEWORK_DEVICE_WAKEBUS_H
#define WDFUSE_FRAMEWORK_DEVICE_WAKEBUS_H

#include <wdf.h>

struct wdf_device;

/* Calls the bus driver; the second only after the first has succeeded. */
NTSTATUS wake_enable_at_bus(struct wdf_device *child);
void wake_disable_at_bus(struct wdf_device *child);

#endif
