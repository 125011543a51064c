/* The policy machines, and power requests of a whole stack. See policy.h. */
#include "framework/device/policy.h"

#include "framework/device/device.h"
#include "framework/device/idle.h"
#include "framework/device/power.h"

/* ---- power requests of the owner, to all devices of its stack ---- */

/* One that does not own the policy goes along. One that is stopped has nothing to do. */
static bool follow(struct wdf_device *device, enum machine_event event)
{
    device->power_failure = EVENT_NONE;
    (void)machine_send(device, MACHINE_POLICY, event);
    return device->power_failure == EVENT_NONE;
}

/* S17.11: from the top; the devices below the owner go when its own I/O is stopped. */
static bool stack_down(struct wdf_device *owner, WDF_POWER_DEVICE_STATE target)
{
    bool is_well = true;
    for (struct wdf_device *device = device_top(owner); is_well && device != owner;
         device = device->init.lower) {
        device->power_target = target;
        is_well = follow(device, EVENT_DX);
    }
    return is_well && power_down(owner, target);
}

static bool stack_complete_down(struct wdf_device *owner)
{
    bool is_well = power_complete_down(owner);
    for (struct wdf_device *device = owner->init.lower; is_well && device != NULL;
         device = device->init.lower) {
        device->power_target = owner->power_target;
        is_well = follow(device, EVENT_DX);
    }
    return is_well;
}

static bool follow_up_to(struct wdf_device *device)
{
    if (device == NULL)
        return true;
    return follow_up_to(device->init.lower) && follow(device, EVENT_D0);
}

/* From the lowest. */
static bool stack_up(struct wdf_device *owner)
{
    return follow_up_to(owner->init.lower) && power_up(owner);
}

static bool stack_complete_up(struct wdf_device *owner)
{
    bool is_well = power_complete_up(owner);
    for (struct wdf_device *device = owner->upper; is_well && device != NULL;
         device = device->upper)
        is_well = follow(device, EVENT_D0);
    return is_well;
}

static enum machine_event result(bool is_well)
{
    return is_well ? EVENT_DONE : EVENT_FAILED;
}

/* ---- the work of the states ---- */

static enum machine_event start(struct wdf_device *device)
{
    idle_start(device);
    return result(power_start(device));
}

static enum machine_event start_other(struct wdf_device *device)
{
    return result(power_start(device));
}

static enum machine_event decide_s0_wake(struct wdf_device *device)
{
    return idle_enter_d0(device) ? EVENT_IDLE_CAPABLE : EVENT_DONE;
}

static enum machine_event enable_timer(struct wdf_device *device)
{
    idle_enable_timer(device);
    return EVENT_NONE;
}

static enum machine_event disable_timer(struct wdf_device *device)
{
    idle_disable_timer(device);
    return EVENT_DONE;
}

static enum machine_event begin_idling(struct wdf_device *device)
{
    return result(idle_leave_d0(device, true));
}

static enum machine_event send_idle_dx(struct wdf_device *device)
{
    return result(stack_down(device, idle_dx_state(device)));
}

static enum machine_event complete_dx(struct wdf_device *device)
{
    return result(stack_complete_down(device));
}

static enum machine_event query_idle(struct wdf_device *device)
{
    return idle_is_wanted(device) ? EVENT_IO_PRESENT : EVENT_DONE;
}

static enum machine_event send_d0(struct wdf_device *device)
{
    return result(stack_up(device));
}

static enum machine_event complete_d0(struct wdf_device *device)
{
    return result(stack_complete_up(device));
}

static enum machine_event note_failure(struct wdf_device *device)
{
    idle_fail(device);
    return EVENT_NONE;
}

static enum machine_event prepare_sleep(struct wdf_device *device)
{
    (void)idle_leave_d0(device, false);
    return EVENT_DONE;
}

static enum machine_event send_sleep_dx(struct wdf_device *device)
{
    return result(stack_down(device, idle_sleep_state(device)));
}

/* S18.30 */
static enum machine_event decide_wake(struct wdf_device *device)
{
    return idle_may_sleep_on(device) ? EVENT_IDLE : EVENT_DONE;
}

static enum machine_event stop(struct wdf_device *device)
{
    return result(power_stop(device));
}

static enum machine_event note_stop_failed(struct wdf_device *device)
{
    device->stop_has_failed = true;
    return EVENT_DONE;
}

static enum machine_event stop_idling(struct wdf_device *device)
{
    idle_stop(device);
    return EVENT_DONE;
}

