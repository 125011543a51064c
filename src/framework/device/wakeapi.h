/* Settings of waking the system, by who knows the registry (registry/powersettings.c). */
#ifndef WDFUSE_FRAMEWORK_DEVICE_WAKEAPI_H
#define WDFUSE_FRAMEWORK_DEVICE_WAKEAPI_H

#include <stdbool.h>

#include <wdf.h>

struct wdf_device;

/* WdfDeviceAssignSxWakeSettings; `is_on_by_default` is what WdfUseDefault means. */
NTSTATUS wake_assign_settings(struct wdf_device *device,
                              const WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS *settings,
                              bool is_on_by_default);

#endif
