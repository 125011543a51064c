/* A failed device is restarted (S11.34, S18.49). */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "device.h"
#include "stack.h"
#include "unit.h"

static char trace[512];
static NTSTATUS entry_status;   /* of the next entries into D0 */
static NTSTATUS suspend_status; /* of the next suspensions */

static void note(const char *event)
{
    size_t length = strlen(trace);
    snprintf(trace + length, sizeof(trace) - length, "%s ", event);
}

static NTSTATUS note_prepare(WDFDEVICE Device, WDFCMRESLIST Raw, WDFCMRESLIST Translated)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Raw);
    UNREFERENCED_PARAMETER(Translated);
    note("Prepare");
    return STATUS_SUCCESS;
}

static NTSTATUS note_entry(WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(PreviousState);
    note("Entry");
    return entry_status;
}

static NTSTATUS note_suspend(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    return suspend_status;
}

static VOID note_surprise(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    note("Surprise");
}

static VOID note_cleanup(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    note("Cleanup");
}

static VOID answer_at_once(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static NTSTATUS add(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_IO_QUEUE_CONFIG config;
    WDFDEVICE made;
    UNREFERENCED_PARAMETER(Driver);
    note("Add");
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDevicePrepareHardware = note_prepare;
    callbacks.EvtDeviceD0Entry = note_entry;
    callbacks.EvtDeviceSelfManagedIoSuspend = note_suspend;
    callbacks.EvtDeviceSurpriseRemoval = note_surprise;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.EvtCleanupCallback = note_cleanup;
    ck_status_eq(WdfDeviceCreate(&DeviceInit, &attributes, &made), STATUS_SUCCESS);
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDefault = answer_at_once;
    return WdfIoQueueCreate(made, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

static void setup(void)
{
    entry_status = suspend_status = STATUS_SUCCESS;
    device_start_with(add);
    trace[0] = '\0';
}

static void fail_device(WDF_DEVICE_FAILED_ACTION action)
{
    WdfDeviceSetFailed(WdfuseInprocGetDevice(device), action);
}

static NTSTATUS write_to(WDFUSEFILE file)
{
    return WdfuseInprocWrite(file, "x", 1, NULL);
}

/* S11.34, S18.49 */
START_TEST(a_device_that_asks_for_it_is_added_again)
{
    fail_device(WdfDeviceFailedAttemptRestart);
    ck_assert(WdfuseInprocHasFailed(device));
    ck_status_eq(WdfuseInprocRestart(device), STATUS_SUCCESS);
    ck_assert_str_eq(trace, "Surprise Add Prepare Entry Cleanup ");
    ck_assert(!WdfuseInprocHasFailed(device));
    ck_status_eq(write_to(open_file()), STATUS_SUCCESS);
}
END_TEST

/* The old device stays as long as a client has it open; the name goes to the new one. */
START_TEST(files_of_the_device_before_fail_until_they_are_closed)
{
    WDFUSEFILE old = open_file(), new;
    fail_device(WdfDeviceFailedAttemptRestart);
    ck_status_eq(WdfuseInprocRestart(device), STATUS_SUCCESS);
    ck_assert_str_eq(trace, "Surprise Add Prepare Entry ");
    ck_status_eq(write_to(old), STATUS_DEVICE_REMOVED);
    ck_status_eq(WdfuseInprocOpenNode("test", O_RDWR, &new), STATUS_SUCCESS);
    ck_status_eq(write_to(new), STATUS_SUCCESS);
    WdfuseInprocClose(new);
    close_file(old);
    ck_status_eq(write_to(open_file()), STATUS_SUCCESS);
}
END_TEST

/* S11.34 */
START_TEST(a_device_that_does_not_ask_for_it_is_not)
{
    fail_device(WdfDeviceFailedNoRestart);
    ck_status_eq(WdfuseInprocRestart(device), STATUS_INVALID_DEVICE_STATE);
    ck_assert_str_eq(trace, "");
}
END_TEST

/* The stronger request counts, whichever comes first. */
START_TEST(who_gives_it_up_for_good_does)
{
    fail_device(WdfDeviceFailedAttemptRestart);
    fail_device(WdfDeviceFailedNoRestart);
    ck_status_eq(WdfuseInprocRestart(device), STATUS_INVALID_DEVICE_STATE);
}
END_TEST

START_TEST(a_device_that_has_not_failed_is_left_alone)
{
    ck_status_eq(WdfuseInprocRestart(device), STATUS_INVALID_DEVICE_STATE);
    ck_assert_str_eq(trace, "");
}
END_TEST

/* S18.49, S18.58: five times within a minute of the first; then it stays failed. */
START_TEST(a_device_that_fails_all_the_time_is_given_up)
{
    for (unsigned i = 0; i < 5; i++) {
        advance_ms(10000);
        fail_device(WdfDeviceFailedAttemptRestart);
        ck_status_eq(WdfuseInprocRestart(device), STATUS_SUCCESS);
    }
    fail_device(WdfDeviceFailedAttemptRestart);
    ck_status_eq(WdfuseInprocRestart(device), STATUS_INVALID_DEVICE_STATE);
    ck_assert(WdfuseInprocHasFailed(device));
}
END_TEST

/* S18.49: the minute is over, and it has started meanwhile. */
START_TEST(a_device_that_fails_now_and_then_is_not)
{
    for (unsigned i = 0; i < 12; i++) {
        advance_ms(14000);
        fail_device(WdfDeviceFailedAttemptRestart);
        ck_status_eq(WdfuseInprocRestart(device), STATUS_SUCCESS);
    }
}
END_TEST

/* S18.47, S18.49: also without the driver's request. */
START_TEST(a_device_that_does_not_suspend_is_started_anew)
{
    suspend_status = STATUS_UNSUCCESSFUL;
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_UNSUCCESSFUL);
    ck_status_eq(WdfuseInprocRestart(device), STATUS_SUCCESS);
    ck_status_eq(write_to(open_file()), STATUS_SUCCESS);
}
END_TEST

/* S11.12, S18.49 */
START_TEST(a_device_that_does_not_resume_is_started_anew)
{
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    entry_status = STATUS_UNSUCCESSFUL;
    ck_status_eq(WdfuseInprocResume(device), STATUS_UNSUCCESSFUL);
    entry_status = STATUS_SUCCESS;
    ck_status_eq(WdfuseInprocRestart(device), STATUS_SUCCESS);
    ck_status_eq(write_to(open_file()), STATUS_SUCCESS);
}
END_TEST

/* S18.48 */
START_TEST(a_restart_that_fails_says_why)
{
    WDFUSEFILE file;
    fail_device(WdfDeviceFailedAttemptRestart);
    entry_status = STATUS_UNSUCCESSFUL;
    ck_status_eq(WdfuseInprocRestart(device), STATUS_DEVICE_POWER_FAILURE);
    ck_status_eq(WdfuseInprocOpen(device, O_RDWR, &file), STATUS_DEVICE_REMOVED);
    ck_status_eq(WdfuseInprocRestart(device), STATUS_INVALID_DEVICE_STATE);
}
END_TEST

/* S17.11: the whole stack, whichever device has failed. */
START_TEST(a_stack_is_built_anew)
{
    device_stop();
    stack_start(add, add, bare_filter);
    trace[0] = '\0';
    WdfDeviceSetFailed(layer_devices[2], WdfDeviceFailedAttemptRestart);
    ck_status_eq(WdfuseInprocRestart(device), STATUS_SUCCESS);
    ck_assert(WdfuseInprocGetDevice(device) == layer_devices[2]);
    ck_assert_str_eq(trace, "Surprise Surprise Add Add Prepare Entry Prepare Entry Cleanup "
                            "Cleanup ");
    ck_status_eq(write_to(open_file()), STATUS_SUCCESS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("restart");
    TCase *tests = tcase_create("restart");
    tcase_add_checked_fixture(tests, setup, device_stop);
    tcase_add_test(tests, a_device_that_asks_for_it_is_added_again);
    tcase_add_test(tests, files_of_the_device_before_fail_until_they_are_closed);
    tcase_add_test(tests, a_device_that_does_not_ask_for_it_is_not);
    tcase_add_test(tests, who_gives_it_up_for_good_does);
    tcase_add_test(tests, a_device_that_has_not_failed_is_left_alone);
    tcase_add_test(tests, a_device_that_fails_all_the_time_is_given_up);
    tcase_add_test(tests, a_device_that_fails_now_and_then_is_not);
    tcase_add_test(tests, a_device_that_does_not_suspend_is_started_anew);
    tcase_add_test(tests, a_device_that_does_not_resume_is_started_anew);
    tcase_add_test(tests, a_restart_that_fails_says_why);
    tcase_add_test(tests, a_stack_is_built_anew);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
