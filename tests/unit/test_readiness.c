/*
 * Poll: what it returns for a file while calls are in flight, and who is woken when. What the
 * driver reports is in test_pollevents.c.
 *
 * All orders in which a completion and a poller can meet are tried: at the transport's seam each of
 * their steps is a call that the test makes or gets.
 */
#include <fcntl.h>

#include "framework/io.h"
#include "framework/io/overlapped.h"
#include "scripted.h"
#include "unit.h"

static void complete_byte(void)
{
    complete_read("r");
}

/* A poller either sees that it is done, or is woken; and when woken, sees it. */
static void check_nothing_missed(void)
{
    ck_assert((heard.events & WdfusePollIn) != 0 || heard.woken > 0);
    look();
    ck_assert_uint_eq(heard.events & WdfusePollIn, WdfusePollIn);
}

/* ---- completion against poll, step by step ---- */

START_TEST(order_poll_then_completion)
{
    try_to_read();
    ck_status_eq(heard.status, STATUS_CANT_WAIT);
    look();
    ck_assert_uint_eq(heard.events, WdfusePollOut);
    complete_byte();
    ck_assert_uint_eq(heard.woken, 1);
    check_nothing_missed();
}
END_TEST

START_TEST(order_completion_then_poll)
{
    try_to_read();
    complete_byte();
    look();
    ck_assert_uint_eq(heard.events, BOTH);
    ck_assert_uint_eq(heard.woken, 0);
    check_nothing_missed();
}
END_TEST

/* The poller comes while the previous one is being woken: the state was set before that. */
START_TEST(order_poll_between_state_and_wake)
{
    try_to_read();
    look();
    when_woken = look;
    complete_byte();
    ck_assert_uint_eq(heard.woken, 1);
    ck_assert_uint_eq(heard.events, BOTH);
    ck_assert_uint_eq(kept_handles(), 1);
    check_nothing_missed();
}
END_TEST

/* The driver is done after dispatch and before the client has its EAGAIN. */
START_TEST(order_completion_before_the_answer)
{
    when_answered = complete_byte;
    try_to_read();
    ck_status_eq(heard.status, STATUS_CANT_WAIT);
    ck_assert_uint_eq(heard.answers, 1);
    look();
    check_nothing_missed();
}
END_TEST

static void look_then_complete(void)
{
    look();
    complete_byte();
}

static void complete_then_look(void)
{
    complete_byte();
    look();
}

START_TEST(order_poll_then_completion_before_the_answer)
{
    when_answered = look_then_complete;
    try_to_read();
    ck_assert_uint_eq(heard.woken, 1);
    check_nothing_missed();
}
END_TEST

START_TEST(order_completion_then_poll_before_the_answer)
{
    when_answered = complete_then_look;
    try_to_read();
    check_nothing_missed();
}
END_TEST

/* ---- the same inside dispatch ---- */

/* What another client does while the driver has the first one's request. */
static void (*in_dispatch[3])(void);

static VOID act_in_dispatch(WDFQUEUE Queue, WDFREQUEST Request)
{
    hold_request(Queue, Request);
    for (unsigned i = 0; i < RTL_NUMBER_OF(in_dispatch) && in_dispatch[i] != NULL; i++)
        in_dispatch[i]();
}

static void setup_dispatch(void (*first)(void), void (*second)(void), void (*third)(void))
{
    in_dispatch[0] = first;
    in_dispatch[1] = second;
    in_dispatch[2] = third;
    restart_driven_by(act_in_dispatch, WdfIoQueueDispatchParallel);
}

START_TEST(order_poll_then_completion_in_dispatch)
{
    setup_dispatch(look, complete_byte, NULL);
    try_to_read();
    ck_status_eq(heard.status, STATUS_SUCCESS);
    ck_assert_uint_eq(heard.woken, 1);
    check_nothing_missed();
}
END_TEST

START_TEST(order_completion_then_poll_in_dispatch)
{
    setup_dispatch(complete_byte, look, NULL);
    try_to_read();
    ck_assert_uint_eq(heard.events, BOTH);
    check_nothing_missed();
}
END_TEST

START_TEST(order_poll_in_dispatch_then_completion)
{
    setup_dispatch(look, NULL, NULL);
    try_to_read();
    ck_status_eq(heard.status, STATUS_CANT_WAIT);
    ck_assert_uint_eq(heard.events, WdfusePollOut);
    complete_byte();
    ck_assert_uint_eq(heard.woken, 1);
    check_nothing_missed();
}
END_TEST

static void fail_to_try(void)
{
    try_to_read();
    ck_status_eq(heard.status, STATUS_CANT_WAIT);
}

/* A second client has got EAGAIN, and polls: it must be told that the first one's request is
 * over. */
START_TEST(order_second_try_and_poll_then_completion_in_dispatch)
{
    setup_dispatch(fail_to_try, look, complete_byte);
    try_to_read();
    ck_assert_uint_eq(heard.answers, 2);
    ck_assert_uint_eq(heard.woken, 1);
    check_nothing_missed();
}
END_TEST

