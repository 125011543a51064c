/* A driver's settings and references for idling (S11.25 to S11.32, S18.6
 * to S18.15). */
/* Functions of the user-mode framework, too: <wdftypes.h>. */
#define WDFUSE_BOTH_FRAMEWORKS
#include <wdf.h>

#include "framework/device/device.h"
#include "framework/device/idle.h"
#include "framework/device/policyapi.h"
#include "framework/device/powercaps.h"
#include "framework/device/turn.h"
#include "framework/object/apiresult.h"
#include "framework/object/verifier.h"
#include "port/log.h"

/* ---- idle settings ---- */

static bool is_in_range(int value, int first, int last)
{
    return value >= first && value <= last;
}

static NTSTATUS check_idle_values(const WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS *settings)
{
    if (settings->Size != sizeof(*settings))
        return STATUS_INFO_LENGTH_MISMATCH;
    if (!is_in_range((int)settings->DxState, PowerDeviceD1, PowerDeviceMaximum) ||
        !is_in_range((int)settings->IdleCaps, IdleCannotWakeFromS0, IdleUsbSelectiveSuspend) ||
        !is_in_range((int)settings->UserControlOfIdleSettings, IdleDoNotAllowUserControl,
                     IdleAllowUserControl) ||
        !device_is_tri_state(settings->Enabled) ||
        !device_is_tri_state(settings->PowerUpIdleDeviceOnSystemWake))
        return STATUS_INVALID_PARAMETER;
    if (settings->IdleCaps != IdleCannotWakeFromS0 &&
        settings->PowerUpIdleDeviceOnSystemWake != WdfUseDefault)
        return STATUS_INVALID_PARAMETER;
    if ((unsigned)settings->IdleTimeoutType > SystemManagedIdleTimeoutWithHint)
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

/* S18.10: the state that is meant, in *state. */
static NTSTATUS choose_idle_state(struct wdf_device *device,
                                  const WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS *settings,
                                  DEVICE_POWER_STATE *state)
{
    bool is_open = settings->DxState == PowerDeviceMaximum;
    *state = is_open ? PowerDeviceD3 : settings->DxState;
    if (settings->IdleCaps == IdleCannotWakeFromS0)
        return STATUS_SUCCESS;
    struct power_caps caps = powercaps_of(device);
    DEVICE_POWER_STATE deepest = powercaps_deepest_wake(&caps, PowerSystemWorking);
    if (is_open)
        *state = deepest;
    bool is_too_deep = *state > deepest || *state < PowerDeviceD1 ||
                       (*state > PowerDeviceD2 && settings->IdleCaps == IdleUsbSelectiveSuspend);
    return is_too_deep ? STATUS_POWER_STATE_INVALID : STATUS_SUCCESS;
}

static NTSTATUS check_idle_settings(struct wdf_device *device,
                                    const WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS *settings,
                                    DEVICE_POWER_STATE *state)
{
    NTSTATUS status = check_idle_values(settings);
    return NT_SUCCESS(status) ? choose_idle_state(device, settings, state) : status;
}

NTSTATUS policy_check_idle_settings(struct wdf_device *device,
                                    const WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS *settings)
{
    DEVICE_POWER_STATE state;
    return device->is_policy_owner ? check_idle_settings(device, settings, &state)
                                   : STATUS_INVALID_DEVICE_REQUEST;
}

/* S18.11: by the system or not is chosen once, and the former before the device starts. */
static bool type_may_be_locked(const struct wdf_device *device,
                               WDF_POWER_POLICY_IDLE_TIMEOUT_TYPE type) REQUIRES(io_lock)
{
    bool is_systems = type != DriverManagedIdleTimeout;
    if (device->idle.has_settings)
        return is_systems == (device->idle.settings.IdleTimeoutType != DriverManagedIdleTimeout);
    return !is_systems || !device->idle.is_started;
}

static void set_idle_settings_locked(struct wdf_device *device,
                                     const WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS *settings,
                                     DEVICE_POWER_STATE state, bool is_on_by_default)
    REQUIRES(io_lock)
{
    struct idle *idle = &device->idle;
    WDF_TRI_STATE wakes = settings->PowerUpIdleDeviceOnSystemWake;
    if (wakes == WdfUseDefault && idle->has_settings)
        wakes = idle->settings.PowerUpIdleDeviceOnSystemWake;
    /* S18.6: with the user's control the default is what there was. */
    bool keeps = settings->Enabled == WdfUseDefault && idle->has_settings &&
                 settings->UserControlOfIdleSettings == IdleAllowUserControl;
    if (!keeps)
        idle->is_enabled = settings->Enabled == WdfTrue ||
                           (settings->Enabled == WdfUseDefault && is_on_by_default);
    if (!idle->has_settings) /* S18.7: fixed by the first call */
        idle->user_has_control = settings->UserControlOfIdleSettings == IdleAllowUserControl;
    idle->settings = *settings;
    idle->settings.DxState = state;
    idle->settings.PowerUpIdleDeviceOnSystemWake = wakes;
    idle->has_settings = true;
    idle->has_changed = idle->is_started;
}

NTSTATUS policy_assign_idle_settings(struct wdf_device *device,
                                     const WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS *settings,
                                     bool is_on_by_default)
{
    if (!device->is_policy_owner)
        return STATUS_INVALID_DEVICE_REQUEST;
    DEVICE_POWER_STATE state;
    NTSTATUS status = check_idle_settings(device, settings, &state);
    if (!NT_SUCCESS(status))
        return status;
    io_lock(device->io.domain);
    bool is_allowed = type_may_be_locked(device, settings->IdleTimeoutType);
    if (is_allowed)
        set_idle_settings_locked(device, settings, state, is_on_by_default);
    bool is_to_look = is_allowed && device->idle.has_changed;
    io_unlock(device->io.domain);
    if (is_to_look)
        turn_wish(device);
    if (is_allowed)
        return STATUS_SUCCESS;
    verifier_break("WdfDeviceAssignS0IdleSettings", "S11.25",
                   "ignored: IdleTimeoutType cannot change any more");
    return STATUS_INVALID_DEVICE_REQUEST;
}

bool policy_is_idle_enabled(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    return device->idle.is_enabled;
}

bool policy_enable_idle(struct wdf_device *device, bool is_enabled)
{
    io_lock(device->io.domain);
    device->idle.is_enabled = is_enabled;
    device->idle.has_changed = device->idle.is_started;
    bool is_to_look = device->idle.has_changed;
    bool is_users = device->idle.user_has_control;
    io_unlock(device->io.domain);
    if (is_to_look)
        turn_wish(device);
    return is_users;
}

/* ---- references ---- */

static bool is_awaited_locked(const struct wdf_device *device) REQUIRES(io_lock)
{
    return !device->idle.is_in_d0 && device->idle.is_started && !device->idle.has_failed;
}

/* With a reference: until the device is in D0, or does not come there. */
static NTSTATUS wait_for_d0(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    struct port_patience patience = {0};
    while (is_awaited_locked(device)) {
        if (!io_wait_locked(&device->io, &patience))
            continue;
        io_unlock(device->io.domain);
        log_warning("driver %s: WdfDeviceStopIdle waits for D0", driver_name(device->init.driver));
        io_lock(device->io.domain);
    }
    if (device->idle.is_in_d0)
        return STATUS_SUCCESS;
    io_device_dereference_power_locked(&device->io);
    return STATUS_POWER_STATE_INVALID;
}

static NTSTATUS check_stop_idle(struct wdf_device *device, BOOLEAN waits, const char *function)
{
    if (waits && !verifier_irql_is_at_most(PASSIVE_LEVEL, function))
        return STATUS_INVALID_DEVICE_REQUEST;
    if (!device->is_policy_owner)
        return STATUS_INVALID_DEVICE_STATE;
    if (!waits || !turn_is_mine(device))
        return STATUS_SUCCESS;
    verifier_break(function, "S11.31",
                   "WaitForD0 in a callback of PnP or power would wait for that callback itself");
    return STATUS_INVALID_DEVICE_REQUEST;
}

static void give_up_reference(struct wdf_device *device, const struct power_tag *tag)
{
    IO_LOCK_SCOPE(device->io.domain);
    device->idle.driver_references--;
    (void)power_tags_remove_locked(&device->idle.tags, tag->tag);
}

static NTSTATUS take_reference(struct wdf_device *device, BOOLEAN waits,
                               const struct power_tag *tag, const char *function)
{
    NTSTATUS status = check_stop_idle(device, waits, function);
    if (!NT_SUCCESS(status))
        return status;
    status = idle_reference(device);
    if (!NT_SUCCESS(status))
        return status;
    io_lock(device->io.domain);
    device->idle.driver_references++;
    power_tags_add_locked(&device->idle.tags, tag);
    io_unlock(device->io.domain);
    if (status != STATUS_PENDING || !waits)
        return status;
    status = wait_for_d0(device);
    if (!NT_SUCCESS(status))
        give_up_reference(device, tag);
    return status;
}

/* A device that does not come to D0 is removed, and could be freed during the wait. */
static NTSTATUS stop_idle(WDFDEVICE handle, BOOLEAN waits, const struct power_tag *tag,
                          const char *function)
{
    struct wdf_device *device = device_from_handle(handle);
    object_reference(&device->io.object);
    NTSTATUS status = take_reference(device, waits, tag, function);
    object_release(&device->io.object);
    return status;
}

/* False: not without WdfDeviceStopIdle. *is_its: that had the same tag; else *left says what there
 * is. */
static bool give_back(struct wdf_device *device, const void *tag, bool *is_its, char *left,
                      size_t size)
{
    IO_LOCK_SCOPE(device->io.domain);
    if (device->idle.driver_references == 0)
        return false;
    power_tags_describe_locked(&device->idle.tags, left, size);
    *is_its = power_tags_remove_locked(&device->idle.tags, tag);
    device->idle.driver_references--;
    io_device_dereference_power_locked(&device->io);
    return true;
}

static void resume_idle(WDFDEVICE handle, const void *tag, const char *function)
{
    struct wdf_device *device = device_from_handle(handle);
    char left[512];
    bool is_its;
    if (!device->is_policy_owner)
        return;
    if (!give_back(device, tag, &is_its, left, sizeof(left)))
        verifier_break(function, "S11.30", "device %p: more often than WdfDeviceStopIdle",
                       (void *)handle);
    else if (!is_its)
        verifier_break(function, "S18.14",
                       "device %p: nothing holds a reference with the tag %p, but: %s",
                       (void *)handle, tag, left);
}

NTSTATUS WdfDeviceStopIdleNoTrack(WDFDEVICE Device, BOOLEAN WaitForD0)
{
    const struct power_tag tag = {0};
    return API_RESULT(stop_idle(Device, WaitForD0, &tag, __func__), "S11.29");
}

VOID WdfDeviceResumeIdleNoTrack(WDFDEVICE Device)
{
    resume_idle(Device, NULL, __func__);
    VERIFIER_KEEP_CALLER();
}

NTSTATUS WdfDeviceStopIdleActual(WDFDEVICE Device, BOOLEAN WaitForD0, PVOID Tag, LONG Line,
                                 PCCH File)
{
    const struct power_tag tag = {.tag = Tag, .file = File, .line = Line};
    return API_RESULT(stop_idle(Device, WaitForD0, &tag, __func__), "S11.29");
}

VOID WdfDeviceResumeIdleActual(WDFDEVICE Device, PVOID Tag, LONG Line, PCCH File)
{
    UNREFERENCED_PARAMETER(Line);
    UNREFERENCED_PARAMETER(File);
    resume_idle(Device, Tag, __func__);
    VERIFIER_KEEP_CALLER();
}
