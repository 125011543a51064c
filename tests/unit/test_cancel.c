/* Cancellation (S7.18-S7.33, S6.38-S6.41). The races are in test_cancelrace.c. */
#include <string.h>

#include "framework/io.h"
#include "holding.h"
#include "unit.h"

static void setup(void)
{
    start_queue(WdfIoQueueDispatchParallel);
}

/* An EvtRequestCancel that completes the request, as most do. */
static VOID complete_cancelled(WDFREQUEST Request)
{
    counts.cancelled++;
    ck_assert_ptr_eq(take_held(), Request);
    WdfRequestComplete(Request, STATUS_CANCELLED);
}

static WDFUSEIO begin_cancelable(PFN_WDF_REQUEST_CANCEL cancel)
{
    WDFUSEIO io = begin_read(open_file(), 8);
    ck_status_eq(WdfRequestMarkCancelableEx(held(), cancel), STATUS_SUCCESS);
    return io;
}

/* ---- marking ---- */

/* S7.18, S7.31 */
START_TEST(a_cancelable_request_is_cancelled_by_its_client)
{
    WDFUSEIO io = begin_cancelable(complete_cancelled);
    WdfuseInprocCancel(io);
    answer(io, STATUS_CANCELLED);
}
END_TEST

/* S7.22 */
START_TEST(a_request_that_is_not_cancelable_is_left_alone)
{
    WDFUSEIO io = begin_read(open_file(), 8);
    WdfuseInprocCancel(io);
    ck_pending(io);
}
END_TEST

/* S7.25 */
START_TEST(cancel_is_called_once_however_often_the_client_cancels)
{
    WDFUSEIO io = begin_cancelable(note_cancel);
    WdfuseInprocCancel(io);
    WdfuseInprocCancel(io);
    ck_assert_uint_eq(counts.cancelled, 1);
}
END_TEST

/* S7.28, S15.44 */
START_TEST(cancel_completes_nothing_by_itself)
{
    WDFUSEIO io = begin_cancelable(note_cancel);
    WdfuseInprocCancel(io);
    ck_pending(io);
}
END_TEST

/* S7.18, S15.42 */
START_TEST(marking_a_cancelled_request_with_a_status_says_cancelled_and_does_not_call)
{
    WDFUSEIO io = begin_read(open_file(), 8);
    WdfuseInprocCancel(io);
    ck_status_eq(WdfRequestMarkCancelableEx(held(), note_cancel), STATUS_CANCELLED);
    ck_assert_uint_eq(counts.cancelled, 0);
}
END_TEST

/* S7.18, S7.19, S15.42 */
START_TEST(marking_a_cancelled_request_without_a_status_calls_cancel)
{
    WDFUSEIO io = begin_read(open_file(), 8);
    WdfuseInprocCancel(io);
    WdfRequestMarkCancelable(held(), complete_cancelled);
    answer(io, STATUS_CANCELLED);
}
END_TEST

static unsigned cancelled_before_return;

static VOID be_cancelled_and_mark(WDFQUEUE Queue, WDFREQUEST Request)
{
    hold_request(Queue, Request);
    WdfIoQueuePurge(Queue, NULL, NULL); /* cancels as the client would */
    WdfRequestMarkCancelable(Request, note_cancel);
    cancelled_before_return = counts.cancelled;
}

/* S7.19, S7.29 */
START_TEST(cancel_waits_until_the_request_callback_has_returned)
{
    holding_stop();
    describe_queue(WdfIoQueueDispatchSequential);
    queue_config.EvtIoDefault = be_cancelled_and_mark;
    start_device();
    cancelled_before_return = 9;
    begin_read(open_file(), 8);
    ck_assert(cancelled_before_return == 0 && counts.cancelled == 1);
}
END_TEST

