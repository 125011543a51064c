/* EvtIoInCallerContext and WdfDeviceEnqueueRequest (S5.16-S5.20). */
#include <signal.h>
#include <string.h>

#include "framework/io.h"
#include "holding.h"
#include "port/thread.h"
#include "unit.h"

/* What the callback should do with each request, and what it has seen. */
static struct {
    void (*action)(WDFDEVICE Device, WDFREQUEST Request);
    unsigned calls;
    port_thread_id thread;
    NTSTATUS status;
    WDFQUEUE queue;
    WDFREQUEST request;
} seen;

static VOID see_request(WDFDEVICE Device, WDFREQUEST Request)
{
    seen.calls++;
    seen.thread = port_thread_self();
    seen.request = Request;
    seen.action(Device, Request);
}

static VOID register_callback(PWDFDEVICE_INIT DeviceInit)
{
    WdfDeviceInitSetIoInCallerContextCallback(DeviceInit, see_request);
}

static void enqueue(WDFDEVICE Device, WDFREQUEST Request)
{
    seen.status = WdfDeviceEnqueueRequest(Device, Request);
}

static void enqueue_or_hold(WDFDEVICE Device, WDFREQUEST Request)
{
    enqueue(Device, Request);
    if (!NT_SUCCESS(seen.status))
        hold(Request);
}

static void keep(WDFDEVICE Device, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Device);
    hold(Request);
}

static void start_with(WDF_IO_QUEUE_DISPATCH_TYPE type, void (*action)(WDFDEVICE, WDFREQUEST))
{
    memset(&seen, 0, sizeof(seen));
    seen.action = action;
    prepare_init = register_callback;
    start_queue(type);
}

static void start_without_queue(void (*action)(WDFDEVICE, WDFREQUEST))
{
    memset(&seen, 0, sizeof(seen));
    seen.action = action;
    prepare_init = register_callback;
    start_device();
}

/* ---- when it is called ---- */

static WDFUSEIO begin_any(WDFUSEFILE file, unsigned kind, size_t length)
{
    if (kind == 0)
        return begin_read(file, length);
    if (kind == 1)
        return begin_write(file, length);
    return begin_control(file, 0x1234, length, length);
}

/* S5.16 */
START_TEST(reads_writes_and_controls_are_seen_in_the_callers_thread)
{
    start_with(WdfIoQueueDispatchParallel, keep);
    begin_any(open_file(), (unsigned)_i, 8);
    ck_assert(seen.calls == 1 && seen.thread == port_thread_self() && counts.presented == 0);
}
END_TEST

/* S5.16 */
START_TEST(opening_and_closing_are_not_seen)
{
    start_with(WdfIoQueueDispatchParallel, keep);
    close_file(open_file());
    ck_assert_uint_eq(seen.calls, 0);
}
END_TEST

/* S5.16 */
START_TEST(a_stopped_queue_does_not_delay_the_callback)
{
    start_with(WdfIoQueueDispatchParallel, enqueue);
    WdfIoQueueStop(queue, NULL, NULL);
    begin_read(open_file(), 8);
    ck_assert_uint_eq(seen.calls, 1);
    ck_queue(queue, 1, 0);
}
END_TEST

/* S5.16 */
START_TEST(a_suspended_device_does_not_delay_the_callback)
{
    start_with(WdfIoQueueDispatchParallel, enqueue);
    WDFUSEFILE file = open_file();
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    begin_read(file, 8);
    ck_assert_uint_eq(seen.calls, 1);
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    ck_assert_uint_eq(counts.presented, 1);
}
END_TEST

/* S5.16 */
START_TEST(a_read_of_no_bytes_is_seen_and_swallowed_by_its_queue)
{
    start_with(WdfIoQueueDispatchParallel, enqueue);
    WDFUSEIO io = begin_read(open_file(), 0);
    ck_assert_uint_eq(seen.calls, 1);
    answer(io, STATUS_SUCCESS);
    ck_assert_uint_eq(counts.presented, 0);
}
END_TEST

