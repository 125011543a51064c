/* Purge: its effect on existing requests (S6.11, S6.14-S6.17). The operations themselves are in
 * test_queuestate.c. */
#include "holding.h"
#include "unit.h"

static WDFUSEIO ios[4];

/* Three requests on a sequential queue: the driver has one, two wait. */
static void start_with_one_owned_and_two_queued(void)
{
    start_queue(WdfIoQueueDispatchSequential);
    WDFUSEFILE file = open_file();
    for (unsigned i = 0; i < 3; i++)
        ios[i] = begin_read(file, 8);
}

/* S6.11, S6.14 */
START_TEST(purge_answers_what_is_queued_with_cancelled_and_no_information)
{
    start_with_one_owned_and_two_queued();
    WdfIoQueuePurge(queue, NULL, NULL);
    ck_assert_uint_eq(answer(ios[1], STATUS_CANCELLED), 0);
}
END_TEST

/* S6.25, S15.21 */
START_TEST(a_purged_queue_refuses_what_arrives_with_invalid_device_state)
{
    start_queue(WdfIoQueueDispatchSequential);
    WdfIoQueuePurge(queue, NULL, NULL);
    WDFUSEIO io = begin_read(open_file(), 8);
    ck_assert_uint_eq(answer(io, STATUS_INVALID_DEVICE_STATE), 0);
}
END_TEST

/* S6.15, S15.24 */
START_TEST(purge_leaves_a_request_that_is_not_cancelable_to_the_driver)
{
    start_with_one_owned_and_two_queued();
    WdfIoQueuePurge(queue, NULL, NULL);
    complete_held(STATUS_SUCCESS);
    answer(ios[0], STATUS_SUCCESS);
}
END_TEST

/* One request that the driver has had and put back. */
static WDFUSEIO start_with_one_requeued(bool has_callback)
{
    describe_queue(WdfIoQueueDispatchManual);
    queue_config.EvtIoCanceledOnQueue = has_callback ? hold_cancelled_on_queue : NULL;
    start_device();
    WDFUSEIO io = begin_read(open_file(), 8);
    ck_status_eq(WdfRequestRequeue(retrieve(queue)), STATUS_SUCCESS);
    return io;
}

/* S6.14, S6.38 */
START_TEST(purge_gives_a_request_that_was_presented_to_canceled_on_queue)
{
    start_with_one_requeued(true);
    WdfIoQueuePurge(queue, NULL, NULL);
    ck_assert_uint_eq(counts.cancelled_on_queue, 1);
}
END_TEST

/* S6.11, S6.39 */
START_TEST(purge_waits_for_what_it_gave_to_canceled_on_queue)
{
    start_with_one_requeued(true);
    WdfIoQueuePurge(queue, note_state, NULL);
    unsigned before = counts.states;
    complete_held(STATUS_CANCELLED);
    ck_assert(before == 0 && counts.states == 1);
}
END_TEST

/* S6.14 */
START_TEST(purge_answers_a_request_that_was_presented_if_there_is_no_callback)
{
    WDFUSEIO io = start_with_one_requeued(false);
    WdfIoQueuePurge(queue, NULL, NULL);
    answer(io, STATUS_CANCELLED);
}
END_TEST

/* ---- the mark "cancel dispatched requests" ---- */

static WDFUSEIO start_with_one_owned_in_a_manual_queue(void)
{
    start_queue(WdfIoQueueDispatchManual);
    WDFUSEIO io = begin_read(open_file(), 8);
    hold(retrieve(queue));
    return io;
}

/* S6.17, S15.28 */
START_TEST(requeue_during_a_purge_succeeds_and_cancels)
{
    WDFUSEIO io = start_with_one_owned_in_a_manual_queue();
    WdfIoQueuePurge(queue, NULL, NULL);
    ck_status_eq(WdfRequestRequeue(take_held()), STATUS_SUCCESS);
    answer(io, STATUS_CANCELLED);
}
END_TEST

/* S6.17, S15.28 */
START_TEST(marking_cancelable_during_a_purge_says_cancelled)
{
    start_with_one_owned_in_a_manual_queue();
    WdfIoQueueStopAndPurge(queue, NULL, NULL);
    ck_status_eq(WdfRequestMarkCancelableEx(held(), note_cancel), STATUS_CANCELLED);
}
END_TEST

