/* The order in which a driver is told of start, suspend, resume and removal (S11). */
#include <stdio.h>
#include <string.h>

#include "device.h"
#include "framework/device/device.h"
#include "framework/device/turn.h"
#include "port/thread.h"
#include "unit.h"

static char trace[512];
static const char *failing;     /* the event that fails; NULL: none */
static NTSTATUS failing_status; /* with that */

static NTSTATUS note(const char *event)
{
    size_t length = strlen(trace);
    snprintf(trace + length, sizeof(trace) - length, "%s ", event);
    return failing != NULL && strcmp(failing, event) == 0 ? failing_status : STATUS_SUCCESS;
}

/* Events with a power state say which: Entry5 comes from D3Final, Exit4 goes to D3. */
static NTSTATUS note_state(const char *event, WDF_POWER_DEVICE_STATE state)
{
    char text[64];
    snprintf(text, sizeof(text), "%s%d", event, (int)state);
    return note(text);
}

static NTSTATUS prepare(WDFDEVICE Device, WDFCMRESLIST Raw, WDFCMRESLIST Translated)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Raw);
    UNREFERENCED_PARAMETER(Translated);
    return note("Prepare");
}

static NTSTATUS release(WDFDEVICE Device, WDFCMRESLIST Translated)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Translated);
    return note("Release");
}

static NTSTATUS d0_entry(WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState)
{
    UNREFERENCED_PARAMETER(Device);
    return note_state("Entry", PreviousState);
}

static NTSTATUS d0_entry_post(WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(PreviousState);
    return note("PostEntry");
}

static NTSTATUS d0_exit(WDFDEVICE Device, WDF_POWER_DEVICE_STATE TargetState)
{
    UNREFERENCED_PARAMETER(Device);
    return note_state("Exit", TargetState);
}

static NTSTATUS d0_exit_pre(WDFDEVICE Device, WDF_POWER_DEVICE_STATE TargetState)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(TargetState);
    return note("PreExit");
}

static NTSTATUS io_init(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    return note("Init");
}

static NTSTATUS io_suspend(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    return note("Suspend");
}

static NTSTATUS io_restart(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    return note("Restart");
}

static VOID io_flush(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    note("Flush");
}

static VOID io_cleanup(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    note("Cleanup");
}

static VOID surprise(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    note("Surprise");
}

static VOID device_cleanup(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    note("DeviceCleanup");
}

static VOID unload(WDFDRIVER Driver)
{
    UNREFERENCED_PARAMETER(Driver);
    note("Unload");
}

static size_t read_lengths; /* a digit for each */