static enum machine_event follow_down(struct wdf_device *device)
{
    return result(power_down(device, device->power_target));
}

static enum machine_event follow_complete_down(struct wdf_device *device)
{
    return result(power_complete_down(device));
}

static enum machine_event follow_up(struct wdf_device *device)
{
    return result(power_up(device));
}

static enum machine_event follow_complete_up(struct wdf_device *device)
{
    return result(power_complete_up(device));
}

/* ---- the tables ---- */

#define ROW(state, work, ...) MACHINE_ROW(PwrPol, state, work, __VA_ARGS__)
#define ON(event, state)      MACHINE_EDGE(PwrPol, event, state)

static const struct machine_row owner_rows[] = {
    ROW(ObjectCreated, NULL, ON(START, Starting), ON(REMOVE, StoppedRemoving)),
    ROW(Starting, start, ON(DONE, StartingPoweredUp), ON(FAILED, StartingFailed)),
    ROW(StartingPoweredUp, machine_pass, ON(DONE, StartingSucceeded)),
    ROW(StartingSucceeded, machine_pass, ON(DONE, StartingDecideS0Wake)),
    ROW(StartingFailed, note_failure, ON(REMOVE, StoppedRemoving)),
    ROW(StartingDecideS0Wake, decide_s0_wake, ON(DONE, Started),
        ON(IDLE_CAPABLE, StartedIdleCapable)),
    ROW(Started, NULL, ON(SX, Sleeping), ON(POLICY_CHANGED, StartingDecideS0Wake),
        ON(STOP, Stopping), ON(SURPRISE_REMOVE, Stopping)),

    ROW(StartedIdleCapable, enable_timer, ON(IDLE, IdleCapableDeviceIdle),
        ON(SX, StartedIdleCapableCancelTimerForSleep), ON(POLICY_CHANGED, StartedCancelTimer),
        ON(STOP, StoppingCancelTimer), ON(SURPRISE_REMOVE, StoppingCancelTimer)),
    ROW(StartedCancelTimer, disable_timer, ON(DONE, StartingDecideS0Wake)),
    ROW(IdleCapableDeviceIdle, begin_idling, ON(DONE, TimerExpiredNoWake),
        ON(FAILED, DeviceIdleReturnToActive)),
    ROW(DeviceIdleReturnToActive, machine_pass, ON(DONE, StartedIdleCapable)),
    ROW(TimerExpiredNoWake, send_idle_dx, ON(DONE, TimerExpiredNoWakeCompletePowerDown),
        ON(FAILED, DevicePowerRequestFailed)),
    ROW(TimerExpiredNoWakeCompletePowerDown, complete_dx,
        ON(DONE, TimerExpiredNoWakePoweredDownDisableIdleTimer),
        ON(FAILED, DevicePowerRequestFailed)),
    ROW(TimerExpiredNoWakePoweredDownDisableIdleTimer, machine_pass,
        ON(DONE, WaitingUnarmedQueryIdle)),
    ROW(WaitingUnarmedQueryIdle, query_idle, ON(DONE, WaitingUnarmed),
        ON(IO_PRESENT, S0NoWakePowerUp)),
    ROW(WaitingUnarmed, NULL, ON(IO_PRESENT, WaitingUnarmedQueryIdle),
        ON(POLICY_CHANGED, S0NoWakePowerUp), ON(SX, SystemSleepFromDeviceWaitingUnarmed),
        ON(STOP, StoppingResetDevice), ON(SURPRISE_REMOVE, StoppingCancelTimer)),
    ROW(S0NoWakePowerUp, send_d0, ON(DONE, S0NoWakeCompletePowerUp),
        ON(FAILED, DevicePowerRequestFailed)),
    ROW(S0NoWakeCompletePowerUp, complete_d0, ON(DONE, StartingDecideS0Wake),
        ON(FAILED, DevicePowerRequestFailed)),
    ROW(DevicePowerRequestFailed, note_failure, ON(STOP, Stopping), ON(SURPRISE_REMOVE, Stopping)),

    ROW(StartedIdleCapableCancelTimerForSleep, disable_timer,
        ON(DONE, StartedIdleCapableTimerCanceledForSleep)),
    ROW(StartedIdleCapableTimerCanceledForSleep, machine_pass, ON(DONE, Sleeping)),
    ROW(Sleeping, prepare_sleep, ON(DONE, SleepingNoWakePowerDown)),
    ROW(SleepingNoWakePowerDown, send_sleep_dx, ON(DONE, SleepingNoWakeCompletePowerDown),
        ON(FAILED, DevicePowerRequestFailed)),
    ROW(SleepingNoWakeCompletePowerDown, complete_dx, ON(DONE, SystemAsleepNoWake),
        ON(FAILED, DevicePowerRequestFailed)),
    ROW(SystemSleepFromDeviceWaitingUnarmed, machine_pass, ON(DONE, SystemAsleepNoWake)),
    ROW(SystemAsleepNoWake, NULL, ON(S0, SystemWakeDeviceWakeDisabled),
        ON(STOP, StoppingResetDevice), ON(SURPRISE_REMOVE, StoppingCancelTimer)),
    ROW(SystemWakeDeviceWakeDisabled, decide_wake, ON(DONE, SystemWakeDeviceToD0),
        ON(IDLE, SystemWakeQueryIdle)),
    ROW(SystemWakeQueryIdle, query_idle, ON(DONE, WaitingUnarmed),
        ON(IO_PRESENT, SystemWakeDeviceToD0)),
    ROW(SystemWakeDeviceToD0, send_d0, ON(DONE, SystemWakeDeviceToD0CompletePowerUp),
        ON(FAILED, DevicePowerRequestFailed)),
    ROW(SystemWakeDeviceToD0CompletePowerUp, complete_d0, ON(DONE, StartingDecideS0Wake),
        ON(FAILED, DevicePowerRequestFailed)),

    ROW(StoppingResetDevice, send_d0, ON(DONE, StoppingResetDeviceCompletePowerUp),
        ON(FAILED, StoppingResetDeviceFailed)),
    ROW(StoppingResetDeviceCompletePowerUp, complete_d0, ON(DONE, Stopping),
        ON(FAILED, StoppingResetDeviceFailed)),
    ROW(StoppingResetDeviceFailed, note_stop_failed, ON(DONE, Stopping)),
    ROW(StoppingCancelTimer, disable_timer, ON(DONE, Stopping)),
    ROW(Stopping, stop, ON(DONE, StoppingSendStatus), ON(FAILED, StoppingFailed)),
    ROW(StoppingFailed, note_stop_failed, ON(DONE, StoppingSendStatus)),
    ROW(StoppingSendStatus, stop_idling, ON(DONE, Stopped)),
    ROW(Stopped, NULL, ON(START, Restarting), ON(REMOVE, StoppedRemoving)),
    ROW(Restarting, start, ON(DONE, StartingSucceeded), ON(FAILED, RestartingFailed)),
    ROW(RestartingFailed, machine_pass, ON(DONE, StartingFailed)),
    ROW(StoppedRemoving, stop_idling, ON(DONE, Removed)),
    ROW(Removed, machine_pass, ON(DONE, Final)),
    ROW(Final, NULL, {0}),
};

