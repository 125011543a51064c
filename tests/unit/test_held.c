/* What the log says of a driver that does not return: requests that it holds (held.h), and
 * callbacks that have not returned (underway.h). */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "framework/device/device.h"
#include "framework/io/held.h"
#include "framework/io/queueapi.h"
#include "framework/lifecycle.h"
#include "holding.h"
#include "unit.h"
#include "warnings.h"

static void start(void)
{
    start_queue(WdfIoQueueDispatchParallel);
    listen_to_warnings();
}

#define ck_report_says(words)                                                                      \
    do {                                                                                           \
        driver_report_held();                                                                      \
        ck_says(words);                                                                            \
    } while (0)

/* ---- requests ---- */

START_TEST(each_request_that_is_held_is_a_line)
{
    start();
    begin_read(open_file(), 8);
    begin_write(open_file(), 8);
    driver_report_held();
    ck_assert_uint_eq(warnings, 2);
}
END_TEST

START_TEST(a_report_says_whose_request_it_is)
{
    start();
    begin_read(open_file(), 8);
    char process[64];
    snprintf(process, sizeof(process),
             "test: driver test has not completed a read request (%p) of process %d,",
             (void *)held(), (int)getpid());
    ck_report_says(process);
}
END_TEST

START_TEST(a_report_says_in_which_queue_a_request_is)
{
    start();
    begin_read(open_file(), 8);
    char words[64];
    snprintf(words, sizeof(words), ", in queue %p;", (void *)queue);
    ck_report_says(words);
}
END_TEST

START_TEST(a_report_says_how_old_a_request_is)
{
    start();
    begin_read(open_file(), 8);
    advance_ms(12000);
    ck_report_says(" 12 s old:");
}
END_TEST

/* A request's memory serves the next one. */
START_TEST(the_age_is_not_that_of_an_earlier_request)
{
    start();
    WDFUSEFILE file = open_file();
    WDFUSEIO io = begin_read(file, 8);
    advance_ms(12000);
    complete_held(STATUS_SUCCESS);
    answer(io, STATUS_SUCCESS);
    begin_read(file, 8);
    advance_ms(3000);
    ck_report_says(" 3 s old:");
}
END_TEST

START_TEST(a_request_that_is_queued_is_not_reported)
{
    start_queue(WdfIoQueueDispatchManual);
    listen_to_warnings();
    begin_read(open_file(), 8);
    ck_report_says("driver test holds no request");
}
END_TEST

static VOID hold_read_or_write(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Length);
    hold_request(Queue, Request);
}

static VOID hold_control(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputLength,
                         size_t InputLength, ULONG Code)
{
    UNREFERENCED_PARAMETER(OutputLength);
    UNREFERENCED_PARAMETER(InputLength);
    UNREFERENCED_PARAMETER(Code);
    hold_request(Queue, Request);
}

static void start_with_handlers(void)
{
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.EvtIoRead = hold_read_or_write;
    queue_config.EvtIoWrite = hold_read_or_write;
    queue_config.EvtIoDeviceControl = hold_control;
    start_device();
    listen_to_warnings();
}

START_TEST(a_read_is_held_since_its_handler)
{
    start_with_handlers();
    begin_read(open_file(), 8);
    ck_report_says("since EvtIoRead,");
}
END_TEST

START_TEST(a_write_is_held_since_its_handler)
{
    start_with_handlers();
    begin_write(open_file(), 8);
    ck_report_says("since EvtIoWrite,");
}
END_TEST

START_TEST(a_device_control_is_held_since_its_handler)
{
    start_with_handlers();
    begin_control(open_file(), CTL_CODE(FILE_DEVICE_UNKNOWN, 1, METHOD_BUFFERED, FILE_ANY_ACCESS),
                  8, 8);
    ck_report_says("since EvtIoDeviceControl,");
}
END_TEST

START_TEST(a_request_without_a_handler_of_its_own_is_held_since_the_default_one)
{
    start();
    begin_read(open_file(), 8);
    ck_report_says("since EvtIoDefault,");
}
END_TEST