static VOID note_read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
    read_lengths = read_lengths * 10 + Length;
    note("Read");
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static NTSTATUS add(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDevicePrepareHardware = prepare;
    callbacks.EvtDeviceReleaseHardware = release;
    callbacks.EvtDeviceD0Entry = d0_entry;
    callbacks.EvtDeviceD0EntryPostInterruptsEnabled = d0_entry_post;
    callbacks.EvtDeviceD0Exit = d0_exit;
    callbacks.EvtDeviceD0ExitPreInterruptsDisabled = d0_exit_pre;
    callbacks.EvtDeviceSelfManagedIoInit = io_init;
    callbacks.EvtDeviceSelfManagedIoSuspend = io_suspend;
    callbacks.EvtDeviceSelfManagedIoRestart = io_restart;
    callbacks.EvtDeviceSelfManagedIoFlush = io_flush;
    callbacks.EvtDeviceSelfManagedIoCleanup = io_cleanup;
    callbacks.EvtDeviceSurpriseRemoval = surprise;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);

    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.EvtCleanupCallback = device_cleanup;
    WDFDEVICE created;
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, &attributes, &created);
    if (!NT_SUCCESS(status))
        return status;
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoRead = note_read;
    return WdfIoQueueCreate(created, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

static void setup(void)
{
    trace[0] = '\0';
    read_lengths = 0;
    failing = NULL;
    failing_status = STATUS_UNSUCCESSFUL;
    driver_config.EvtDriverUnload = unload;
}

static void start_and_forget(void)
{
    device_start_with(add);
    trace[0] = '\0';
}

#define START  "Prepare Entry5 PostEntry Init "
#define REMOVE "Suspend PreExit Exit5 Release Flush Cleanup DeviceCleanup Unload "

/* S11.1 */
START_TEST(a_start_is_told_in_its_order)
{
    device_start_with(add);
    ck_assert_str_eq(trace, START);
}
END_TEST

/* S11.17, S3.5 */
START_TEST(an_orderly_removal_is_told_in_its_order)
{
    start_and_forget();
    device_stop();
    ck_assert_str_eq(trace, REMOVE);
}
END_TEST

/* S11.20, S11.21 */
START_TEST(a_surprise_removal_is_announced_first)
{
    start_and_forget();
    WdfuseInprocSurpriseStop(device);
    device = NULL;
    ck_assert_str_eq(trace, "Surprise " REMOVE);
}
END_TEST

/* S11.8, S11.10, S11.13 */
START_TEST(suspend_and_resume_leave_and_enter_d0_without_the_hardware_steps)
{
    start_and_forget();
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    ck_assert_str_eq(trace, "Suspend PreExit Exit4 Entry4 PostEntry Restart ");
}
END_TEST

/* S11.19 */
START_TEST(a_suspended_device_is_powered_up_for_its_removal)
{
    start_and_forget();
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    trace[0] = '\0';
    device_stop();
    ck_assert_str_eq(trace, "Entry4 PostEntry Restart " REMOVE);
}
END_TEST

START_TEST(suspending_twice_and_resuming_twice_are_refused)
{
    start_and_forget();
    ck_status_eq(WdfuseInprocResume(device), STATUS_INVALID_DEVICE_STATE);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_INVALID_DEVICE_STATE);
}
END_TEST

/* S6.73: a request that arrives in Dx waits for D0. */
START_TEST(a_request_to_a_suspended_device_waits_for_resume)
{
    start_and_forget();
    WDFUSEFILE file = open_file();
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    char buffer[8];
    WDFUSEIO read = WdfuseInprocBeginRead(file, buffer, sizeof(buffer));
    ck_assert(!WdfuseInprocIsComplete(read));
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    finish_with(read, STATUS_SUCCESS);
    ck_assert_ptr_nonnull(strstr(trace, "PostEntry Read Restart")); /* S11.2 */
}
END_TEST

/* S6.73, S11.8 step 3, S11.28: all that waits is presented before SelfManagedIoRestart, in order of
 * arrival. */
START_TEST(requests_that_wait_for_power_are_presented_when_the_queues_are_resumed)
{
    start_and_forget();
    WDFUSEFILE file = open_file();
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    trace[0] = '\0';
    char buffer[8];
    WDFUSEIO reads[3];
    for (unsigned i = 0; i < RTL_NUMBER_OF(reads); i++)
        reads[i] = WdfuseInprocBeginRead(file, buffer, i + 1);
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    ck_assert_str_eq(trace, "Entry4 PostEntry Read Read Read Restart ");
    ck_assert_uint_eq(read_lengths, 123);
    for (unsigned i = 0; i < RTL_NUMBER_OF(reads); i++)
        finish_with(reads[i], STATUS_SUCCESS);
}
END_TEST

/* S11.18: requests that wait in a suspended device are cancelled when it is removed. */
START_TEST(a_request_that_waits_for_resume_is_cancelled_at_removal)
{
    start_and_forget();
    WDFUSEFILE file = open_file();
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    char buffer[8];
    WDFUSEIO read = WdfuseInprocBeginRead(file, buffer, sizeof(buffer));
    close_file(file);
    finish_with(read, STATUS_CANCELLED);
}
END_TEST

