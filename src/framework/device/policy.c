/* The policy machine of an owner, and what is asked of a stack's policy. See policy.h. */
#include "framework/device/policy.h"

#include "framework/device/call.h"
#include "framework/device/device.h"
#include "framework/device/idle.h"
#include "framework/device/policyother.h"
#include "framework/device/power.h"
#include "framework/device/powerframework.h"
#include "framework/device/stackpower.h"
#include "framework/device/wake.h"

static enum machine_event result(bool is_well)
{
    return is_well ? EVENT_DONE : EVENT_FAILED;
}

/* ---- the work of the states: in and out of D0 ---- */

static enum machine_event start(struct wdf_device *device)
{
    idle_start(device);
    return result(power_start(device));
}

/* S18.18 */
static enum machine_event register_component(struct wdf_device *device)
{
    return result(powerframework_register(device));
}

static enum machine_event fail_start(struct wdf_device *device)
{
    (void)power_stop(device);
    device->power_failure = EVENT_POWER_UP_FAILED;
    return EVENT_DONE;
}

static enum machine_event decide_s0_wake(struct wdf_device *device)
{
    powerframework_activate(device);
    return idle_enter_d0(device);
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

/* If it is needed while its component goes idle, it is brought back. */
static enum machine_event begin_idling(struct wdf_device *device)
{
    if (idle_is_wanted(device))
        return EVENT_FAILED;
    powerframework_idle(device);
    return result(idle_leave_d0(device, true));
}

static enum machine_event send_idle_dx(struct wdf_device *device)
{
    return result(stackpower_down(device, idle_dx_state(device)));
}

static enum machine_event complete_dx(struct wdf_device *device)
{
    return result(stackpower_complete_down(device));
}

static enum machine_event query_idle(struct wdf_device *device)
{
    return idle_is_wanted(device) ? EVENT_IO_PRESENT : EVENT_DONE;
}

static enum machine_event send_d0(struct wdf_device *device)
{
    return result(stackpower_up(device));
}

static enum machine_event complete_d0(struct wdf_device *device)
{
    return result(stackpower_complete_up(device));
}

static enum machine_event note_failure(struct wdf_device *device)
{
    idle_fail(device);
    return EVENT_NONE;
}

/* ---- idling with wake ---- */

/* No USB bus has to agree here: always allowed. */
static enum machine_event decide_usb(struct wdf_device *device)
{
    return idle_is_over_usb(device) ? EVENT_USB : EVENT_DONE;
}

/* What has ended the wait before the device is armed: S18.25. */
static enum machine_event send_wake(struct wdf_device *device)
{
    if (!wake_send(device, false))
        return EVENT_FAILED;
    return wake_is_over_well(device) ? wake_event(device) : EVENT_DONE;
}

static enum machine_event arm_for_s0(struct wdf_device *device)
{
    if (!NT_SUCCESS(wake_arm_for_s0(device)))
        return EVENT_FAILED;
    if (!stackpower_complete_down(device))
        return EVENT_POWER_DOWN_FAILED;
    enum machine_event event = wake_event(device);
    return event != EVENT_NONE ? event : EVENT_DONE;
}

static enum machine_event cancel_wake(struct wdf_device *device)
{
    wake_cancel(device);
    return EVENT_DONE;
}

static enum machine_event tell_s0_triggered(struct wdf_device *device)
{
    CALL_VOID_OF(device, policy, EvtDeviceWakeFromS0Triggered);
    return EVENT_DONE;
}

static enum machine_event disarm_from_s0(struct wdf_device *device)
{
    wake_disarm_from_s0(device);
    return EVENT_DONE;
}

static enum machine_event disarm_and_complete_d0(struct wdf_device *device)
{
    wake_disarm_from_s0(device);
    return complete_d0(device);
}

/* ---- the system's sleep ---- */

static enum machine_event prepare_sleep(struct wdf_device *device)
{
    (void)idle_leave_d0(device, false);
    return wake_is_wanted(device, device->system_state) ? EVENT_WAKE_CAPABLE : EVENT_DONE;
}

static enum machine_event decide_need_of_wake(struct wdf_device *device)
{
    return wake_is_wanted(device, device->system_state) ? EVENT_WAKE_CAPABLE : EVENT_DONE;
}

static enum machine_event send_sleep_dx(struct wdf_device *device)
{
    return result(stackpower_down(device, idle_sleep_state(device)));
}

static enum machine_event send_armed_dx(struct wdf_device *device)
{
    return result(stackpower_down(device, wake_dx_state(device)));
}

static enum machine_event send_sx_wake(struct wdf_device *device)
{
    return result(wake_send(device, true));
}

static enum machine_event arm_for_sx(struct wdf_device *device)
{
    if (!NT_SUCCESS(wake_arm_for_sx(device)))
        return EVENT_FAILED;
    return stackpower_complete_down(device) ? EVENT_DONE : EVENT_POWER_DOWN_FAILED;
}

static enum machine_event disarm_from_sx(struct wdf_device *device)
{
    wake_disarm_from_sx(device);
    return EVENT_DONE;
}

static enum machine_event tell_sx_triggered(struct wdf_device *device)
{
    CALL_VOID_OF(device, policy, EvtDeviceWakeFromSxTriggered);
    return disarm_from_sx(device);
}

/* S18.30 */
static enum machine_event decide_wake(struct wdf_device *device)
{
    return idle_may_sleep_on(device) ? EVENT_IDLE : EVENT_DONE;
}

/* ---- the end ---- */

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
    wake_cancel(device);
    idle_stop(device);
    return EVENT_DONE;
}

