/* Settings of waking the system, by who knows the registry (registry/powersettings.c). */
#ifndef WDFUSE_FRAMEWORK_DEVICE_WAKEAPI_H
#define WDFUSE_FRAMEWORK_DEVICE_WAKEAPI_H

#include <stdbool.h>

#include <wdf.h>

struct wdf_device;

/* What WdfDeviceAssignSxWakeSettings says of them before anything is changed. */
NTSTATUS wake_check_settings(struct wdf_device *device,
                             const WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS *settings);

/* WdfDeviceAssignSxWakeSettings; `is_on_by_default` is what WdfUseDefault means. */
NTSTATUS wake_assign_settings(struct wdf_device *device,
                              const WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS *settings,
                              bool is_on_by_default);

/* As the user has it (S18.7), from the next sleep on. wake_enable: whether that is to be kept for
 * the next time. */
bool wake_is_enabled(struct wdf_device *device);
bool wake_enable(struct wdf_device *device, bool is_enabled);

#endif
