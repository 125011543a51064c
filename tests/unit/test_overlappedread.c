/* O_NONBLOCK: reads of clients that do not wait (docs/polling.md), and their calls when the file is
 * closed or the device removed. The driver does not notice any of this. */
#include <fcntl.h>
#include <string.h>

#include "nonblocking.h"
#include "unit.h"

/* ---- reading ---- */

START_TEST(a_read_that_the_driver_completes_at_once_is_answered_as_usual)
{
    restart_prompt(STATUS_SUCCESS);
    ck_assert_str_eq(read_text(8), "prompt");
    ck_events(BOTH);
}
END_TEST

START_TEST(a_read_that_the_driver_fails_at_once_is_answered_as_usual)
{
    restart_prompt(STATUS_INVALID_PARAMETER);
    read_expecting(STATUS_INVALID_PARAMETER);
    ck_events(BOTH);
}
END_TEST

START_TEST(a_read_that_the_driver_keeps_is_answered_with_eagain)
{
    read_expecting(STATUS_CANT_WAIT);
    ck_assert_uint_eq(counts.presented, 1);
    ck_assert_ptr_nonnull(held());
}
END_TEST

START_TEST(a_read_that_is_queued_is_answered_with_eagain)
{
    restart(WdfIoQueueDispatchManual);
    read_expecting(STATUS_CANT_WAIT);
    ck_queue(queue, 1, 0);
}
END_TEST

START_TEST(another_read_meanwhile_is_answered_with_eagain_and_does_not_reach_the_driver)
{
    read_expecting(STATUS_CANT_WAIT);
    read_expecting(STATUS_CANT_WAIT);
    ck_assert_uint_eq(counts.presented, 1);
}
END_TEST

START_TEST(a_file_is_readable_until_it_is_tried_and_again_when_the_read_is_done)
{
    ck_events(BOTH);
    read_expecting(STATUS_CANT_WAIT);
    ck_events(WdfusePollOut);
    complete_read("hello");
    ck_events(BOTH);
}
END_TEST

START_TEST(the_next_read_takes_the_result_and_the_one_after_it_is_a_new_one)
{
    read_expecting(STATUS_CANT_WAIT);
    complete_read("hello");
    ck_assert_str_eq(read_text(8), "hello");
    ck_assert_uint_eq(counts.presented, 1);
    read_expecting(STATUS_CANT_WAIT);
    ck_assert_uint_eq(counts.presented, 2);
}
END_TEST

START_TEST(a_read_of_less_leaves_the_rest)
{
    read_expecting(STATUS_CANT_WAIT);
    complete_read("hello");
    ck_assert_str_eq(read_text(2), "he");
    ck_events(BOTH);
    ck_assert_str_eq(read_text(0), "");
    ck_assert_str_eq(read_text(2), "ll");
    ck_assert_str_eq(read_text(8), "o");
    read_expecting(STATUS_CANT_WAIT);
    ck_assert_uint_eq(counts.presented, 2);
}
END_TEST

START_TEST(a_failure_is_told_once)
{
    read_expecting(STATUS_CANT_WAIT);
    complete_held(STATUS_DEVICE_PROTOCOL_ERROR);
    ck_events(BOTH | WdfusePollError);
    read_expecting(STATUS_DEVICE_PROTOCOL_ERROR);
    ck_events(BOTH);
    read_expecting(STATUS_CANT_WAIT);
}
END_TEST

START_TEST(no_bytes_are_the_end_once)
{
    read_expecting(STATUS_CANT_WAIT);
    complete_read("");
    ck_events(BOTH);
    ck_assert_str_eq(read_text(8), "");
    read_expecting(STATUS_CANT_WAIT);
    ck_assert_uint_eq(counts.presented, 2);
}
END_TEST