static const struct {
    const char *event;
    NTSTATUS status; /* S18.48 */
    const char *trace;
} failures[] = {
    /* S11.5 */
    {"Prepare", STATUS_UNSUCCESSFUL, "Prepare Release DeviceCleanup Unload "},
    {"Entry5", STATUS_DEVICE_POWER_FAILURE, "Prepare Entry5 Release DeviceCleanup Unload "},
    {"PostEntry", STATUS_DEVICE_POWER_FAILURE,
     "Prepare Entry5 PostEntry Exit5 Release DeviceCleanup Unload "},
    {"Init", STATUS_DEVICE_POWER_FAILURE,
     "Prepare Entry5 PostEntry Init PreExit Exit5 Release Flush Cleanup DeviceCleanup Unload "},
};

/* S11.5, S18.48, S18.56 */
START_TEST(a_failing_step_of_the_start_undoes_what_went_before)
{
    failing = failures[_i].event;
    ck_status_eq(device_try_start_with(add), failures[_i].status);
    ck_assert_str_eq(trace, failures[_i].trace);
}
END_TEST

static const char *const exits[] = {"Suspend", "PreExit", "Exit5", "Release"};

/* S11.5: errors on the way out are logged; the sequence continues. */
START_TEST(a_failing_step_of_the_removal_does_not_stop_it)
{
    start_and_forget();
    failing = exits[_i];
    device_stop();
    ck_assert_str_eq(trace, REMOVE);
}
END_TEST

static const struct {
    const char *event;
    NTSTATUS (*transition)(WDFUSEDEVICE Device);
    const char *trace;
} transitions[] = {
    {"Suspend", WdfuseInprocSuspend, "Suspend PreExit Exit4 Release Flush "},
    {"PreExit", WdfuseInprocSuspend, "Suspend PreExit Exit4 Release Flush "},
    {"Exit4", WdfuseInprocSuspend, "Suspend PreExit Exit4 Release Flush "},
    {"Entry4", WdfuseInprocResume, "Entry4 Release Flush "}, /* S11.12 */
    {"PostEntry", WdfuseInprocResume, "Entry4 PostEntry Exit5 Release Flush "},
    {"Restart", WdfuseInprocResume, "Entry4 PostEntry Restart PreExit Exit5 Release Flush "},
};

/* A started device, or for a resume a suspended one, whose transition has failed at its event. */
static void fail_transition(int number)
{
    start_and_forget();
    if (transitions[number].transition == WdfuseInprocResume)
        ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    trace[0] = '\0';
    failing = transitions[number].event;
    ck_status_eq(transitions[number].transition(device), STATUS_UNSUCCESSFUL);
    failing = NULL;
}

/* S11.5, S18.47: the sequence continues, and the hardware is released at once. S11.7, S11.13:
 * Flush. */
START_TEST(a_failed_transition_releases_the_hardware_at_once)
{
    fail_transition(_i);
    ck_assert_str_eq(trace, transitions[_i].trace);
}
END_TEST

/* S18.47 */
START_TEST(a_failed_transition_makes_the_device_a_failed_one)
{
    fail_transition(_i);
    ck_assert(WdfuseInprocHasFailed(device));
    ck_assert_int_eq(WdfDeviceGetDevicePnpState(WdfuseInprocGetDevice(device)),
                     WdfDevStatePnpFailedWaitForRemove);
}
END_TEST

/* S18.47, S11.20: steps that are done already are not repeated. */
START_TEST(a_device_with_a_failed_transition_is_removed_by_surprise)
{
    fail_transition(_i);
    trace[0] = '\0';
    device_stop();
    ck_assert_str_eq(trace, "Surprise Cleanup DeviceCleanup Unload ");
}
END_TEST

START_TEST(a_device_with_a_failed_transition_neither_suspends_nor_resumes)
{
    fail_transition(_i);
    trace[0] = '\0';
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_INVALID_DEVICE_STATE);
    ck_status_eq(WdfuseInprocResume(device), STATUS_INVALID_DEVICE_STATE);
    ck_assert_str_eq(trace, "");
}
END_TEST

/* S11.7: its managed queues are purged. */
START_TEST(a_request_to_a_device_with_a_failed_transition_is_refused)
{
    start_and_forget();
    WDFUSEFILE file = open_file();
    failing = "Exit4";
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_UNSUCCESSFUL);
    failing = NULL;
    char buffer[8];
    ck_status_eq(WdfuseInprocRead(file, buffer, sizeof(buffer), NULL), STATUS_INVALID_DEVICE_STATE);
}
END_TEST

