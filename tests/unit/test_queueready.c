/* WdfIoQueueReadyNotify: a manual queue reports that it has requests (S6.42-S6.46, S6.61). */
#include <string.h>

#include "holding.h"
#include "unit.h"

/* A manual queue with this many marked writes in it: A, B, C ... */
static WDFUSEFILE start_manual_with(unsigned count)
{
    start_queue(WdfIoQueueDispatchManual);
    WDFUSEFILE file = open_file();
    for (unsigned i = 0; i < count; i++)
        begin_marked_write(file, (char)('A' + i));
    return file;
}

/* S6.42 */
START_TEST(only_a_manual_queue_notifies_that_it_is_ready)
{
    start_queue(WdfIoQueueDispatchSequential);
    ck_status_eq(WdfIoQueueReadyNotify(queue, note_state, NULL), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S6.42 */
START_TEST(a_second_ready_callback_is_refused)
{
    start_manual_with(0);
    ck_status_eq(WdfIoQueueReadyNotify(queue, note_state, NULL), STATUS_SUCCESS);
    ck_status_eq(WdfIoQueueReadyNotify(queue, note_state, NULL), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S6.42 */
START_TEST(a_ready_callback_that_was_never_given_cannot_be_taken_back)
{
    start_manual_with(0);
    WdfIoQueueStop(queue, NULL, NULL);
    ck_status_eq(WdfIoQueueReadyNotify(queue, NULL, NULL), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S6.42 */
START_TEST(a_ready_callback_cannot_be_taken_back_from_a_running_queue)
{
    start_manual_with(0);
    ck_status_eq(WdfIoQueueReadyNotify(queue, note_state, NULL), STATUS_SUCCESS);
    ck_status_eq(WdfIoQueueReadyNotify(queue, NULL, NULL), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S6.42 */
START_TEST(a_ready_callback_can_be_taken_back_from_a_stopped_queue)
{
    start_manual_with(0);
    ck_status_eq(WdfIoQueueReadyNotify(queue, note_state, NULL), STATUS_SUCCESS);
    WdfIoQueueStop(queue, NULL, NULL);
    ck_status_eq(WdfIoQueueReadyNotify(queue, NULL, NULL), STATUS_SUCCESS);
}
END_TEST

/* S6.42 */
START_TEST(a_ready_callback_for_a_deleted_queue_is_refused)
{
    start_manual_with(0);
    WDFQUEUE other = create_queue(WdfIoQueueDispatchManual);
    WdfObjectReference(other);
    WdfObjectDelete(other);
    NTSTATUS status = WdfIoQueueReadyNotify(other, note_state, NULL);
    WdfObjectDereference(other);
    ck_status_eq(status, STATUS_DELETE_PENDING);
}
END_TEST

static WDFUSEFILE start_with_ready_notify(void)
{
    WDFUSEFILE file = start_manual_with(0);
    ck_status_eq(WdfIoQueueReadyNotify(queue, note_state, NULL), STATUS_SUCCESS);
    return file;
}

/* S6.43, S15.36 */
START_TEST(ready_is_notified_when_an_empty_queue_gets_something_and_only_then)
{
    WDFUSEFILE file = start_with_ready_notify();
    for (unsigned i = 0; i < 3; i++)
        begin_read(file, 8);
    ck_assert_uint_eq(counts.states, 1);
}
END_TEST

/* S6.43, S15.36 */
START_TEST(ready_is_notified_again_after_the_queue_was_emptied)
{
    WDFUSEFILE file = start_with_ready_notify();
    begin_read(file, 8);
    hold(retrieve(queue));
    begin_read(file, 8);
    ck_assert_uint_eq(counts.states, 2);
}
END_TEST

/* S6.43, S15.36 */
START_TEST(ready_is_notified_again_after_a_start_with_something_waiting)
{
    WDFUSEFILE file = start_with_ready_notify();
    begin_read(file, 8);
    WdfIoQueueStop(queue, NULL, NULL);
    WdfIoQueueStart(queue);
    ck_assert_uint_eq(counts.states, 2);
}
END_TEST

/* S6.45 */
START_TEST(ready_is_not_notified_while_the_queue_is_stopped)
{
    WDFUSEFILE file = start_with_ready_notify();
    WdfIoQueueStop(queue, NULL, NULL);
    begin_read(file, 8);
    ck_assert_uint_eq(counts.states, 0);
}
END_TEST

/* S6.43 */
START_TEST(ready_is_notified_at_registration_if_something_has_come_before)
{
    start_manual_with(1);
    ck_status_eq(WdfIoQueueReadyNotify(queue, note_state, NULL), STATUS_SUCCESS);
    ck_assert_uint_eq(counts.states, 1);
}
END_TEST

/* S6.46: a request cancelled before anybody was told needs no notification. */
START_TEST(ready_is_not_notified_for_what_a_client_has_taken_back)
{
    WDFUSEFILE file = start_with_ready_notify();
    WdfIoQueueStop(queue, NULL, NULL);
    WdfuseInprocCancel(begin_read(file, 8));
    WdfIoQueueStart(queue);
    ck_assert_uint_eq(counts.states, 0);
}
END_TEST

static char ready_marks[16];

static VOID retrieve_everything(WDFQUEUE Queue, WDFCONTEXT Context)
{
    note_state(Queue, Context);
    WDFREQUEST request;
    while (NT_SUCCESS(WdfIoQueueRetrieveNextRequest(Queue, &request))) {
        ready_marks[strlen(ready_marks)] = mark_of(request);
        hold(request);
    }
}

/* S6.44 */
START_TEST(a_ready_callback_that_empties_the_queue_gets_everything_in_order)
{
    memset(ready_marks, 0, sizeof(ready_marks));
    WDFUSEFILE file = start_manual_with(2);
    ck_status_eq(WdfIoQueueReadyNotify(queue, retrieve_everything, NULL), STATUS_SUCCESS);
    begin_marked_write(file, 'C');
    ck_assert_str_eq(ready_marks, "ABC");
}
END_TEST

/* S6.61 */
START_TEST(requeue_into_an_empty_queue_notifies_ready)
{
    WDFUSEFILE file = start_with_ready_notify();
    begin_read(file, 8);
    ck_status_eq(WdfRequestRequeue(retrieve(queue)), STATUS_SUCCESS);
    ck_assert_uint_eq(counts.states, 2);
}
END_TEST

/* S6.61 */
START_TEST(requeue_before_others_does_not_notify_ready)
{
    WDFUSEFILE file = start_with_ready_notify();
    begin_read(file, 8);
    begin_read(file, 8);
    ck_status_eq(WdfRequestRequeue(retrieve(queue)), STATUS_SUCCESS);
    ck_assert_uint_eq(counts.states, 1);
}
END_TEST

static TCase *ready_tests(void)
{
    TCase *tests = tcase_create("ready notify");
    tcase_add_checked_fixture(tests, NULL, holding_stop);
    tcase_add_test(tests, only_a_manual_queue_notifies_that_it_is_ready);
    tcase_add_test(tests, a_second_ready_callback_is_refused);
    tcase_add_test(tests, a_ready_callback_that_was_never_given_cannot_be_taken_back);
    tcase_add_test(tests, a_ready_callback_cannot_be_taken_back_from_a_running_queue);
    tcase_add_test(tests, a_ready_callback_can_be_taken_back_from_a_stopped_queue);
    tcase_add_test(tests, a_ready_callback_for_a_deleted_queue_is_refused);
    tcase_add_test(tests, ready_is_notified_when_an_empty_queue_gets_something_and_only_then);
    tcase_add_test(tests, ready_is_notified_again_after_the_queue_was_emptied);
    tcase_add_test(tests, ready_is_notified_again_after_a_start_with_something_waiting);
    tcase_add_test(tests, ready_is_not_notified_while_the_queue_is_stopped);
    tcase_add_test(tests, ready_is_notified_at_registration_if_something_has_come_before);
    tcase_add_test(tests, ready_is_not_notified_for_what_a_client_has_taken_back);
    tcase_add_test(tests, a_ready_callback_that_empties_the_queue_gets_everything_in_order);
    tcase_add_test(tests, requeue_into_an_empty_queue_notifies_ready);
    tcase_add_test(tests, requeue_before_others_does_not_notify_ready);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("queue ready");
    suite_add_tcase(suite, ready_tests());
    return unit_run(suite);
}
