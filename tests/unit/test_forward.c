/* Forward and requeue: from queue to queue (S6.55-S6.61). */
#include <string.h>

#include "holding.h"
#include "port/thread.h"
#include "unit.h"

static WDFUSEIO ios[4];

/* A manual queue with this many marked writes in it: A, B, C ... */
static WDFUSEFILE start_manual_with(unsigned count)
{
    start_queue(WdfIoQueueDispatchManual);
    WDFUSEFILE file = open_file();
    for (unsigned i = 0; i < count; i++)
        ios[i] = begin_marked_write(file, (char)('A' + i));
    return file;
}

/* Retrieves all that is queued, and returns its marks. */
static const char *retrieve_marks(WDFQUEUE from)
{
    static char marks[16];
    memset(marks, 0, sizeof(marks));
    WDFREQUEST request;
    for (unsigned i = 0; NT_SUCCESS(WdfIoQueueRetrieveNextRequest(from, &request)); i++) {
        marks[i] = mark_of(request);
        hold(request);
    }
    return marks;
}

/* The first request of the queue, which stays there: with a reference. */
static WDFREQUEST find_first(void)
{
    WDFREQUEST found;
    ck_status_eq(WdfIoQueueFindRequest(queue, NULL, NULL, NULL, &found), STATUS_SUCCESS);
    return found;
}

/* ---- forward ---- */

/* S6.56, S15.37 */
START_TEST(a_forwarded_request_goes_to_the_tail)
{
    start_queue(WdfIoQueueDispatchParallel);
    WDFQUEUE other = create_queue(WdfIoQueueDispatchManual);
    WDFUSEFILE file = open_file();
    for (unsigned i = 0; i < 3; i++) {
        begin_marked_write(file, (char)('A' + i));
        ck_status_eq(WdfRequestForwardToIoQueue(take_held(), other), STATUS_SUCCESS);
    }
    ck_assert_str_eq(retrieve_marks(other), "ABC");
}
END_TEST

/* S6.56 */
START_TEST(a_forwarded_request_is_dispatched_by_its_new_queue)
{
    start_queue(WdfIoQueueDispatchParallel);
    WDFQUEUE other = create_queue(WdfIoQueueDispatchSequential);
    begin_read(open_file(), 8);
    ck_status_eq(WdfRequestForwardToIoQueue(take_held(), other), STATUS_SUCCESS);
    ck_queue(other, 0, 1);
}
END_TEST

/* S6.57 */
START_TEST(a_forwarded_request_belongs_to_its_new_queue)
{
    start_queue(WdfIoQueueDispatchParallel);
    WDFQUEUE other = create_queue(WdfIoQueueDispatchSequential);
    begin_read(open_file(), 8);
    ck_status_eq(WdfRequestForwardToIoQueue(take_held(), other), STATUS_SUCCESS);
    ck_assert_ptr_eq(WdfRequestGetIoQueue(held()), other);
}
END_TEST

/* S6.57 */
START_TEST(a_forwarded_request_is_no_longer_counted_by_its_old_queue)
{
    start_queue(WdfIoQueueDispatchParallel);
    WDFQUEUE other = create_queue(WdfIoQueueDispatchManual);
    begin_read(open_file(), 8);
    ck_status_eq(WdfRequestForwardToIoQueue(take_held(), other), STATUS_SUCCESS);
    ck_queue(queue, 0, 0);
}
END_TEST

typedef struct _NUMBERED {
    ULONG Number;
} NUMBERED;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(NUMBERED, GetNumbered)

static VOID give_requests_a_number(PWDFDEVICE_INIT DeviceInit)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, NUMBERED);
    WdfDeviceInitSetRequestAttributes(DeviceInit, &attributes);
}

/* S6.58 */
START_TEST(context_and_information_survive_forwarding)
{
    prepare_init = give_requests_a_number;
    start_queue(WdfIoQueueDispatchParallel);
    WDFQUEUE other = create_queue(WdfIoQueueDispatchManual);
    begin_read(open_file(), 8);
    GetNumbered(held())->Number = 7;
    WdfRequestSetInformation(held(), 5);
    ck_status_eq(WdfRequestForwardToIoQueue(take_held(), other), STATUS_SUCCESS);
    WDFREQUEST request = retrieve(other);
    hold(request);
    ck_assert(GetNumbered(request)->Number == 7 && WdfRequestGetInformation(request) == 5);
}
END_TEST

