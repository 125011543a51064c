/* PnP and power. See pnp.h; queues are held and resumed by queuepower.c. */
#include "framework/device/pnp.h"

#include <wdf.h>

#include "framework/device/device.h"
#include "framework/device/resources.h"
#include "framework/device/name.h"
#include "framework/io/queuepower.h"
#include "framework/io/readiness.h"
#include "framework/object/verifier.h"
#include "framework/target/target.h"
#include "nt/status.h"
#include "port/log.h"

/*
 * Calls an event callback if the driver has it; without one the step succeeds. S11.6:
 * STATUS_NOT_SUPPORTED would confuse a PnP manager.
 */
#define CALL(device, event, ...)                                                                   \
    ((device)->init.pnp.event != NULL                                                              \
         ? (callback_begin(&(device)->callback, &(struct callback){0}, #event, (device)),          \
            end_callback(                                                                          \
                (device),                                                                          \
                (device)->init.pnp.event(device_handle(device) __VA_OPT__(, ) __VA_ARGS__),        \
                #event))                                                                           \
         : STATUS_SUCCESS)
#define CALL_VOID(device, event)                                                                   \
    do {                                                                                           \
        if ((device)->init.pnp.event == NULL)                                                      \
            break;                                                                                 \
        callback_begin(&(device)->callback, &(struct callback){0}, #event, (device));              \
        (device)->init.pnp.event(device_handle(device));                                           \
        callback_end(&(device)->callback);                                                         \
    } while (0)

static NTSTATUS end_callback(struct wdf_device *device, NTSTATUS status, const char *event)
{
    callback_end(&device->callback);
    if (status == STATUS_NOT_SUPPORTED)
        verifier_break(event, "S11.6", "returned STATUS_NOT_SUPPORTED");
    if (!NT_SUCCESS(status))
        log_error("driver %s: %s failed: %s", driver_name(device->init.driver), event,
                  nt_status_name(status));
    return status;
}

static void set_state(struct wdf_device *device, enum device_state state)
{
    IO_LOCK_SCOPE(device->io.domain);
    device_set_state_locked(device, state);
}

/* A control device changes its own in any thread (WdfControlFinishInitializing). */
static bool is_in_state(struct wdf_device *device, enum device_state state)
{
    IO_LOCK_SCOPE(device->io.domain);
    return device->state == state;
}

static enum device_state begin_removal(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    enum device_state before = device->state;
    device_set_state_locked(device, DEVICE_REMOVING);
    return before;
}

/* ---- self-managed I/O (S11.13) ---- */

static NTSTATUS begin_self_managed_io(struct wdf_device *device)
{
    bool is_first = !device->self_managed_io_was_started;
    device->self_managed_io_was_started = true;
    device->self_managed_io_is_running = true;
    return is_first ? CALL(device, EvtDeviceSelfManagedIoInit)
                    : CALL(device, EvtDeviceSelfManagedIoRestart);
}

static NTSTATUS suspend_self_managed_io(struct wdf_device *device)
{
    if (!device->self_managed_io_is_running)
        return STATUS_SUCCESS;
    device->self_managed_io_is_running = false;
    return CALL(device, EvtDeviceSelfManagedIoSuspend);
}

/* ---- D0 ---- */

static NTSTATUS first_failure(NTSTATUS first, NTSTATUS second)
{
    return NT_SUCCESS(first) ? second : first;
}

/* S11.5: a failure does not stop the sequence on the way out. The first one is returned. */
static NTSTATUS leave_d0(struct wdf_device *device, WDF_POWER_DEVICE_STATE target)
{
    NTSTATUS status = CALL(device, EvtDeviceD0ExitPreInterruptsDisabled, target);
    return first_failure(status, CALL(device, EvtDeviceD0Exit, target));
}

static void release_hardware(struct wdf_device *device)
{
    if (device->hardware_is_prepared)
        (void)CALL(device, EvtDeviceReleaseHardware, (WDFCMRESLIST)&device->translated_resources);
    device->hardware_is_prepared = false;
}

/* S11.1 steps 2 to 7, S11.8 the right column. A failure leaves the device out of D0, with its
 * queues held. */
static NTSTATUS enter_d0(struct wdf_device *device, WDF_POWER_DEVICE_STATE previous)
{
    NTSTATUS status = CALL(device, EvtDeviceD0Entry, previous);
    if (!NT_SUCCESS(status))
        return status;
    status = CALL(device, EvtDeviceD0EntryPostInterruptsEnabled, previous);
    if (!NT_SUCCESS(status)) {
        (void)CALL(device, EvtDeviceD0Exit, WdfPowerDeviceD3Final);
        return status;
    }
    queues_power_up(&device->io);
    status = begin_self_managed_io(device);
    if (!NT_SUCCESS(status)) {
        device->self_managed_io_is_running = false;
        queues_power_down(&device->io, WdfRequestStopActionSuspend);
        (void)leave_d0(device, WdfPowerDeviceD3Final);
    }
    return status;
}

/* S11.17 steps 1 to 3, S11.8 the left column. As leave_d0. */
static NTSTATUS power_down(struct wdf_device *device, WDF_POWER_DEVICE_STATE target)
{
    NTSTATUS status = suspend_self_managed_io(device);
    queues_power_down(&device->io, WdfRequestStopActionSuspend);
    return first_failure(status, leave_d0(device, target));
}

/* S11.13: only what was begun is flushed. */
static void flush_self_managed_io(struct wdf_device *device)
{
    if (device->self_managed_io_was_started && !device->self_managed_io_was_flushed)
        CALL_VOID(device, EvtDeviceSelfManagedIoFlush);
    device->self_managed_io_was_flushed = true;
}

/* Steps 4 to 7 of S11.17, for a device that is out of D0. What was done before is not done
 * again. */
static void clean_up_for_removal(struct wdf_device *device)
{
    release_hardware(device);
    device_names_disable(device);
    queues_purge_for_removal(&device->io, true);
    flush_self_managed_io(device);
}

/*
 * A transition of power has failed: the device is a failed one from now on, and is to be removed.
 * Its hardware is released at once (S18.47), and its names and managed queues go (S11.7).
 */
static void fail(struct wdf_device *device)
{
    io_lock(device->io.domain);
    device->is_failed = true;
    device_set_state_locked(device, DEVICE_FAILED);
    io_unlock(device->io.domain);
    node_note_failed(device);
    clean_up_for_removal(device);
}

/* ---- the events ---- */

/* S11.1: the driver's callbacks of a start. */
static NTSTATUS call_start(struct wdf_device *device)
{
    NTSTATUS status = CALL(device, EvtDevicePrepareHardware, (WDFCMRESLIST)&device->raw_resources,
                           (WDFCMRESLIST)&device->translated_resources);
    return NT_SUCCESS(status) ? enter_d0(device, WdfPowerDeviceD3Final) : status;
}

NTSTATUS pnp_start(struct wdf_device *device)
{
    set_state(device, DEVICE_STARTING);
    device->hardware_is_prepared = true; /* also for a failing PrepareHardware: S11.5 */
    resources_make(device);
    device->callback.is_start = true;
    NTSTATUS status = call_start(device);
    device->callback.is_start = false;
    if (!NT_SUCCESS(status)) {
        release_hardware(device);
        flush_self_managed_io(device);
        return status;
    }
    device_names_enable(device);
    set_state(device, DEVICE_STARTED);
    node_publish(device);
    return STATUS_SUCCESS;
}

void pnp_set_system_action(struct wdf_device *device, POWER_ACTION action)
{
    IO_LOCK_SCOPE(device->io.domain);
    device->system_action = action;
}

NTSTATUS pnp_suspend(struct wdf_device *device)
{
    if (!is_in_state(device, DEVICE_STARTED))
        return STATUS_INVALID_DEVICE_STATE;
    pnp_set_system_action(device, PowerActionSleep);
    NTSTATUS status = power_down(device, WdfPowerDeviceD3);
    if (NT_SUCCESS(status))
        set_state(device, DEVICE_SUSPENDED);
    else
        fail(device);
    return status;
}

NTSTATUS pnp_resume(struct wdf_device *device)
{
    if (!is_in_state(device, DEVICE_SUSPENDED))
        return STATUS_INVALID_DEVICE_STATE;
    NTSTATUS status = enter_d0(device, WdfPowerDeviceD3);
    pnp_set_system_action(device, PowerActionNone);
    if (NT_SUCCESS(status))
        set_state(device, DEVICE_STARTED);
    else
        fail(device); /* S11.12 */
    return status;
}

/* Steps 4 to 8 of S11.17, for a device that is out of D0. */
static void remove_powered_down(struct wdf_device *device)
{
    clean_up_for_removal(device);
    set_state(device,
              DEVICE_EMPTYING); /* or a client that never stops asking would hold up the end */
    queues_purge_for_removal(&device->io, false);
    io_device_cancel_sent(&device->io); /* what came in the meantime */
    targets_remove(&device->io);        /* S10.11 */
    io_device_await_answers(&device->io);
    set_state(device, DEVICE_REMOVED);
}

void pnp_remove(struct wdf_device *device)
{
    enum device_state before = begin_removal(device);
    readiness_wake_all(&device->io); /* who polls is told at once */
    /*
     * The clients' handles go with the daemon, so that their requests are cancelled as at the end
     * of a process (S7.31). Those that the driver does not make cancelable are awaited.
     */
    io_device_cancel_requests(&device->io);
    if (before == DEVICE_STARTED)
        (void)power_down(device, WdfPowerDeviceD3Final); /* whatever fails, it goes */
    remove_powered_down(device);
}

void pnp_surprise_remove(struct wdf_device *device)
{
    if (!is_in_state(device, DEVICE_CREATED))
        CALL_VOID(device,
                  EvtDeviceSurpriseRemoval); /* S11.20: first, while I/O may still be running */
    pnp_remove(device);
}

bool pnp_is_started(struct wdf_device *device)
{
    return is_in_state(device, DEVICE_STARTED);
}

bool pnp_may_be_removed(struct wdf_device *device)
{
    io_lock(device->io.domain);
    bool is_vetoed = device->removal_vetoes > 0; /* S11.15: the driver is not asked */
    io_unlock(device->io.domain);
    return !is_vetoed && NT_SUCCESS(CALL(device, EvtDeviceQueryRemove));
}

void pnp_clean_up(struct wdf_device *device)
{
    if (device->self_managed_io_was_started)
        CALL_VOID(device, EvtDeviceSelfManagedIoCleanup);
    device->self_managed_io_was_started = false;
}
