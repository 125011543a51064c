/*
 * What a driver sees when any callback of PnP or power fails at any time, and when its device
 * vanishes in any state (S11.5, S11.12, S11.20, S18.43, S18.47).
 */
#include <stdio.h>
#include <string.h>

#include "bus.h"
#include "framework/device/device.h"
#include "unit.h"

static char trace[1024];
static const char *failing;     /* returns failure; NULL: none */
static NTSTATUS failure;        /* STATUS_UNSUCCESSFUL, except in one test */
static bool waits_for_children; /* WdfReleaseHardwareOrderOnFailureAfterDescendants */

static char who(WDFDEVICE of)
{
    return children[0] != NULL && of == children[0] ? 'c' : '\0';
}

static NTSTATUS note(WDFDEVICE of, const char *event)
{
    char text[32] = {who(of)};
    strcat(text, event);
    size_t length = strlen(trace);
    snprintf(trace + length, sizeof(trace) - length, "%s ", text);
    return failing != NULL && strcmp(failing, text) == 0 ? failure : STATUS_SUCCESS;
}

static NTSTATUS prepare(WDFDEVICE Device, WDFCMRESLIST Raw, WDFCMRESLIST Translated)
{
    UNREFERENCED_PARAMETER(Raw);
    UNREFERENCED_PARAMETER(Translated);
    return note(Device, "Prepare");
}

static NTSTATUS release(WDFDEVICE Device, WDFCMRESLIST Translated)
{
    UNREFERENCED_PARAMETER(Translated);
    return note(Device, "Release");
}

#define POWER(name, event)                                                                         \
    static NTSTATUS name(WDFDEVICE Device, WDF_POWER_DEVICE_STATE State)                           \
    {                                                                                              \
        UNREFERENCED_PARAMETER(State);                                                             \
        return note(Device, event);                                                                \
    }
POWER(entry, "Entry")
POWER(post_entry, "PostEntry")
POWER(pre_exit, "PreExit")
POWER(leave, "Exit")

#define STEP(name, event)                                                                          \
    static NTSTATUS name(WDFDEVICE Device)                                                         \
    {                                                                                              \
        return note(Device, event);                                                                \
    }
STEP(io_init, "Init")
STEP(io_suspend, "Suspend")
STEP(io_restart, "Restart")

#define TOLD(name, event)                                                                          \
    static VOID name(WDFDEVICE Device)                                                             \
    {                                                                                              \
        note(Device, event);                                                                       \
    }
TOLD(io_flush, "Flush")
TOLD(io_cleanup, "Cleanup")
TOLD(surprise, "Surprise")

static VOID listen(PWDFDEVICE_INIT init)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDevicePrepareHardware = prepare;
    callbacks.EvtDeviceReleaseHardware = release;
    callbacks.EvtDeviceD0Entry = entry;
    callbacks.EvtDeviceD0EntryPostInterruptsEnabled = post_entry;
    callbacks.EvtDeviceD0ExitPreInterruptsDisabled = pre_exit;
    callbacks.EvtDeviceD0Exit = leave;
    callbacks.EvtDeviceSelfManagedIoInit = io_init;
    callbacks.EvtDeviceSelfManagedIoSuspend = io_suspend;
    callbacks.EvtDeviceSelfManagedIoRestart = io_restart;
    callbacks.EvtDeviceSelfManagedIoFlush = io_flush;
    callbacks.EvtDeviceSelfManagedIoCleanup = io_cleanup;
    callbacks.EvtDeviceSurpriseRemoval = surprise;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &callbacks);
    if (waits_for_children)
        WdfDeviceInitSetReleaseHardwareOrderOnFailure(
            init, WdfReleaseHardwareOrderOnFailureAfterDescendants);
}

static void setup(void)
{
    trace[0] = '\0';
    failing = NULL;
    failure = STATUS_UNSUCCESSFUL;
    waits_for_children = false;
    prepare_init = listen;
}

static void start_idling(void)
{
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS settings;
    start_queue(WdfIoQueueDispatchSequential);
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&settings, IdleCannotWakeFromS0);
    settings.IdleTimeout = 100;
    ck_status_eq(WdfDeviceAssignS0IdleSettings(wdf_device(), &settings), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
}

/* ---- operations on the device; each is tried, whatever its status ---- */

static void idle_out(void)
{
    advance_ms(100);
}

static void idle_and_come_back(void)
{
    advance_ms(100);
    if (NT_SUCCESS(WdfDeviceStopIdle(wdf_device(), TRUE)))
        WdfDeviceResumeIdle(wdf_device());
    WdfuseInprocWaitForWorkers();
}