START_TEST(a_request_that_was_retrieved_is_held_since_then)
{
    start_queue(WdfIoQueueDispatchManual);
    listen_to_warnings();
    begin_read(open_file(), 8);
    hold(retrieve(queue));
    ck_report_says("since the driver retrieved it,");
}
END_TEST

/* S6.38 */
START_TEST(a_request_cancelled_on_its_queue_is_held_since_that_callback)
{
    describe_queue(WdfIoQueueDispatchManual);
    queue_config.EvtIoCanceledOnQueue = hold_cancelled_on_queue;
    start_device();
    listen_to_warnings();
    WDFUSEIO io = begin_read(open_file(), 8);
    ck_status_eq(WdfRequestRequeue(retrieve(queue)), STATUS_SUCCESS);
    WdfuseInprocCancel(io);
    ck_report_says("since EvtIoCanceledOnQueue,");
}
END_TEST

START_TEST(an_open_is_held_since_its_callback)
{
    prepare_init = hold_creates;
    start();
    remember(WdfuseInprocBeginOpen(device, O_RDWR));
    ck_report_says("create request");
    ck_says("since EvtDeviceFileCreate,");
}
END_TEST

/* S7.22 */
START_TEST(a_report_says_that_a_request_is_not_cancelable)
{
    start();
    begin_read(open_file(), 8);
    ck_report_says("; it is not cancelable");
}
END_TEST

START_TEST(a_report_says_that_a_request_is_cancelable)
{
    start();
    begin_read(open_file(), 8);
    ck_status_eq(WdfRequestMarkCancelableEx(held(), note_cancel), STATUS_SUCCESS);
    ck_report_says("; it is cancelable");
    ck_status_eq(WdfRequestUnmarkCancelable(held()), STATUS_SUCCESS);
}
END_TEST

/* S7.28 */
START_TEST(a_report_says_that_evt_request_cancel_has_not_completed_the_request)
{
    start();
    WDFUSEIO io = begin_read(open_file(), 8);
    ck_status_eq(WdfRequestMarkCancelableEx(held(), note_cancel), STATUS_SUCCESS);
    WdfuseInprocCancel(io);
    ck_report_says("; its EvtRequestCancel has not completed it");
}
END_TEST

START_TEST(requests_beyond_what_a_log_wants_to_show_are_counted)
{
    start();
    WDFUSEFILE file = open_file();
    for (unsigned i = 0; i < HELD_LIST_MAX + 3; i++)
        begin_read(file, 8);
    driver_report_held();
    ck_assert_uint_eq(warnings, HELD_LIST_MAX + 1);
    ck_says("and 3 further requests");
}
END_TEST

/* Like control devices and children that are being removed. */
START_TEST(a_device_without_a_node_is_reported)
{
    start();
    begin_read(open_file(), 8);
    node_withdraw(device_from_handle(wdf_device()));
    ck_report_says("has not completed a read request");
}
END_TEST

static void keep_warning_and_look_at_the_device(enum log_level level, const char *line)
{
    (void)WdfDeviceGetAlignmentRequirement(wdf_device());
    keep_warning(level, line);
}

/* The log may block, like the system's. */
START_TEST(a_report_is_written_without_a_lock_of_the_device)
{
    start();
    begin_read(open_file(), 8);
    log_set_sink(keep_warning_and_look_at_the_device);
    driver_report_held();
    struct wdf_queue *reported = queue_from_handle(queue);
    io_lock(reported->device->domain);
    held_report_locked(reported, "the test waits");
    io_unlock(reported->device->domain);
    ck_says("the test waits: driver test has not completed a read request");
    ck_assert_uint_eq(warnings, 2);
    listen_to_warnings();
}
END_TEST

/* ---- callbacks ---- */

