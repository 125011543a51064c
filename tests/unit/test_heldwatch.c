/* Requests that the driver keeps after their client has given up: the log says so once, five
 * seconds later (heldwatch.h). */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "holding.h"
#include "unit.h"
#include "warnings.h"

#define PATIENCE_MS 5000

static void start(void)
{
    start_queue(WdfIoQueueDispatchParallel);
    listen_to_warnings();
}

static WDFUSEIO give_up(WDFUSEIO io)
{
    WdfuseInprocCancel(io);
    return io;
}

/* S7.22 */
START_TEST(a_request_held_after_its_client_gave_up_is_reported_after_five_seconds)
{
    start();
    give_up(begin_read(open_file(), 8));
    advance_ms(PATIENCE_MS);
    ck_assert_uint_eq(warnings, 1);
}
END_TEST

START_TEST(a_held_request_is_not_reported_before_five_seconds_are_over)
{
    start();
    give_up(begin_read(open_file(), 8));
    advance_ms(PATIENCE_MS - 1);
    ck_assert_uint_eq(warnings, 0);
}
END_TEST

START_TEST(a_held_request_is_reported_once)
{
    start();
    give_up(begin_read(open_file(), 8));
    advance_ms(10 * PATIENCE_MS);
    ck_assert_uint_eq(warnings, 1);
}
END_TEST

START_TEST(giving_up_twice_does_not_prolong_the_time)
{
    start();
    WDFUSEIO io = give_up(begin_read(open_file(), 8));
    advance_ms(PATIENCE_MS - 1);
    give_up(io);
    advance_ms(1);
    ck_assert_uint_eq(warnings, 1);
}
END_TEST

START_TEST(a_request_whose_client_waits_is_not_reported)
{
    start();
    begin_read(open_file(), 8);
    advance_ms(10 * PATIENCE_MS);
    ck_assert_uint_eq(warnings, 0);
}
END_TEST

START_TEST(a_request_completed_in_time_is_not_reported)
{
    start();
    WDFUSEIO io = give_up(begin_read(open_file(), 8));
    advance_ms(PATIENCE_MS - 1);
    complete_held(STATUS_SUCCESS);
    answer(io, STATUS_SUCCESS);
    advance_ms(10 * PATIENCE_MS);
    ck_assert_uint_eq(warnings, 0);
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
    log_set_sink(keep_warning_and_look_at_the_device);
    WDFUSEFILE file = open_file();
    give_up(begin_read(file, 8));
    give_up(begin_read(file, 8));
    advance_ms(PATIENCE_MS);
    ck_assert_uint_eq(warnings, 2);
    listen_to_warnings();
}
END_TEST

/* A request's memory serves the next one. */
START_TEST(a_report_is_not_about_the_next_request)
{
    start();
    WDFUSEFILE file = open_file();
    WDFUSEIO io = give_up(begin_read(file, 8));
    complete_held(STATUS_SUCCESS);
    answer(io, STATUS_SUCCESS);
    begin_read(file, 8);
    advance_ms(10 * PATIENCE_MS);
    ck_assert_uint_eq(warnings, 0);
}
END_TEST

START_TEST(the_next_request_is_reported_again)
{
    start();
    WDFUSEFILE file = open_file();
    WDFUSEIO io = give_up(begin_read(file, 8));
    advance_ms(PATIENCE_MS);
    complete_held(STATUS_SUCCESS);
    answer(io, STATUS_SUCCESS);
    give_up(begin_read(file, 8));
    advance_ms(PATIENCE_MS);
    ck_assert_uint_eq(warnings, 2);
}
END_TEST

/* ---- what it says ---- */

START_TEST(a_report_names_the_driver)
{
    start();
    give_up(begin_read(open_file(), 8));
    advance_ms(PATIENCE_MS);
    ck_says("driver test holds it");
}
END_TEST