static void sleep_system(void)
{
    (void)WdfuseInprocSuspend(device);
}

static void sleep_and_wake(void)
{
    (void)WdfuseInprocSuspend(device);
    (void)WdfuseInprocResume(device);
}

static void ask_remove(void)
{
    (void)WdfuseInprocQueryRemove(device);
}

static void ask_stop(void)
{
    (void)WdfuseInprocQueryStop(device);
}

static void stop(void)
{
    (void)WdfuseInprocQueryStop(device);
    (void)WdfuseInprocRebalanceStop(device);
}

static void rebalance(void)
{
    stop();
    (void)WdfuseInprocRebalanceStart(device);
}

static void fail_to_leave(void)
{
    failing = "Exit";
    advance_ms(100);
    failing = NULL;
}

static void do_nothing(void)
{
}

/* ---- vanishing ---- */

#define END  "Release Flush Cleanup "
#define DOWN "Suspend PreExit Exit "

static const struct {
    void (*reach)(void);
    WDF_DEVICE_PNP_STATE state;
    const char *vanishes, *is_removed;
} states[] = {
    {do_nothing, WdfDevStatePnpStarted, "Surprise " DOWN END, DOWN END},
    {idle_out, WdfDevStatePnpStarted, "Surprise " END, "Entry PostEntry Restart " DOWN END},
    {sleep_system, WdfDevStatePnpStarted, "Surprise " END, "Entry PostEntry Restart " DOWN END},
    /* S18.30: it stays in Dx */
    {sleep_and_wake, WdfDevStatePnpStarted, "Surprise " END, "Entry PostEntry Restart " DOWN END},
    {ask_remove, WdfDevStatePnpQueryRemovePending, "Surprise " DOWN END, DOWN END},
    {ask_stop, WdfDevStatePnpQueryStopPending, "Surprise " DOWN END, DOWN END},
    {stop, WdfDevStatePnpStopped, "Surprise Flush Cleanup ", "Flush Cleanup "},
    {rebalance, WdfDevStatePnpStarted, "Surprise " DOWN END, DOWN END},
    {fail_to_leave, WdfDevStatePnpFailedWaitForRemove, "Surprise Cleanup ", "Surprise Cleanup "},
};

static void reach(unsigned row)
{
    start_idling();
    states[row].reach();
    ck_assert_int_eq(WdfDeviceGetDevicePnpState(wdf_device()), states[row].state);
    trace[0] = '\0';
}

/* S11.20, S11.21, S18.43: in every state that lasts. */
START_TEST(a_device_may_vanish_in_any_state)
{
    reach((unsigned)_i);
    WdfuseInprocSurpriseStop(device);
    device = NULL;
    ck_assert_str_eq(trace, states[_i].vanishes);
}
END_TEST

/* S11.17, S11.19; a failed one goes by surprise. */
START_TEST(a_device_may_be_removed_in_any_state)
{
    reach((unsigned)_i);
    holding_stop();
    ck_assert_str_eq(trace, states[_i].is_removed);
}
END_TEST

/* ---- failing ---- */

static const char *const callbacks[] = {"Prepare", "Release", "Entry",   "PostEntry", "PreExit",
                                        "Exit",    "Init",    "Suspend", "Restart"};

static void (*const operations[])(void) = {do_nothing, idle_and_come_back, sleep_and_wake,
                                           rebalance};

static unsigned count(const char *event)
{
    char text[32];
    unsigned times = 0;
    snprintf(text, sizeof(text), "%s ", event);
    for (const char *at = trace; (at = strstr(at, text)) != NULL; at++)
        times += at == trace || at[-1] == ' ';
    return times;
}

/* What holds in the end, whichever has failed. One failure: if the device has failed, the failing
 * call was the last of its callback. */
static void check_balance(bool has_started)
{
    unsigned failed_entries = failing != NULL && strcmp(failing, "Entry") == 0 ? 1 : 0;
    ck_assert_uint_eq(count("Prepare"), count("Release"));
    ck_assert_uint_eq(count("Entry"), count("Exit") + failed_entries); /* S11.5, S11.12 */
    ck_assert_uint_le(count("Init"), 1);
    ck_assert_uint_eq(count("Flush"), count("Init")); /* S11.13 */
    ck_assert_uint_eq(count("Cleanup"), count("Init"));
    ck_assert_uint_le(count("Surprise"), 1);
    if (!has_started)
        ck_assert_uint_eq(count("Surprise"), 0);
}