/* S6.17, S7.18 */
START_TEST(marking_cancelable_without_a_status_during_a_purge_calls_cancel)
{
    start_with_one_owned_in_a_manual_queue();
    WdfIoQueuePurge(queue, NULL, NULL);
    WdfRequestMarkCancelable(held(), note_cancel);
    ck_assert_uint_eq(counts.cancelled, 1);
}
END_TEST

/* S7.23 */
START_TEST(a_purge_does_not_cancel_a_request_that_the_driver_merely_owns)
{
    WDFUSEIO io = start_with_one_owned_in_a_manual_queue();
    WdfIoQueuePurge(queue, NULL, NULL);
    ck_assert(!WdfRequestIsCanceled(held()));
    WdfuseInprocCancel(io);
    ck_assert(WdfRequestIsCanceled(held()));
}
END_TEST

/* S7.23, S6.14 */
START_TEST(a_cancelable_request_is_cancelled_by_a_purge_and_by_no_later_start)
{
    start_with_one_owned_in_a_manual_queue();
    ck_status_eq(WdfRequestMarkCancelableEx(held(), note_cancel), STATUS_SUCCESS);
    WdfIoQueuePurge(queue, NULL, NULL);
    ck_assert_uint_eq(counts.cancelled, 1);
    ck_assert(WdfRequestIsCanceled(held()));
    WdfIoQueueStart(queue);
    ck_assert(WdfRequestIsCanceled(held()));
}
END_TEST

/* S7.23, S6.38 */
START_TEST(a_queued_request_is_cancelled_by_a_purge)
{
    start_with_one_requeued(true);
    WdfIoQueuePurge(queue, NULL, NULL);
    ck_assert(WdfRequestIsCanceled(held()));
}
END_TEST

/* S7.57 */
START_TEST(reuse_forgets_what_a_purge_has_cancelled)
{
    start_with_one_requeued(true);
    WdfIoQueuePurge(queue, NULL, NULL);
    WDF_REQUEST_REUSE_PARAMS params;
    WDF_REQUEST_REUSE_PARAMS_INIT(&params, WDF_REQUEST_REUSE_NO_FLAGS, STATUS_SUCCESS);
    ck_status_eq(WdfRequestReuse(held(), &params), STATUS_SUCCESS);
    ck_assert(!WdfRequestIsCanceled(held()));
}
END_TEST

/* S6.17 */
START_TEST(start_ends_the_cancelling_of_a_purge)
{
    start_with_one_owned_in_a_manual_queue();
    WdfIoQueuePurge(queue, NULL, NULL);
    WdfIoQueueStart(queue);
    ck_status_eq(WdfRequestMarkCancelableEx(held(), note_cancel), STATUS_SUCCESS);
}
END_TEST

/* S6.17 */
START_TEST(the_cancelling_of_a_purge_ends_with_its_completion)
{
    start_with_one_owned_in_a_manual_queue();
    WdfIoQueueStopAndPurge(queue, note_state, NULL);
    complete_held(STATUS_SUCCESS);
    WDFUSEIO io = begin_read(open_file(), 8);
    WdfIoQueueStart(queue);
    ck_status_eq(WdfRequestRequeue(retrieve(queue)), STATUS_SUCCESS);
    ck_pending(io);
}
END_TEST

/* S6.25: a stop does not cancel anything. */
START_TEST(requeue_works_while_the_queue_is_stopped)
{
    WDFUSEIO io = start_with_one_owned_in_a_manual_queue();
    WdfIoQueueStop(queue, NULL, NULL);
    ck_status_eq(WdfRequestRequeue(take_held()), STATUS_SUCCESS);
    ck_pending(io);
}
END_TEST

/* S6.25 */
START_TEST(requeue_works_while_the_queue_does_not_accept)
{
    WDFUSEIO io = start_with_one_owned_in_a_manual_queue();
    WdfIoQueueDrain(queue, NULL, NULL);
    ck_status_eq(WdfRequestRequeue(take_held()), STATUS_SUCCESS);
    ck_pending(io);
}
END_TEST

/* ---- while the framework cancels ---- */

static void (*on_cleanup)(void);

static VOID note_cleanup(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    void (*action)(void) = on_cleanup;
    on_cleanup = NULL;
    if (action != NULL)
        action();
}

