/* The machine of devices that do not own the policy. See policyother.h. */
#include "framework/device/policyother.h"

#include "framework/device/device.h"
#include "framework/device/power.h"

static enum machine_event result(bool is_well)
{
    return is_well ? EVENT_DONE : EVENT_FAILED;
}

static enum machine_event start(struct wdf_device *device)
{
    return result(power_start(device));
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

static enum machine_event stop(struct wdf_device *device)
{
    return result(power_stop(device));
}

static enum machine_event note_stop_failed(struct wdf_device *device)
{
    device->stop_has_failed = true;
    return EVENT_DONE;
}

#define ROW(state, work, ...) MACHINE_ROW(PwrPol, state, work, __VA_ARGS__)
#define ON(event, state)      MACHINE_EDGE(PwrPol, event, state)

static const struct machine_row other_rows[] = {
    ROW(ObjectCreated, NULL, ON(START, Starting), ON(REMOVE, Removed)),
    ROW(Starting, start, ON(DONE, Started), ON(FAILED, StartingFailed)),
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

const struct machine_table policy_other_table = {MACHINE_POLICY, "Power policy, others", other_rows,
                                                 RTL_NUMBER_OF(other_rows)};