/* S6.55, S6.25, S15.21, S15.38 */
START_TEST(forward_to_a_queue_that_does_not_accept_is_busy)
{
    start_queue(WdfIoQueueDispatchParallel);
    WDFQUEUE other = create_queue(WdfIoQueueDispatchManual);
    WdfIoQueuePurge(other, NULL, NULL);
    begin_read(open_file(), 8);
    ck_status_eq(WdfRequestForwardToIoQueue(held(), other), STATUS_WDF_BUSY);
}
END_TEST

/* S6.55, S15.38 */
START_TEST(a_request_that_could_not_be_forwarded_is_still_the_drivers)
{
    start_queue(WdfIoQueueDispatchParallel);
    WDFQUEUE other = create_queue(WdfIoQueueDispatchManual);
    WdfIoQueuePurge(other, NULL, NULL);
    WDFUSEIO io = begin_read(open_file(), 8);
    NTSTATUS status = WdfRequestForwardToIoQueue(held(), other);
    complete_held(status);
    answer(io, STATUS_DEVICE_BUSY); /* S7.7 */
}
END_TEST

/* S6.55 */
START_TEST(forward_to_the_same_queue_is_refused)
{
    start_queue(WdfIoQueueDispatchParallel);
    begin_read(open_file(), 8);
    ck_status_eq(WdfRequestForwardToIoQueue(held(), queue), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S6.55, S7.34 */
START_TEST(forward_of_a_cancelable_request_is_refused)
{
    start_queue(WdfIoQueueDispatchParallel);
    WDFQUEUE other = create_queue(WdfIoQueueDispatchManual);
    begin_read(open_file(), 8);
    ck_status_eq(WdfRequestMarkCancelableEx(held(), note_cancel), STATUS_SUCCESS);
    ck_status_eq(WdfRequestForwardToIoQueue(held(), other), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S6.55 */
START_TEST(forward_of_a_request_that_is_not_the_drivers_is_refused)
{
    start_manual_with(1);
    WDFQUEUE other = create_queue(WdfIoQueueDispatchManual);
    WDFREQUEST found = find_first();
    NTSTATUS status = WdfRequestForwardToIoQueue(found, other);
    WdfObjectDereference(found);
    ck_status_eq(status, STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S6.26, S6.55 */
START_TEST(forward_of_a_cancelled_request_succeeds_and_cancels)
{
    start_queue(WdfIoQueueDispatchParallel);
    WDFQUEUE other = create_queue(WdfIoQueueDispatchManual);
    WDFUSEIO io = begin_read(open_file(), 8);
    WdfuseInprocCancel(io);
    ck_status_eq(WdfRequestForwardToIoQueue(take_held(), other), STATUS_SUCCESS);
    answer(io, STATUS_CANCELLED);
}
END_TEST

/* S6.26, S6.41 */
START_TEST(forward_of_a_cancelled_request_calls_canceled_on_queue_of_the_new_queue)
{
    start_queue(WdfIoQueueDispatchParallel);
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    config.EvtIoCanceledOnQueue = hold_cancelled_on_queue;
    WDFQUEUE other = create_queue_with(&config);
    WdfuseInprocCancel(begin_read(open_file(), 8));
    ck_status_eq(WdfRequestForwardToIoQueue(take_held(), other), STATUS_SUCCESS);
    ck_assert_uint_eq(counts.cancelled_on_queue, 1);
}
END_TEST

/* S5.25 */
START_TEST(a_forwarded_read_of_no_bytes_meets_the_setting_of_its_new_queue)
{
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.AllowZeroLengthRequests = TRUE;
    start_device();
    WDFQUEUE other = create_queue(WdfIoQueueDispatchSequential);
    WDFUSEIO io = begin_read(open_file(), 0);
    ck_status_eq(WdfRequestForwardToIoQueue(take_held(), other), STATUS_SUCCESS);
    answer(io, STATUS_SUCCESS);
}
END_TEST

static _Atomic(bool) is_deleted;

static void delete_queue(void *queue_to_delete)
{
    WdfObjectDelete(queue_to_delete);
    is_deleted = true;
}

static bool accepts(WDFQUEUE of)
{
    return (WdfIoQueueGetState(of, NULL, NULL) & WdfIoQueueAcceptRequests) != 0;
}

/* S6.57, S6.80: even if the thread that forwards may not dispatch, and there is nothing to
 * dispatch. */
START_TEST(a_queue_whose_last_request_is_forwarded_can_go)
{
    WDF_OBJECT_ATTRIBUTES_INIT(&device_attributes);
    device_attributes.ExecutionLevel = WdfExecutionLevelPassive;
    start_queue(WdfIoQueueDispatchParallel);
    WDFQUEUE going = create_queue(WdfIoQueueDispatchSequential);
    WDFQUEUE staying = create_queue(WdfIoQueueDispatchManual);
    WDFSPINLOCK lock;
    ck_status_eq(WdfSpinLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &lock), STATUS_SUCCESS);
    begin_read(open_file(), 8);
    ck_status_eq(WdfRequestForwardToIoQueue(take_held(), going), STATUS_SUCCESS);

    is_deleted = false;
    struct port_thread deleter;
    WdfObjectReference(going);
    ck_assert_int_eq(port_thread_start(&deleter, "deleter", delete_queue, going), 0);
    eventually(!accepts(going));
    WdfSpinLockAcquire(lock);
    NTSTATUS status = WdfRequestForwardToIoQueue(take_held(), staying);
    WdfSpinLockRelease(lock);
    ck_status_eq(status, STATUS_SUCCESS);
    eventually(is_deleted);
    port_thread_join(&deleter);
    WdfObjectDereference(going);
}
END_TEST

/* ---- requeue ---- */

/* S6.60, S15.37 */
START_TEST(a_requeued_request_goes_to_the_head)
{
    start_manual_with(3);
    ck_status_eq(WdfRequestRequeue(retrieve(queue)), STATUS_SUCCESS);
    ck_assert_str_eq(retrieve_marks(queue), "ABC");
}
END_TEST

/* S6.60, S15.37 */
START_TEST(requeue_on_a_queue_that_is_not_manual_is_refused)
{
    start_queue(WdfIoQueueDispatchSequential);
    begin_read(open_file(), 8);
    ck_status_eq(WdfRequestRequeue(held()), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S6.60, S7.34 */
START_TEST(requeue_of_a_cancelable_request_is_refused)
{
    start_manual_with(1);
    hold(retrieve(queue));
    ck_status_eq(WdfRequestMarkCancelableEx(held(), note_cancel), STATUS_SUCCESS);
    ck_status_eq(WdfRequestRequeue(held()), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S6.60 */
START_TEST(requeue_of_a_request_that_is_not_the_drivers_is_refused)
{
    start_manual_with(1);
    WDFREQUEST found = find_first();
    NTSTATUS status = WdfRequestRequeue(found);
    WdfObjectDereference(found);
    ck_status_eq(status, STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S6.60, S6.14 */
START_TEST(requeue_of_a_cancelled_request_succeeds_and_cancels)
{
    start_manual_with(1);
    WDFREQUEST request = retrieve(queue);
    WdfuseInprocCancel(ios[0]);
    ck_status_eq(WdfRequestRequeue(request), STATUS_SUCCESS);
    answer(ios[0], STATUS_CANCELLED);
}
END_TEST

static TCase *moving_case(const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, NULL, holding_stop);
    return tests;
}

static TCase *forward_tests(void)
{
    TCase *tests = moving_case("forward");
    tcase_add_test(tests, a_forwarded_request_goes_to_the_tail);
    tcase_add_test(tests, a_forwarded_request_is_dispatched_by_its_new_queue);
    tcase_add_test(tests, a_forwarded_request_belongs_to_its_new_queue);
    tcase_add_test(tests, a_forwarded_request_is_no_longer_counted_by_its_old_queue);
    tcase_add_test(tests, context_and_information_survive_forwarding);
    tcase_add_test(tests, forward_to_a_queue_that_does_not_accept_is_busy);
    tcase_add_test(tests, a_request_that_could_not_be_forwarded_is_still_the_drivers);
    tcase_add_test(tests, forward_to_the_same_queue_is_refused);
    tcase_add_test(tests, forward_of_a_cancelable_request_is_refused);
    tcase_add_test(tests, forward_of_a_request_that_is_not_the_drivers_is_refused);
    tcase_add_test(tests, forward_of_a_cancelled_request_succeeds_and_cancels);
    tcase_add_test(tests, forward_of_a_cancelled_request_calls_canceled_on_queue_of_the_new_queue);
    tcase_add_test(tests, a_queue_whose_last_request_is_forwarded_can_go);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_forwarded_read_of_no_bytes_meets_the_setting_of_its_new_queue);
    return tests;
}

static TCase *requeue_tests(void)
{
    TCase *tests = moving_case("requeue");
    tcase_add_test(tests, a_requeued_request_goes_to_the_head);
    tcase_add_test(tests, requeue_on_a_queue_that_is_not_manual_is_refused);
    tcase_add_test(tests, requeue_of_a_cancelable_request_is_refused);
    tcase_add_test(tests, requeue_of_a_request_that_is_not_the_drivers_is_refused);
    tcase_add_test(tests, requeue_of_a_cancelled_request_succeeds_and_cancels);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("forward");
    suite_add_tcase(suite, forward_tests());
    suite_add_tcase(suite, requeue_tests());
    return unit_run(suite);
}
