/* Forwarding a child's request to a queue of its parent, and its life there (S6.62). */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "bus.h"
#include "framework/device/device.h"
#include "framework/io.h"
#include "framework/lifecycle.h"
#include "port/log.h"
#include "port/thread.h"
#include "unit.h"

/* A read of child 0, which the child's driver has. */
static WDFUSEFILE child_file;
static WDFUSEIO child_read;

static void start_with_read(void)
{
    start_bus(1);
    child_file = open_child(0);
    child_read = begin_read(child_file, 8);
}

/* The same, in the parent's default queue, a manual one. */
static void start_with_forwarded(void)
{
    start_with_read();
    forward_held(queue);
}

/* The same, retrieved from there. */
static WDFREQUEST start_with_parents(void)
{
    start_with_forwarded();
    return retrieve(queue);
}

/* The driver still has it, and may do anything with it. */
static void ck_still_owned(void)
{
    complete_held(STATUS_SUCCESS);
    answer(child_read, STATUS_SUCCESS);
}

/* ---- the move ---- */

/* S6.62 */
START_TEST(the_parent_completes_a_forwarded_request)
{
    WDFREQUEST request = start_with_parents();
    PVOID buffer;
    ck_status_eq(WdfRequestRetrieveOutputBuffer(request, 8, &buffer, NULL), STATUS_SUCCESS);
    memcpy(buffer, "parental", 8);
    WdfRequestCompleteWithInformation(request, STATUS_SUCCESS, 8);
    ck_assert_uint_eq(answer(child_read, STATUS_SUCCESS), 8);
}
END_TEST

/* S6.62 */
START_TEST(a_forwarded_request_belongs_to_the_parents_queue)
{
    WDFREQUEST request = start_with_parents();
    hold(request);
    ck_assert_ptr_eq(WdfRequestGetIoQueue(request), queue);
    ck_assert_ptr_eq(WdfIoQueueGetDevice(WdfRequestGetIoQueue(request)), wdf_device());
    ck_queue(child_queues[0], 0, 0);
}
END_TEST

/* The file that was opened stays the child's. */
START_TEST(the_file_of_a_forwarded_request_is_the_childs)
{
    WDFREQUEST request = start_with_parents();
    hold(request);
    ck_assert_ptr_eq(WdfFileObjectGetDevice(WdfRequestGetFileObject(request)), children[0]);
}
END_TEST

/* S6.62, S6.56 */
START_TEST(a_forwarded_request_is_presented_by_a_queue_that_presents)
{
    describe_queue(WdfIoQueueDispatchSequential);
    start_with_read();
    forward_held(queue);
    ck_assert_uint_eq(counts.presented, 2);
    ck_assert_ptr_eq(WdfRequestGetIoQueue(held()), queue);
}
END_TEST

/* S6.62: without the flag it is the same. */
START_TEST(the_flag_makes_no_difference)
{
    start_with_read();
    WDF_REQUEST_FORWARD_OPTIONS options;
    WDF_REQUEST_FORWARD_OPTIONS_INIT(&options);
    ck_assert_uint_eq(options.Flags, WDF_REQUEST_FORWARD_OPTION_SEND_AND_FORGET);
    options.Flags = 0;
    ck_status_eq(WdfRequestForwardToParentDeviceIoQueue(take_held(), queue, &options),
                 STATUS_SUCCESS);
    ck_queue(queue, 1, 0);
}
END_TEST

/* S6.62: the parent may do with this request what it may do with its own. */
START_TEST(the_parent_can_forward_and_requeue_it)
{
    WDFREQUEST request = start_with_parents();
    WDFQUEUE other = create_queue(WdfIoQueueDispatchManual);
    ck_status_eq(WdfRequestForwardToIoQueue(request, other), STATUS_SUCCESS);
    request = retrieve(other);
    ck_status_eq(WdfRequestRequeue(request), STATUS_SUCCESS);
    ck_queue(other, 1, 0);
}
END_TEST

/* S13.5: a request that can be in the queue can be looked for. */
START_TEST(the_parent_can_find_it)
{
    start_with_forwarded();
    WDFREQUEST found, request;
    ck_status_eq(WdfIoQueueFindRequest(queue, NULL, NULL, NULL, &found), STATUS_SUCCESS);
    WDFFILEOBJECT file = WdfRequestGetFileObject(found);
    ck_status_eq(WdfIoQueueRetrieveFoundRequest(queue, found, &request), STATUS_SUCCESS);
    WdfObjectDereference(found);
    ck_status_eq(WdfRequestRequeue(request), STATUS_SUCCESS);
    ck_status_eq(WdfIoQueueRetrieveRequestByFileObject(queue, file, &request), STATUS_SUCCESS);
    hold(request);
}
END_TEST