/* Nobody has seen it. */
START_TEST(order_poll_before_a_try_that_is_completed_in_dispatch)
{
    setup_dispatch(complete_byte, NULL, NULL);
    look();
    try_to_read();
    ck_assert_uint_eq(heard.woken, 0);
    look();
    ck_assert_uint_eq(heard.events, BOTH);
}
END_TEST

/* ---- what a client can make the device remember ---- */

#define LARGEST IO_TRANSFER_MAX

static NTSTATUS write_of(WDFUSEFILE to, size_t length)
{
    static char bytes[LARGEST];
    return WdfuseInprocWrite(to, bytes, length, NULL);
}

/* Opens, writes and closes, as no well-behaved client does, until it is refused; returns the number
 * of writes. */
static unsigned fill(size_t length)
{
    unsigned count = 0;
    for (bool is_accepted = true; is_accepted; count += is_accepted) {
        WDFUSEFILE one = open_file();
        WdfuseInprocSetFlags(one, O_RDWR | O_NONBLOCK);
        NTSTATUS status = write_of(one, length);
        is_accepted = status == STATUS_SUCCESS;
        if (!is_accepted)
            ck_status_eq(status, STATUS_CANT_WAIT);
        close_file(one);
        ck_assert_uint_lt(count, 10000);
    }
    return count;
}

static void complete_writes(unsigned count)
{
    while (count-- > 0)
        complete_write(STATUS_SUCCESS);
}

START_TEST(accepted_writes_are_bounded_in_bytes)
{
    unsigned count = fill(LARGEST);
    ck_assert_uint_ge(count, OVERLAPPED_WRITES_MAX / LARGEST / 2);
    ck_assert_uint_le(count, OVERLAPPED_WRITES_MAX / LARGEST);
    ck_assert_uint_eq(counts.presented, count);
    complete_writes(count);
}
END_TEST

/* A request takes more memory than the byte that it carries. */
START_TEST(accepted_writes_are_bounded_in_number)
{
    unsigned count = fill(1);
    ck_assert_uint_ge(count, 1000);
    ck_assert_uint_le(count, OVERLAPPED_WRITES_MAX / 1024);
    complete_writes(count);
}
END_TEST

START_TEST(a_full_device_is_not_writable_until_there_is_room)
{
    unsigned count = fill(LARGEST);
    look();
    ck_assert_uint_eq(heard.events, WdfusePollIn);
    complete_writes(count);
    ck_assert_uint_eq(heard.woken, 1);
    look();
    ck_assert_uint_eq(heard.events, BOTH);
    ck_status_eq(write_of(file, LARGEST), STATUS_SUCCESS);
    complete_writes(1);
}
END_TEST

/* An edge-triggered epoll has asked before, and does not ask again. */
START_TEST(who_is_refused_for_want_of_room_is_woken)
{
    look();
    unsigned count = fill(LARGEST);
    ck_status_eq(write_of(file, 1), STATUS_CANT_WAIT);
    complete_writes(count);
    ck_assert_uint_eq(heard.woken, 1);
}
END_TEST

START_TEST(room_is_no_news_for_who_has_not_asked_for_it)
{
    look();
    complete_writes(fill(LARGEST));
    ck_assert_uint_eq(heard.woken, 0);
}
END_TEST

START_TEST(a_write_that_waits_needs_no_room)
{
    unsigned count = fill(LARGEST);
    let_wait(true);
    WDFUSEIO io = begin_write(file, 1);
    ck_assert_uint_eq(counts.presented, count + 1);
    complete_writes(count + 1);
    answer(io, STATUS_SUCCESS);
}
END_TEST

/* What is in flight is reported before what there is no room for. */
START_TEST(a_full_device_tells_the_failure_of_a_write)
{
    ck_status_eq(write_of(file, 1), STATUS_SUCCESS);
    WDFREQUEST failing = take_held();
    unsigned count = fill(LARGEST);
    WdfRequestComplete(failing, STATUS_IO_DEVICE_ERROR);
    look();
    ck_assert_uint_eq(heard.events, BOTH | WdfusePollError);
    ck_status_eq(write_of(file, 1), STATUS_IO_DEVICE_ERROR);
    ck_status_eq(write_of(file, 1), STATUS_CANT_WAIT);
    complete_writes(count);
}
END_TEST

/* Many come and go, but the device is never full. */
START_TEST(room_comes_back_with_each_write)
{
    for (unsigned i = 0; i < 2 * OVERLAPPED_WRITES_MAX / LARGEST; i++) {
        ck_status_eq(write_of(file, LARGEST), STATUS_SUCCESS);
        complete_writes(1);
    }
}
END_TEST

/* ---- handles ---- */

START_TEST(one_handle_of_a_file_is_kept)
{
    try_to_read();
    look();
    look();
    ck_assert_uint_eq(heard.forgotten, 1);
    ck_assert_uint_eq(kept_handles(), 1);
    complete_byte();
    ck_assert_uint_eq(heard.woken, 1);
    ck_assert_uint_eq(kept_handles(), 0);
}
END_TEST

