/* One component of a device, and its F-states. See powerframework.h. */
#include "framework/device/powerframework.h"

/* Functions of the user-mode framework, too: <wdftypes.h>. */
#define WDFUSE_BOTH_FRAMEWORKS
#include <wdf.h>

#include "framework/device/call.h"
#include "framework/device/device.h"
#include "framework/object/verifier.h"
#include "port/log.h"

#define COMPONENT 0u /* the only one */

static POHANDLE handle_of(struct wdf_device *device)
{
    return (POHANDLE)&device->power_framework;
}

static struct wdf_device *device_from_po_handle(POHANDLE handle)
{
    return CONTAINING_RECORD((struct power_framework *)handle, struct wdf_device, power_framework);
}

/* ---- what the driver completes ---- */

static void begin_awaiting(struct wdf_device *device, enum po_fx_awaited what)
{
    IO_LOCK_SCOPE(device->io.domain);
    device->power_framework.awaited = what;
}

static void await(struct wdf_device *device, const char *function)
{
    IO_LOCK_SCOPE(device->io.domain);
    struct port_patience patience = {0};
    while (device->power_framework.awaited != PO_FX_NOTHING) {
        if (!io_wait_locked(&device->io, &patience))
            continue;
        io_unlock(device->io.domain);
        log_warning("a power transition waits: driver %s has not called %s",
                    driver_name(device->init.driver), function);
        io_lock(device->io.domain);
    }
}

static void complete(POHANDLE handle, ULONG component, enum po_fx_awaited what,
                     const char *function)
{
    struct wdf_device *device = device_from_po_handle(handle);
    io_lock(device->io.domain);
    bool is_awaited = component == COMPONENT && device->power_framework.awaited == what;
    if (is_awaited) {
        device->power_framework.awaited = PO_FX_NOTHING;
        io_changed_locked(&device->io);
    }
    io_unlock(device->io.domain);
    if (!is_awaited)
        verifier_break(function, "S18.19", "ignored: nobody waits for that of component %u",
                       component);
}

VOID PoFxCompleteIdleCondition(POHANDLE Handle, ULONG Component)
{
    complete(Handle, Component, PO_FX_IDLE_CONDITION, __func__);
}

VOID PoFxCompleteIdleState(POHANDLE Handle, ULONG Component)
{
    complete(Handle, Component, PO_FX_IDLE_STATE, __func__);
}

/* Values for a system's choice of states: the deepest is always chosen here. */
VOID PoFxSetComponentLatency(POHANDLE Handle, ULONG Component, ULONGLONG Latency)
{
    UNREFERENCED_PARAMETER(Handle);
    UNREFERENCED_PARAMETER(Component);
    UNREFERENCED_PARAMETER(Latency);
}

VOID PoFxSetComponentResidency(POHANDLE Handle, ULONG Component, ULONGLONG Residency)
{
    UNREFERENCED_PARAMETER(Handle);
    UNREFERENCED_PARAMETER(Component);
    UNREFERENCED_PARAMETER(Residency);
}

VOID PoFxSetComponentWake(POHANDLE Handle, ULONG Component, BOOLEAN WakeHint)
{
    UNREFERENCED_PARAMETER(Handle);
    UNREFERENCED_PARAMETER(Component);
    UNREFERENCED_PARAMETER(WakeHint);
}

VOID PoFxSetDeviceIdleTimeout(POHANDLE Handle, ULONGLONG IdleTimeout)
{
    UNREFERENCED_PARAMETER(Handle);
    UNREFERENCED_PARAMETER(IdleTimeout);
}

/* ---- transitions ---- */

static void enter_callback(struct wdf_device *device, struct callback *callback, const char *name)
{
    callback_begin(&device->callback, callback, name, device);
}

static void go_to_state(struct wdf_device *device, ULONG state)
{
    struct power_framework *framework = &device->power_framework;
    PPO_FX_COMPONENT_IDLE_STATE_CALLBACK notify = framework->settings.ComponentIdleStateCallback;
    if (framework->state == state)
        return;
    framework->state = state;
    if (notify == NULL)
        return; /* S18.19: it is acknowledged at once */
    struct callback callback;
    begin_awaiting(device, PO_FX_IDLE_STATE);
    enter_callback(device, &callback, "ComponentIdleStateCallback");
    notify(framework->settings.PoFxDeviceContext, COMPONENT, state);
    callback_end(&device->callback);
    await(device, "PoFxCompleteIdleState");
}