/* ---- what is refused ---- */

/* S6.62 */
START_TEST(options_of_a_wrong_size_are_refused)
{
    start_with_read();
    WDF_REQUEST_FORWARD_OPTIONS options;
    WDF_REQUEST_FORWARD_OPTIONS_INIT(&options);
    options.Size--;
    ck_status_eq(WdfRequestForwardToParentDeviceIoQueue(held(), queue, &options),
                 STATUS_INFO_LENGTH_MISMATCH);
    ck_still_owned();
}
END_TEST

/* S6.62 */
START_TEST(other_flags_are_refused)
{
    start_with_read();
    WDF_REQUEST_FORWARD_OPTIONS options;
    WDF_REQUEST_FORWARD_OPTIONS_INIT(&options);
    options.Flags |= 2;
    ck_status_eq(WdfRequestForwardToParentDeviceIoQueue(held(), queue, &options),
                 STATUS_INVALID_PARAMETER);
    ck_still_owned();
}
END_TEST

static void ck_refused(WDFREQUEST request, WDFQUEUE to, const char *why)
{
    ck_status_eq(forward_to_parent(request, to), STATUS_INVALID_DEVICE_REQUEST);
    const char *message = last_verifier_message();
    ck_assert_msg(strstr(message, why) != NULL, "'%s' does not say '%s'", message, why);
}

/* S6.62 */
START_TEST(a_request_of_a_device_without_a_parent_is_refused)
{
    start_queue(WdfIoQueueDispatchParallel);
    WDFQUEUE other = create_queue(WdfIoQueueDispatchManual);
    WDFUSEIO io = begin_read(open_file(), 8);
    ck_refused(held(), other, "S6.62");
    complete_held(STATUS_SUCCESS);
    answer(io, STATUS_SUCCESS);
}
END_TEST

/* S6.62: even its own queue, in which it is. */
START_TEST(a_queue_of_the_child_itself_is_refused)
{
    start_with_read();
    ck_refused(held(), child_queues[0], "another parent");
    ck_still_owned();
}
END_TEST

/* S6.62 */
START_TEST(a_queue_of_a_sibling_is_refused)
{
    start_bus(2);
    child_read = begin_read(open_child(0), 8);
    ck_refused(held(), child_queues[1], "another parent");
    ck_still_owned();
}
END_TEST

/* S6.62: once the parent has it, it cannot be forwarded again. */
START_TEST(a_forwarded_request_has_no_further_parent)
{
    WDFREQUEST request = start_with_parents();
    hold(request);
    ck_refused(request, queue, "no child");
    ck_still_owned();
}
END_TEST

/* S6.62, S6.55: nor can it go back. */
START_TEST(a_forwarded_request_does_not_go_back_to_the_child)
{
    WDFREQUEST request = start_with_parents();
    hold(request);
    ck_status_eq(WdfRequestForwardToIoQueue(request, child_queues[0]),
                 STATUS_INVALID_DEVICE_REQUEST);
    ck_still_owned();
}
END_TEST

/* S6.62: without that call no queue of another device is a destination. */
START_TEST(an_ordinary_forward_does_not_go_to_the_parent)
{
    start_with_read();
    ck_status_eq(WdfRequestForwardToIoQueue(held(), queue), STATUS_INVALID_DEVICE_REQUEST);
    ck_still_owned();
}
END_TEST

/* S6.62, S13.8 */
START_TEST(a_cancelable_request_is_refused)
{
    start_with_read();
    ck_status_eq(WdfRequestMarkCancelableEx(held(), note_cancel), STATUS_SUCCESS);
    ck_refused(held(), queue, "cancelable");
    ck_status_eq(WdfRequestUnmarkCancelable(held()), STATUS_SUCCESS);
    ck_still_owned();
}
END_TEST

/* S6.62, S13.8 */
START_TEST(a_request_that_is_not_the_drivers_is_refused)
{
    WDF_IO_QUEUE_CONFIG_INIT(&child_queue_config, WdfIoQueueDispatchManual);
    start_with_read();
    WDFREQUEST found;
    ck_status_eq(WdfIoQueueFindRequest(child_queues[0], NULL, NULL, NULL, &found), STATUS_SUCCESS);
    ck_refused(found, queue, "not owned");
    WdfObjectDereference(found);
}
END_TEST