/* S11.7, S6.71 */
START_TEST(a_request_that_waits_for_a_resume_is_cancelled_when_that_fails)
{
    start_and_forget();
    WDFUSEFILE file = open_file();
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    char buffer[8];
    WDFUSEIO read = WdfuseInprocBeginRead(file, buffer, sizeof(buffer));
    failing = "Entry4";
    ck_status_eq(WdfuseInprocResume(device), STATUS_UNSUCCESSFUL);
    failing = NULL;
    finish_with(read, STATUS_CANCELLED);
}
END_TEST

static void expect_not_supported(const char *event)
{
    const char *message = last_verifier_message();
    ck_assert_msg(strstr(message, "S11.6") != NULL, "%s: no break but '%s'", event, message);
}

/* S11.6: it is a failure like any other, and a mistake as well. */
START_TEST(not_supported_from_a_step_of_the_start_is_a_failure)
{
    failing = failures[_i].event;
    failing_status = STATUS_NOT_SUPPORTED;
    ck_status_eq(device_try_start_with(add), failures[_i].status == STATUS_UNSUCCESSFUL
                                                 ? STATUS_NOT_SUPPORTED
                                                 : failures[_i].status);
    ck_assert_str_eq(trace, failures[_i].trace);
    expect_not_supported(failing);
}
END_TEST

/* S11.6 */
START_TEST(not_supported_from_a_step_of_the_removal_does_not_stop_it)
{
    start_and_forget();
    failing = exits[_i];
    failing_status = STATUS_NOT_SUPPORTED;
    device_stop();
    ck_assert_str_eq(trace, REMOVE);
    expect_not_supported(failing);
}
END_TEST

/* S11.6, S18.47 */
START_TEST(not_supported_from_a_transition_is_a_failure)
{
    start_and_forget();
    if (transitions[_i].transition == WdfuseInprocResume)
        ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    trace[0] = '\0';
    failing = transitions[_i].event;
    failing_status = STATUS_NOT_SUPPORTED;
    ck_status_eq(transitions[_i].transition(device), STATUS_NOT_SUPPORTED);
    ck_assert_str_eq(trace, transitions[_i].trace);
    ck_assert(WdfuseInprocHasFailed(device));
    expect_not_supported(failing);
    failing = NULL;
}
END_TEST

/* ---- the system's sleep in the middle of something else ---- */

static struct port_thread sleeper;
static struct wdf_device *sleeping;
static NTSTATUS sleep_status;

static void sleep_now(void *unused)
{
    (void)unused;
    sleep_status = device_suspend(sleeping, PowerSystemSleeping3);
}

/* In the callback that `failing` would name: the sleep waits for its turn. */
static void begin_sleep(WDFDEVICE Device)
{
    sleeping = device_from_handle(Device);
    ck_assert_int_eq(port_thread_start(&sleeper, "sleeper", sleep_now, NULL), 0);
    eventually(turn_waiters() == 1);
}

static NTSTATUS sleep_in_entry(WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState)
{
    if (PreviousState == WdfPowerDeviceD3Final)
        begin_sleep(Device);
    return note("Entry");
}

static NTSTATUS sleep_in_suspend(WDFDEVICE Device)
{
    begin_sleep(Device);
    return note("Suspend");
}

static bool sleeps_in_start;

static NTSTATUS add_sleeper(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceD0Exit = d0_exit;
    callbacks.EvtDeviceSelfManagedIoInit = io_init;
    callbacks.EvtDeviceSelfManagedIoRestart = io_restart;
    if (sleeps_in_start)
        callbacks.EvtDeviceD0Entry = sleep_in_entry;
    else
        callbacks.EvtDeviceSelfManagedIoSuspend = sleep_in_suspend;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
    WDFDEVICE created;
    return WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &created);
}

