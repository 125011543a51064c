/* O_NONBLOCK: writes of clients that do not wait (docs/polling.md). The driver does not notice any
 * of this. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "nonblocking.h"
#include "occupied.h"
#include "port/log.h"
#include "port/thread.h"
#include "unit.h"

/* ---- writing ---- */

START_TEST(a_write_that_the_driver_completes_at_once_is_answered_as_usual)
{
    restart_prompt(STATUS_SUCCESS);
    write_expecting("hello", STATUS_SUCCESS);
    ck_events(BOTH);
    restart_prompt(STATUS_INVALID_PARAMETER);
    write_expecting("hello", STATUS_INVALID_PARAMETER);
    ck_events(BOTH);
}
END_TEST

START_TEST(a_write_that_the_driver_keeps_is_accepted_whole)
{
    char text[] = "hello";
    write_expecting(text, STATUS_SUCCESS);
    text[0] = 'x';
    ck_assert_int_eq(mark_of(held()), 'h');
    ck_events(WdfusePollIn);
}
END_TEST

START_TEST(another_write_meanwhile_is_answered_with_eagain_until_the_first_is_done)
{
    write_expecting("1", STATUS_SUCCESS);
    write_expecting("2", STATUS_CANT_WAIT);
    ck_assert_uint_eq(counts.presented, 1);
    complete_write(STATUS_SUCCESS);
    ck_events(BOTH);
    write_expecting("2", STATUS_SUCCESS);
    ck_assert_uint_eq(counts.presented, 2);
}
END_TEST

START_TEST(the_failure_of_an_accepted_write_is_told_by_the_next_one_and_once)
{
    write_expecting("1", STATUS_SUCCESS);
    complete_write(STATUS_DEVICE_PROTOCOL_ERROR);
    ck_events(BOTH | WdfusePollError);
    write_expecting("2", STATUS_DEVICE_PROTOCOL_ERROR);
    ck_assert_uint_eq(counts.presented, 1);
    ck_events(BOTH);
    write_expecting("3", STATUS_SUCCESS);
}
END_TEST

START_TEST(an_accepted_write_that_is_cut_has_failed)
{
    write_expecting("hello", STATUS_SUCCESS);
    WdfRequestCompleteWithInformation(take_held(), STATUS_SUCCESS, 2);
    write_expecting("more", STATUS_DATA_NOT_ACCEPTED);
}
END_TEST