/* S6.62, S7.52: it has no client. */
START_TEST(a_request_of_the_drivers_own_is_refused)
{
    start_bus(1);
    WDFREQUEST own;
    ck_status_eq(WdfRequestCreate(WDF_NO_OBJECT_ATTRIBUTES, NULL, &own), STATUS_SUCCESS);
    ck_refused(own, queue, "S6.62");
    WdfObjectDelete(own);
}
END_TEST

static unsigned reserved_answers;

static void count_reserved(struct io_request *request, NTSTATUS status, size_t information)
{
    UNREFERENCED_PARAMETER(request);
    UNREFERENCED_PARAMETER(information);
    reserved_answers += status == STATUS_SUCCESS;
}

static const struct io_transport scarce_transport = {.name = "scarce", .complete = count_reserved};

/* S6.62, S6.79 */
START_TEST(a_reserved_request_is_refused)
{
    start_bus(1);
    WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY policy;
    WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_DEFAULT_INIT(&policy, 1);
    ck_status_eq(WdfIoQueueAssignForwardProgressPolicy(child_queues[0], &policy), STATUS_SUCCESS);
    struct io_request *request;
    ck_status_eq(io_request_create_reserved(&device_from_handle(children[0])->io, &scarce_transport,
                                            WdfRequestTypeRead, O_RDWR, &request),
                 STATUS_SUCCESS);
    request->file = (struct io_file *)open_child(0);
    request->output_length = 8;
    io_request_submit(request);
    ck_refused(held(), queue, "reserved");
    complete_held(STATUS_SUCCESS);
    ck_assert_uint_eq(reserved_answers, 1);
}
END_TEST

/* A child whose init does not allow it. */
static VOID create_child_that_may_not(WDFDEVICE parent)
{
    static const GUID class = {0x5a1f7a3e, 0x1c0b, 0x4a53, {1, 2, 3, 4, 5, 6, 7, 8}};
    DECLARE_CONST_UNICODE_STRING(name, L"\\Device\\test.0");
    PWDFDEVICE_INIT init = WdfPdoInitAllocate(parent);
    ck_status_eq(WdfPdoInitAssignRawDevice(init, &class), STATUS_SUCCESS);
    ck_status_eq(WdfDeviceInitAssignName(init, &name), STATUS_SUCCESS);
    ck_status_eq(try_create_child(init, 0), STATUS_SUCCESS);
    ck_status_eq(WdfFdoAddStaticChild(parent, children[0]), STATUS_SUCCESS);
}

/* S6.62 */
START_TEST(a_child_that_may_not_forward_is_refused)
{
    describe_queue(WdfIoQueueDispatchManual);
    prepare_device = create_child_that_may_not;
    start_device();
    child_read = begin_read(open_child(0), 8);
    ck_refused(held(), queue, "AllowForwarding");
    ck_still_owned();
}
END_TEST

/* S6.62, S6.25 */
START_TEST(a_parents_queue_that_does_not_accept_is_busy)
{
    start_with_read();
    WdfIoQueuePurge(queue, NULL, NULL);
    ck_status_eq(forward_to_parent(held(), queue), STATUS_WDF_BUSY);
    ck_still_owned();
}
END_TEST

/* ---- cancelling ---- */

/* S6.62, S6.14 */
START_TEST(a_client_can_cancel_it_in_the_parents_queue)
{
    start_with_forwarded();
    WdfuseInprocCancel(child_read);
    answer(child_read, STATUS_CANCELLED);
    ck_queue(queue, 0, 0);
}
END_TEST

/* S6.62, S6.38: the child's driver has seen it, so the parent's callback is called. */
START_TEST(the_parents_canceled_on_queue_hears_of_it)
{
    describe_queue(WdfIoQueueDispatchManual);
    queue_config.EvtIoCanceledOnQueue = hold_cancelled_on_queue;
    start_with_forwarded();
    WdfuseInprocCancel(child_read);
    ck_assert_uint_eq(counts.cancelled_on_queue, 1);
    ck_assert_ptr_eq(WdfRequestGetIoQueue(held()), queue);
    complete_held(STATUS_CANCELLED);
    answer(child_read, STATUS_CANCELLED);
}
END_TEST