static const struct machine_row other_rows[] = {
    ROW(ObjectCreated, NULL, ON(START, Starting), ON(REMOVE, Removed)),
    ROW(Starting, start_other, ON(DONE, Started), ON(FAILED, StartingFailed)),
    ROW(StartingFailed, NULL, ON(REMOVE, Removed)),
    ROW(Started, NULL, ON(DX, GotoDx), ON(STOP, Stopping), ON(SURPRISE_REMOVE, Stopping)),
    ROW(GotoDx, follow_down, ON(DONE, GotoDxInDx), ON(FAILED, DevicePowerRequestFailed)),
    ROW(GotoDxInDx, follow_complete_down, ON(DONE, Dx), ON(FAILED, DevicePowerRequestFailed)),
    ROW(Dx, NULL, ON(D0, GotoD0), ON(STOP, Stopping), ON(SURPRISE_REMOVE, Stopping)),
    ROW(GotoD0, follow_up, ON(DONE, GotoD0InD0), ON(FAILED, DevicePowerRequestFailed)),
    ROW(GotoD0InD0, follow_complete_up, ON(DONE, Started), ON(FAILED, DevicePowerRequestFailed)),
    ROW(DevicePowerRequestFailed, NULL, ON(STOP, Stopping), ON(SURPRISE_REMOVE, Stopping)),
    ROW(Stopping, stop, ON(DONE, StoppingSendStatus), ON(FAILED, StoppingFailed)),
    ROW(StoppingFailed, note_stop_failed, ON(DONE, StoppingSendStatus)),
    ROW(StoppingSendStatus, machine_pass, ON(DONE, Stopped)),
    ROW(Stopped, NULL, ON(START, Starting), ON(REMOVE, Removed)),
    ROW(Removed, machine_pass, ON(DONE, Final)),
    ROW(Final, NULL, {0}),
};

