/* Devices that wake, themselves or the system (S18.20 to S18.31): which driver is told to arm what,
 * in which order, whatever fails. */
#include <stdio.h>
#include <string.h>

#include "bus.h"
#include "framework/device/device.h"
#include "port/thread.h"
#include "unit.h"

/* Events, each with its device: nothing stands for the parent, the root device or the function
 * device of a child; c for the device that the bus driver has created. */
static char trace[512];
static const char *failing; /* the event that returns STATUS_UNSUCCESSFUL; NULL: none */
static const char *waking;  /* the event in which the wake signal comes; NULL: none */
static WDFDEVICE function_device;

static bool is_child(WDFDEVICE of)
{
    return children[0] != NULL && of == children[0];
}

static NTSTATUS note(WDFDEVICE of, const char *event)
{
    char text[32];
    snprintf(text, sizeof(text), "%s%s", is_child(of) ? "c" : "", event);
    size_t length = strlen(trace);
    snprintf(trace + length, sizeof(trace) - length, "%s ", text);
    if (waking != NULL && strcmp(waking, text) == 0)
        ck_status_eq(children[0] != NULL ? WdfDeviceIndicateWakeStatus(children[0], STATUS_SUCCESS)
                                         : WdfuseInprocWake(device, STATUS_SUCCESS),
                     STATUS_SUCCESS);
    return failing != NULL && strcmp(failing, text) == 0 ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS;
}

static NTSTATUS note_entry(WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState)
{
    char text[16];
    snprintf(text, sizeof(text), "Entry%d", (int)PreviousState);
    return note(Device, text);
}

static NTSTATUS note_exit(WDFDEVICE Device, WDF_POWER_DEVICE_STATE TargetState)
{
    char text[16];
    snprintf(text, sizeof(text), "Exit%d", (int)TargetState);
    return note(Device, text);
}

#define NOTES(name, event)                                                                         \
    static NTSTATUS name(WDFDEVICE Device)                                                         \
    {                                                                                              \
        return note(Device, event);                                                                \
    }
NOTES(note_suspend, "Suspend")
NOTES(note_restart, "Restart")
NOTES(note_arm, "Arm")
NOTES(note_arm_sx, "SxArm")

#define TELLS(name, event)                                                                         \
    static VOID name(WDFDEVICE Device)                                                             \
    {                                                                                              \
        note(Device, event);                                                                       \
    }
TELLS(note_surprise, "Surprise")
TELLS(note_disarm, "Disarm")
TELLS(note_triggered, "Triggered")
TELLS(note_disarm_sx, "SxDisarm")
TELLS(note_triggered_sx, "SxTriggered")
TELLS(note_disable, "Disable")

static NTSTATUS note_arm_with_reason(WDFDEVICE Device, BOOLEAN DeviceWakeEnabled,
                                     BOOLEAN ChildrenArmedForWake)
{
    char text[16];
    snprintf(text, sizeof(text), "SxArm%d%d", DeviceWakeEnabled, ChildrenArmedForWake);
    return note(Device, text);
}

static NTSTATUS note_enable(WDFDEVICE Device, SYSTEM_POWER_STATE PowerState)
{
    char text[16];
    snprintf(text, sizeof(text), "Enable%d", (int)PowerState);
    return note(Device, text);
}

static NTSTATUS note_release(WDFDEVICE Device, WDFCMRESLIST Translated)
{
    UNREFERENCED_PARAMETER(Translated);
    return note(Device, "Release");
}

static bool has_reasons;

static void listen(PWDFDEVICE_INIT init)
{
    WDF_PNPPOWER_EVENT_CALLBACKS pnp;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&pnp);
    pnp.EvtDeviceD0Entry = note_entry;
    pnp.EvtDeviceD0Exit = note_exit;
    pnp.EvtDeviceSelfManagedIoSuspend = note_suspend;
    pnp.EvtDeviceSelfManagedIoRestart = note_restart;
    pnp.EvtDeviceSurpriseRemoval = note_surprise;
    pnp.EvtDeviceReleaseHardware = note_release;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &pnp);
    WDF_POWER_POLICY_EVENT_CALLBACKS policy;
    WDF_POWER_POLICY_EVENT_CALLBACKS_INIT(&policy);
    policy.EvtDeviceArmWakeFromS0 = note_arm;
    policy.EvtDeviceDisarmWakeFromS0 = note_disarm;
    policy.EvtDeviceWakeFromS0Triggered = note_triggered;
    if (has_reasons)
        policy.EvtDeviceArmWakeFromSxWithReason = note_arm_with_reason;
    else
        policy.EvtDeviceArmWakeFromSx = note_arm_sx;
    policy.EvtDeviceDisarmWakeFromSx = note_disarm_sx;
    policy.EvtDeviceWakeFromSxTriggered = note_triggered_sx;
    WdfDeviceInitSetPowerPolicyEventCallbacks(init, &policy);
}

static WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS idle;
static WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS wake;

static void setup(void)
{
    trace[0] = '\0';
    failing = waking = NULL;
    has_reasons = false;
    function_device = NULL;
    prepare_init = listen;
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&idle, IdleCanWakeFromS0);
    idle.IdleTimeout = 100;
    WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS_INIT(&wake);
    WdfuseInprocSetWake(PowerDeviceD3, PowerSystemSleeping3);
}