/* S6.62, S7.31 */
START_TEST(the_parents_cancel_callback_is_called)
{
    WDFREQUEST request = start_with_parents();
    hold(request);
    ck_status_eq(WdfRequestMarkCancelableEx(request, note_cancel), STATUS_SUCCESS);
    WdfuseInprocCancel(child_read);
    ck_assert_uint_eq(counts.cancelled, 1);
    complete_held(STATUS_CANCELLED);
    answer(child_read, STATUS_CANCELLED);
}
END_TEST

/* S6.62, S6.26 */
START_TEST(forward_of_a_cancelled_request_succeeds_and_cancels)
{
    start_with_read();
    WdfuseInprocCancel(child_read);
    forward_held(queue);
    answer(child_read, STATUS_CANCELLED);
    ck_queue(queue, 0, 0);
}
END_TEST

/* S6.14: each purge cancels everything in that queue, whatever device it belongs to. */
START_TEST(a_purge_of_the_parents_queue_cancels_it)
{
    start_with_forwarded();
    WdfIoQueuePurge(queue, note_state, NULL);
    answer(child_read, STATUS_CANCELLED);
    ck_assert_uint_eq(counts.states, 1);
}
END_TEST

/* S6.57: the queue that it has left no longer counts it. */
START_TEST(a_purge_of_the_childs_queue_leaves_it_alone)
{
    start_with_forwarded();
    WdfIoQueuePurge(child_queues[0], note_state, NULL);
    ck_assert_uint_eq(counts.states, 1);
    ck_pending(child_read);
    ck_queue(queue, 1, 0);
}
END_TEST

/* S4.18: the last close cancels what is queued, in whatever queue. */
START_TEST(closing_the_childs_file_cancels_it_in_the_parents_queue)
{
    start_with_forwarded();
    close_child_file(child_file);
    answer(child_read, STATUS_CANCELLED);
    ck_queue(queue, 0, 0);
}
END_TEST

/* Only requests of that file. */
START_TEST(closing_a_file_leaves_other_files_requests_alone)
{
    start_with_forwarded();
    WDFUSEFILE other = open_child(0);
    WDFUSEIO io = begin_read(other, 8);
    forward_held(queue);
    close_child_file(other);
    answer(io, STATUS_CANCELLED);
    ck_pending(child_read);
}
END_TEST

/* S4.20: close waits for what the parent has. */
static unsigned closed;

static VOID note_close(WDFFILEOBJECT file)
{
    UNREFERENCED_PARAMETER(file);
    closed++;
}

static VOID tell_of_closes(PWDFDEVICE_INIT init)
{
    WDF_FILEOBJECT_CONFIG config;
    WDF_FILEOBJECT_CONFIG_INIT(&config, WDF_NO_EVENT_CALLBACK, note_close, WDF_NO_EVENT_CALLBACK);
    WdfDeviceInitSetFileObjectConfig(init, &config, WDF_NO_OBJECT_ATTRIBUTES);
}