START_TEST(a_report_names_the_process)
{
    start();
    give_up(begin_read(open_file(), 8));
    advance_ms(PATIENCE_MS);
    char process[32];
    snprintf(process, sizeof(process), "process %d ", (int)getpid());
    ck_says(process);
}
END_TEST

static WDFUSEIO begin_any_read(void)
{
    return begin_read(open_file(), 8);
}

static WDFUSEIO begin_any_write(void)
{
    return begin_write(open_file(), 8);
}

static WDFUSEIO begin_any_control(void)
{
    return begin_control(open_file(),
                         CTL_CODE(FILE_DEVICE_UNKNOWN, 1, METHOD_BUFFERED, FILE_ANY_ACCESS), 8, 8);
}

static const struct {
    WDFUSEIO (*begin)(void);
    const char *name;
} types[] = {
    {begin_any_read, "read request"},
    {begin_any_write, "write request"},
    {begin_any_control, "device control request"},
};

START_TEST(a_report_names_the_type_of_the_request)
{
    start();
    give_up(types[_i].begin());
    advance_ms(PATIENCE_MS);
    ck_says(types[_i].name);
}
END_TEST

START_TEST(an_open_that_the_driver_holds_is_reported)
{
    prepare_init = hold_creates;
    start();
    give_up(remember(WdfuseInprocBeginOpen(device, O_RDWR)));
    advance_ms(PATIENCE_MS);
    ck_says("create request");
}
END_TEST

/* S7.22 */
START_TEST(a_report_says_that_the_driver_has_not_made_the_request_cancelable)
{
    start();
    give_up(begin_read(open_file(), 8));
    advance_ms(PATIENCE_MS);
    ck_says("has not made it cancelable");
}
END_TEST

/* S7.20: the driver has unmarked it before the client gave up. */
START_TEST(a_request_unmarked_in_time_is_one_that_is_not_cancelable)
{
    start();
    WDFUSEIO io = begin_read(open_file(), 8);
    ck_status_eq(WdfRequestMarkCancelableEx(held(), note_cancel), STATUS_SUCCESS);
    ck_status_eq(WdfRequestUnmarkCancelable(held()), STATUS_SUCCESS);
    give_up(io);
    advance_ms(PATIENCE_MS);
    ck_says("has not made it cancelable");
}
END_TEST

/* S7.28: nothing is completed by itself. */
START_TEST(a_report_says_that_evt_request_cancel_has_not_completed_the_request)
{
    start();
    WDFUSEIO io = begin_read(open_file(), 8);
    ck_status_eq(WdfRequestMarkCancelableEx(held(), note_cancel), STATUS_SUCCESS);
    give_up(io);
    advance_ms(PATIENCE_MS);
    ck_says("after its EvtRequestCancel");
}
END_TEST

static VOID complete_cancelled(WDFREQUEST Request)
{
    ck_assert_ptr_eq(Request, take_held());
    WdfRequestComplete(Request, STATUS_CANCELLED);
}

/* S7.28 */
START_TEST(a_request_that_evt_request_cancel_completes_is_not_reported)
{
    start();
    WDFUSEIO io = begin_read(open_file(), 8);
    ck_status_eq(WdfRequestMarkCancelableEx(held(), complete_cancelled), STATUS_SUCCESS);
    give_up(io);
    answer(io, STATUS_CANCELLED);
    advance_ms(10 * PATIENCE_MS);
    ck_assert_uint_eq(warnings, 0);
}
END_TEST

/* S6.38: back in the driver's hands */
START_TEST(a_request_kept_by_evt_io_canceled_on_queue_is_reported)
{
    describe_queue(WdfIoQueueDispatchManual);
    queue_config.EvtIoCanceledOnQueue = hold_cancelled_on_queue;
    start_device();
    listen_to_warnings();
    WDFUSEIO io = begin_read(open_file(), 8);
    ck_status_eq(WdfRequestRequeue(retrieve(queue)), STATUS_SUCCESS);
    give_up(io);
    advance_ms(PATIENCE_MS);
    ck_assert_uint_eq(warnings, 1);
}
END_TEST

