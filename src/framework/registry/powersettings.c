/*
 * Settings of power policy whose default is the registry's (S18.6, S18.22): of the values in the
 * key WDF of the device's parameters, the default is whoever's who installs the device, the other
 * one the user's, who has the last word if the driver allows it. Then there is a block of WMI as
 * well, by which the user changes it while the device runs (S18.7, S19.24).
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
#include "framework/wmi/toggle.h"
#include "nt/status.h"
#include "port/log.h"

#define KEY        CONFIGURATION_DEVICE_PARAMETERS "WDF\0"
#define USERS_IDLE "IdleInWorkingState"
#define USERS_WAKE "WakeFromSleepState"

/* ---- defaults ---- */

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

/* ---- the user's choice ---- */

static NTSTATUS keep(struct configuration *configuration, const char *name, bool is_on)
{
    ULONG number = is_on;
    const struct registry_value value = {
        .type = REG_DWORD, .bytes = (void *)&number, .size = sizeof(number)};
    bool existed;
    NTSTATUS status = configuration_create(configuration, KEY, false, &existed);
    return NT_SUCCESS(status) ? configuration_assign(configuration, KEY, name, &value) : status;
}

/* It holds all the same, as on Windows. */
static void keep_aloud(struct wdf_device *device, const char *name, bool is_on)
{
    NTSTATUS status = keep(device->init.driver->configuration, name, is_on);
    if (!NT_SUCCESS(status))
        log_warning("driver %s: the user's choice of %s holds until the device goes, but is not "
                    "kept in its configuration: %s",
                    driver_name(device->init.driver), name, nt_status_name(status));
}

static struct wdf_device *device_of(struct io_device *io)
{
    return CONTAINING_RECORD(io, struct wdf_device, io);
}

static bool idles(struct io_device *io)
{
    return policy_is_idle_enabled(device_of(io));
}

static void let_idle(struct io_device *io, bool is_on)
{
    if (policy_enable_idle(device_of(io), is_on))
        keep_aloud(device_of(io), USERS_IDLE, is_on);
}

static bool wakes(struct io_device *io)
{
    return wake_is_enabled(device_of(io));
}

static void let_wake(struct io_device *io, bool is_on)
{
    if (wake_enable(device_of(io), is_on))
        keep_aloud(device_of(io), USERS_WAKE, is_on);
}

/* GUID_POWER_DEVICE_ENABLE, GUID_POWER_DEVICE_WAKE_ENABLE (<wdmguid.h>) */
static const struct wmi_toggle idle_toggle = {
    {0x827c0a6f, 0xfeb0, 0x11d0, {0xbd, 0x26, 0x00, 0xaa, 0x00, 0xb7, 0xb3, 0x2a}},
    idles,
    let_idle,
};
static const struct wmi_toggle wake_toggle = {
    {0xa9546a82, 0xfeb0, 0x11d0, {0xbd, 0x26, 0x00, 0xaa, 0x00, 0xb7, 0xb3, 0x2a}},
    wakes,
    let_wake,
};

static NTSTATUS show_or_hide(struct wdf_device *device, const struct wmi_toggle *toggle,
                             bool user_has_control)
{
    if (user_has_control)
        return wmi_toggle_show(&device->wmi, toggle);
    wmi_toggle_hide(&device->wmi, toggle);
    return STATUS_SUCCESS;
}

/* ---- settings ---- */

static NTSTATUS assign_idle_settings(struct wdf_device *device,
                                     const WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS *settings)
{
    NTSTATUS status = policy_check_idle_settings(device, settings);
    if (!NT_SUCCESS(status))
        return status;
    bool users = settings->UserControlOfIdleSettings == IdleAllowUserControl;
    bool is_on = settings->Enabled != WdfUseDefault ||
                 is_on_by_default(device, "WdfDefaultIdleInWorkingState", USERS_IDLE, users);
    status = show_or_hide(device, &idle_toggle, users);
    return NT_SUCCESS(status) ? policy_assign_idle_settings(device, settings, is_on) : status;
}

NTSTATUS WdfDeviceAssignS0IdleSettings(WDFDEVICE Device,
                                       PWDF_DEVICE_POWER_POLICY_IDLE_SETTINGS Settings)
{
    struct wdf_device *device = device_from_handle(Device);
    REQUIRE_PARAMETER(Settings);
    return API_RESULT(assign_idle_settings(device, Settings), "S11.25");
}

static NTSTATUS assign_wake_settings(struct wdf_device *device,
                                     const WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS *settings)
{
    NTSTATUS status = wake_check_settings(device, settings);
    if (!NT_SUCCESS(status))
        return status;
    bool users = settings->UserControlOfWakeSettings == WakeAllowUserControl;
    bool is_on = settings->Enabled != WdfUseDefault ||
                 is_on_by_default(device, "WdfDefaultWakeFromSleepState", USERS_WAKE, users);
    status = show_or_hide(device, &wake_toggle, users);
    return NT_SUCCESS(status) ? wake_assign_settings(device, settings, is_on) : status;
}

NTSTATUS WdfDeviceAssignSxWakeSettings(WDFDEVICE Device,
                                       PWDF_DEVICE_POWER_POLICY_WAKE_SETTINGS Settings)
{
    struct wdf_device *device = device_from_handle(Device);
    REQUIRE_PARAMETER(Settings);
    return API_RESULT(assign_wake_settings(device, Settings), "S18.22");
}