START_TEST(files_do_not_share_their_reads)
{
    read_expecting(STATUS_CANT_WAIT);
    char bytes[8];
    WDFUSEFILE other = open_file();
    ck_assert_uint_eq(WdfuseInprocPoll(other), BOTH);
    WdfuseInprocSetFlags(other, O_RDWR | O_NONBLOCK);
    ck_status_eq(WdfuseInprocRead(other, bytes, 8, NULL), STATUS_CANT_WAIT);
    ck_assert_uint_eq(counts.presented, 2);
    complete_read("first");
    ck_assert_uint_eq(WdfuseInprocPoll(other), WdfusePollOut);
    ck_assert_str_eq(read_text(8), "first");
}
END_TEST

/* ---- reading: clients that wait ---- */

START_TEST(a_read_that_waits_takes_what_is_in_flight)
{
    char bytes[8] = "";
    read_expecting(STATUS_CANT_WAIT);
    WDFUSEIO waiting = begin_waiting_read(bytes);
    ck_assert_uint_eq(counts.presented, 1);
    ck_pending(waiting);
    complete_read("hello");
    ck_assert_uint_eq(answer(waiting, STATUS_SUCCESS), 5);
    ck_assert_int_eq(memcmp(bytes, "hello", 5), 0);
    ck_events(BOTH);
}
END_TEST

START_TEST(a_read_that_waits_takes_what_is_there_already)
{
    read_expecting(STATUS_CANT_WAIT);
    complete_read("hello");
    let_wait(true);
    ck_assert_str_eq(read_text(8), "hello");
}
END_TEST

START_TEST(of_two_that_wait_the_first_takes_the_result_and_the_second_goes_to_the_driver)
{
    char first[8] = "", second[8] = "";
    read_expecting(STATUS_CANT_WAIT);
    WDFUSEIO one = begin_waiting_read(first);
    WDFUSEIO two = begin_waiting_read(second);
    complete_read("hello");
    ck_assert_uint_eq(answer(one, STATUS_SUCCESS), 5);
    WdfuseInprocWaitForWorkers();
    ck_pending(two);
    ck_assert_uint_eq(counts.presented, 2);
    complete_read("again");
    ck_assert_uint_eq(answer(two, STATUS_SUCCESS), 5);
    ck_assert_int_eq(memcmp(second, "again", 5), 0);
}
END_TEST

START_TEST(two_that_wait_share_what_is_more_than_one_asks_for)
{
    char bytes[12], first[8] = "", second[8] = "";
    size_t count;
    ck_status_eq(WdfuseInprocRead(file, bytes, 12, &count), STATUS_CANT_WAIT);
    WDFUSEIO one = begin_waiting_read(first);
    WDFUSEIO two = begin_waiting_read(second);
    complete_read("hello, world");
    ck_assert_uint_eq(answer(one, STATUS_SUCCESS), 8);
    ck_assert_uint_eq(answer(two, STATUS_SUCCESS), 4);
    ck_assert_int_eq(memcmp(second, "orld", 4), 0);
    ck_assert_uint_eq(counts.presented, 1);
}
END_TEST

START_TEST(a_failure_is_told_to_the_first_that_waits)
{
    char first[8], second[8];
    read_expecting(STATUS_CANT_WAIT);
    WDFUSEIO one = begin_waiting_read(first);
    WDFUSEIO two = begin_waiting_read(second);
    complete_held(STATUS_DEVICE_PROTOCOL_ERROR);
    answer(one, STATUS_DEVICE_PROTOCOL_ERROR);
    WdfuseInprocWaitForWorkers();
    ck_pending(two);
    complete_read("good");
    answer(two, STATUS_SUCCESS);
}
END_TEST

/* In a sequential queue the second one is presented after the first is completed, not inside
 * that. */