/* ---- several ---- */

START_TEST(requests_of_different_times_are_reported_each_at_its_own)
{
    start();
    give_up(begin_any_read());
    advance_ms(3000);
    give_up(begin_any_write());
    advance_ms(2000);
    ck_assert_uint_eq(warnings, 1);
    ck_says("read request");
    advance_ms(2999);
    ck_assert_uint_eq(warnings, 1);
    advance_ms(1);
    ck_assert_uint_eq(warnings, 2);
    ck_says("write request");
}
END_TEST

static VOID hold_write(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Length);
    hold_request(Queue, Request);
}

static VOID route_writes_to_a_second_queue(WDFDEVICE Device)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchParallel);
    config.EvtIoWrite = hold_write;
    WDFQUEUE second;
    ck_status_eq(WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES, &second),
                 STATUS_SUCCESS);
    ck_status_eq(WdfDeviceConfigureRequestDispatching(Device, second, WdfRequestTypeWrite),
                 STATUS_SUCCESS);
}

START_TEST(requests_of_two_queues_are_reported)
{
    prepare_device = route_writes_to_a_second_queue;
    start();
    give_up(begin_any_read());
    advance_ms(1);
    give_up(begin_any_write());
    advance_ms(PATIENCE_MS);
    ck_assert_uint_eq(warnings, 2);
}
END_TEST

START_TEST(the_watch_begins_anew_after_it_had_nothing_left)
{
    start();
    give_up(begin_any_read());
    advance_ms(10 * PATIENCE_MS);
    give_up(begin_any_read());
    advance_ms(PATIENCE_MS - 1);
    ck_assert_uint_eq(warnings, 1);
    advance_ms(1);
    ck_assert_uint_eq(warnings, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("heldwatch");
    TCase *tests = tcase_create("heldwatch");
    tcase_add_checked_fixture(tests, NULL, holding_stop);
    tcase_add_test(tests, a_request_held_after_its_client_gave_up_is_reported_after_five_seconds);
    tcase_add_test(tests, a_held_request_is_not_reported_before_five_seconds_are_over);
    tcase_add_test(tests, a_held_request_is_reported_once);
    tcase_add_test(tests, a_report_is_written_without_a_lock_of_the_device);
    tcase_add_test(tests, giving_up_twice_does_not_prolong_the_time);
    tcase_add_test(tests, a_request_whose_client_waits_is_not_reported);
    tcase_add_test(tests, a_request_completed_in_time_is_not_reported);
    tcase_add_test(tests, a_report_is_not_about_the_next_request);
    tcase_add_test(tests, the_next_request_is_reported_again);
    tcase_add_test(tests, a_report_names_the_driver);
    tcase_add_test(tests, a_report_names_the_process);
    tcase_add_loop_test(tests, a_report_names_the_type_of_the_request, 0, RTL_NUMBER_OF(types));
    tcase_add_test(tests, an_open_that_the_driver_holds_is_reported);
    tcase_add_test(tests, a_report_says_that_the_driver_has_not_made_the_request_cancelable);
    tcase_add_test(tests, a_request_unmarked_in_time_is_one_that_is_not_cancelable);
    tcase_add_test(tests, a_report_says_that_evt_request_cancel_has_not_completed_the_request);
    tcase_add_test(tests, a_request_that_evt_request_cancel_completes_is_not_reported);
    tcase_add_test(tests, a_request_kept_by_evt_io_canceled_on_queue_is_reported);
    tcase_add_test(tests, requests_of_different_times_are_reported_each_at_its_own);
    tcase_add_test(tests, requests_of_two_queues_are_reported);
    tcase_add_test(tests, the_watch_begins_anew_after_it_had_nothing_left);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
