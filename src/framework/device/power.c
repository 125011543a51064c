/* The power machine. See power.h. */
#include "framework/device/power.h"

#include "framework/device/call.h"
#include "framework/device/childlist.h"
#include "framework/device/wakebus.h"
#include "framework/io/queuepower.h"

/* ---- self-managed I/O (S11.13) ---- */

static NTSTATUS begin_self_managed_io(struct wdf_device *device)
{
    bool is_first = !device->self_managed_io_was_started;
    device->self_managed_io_was_started = true;
    device->self_managed_io_is_running = true;
    NTSTATUS status = is_first ? CALL(device, EvtDeviceSelfManagedIoInit)
                               : CALL(device, EvtDeviceSelfManagedIoRestart);
    if (!NT_SUCCESS(status))
        device->self_managed_io_is_running = false;
    return status;
}

static NTSTATUS suspend_self_managed_io(struct wdf_device *device)
{
    if (!device->self_managed_io_is_running)
        return STATUS_SUCCESS;
    device->self_managed_io_is_running = false;
    return CALL(device, EvtDeviceSelfManagedIoSuspend);
}

void power_flush_self_managed_io(struct wdf_device *device)
{
    if (device->self_managed_io_was_started && !device->self_managed_io_was_flushed)
        CALL_VOID(device, EvtDeviceSelfManagedIoFlush);
    device->self_managed_io_was_flushed = true;
}

void power_clean_up_self_managed_io(struct wdf_device *device)
{
    if (device->self_managed_io_was_started)
        CALL_VOID(device, EvtDeviceSelfManagedIoCleanup);
    device->self_managed_io_was_started = false;
}

/* ---- the work of the states ---- */

static enum machine_event check_device_type(struct wdf_device *device)
{
    return device->init.kind == DEVICE_PDO ? EVENT_IS_CHILD : EVENT_DONE;
}

/* S18.36 */
static enum machine_event reference_parent(struct wdf_device *device)
{
    return machine_result(device->reference_parent(device));
}

static enum machine_event dereference_parent(struct wdf_device *device)
{
    device->dereference_parent(device);
    return EVENT_DONE;
}

static enum machine_event call_entry(struct wdf_device *device)
{
    return machine_result(CALL(device, EvtDeviceD0Entry, device->power_state));
}

static enum machine_event call_post_interrupts(struct wdf_device *device)
{
    return machine_result(CALL(device, EvtDeviceD0EntryPostInterruptsEnabled, device->power_state));
}

/* S16.33 */
static enum machine_event scan_children(struct wdf_device *device)
{
    child_lists_scan(device);
    return EVENT_DONE;
}

static enum machine_event start_io(struct wdf_device *device)
{
    queues_power_up(&device->io);
    NTSTATUS status = begin_self_managed_io(device);
    if (NT_SUCCESS(status))
        device->power_state = WdfPowerDeviceD0;
    return machine_result(status);
}

static enum machine_event hold_queues(struct wdf_device *device)
{
    queues_power_down(&device->io, WdfRequestStopActionSuspend);
    return EVENT_DONE;
}

/* S11.8. A failure does not stop the sequence (S11.5). */
static enum machine_event stop_io(struct wdf_device *device)
{
    device->io_stop_has_failed = !NT_SUCCESS(suspend_self_managed_io(device));
    queues_power_down(&device->io, WdfRequestStopActionSuspend);
    return EVENT_NONE;
}

static bool leave_d0(struct wdf_device *device, WDF_POWER_DEVICE_STATE target)
{
    bool is_well = NT_SUCCESS(CALL(device, EvtDeviceD0ExitPreInterruptsDisabled, target));
    is_well &= NT_SUCCESS(CALL(device, EvtDeviceD0Exit, target));
    device->power_state = target;
    return is_well;
}

static enum machine_event goto_dx(struct wdf_device *device)
{
    bool is_well = leave_d0(device, device->power_target) && !device->io_stop_has_failed;
    device->dereference_parent(device);
    return is_well ? EVENT_DONE : EVENT_FAILED;
}

static enum machine_event goto_d3_stopped(struct wdf_device *device)
{
    (void)stop_io(device);
    bool is_well = leave_d0(device, WdfPowerDeviceD3Final) && !device->io_stop_has_failed;
    device->dereference_parent(device);
    return is_well ? EVENT_DONE : EVENT_FAILED;
}

static enum machine_event undo_hardware(struct wdf_device *device)
{
    (void)leave_d0(device, WdfPowerDeviceD3Final);
    return EVENT_DONE;
}

static enum machine_event call_final_exit(struct wdf_device *device)
{
    (void)CALL(device, EvtDeviceD0Exit, WdfPowerDeviceD3Final);
    return EVENT_DONE;
}

static enum machine_event enable_at_bus(struct wdf_device *device)
{
    device->wake.status = wake_enable_at_bus(device);
    return machine_result(device->wake.status);
}

static enum machine_event disable_at_bus(struct wdf_device *device)
{
    wake_disable_at_bus(device);
    return EVENT_DONE;
}