/* S7.18, S13.9 */
START_TEST(marking_twice_is_refused)
{
    begin_cancelable(note_cancel);
    ck_status_eq(WdfRequestMarkCancelableEx(held(), note_cancel), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S7.18, S13.8 */
START_TEST(marking_a_request_that_is_not_the_drivers_is_refused)
{
    WDFQUEUE other = create_queue(WdfIoQueueDispatchManual);
    begin_read(open_file(), 8);
    WDFREQUEST request = take_held();
    ck_status_eq(WdfRequestForwardToIoQueue(request, other), STATUS_SUCCESS);
    ck_status_eq(WdfRequestMarkCancelableEx(request, note_cancel), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* ---- unmarking ---- */

/* S7.20 */
START_TEST(unmarking_takes_the_request_back)
{
    WDFUSEIO io = begin_cancelable(note_cancel);
    ck_status_eq(WdfRequestUnmarkCancelable(held()), STATUS_SUCCESS);
    WdfuseInprocCancel(io);
    ck_assert_uint_eq(counts.cancelled, 0);
}
END_TEST

/* S7.20 */
START_TEST(unmarking_after_cancel_was_called_says_cancelled)
{
    WdfuseInprocCancel(begin_cancelable(note_cancel));
    ck_status_eq(WdfRequestUnmarkCancelable(held()), STATUS_CANCELLED);
}
END_TEST

/* S7.20, S7.30: "has run" too, however it ended. The driver's reference keeps the handle valid. */
START_TEST(unmarking_after_cancel_has_completed_the_request_says_cancelled)
{
    WDFUSEIO io = begin_cancelable(complete_cancelled);
    WDFREQUEST request = held();
    WdfObjectReference(request);
    WdfuseInprocCancel(io);
    NTSTATUS status = WdfRequestUnmarkCancelable(request);
    WdfObjectDereference(request);
    ck_status_eq(status, STATUS_CANCELLED);
}
END_TEST

static NTSTATUS unmarked_in_callback;

static VOID unmark_while_cancel_is_due(WDFQUEUE Queue, WDFREQUEST Request)
{
    hold_request(Queue, Request);
    ck_status_eq(WdfRequestMarkCancelableEx(Request, note_cancel), STATUS_SUCCESS);
    WdfIoQueuePurge(Queue, NULL, NULL);
    unmarked_in_callback = WdfRequestUnmarkCancelable(Request);
}

/* S7.20: "will run". */
START_TEST(unmarking_while_cancel_is_due_says_cancelled)
{
    holding_stop();
    describe_queue(WdfIoQueueDispatchSequential);
    queue_config.EvtIoDefault = unmark_while_cancel_is_due;
    start_device();
    begin_read(open_file(), 8);
    ck_status_eq(unmarked_in_callback, STATUS_CANCELLED);
}
END_TEST

/* S7.20, S13.9 */
START_TEST(unmarking_what_was_never_marked_is_refused)
{
    begin_read(open_file(), 8);
    ck_status_eq(WdfRequestUnmarkCancelable(held()), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S7.20 */
START_TEST(a_request_can_be_marked_again_after_unmarking)
{
    WDFUSEIO io = begin_cancelable(note_cancel);
    ck_status_eq(WdfRequestUnmarkCancelable(held()), STATUS_SUCCESS);
    ck_status_eq(WdfRequestMarkCancelableEx(held(), complete_cancelled), STATUS_SUCCESS);
    WdfuseInprocCancel(io);
    answer(io, STATUS_CANCELLED);
}
END_TEST

/* ---- asking ---- */

/* S7.23 */
START_TEST(a_request_is_cancelled_once_its_client_has_given_up)
{
    WDFUSEIO io = begin_read(open_file(), 8);
    BOOLEAN before = WdfRequestIsCanceled(held());
    WdfuseInprocCancel(io);
    ck_assert(!before && WdfRequestIsCanceled(held()));
}
END_TEST

/* S7.23 */
START_TEST(asking_whether_a_cancelable_request_is_cancelled_is_reported)
{
    begin_cancelable(note_cancel);
    last_verifier_message();
    BOOLEAN is_cancelled = WdfRequestIsCanceled(held());
    ck_assert(!is_cancelled && strstr(last_verifier_message(), "S7.23") != NULL);
}
END_TEST

/* S7.33 */
START_TEST(closing_the_file_does_not_cancel_what_the_driver_owns)
{
    WDFUSEFILE file = open_file();
    WDFUSEIO io = begin_read(file, 8);
    ck_status_eq(WdfRequestMarkCancelableEx(held(), note_cancel), STATUS_SUCCESS);
    close_file(file);
    ck_assert_uint_eq(counts.cancelled, 0);
    ck_status_eq(WdfRequestUnmarkCancelable(held()), STATUS_SUCCESS);
    complete_held(STATUS_SUCCESS);
    answer(io, STATUS_SUCCESS);
}
END_TEST

/* ---- in a queue ---- */

static WDFQUEUE parking;

static void start_with_parking(bool has_callback)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    config.EvtIoCanceledOnQueue = has_callback ? hold_cancelled_on_queue : NULL;
    parking = create_queue_with(&config);
}

static WDFUSEIO begin_parked(void)
{
    WDFUSEIO io = begin_read(open_file(), 8);
    ck_status_eq(WdfRequestForwardToIoQueue(take_held(), parking), STATUS_SUCCESS);
    return io;
}

/* S6.27, S6.40 */
START_TEST(a_request_that_waits_is_answered_when_its_client_cancels)
{
    WdfIoQueueStop(queue, NULL, NULL);
    WDFUSEIO io = begin_read(open_file(), 8);
    WdfuseInprocCancel(io);
    ck_assert_uint_eq(answer(io, STATUS_CANCELLED), 0);
}
END_TEST

/* S6.38, S15.30 */
START_TEST(canceled_on_queue_is_not_called_for_what_the_driver_never_saw)
{
    holding_stop();
    describe_queue(WdfIoQueueDispatchManual);
    queue_config.EvtIoCanceledOnQueue = hold_cancelled_on_queue;
    start_device();
    WDFUSEIO io = begin_read(open_file(), 8);
    WdfuseInprocCancel(io);
    answer(io, STATUS_CANCELLED);
}
END_TEST

/* S6.38, S15.30 */
START_TEST(canceled_on_queue_is_called_for_what_the_driver_has_put_back)
{
    holding_stop();
    describe_queue(WdfIoQueueDispatchManual);
    queue_config.EvtIoCanceledOnQueue = hold_cancelled_on_queue;
    start_device();
    WDFUSEIO io = begin_read(open_file(), 8);
    ck_status_eq(WdfRequestRequeue(retrieve(queue)), STATUS_SUCCESS);
    WdfuseInprocCancel(io);
    ck_assert_uint_eq(counts.cancelled_on_queue, 1);
}
END_TEST

/* S6.39 */
START_TEST(canceled_on_queue_leaves_the_completion_to_the_driver)
{
    start_with_parking(true);
    WDFUSEIO io = begin_parked();
    WdfuseInprocCancel(io);
    ck_pending(io);
    complete_held(STATUS_UNSUCCESSFUL);
    answer(io, STATUS_UNSUCCESSFUL);
}
END_TEST

/* S6.39 */
START_TEST(canceled_on_queue_makes_the_request_the_drivers)
{
    start_with_parking(true);
    WdfuseInprocCancel(begin_parked());
    ck_queue(parking, 0, 1);
}
END_TEST

/* S6.40 */
START_TEST(without_canceled_on_queue_the_framework_answers)
{
    start_with_parking(false);
    WDFUSEIO io = begin_parked();
    WdfuseInprocCancel(io);
    ck_assert_uint_eq(answer(io, STATUS_CANCELLED), 0);
}
END_TEST

/* S6.41: the default queue has a callback too, but the request was not there. */
START_TEST(canceled_on_queue_is_the_one_of_the_queue_where_it_was)
{
    holding_stop();
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.EvtIoCanceledOnQueue = hold_cancelled_on_queue;
    start_device();
    start_with_parking(false);
    WDFUSEIO io = begin_parked();
    WdfuseInprocCancel(io);
    answer(io, STATUS_CANCELLED);
}
END_TEST

/* S6.38 */
START_TEST(canceled_on_queue_is_called_when_the_file_is_closed)
{
    start_with_parking(true);
    WDFUSEFILE file = open_file();
    begin_read(file, 8);
    ck_status_eq(WdfRequestForwardToIoQueue(take_held(), parking), STATUS_SUCCESS);
    close_file(file);
    ck_assert_uint_eq(counts.cancelled_on_queue, 1);
}
END_TEST

/* ---- before it is submitted ---- */

static NTSTATUS early_status;
static unsigned early_answers;

static void note_early_answer(struct io_request *request, NTSTATUS status, size_t information)
{
    UNREFERENCED_PARAMETER(request);
    UNREFERENCED_PARAMETER(information);
    early_status = status;
    early_answers++;
}

static const struct io_transport early_transport = {.name = "early", .complete = note_early_answer};

/* S6.26: as when the interrupt overtakes its request. */
START_TEST(a_request_that_is_cancelled_before_it_arrives_is_never_presented)
{
    early_answers = 0;
    struct io_file *file = (struct io_file *)open_file();
    struct io_request *request = io_request_create(io_file_device(file), &early_transport);
    ck_assert_ptr_nonnull(request);
    request->type = WdfRequestTypeRead;
    request->file = file;
    request->output_length = 8;
    io_request_cancel(request);
    io_request_submit(request);
    ck_status_eq(early_status, STATUS_CANCELLED);
    ck_assert(early_answers == 1 && counts.presented == 0);
}
END_TEST

static TCase *cancel_case(const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, setup, holding_stop);
    return tests;
}

static TCase *marking_tests(void)
{
    TCase *tests = cancel_case("marking");
    tcase_add_test(tests, a_cancelable_request_is_cancelled_by_its_client);
    tcase_add_test(tests, a_request_that_is_not_cancelable_is_left_alone);
    tcase_add_test(tests, cancel_is_called_once_however_often_the_client_cancels);
    tcase_add_test(tests, cancel_completes_nothing_by_itself);
    tcase_add_test(tests,
                   marking_a_cancelled_request_with_a_status_says_cancelled_and_does_not_call);
    tcase_add_test(tests, marking_a_cancelled_request_without_a_status_calls_cancel);
    tcase_add_test(tests, cancel_waits_until_the_request_callback_has_returned);
    tcase_add_test(tests, marking_twice_is_refused);
    tcase_add_test(tests, marking_a_request_that_is_not_the_drivers_is_refused);
    tcase_add_test(tests, unmarking_takes_the_request_back);
    tcase_add_test(tests, unmarking_after_cancel_was_called_says_cancelled);
    tcase_add_test(tests, unmarking_after_cancel_has_completed_the_request_says_cancelled);
    tcase_add_test(tests, unmarking_while_cancel_is_due_says_cancelled);
    tcase_add_test(tests, unmarking_what_was_never_marked_is_refused);
    tcase_add_test(tests, a_request_can_be_marked_again_after_unmarking);
    tcase_add_test(tests, a_request_is_cancelled_once_its_client_has_given_up);
    tcase_add_test(tests, asking_whether_a_cancelable_request_is_cancelled_is_reported);
    tcase_add_test(tests, closing_the_file_does_not_cancel_what_the_driver_owns);
    return tests;
}

static TCase *queue_tests(void)
{
    TCase *tests = cancel_case("in a queue");
    tcase_add_test(tests, a_request_that_waits_is_answered_when_its_client_cancels);
    tcase_add_test(tests, canceled_on_queue_is_not_called_for_what_the_driver_never_saw);
    tcase_add_test(tests, canceled_on_queue_is_called_for_what_the_driver_has_put_back);
    tcase_add_test(tests, canceled_on_queue_leaves_the_completion_to_the_driver);
    tcase_add_test(tests, canceled_on_queue_makes_the_request_the_drivers);
    tcase_add_test(tests, without_canceled_on_queue_the_framework_answers);
    tcase_add_test(tests, canceled_on_queue_is_the_one_of_the_queue_where_it_was);
    tcase_add_test(tests, canceled_on_queue_is_called_when_the_file_is_closed);
    tcase_add_test(tests, a_request_that_is_cancelled_before_it_arrives_is_never_presented);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("cancel");
    suite_add_tcase(suite, marking_tests());
    suite_add_tcase(suite, queue_tests());
    return unit_run(suite);
}