/* S11.5, S11.12, S11.14, S18.47, S18.48: each callback, in each operation. */
START_TEST(whatever_fails_the_driver_sees_a_whole_life)
{
    const char *chosen = callbacks[_i % (int)RTL_NUMBER_OF(callbacks)];
    void (*operation)(void) = operations[_i / (int)RTL_NUMBER_OF(callbacks)];
    bool fails_start = operation == do_nothing;
    if (fails_start) {
        failing = chosen;
        describe_queue(WdfIoQueueDispatchSequential);
        NTSTATUS status = try_start_device();
        if (!NT_SUCCESS(status)) {
            ck_status_eq(status, strcmp(chosen, "Prepare") == 0 ? STATUS_UNSUCCESSFUL
                                                                : STATUS_DEVICE_POWER_FAILURE);
            check_balance(false);
            return;
        }
    } else {
        start_idling();
        failing = chosen;
        operation();
    }
    holding_stop();
    check_balance(true);
}
END_TEST

/* S11.6 */
START_TEST(status_not_supported_is_a_break_and_a_failure)
{
    failing = "Entry";
    failure = STATUS_NOT_SUPPORTED;
    describe_queue(WdfIoQueueDispatchSequential);
    ck_status_eq(try_start_device(), STATUS_DEVICE_POWER_FAILURE);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S11.6"));
    check_balance(false);
}
END_TEST

/* ---- when the hardware is released ---- */

/* Fails the parent in Dx, while its child is in Dx as well. */
static void fail_parent(void)
{
    prepare_child_init = listen;
    start_bus(1);
    trace[0] = '\0';
    failing = "Exit";
    (void)WdfuseInprocSuspend(device);
    failing = NULL;
    ck_assert(WdfuseInprocHasFailed(device));
}

/* S18.47 */
START_TEST(a_failed_device_releases_its_hardware_at_once)
{
    fail_parent();
    ck_assert_str_eq(trace, "cSuspend cPreExit cExit Suspend PreExit Exit Release Flush ");
}
END_TEST

/* S18.47 */
START_TEST(a_failed_device_may_wait_for_its_children)
{
    waits_for_children = true;
    fail_parent();
    ck_assert_str_eq(trace, "cSuspend cPreExit cExit Suspend PreExit Exit ");
    trace[0] = '\0';
    bus_stop();
    ck_assert_str_eq(trace, "cSurprise cRelease cFlush cCleanup Surprise Release Flush Cleanup ");
}
END_TEST

static VOID give_wrong_values(PWDFDEVICE_INIT init)
{
    WDF_REMOVE_LOCK_OPTIONS options;
    WdfDeviceInitSetReleaseHardwareOrderOnFailure(init, WdfReleaseHardwareOrderOnFailureInvalid);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S18.47"));
    WDF_REMOVE_LOCK_OPTIONS_INIT(&options, WDF_REMOVE_LOCK_OPTION_ACQUIRE_FOR_IO);
    WdfDeviceInitSetRemoveLockOptions(init, &options);
    ck_assert_str_eq(last_verifier_message(), "");
    options.Flags = 2;
    WdfDeviceInitSetRemoveLockOptions(init, &options);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S18.51"));
    listen(init);
}

/* S18.47, S18.51 */
START_TEST(values_that_there_are_not_are_ignored)
{
    prepare_init = give_wrong_values;
    start_idling();
}
END_TEST

static TCase *failure_case(Suite *suite, const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, setup, bus_stop);
    tcase_set_timeout(tests, 60);
    suite_add_tcase(suite, tests);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("failures");
    TCase *vanishing = failure_case(suite, "vanishing");
    tcase_add_loop_test(vanishing, a_device_may_vanish_in_any_state, 0, RTL_NUMBER_OF(states));
    tcase_add_loop_test(vanishing, a_device_may_be_removed_in_any_state, 0, RTL_NUMBER_OF(states));

    TCase *failing_calls = failure_case(suite, "failing");
    tcase_add_loop_test(failing_calls, whatever_fails_the_driver_sees_a_whole_life, 0,
                        RTL_NUMBER_OF(callbacks) * RTL_NUMBER_OF(operations));
    tcase_add_test(failing_calls, status_not_supported_is_a_break_and_a_failure);

    TCase *order = failure_case(suite, "order");
    tcase_add_test(order, a_failed_device_releases_its_hardware_at_once);
    tcase_add_test(order, a_failed_device_may_wait_for_its_children);
    tcase_add_test(order, values_that_there_are_not_are_ignored);
    return unit_run(suite);
}