static bool is_locked_in_callback;

/* A thread above PASSIVE_LEVEL: it holds the device's lock, whose level is Dispatch. */
static void note_level(WDFDEVICE Device, WDFREQUEST Request)
{
    is_locked_in_callback = KeGetCurrentIrql() > PASSIVE_LEVEL;
    keep(Device, Request);
}

/* S5.16 */
START_TEST(no_presentation_lock_is_held_in_the_callback)
{
    describe_constraints(&device_attributes, WdfExecutionLevelDispatch,
                         WdfSynchronizationScopeDevice);
    start_with(WdfIoQueueDispatchSequential, note_level);
    begin_read(open_file(), 8);
    ck_assert(!is_locked_in_callback);
}
END_TEST

/* ---- what the driver may do there ---- */

/* S5.17 */
START_TEST(a_request_is_completed_in_the_callback)
{
    start_with(WdfIoQueueDispatchParallel, keep);
    WDFUSEIO io = begin_read(open_file(), 8);
    WdfRequestCompleteWithInformation(take_held(), STATUS_SUCCESS, 5);
    ck_assert_uint_eq(answer(io, STATUS_SUCCESS), 5);
}
END_TEST

/* S5.17 */
START_TEST(a_request_that_is_neither_completed_nor_enqueued_is_pending)
{
    start_with(WdfIoQueueDispatchParallel, keep);
    WDFUSEIO io = begin_read(open_file(), 8);
    ck_pending(io);
    ck_queue(queue, 0, 0);
}
END_TEST

static char written[8];

static void read_input(WDFDEVICE Device, WDFREQUEST Request)
{
    PVOID data;
    ck_status_eq(WdfRequestRetrieveInputBuffer(Request, 1, &data, NULL), STATUS_SUCCESS);
    written[0] = *(const char *)data;
    enqueue(Device, Request);
}

/* S5.20 */
START_TEST(buffers_are_retrieved_in_the_callback)
{
    start_with(WdfIoQueueDispatchParallel, read_input);
    begin_marked_write(open_file(), 'Q');
    ck_assert_int_eq(written[0], 'Q');
    ck_assert_int_eq(mark_of(held()), 'Q');
}
END_TEST

static void ask_queue(WDFDEVICE Device, WDFREQUEST Request)
{
    seen.queue = WdfRequestGetIoQueue(Request);
    enqueue(Device, Request);
}

/* S5.20, S7.42 */
START_TEST(a_request_has_no_queue_in_the_callback)
{
    start_with(WdfIoQueueDispatchParallel, ask_queue);
    begin_read(open_file(), 8);
    ck_assert_ptr_null(seen.queue);
    ck_assert_ptr_eq(WdfRequestGetIoQueue(held()), queue);
}
END_TEST

static void mark_cancelable(WDFDEVICE Device, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Device);
    last_verifier_message();
    WdfRequestMarkCancelable(Request, note_cancel);
    seen.status = WdfRequestMarkCancelableEx(Request, note_cancel);
    hold(Request);
}

/* S5.20, S7.18, S7.24 */
START_TEST(a_request_is_not_made_cancelable_in_the_callback)
{
    start_with(WdfIoQueueDispatchParallel, mark_cancelable);
    WDFUSEIO io = begin_read(open_file(), 8);
    ck_status_eq(seen.status, STATUS_INVALID_DEVICE_REQUEST);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S7.24"));
    WdfuseInprocCancel(io);
    ck_assert_uint_eq(counts.cancelled, 0);
    ck_pending(io);
}
END_TEST

