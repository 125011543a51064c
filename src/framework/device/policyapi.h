/* Settings of idling, by who knows the registry (registry/powersettings.c). */
#ifndef WDFUSE_FRAMEWORK_DEVICE_POLICYAPI_H
#define WDFUSE_FRAMEWORK_DEVICE_POLICYAPI_H

#include <stdbool.h>

#include <wdf.h>

struct wdf_device;

/* What WdfDeviceAssignS0IdleSettings says of them before anything is changed. */
NTSTATUS policy_check_idle_settings(struct wdf_device *device,
                                    const WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS *settings);

/* WdfDeviceAssignS0IdleSettings; `is_on_by_default` is what WdfUseDefault means. */
NTSTATUS policy_assign_idle_settings(struct wdf_device *device,
                                     const WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS *settings,
                                     bool is_on_by_default);

/* As the user has it (S18.7). policy_enable_idle: whether that is to be kept for the next time. */
bool policy_is_idle_enabled(struct wdf_device *device);
bool policy_enable_idle(struct wdf_device *device, bool is_enabled);

#endif