START_TEST(who_has_waited_goes_to_the_driver_in_its_turn)
{
    restart(WdfIoQueueDispatchSequential);
    char first[8], second[8], third[8];
    read_expecting(STATUS_CANT_WAIT);
    WDFUSEIO one = begin_waiting_read(first);
    WDFUSEIO two = begin_waiting_read(second);
    WDFUSEIO three = begin_waiting_read(third);
    complete_read("1");
    answer(one, STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_queue(queue, 1, 1);
    complete_read("2");
    answer(two, STATUS_SUCCESS);
    complete_read("3");
    answer(three, STATUS_SUCCESS);
    ck_assert_mem_eq(third, "3", 1);
}
END_TEST

START_TEST(an_interrupt_ends_the_wait_and_leaves_what_is_in_flight)
{
    char bytes[8];
    read_expecting(STATUS_CANT_WAIT);
    make_cancelable();
    WDFUSEIO waiting = begin_waiting_read(bytes);
    WdfuseInprocCancel(waiting);
    answer(waiting, STATUS_CANCELLED);
    ck_assert_uint_eq(counts.cancelled, 0);
    ck_status_eq(WdfRequestUnmarkCancelable(held()), STATUS_SUCCESS);
    complete_read("hello");
    ck_assert_str_eq(read_text(8), "hello");
}
END_TEST

/* The client has its answer: the driver's request no longer concerns it. */
START_TEST(an_interrupt_after_eagain_cancels_nothing)
{
    WDFUSEIO io = begin_read(file, 8);
    make_cancelable();
    WdfuseInprocCancel(io);
    answer(io, STATUS_CANT_WAIT);
    ck_assert_uint_eq(counts.cancelled, 0);
    ck_status_eq(WdfRequestUnmarkCancelable(held()), STATUS_SUCCESS);
    complete_read("hello");
    ck_assert_str_eq(read_text(8), "hello");
}
END_TEST

/* ---- reading: the end ---- */

START_TEST(closing_cancels_the_read_in_flight)
{
    read_expecting(STATUS_CANT_WAIT);
    make_cancelable();
    close_file(file);
    ck_assert_uint_eq(counts.cancelled, 1);
}
END_TEST

START_TEST(closing_cancels_a_read_in_flight_that_is_queued)
{
    restart(WdfIoQueueDispatchManual);
    read_expecting(STATUS_CANT_WAIT);
    close_file(file);
    ck_queue(queue, 0, 0);
}
END_TEST

/* S4.20 */
START_TEST(a_read_in_flight_that_can_not_be_cancelled_holds_up_the_close_and_is_dropped)
{
    restart_counting_ends(WdfIoQueueDispatchParallel);
    read_expecting(STATUS_CANT_WAIT);
    close_file(file);
    ck_assert_uint_eq(cleanups, 1);
    ck_assert_uint_eq(closes, 0);
    complete_read("nobody");
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(closes, 1);
}
END_TEST

START_TEST(closing_drops_a_result_that_nobody_has_taken)
{
    restart_counting_ends(WdfIoQueueDispatchParallel);
    read_expecting(STATUS_CANT_WAIT);
    complete_read("nobody");
    close_file(file);
    ck_assert_uint_eq(closes, 1);
}
END_TEST

/* A client of the in-process transport can do that; one of the kernel's can't. */
START_TEST(closing_cancels_who_waits)
{
    char bytes[8];
    restart_counting_ends(WdfIoQueueDispatchParallel);
    read_expecting(STATUS_CANT_WAIT);
    make_cancelable();
    WDFUSEIO waiting = begin_waiting_read(bytes);
    close_file(file);
    answer(waiting, STATUS_CANCELLED);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(closes, 1);
}
END_TEST

/* ---- removal ---- */

static char last_bytes[8];
static WDFUSEIO last_read;

/* The driver completes what it has, early in the removal. */
static NTSTATUS complete_when_removed(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    complete_read("last");
    ck_assert_uint_eq(answer(last_read, STATUS_SUCCESS), 4);
    ck_assert_mem_eq(last_bytes, "last", 4);
    close_file(file);
    return STATUS_SUCCESS;
}

static VOID complete_when_removing(PWDFDEVICE_INIT DeviceInit)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceSelfManagedIoSuspend = complete_when_removed;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
}