/* S7.20 */
START_TEST(a_request_outside_a_queue_is_not_unmarked)
{
    start_with(WdfIoQueueDispatchParallel, keep);
    begin_read(open_file(), 8);
    ck_status_eq(WdfRequestUnmarkCancelable(held()), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S7.24: asks whether it was cancelled. */
START_TEST(a_request_outside_a_queue_knows_that_it_is_cancelled)
{
    start_with(WdfIoQueueDispatchParallel, keep);
    WDFUSEIO io = begin_read(open_file(), 8);
    ck_assert(!WdfRequestIsCanceled(held()));
    WdfuseInprocCancel(io);
    ck_assert(WdfRequestIsCanceled(held()));
}
END_TEST

static void forward_it(WDFDEVICE Device, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Device);
    last_verifier_message();
    seen.status = WdfRequestForwardToIoQueue(Request, queue);
    hold(Request);
}

/* S6.59 */
START_TEST(a_request_is_not_forwarded_from_the_callback)
{
    start_with(WdfIoQueueDispatchManual, forward_it);
    begin_read(open_file(), 8);
    ck_status_eq(seen.status, STATUS_INVALID_DEVICE_REQUEST);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S6.59"));
    ck_queue(queue, 0, 0);
}
END_TEST

static void requeue_it(WDFDEVICE Device, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Device);
    seen.status = WdfRequestRequeue(Request);
    hold(Request);
}