static enum machine_event leave_policy(struct wdf_device *device)
{
    powerframework_unregister(device);
    return stop_idling(device);
}

/* ---- the table ---- */

#define ROW(state, work, ...) MACHINE_ROW(PwrPol, state, work, __VA_ARGS__)
#define ON(event, state)      MACHINE_EDGE(PwrPol, event, state)

static const struct machine_row owner_rows[] = {
    ROW(ObjectCreated, NULL, ON(START, Starting), ON(REMOVE, StoppedRemoving)),
    ROW(Starting, start, ON(DONE, StartingPoweredUp), ON(FAILED, StartingFailed)),
    ROW(StartingPoweredUp, register_component, ON(DONE, StartingSucceeded),
        ON(FAILED, StartingPoweredUpFailed)),
    ROW(StartingPoweredUpFailed, fail_start, ON(DONE, StartingFailed)),
    ROW(StartingSucceeded, machine_pass, ON(DONE, StartingDecideS0Wake)),
    ROW(StartingFailed, note_failure, ON(REMOVE, StoppedRemoving)),
    ROW(StartingDecideS0Wake, decide_s0_wake, ON(DONE, Started),
        ON(IDLE_CAPABLE, StartedIdleCapable), ON(WAKE_CAPABLE, StartedWakeCapable)),
    ROW(Started, NULL, ON(SX, Sleeping), ON(POLICY_CHANGED, StartingDecideS0Wake),
        ON(STOP, Stopping), ON(SURPRISE_REMOVE, Stopping)),

    ROW(StartedIdleCapable, enable_timer, ON(IDLE, IdleCapableDeviceIdle),
        ON(SX, StartedIdleCapableCancelTimerForSleep), ON(POLICY_CHANGED, StartedCancelTimer),
        ON(STOP, StoppingCancelTimer), ON(SURPRISE_REMOVE, StoppingCancelTimer)),
    ROW(StartedCancelTimer, disable_timer, ON(DONE, StartingDecideS0Wake)),
    ROW(IdleCapableDeviceIdle, begin_idling, ON(DONE, TimerExpiredNoWake),
        ON(FAILED, DeviceIdleReturnToActive)),
    ROW(DeviceIdleReturnToActive, machine_pass, ON(DONE, StartedCancelTimer)),
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

    ROW(StartedWakeCapable, enable_timer, ON(IDLE, WakeCapableDeviceIdle),
        ON(SX, StartedWakeCapableCancelTimerForSleep), ON(POLICY_CHANGED, StartedCancelTimer),
        ON(STOP, StoppingCancelTimer), ON(SURPRISE_REMOVE, StoppingCancelTimer)),
    ROW(WakeCapableDeviceIdle, begin_idling, ON(DONE, TimerExpiredDecideUsbSS),
        ON(FAILED, DeviceIdleReturnToActive)),
    ROW(TimerExpiredDecideUsbSS, decide_usb, ON(DONE, TimerExpiredWakeCapablePowerDown),
        ON(USB, TimerExpiredWakeCapableUsbSS)),
    ROW(TimerExpiredWakeCapableUsbSS, machine_pass, ON(DONE, TimerExpiredWakeCapablePowerDown)),
    ROW(TimerExpiredWakeCapablePowerDown, send_idle_dx, ON(DONE, TimerExpiredWakeCapableSendWake),
        ON(FAILED, DevicePowerRequestFailed)),
    ROW(TimerExpiredWakeCapableSendWake, send_wake, ON(DONE, TimerExpiredWakeCapableWakeArrived),
        ON(WAKE_SUCCEEDED, TimerExpiredWakeSucceeded), ON(FAILED, TimerExpiredWakeCapableCleanup)),
    ROW(TimerExpiredWakeCapableWakeArrived, arm_for_s0, ON(DONE, WaitingArmedUsbSS),
        ON(FAILED, TimerExpiredWakeCapableCancelWake),
        ON(WAKE_SUCCEEDED, TimerExpiredWakeCapableWakeSucceeded),
        ON(WAKE_FAILED, TimerExpiredWakeCapableWakeFailed),
        ON(POWER_DOWN_FAILED, TimerExpiredWakeCapablePowerDownFailedCancelWake)),

    ROW(TimerExpiredWakeSucceeded, tell_s0_triggered, ON(DONE, TimerExpiredWakeCompletedDisarm)),
    ROW(TimerExpiredWakeCompletedDisarm, disarm_from_s0, ON(DONE, TimerExpiredWakeCapableCleanup)),
    ROW(TimerExpiredWakeCapableCancelWake, cancel_wake,
        ON(DONE, TimerExpiredWakeCapableWakeCanceled)),
    ROW(TimerExpiredWakeCapableWakeCanceled, machine_pass,
        ON(DONE, TimerExpiredWakeCapableCleanup)),
    ROW(TimerExpiredWakeCapableCleanup, machine_pass, ON(DONE, TimerExpiredWakeCompletedPowerDown)),
    ROW(TimerExpiredWakeCompletedPowerDown, complete_dx, ON(DONE, TimerExpiredWakeCompletedPowerUp),
        ON(FAILED, DevicePowerRequestFailed)),
    ROW(TimerExpiredWakeCompletedPowerUp, send_d0,
        ON(DONE, TimerExpiredWakeCompletedHardwareStarted), ON(FAILED, DevicePowerRequestFailed)),
    ROW(TimerExpiredWakeCompletedHardwareStarted, machine_pass, ON(DONE, S0WakeCompletePowerUp)),
    ROW(TimerExpiredWakeCapableWakeSucceeded, machine_pass, ON(DONE, WokeFromS0UsbSS)),
    ROW(TimerExpiredWakeCapableWakeFailed, machine_pass, ON(DONE, WakeFailedUsbSS)),
    ROW(WakeFailedUsbSS, machine_pass, ON(DONE, IoPresentArmedWakeCanceled)),
    ROW(TimerExpiredWakeCapablePowerDownFailedCancelWake, cancel_wake,
        ON(DONE, TimerExpiredWakeCapablePowerDownFailedWakeCanceled)),
    ROW(TimerExpiredWakeCapablePowerDownFailedWakeCanceled, machine_pass,
        ON(DONE, TimerExpiredWakeCapablePowerDownFailedUsbSS)),
    ROW(TimerExpiredWakeCapablePowerDownFailedUsbSS, machine_pass,
        ON(DONE, DevicePowerRequestFailed)),

    ROW(WaitingArmedUsbSS, machine_pass, ON(DONE, WaitingArmedQueryIdle)),
    ROW(WaitingArmedQueryIdle, query_idle, ON(DONE, WaitingArmed),
        ON(IO_PRESENT, WaitingArmedIoPresentCancelUsbSS)),
    ROW(WaitingArmed, NULL, ON(IO_PRESENT, WaitingArmedQueryIdle),
        ON(POLICY_CHANGED, WaitingArmedIoPresentCancelUsbSS),
        ON(WAKE_SUCCEEDED, WaitingArmedWakeSucceededCancelUsbSS),
        ON(WAKE_FAILED, WaitingArmedWakeFailedCancelUsbSS), ON(SX, CancelingUsbSSForSystemSleep),
        ON(STOP, StoppingD0CancelUsbSS), ON(SURPRISE_REMOVE, WaitingArmedStoppingCancelUsbSS)),
    ROW(WaitingArmedIoPresentCancelUsbSS, machine_pass, ON(DONE, IoPresentArmed)),
    ROW(IoPresentArmed, cancel_wake, ON(DONE, IoPresentArmedWakeCanceled)),
    ROW(IoPresentArmedWakeCanceled, send_d0, ON(DONE, S0WakeDisarm),
        ON(FAILED, DevicePowerRequestFailed)),
    ROW(S0WakeDisarm, disarm_from_s0, ON(DONE, S0WakeCompletePowerUp)),
    ROW(S0WakeCompletePowerUp, complete_d0, ON(DONE, StartingDecideS0Wake),
        ON(FAILED, DevicePowerRequestFailed)),
    ROW(WaitingArmedWakeFailedCancelUsbSS, machine_pass, ON(DONE, IoPresentArmedWakeCanceled)),
    ROW(WaitingArmedWakeSucceededCancelUsbSS, machine_pass, ON(DONE, WokeFromS0)),
    ROW(WokeFromS0UsbSS, machine_pass, ON(DONE, WokeFromS0)),
    ROW(WokeFromS0, send_d0, ON(DONE, WokeFromS0NotifyDriver),
        ON(FAILED, DevicePowerRequestFailed)),
    ROW(WokeFromS0NotifyDriver, tell_s0_triggered, ON(DONE, S0WakeDisarm)),

    ROW(StartedIdleCapableCancelTimerForSleep, disable_timer,
        ON(DONE, StartedIdleCapableTimerCanceledForSleep)),
    ROW(StartedIdleCapableTimerCanceledForSleep, machine_pass, ON(DONE, Sleeping)),
    ROW(StartedWakeCapableCancelTimerForSleep, disable_timer,
        ON(DONE, StartedWakeCapableTimerCanceledForSleep)),
    ROW(StartedWakeCapableTimerCanceledForSleep, machine_pass, ON(DONE, Sleeping)),
    ROW(CancelingUsbSSForSystemSleep, machine_pass, ON(DONE, CancelingWakeForSystemSleep)),
    ROW(CancelingWakeForSystemSleep, cancel_wake,
        ON(DONE, CancelingWakeForSystemSleepWakeCanceled)),
    ROW(CancelingWakeForSystemSleepWakeCanceled, send_d0,
        ON(DONE, DisarmingWakeForSystemSleepCompletePowerUp),
        ON(FAILED, PowerUpForSystemSleepFailed)),
    ROW(DisarmingWakeForSystemSleepCompletePowerUp, disarm_and_complete_d0,
        ON(DONE, StartedWakeCapableCancelTimerForSleep), ON(FAILED, PowerUpForSystemSleepFailed)),
    ROW(PowerUpForSystemSleepFailed, machine_pass, ON(DONE, DevicePowerRequestFailed)),
    ROW(Sleeping, prepare_sleep, ON(DONE, SleepingNoWakePowerDown),
        ON(WAKE_CAPABLE, SleepingWakePowerDown)),
    ROW(SleepingNoWakePowerDown, send_sleep_dx, ON(DONE, SleepingNoWakeCompletePowerDown),
        ON(FAILED, SystemSleepPowerRequestFailed)),
    ROW(SleepingNoWakeCompletePowerDown, complete_dx, ON(DONE, SystemAsleepNoWake),
        ON(FAILED, SystemSleepPowerRequestFailed)),
    ROW(SystemSleepPowerRequestFailed, machine_pass, ON(DONE, DevicePowerRequestFailed)),
    ROW(SystemSleepFromDeviceWaitingUnarmed, decide_need_of_wake, ON(DONE, SystemAsleepNoWake),
        ON(WAKE_CAPABLE, SystemSleepNeedWake)),
    ROW(SystemSleepNeedWake, send_d0, ON(DONE, SystemSleepNeedWakeCompletePowerUp),
        ON(FAILED, SystemSleepPowerRequestFailed)),
    ROW(SystemSleepNeedWakeCompletePowerUp, complete_d0, ON(DONE, Sleeping),
        ON(FAILED, SystemSleepPowerRequestFailed)),
    ROW(SystemAsleepNoWake, NULL, ON(S0, SystemWakeDeviceWakeDisabled),
        ON(STOP, StoppingResetDevice), ON(SURPRISE_REMOVE, StoppingCancelTimer)),
    ROW(SystemWakeDeviceWakeDisabled, decide_wake, ON(DONE, SystemWakeDeviceToD0),
        ON(IDLE, SystemWakeQueryIdle)),
    ROW(SystemWakeQueryIdle, query_idle, ON(DONE, WaitingUnarmed),
        ON(IO_PRESENT, SystemWakeDeviceToD0)),
    ROW(SystemWakeDeviceToD0, send_d0, ON(DONE, SystemWakeDeviceToD0CompletePowerUp),
        ON(FAILED, SystemWakeDevicePowerRequestFailed)),
    ROW(SystemWakeDeviceToD0CompletePowerUp, complete_d0, ON(DONE, StartingDecideS0Wake),
        ON(FAILED, DevicePowerRequestFailed)),
    ROW(SystemWakeDevicePowerRequestFailed, machine_pass, ON(DONE, DevicePowerRequestFailed)),

    ROW(SleepingWakePowerDown, send_armed_dx, ON(DONE, SleepingSendWake),
        ON(FAILED, SystemSleepPowerRequestFailed)),
    ROW(SleepingSendWake, send_sx_wake, ON(DONE, CheckPowerPageable),
        ON(FAILED, SleepingNoWakeCompletePowerDown)),
    ROW(CheckPowerPageable, machine_pass, ON(DONE, SleepingWakeWakeArrived)),
    ROW(SleepingWakeWakeArrived, arm_for_sx, ON(DONE, SystemAsleepWakeArmed),
        ON(FAILED, SleepingWakeRevertArmWake), ON(POWER_DOWN_FAILED, SleepingWakePowerDownFailed)),
    ROW(SleepingWakeRevertArmWake, disarm_from_sx, ON(DONE, SleepingWakeCancelWake)),
    ROW(SleepingWakeCancelWake, cancel_wake, ON(DONE, SleepingNoWakeCompletePowerDown)),
    ROW(SleepingWakePowerDownFailed, cancel_wake,
        ON(DONE, SleepingWakePowerDownFailedWakeCanceled)),
    ROW(SleepingWakePowerDownFailedWakeCanceled, machine_pass, ON(DONE, DevicePowerRequestFailed)),
    ROW(SystemAsleepWakeArmed, NULL, ON(WAKE_SUCCEEDED, SystemWakeDeviceWakeTriggered),
        ON(S0, SystemWakeDeviceWakeEnabled), ON(SURPRISE_REMOVE, StoppingCancelWake)),
    ROW(SystemWakeDeviceWakeEnabled, cancel_wake,
        ON(DONE, SystemWakeDeviceWakeEnabledWakeCanceled)),
    ROW(SystemWakeDeviceWakeEnabledWakeCanceled, send_d0, ON(DONE, SystemWakeDeviceWakeDisarm),
        ON(FAILED, SystemWakeDevicePowerRequestFailed)),
    ROW(SystemWakeDeviceWakeDisarm, disarm_from_sx, ON(DONE, SystemWakeDeviceWakeCompletePowerUp)),
    ROW(SystemWakeDeviceWakeTriggered, NULL, ON(S0, SystemWakeDeviceWakeTriggeredS0),
        ON(SURPRISE_REMOVE, StoppingCancelWake)),
    ROW(SystemWakeDeviceWakeTriggeredS0, send_d0, ON(DONE, SystemWakeDeviceWokeDisarm),
        ON(FAILED, SystemWakeDevicePowerRequestFailed)),
    ROW(SystemWakeDeviceWokeDisarm, tell_sx_triggered,
        ON(DONE, SystemWakeDeviceWakeCompletePowerUp)),
    ROW(SystemWakeDeviceWakeCompletePowerUp, complete_d0, ON(DONE, StartingDecideS0Wake),
        ON(FAILED, DevicePowerRequestFailed)),

    ROW(StoppingResetDevice, send_d0, ON(DONE, StoppingResetDeviceCompletePowerUp),
        ON(FAILED, StoppingResetDeviceFailed)),
    ROW(StoppingResetDeviceCompletePowerUp, complete_d0, ON(DONE, Stopping),
        ON(FAILED, StoppingResetDeviceFailed)),
    ROW(StoppingResetDeviceFailed, note_stop_failed, ON(DONE, Stopping)),
    ROW(StoppingD0CancelUsbSS, machine_pass, ON(DONE, StoppingD0)),
    ROW(StoppingD0, send_d0, ON(DONE, StoppingDisarmWake), ON(FAILED, StoppingD0Failed)),
    ROW(StoppingD0Failed, note_stop_failed, ON(DONE, StoppingDisarmWakeCancelWake)),
    ROW(StoppingDisarmWake, disarm_and_complete_d0, ON(DONE, StoppingDisarmWakeCancelWake),
        ON(FAILED, StoppingD0Failed)),
    ROW(StoppingDisarmWakeCancelWake, cancel_wake, ON(DONE, StoppingDisarmWakeWakeCanceled)),
    ROW(StoppingDisarmWakeWakeCanceled, machine_pass, ON(DONE, Stopping)),
    ROW(WaitingArmedStoppingCancelUsbSS, machine_pass, ON(DONE, StoppingCancelWake)),
    ROW(StoppingCancelWake, cancel_wake, ON(DONE, Stopping)),
    ROW(StoppingCancelTimer, disable_timer, ON(DONE, Stopping)),
    ROW(Stopping, stop, ON(DONE, StoppingSendStatus), ON(FAILED, StoppingFailed)),
    ROW(StoppingFailed, note_stop_failed, ON(DONE, StoppingSendStatus)),
    ROW(StoppingSendStatus, stop_idling, ON(DONE, Stopped)),
    ROW(Stopped, NULL, ON(START, Restarting), ON(REMOVE, StoppedRemoving)),
    ROW(Restarting, start, ON(DONE, StartingSucceeded), ON(FAILED, RestartingFailed)),
    ROW(RestartingFailed, machine_pass, ON(DONE, StartingFailed)),
    ROW(StoppedRemoving, leave_policy, ON(DONE, Removed)),
    ROW(Removed, machine_pass, ON(DONE, Final)),
    ROW(Final, NULL, {0}),
};

