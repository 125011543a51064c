/* Power states and waking, as set by a driver: WdfDeviceSetPowerCapabilities,
 * WdfDeviceIndicateWakeStatus, and the settings of waking (wakeapi.h). */
/* Functions of the user-mode framework, too: <wdftypes.h>. */
#define WDFUSE_BOTH_FRAMEWORKS
#include <wdf.h>

#include "framework/device/device.h"
#include "framework/device/powercaps.h"
#include "framework/device/wakeapi.h"
#include "framework/object/apiresult.h"
#include "framework/object/verifier.h"

/* ---- capabilities ---- */

static const char *problem_of_capabilities(const struct wdf_device *device,
                                           const WDF_DEVICE_POWER_CAPABILITIES *capabilities)
{
    if (capabilities->Size != sizeof(*capabilities))
        return "the Size is wrong";
    if (!device_is_tri_state(capabilities->DeviceD1) ||
        !device_is_tri_state(capabilities->DeviceD2) ||
        !device_is_tri_state(capabilities->WakeFromD0) ||
        !device_is_tri_state(capabilities->WakeFromD1) ||
        !device_is_tri_state(capabilities->WakeFromD2) ||
        !device_is_tri_state(capabilities->WakeFromD3))
        return "a WDF_TRI_STATE is out of range";
    for (size_t i = 0; i < RTL_NUMBER_OF(capabilities->DeviceState); i++) {
        if ((unsigned)capabilities->DeviceState[i] > PowerDeviceMaximum)
            return "a DeviceState is out of range";
    }
    if ((unsigned)capabilities->DeviceWake > PowerDeviceMaximum)
        return "DeviceWake is out of range";
    if ((unsigned)capabilities->SystemWake > PowerSystemMaximum)
        return "SystemWake is out of range";
    if (!device->is_policy_owner && capabilities->IdealDxStateForSx != PowerDeviceMaximum)
        return "IdealDxStateForSx is for the owner of the power policy to say";
    if (capabilities->IdealDxStateForSx < PowerDeviceD1 ||
        capabilities->IdealDxStateForSx > PowerDeviceMaximum)
        return "IdealDxStateForSx is out of range";
    return NULL;
}

VOID WdfDeviceSetPowerCapabilities(WDFDEVICE Device,
                                   PWDF_DEVICE_POWER_CAPABILITIES PowerCapabilities)
{
    struct wdf_device *device = device_from_handle(Device);
    REQUIRE_PARAMETER(PowerCapabilities);
    const char *problem = problem_of_capabilities(device, PowerCapabilities);
    if (problem != NULL) {
        verifier_break(__func__, "S18.1", "ignored: %s", problem);
        return;
    }
    IO_LOCK_SCOPE(device->io.domain);
    WDF_DEVICE_POWER_CAPABILITIES before = device->idle.capabilities;
    device->idle.capabilities = *PowerCapabilities;
    if (PowerCapabilities->DeviceWake == PowerDeviceMaximum)
        device->idle.capabilities.DeviceWake = before.DeviceWake;
    if (PowerCapabilities->SystemWake == PowerSystemMaximum)
        device->idle.capabilities.SystemWake = before.SystemWake;
    if (PowerCapabilities->IdealDxStateForSx == PowerDeviceMaximum)
        device->idle.capabilities.IdealDxStateForSx = before.IdealDxStateForSx;
}

/* ---- waking ---- */

NTSTATUS WdfDeviceIndicateWakeStatus(WDFDEVICE Device, NTSTATUS WaitWakeStatus)
{
    struct wdf_device *device = device_from_handle(Device);
    if (WaitWakeStatus == STATUS_PENDING || WaitWakeStatus == STATUS_CANCELLED)
        return API_RESULT(STATUS_INVALID_PARAMETER, "S18.26");
    if (device->init.kind != DEVICE_PDO)
        return API_RESULT(STATUS_INVALID_DEVICE_STATE, "S18.26");
    return API_RESULT(device_wake(device, WaitWakeStatus), "S18.26");
}

/* S18.22: the state that is meant, in *state. */
static NTSTATUS check_settings(struct wdf_device *device,
                               const WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS *settings,
                               DEVICE_POWER_STATE *state)
{
    if (settings->Size != sizeof(*settings))
        return STATUS_INFO_LENGTH_MISMATCH;
    if (settings->DxState < PowerDeviceD1 || settings->DxState > PowerDeviceMaximum ||
        settings->UserControlOfWakeSettings < WakeDoNotAllowUserControl ||
        settings->UserControlOfWakeSettings > WakeAllowUserControl ||
        !device_is_tri_state(settings->Enabled))
        return STATUS_INVALID_PARAMETER;
    struct power_caps caps = powercaps_of(device);
    *state = powercaps_deepest_wake(&caps, caps.system_wake);
    if (*state < PowerDeviceD1 ||
        (settings->DxState != PowerDeviceMaximum && settings->DxState > *state))
        return STATUS_POWER_STATE_INVALID;
    if (settings->DxState != PowerDeviceMaximum)
        *state = settings->DxState;
    return STATUS_SUCCESS;
}

/* S18.22: what the first call says of children stands. S18.6: with the user's control the default
 * keeps what there was. */
static void set_locked(struct wake *wake, const WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS *settings,
                       DEVICE_POWER_STATE state, bool is_on_by_default) REQUIRES(io_lock)
{
    bool keeps = settings->Enabled == WdfUseDefault && wake->has_settings &&
                 settings->UserControlOfWakeSettings == WakeAllowUserControl;
    if (!keeps)
        wake->is_enabled = settings->Enabled == WdfTrue ||
                           (settings->Enabled == WdfUseDefault && is_on_by_default);
    if (!wake->has_settings) {
        wake->settings = *settings;
        wake->user_has_control = settings->UserControlOfWakeSettings == WakeAllowUserControl;
    }
    wake->settings.DxState = state;
    wake->has_settings = true;
}

NTSTATUS wake_check_settings(struct wdf_device *device,
                             const WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS *settings)
{
    DEVICE_POWER_STATE state;
    return device->is_policy_owner ? check_settings(device, settings, &state)
                                   : STATUS_INVALID_DEVICE_REQUEST;
}

NTSTATUS wake_assign_settings(struct wdf_device *device,
                              const WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS *settings,
                              bool is_on_by_default)
{
    DEVICE_POWER_STATE state;
    if (!device->is_policy_owner)
        return STATUS_INVALID_DEVICE_REQUEST;
    NTSTATUS status = check_settings(device, settings, &state);
    if (!NT_SUCCESS(status))
        return status;
    IO_LOCK_SCOPE(device->io.domain);
    set_locked(&device->wake, settings, state, is_on_by_default);
    return STATUS_SUCCESS;
}

bool wake_is_enabled(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    return device->wake.is_enabled;
}

bool wake_enable(struct wdf_device *device, bool is_enabled)
{
    IO_LOCK_SCOPE(device->io.domain);
    device->wake.is_enabled = is_enabled;
    return device->wake.user_has_control;
}