static bool can_wake(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    return device->idle.settings.IdleCaps != IdleCannotWakeFromS0;
}

static ULONG deepest_state(struct wdf_device *device)
{
    const struct power_framework *framework = &device->power_framework;
    ULONG deepest = framework->state_count - 1;
    return can_wake(device) ? min(deepest, framework->deepest_wakeable_state) : deepest;
}

void powerframework_idle(struct wdf_device *device)
{
    struct power_framework *framework = &device->power_framework;
    PPO_FX_COMPONENT_IDLE_CONDITION_CALLBACK notify =
        framework->settings.ComponentIdleConditionCallback;
    if (!framework->is_registered || !framework->is_active)
        return;
    framework->is_active = false;
    if (notify != NULL) {
        struct callback callback;
        begin_awaiting(device, PO_FX_IDLE_CONDITION);
        enter_callback(device, &callback, "ComponentIdleConditionCallback");
        notify(framework->settings.PoFxDeviceContext, COMPONENT);
        callback_end(&device->callback);
        await(device, "PoFxCompleteIdleCondition");
    }
    go_to_state(device, deepest_state(device));
}

void powerframework_activate(struct wdf_device *device)
{
    struct power_framework *framework = &device->power_framework;
    PPO_FX_COMPONENT_ACTIVE_CONDITION_CALLBACK notify =
        framework->settings.ComponentActiveConditionCallback;
    if (!framework->is_registered || framework->is_active)
        return;
    framework->is_active = true;
    go_to_state(device, 0);
    if (notify == NULL)
        return;
    struct callback callback;
    enter_callback(device, &callback, "ComponentActiveConditionCallback");
    notify(framework->settings.PoFxDeviceContext, COMPONENT);
    callback_end(&device->callback);
}

/* ---- registration ---- */

static bool freeze(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    device->power_framework.is_frozen = true;
    return device->power_framework.has_settings;
}

static bool is_systems(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    return device->idle.has_settings &&
           device->idle.settings.IdleTimeoutType != DriverManagedIdleTimeout;
}

static NTSTATUS tell_registered(struct wdf_device *device)
{
    PFN_WDFDEVICE_WDM_POST_PO_FX_REGISTER_DEVICE notify =
        device->power_framework.settings.EvtDeviceWdmPostPoFxRegisterDevice;
    if (notify == NULL)
        return STATUS_SUCCESS;
    struct callback callback;
    enter_callback(device, &callback, "EvtDeviceWdmPostPoFxRegisterDevice");
    return call_end(device, notify(device_handle(device), handle_of(device)),
                    "EvtDeviceWdmPostPoFxRegisterDevice");
}

bool powerframework_register(struct wdf_device *device)
{
    if (!freeze(device))
        return true;
    if (!is_systems(device)) {
        verifier_break("WdfDeviceWdmAssignPowerFrameworkSettings", "S18.17",
                       "ignored: the idle timeout of device %p is not managed by the system",
                       (void *)device_handle(device));
        return true;
    }
    device->power_framework.is_registered = true;
    if (!NT_SUCCESS(tell_registered(device))) {
        powerframework_unregister(device);
        return false;
    }
    return true;
}

void powerframework_unregister(struct wdf_device *device)
{
    struct power_framework *framework = &device->power_framework;
    PFN_WDFDEVICE_WDM_PRE_PO_FX_UNREGISTER_DEVICE notify =
        framework->settings.EvtDeviceWdmPrePoFxUnregisterDevice;
    if (!framework->is_registered)
        return;
    if (notify != NULL) {
        struct callback callback;
        enter_callback(device, &callback, "EvtDeviceWdmPrePoFxUnregisterDevice");
        notify(device_handle(device), handle_of(device));
        callback_end(&device->callback);
    }
    framework->is_registered = false;
}