START_TEST(the_childs_file_is_closed_when_the_parent_has_completed_it)
{
    prepare_child_init = tell_of_closes;
    WDFREQUEST request = start_with_parents();
    close_child_file(child_file);
    ck_assert_uint_eq(closed, 0);
    WdfRequestComplete(request, STATUS_SUCCESS);
    answer(child_read, STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(closed, 1);
}
END_TEST

static unsigned held_warnings;

static void count_held(enum log_level level, const char *line)
{
    if (level == LOG_LEVEL_WARNING && strstr(line, "has given up its") != NULL)
        held_warnings++;
}

/* The watch over abandoned requests looks for them where they are. */
START_TEST(a_given_up_request_that_the_parent_holds_is_reported)
{
    WDFREQUEST request = start_with_parents();
    hold(request);
    log_set_sink(count_held);
    WdfuseInprocCancel(child_read);
    advance_ms(60000);
    ck_assert_uint_eq(held_warnings, 1);
}
END_TEST

/* A non-blocking read, in flight with the parent: its outcome belongs to the file that was
 * opened. */
START_TEST(a_read_in_flight_can_be_forwarded)
{
    start_bus(1);
    child_file = open_child(0);
    WdfuseInprocSetFlags(child_file, O_RDWR | O_NONBLOCK);
    char buffer[8];
    ck_status_eq(WdfuseInprocRead(child_file, buffer, sizeof(buffer), NULL), STATUS_CANT_WAIT);
    forward_held(queue);
    ck_assert_uint_eq(WdfuseInprocPoll(child_file) & WdfusePollIn, 0);
    WdfRequestCompleteWithInformation(retrieve(queue), STATUS_SUCCESS, 3);
    ck_assert_uint_ne(WdfuseInprocPoll(child_file) & WdfusePollIn, 0);
    size_t count;
    ck_status_eq(WdfuseInprocRead(child_file, buffer, sizeof(buffer), &count), STATUS_SUCCESS);
    ck_assert_uint_eq(count, 3);
}
END_TEST

/* ---- removing the child ---- */

/* In a thread of the framework; the test is the client and the driver. */
static void mark_missing(void)
{
    ck_status_eq(WdfPdoMarkMissing(children[0]), STATUS_SUCCESS);
}

START_TEST(removing_the_child_cancels_it_in_the_parents_queue)
{
    start_with_forwarded();
    mark_missing();
    WdfuseInprocWaitForWorkers();
    answer(child_read, STATUS_CANCELLED);
    ck_queue(queue, 0, 0);
}
END_TEST

START_TEST(removing_the_child_leaves_its_siblings_requests_alone)
{
    start_bus(2);
    WDFUSEIO io = begin_read(open_child(1), 8);
    forward_held(queue);
    mark_missing();
    WdfuseInprocWaitForWorkers();
    ck_pending(io);
    ck_queue(queue, 1, 0);
}
END_TEST

static atomic_uint cancels;

static VOID complete_cancelled(WDFREQUEST request)
{
    WdfRequestComplete(request, STATUS_CANCELLED);
    cancels++;
}

START_TEST(removing_the_child_calls_the_parents_cancel_callback)
{
    WDFREQUEST request = start_with_parents();
    ck_status_eq(WdfRequestMarkCancelableEx(request, complete_cancelled), STATUS_SUCCESS);
    mark_missing();
    WdfuseInprocWaitForWorkers();
    answer(child_read, STATUS_CANCELLED);
    ck_assert_uint_eq(cancels, 1);
}
END_TEST

static bool child_is_removing(void)
{
    struct wdf_device *child = device_from_handle(children[0]);
    IO_LOCK_SCOPE(child->io.domain);
    return child->state >= DEVICE_REMOVING;
}

/* S11.24: removal waits for the driver's requests. The child's object stays as long, so it may be
 * queried. */
START_TEST(removal_of_the_child_waits_for_what_the_parent_has)
{
    WDFREQUEST request = start_with_parents();
    WdfObjectReference(children[0]);
    mark_missing();
    eventually(child_is_removing());
    ck_pending(child_read);
    WdfRequestComplete(request, STATUS_SUCCESS);
    answer(child_read, STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    WdfObjectDereference(children[0]);
}
END_TEST

/* A request that the parent puts back, or marks, during the child's removal is cancelled: nobody
 * would cancel it later. */
START_TEST(what_the_parent_puts_back_meanwhile_is_cancelled)
{
    WDFREQUEST request = start_with_parents();
    WdfObjectReference(children[0]);
    mark_missing();
    eventually(child_is_removing());
    ck_assert(WdfRequestIsCanceled(request));
    ck_status_eq(WdfRequestMarkCancelableEx(request, note_cancel), STATUS_CANCELLED);
    ck_status_eq(WdfRequestRequeue(request), STATUS_SUCCESS);
    answer(child_read, STATUS_CANCELLED);
    WdfuseInprocWaitForWorkers();
    WdfObjectDereference(children[0]);
}
END_TEST

/* The child's driver may be slower than the child's removal. */
START_TEST(what_is_forwarded_meanwhile_is_cancelled)
{
    start_with_read();
    WdfObjectReference(children[0]);
    mark_missing();
    eventually(child_is_removing());
    forward_held(queue);
    answer(child_read, STATUS_CANCELLED);
    WdfuseInprocWaitForWorkers();
    ck_queue(queue, 0, 0);
    WdfObjectDereference(children[0]);
}
END_TEST

/* The queue stops cancelling: other children's requests, and the parent's own, are queued as
 * before. */
START_TEST(the_parents_queue_goes_on_after_a_child_is_gone)
{
    start_with_forwarded();
    mark_missing();
    WdfuseInprocWaitForWorkers();
    answer(child_read, STATUS_CANCELLED);
    WDFUSEIO io = begin_read(open_file(), 8);
    WDFREQUEST request = retrieve(queue);
    ck_status_eq(WdfRequestMarkCancelableEx(request, note_cancel), STATUS_SUCCESS);
    ck_status_eq(WdfRequestUnmarkCancelable(request), STATUS_SUCCESS);
    WdfRequestComplete(request, STATUS_SUCCESS);
    answer(io, STATUS_SUCCESS);
}
END_TEST

/* S6.81, S11.17: the children go first, with their requests in the parent's queues. */
START_TEST(removing_the_parent_cancels_it)
{
    start_with_forwarded();
    device_remove(device_from_handle(wdf_device()));
    answer(child_read, STATUS_CANCELLED);
}
END_TEST

static TCase *parent_case(const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, NULL, bus_stop);
    tcase_set_timeout(tests, 60);
    return tests;
}

static TCase *move_tests(void)
{
    TCase *tests = parent_case("move");
    tcase_add_test(tests, the_parent_completes_a_forwarded_request);
    tcase_add_test(tests, a_forwarded_request_belongs_to_the_parents_queue);
    tcase_add_test(tests, the_file_of_a_forwarded_request_is_the_childs);
    tcase_add_test(tests, a_forwarded_request_is_presented_by_a_queue_that_presents);
    tcase_add_test(tests, the_flag_makes_no_difference);
    tcase_add_test(tests, the_parent_can_forward_and_requeue_it);
    tcase_add_test(tests, the_parent_can_find_it);
    return tests;
}

static TCase *refusal_tests(void)
{
    TCase *tests = parent_case("refusal");
    tcase_add_test(tests, options_of_a_wrong_size_are_refused);
    tcase_add_test(tests, other_flags_are_refused);
    tcase_add_test(tests, a_request_of_a_device_without_a_parent_is_refused);
    tcase_add_test(tests, a_queue_of_the_child_itself_is_refused);
    tcase_add_test(tests, a_queue_of_a_sibling_is_refused);
    tcase_add_test(tests, a_forwarded_request_has_no_further_parent);
    tcase_add_test(tests, a_forwarded_request_does_not_go_back_to_the_child);
    tcase_add_test(tests, an_ordinary_forward_does_not_go_to_the_parent);
    tcase_add_test(tests, a_cancelable_request_is_refused);
    tcase_add_test(tests, a_request_that_is_not_the_drivers_is_refused);
    tcase_add_test(tests, a_request_of_the_drivers_own_is_refused);
    tcase_add_test(tests, a_reserved_request_is_refused);
    tcase_add_test(tests, a_child_that_may_not_forward_is_refused);
    tcase_add_test(tests, a_parents_queue_that_does_not_accept_is_busy);
    return tests;
}

static TCase *cancel_tests(void)
{
    TCase *tests = parent_case("cancel");
    tcase_add_test(tests, a_client_can_cancel_it_in_the_parents_queue);
    tcase_add_test(tests, the_parents_canceled_on_queue_hears_of_it);
    tcase_add_test(tests, the_parents_cancel_callback_is_called);
    tcase_add_test(tests, forward_of_a_cancelled_request_succeeds_and_cancels);
    tcase_add_test(tests, a_purge_of_the_parents_queue_cancels_it);
    tcase_add_test(tests, a_purge_of_the_childs_queue_leaves_it_alone);
    tcase_add_test(tests, closing_the_childs_file_cancels_it_in_the_parents_queue);
    tcase_add_test(tests, closing_a_file_leaves_other_files_requests_alone);
    tcase_add_test(tests, the_childs_file_is_closed_when_the_parent_has_completed_it);
    tcase_add_test(tests, a_given_up_request_that_the_parent_holds_is_reported);
    tcase_add_test(tests, a_read_in_flight_can_be_forwarded);
    return tests;
}

static TCase *removal_tests(void)
{
    TCase *tests = parent_case("removal");
    tcase_add_test(tests, removing_the_child_cancels_it_in_the_parents_queue);
    tcase_add_test(tests, removing_the_child_leaves_its_siblings_requests_alone);
    tcase_add_test(tests, removing_the_child_calls_the_parents_cancel_callback);
    tcase_add_test(tests, removal_of_the_child_waits_for_what_the_parent_has);
    tcase_add_test(tests, what_the_parent_puts_back_meanwhile_is_cancelled);
    tcase_add_test(tests, what_is_forwarded_meanwhile_is_cancelled);
    tcase_add_test(tests, the_parents_queue_goes_on_after_a_child_is_gone);
    tcase_add_test(tests, removing_the_parent_cancels_it);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("forwardparent");
    suite_add_tcase(suite, move_tests());
    suite_add_tcase(suite, refusal_tests());
    suite_add_tcase(suite, cancel_tests());
    suite_add_tcase(suite, removal_tests());
    return unit_run(suite);
}