/* S11.1, S18.29: it sleeps once it has started. */
START_TEST(a_sleep_during_the_start_comes_after_it)
{
    sleeps_in_start = true;
    driver_config.EvtDriverUnload = NULL;
    device_start_with(add_sleeper);
    port_thread_join(&sleeper);
    ck_status_eq(sleep_status, STATUS_SUCCESS);
    ck_assert_str_eq(trace, "Entry Init Exit4 ");
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    ck_assert_str_eq(trace, "Entry Init Exit4 Entry Restart ");
}
END_TEST

/* S11.17: there is nothing left that could sleep. */
START_TEST(a_sleep_during_the_removal_finds_nothing_to_sleep)
{
    sleeps_in_start = false;
    driver_config.EvtDriverUnload = NULL;
    device_start_with(add_sleeper);
    trace[0] = '\0';
    WdfuseInprocRemove(device);
    port_thread_join(&sleeper);
    ck_status_eq(sleep_status, STATUS_INVALID_DEVICE_STATE);
    ck_assert_str_eq(trace, "Suspend Exit5 ");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pnp");
    TCase *order = tcase_create("order");
    tcase_add_checked_fixture(order, setup, device_stop);
    tcase_add_test(order, a_start_is_told_in_its_order);
    tcase_add_test(order, an_orderly_removal_is_told_in_its_order);
    tcase_add_test(order, a_surprise_removal_is_announced_first);
    tcase_add_test(order, suspend_and_resume_leave_and_enter_d0_without_the_hardware_steps);
    tcase_add_test(order, a_suspended_device_is_powered_up_for_its_removal);
    tcase_add_test(order, suspending_twice_and_resuming_twice_are_refused);
    tcase_add_test(order, a_request_to_a_suspended_device_waits_for_resume);
    tcase_add_test(order, requests_that_wait_for_power_are_presented_when_the_queues_are_resumed);
    tcase_add_test(order, a_request_that_waits_for_resume_is_cancelled_at_removal);
    suite_add_tcase(suite, order);

    TCase *failure = tcase_create("failure");
    tcase_add_checked_fixture(failure, setup, device_stop);
    tcase_add_loop_test(failure, a_failing_step_of_the_start_undoes_what_went_before, 0,
                        RTL_NUMBER_OF(failures));
    tcase_add_loop_test(failure, a_failing_step_of_the_removal_does_not_stop_it, 0,
                        RTL_NUMBER_OF(exits));
    tcase_add_loop_test(failure, a_failed_transition_releases_the_hardware_at_once, 0,
                        RTL_NUMBER_OF(transitions));
    tcase_add_loop_test(failure, a_failed_transition_makes_the_device_a_failed_one, 0,
                        RTL_NUMBER_OF(transitions));
    tcase_add_loop_test(failure, a_device_with_a_failed_transition_is_removed_by_surprise, 0,
                        RTL_NUMBER_OF(transitions));
    tcase_add_loop_test(failure, a_device_with_a_failed_transition_neither_suspends_nor_resumes, 0,
                        RTL_NUMBER_OF(transitions));
    tcase_add_test(failure, a_request_to_a_device_with_a_failed_transition_is_refused);
    tcase_add_test(failure, a_request_that_waits_for_a_resume_is_cancelled_when_that_fails);
    tcase_add_loop_test(failure, not_supported_from_a_step_of_the_start_is_a_failure, 0,
                        RTL_NUMBER_OF(failures));
    tcase_add_loop_test(failure, not_supported_from_a_step_of_the_removal_does_not_stop_it, 0,
                        RTL_NUMBER_OF(exits));
    tcase_add_loop_test(failure, not_supported_from_a_transition_is_a_failure, 0,
                        RTL_NUMBER_OF(transitions));
    suite_add_tcase(suite, failure);

    TCase *sleep = tcase_create("sleep");
    tcase_add_checked_fixture(sleep, setup, device_stop);
    tcase_add_test(sleep, a_sleep_during_the_start_comes_after_it);
    tcase_add_test(sleep, a_sleep_during_the_removal_finds_nothing_to_sleep);
    suite_add_tcase(suite, sleep);
    return unit_run(suite);
}