static enum machine_event set_final_state(struct wdf_device *device)
{
    wake_disable_at_bus(device); /* if it did not return from the state that it was armed in */
    device->power_state = WdfPowerDeviceD3Final;
    return EVENT_DONE;
}

/* The sender of the event reports a failed power-up. */
static enum machine_event note_up_failed(struct wdf_device *device)
{
    device->power_failure = EVENT_POWER_UP_FAILED;
    return EVENT_NONE;
}

static enum machine_event note_initial_up_failed(struct wdf_device *device)
{
    device->power_failure = EVENT_POWER_UP_FAILED;
    return EVENT_DONE;
}

static enum machine_event note_down_failed(struct wdf_device *device)
{
    device->power_failure = EVENT_POWER_DOWN_FAILED;
    return EVENT_NONE;
}

static enum machine_event note_final_down_failed(struct wdf_device *device)
{
    device->power_failure = EVENT_POWER_DOWN_FAILED;
    return EVENT_DONE;
}

/* ---- the table ---- */

#define ROW(state, work, ...) MACHINE_ROW(Power, state, work, __VA_ARGS__)
#define ON(event, state)      MACHINE_EDGE(Power, event, state)

static const struct machine_row rows[] = {
    ROW(ObjectCreated, NULL, ON(IMPLICIT_D0, StartingCheckDeviceType)),

    ROW(StartingCheckDeviceType, check_device_type, ON(IS_CHILD, StartingChild),
        ON(DONE, D0Starting)),
    ROW(StartingChild, reference_parent, ON(DONE, D0Starting), ON(FAILED, InitialPowerUpFailed)),
    ROW(D0Starting, call_entry, ON(DONE, D0StartingConnectInterrupt),
        ON(FAILED, InitialPowerUpFailedDerefParent)),
    ROW(D0StartingConnectInterrupt, call_post_interrupts, ON(DONE, D0StartingDmaEnable),
        ON(FAILED, InitialConnectInterruptFailed)),
    ROW(D0StartingDmaEnable, scan_children, ON(DONE, D0StartingPostHardwareEnabled)),
    ROW(D0StartingPostHardwareEnabled, machine_pass, ON(DONE, D0StartingStartSelfManagedIo)),
    ROW(D0StartingStartSelfManagedIo, start_io, ON(DONE, DecideD0State),
        ON(FAILED, InitialSelfManagedIoFailed)),
    ROW(DecideD0State, check_device_type, ON(IS_CHILD, D0BusWakeOwner), ON(DONE, D0)),

    ROW(InitialSelfManagedIoFailed, hold_queues, ON(DONE, InitialPostHardwareEnabledFailed)),
    ROW(InitialPostHardwareEnabledFailed, machine_pass, ON(DONE, InitialDmaEnableFailed)),
    ROW(InitialDmaEnableFailed, undo_hardware, ON(DONE, InitialPowerUpFailedDerefParent)),
    ROW(InitialConnectInterruptFailed, call_final_exit, ON(DONE, InitialPowerUpFailedDerefParent)),
    ROW(InitialPowerUpFailedDerefParent, dereference_parent, ON(DONE, InitialPowerUpFailed)),
    ROW(InitialPowerUpFailed, note_initial_up_failed, ON(DONE, Stopped)),

    ROW(D0, NULL, ON(DX, GotoDx), ON(IMPLICIT_D3, GotoD3Stopped)),
    ROW(D0BusWakeOwner, NULL, ON(WAKE_ARRIVAL, EnablingWakeAtBus), ON(DX, GotoDx),
        ON(IMPLICIT_D3, GotoD3Stopped)),
    ROW(EnablingWakeAtBus, enable_at_bus, ON(DONE, D0ArmedForWake), ON(FAILED, D0BusWakeOwner)),
    ROW(D0ArmedForWake, NULL, ON(DX, GotoDxArmedForWake), ON(WAKE_SUCCEEDED, D0DisarmingWakeAtBus),
        ON(WAKE_FAILED, D0DisarmingWakeAtBus), ON(WAKE_CANCELED, D0DisarmingWakeAtBus),
        ON(IMPLICIT_D3, GotoImplicitD3DisarmWakeAtBus)),
    ROW(D0DisarmingWakeAtBus, disable_at_bus, ON(DONE, D0BusWakeOwner)),
    ROW(GotoImplicitD3DisarmWakeAtBus, disable_at_bus, ON(DONE, GotoD3Stopped)),
    ROW(GotoDx, stop_io, ON(COMPLETE_DX, NotifyingD0ExitToWakeInterrupts)),
    ROW(NotifyingD0ExitToWakeInterrupts, machine_pass, ON(DONE, GotoDxIoStopped)),
    ROW(GotoDxIoStopped, goto_dx, ON(DONE, Dx), ON(FAILED, GotoDxFailed)),
    ROW(GotoDxFailed, machine_pass, ON(DONE, ReportPowerDownFailed)),
    ROW(ReportPowerDownFailed, note_down_failed, ON(IMPLICIT_D3, PowerFailedPowerDown)),

    ROW(Dx, NULL, ON(D0, CheckDeviceType), ON(IMPLICIT_D3, GotoDxStoppedDisableInterrupt)),
    ROW(GotoDxArmedForWake, stop_io, ON(COMPLETE_DX, GotoDxIoStoppedArmedForWake)),
    ROW(GotoDxIoStoppedArmedForWake, goto_dx, ON(DONE, DxArmedForWake), ON(FAILED, GotoDxFailed)),
    ROW(DxArmedForWake, NULL, ON(D0, CheckParentStateArmedForWake), ON(WAKE_SUCCEEDED, WakePending),
        ON(WAKE_FAILED, WakePending), ON(WAKE_CANCELED, WakePending),
        ON(IMPLICIT_D3, DxStoppedDisarmWake)),
    ROW(WakePending, NULL, ON(D0, CheckParentStateArmedForWake),
        ON(IMPLICIT_D3, DxStoppedDisarmWake)),
    ROW(CheckParentStateArmedForWake, reference_parent, ON(DONE, DxDisablingWakeAtBus),
        ON(FAILED, ReportPowerUpFailed)),
    ROW(DxDisablingWakeAtBus, disable_at_bus, ON(DONE, Waking)),
    ROW(DxStoppedDisarmWake, disable_at_bus, ON(DONE, GotoDxStoppedDisableInterrupt)),
    ROW(CheckDeviceType, check_device_type, ON(IS_CHILD, CheckParentState), ON(DONE, Waking)),
    ROW(CheckParentState, reference_parent, ON(DONE, Waking), ON(FAILED, ReportPowerUpFailed)),
    ROW(Waking, call_entry, ON(DONE, NotifyingD0EntryToWakeInterrupts),
        ON(FAILED, UpFailedDerefParent)),
    ROW(NotifyingD0EntryToWakeInterrupts, machine_pass, ON(DONE, WakingConnectInterrupt)),
    ROW(WakingConnectInterrupt, call_post_interrupts, ON(DONE, WakingDmaEnable),
        ON(FAILED, WakingConnectInterruptFailed)),
    ROW(WakingDmaEnable, scan_children, ON(DONE, WakingPostHardwareEnabled)),
    ROW(WakingPostHardwareEnabled, NULL, ON(COMPLETE_D0, StartSelfManagedIo)),
    ROW(StartSelfManagedIo, start_io, ON(DONE, DecideD0State),
        ON(FAILED, StartSelfManagedIoFailed)),
    ROW(StartSelfManagedIoFailed, hold_queues, ON(DONE, WakingPostHardwareEnabledFailed)),
    ROW(WakingPostHardwareEnabledFailed, machine_pass, ON(DONE, WakingDmaEnableFailed)),
    ROW(WakingDmaEnableFailed, undo_hardware, ON(DONE, ReportPowerUpFailedDerefParent)),
    ROW(WakingConnectInterruptFailed, call_final_exit, ON(DONE, ReportPowerUpFailedDerefParent)),
    ROW(UpFailedDerefParent, machine_pass, ON(DONE, ReportPowerUpFailedDerefParent)),
    ROW(ReportPowerUpFailedDerefParent, dereference_parent, ON(DONE, ReportPowerUpFailed)),
    ROW(ReportPowerUpFailed, note_up_failed, ON(IMPLICIT_D3, PowerFailedPowerDown)),
    ROW(PowerFailedPowerDown, set_final_state, ON(DONE, Stopped)),

    ROW(GotoD3Stopped, goto_d3_stopped, ON(DONE, Stopped), ON(FAILED, FinalPowerDownFailed)),
    ROW(FinalPowerDownFailed, note_final_down_failed, ON(DONE, Stopped)),
    ROW(GotoDxStoppedDisableInterrupt, machine_pass, ON(DONE, GotoDxStopped)),
    ROW(GotoDxStopped, set_final_state, ON(DONE, Stopped)),
    ROW(Stopped, NULL, ON(IMPLICIT_D0, StartingCheckDeviceType), ON(REMOVE, Final)),
    ROW(Final, NULL, {0}),
};

const struct machine_table power_table = {MACHINE_POWER, "Power", rows, RTL_NUMBER_OF(rows)};

/* ---- events of the policy ---- */

static bool send(struct wdf_device *device, enum machine_event event)
{
    device->power_failure = EVENT_NONE;
    (void)machine_send(device, MACHINE_POWER, event);
    return device->power_failure == EVENT_NONE;
}

bool power_up(struct wdf_device *device)
{
    return send(device, EVENT_D0);
}

bool power_complete_up(struct wdf_device *device)
{
    return send(device, EVENT_COMPLETE_D0);
}

bool power_down(struct wdf_device *device, WDF_POWER_DEVICE_STATE target)
{
    device->power_target = target;
    return send(device, EVENT_DX);
}

bool power_complete_down(struct wdf_device *device)
{
    return send(device, EVENT_COMPLETE_DX);
}

bool power_start(struct wdf_device *device)
{
    return send(device, EVENT_IMPLICIT_D0);
}

bool power_stop(struct wdf_device *device)
{
    return send(device, EVENT_IMPLICIT_D3);
}
