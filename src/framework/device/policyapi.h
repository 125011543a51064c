/* Settings of idling, by who knows the registry (registry/powersettings.c). */
#ifndef WDFUSE_FRAMEWORK_DEVICE_POLICYAPI_H
#define WDFUSE_FRAMEWORK_DEVICE_POLICYAPI_H

#include <stdbool.h>

#include <wdf.h>

struct wdf_device;

/* WdfDeviceAssignS0IdleSettings; `is_on_by_default` is what WdfUseDefault means. */
NTSTATUS policy_assign_idle_settings(struct wdf_device *device,
                                     const WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS *settings,
                                     bool is_on_by_default);

#endif