const struct machine_table policy_owner_table = {MACHINE_POLICY, "Power policy, owner", owner_rows,
                                                 RTL_NUMBER_OF(owner_rows)};
const struct machine_table policy_other_table = {MACHINE_POLICY, "Power policy, others", other_rows,
                                                 RTL_NUMBER_OF(other_rows)};

/* ---- who owns it ---- */

void policy_cover(struct wdf_device *device)
{
    if (!device->is_policy_owner)
        return;
    for (struct wdf_device *lower = device->init.lower; lower != NULL; lower = lower->init.lower) {
        lower->is_policy_owner = false;
        machine_init(&lower->machines[MACHINE_POLICY], &policy_other_table,
                     WdfDevStatePwrPolObjectCreated);
    }
}

/* ---- what PnP says ---- */

bool policy_start(struct wdf_device *device)
{
    device->power_failure = EVENT_NONE;
    (void)machine_send(device, MACHINE_POLICY, EVENT_START);
    return device->power_failure == EVENT_NONE;
}

bool policy_stop(struct wdf_device *device, bool is_by_surprise)
{
    device->stop_has_failed = false;
    (void)machine_send(device, MACHINE_POLICY, is_by_surprise ? EVENT_SURPRISE_REMOVE : EVENT_STOP);
    return !device->stop_has_failed;
}

void policy_remove(struct wdf_device *device)
{
    (void)machine_send(device, MACHINE_POLICY, EVENT_REMOVE);
    (void)machine_send(device, MACHINE_POWER, EVENT_REMOVE);
}

/* ---- the system ---- */

struct wdf_device *policy_owner_of(struct wdf_device *top)
{
    while (top != NULL && !top->is_policy_owner)
        top = top->init.lower;
    return top;
}

/* S17.14: nobody else asks for it where the stack has no owner. */
static bool down_without_owner(struct wdf_device *top)
{
    if (machine_state(top, MACHINE_POLICY) != WdfDevStatePwrPolStarted)
        return false;
    bool is_well = true;
    for (; is_well && top != NULL; top = top->init.lower) {
        top->power_target = WdfPowerDeviceD3;
        is_well = follow(top, EVENT_DX);
    }
    return true;
}

bool policy_sleep(struct wdf_device *top)
{
    struct wdf_device *owner = policy_owner_of(top);
    return owner != NULL ? machine_send(owner, MACHINE_POLICY, EVENT_SX) : down_without_owner(top);
}

bool policy_wake(struct wdf_device *top)
{
    struct wdf_device *owner = policy_owner_of(top);
    if (owner != NULL)
        return machine_send(owner, MACHINE_POLICY, EVENT_S0);
    if (machine_state(top, MACHINE_POLICY) != WdfDevStatePwrPolDx)
        return false;
    (void)follow_up_to(top);
    return true;
}

/* ---- idling ---- */

void policy_look(struct wdf_device *device)
{
    enum machine_event event = idle_event(device);
    if (event != EVENT_NONE)
        (void)machine_send(device, MACHINE_POLICY, event);
}

bool policy_ensure_awake(struct wdf_device *device)
{
    (void)machine_send(device, MACHINE_POLICY, EVENT_IO_PRESENT);
    return machine_state(device, MACHINE_POLICY) != WdfDevStatePwrPolDevicePowerRequestFailed;
}

NTSTATUS policy_reference_parent(struct wdf_device *child)
{
    struct wdf_device *parent = child->family.parent;
    if (!parent->is_policy_owner || child->init.child.ignores_parents_power)
        return STATUS_SUCCESS; /* S18.37, S18.40 */
    NTSTATUS status = idle_reference(parent);
    if (!NT_SUCCESS(status))
        return status;
    child->holds_parent = true;
    if (status == STATUS_PENDING && !policy_ensure_awake(parent)) {
        policy_dereference_parent(child);
        return STATUS_POWER_STATE_INVALID;
    }
    return STATUS_SUCCESS;
}

void policy_dereference_parent(struct wdf_device *child)
{
    if (child->holds_parent)
        idle_dereference(child->family.parent);
    child->holds_parent = false;
}
