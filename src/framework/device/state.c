/* The device's state, as its driver queries and sets it (S11.34 to S11.37). */
#include "framework/device/childlist.h"
#include "framework/device/device.h"
#include "framework/device/statewatch.h"

#include <wdf.h>

#include "framework/object/apiresult.h"
#include "framework/object/string.h"
#include "framework/object/verifier.h"

/* ---- set by the driver ---- */

static bool are_tri_states(const WDF_TRI_STATE *const values[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!device_is_tri_state(*values[i]))
            return false;
    }
    return true;
}

VOID WdfDeviceGetDeviceState(WDFDEVICE Device, PWDF_DEVICE_STATE DeviceState)
{
    struct wdf_device *device = device_from_handle(Device);
    REQUIRE_PARAMETER(DeviceState);
    if (DeviceState->Size != sizeof(*DeviceState)) {
        verifier_break(__func__, "S11.35", "ignored: Size is %u, not %zu", DeviceState->Size,
                       sizeof(*DeviceState));
        return;
    }
    IO_LOCK_SCOPE(device->io.domain);
    *DeviceState = device->reported_state;
}

/* The host is told once, now or when it starts to listen; a child goes alone. */
static void give_up(struct wdf_device *device, bool wants_restart)
{
    io_lock(device->io.domain);
    bool is_news = !device->is_failed;
    device->is_failed = true;
    device->wants_restart = wants_restart && (is_news || device->wants_restart);
    io_unlock(device->io.domain);
    if (is_news && !child_give_up(device))
        node_tell_failed(device);
}

VOID WdfDeviceSetDeviceState(WDFDEVICE Device, PWDF_DEVICE_STATE DeviceState)
{
    struct wdf_device *device = device_from_handle(Device);
    REQUIRE_PARAMETER(DeviceState);
    const WDF_TRI_STATE *const values[] = {
        &DeviceState->Disabled,        &DeviceState->DontDisplayInUI,
        &DeviceState->Failed,          &DeviceState->NotDisableable,
        &DeviceState->Removed,         &DeviceState->ResourcesChanged,
        &DeviceState->AssignedToGuest,
    };
    if (DeviceState->Size != sizeof(*DeviceState) ||
        !are_tri_states(values, RTL_NUMBER_OF(values))) {
        verifier_break(__func__, "S11.35", "ignored: the Size or a value is wrong");
        return;
    }
    io_lock(device->io.domain);
    device->reported_state = *DeviceState;
    io_unlock(device->io.domain);
    if (DeviceState->Failed == WdfTrue || DeviceState->Removed == WdfTrue)
        give_up(device, false);
}

VOID WdfDeviceSetFailed(WDFDEVICE Device, WDF_DEVICE_FAILED_ACTION FailedAction)
{
    struct wdf_device *device = device_from_handle(Device);
    if (FailedAction == WdfDeviceFailedAttemptRestart &&
        child_list_reenumerate(device_lowest(device)))
        return; /* S16.41: it is removed, and made anew */
    if (FailedAction == WdfDeviceFailedAttemptRestart || FailedAction == WdfDeviceFailedNoRestart)
        give_up(device, FailedAction == WdfDeviceFailedAttemptRestart);
    else
        verifier_break(__func__, "S11.34", "ignored: there is no action %d", (int)FailedAction);
}

VOID WdfDeviceSetStaticStopRemove(WDFDEVICE Device, BOOLEAN Stoppable)
{
    struct wdf_device *device = device_from_handle(Device);
    VERIFIER_SAYS_AT_END();
    IO_LOCK_SCOPE(device->io.domain);
    if (!Stoppable)
        device->removal_vetoes++;
    else if (device->removal_vetoes > 0)
        device->removal_vetoes--;
    else
        verifier_find(__func__, "S11.36", "device %p: allowed more often than it was forbidden",
                      (void *)Device);
}

VOID WdfDeviceSetPnpCapabilities(WDFDEVICE Device, PWDF_DEVICE_PNP_CAPABILITIES PnpCapabilities)
{
    struct wdf_device *device = device_from_handle(Device);
    REQUIRE_PARAMETER(PnpCapabilities);
    const WDF_TRI_STATE *const values[] = {
        &PnpCapabilities->LockSupported,    &PnpCapabilities->EjectSupported,
        &PnpCapabilities->Removable,        &PnpCapabilities->DockDevice,
        &PnpCapabilities->UniqueID,         &PnpCapabilities->SilentInstall,
        &PnpCapabilities->NoDisplayInUI,    &PnpCapabilities->SurpriseRemovalOK,
        &PnpCapabilities->HardwareDisabled,
    };
    if (PnpCapabilities->Size != sizeof(*PnpCapabilities) ||
        !are_tri_states(values, RTL_NUMBER_OF(values))) {
        verifier_break(__func__, "S17.43", "ignored: the Size or a value is wrong");
        return;
    }
    IO_LOCK_SCOPE(device->io.domain);
    device->pnp_capabilities = *PnpCapabilities;
}

/* ---- where the device is ---- */

WDF_DEVICE_PNP_STATE WdfDeviceGetDevicePnpState(WDFDEVICE Device)
{
    return (WDF_DEVICE_PNP_STATE)machine_state(device_from_handle(Device), MACHINE_PNP);
}

WDF_DEVICE_POWER_STATE WdfDeviceGetDevicePowerState(WDFDEVICE Device)
{
    struct wdf_device *device = device_from_handle(Device);
    return (WDF_DEVICE_POWER_STATE)state_seen_by_driver(device, MACHINE_POWER,
                                                        machine_state(device, MACHINE_POWER));
}

WDF_DEVICE_POWER_POLICY_STATE WdfDeviceGetDevicePowerPolicyState(WDFDEVICE Device)
{
    struct wdf_device *device = device_from_handle(Device);
    return (WDF_DEVICE_POWER_POLICY_STATE)state_seen_by_driver(
        device, MACHINE_POLICY, machine_state(device, MACHINE_POLICY));
}

POWER_ACTION WdfDeviceGetSystemPowerAction(WDFDEVICE Device)
{
    struct wdf_device *device = device_from_handle(Device);
    IO_LOCK_SCOPE(device->io.domain);
    return device->system_action;
}

ULONG WdfDeviceGetAlignmentRequirement(WDFDEVICE Device)
{
    struct wdf_device *device = device_from_handle(Device);
    IO_LOCK_SCOPE(device->io.domain);
    return device->alignment;
}

VOID WdfDeviceSetAlignmentRequirement(WDFDEVICE Device, ULONG AlignmentRequirement)
{
    struct wdf_device *device = device_from_handle(Device);
    IO_LOCK_SCOPE(device->io.domain);
    device->alignment = AlignmentRequirement;
}

/* ---- names and pointers ---- */

NTSTATUS WdfDeviceRetrieveDeviceName(WDFDEVICE Device, WDFSTRING String)
{
    struct wdf_device *device = device_from_handle(Device);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S3.18");
    if (device->init.texts.name == NULL)
        return API_RESULT(STATUS_INVALID_PARAMETER, "S3.18");
    return API_RESULT(string_set_utf8(String, device->init.texts.name, __func__), "S3.18");
}