static NTSTATUS report_in_d0_entry(WDFDEVICE Device, WDF_POWER_DEVICE_STATE State)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(State);
    advance_ms(7000);
    driver_report_callbacks();
    return STATUS_SUCCESS;
}

static VOID report_in_surprise_removal(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    driver_report_callbacks();
}

static VOID report_when_powered(PWDFDEVICE_INIT DeviceInit)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceD0Entry = report_in_d0_entry;
    callbacks.EvtDeviceSurpriseRemoval = report_in_surprise_removal;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
}

START_TEST(a_callback_of_pnp_that_has_not_returned_is_reported)
{
    prepare_init = report_when_powered;
    start();
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    ck_assert_uint_eq(warnings, 1);
    ck_says("driver test: EvtDeviceD0Entry of test has not returned for 7 s");
}
END_TEST

START_TEST(a_callback_without_a_result_is_reported)
{
    prepare_init = report_when_powered;
    start();
    WdfuseInprocSurpriseStop(device);
    device = NULL;
    ck_says("EvtDeviceSurpriseRemoval of test has not returned");
}
END_TEST

START_TEST(a_callback_that_has_returned_is_not_reported)
{
    prepare_init = report_when_powered;
    start();
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    driver_report_callbacks();
    ck_assert_uint_eq(warnings, 0);
}
END_TEST

static VOID report_in_unload(WDFDRIVER Driver)
{
    UNREFERENCED_PARAMETER(Driver);
    driver_report_held();
}

START_TEST(an_unload_that_has_not_returned_is_reported)
{
    driver_config.EvtDriverUnload = report_in_unload;
    start();
    device_stop();
    ck_assert_uint_eq(warnings, 1);
    ck_says("driver test: EvtDriverUnload has not returned");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("held");
    TCase *tests = tcase_create("requests");
    tcase_add_checked_fixture(tests, NULL, holding_stop);
    tcase_add_test(tests, each_request_that_is_held_is_a_line);
    tcase_add_test(tests, a_report_says_whose_request_it_is);
    tcase_add_test(tests, a_report_says_in_which_queue_a_request_is);
    tcase_add_test(tests, a_report_says_how_old_a_request_is);
    tcase_add_test(tests, the_age_is_not_that_of_an_earlier_request);
    tcase_add_test(tests, a_request_that_is_queued_is_not_reported);
    tcase_add_test(tests, a_read_is_held_since_its_handler);
    tcase_add_test(tests, a_write_is_held_since_its_handler);
    tcase_add_test(tests, a_device_control_is_held_since_its_handler);
    tcase_add_test(tests, a_request_without_a_handler_of_its_own_is_held_since_the_default_one);
    tcase_add_test(tests, a_request_that_was_retrieved_is_held_since_then);
    tcase_add_test(tests, a_request_cancelled_on_its_queue_is_held_since_that_callback);
    tcase_add_test(tests, an_open_is_held_since_its_callback);
    tcase_add_test(tests, a_report_says_that_a_request_is_not_cancelable);
    tcase_add_test(tests, a_report_says_that_a_request_is_cancelable);
    tcase_add_test(tests, a_report_says_that_evt_request_cancel_has_not_completed_the_request);
    tcase_add_test(tests, requests_beyond_what_a_log_wants_to_show_are_counted);
    tcase_add_test(tests, a_device_without_a_node_is_reported);
    tcase_add_test(tests, a_report_is_written_without_a_lock_of_the_device);
    suite_add_tcase(suite, tests);

    TCase *callbacks = tcase_create("callbacks");
    tcase_add_checked_fixture(callbacks, NULL, holding_stop);
    tcase_add_test(callbacks, a_callback_of_pnp_that_has_not_returned_is_reported);
    tcase_add_test(callbacks, a_callback_without_a_result_is_reported);
    tcase_add_test(callbacks, a_callback_that_has_returned_is_not_reported);
    tcase_add_test(callbacks, an_unload_that_has_not_returned_is_reported);
    suite_add_tcase(suite, callbacks);
    return unit_run(suite);
}