/* S6.60 */
START_TEST(a_request_is_not_requeued_from_the_callback)
{
    start_with(WdfIoQueueDispatchManual, requeue_it);
    begin_read(open_file(), 8);
    ck_status_eq(seen.status, STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* ---- enqueueing ---- */

/* S5.18 */
START_TEST(an_enqueued_request_is_presented_by_the_queue_of_its_type)
{
    start_with(WdfIoQueueDispatchSequential, enqueue);
    begin_read(open_file(), 8);
    ck_status_eq(seen.status, STATUS_SUCCESS);
    ck_assert_uint_eq(counts.presented, 1);
    ck_queue(queue, 0, 1);
}
END_TEST

/* S5.18 */
START_TEST(without_a_queue_enqueueing_is_an_invalid_device_request)
{
    start_without_queue(enqueue_or_hold);
    WDFUSEIO io = begin_read(open_file(), 8);
    ck_status_eq(seen.status, STATUS_INVALID_DEVICE_REQUEST);
    complete_held(STATUS_UNSUCCESSFUL);
    answer(io, STATUS_UNSUCCESSFUL);
}
END_TEST

/* S5.18, S6.25 */
START_TEST(a_queue_that_does_not_accept_leaves_the_request_to_the_driver)
{
    start_with(WdfIoQueueDispatchParallel, enqueue_or_hold);
    WdfIoQueuePurge(queue, NULL, NULL);
    WDFUSEIO io = begin_read(open_file(), 8);
    ck_status_eq(seen.status, STATUS_WDF_BUSY);
    complete_held(STATUS_DEVICE_BUSY);
    answer(io, STATUS_DEVICE_BUSY);
}
END_TEST

static VOID ignore_control(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
                           size_t InputBufferLength, ULONG IoControlCode)
{
    UNREFERENCED_PARAMETER(OutputBufferLength);
    UNREFERENCED_PARAMETER(InputBufferLength);
    UNREFERENCED_PARAMETER(IoControlCode);
    hold_request(Queue, Request);
}

/* S5.12: a default queue without a callback for it. */
START_TEST(an_enqueued_request_without_a_callback_is_answered_by_its_queue)
{
    memset(&seen, 0, sizeof(seen));
    seen.action = enqueue;
    prepare_init = register_callback;
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.EvtIoDefault = NULL;
    queue_config.EvtIoDeviceControl = ignore_control;
    start_device();
    WDFUSEIO io = begin_read(open_file(), 8);
    ck_status_eq(seen.status, STATUS_SUCCESS);
    answer(io, STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

static void stop_and_enqueue(WDFDEVICE Device, WDFREQUEST Request)
{
    WdfIoQueueStop(queue, NULL, NULL);
    enqueue(Device, Request);
}

static void start_telling_of_cancellation(void (*action)(WDFDEVICE, WDFREQUEST))
{
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.EvtIoCanceledOnQueue = hold_cancelled_on_queue;
    memset(&seen, 0, sizeof(seen));
    seen.action = action;
    prepare_init = register_callback;
    start_device();
}

/* S5.19, S6.38 */
START_TEST(an_enqueued_request_counts_as_presented_when_it_is_cancelled)
{
    start_telling_of_cancellation(stop_and_enqueue);
    WDFUSEIO io = begin_read(open_file(), 8);
    WdfuseInprocCancel(io);
    ck_assert_uint_eq(counts.cancelled_on_queue, 1);
}
END_TEST

/* A request that is cancelled while the callback has it, which only another thread of the client
 * can do. So it is submitted at the transport's seam, and the callback itself plays that thread. */
static struct io_request *submitted;
static NTSTATUS answered_with;

static void note_answer(struct io_request *request, NTSTATUS status, size_t information)
{
    UNREFERENCED_PARAMETER(request);
    UNREFERENCED_PARAMETER(information);
    answered_with = status;
}

static void cancel_and_enqueue(WDFDEVICE Device, WDFREQUEST Request)
{
    io_request_cancel(submitted);
    enqueue(Device, Request);
}

static void submit_read(void)
{
    static const struct io_transport noting_transport = {.name = "noting", .complete = note_answer};
    struct io_file *file = (struct io_file *)open_file();
    answered_with = STATUS_PENDING;
    submitted = io_request_create(io_file_device(file), &noting_transport);
    ck_assert_ptr_nonnull(submitted);
    submitted->type = WdfRequestTypeRead;
    submitted->file = file;
    submitted->output_length = 8;
    io_request_submit(submitted);
}

/* S5.18 */
START_TEST(a_request_that_was_cancelled_meanwhile_is_completed_by_its_queue)
{
    start_with(WdfIoQueueDispatchParallel, cancel_and_enqueue);
    submit_read();
    ck_status_eq(seen.status, STATUS_SUCCESS);
    ck_status_eq(answered_with, STATUS_CANCELLED);
    ck_assert_uint_eq(counts.presented, 0);
}
END_TEST

/* S5.18, S5.19 */
START_TEST(a_request_that_was_cancelled_meanwhile_is_the_drivers_again_if_the_queue_tells)
{
    start_telling_of_cancellation(cancel_and_enqueue);
    submit_read();
    ck_status_eq(seen.status, STATUS_SUCCESS);
    ck_assert_uint_eq(counts.cancelled_on_queue, 1);
    complete_held(STATUS_CANCELLED);
    ck_status_eq(answered_with, STATUS_CANCELLED);
}
END_TEST

/* ---- enqueueing what is not allowed ---- */

static void check_refused(WDFREQUEST request)
{
    last_verifier_message();
    ck_status_eq(WdfDeviceEnqueueRequest(wdf_device(), request), STATUS_INVALID_DEVICE_REQUEST);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S5.18"));
}

/* S5.18, S6.83, S13.12 */
START_TEST(a_request_of_a_queue_is_not_enqueued)
{
    start_with(WdfIoQueueDispatchParallel, enqueue);
    begin_read(open_file(), 8);
    check_refused(held());
    ck_queue(queue, 0, 1);
}
END_TEST

/* S5.18, S6.83, S13.12 */
START_TEST(a_request_is_not_enqueued_after_the_callback)
{
    start_with(WdfIoQueueDispatchParallel, keep);
    begin_read(open_file(), 8);
    check_refused(held());
    ck_queue(queue, 0, 0);
}
END_TEST

static void complete_and_enqueue(WDFDEVICE Device, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Device);
    WdfRequestComplete(Request, STATUS_SUCCESS);
    check_refused(Request);
}

/* S5.18: the handle is still valid in the callback, for the verifier. */
START_TEST(a_completed_request_is_not_enqueued)
{
    start_with(WdfIoQueueDispatchParallel, complete_and_enqueue);
    answer(begin_read(open_file(), 8), STATUS_SUCCESS);
    ck_assert_uint_eq(seen.calls, 1);
}
END_TEST

/* S1.3 */
START_TEST(a_callback_that_is_null_is_fatal)
{
    keep_log();
    WdfDeviceInitSetIoInCallerContextCallback((PWDFDEVICE_INIT)written, NULL);
}
END_TEST

/* ---- removal ---- */

static WDFUSEFILE opened;
static WDFREQUEST last;

static void complete_last(void *unused)
{
    (void)unused;
    /* Removal tells the driver: the internal queue cancels what it holds. */
    eventually(WdfRequestIsCanceled(last));
    WdfRequestComplete(last, STATUS_CANCELLED);
}

/* S7.3; differs from S7.23: removal waits for it, and tells the driver. */
START_TEST(removal_waits_for_a_request_outside_a_queue)
{
    start_with(WdfIoQueueDispatchParallel, keep);
    opened = open_file();
    WDFUSEIO io = WdfuseInprocBeginRead(opened, written, sizeof(written));
    last = take_held();
    close_file(opened);
    struct port_thread thread;
    ck_assert_int_eq(port_thread_start(&thread, "driver", complete_last, NULL), 0);
    WdfuseInprocStop(device);
    device = NULL;
    port_thread_join(&thread);
    ck_status_eq(WdfuseInprocFinish(io, NULL), STATUS_CANCELLED);
}
END_TEST

static Suite *callercontext_suite(void)
{
    Suite *suite = suite_create("callercontext");
    TCase *cases = tcase_create("callercontext");
    tcase_add_checked_fixture(cases, NULL, holding_stop);
    tcase_add_loop_test(cases, reads_writes_and_controls_are_seen_in_the_callers_thread, 0, 3);
    tcase_add_test(cases, opening_and_closing_are_not_seen);
    tcase_add_test(cases, a_stopped_queue_does_not_delay_the_callback);
    tcase_add_test(cases, a_suspended_device_does_not_delay_the_callback);
    tcase_add_test(cases, a_read_of_no_bytes_is_seen_and_swallowed_by_its_queue);
    tcase_add_test(cases, no_presentation_lock_is_held_in_the_callback);
    tcase_add_test(cases, a_request_is_completed_in_the_callback);
    tcase_add_test(cases, a_request_that_is_neither_completed_nor_enqueued_is_pending);
    tcase_add_test(cases, buffers_are_retrieved_in_the_callback);
    tcase_add_test(cases, a_request_has_no_queue_in_the_callback);
    tcase_add_test(cases, a_request_is_not_made_cancelable_in_the_callback);
    tcase_add_test(cases, a_request_outside_a_queue_is_not_unmarked);
    tcase_add_test(cases, a_request_outside_a_queue_knows_that_it_is_cancelled);
    tcase_add_test(cases, a_request_is_not_forwarded_from_the_callback);
    tcase_add_test(cases, a_request_is_not_requeued_from_the_callback);
    tcase_add_test(cases, an_enqueued_request_is_presented_by_the_queue_of_its_type);
    tcase_add_test(cases, without_a_queue_enqueueing_is_an_invalid_device_request);
    tcase_add_test(cases, a_queue_that_does_not_accept_leaves_the_request_to_the_driver);
    tcase_add_test(cases, an_enqueued_request_without_a_callback_is_answered_by_its_queue);
    tcase_add_test(cases, an_enqueued_request_counts_as_presented_when_it_is_cancelled);
    tcase_add_test(cases, a_request_that_was_cancelled_meanwhile_is_completed_by_its_queue);
    tcase_add_test(cases,
                   a_request_that_was_cancelled_meanwhile_is_the_drivers_again_if_the_queue_tells);
    tcase_add_test(cases, a_request_of_a_queue_is_not_enqueued);
    tcase_add_test(cases, a_request_is_not_enqueued_after_the_callback);
    tcase_add_test(cases, a_completed_request_is_not_enqueued);
    tcase_add_test(cases, removal_waits_for_a_request_outside_a_queue);
    suite_add_tcase(suite, cases);

    cases = unit_ends(tcase_create("bug checks"));
    tcase_add_checked_fixture(cases, NULL, holding_stop);
    tcase_add_test_raise_signal(cases, a_callback_that_is_null_is_fatal, SIGABRT);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void)
{
    return unit_run(callercontext_suite());
}