static void teardown(void)
{
    failing = waking = NULL;
    bus_stop();
    WdfuseInprocSetWake(PowerDeviceUnspecified, PowerSystemUnspecified);
}

static NTSTATUS assign(void)
{
    return WdfDeviceAssignS0IdleSettings(wdf_device(), &idle);
}

#define ck_trace(expected)                                                                         \
    do {                                                                                           \
        ck_assert_str_eq(trace, expected);                                                         \
        trace[0] = '\0';                                                                           \
    } while (0)

static void start_with_idle(void)
{
    start_queue(WdfIoQueueDispatchSequential);
    ck_status_eq(assign(), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    trace[0] = '\0';
}

/* Idle, in Dx and armed. */
static void start_armed(void)
{
    start_with_idle();
    advance_ms(100);
    ck_trace("Suspend Arm Exit4 ");
    ck_assert_int_eq(WdfDeviceGetDevicePowerPolicyState(wdf_device()),
                     WdfDevStatePwrPolWaitingArmed);
}

static void signal_wake(NTSTATUS status)
{
    ck_status_eq(WdfuseInprocWake(device, status), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
}

/* ---- from S0 ---- */

/* S18.20, S18.21, S18.53 */
START_TEST(a_request_disarms_an_idle_device)
{
    start_armed();
    WDFUSEIO read = begin_read(open_file(), 1);
    WdfuseInprocWaitForWorkers();
    ck_trace("Entry4 Disarm Restart ");
    ck_assert_int_eq(WdfDeviceGetDevicePowerPolicyState(wdf_device()),
                     WdfDevStatePwrPolStartedWakeCapable);
    complete_held(STATUS_SUCCESS);
    answer(read, STATUS_SUCCESS);
}
END_TEST

/* S18.20, S18.53 */
START_TEST(a_device_that_wakes_is_told_before_it_is_disarmed)
{
    start_armed();
    signal_wake(STATUS_SUCCESS);
    ck_trace("Entry4 Triggered Disarm Restart ");
    advance_ms(100); /* and idles again */
    ck_trace("Suspend Arm Exit4 ");
}
END_TEST

/* S18.25 */
START_TEST(a_wait_that_fails_brings_the_device_back)
{
    start_armed();
    signal_wake(STATUS_UNSUCCESSFUL);
    ck_trace("Entry4 Disarm Restart ");
}
END_TEST

/* S18.25, S18.53 */
START_TEST(a_device_that_cannot_be_armed_tries_again_after_each_timeout)
{
    start_with_idle();
    failing = "Arm";
    for (unsigned i = 0; i < 2; i++) {
        advance_ms(100);
        ck_trace("Suspend Arm Exit4 Entry4 Restart ");
    }
    ck_assert(!WdfuseInprocHasFailed(device));
}
END_TEST

/* S18.25: the signal comes before the device is down. */
START_TEST(a_wake_on_the_way_down_takes_the_device_there_and_back)
{
    start_with_idle();
    waking = "Arm";
    advance_ms(100);
    ck_trace("Suspend Arm Exit4 Entry4 Triggered Disarm Restart ");
}
END_TEST

/* S18.25, S11.12 */
START_TEST(an_armed_device_that_does_not_go_down_has_failed)
{
    start_with_idle();
    failing = "Exit4";
    advance_ms(100);
    ck_trace("Suspend Arm Exit4 Release ");
    ck_assert(WdfuseInprocHasFailed(device));
    ck_status_eq(WdfuseInprocWake(device, STATUS_SUCCESS), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

START_TEST(an_armed_device_that_does_not_come_up_has_failed)
{
    start_armed();
    failing = "Entry4";
    signal_wake(STATUS_SUCCESS);
    ck_trace("Entry4 Release ");
    ck_assert(WdfuseInprocHasFailed(device));
}
END_TEST

START_TEST(who_is_not_armed_cannot_be_woken)
{
    start_with_idle();
    ck_status_eq(WdfuseInprocWake(device, STATUS_SUCCESS), STATUS_INVALID_DEVICE_REQUEST);
    ck_status_eq(WdfuseInprocWake(device, STATUS_PENDING), STATUS_INVALID_PARAMETER);
    ck_status_eq(WdfuseInprocWake(device, STATUS_CANCELLED), STATUS_INVALID_PARAMETER);
    advance_ms(100);
    signal_wake(STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocWake(device, STATUS_SUCCESS), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S18.8 */
START_TEST(changed_settings_disarm)
{
    start_armed();
    idle.Enabled = WdfFalse;
    ck_status_eq(assign(), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_trace("Entry4 Disarm Restart ");
    ck_assert_int_eq(WdfDeviceGetDevicePowerPolicyState(wdf_device()), WdfDevStatePwrPolStarted);
}
END_TEST

/* S11.19 */
START_TEST(an_armed_device_is_disarmed_for_its_removal)
{
    start_armed();
    holding_stop();
    ck_trace("Entry4 Disarm Restart Suspend Exit5 Release ");
}
END_TEST

/* S11.20 */
START_TEST(an_armed_device_that_has_vanished_is_not_powered_up)
{
    start_armed();
    WdfuseInprocSurpriseStop(device);
    device = NULL;
    ck_trace("Surprise Release ");
}
END_TEST

/* S11.15 */
START_TEST(an_armed_device_is_awake_while_its_removal_is_asked_for)
{
    start_armed();
    ck_status_eq(WdfuseInprocQueryRemove(device), STATUS_SUCCESS);
    ck_trace("Entry4 Disarm Restart ");
    WdfuseInprocCancelRemove(device);
    advance_ms(100);
    ck_trace("Suspend Arm Exit4 ");
}
END_TEST

/* ---- which states ---- */

static const struct {
    DEVICE_POWER_STATE bus; /* the deepest from which it wakes */
    WDF_POWER_POLICY_S0_IDLE_CAPABILITIES kind;
    DEVICE_POWER_STATE wanted;
    NTSTATUS status;
    const char *down;
} states[] = {
    {PowerDeviceD3, IdleCanWakeFromS0, PowerDeviceMaximum, STATUS_SUCCESS, "Suspend Arm Exit4 "},
    {PowerDeviceD2, IdleCanWakeFromS0, PowerDeviceMaximum, STATUS_SUCCESS, "Suspend Arm Exit3 "},
    {PowerDeviceD2, IdleCanWakeFromS0, PowerDeviceD1, STATUS_SUCCESS, "Suspend Arm Exit2 "},
    {PowerDeviceD2, IdleCanWakeFromS0, PowerDeviceD3, STATUS_POWER_STATE_INVALID, ""},
    {PowerDeviceD0, IdleCanWakeFromS0, PowerDeviceMaximum, STATUS_POWER_STATE_INVALID, ""},
    {PowerDeviceUnspecified, IdleCanWakeFromS0, PowerDeviceD1, STATUS_POWER_STATE_INVALID, ""},
    {PowerDeviceD2, IdleUsbSelectiveSuspend, PowerDeviceMaximum, STATUS_SUCCESS,
     "Suspend Arm Exit3 "},
    {PowerDeviceD3, IdleUsbSelectiveSuspend, PowerDeviceMaximum, STATUS_POWER_STATE_INVALID, ""},
    {PowerDeviceD3, IdleUsbSelectiveSuspend, PowerDeviceD3, STATUS_POWER_STATE_INVALID, ""},
    {PowerDeviceD3, IdleUsbSelectiveSuspend, PowerDeviceD2, STATUS_SUCCESS, "Suspend Arm Exit3 "},
};

/* S18.3, S18.10, S11.25 */
START_TEST(the_device_goes_no_deeper_than_it_can_wake_from)
{
    WdfuseInprocSetWake(states[_i].bus, PowerSystemSleeping3);
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&idle, states[_i].kind);
    idle.IdleTimeout = 100;
    idle.DxState = states[_i].wanted;
    start_queue(WdfIoQueueDispatchSequential);
    trace[0] = '\0';
    ck_status_eq(assign(), states[_i].status);
    WdfuseInprocWaitForWorkers();
    advance_ms(100);
    ck_trace(states[_i].down);
}
END_TEST

/* S18.2: a driver can report less than its bus, not more. */
START_TEST(a_driver_may_narrow_what_its_device_wakes_from)
{
    WDF_DEVICE_POWER_CAPABILITIES capabilities;
    WdfuseInprocSetWake(PowerDeviceD2, PowerSystemSleeping3);
    start_queue(WdfIoQueueDispatchSequential);
    WDF_DEVICE_POWER_CAPABILITIES_INIT(&capabilities);
    capabilities.DeviceWake = PowerDeviceD3;
    WdfDeviceSetPowerCapabilities(wdf_device(), &capabilities);
    idle.DxState = PowerDeviceD3;
    ck_status_eq(assign(), STATUS_POWER_STATE_INVALID);
    capabilities.DeviceWake = PowerDeviceD1;
    WdfDeviceSetPowerCapabilities(wdf_device(), &capabilities);
    idle.DxState = PowerDeviceD2;
    ck_status_eq(assign(), STATUS_POWER_STATE_INVALID);
    idle.DxState = PowerDeviceD1;
    ck_status_eq(assign(), STATUS_SUCCESS);
}
END_TEST

/* ---- from the system's sleep ---- */

/* Does not idle, and can wake the system. */
static void start_with_wake(void)
{
    start_queue(WdfIoQueueDispatchSequential);
    ck_status_eq(WdfDeviceAssignSxWakeSettings(wdf_device(), &wake), STATUS_SUCCESS);
    trace[0] = '\0';
}

static void sleep_armed(void)
{
    start_with_wake();
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_trace("Suspend SxArm Exit4 ");
    ck_assert_int_eq(WdfDeviceGetDevicePowerPolicyState(wdf_device()),
                     WdfDevStatePwrPolSystemAsleepWakeArmed);
}

static void resume(void)
{
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
}

/* S18.24, S18.29 */
START_TEST(a_system_that_wakes_disarms_the_device)
{
    sleep_armed();
    resume();
    ck_trace("Entry4 SxDisarm Restart ");
}
END_TEST

/* S18.24 */
START_TEST(a_device_that_wakes_the_system_is_told)
{
    sleep_armed();
    signal_wake(STATUS_SUCCESS);
    ck_trace("");
    ck_assert_int_eq(WdfDeviceGetDevicePowerPolicyState(wdf_device()),
                     WdfDevStatePwrPolSystemWakeDeviceWakeTriggered);
    resume();
    ck_trace("Entry4 SxTriggered SxDisarm Restart ");
}
END_TEST

static unsigned wakings;

static void count_waking(void *context)
{
    (void)context;
    wakings++;
}

static void ignore_device(void *context, struct wdf_device *of)
{
    (void)context;
    (void)of;
}

static const struct node_listener listener = {
    .came = ignore_device, .went = ignore_device, .failed = ignore_device, .woken = count_waking};

static void listen_to_wakings(void)
{
    wakings = 0;
    driver_listen_to_nodes(&listener);
}

/* S18.24: the host is told, and wakes the system. */
START_TEST(the_host_hears_of_a_device_that_wakes_the_system)
{
    sleep_armed();
    listen_to_wakings();
    signal_wake(STATUS_SUCCESS);
    ck_assert_uint_eq(wakings, 1);
    resume();
    driver_listen_to_nodes(NULL);
}
END_TEST

/* S18.24: a signal that comes on the way down is not lost. */
START_TEST(the_host_hears_of_a_wake_on_the_way_down)
{
    start_with_wake();
    listen_to_wakings();
    waking = "SxArm";
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_assert_uint_eq(wakings, 1);
    waking = NULL;
    trace[0] = '\0';
    resume();
    ck_trace("Entry4 SxTriggered SxDisarm Restart ");
    driver_listen_to_nodes(NULL);
}
END_TEST

/* S18.20: a device that only wakes itself does not wake the system. */
START_TEST(the_host_does_not_hear_of_a_device_that_wakes_itself)
{
    start_armed();
    listen_to_wakings();
    signal_wake(STATUS_SUCCESS);
    ck_assert_uint_eq(wakings, 0);
    driver_listen_to_nodes(NULL);
}
END_TEST

/* S18.25 */
START_TEST(a_wait_that_fails_in_the_systems_sleep_changes_nothing)
{
    sleep_armed();
    signal_wake(STATUS_UNSUCCESSFUL);
    resume();
    ck_trace("Entry4 SxDisarm Restart ");
}
END_TEST

/* S18.25, S18.53 */
START_TEST(a_device_that_cannot_be_armed_for_sx_sleeps_unarmed)
{
    start_with_wake();
    failing = "SxArm";
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_trace("Suspend SxArm SxDisarm Exit4 ");
    ck_status_eq(WdfuseInprocWake(device, STATUS_SUCCESS), STATUS_INVALID_DEVICE_REQUEST);
    resume();
    ck_trace("Entry4 Restart ");
}
END_TEST

/* S18.25 */
START_TEST(a_device_that_does_not_go_down_armed_for_sx_has_failed)
{
    start_with_wake();
    failing = "Exit4";
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_UNSUCCESSFUL);
    ck_trace("Suspend SxArm Exit4 Release ");
    ck_assert(WdfuseInprocHasFailed(device));
}
END_TEST

/* S18.29, S18.3 */
START_TEST(a_deeper_sleep_than_it_wakes_from_is_slept_unarmed)
{
    start_with_wake();
    ck_status_eq(WdfuseInprocSleep(device, PowerSystemHibernate), STATUS_SUCCESS);
    ck_trace("Suspend Exit4 ");
    resume();
    ck_trace("Entry4 Restart ");
}
END_TEST

/* S18.31 */
START_TEST(a_deeper_sleep_than_it_wakes_from_is_objected_to)
{
    WdfuseInprocSetWake(PowerDeviceD3, PowerSystemSleeping2);
    start_with_wake();
    ck_status_eq(WdfuseInprocQuerySleep(device, PowerSystemSleeping2), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocQuerySleep(device, PowerSystemSleeping3), STATUS_POWER_STATE_INVALID);
    ck_status_eq(WdfuseInprocQuerySleep(device, PowerSystemHibernate), STATUS_SUCCESS);
    wake.Enabled = WdfFalse;
    ck_status_eq(WdfDeviceAssignSxWakeSettings(wdf_device(), &wake), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocQuerySleep(device, PowerSystemSleeping3), STATUS_SUCCESS);
    ck_trace("");
}
END_TEST

/* S18.29 */
START_TEST(an_idle_device_is_powered_up_to_be_armed_for_sx)
{
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&idle, IdleCannotWakeFromS0);
    idle.IdleTimeout = 100;
    start_with_wake();
    ck_status_eq(assign(), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    advance_ms(100);
    ck_trace("Suspend Exit4 ");
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_trace("Entry4 Restart Suspend SxArm Exit4 ");
    resume();
    ck_trace("Entry4 SxDisarm Restart ");
}
END_TEST

/* S18.29 */
START_TEST(a_device_that_is_armed_for_s0_is_armed_anew_for_sx)
{
    start_armed();
    ck_status_eq(WdfDeviceAssignSxWakeSettings(wdf_device(), &wake), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_trace("Entry4 Disarm Restart Suspend SxArm Exit4 ");
    resume();
    ck_trace("Entry4 SxDisarm Restart ");
    advance_ms(100);
    ck_trace("Suspend Arm Exit4 ");
}
END_TEST

/* S18.30: a device that wakes from S0 is powered up when the system wakes. */
START_TEST(a_device_that_can_wake_does_not_sleep_on)
{
    start_armed();
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_trace("Entry4 Disarm Restart Suspend Exit4 ");
    resume();
    ck_trace("Entry4 Restart ");
}
END_TEST

/* S18.22: a later call changes only whether it is enabled. */
START_TEST(a_device_that_is_not_enabled_is_not_armed)
{
    start_with_wake();
    wake.Enabled = WdfFalse;
    ck_status_eq(WdfDeviceAssignSxWakeSettings(wdf_device(), &wake), STATUS_SUCCESS);
    wake.Enabled = WdfUseDefault;
    ck_status_eq(WdfDeviceAssignSxWakeSettings(wdf_device(), &wake), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_trace("Suspend Exit4 ");
}
END_TEST

/* S18.22 */
START_TEST(wake_settings_are_checked_against_what_the_device_can)
{
    WdfuseInprocSetWake(PowerDeviceD2, PowerSystemSleeping3);
    start_queue(WdfIoQueueDispatchSequential);
    trace[0] = '\0';
    wake.DxState = PowerDeviceD3;
    ck_status_eq(WdfDeviceAssignSxWakeSettings(wdf_device(), &wake), STATUS_POWER_STATE_INVALID);
    wake.DxState = PowerDeviceMaximum;
    ck_status_eq(WdfDeviceAssignSxWakeSettings(wdf_device(), &wake), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_trace("Suspend SxArm Exit3 ");
}
END_TEST

/* The system wakes for it: only the driver sees that. */
START_TEST(a_device_that_is_armed_for_sx_is_disarmed_for_its_removal)
{
    sleep_armed();
    holding_stop();
    ck_trace("Entry4 SxDisarm Restart Suspend Exit5 Release ");
}
END_TEST

/* S11.20 */
START_TEST(a_device_that_is_armed_for_sx_may_vanish)
{
    sleep_armed();
    WdfuseInprocSurpriseStop(device);
    device = NULL;
    ck_trace("Surprise Release ");
}
END_TEST

static VOID listen_not_pageable(PWDFDEVICE_INIT init)
{
    listen(init);
    WdfDeviceInitSetPowerNotPageable(init);
}

/* S18.42, S18.44: the twins of a device that is not pageable. */
START_TEST(a_device_that_is_not_pageable_has_states_of_its_own)
{
    prepare_init = listen_not_pageable;
    start_with_wake();
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_assert_int_eq(WdfDeviceGetDevicePowerPolicyState(wdf_device()),
                     WdfDevStatePwrPolSystemAsleepWakeArmedNP);
}
END_TEST

/* ---- children ---- */

static VOID listen_to_child(PWDFDEVICE_INIT init)
{
    WDF_PDO_EVENT_CALLBACKS callbacks;
    WDF_PDO_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceEnableWakeAtBus = note_enable;
    callbacks.EvtDeviceDisableWakeAtBus = note_disable;
    listen(init);
    WdfPdoInitSetEventCallbacks(init, &callbacks);
}

static VOID ignore_parent(PWDFDEVICE_INIT init)
{
    listen_to_child(init);
    WdfPdoInitRemovePowerDependencyOnParent(init);
}

static VOID be_quiet(PWDFDEVICE_INIT init)
{
    UNREFERENCED_PARAMETER(init);
}

/* A child whose stack has no other device, idle and armed. */
static void start_armed_child(void)
{
    prepare_init = be_quiet;
    prepare_child_init = listen_to_child;
    start_bus(1);
    ck_status_eq(WdfDeviceAssignS0IdleSettings(children[0], &idle), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    trace[0] = '\0';
    advance_ms(100);
}

static void indicate(NTSTATUS status)
{
    ck_status_eq(WdfDeviceIndicateWakeStatus(children[0], status), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
}

/* S18.20, S18.26, S18.34 */
START_TEST(a_child_is_armed_by_its_driver_and_then_at_the_bus)
{
    start_armed_child();
    ck_trace("cSuspend cArm cEnable1 cExit4 ");
    indicate(STATUS_SUCCESS);
    ck_trace("cEntry4 cTriggered cDisable cDisarm cRestart ");
    ck_status_eq(WdfDeviceIndicateWakeStatus(children[0], STATUS_SUCCESS),
                 STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S18.25 */
START_TEST(a_child_that_the_bus_does_not_arm_is_not_disarmed)
{
    failing = "cEnable1";
    start_armed_child();
    ck_trace("cSuspend cArm cEnable1 cExit4 cEntry4 cRestart ");
}
END_TEST

static NTSTATUS add_function(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    listen(DeviceInit);
    ck_status_eq(WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &function_device),
                 STATUS_SUCCESS);
    return WdfDeviceAssignS0IdleSettings(function_device, &idle);
}

static NTSTATUS function_driver(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, add_function);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

static VOID describe_for_function(PWDFDEVICE_INIT init)
{
    DECLARE_CONST_UNICODE_STRING(id, L"TEST\\Wake");
    ck_status_eq(WdfPdoInitAddHardwareID(init, &id), STATUS_SUCCESS);
    listen_to_child(init);
}

/* A function device on top of the child's own. */
static void start_stack_of_child(void)
{
    prepare_init = be_quiet;
    prepare_child_init = describe_for_function;
    ck_status_eq(WdfuseInprocServeChildren("TEST\\Wake", function_driver, "function"),
                 STATUS_SUCCESS);
    start_bus(1);
    trace[0] = '\0';
}

static void stop_stack_of_child(void)
{
    teardown();
    WdfuseInprocStopServingChildren();
}

/* S18.20, S16.54, S18.34, S18.35 */
START_TEST(the_bus_arms_before_the_function_driver_and_disarms_before_d0)
{
    start_stack_of_child();
    advance_ms(100);
    ck_trace("Suspend cEnable1 Arm Exit4 cSuspend cExit4 ");
    ck_assert_int_eq(WdfDeviceGetDevicePowerState(children[0]), WdfDevStatePowerDxArmedForWake);
    indicate(STATUS_SUCCESS);
    ck_trace("cDisable cEntry4 cRestart Entry4 Triggered Disarm Restart ");
    ck_assert_int_eq(WdfDeviceGetDevicePowerState(children[0]), WdfDevStatePowerD0BusWakeOwner);
}
END_TEST

/* S18.20 */
START_TEST(a_reference_disarms_the_whole_stack)
{
    start_stack_of_child();
    advance_ms(100);
    trace[0] = '\0';
    ck_status_eq(WdfDeviceStopIdle(function_device, TRUE), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_trace("cDisable cEntry4 cRestart Entry4 Disarm Restart ");
    WdfDeviceResumeIdle(function_device);
}
END_TEST

/* S18.25 */
START_TEST(a_stack_that_the_bus_does_not_arm_comes_back)
{
    failing = "cEnable1";
    start_stack_of_child();
    advance_ms(100);
    ck_trace("Suspend cEnable1 Arm Exit4 cSuspend cExit4 cEntry4 cRestart Entry4 Disarm Restart ");
}
END_TEST

/* S18.25 */
START_TEST(a_wake_before_the_driver_has_armed_its_device)
{
    waking = "cEnable1";
    start_stack_of_child();
    advance_ms(100);
    ck_trace("Suspend cEnable1 cDisable Triggered Disarm Exit4 cSuspend cExit4 "
             "cEntry4 cRestart Entry4 Restart ");
}
END_TEST

/* S18.34, S11.20 */
START_TEST(an_armed_stack_that_vanishes_is_disarmed_at_the_bus)
{
    start_stack_of_child();
    advance_ms(100);
    trace[0] = '\0';
    ck_status_eq(WdfPdoMarkMissing(children[0]), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_trace("Surprise Release cSurprise cDisable cRelease ");
}
END_TEST

/* A parent that is armed when its children are, and one child that wakes the system. */
static void start_parent_and_child(void)
{
    has_reasons = true;
    prepare_child_init = listen_to_child;
    start_bus(1);
    wake.Enabled = WdfTrue;
    ck_status_eq(WdfDeviceAssignSxWakeSettings(children[0], &wake), STATUS_SUCCESS);
    wake.Enabled = WdfFalse;
    wake.ArmForWakeIfChildrenAreArmedForWake = TRUE;
    wake.IndicateChildWakeOnParentWake = TRUE;
    ck_status_eq(WdfDeviceAssignSxWakeSettings(wdf_device(), &wake), STATUS_SUCCESS);
    trace[0] = '\0';
}

/* S18.23, S18.38 */
START_TEST(a_parent_may_be_armed_because_its_child_is)
{
    start_parent_and_child();
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_trace("cSuspend cSxArm10 cEnable4 cExit4 Suspend SxArm01 Exit4 ");
    resume();
    ck_trace("Entry4 SxDisarm Restart cEntry4 cDisable cSxDisarm cRestart ");
}
END_TEST

/* S18.24, S18.26 */
START_TEST(the_host_hears_of_a_child_that_wakes_the_system)
{
    start_parent_and_child();
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    trace[0] = '\0';
    listen_to_wakings();
    indicate(STATUS_SUCCESS);
    ck_assert_uint_eq(wakings, 1);
    resume();
    ck_trace("Entry4 SxDisarm Restart cEntry4 cSxTriggered cDisable cSxDisarm cRestart ");
    driver_listen_to_nodes(NULL);
}
END_TEST

/* S18.31 */
START_TEST(a_child_objects_for_the_whole_tree)
{
    WdfuseInprocSetWake(PowerDeviceD3, PowerSystemSleeping2);
    start_parent_and_child();
    ck_status_eq(WdfuseInprocQuerySleep(device, PowerSystemSleeping3), STATUS_POWER_STATE_INVALID);
    ck_status_eq(WdfuseInprocQuerySleep(device, PowerSystemSleeping1), STATUS_SUCCESS);
}
END_TEST

/* S18.27 */
START_TEST(a_parent_that_wakes_may_wake_its_children)
{
    start_parent_and_child();
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    trace[0] = '\0';
    signal_wake(STATUS_SUCCESS);
    resume();
    ck_trace("Entry4 SxTriggered SxDisarm Restart cEntry4 cSxTriggered cDisable cSxDisarm "
             "cRestart ");
}
END_TEST

/* Both idle after 100 ms. The parent's own events have no prefix. */
static void start_idle_parent_and_child(bool is_child_independent)
{
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&idle, IdleCannotWakeFromS0);
    idle.IdleTimeout = 100;
    prepare_child_init = is_child_independent ? ignore_parent : listen_to_child;
    start_bus(1);
    ck_status_eq(assign(), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    trace[0] = '\0';
}

/* S18.36, S18.55 */
START_TEST(a_child_in_d0_keeps_its_parent_there)
{
    start_idle_parent_and_child(false);
    advance_ms(1000);
    ck_trace("");
    ck_status_eq(WdfDeviceAssignS0IdleSettings(children[0], &idle), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    advance_ms(100);
    ck_trace("cSuspend cExit4 ");
    advance_ms(100);
    ck_trace("Suspend Exit4 ");
    WDFUSEIO read = begin_read(open_child(0), 1);
    WdfuseInprocWaitForWorkers();
    ck_trace("Entry4 Restart cEntry4 cRestart ");
    complete_held(STATUS_SUCCESS);
    answer(read, STATUS_SUCCESS);
}
END_TEST

/* S18.37, S11.12 */
START_TEST(a_child_does_not_come_up_without_its_parent)
{
    start_idle_parent_and_child(false);
    ck_status_eq(WdfDeviceAssignS0IdleSettings(children[0], &idle), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    advance_ms(100);
    advance_ms(100);
    trace[0] = '\0';
    failing = "Entry4";
    ck_status_eq(WdfDeviceStopIdle(children[0], TRUE), STATUS_POWER_STATE_INVALID);
    WdfuseInprocWaitForWorkers();
    ck_assert_ptr_null(strstr(trace, "cEntry"));
    ck_assert(WdfuseInprocHasFailed(device));
}
END_TEST

/* S18.40, S18.55 */
START_TEST(a_child_may_be_independent_of_its_parents_power)
{
    start_idle_parent_and_child(true);
    advance_ms(100);
    ck_trace("Suspend Exit4 ");
    ck_assert_int_eq(WdfDeviceGetDevicePowerState(children[0]), WdfDevStatePowerD0BusWakeOwner);
}
END_TEST

static VOID give_both(PWDFDEVICE_INIT init)
{
    WDF_POWER_POLICY_EVENT_CALLBACKS policy;
    listen(init);
    WDF_POWER_POLICY_EVENT_CALLBACKS_INIT(&policy);
    policy.EvtDeviceArmWakeFromSx = note_arm_sx;
    policy.EvtDeviceArmWakeFromSxWithReason = note_arm_with_reason;
    WdfDeviceInitSetPowerPolicyEventCallbacks(init, &policy);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S18.4"));
}

/* S18.4: the earlier values stay. */
START_TEST(two_ways_to_be_armed_are_ignored)
{
    prepare_init = give_both;
    start_armed();
}
END_TEST

/* ---- threads ---- */

#define ROUNDS 200

static VOID complete_read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(Length);
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static _Atomic int armed; /* calls of Arm minus those of Disarm */

static NTSTATUS count_arm(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    armed++;
    return STATUS_SUCCESS;
}

static VOID count_disarm(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    armed--;
}

static NTSTATUS add_reader(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDFDEVICE created;
    WDF_POWER_POLICY_EVENT_CALLBACKS policy;
    WDF_POWER_POLICY_EVENT_CALLBACKS_INIT(&policy);
    policy.EvtDeviceArmWakeFromS0 = count_arm;
    policy.EvtDeviceDisarmWakeFromS0 = count_disarm;
    WdfDeviceInitSetPowerPolicyEventCallbacks(DeviceInit, &policy);
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &created);
    if (!NT_SUCCESS(status))
        return status;
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoRead = complete_read;
    status = WdfIoQueueCreate(created, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
    return NT_SUCCESS(status) ? WdfDeviceAssignS0IdleSettings(created, &idle) : status;
}

static void read_all(void *file)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        char buffer[1];
        ck_status_eq(WdfuseInprocRead(file, buffer, sizeof(buffer), NULL), STATUS_SUCCESS);
    }
}

static void wake_all(void *unused)
{
    UNREFERENCED_PARAMETER(unused);
    for (unsigned i = 0; i < ROUNDS; i++)
        (void)WdfuseInprocWake(device, i % 3 != 0 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL);
}

/* S11.28, S18.25: signals, requests and idling at the same time: none is lost, and everything armed
 * is disarmed. */
START_TEST(signals_requests_and_idling_do_not_lose_each_other)
{
    armed = 0;
    idle.IdleTimeout = 1;
    device_start_with(add_reader);
    struct port_thread reader, waker;
    ck_assert_int_eq(port_thread_start(&reader, "reader", read_all, open_file()), 0);
    ck_assert_int_eq(port_thread_start(&waker, "waker", wake_all, NULL), 0);
    for (unsigned i = 0; i < ROUNDS; i++)
        advance_ms(1);
    port_thread_join(&waker);
    port_thread_join(&reader);
    WdfuseInprocWaitForWorkers();
    advance_ms(1);
    ck_assert_int_eq(WdfDeviceGetDevicePowerPolicyState(WdfuseInprocGetDevice(device)),
                     WdfDevStatePwrPolWaitingArmed);
    ck_assert_int_eq(armed, 1);
}
END_TEST

static TCase *wake_case(Suite *suite, const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    suite_add_tcase(suite, tests);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("wake");
    TCase *s0 = wake_case(suite, "s0");
    tcase_add_test(s0, a_request_disarms_an_idle_device);
    tcase_add_test(s0, a_device_that_wakes_is_told_before_it_is_disarmed);
    tcase_add_test(s0, a_wait_that_fails_brings_the_device_back);
    tcase_add_test(s0, a_device_that_cannot_be_armed_tries_again_after_each_timeout);
    tcase_add_test(s0, a_wake_on_the_way_down_takes_the_device_there_and_back);
    tcase_add_test(s0, an_armed_device_that_does_not_go_down_has_failed);
    tcase_add_test(s0, an_armed_device_that_does_not_come_up_has_failed);
    tcase_add_test(s0, who_is_not_armed_cannot_be_woken);
    tcase_add_test(s0, changed_settings_disarm);
    tcase_add_test(s0, an_armed_device_is_disarmed_for_its_removal);
    tcase_add_test(s0, an_armed_device_that_has_vanished_is_not_powered_up);
    tcase_add_test(s0, an_armed_device_is_awake_while_its_removal_is_asked_for);
    tcase_add_loop_test(s0, the_device_goes_no_deeper_than_it_can_wake_from, 0,
                        RTL_NUMBER_OF(states));
    tcase_add_test(s0, a_driver_may_narrow_what_its_device_wakes_from);

    TCase *sx = wake_case(suite, "sx");
    tcase_add_test(sx, a_system_that_wakes_disarms_the_device);
    tcase_add_test(sx, a_device_that_wakes_the_system_is_told);
    tcase_add_test(sx, the_host_hears_of_a_device_that_wakes_the_system);
    tcase_add_test(sx, the_host_hears_of_a_wake_on_the_way_down);
    tcase_add_test(sx, the_host_does_not_hear_of_a_device_that_wakes_itself);
    tcase_add_test(sx, a_wait_that_fails_in_the_systems_sleep_changes_nothing);
    tcase_add_test(sx, a_device_that_cannot_be_armed_for_sx_sleeps_unarmed);
    tcase_add_test(sx, a_device_that_does_not_go_down_armed_for_sx_has_failed);
    tcase_add_test(sx, a_deeper_sleep_than_it_wakes_from_is_slept_unarmed);
    tcase_add_test(sx, a_deeper_sleep_than_it_wakes_from_is_objected_to);
    tcase_add_test(sx, an_idle_device_is_powered_up_to_be_armed_for_sx);
    tcase_add_test(sx, a_device_that_is_armed_for_s0_is_armed_anew_for_sx);
    tcase_add_test(sx, a_device_that_can_wake_does_not_sleep_on);
    tcase_add_test(sx, a_device_that_is_not_enabled_is_not_armed);
    tcase_add_test(sx, wake_settings_are_checked_against_what_the_device_can);
    tcase_add_test(sx, a_device_that_is_armed_for_sx_is_disarmed_for_its_removal);
    tcase_add_test(sx, a_device_that_is_armed_for_sx_may_vanish);
    tcase_add_test(sx, a_device_that_is_not_pageable_has_states_of_its_own);

    TCase *child = wake_case(suite, "children");
    tcase_add_test(child, a_child_is_armed_by_its_driver_and_then_at_the_bus);
    tcase_add_test(child, a_child_that_the_bus_does_not_arm_is_not_disarmed);
    tcase_add_test(child, a_parent_may_be_armed_because_its_child_is);
    tcase_add_test(child, the_host_hears_of_a_child_that_wakes_the_system);
    tcase_add_test(child, a_child_objects_for_the_whole_tree);
    tcase_add_test(child, a_parent_that_wakes_may_wake_its_children);

    tcase_add_test(child, a_child_in_d0_keeps_its_parent_there);
    tcase_add_test(child, a_child_does_not_come_up_without_its_parent);
    tcase_add_test(child, a_child_may_be_independent_of_its_parents_power);
    tcase_add_test(child, two_ways_to_be_armed_are_ignored);

    TCase *stack = tcase_create("stacks");
    tcase_add_checked_fixture(stack, setup, stop_stack_of_child);
    tcase_add_test(stack, the_bus_arms_before_the_function_driver_and_disarms_before_d0);
    tcase_add_test(stack, a_reference_disarms_the_whole_stack);
    tcase_add_test(stack, a_stack_that_the_bus_does_not_arm_comes_back);
    tcase_add_test(stack, a_wake_before_the_driver_has_armed_its_device);
    tcase_add_test(stack, an_armed_stack_that_vanishes_is_disarmed_at_the_bus);
    suite_add_tcase(suite, stack);

    TCase *threads = wake_case(suite, "threads");
    tcase_add_test(threads, signals_requests_and_idling_do_not_lose_each_other);
    return unit_run(suite);
}