/* An edge-triggered epoll does not ask again until it is woken. */
START_TEST(a_handle_is_kept_when_the_file_is_ready)
{
    look();
    ck_assert_uint_eq(heard.events, BOTH);
    try_to_read();
    complete_byte();
    ck_assert_uint_eq(heard.woken, 1);
}
END_TEST

START_TEST(closing_forgets_the_handle)
{
    look();
    close_file(file);
    ck_assert_uint_eq(heard.forgotten, 1);
    ck_assert_uint_eq(heard.woken, 0);
}
END_TEST

START_TEST(closing_with_a_read_in_flight_wakes_nobody_any_more)
{
    try_to_read();
    look();
    close_file(file);
    complete_byte();
    ck_assert_uint_eq(heard.woken, 0);
    ck_assert_uint_eq(kept_handles(), 0);
}
END_TEST

static void look_at_removed(void)
{
    ck_assert_uint_eq(heard.woken, 1);
    ck_assert_uint_eq(heard.events, BOTH | WdfusePollError | WdfusePollHangup);
    ck_assert_uint_eq(kept_handles(), 0);
    close_file(file);
}

START_TEST(removal_wakes_who_polls_at_once)
{
    restart_looking(WdfIoQueueDispatchParallel, look_at_removed);
    look();
    when_woken = look;
    remove_and_look();
}
END_TEST

/* ---- waiting, like clients of the in-process transport ---- */

START_TEST(who_waits_for_events_that_are_there_does_not_wait)
{
    ck_assert_uint_eq(WdfuseInprocWaitForEvents(file, WdfusePollIn, 60000), WdfusePollIn);
}
END_TEST

START_TEST(who_waits_for_nothing_hears_so_in_the_end)
{
    WdfuseDeviceSetPollEvents(wdf_device(), WdfusePollOut);
    ck_assert_uint_eq(WdfuseInprocWaitForEvents(file, WdfusePollIn, 1), 0);
}
END_TEST

START_TEST(who_waits_for_something_else_hears_of_a_hang_up)
{
    WdfuseDeviceSetPollEvents(wdf_device(), WdfusePollHangup);
    ck_assert_uint_eq(WdfuseInprocWaitForEvents(file, WdfusePollIn, 60000), WdfusePollHangup);
}
END_TEST

/* ---- the suite ---- */

static void add_orders(Suite *suite)
{
    TCase *tcase = tcase_create("orders");
    tcase_add_checked_fixture(tcase, scripted_setup, holding_stop);
    tcase_add_test(tcase, order_poll_then_completion);
    tcase_add_test(tcase, order_completion_then_poll);
    tcase_add_test(tcase, order_poll_between_state_and_wake);
    tcase_add_test(tcase, order_completion_before_the_answer);
    tcase_add_test(tcase, order_poll_then_completion_before_the_answer);
    tcase_add_test(tcase, order_completion_then_poll_before_the_answer);
    tcase_add_test(tcase, order_poll_then_completion_in_dispatch);
    tcase_add_test(tcase, order_completion_then_poll_in_dispatch);
    tcase_add_test(tcase, order_poll_in_dispatch_then_completion);
    tcase_add_test(tcase, order_second_try_and_poll_then_completion_in_dispatch);
    tcase_add_test(tcase, order_poll_before_a_try_that_is_completed_in_dispatch);
    tcase_add_test(tcase, one_handle_of_a_file_is_kept);
    tcase_add_test(tcase, a_handle_is_kept_when_the_file_is_ready);
    tcase_add_test(tcase, closing_forgets_the_handle);
    tcase_add_test(tcase, closing_with_a_read_in_flight_wakes_nobody_any_more);
    tcase_add_test(tcase, removal_wakes_who_polls_at_once);
    tcase_add_test(tcase, who_waits_for_events_that_are_there_does_not_wait);
    tcase_add_test(tcase, who_waits_for_nothing_hears_so_in_the_end);
    tcase_add_test(tcase, who_waits_for_something_else_hears_of_a_hang_up);
    suite_add_tcase(suite, tcase);
}

static void add_room(Suite *suite)
{
    TCase *tcase = tcase_create("room");
    tcase_add_checked_fixture(tcase, scripted_setup, holding_stop);
    tcase_add_test(tcase, accepted_writes_are_bounded_in_bytes);
    tcase_add_test(tcase, accepted_writes_are_bounded_in_number);
    tcase_add_test(tcase, a_full_device_is_not_writable_until_there_is_room);
    tcase_add_test(tcase, who_is_refused_for_want_of_room_is_woken);
    tcase_add_test(tcase, room_is_no_news_for_who_has_not_asked_for_it);
    tcase_add_test(tcase, a_write_that_waits_needs_no_room);
    tcase_add_test(tcase, a_full_device_tells_the_failure_of_a_write);
    tcase_add_test(tcase, room_comes_back_with_each_write);
    suite_add_tcase(suite, tcase);
}

int main(void)
{
    Suite *suite = suite_create("readiness");
    add_orders(suite);
    add_room(suite);
    return unit_run(suite);
}