START_TEST(a_write_that_waits_comes_after_the_one_in_flight)
{
    write_expecting("1", STATUS_SUCCESS);
    WDFUSEIO waiting = begin_waiting_write();
    ck_assert_uint_eq(counts.presented, 1);
    complete_write(STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_pending(waiting);
    ck_assert_uint_eq(counts.presented, 2);
    complete_write(STATUS_SUCCESS);
    ck_assert_uint_eq(answer(waiting, STATUS_SUCCESS), 8);
}
END_TEST

START_TEST(a_write_that_waits_is_told_the_failure_of_the_one_in_flight)
{
    write_expecting("1", STATUS_SUCCESS);
    WDFUSEIO waiting = begin_waiting_write();
    complete_write(STATUS_DEVICE_PROTOCOL_ERROR);
    answer(waiting, STATUS_DEVICE_PROTOCOL_ERROR);
    ck_assert_uint_eq(counts.presented, 1);
}
END_TEST

START_TEST(reading_and_writing_do_not_wait_for_each_other)
{
    read_expecting(STATUS_CANT_WAIT);
    write_expecting("hello", STATUS_SUCCESS);
    ck_events(0);
    complete_read("done");
    ck_events(WdfusePollIn);
    complete_write(STATUS_SUCCESS);
    ck_events(BOTH);
}
END_TEST

START_TEST(closing_lets_an_accepted_write_finish_and_cleans_up_then)
{
    restart_counting_ends(WdfIoQueueDispatchParallel);
    write_expecting("hello", STATUS_SUCCESS);
    make_cancelable();
    close_file(file);
    ck_assert_uint_eq(counts.cancelled, 0);
    ck_assert_uint_eq(cleanups, 0);
    ck_status_eq(WdfRequestUnmarkCancelable(held()), STATUS_SUCCESS);
    complete_write(STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(cleanups, 1);
    ck_assert_uint_eq(closes, 1);
}
END_TEST

/* The read goes first: the write could wait behind it for ever. */
START_TEST(closing_lets_a_write_finish_that_is_queued_behind_the_read_in_flight)
{
    restart_counting_ends(WdfIoQueueDispatchSequential);
    read_expecting(STATUS_CANT_WAIT);
    make_cancelable();
    write_expecting("hello", STATUS_SUCCESS);
    ck_queue(queue, 1, 1);
    close_file(file);
    ck_assert_uint_eq(counts.cancelled, 1);
    ck_assert_uint_eq(cleanups, 0);
    ck_assert_int_eq(mark_of(held()), 'h');
    complete_write(STATUS_DEVICE_PROTOCOL_ERROR);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(cleanups, 1);
    ck_assert_uint_eq(closes, 1);
}
END_TEST

static char warning[256];

static void keep_warning(enum log_level level, const char *line)
{
    if (level == LOG_LEVEL_WARNING)
        snprintf(warning, sizeof(warning), "%s", line);
}

static void expect_lost_write_in_log(void)
{
    ck_assert_msg(strstr(warning, "a write of 5 bytes") != NULL &&
                      strstr(warning, "STATUS_DATA_ERROR") != NULL,
                  "the log says '%s'", warning);
}

START_TEST(the_failure_of_an_accepted_write_that_comes_after_the_close_is_logged)
{
    write_expecting("hello", STATUS_SUCCESS);
    log_set_sink(keep_warning);
    close_file(file);
    complete_write(STATUS_DATA_ERROR);
    WdfuseInprocWaitForWorkers();
    expect_lost_write_in_log();
}
END_TEST

START_TEST(the_failure_of_an_accepted_write_that_nobody_has_asked_for_is_logged)
{
    write_expecting("hello", STATUS_SUCCESS);
    complete_write(STATUS_DATA_ERROR);
    log_set_sink(keep_warning);
    close_file(file);
    expect_lost_write_in_log();
}
END_TEST

/* ---- after waiting, a worker hands the write to the driver ---- */

static KIRQL irql_seen;
static unsigned callers_seen;

static VOID see_caller(WDFDEVICE Device, WDFREQUEST Request)
{
    irql_seen = KeGetCurrentIrql();
    callers_seen++;
    ck_status_eq(WdfDeviceEnqueueRequest(Device, Request), STATUS_SUCCESS);
}

static VOID want_callers(PWDFDEVICE_INIT DeviceInit)
{
    WdfDeviceInitSetIoInCallerContextCallback(DeviceInit, see_caller);
}

/* S5.16: at PASSIVE_LEVEL, and never inside the driver's own call of WdfRequestComplete. */
START_TEST(the_callers_context_callback_sees_who_has_waited_at_passive_level)
{
    restart_prepared(want_callers, WdfIoQueueDispatchParallel);
    callers_seen = 0;
    write_expecting("1", STATUS_SUCCESS);
    WDFUSEIO waiting = begin_waiting_write();
    ck_assert_uint_eq(callers_seen, 1);

    occupy_workers();
    WDFSPINLOCK lock;
    ck_status_eq(WdfSpinLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &lock), STATUS_SUCCESS);
    WdfSpinLockAcquire(lock);
    complete_write(STATUS_SUCCESS);
    WdfSpinLockRelease(lock);
    WdfObjectDelete(lock);
    ck_assert_uint_eq(callers_seen, 1);
    free_workers();
    ck_assert_uint_eq(callers_seen, 2);
    ck_assert_uint_eq(irql_seen, PASSIVE_LEVEL);
    complete_write(STATUS_SUCCESS);
    answer(waiting, STATUS_SUCCESS);
}
END_TEST

static atomic_bool control_may_return, control_is_inside;
static atomic_uint writes_presented;

static VOID block_in_control(WDFQUEUE Queue, WDFREQUEST Request)
{
    WDF_REQUEST_PARAMETERS parameters;
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(Request, &parameters);
    if (parameters.Type == WdfRequestTypeWrite) {
        hold_request(Queue, Request);
        writes_presented++;
        return;
    }
    control_is_inside = true;
    eventually(control_may_return);
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static void run_control(void *argument)
{
    ck_status_eq(WdfuseInprocIoctl(argument, 1, NULL, 0, NULL, 0, NULL), STATUS_SUCCESS);
}

/* The other client's thread is inside the queue's loop, and stays there. */
START_TEST(who_has_waited_does_not_wait_for_another_clients_callback)
{
    control_may_return = control_is_inside = false;
    writes_presented = 0;
    restart_driven_by(block_in_control, WdfIoQueueDispatchParallel);
    write_expecting("1", STATUS_SUCCESS);
    WDFUSEIO waiting = begin_waiting_write();
    WDFUSEFILE other = open_file();
    struct port_thread thread;
    ck_assert_int_eq(port_thread_start(&thread, "control", run_control, other), 0);
    eventually(control_is_inside);

    complete_write(STATUS_SUCCESS);
    eventually(writes_presented == 2);
    complete_write(STATUS_SUCCESS);
    answer(waiting, STATUS_SUCCESS);
    control_may_return = true;
    port_thread_join(&thread);
}
END_TEST

START_TEST(an_interrupt_ends_the_wait_for_a_worker)
{
    write_expecting("1", STATUS_SUCCESS);
    WDFUSEIO waiting = begin_waiting_write();
    occupy_workers();
    complete_write(STATUS_SUCCESS);
    WdfuseInprocCancel(waiting);
    answer(waiting, STATUS_CANCELLED);
    free_workers();
    ck_assert_uint_eq(counts.presented, 1);
}
END_TEST

START_TEST(closing_ends_the_wait_for_a_worker)
{
    restart_counting_ends(WdfIoQueueDispatchParallel);
    write_expecting("1", STATUS_SUCCESS);
    WDFUSEIO waiting = begin_waiting_write();
    occupy_workers();
    complete_write(STATUS_SUCCESS);
    close_file(file);
    answer(waiting, STATUS_CANCELLED);
    ck_assert_uint_eq(closes, 0); /* the worker has still to look at the file */
    free_workers();
    ck_assert_uint_eq(closes, 1);
    ck_assert_uint_eq(counts.presented, 1);
}
END_TEST

/* ---- the suite ---- */

static void add_writing(Suite *suite)
{
    TCase *tcase = tcase_create("writing");
    tcase_add_checked_fixture(tcase, nonblocking_setup, holding_stop);
    tcase_add_test(tcase, a_write_that_the_driver_completes_at_once_is_answered_as_usual);
    tcase_add_test(tcase, a_write_that_the_driver_keeps_is_accepted_whole);
    tcase_add_test(tcase, another_write_meanwhile_is_answered_with_eagain_until_the_first_is_done);
    tcase_add_test(tcase, the_failure_of_an_accepted_write_is_told_by_the_next_one_and_once);
    tcase_add_test(tcase, an_accepted_write_that_is_cut_has_failed);
    tcase_add_test(tcase, a_write_that_waits_comes_after_the_one_in_flight);
    tcase_add_test(tcase, a_write_that_waits_is_told_the_failure_of_the_one_in_flight);
    tcase_add_test(tcase, reading_and_writing_do_not_wait_for_each_other);
    tcase_add_test(tcase, closing_lets_an_accepted_write_finish_and_cleans_up_then);
    tcase_add_test(tcase, closing_lets_a_write_finish_that_is_queued_behind_the_read_in_flight);
    tcase_add_test(tcase, the_failure_of_an_accepted_write_that_comes_after_the_close_is_logged);
    tcase_add_test(tcase, the_failure_of_an_accepted_write_that_nobody_has_asked_for_is_logged);
    tcase_add_test(tcase, the_callers_context_callback_sees_who_has_waited_at_passive_level);
    tcase_add_test(tcase, who_has_waited_does_not_wait_for_another_clients_callback);
    tcase_add_test(tcase, an_interrupt_ends_the_wait_for_a_worker);
    tcase_add_test(tcase, closing_ends_the_wait_for_a_worker);
    suite_add_tcase(suite, tcase);
}

int main(void)
{
    Suite *suite = suite_create("overlapped writes");
    add_writing(suite);
    return unit_run(suite);
}
