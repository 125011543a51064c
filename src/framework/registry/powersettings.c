/*
 * Settings of power policy whose default is the registry's (S18.6, S18.22): of the values in the
 * key WDF of the device's parameters, the default is whoever's who installs the device, the other
 * one the user's, who has the last word if the driver allows it.
 */
/* Functions of the user-mode framework, too: <wdftypes.h>. */
#define WDFUSE_BOTH_FRAMEWORKS
#include <wdf.h>

#include <string.h>

#include "framework/device/device.h"
#include "framework/device/policyapi.h"
#include "framework/device/wakeapi.h"
#include "framework/object/apiresult.h"
#include "framework/object/verifier.h"
#include "framework/registry/configuration.h"

#define KEY CONFIGURATION_DEVICE_PARAMETERS "WDF\0"

/* Leaves it as it is if there is no such number. */
static void read_switch(struct wdf_device *device, const char *name, bool *is_on)
{
    struct registry_value value = {0};
    ULONG number;
    if (!NT_SUCCESS(configuration_query(device->init.driver->configuration, KEY, name, &value)))
        return;
    if (value.type == REG_DWORD && value.size == sizeof(number)) {
        memcpy(&number, value.bytes, sizeof(number));
        *is_on = number != 0;
    }
    registry_value_clear(&value);
}

/* S18.6: the registry is read at PASSIVE_LEVEL alone. */
static bool is_on_by_default(struct wdf_device *device, const char *default_name,
                             const char *user_name, bool user_has_control)
{
    bool is_on = true;
    if (KeGetCurrentIrql() > PASSIVE_LEVEL)
        return is_on;
    read_switch(device, default_name, &is_on);
    if (user_has_control)
        read_switch(device, user_name, &is_on);
    return is_on;
}

NTSTATUS WdfDeviceAssignS0IdleSettings(WDFDEVICE Device,
                                       PWDF_DEVICE_POWER_POLICY_IDLE_SETTINGS Settings)
{
    struct wdf_device *device = device_from_handle(Device);
    REQUIRE_PARAMETER(Settings);
    bool is_on = Settings->Enabled != WdfUseDefault ||
                 is_on_by_default(device, "WdfDefaultIdleInWorkingState", "IdleInWorkingState",
                                  Settings->UserControlOfIdleSettings == IdleAllowUserControl);
    return API_RESULT(policy_assign_idle_settings(device, Settings, is_on), "S11.25");
}

NTSTATUS WdfDeviceAssignSxWakeSettings(WDFDEVICE Device,
                                       PWDF_DEVICE_POWER_POLICY_WAKE_SETTINGS Settings)
{
    struct wdf_device *device = device_from_handle(Device);
    REQUIRE_PARAMETER(Settings);
    bool is_on = Settings->Enabled != WdfUseDefault ||
                 is_on_by_default(device, "WdfDefaultWakeFromSleepState", "WakeFromSleepState",
                                  Settings->UserControlOfWakeSettings == WakeAllowUserControl);
    return API_RESULT(wake_assign_settings(device, Settings, is_on), "S18.22");
}