static VOID give_requests_a_cleanup(PWDFDEVICE_INIT DeviceInit)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.EvtCleanupCallback = note_cleanup;
    WdfDeviceInitSetRequestAttributes(DeviceInit, &attributes);
}

/* Two requests that the driver has had, in a stopped queue of that type. The cleanup callback of
 * the one that is cancelled first does something. */
static WDFQUEUE start_with_two_forwarded(WDF_IO_QUEUE_DISPATCH_TYPE type)
{
    prepare_init = give_requests_a_cleanup;
    start_queue(WdfIoQueueDispatchParallel);
    WDFQUEUE other = create_queue(type);
    WdfIoQueueStop(other, NULL, NULL);
    WDFUSEFILE file = open_file();
    for (unsigned i = 0; i < 2; i++) {
        ios[i] = begin_read(file, 8);
        ck_status_eq(WdfRequestForwardToIoQueue(take_held(), other), STATUS_SUCCESS);
    }
    return other;
}

static WDFQUEUE cancelling_queue;

static void start_cancelling_queue(void)
{
    WdfIoQueueStart(cancelling_queue);
}

/* S6.11, S6.14: requests that were there when the purge came are cancelled, whatever happens
 * meanwhile. */
START_TEST(a_start_while_a_purge_cancels_does_not_save_what_it_cancels)
{
    cancelling_queue = start_with_two_forwarded(WdfIoQueueDispatchSequential);
    on_cleanup = start_cancelling_queue;
    WdfIoQueuePurge(cancelling_queue, NULL, NULL);
    answer(ios[0], STATUS_CANCELLED);
    answer(ios[1], STATUS_CANCELLED);
}
END_TEST

static void cancel_the_other(void)
{
    WdfuseInprocCancel(ios[1]);
}

/* S6.14 */
START_TEST(a_client_may_cancel_what_a_purge_is_about_to_cancel)
{
    cancelling_queue = start_with_two_forwarded(WdfIoQueueDispatchManual);
    on_cleanup = cancel_the_other;
    WdfIoQueuePurge(cancelling_queue, note_state, NULL);
    answer(ios[1], STATUS_CANCELLED);
    ck_queue(cancelling_queue, 0, 0);
}
END_TEST

static TCase *purge_tests(void)
{
    TCase *tests = tcase_create("purge");
    tcase_add_checked_fixture(tests, NULL, holding_stop);
    tcase_add_test(tests, purge_answers_what_is_queued_with_cancelled_and_no_information);
    tcase_add_test(tests, a_purged_queue_refuses_what_arrives_with_invalid_device_state);
    tcase_add_test(tests, purge_leaves_a_request_that_is_not_cancelable_to_the_driver);
    tcase_add_test(tests, purge_gives_a_request_that_was_presented_to_canceled_on_queue);
    tcase_add_test(tests, purge_waits_for_what_it_gave_to_canceled_on_queue);
    tcase_add_test(tests, purge_answers_a_request_that_was_presented_if_there_is_no_callback);
    tcase_add_test(tests, requeue_during_a_purge_succeeds_and_cancels);
    tcase_add_test(tests, marking_cancelable_during_a_purge_says_cancelled);
    tcase_add_test(tests, marking_cancelable_without_a_status_during_a_purge_calls_cancel);
    tcase_add_test(tests, a_purge_does_not_cancel_a_request_that_the_driver_merely_owns);
    tcase_add_test(tests, a_cancelable_request_is_cancelled_by_a_purge_and_by_no_later_start);
    tcase_add_test(tests, a_queued_request_is_cancelled_by_a_purge);
    tcase_add_test(tests, reuse_forgets_what_a_purge_has_cancelled);
    tcase_add_test(tests, start_ends_the_cancelling_of_a_purge);
    tcase_add_test(tests, the_cancelling_of_a_purge_ends_with_its_completion);
    tcase_add_test(tests, requeue_works_while_the_queue_is_stopped);
    tcase_add_test(tests, requeue_works_while_the_queue_does_not_accept);
    tcase_add_test(tests, a_start_while_a_purge_cancels_does_not_save_what_it_cancels);
    tcase_add_test(tests, a_client_may_cancel_what_a_purge_is_about_to_cancel);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("queue purge");
    suite_add_tcase(suite, purge_tests());
    return unit_run(suite);
}