START_TEST(who_waits_takes_what_comes_during_a_removal)
{
    restart_prepared(complete_when_removing, WdfIoQueueDispatchParallel);
    read_expecting(STATUS_CANT_WAIT);
    last_read = begin_waiting_read(last_bytes);
    WdfuseInprocStop(device);
    device = NULL;
}
END_TEST

static void look_at_removed(void)
{
    ck_events(BOTH | WdfusePollError | WdfusePollHangup);
    read_expecting(STATUS_DEVICE_REMOVED);
    write_expecting("late", STATUS_DEVICE_REMOVED);
    close_file(file);
}

START_TEST(a_removed_device_is_hung_up_and_gone)
{
    restart_looking(WdfIoQueueDispatchManual, look_at_removed);
    read_expecting(STATUS_CANT_WAIT);
    write_expecting("lost", STATUS_SUCCESS);
    remove_and_look();
}
END_TEST

/* ---- the suite ---- */

static void add_reading(Suite *suite)
{
    TCase *tcase = tcase_create("reading");
    tcase_add_checked_fixture(tcase, nonblocking_setup, holding_stop);
    tcase_add_test(tcase, a_read_that_the_driver_completes_at_once_is_answered_as_usual);
    tcase_add_test(tcase, a_read_that_the_driver_fails_at_once_is_answered_as_usual);
    tcase_add_test(tcase, a_read_that_the_driver_keeps_is_answered_with_eagain);
    tcase_add_test(tcase, a_read_that_is_queued_is_answered_with_eagain);
    tcase_add_test(tcase,
                   another_read_meanwhile_is_answered_with_eagain_and_does_not_reach_the_driver);
    tcase_add_test(tcase, a_file_is_readable_until_it_is_tried_and_again_when_the_read_is_done);
    tcase_add_test(tcase, the_next_read_takes_the_result_and_the_one_after_it_is_a_new_one);
    tcase_add_test(tcase, a_read_of_less_leaves_the_rest);
    tcase_add_test(tcase, a_failure_is_told_once);
    tcase_add_test(tcase, no_bytes_are_the_end_once);
    tcase_add_test(tcase, files_do_not_share_their_reads);
    tcase_add_test(tcase, a_read_that_waits_takes_what_is_in_flight);
    tcase_add_test(tcase, a_read_that_waits_takes_what_is_there_already);
    tcase_add_test(tcase,
                   of_two_that_wait_the_first_takes_the_result_and_the_second_goes_to_the_driver);
    tcase_add_test(tcase, two_that_wait_share_what_is_more_than_one_asks_for);
    tcase_add_test(tcase, a_failure_is_told_to_the_first_that_waits);
    tcase_add_test(tcase, who_has_waited_goes_to_the_driver_in_its_turn);
    tcase_add_test(tcase, an_interrupt_ends_the_wait_and_leaves_what_is_in_flight);
    tcase_add_test(tcase, an_interrupt_after_eagain_cancels_nothing);
    tcase_add_test(tcase, closing_cancels_the_read_in_flight);
    tcase_add_test(tcase, closing_cancels_a_read_in_flight_that_is_queued);
    tcase_add_test(tcase,
                   a_read_in_flight_that_can_not_be_cancelled_holds_up_the_close_and_is_dropped);
    tcase_add_test(tcase, closing_drops_a_result_that_nobody_has_taken);
    tcase_add_test(tcase, closing_cancels_who_waits);
    suite_add_tcase(suite, tcase);
}

static void add_removal(Suite *suite)
{
    TCase *tcase = tcase_create("removal");
    tcase_add_checked_fixture(tcase, nonblocking_setup, holding_stop);
    tcase_add_test(tcase, who_waits_takes_what_comes_during_a_removal);
    tcase_add_test(tcase, a_removed_device_is_hung_up_and_gone);
    suite_add_tcase(suite, tcase);
}

int main(void)
{
    Suite *suite = suite_create("overlapped reads");
    add_reading(suite);
    add_removal(suite);
    return unit_run(suite);
}