const struct machine_table policy_owner_table = {MACHINE_POLICY, "Power policy, owner", owner_rows,
                                                 RTL_NUMBER_OF(owner_rows)};

/* ---- ownership ---- */

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

/* ---- events of PnP ---- */

bool policy_start(struct wdf_device *device)
{
    device->power_failure = EVENT_NONE;
    (void)machine_send(device, MACHINE_POLICY, EVENT_START);
    return device->power_failure == EVENT_NONE;
}

/* Nothing is removed while the system sleeps: the wake disarms what is armed for it. */
static void wake_for_removal(struct wdf_device *device)
{
    switch (machine_state(device, MACHINE_POLICY)) {
    case WdfDevStatePwrPolSystemAsleepWakeArmed:
    case WdfDevStatePwrPolSystemWakeDeviceWakeTriggered:
        (void)machine_send(device, MACHINE_POLICY, EVENT_S0);
        return;
    default:
        return;
    }
}

bool policy_stop(struct wdf_device *device, bool is_by_surprise)
{
    device->stop_has_failed = false;
    if (device->is_policy_owner && !is_by_surprise)
        wake_for_removal(device);
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
bool policy_sleep(struct wdf_device *top)
{
    struct wdf_device *owner = policy_owner_of(top);
    if (owner != NULL)
        return machine_send(owner, MACHINE_POLICY, EVENT_SX);
    if (machine_state(top, MACHINE_POLICY) != WdfDevStatePwrPolStarted)
        return false;
    (void)stackpower_all_down(top, WdfPowerDeviceD3);
    return true;
}

static void look_at_wake(struct wdf_device *owner)
{
    enum machine_event event = wake_event(owner);
    if (event != EVENT_NONE)
        (void)machine_send(owner, MACHINE_POLICY, event);
}

bool policy_wake(struct wdf_device *top)
{
    struct wdf_device *owner = policy_owner_of(top);
    if (owner != NULL) {
        look_at_wake(owner);
        return machine_send(owner, MACHINE_POLICY, EVENT_S0);
    }
    if (machine_state(top, MACHINE_POLICY) != WdfDevStatePwrPolDx)
        return false;
    (void)stackpower_all_up(top);
    return true;
}

/* ---- idling ---- */

void policy_look(struct wdf_device *device)
{
    look_at_wake(device);
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
