/*
 * Races between a client that cancels and a driver that completes, moves or purges: every request
 * is answered exactly once (S7.20, S7.30, S15.43). One run has at least 100,000 of them, which the
 * last test asserts.
 *
 * Requests are submitted at the transport's seam, so that a second answer would be counted. Another
 * thread, the actor, plays the part of the driver that finishes them.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "framework/io.h"
#include "holding.h"
#include "port/thread.h"
#include "unit.h"

#define BATCH 32

/* The totals of all tests of this run, in memory that their processes share. */
static struct totals {
    _Atomic(unsigned) requests;
    _Atomic(unsigned) answers;
    _Atomic(unsigned) races; /* requests that were cancelled while the driver was finishing them */
    _Atomic(unsigned) driver_won; /* of these: completed with success all the same */
} * totals;

static _Atomic(unsigned) answers[BATCH];
static _Atomic(NTSTATUS) statuses[BATCH];
static _Atomic(unsigned) answers_in_all;

/* What the driver has marked for the actor to finish, with a reference. */
static _Atomic(uintptr_t) pending[BATCH];

static struct io_file *file;

/* ---- the client ---- */

static void count_answer(struct io_request *request, NTSTATUS status, size_t information)
{
    UNREFERENCED_PARAMETER(information);
    statuses[request->offset] = status;
    atomic_fetch_add(&answers[request->offset], 1);
    atomic_fetch_add(&answers_in_all, 1);
}

static const struct io_transport counting_transport = {.name = "counting",
                                                       .complete = count_answer};

static struct io_request *submit_read(unsigned slot)
{
    struct io_request *request = io_request_create(io_file_device(file), &counting_transport);
    ck_assert_ptr_nonnull(request);
    request->type = WdfRequestTypeRead;
    request->file = file;
    request->output_length = 8;
    request->offset = slot;
    io_request_reference(request);
    io_request_submit(request);
    return request;
}

static bool all_are_answered(void)
{
    for (unsigned i = 0; i < BATCH; i++) {
        if (answers[i] == 0)
            return false;
    }
    return true;
}

/* Submits a batch, cancels most of it, and waits until all is answered. */
static void run_batch(unsigned number)
{
    struct io_request *requests[BATCH];
    for (unsigned i = 0; i < BATCH; i++)
        answers[i] = 0;
    for (unsigned i = 0; i < BATCH; i++)
        requests[i] = submit_read(i);
    for (unsigned i = 0; i < BATCH; i++) {
        if ((i + number) % 4 != 3)
            io_request_cancel(requests[(i * 5 + number) % BATCH]);
    }
    eventually(all_are_answered());
    for (unsigned i = 0; i < BATCH; i++) {
        ck_assert_uint_eq(answers[i], 1);
        totals->races += io_request_is_cancelled(requests[i]);
        totals->driver_won += io_request_is_cancelled(requests[i]) && statuses[i] == STATUS_SUCCESS;
        io_request_dereference(requests[i]);
    }
}

/* ---- the actor ---- */

static struct port_thread actor_thread;
static atomic_bool actor_stops;

static void run_actor(void *argument)
{
    void (*const *act)(void) = argument;
    while (!actor_stops) {
        (*act)();
        sched_yield();
    }
}

/* Submits many batches against that actor; then every request must have had one answer. */
static void race_against(void (*act)(void), unsigned batches)
{
    file = (struct io_file *)open_file();
    answers_in_all = 0;
    actor_stops = false;
    ck_assert_int_eq(port_thread_start(&actor_thread, "actor", run_actor, &act), 0);
    for (unsigned i = 0; i < batches; i++)
        run_batch(i);
    actor_stops = true;
    port_thread_join(&actor_thread);
    ck_assert_uint_eq(answers_in_all, batches * BATCH);
    totals->requests += batches * BATCH;
    totals->answers += answers_in_all;
}

/* ---- the driver ---- */

static unsigned slot_of(WDFREQUEST request)
{
    WDF_REQUEST_PARAMETERS parameters;
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(request, &parameters);
    return (unsigned)parameters.Parameters.Read.DeviceOffset;
}

static VOID complete_cancelled(WDFREQUEST Request)
{
    WdfRequestComplete(Request, STATUS_CANCELLED);
}

static VOID complete_cancelled_on_queue(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    WdfRequestComplete(Request, STATUS_CANCELLED);
}

/* Marks, and gives the request to the actor. */
static VOID mark_and_hand_over(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    unsigned slot = slot_of(Request);
    WdfObjectReference(Request);
    if (NT_SUCCESS(WdfRequestMarkCancelableEx(Request, complete_cancelled))) {
        atomic_store(&pending[slot], (uintptr_t)Request);
    } else {
        WdfRequestComplete(Request, STATUS_CANCELLED);
        WdfObjectDereference(Request);
    }
}

/* The same with the call that has no status: the request may be gone when it returns. */
static VOID hand_over_and_mark(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    unsigned slot = slot_of(Request);
    WdfObjectReference(Request);
    WdfRequestMarkCancelable(Request, complete_cancelled);
    atomic_store(&pending[slot], (uintptr_t)Request);
}

static VOID mark_for_good(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    if (!NT_SUCCESS(WdfRequestMarkCancelableEx(Request, complete_cancelled)))
        WdfRequestComplete(Request, STATUS_CANCELLED);
}

/* S7.30: the pattern that every driver follows. */
static void unmark_and_complete(void)
{
    for (unsigned i = 0; i < BATCH; i++) {
        WDFREQUEST request = (WDFREQUEST)atomic_exchange(&pending[i], 0);
        if (request == NULL)
            continue;
        if (NT_SUCCESS(WdfRequestUnmarkCancelable(request)))
            WdfRequestComplete(request, STATUS_SUCCESS);
        WdfObjectDereference(request);
    }
}

static void start_with(WDF_IO_QUEUE_DISPATCH_TYPE type, PFN_WDF_IO_QUEUE_IO_DEFAULT handler,
                       WDF_SYNCHRONIZATION_SCOPE scope)
{
    describe_queue(type);
    queue_config.EvtIoDefault = handler;
    WDF_OBJECT_ATTRIBUTES_INIT(&queue_attributes);
    queue_attributes.SynchronizationScope = scope;
    start_device();
}

static const WDF_SYNCHRONIZATION_SCOPE scopes[] = {WdfSynchronizationScopeNone,
                                                   WdfSynchronizationScopeQueue};

/* S7.20, S7.27, S7.30, S15.43 */
START_TEST(a_request_is_answered_once_when_unmark_races_with_cancel)
{
    start_with(WdfIoQueueDispatchParallel, mark_and_hand_over, scopes[_i]);
    race_against(unmark_and_complete, repetitions(500));
}
END_TEST

/* S7.19, S7.20 */
START_TEST(a_request_is_answered_once_when_marking_races_with_cancel)
{
    start_with(WdfIoQueueDispatchParallel, hand_over_and_mark, scopes[_i]);
    race_against(unmark_and_complete, repetitions(500));
}
END_TEST

/* S7.20: on a sequential queue most are cancelled while they wait, alternately with the one that is
 * dispatched. */
START_TEST(a_request_is_answered_once_when_a_sequential_queue_races_with_cancel)
{
    start_with(WdfIoQueueDispatchSequential, mark_and_hand_over, scopes[_i]);
    race_against(unmark_and_complete, repetitions(300));
}
END_TEST

static void purge_and_start(void)
{
    WdfIoQueueStopAndPurge(queue, NULL, NULL);
    WdfIoQueueStart(queue);
}

/* S6.11, S7.31 */
START_TEST(a_request_is_answered_once_when_purge_races_with_cancel)
{
    start_with(WdfIoQueueDispatchParallel, mark_for_good, scopes[_i]);
    race_against(purge_and_start, repetitions(300));
}
END_TEST

static void retrieve_and_complete(void)
{
    WDFREQUEST request;
    while (NT_SUCCESS(WdfIoQueueRetrieveNextRequest(queue, &request)))
        WdfRequestComplete(request, STATUS_SUCCESS);
}

/* S6.47 */
START_TEST(a_request_is_answered_once_when_retrieval_races_with_cancel)
{
    start_with(WdfIoQueueDispatchManual, NULL, scopes[_i]);
    race_against(retrieve_and_complete, repetitions(500));
}
END_TEST

/* Puts each request back twice before it completes it. */
static void requeue_then_complete(void)
{
    WDFREQUEST request;
    for (unsigned i = 0; NT_SUCCESS(WdfIoQueueRetrieveNextRequest(queue, &request)); i++) {
        if (i % 3 == 2)
            WdfRequestComplete(request, STATUS_SUCCESS);
        else
            ck_assert(NT_SUCCESS(WdfRequestRequeue(request)));
    }
}

/* S6.38, S6.60 */
START_TEST(a_request_is_answered_once_when_requeue_races_with_cancel)
{
    describe_queue(WdfIoQueueDispatchManual);
    queue_config.EvtIoCanceledOnQueue = complete_cancelled_on_queue;
    start_device();
    race_against(requeue_then_complete, repetitions(300));
}
END_TEST

static void find_and_retrieve(void)
{
    WDFREQUEST found, retrieved;
    while (NT_SUCCESS(WdfIoQueueFindRequest(queue, NULL, NULL, NULL, &found))) {
        if (NT_SUCCESS(WdfIoQueueRetrieveFoundRequest(queue, found, &retrieved)))
            WdfRequestComplete(retrieved, STATUS_SUCCESS);
        WdfObjectDereference(found);
    }
}

/* S6.51, S6.52 */
START_TEST(a_request_is_answered_once_when_a_search_races_with_cancel)
{
    start_with(WdfIoQueueDispatchManual, NULL, scopes[_i]);
    race_against(find_and_retrieve, repetitions(300));
}
END_TEST

static WDFQUEUE second_queue;

static VOID forward(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    if (!NT_SUCCESS(WdfRequestForwardToIoQueue(Request, second_queue)))
        WdfRequestComplete(Request, STATUS_UNSUCCESSFUL);
}

static void retrieve_forwarded(void)
{
    WDFREQUEST request;
    while (NT_SUCCESS(WdfIoQueueRetrieveNextRequest(second_queue, &request)))
        WdfRequestComplete(request, STATUS_SUCCESS);
}

/* S6.26, S6.55 */
START_TEST(a_request_is_answered_once_when_forward_races_with_cancel)
{
    start_with(WdfIoQueueDispatchSequential, forward, scopes[_i]);
    second_queue = create_queue(WdfIoQueueDispatchManual);
    race_against(retrieve_forwarded, repetitions(300));
}
END_TEST

static bool each_side_has_won(void)
{
    return totals->driver_won > 0 && totals->driver_won < totals->races;
}

/* After all of the above. That each side has won sometimes shows that they really raced; on a busy
 * machine this may take some more. */
START_TEST(a_hundred_thousand_races_were_answered_once_each)
{
    start_with(WdfIoQueueDispatchParallel, mark_and_hand_over, WdfSynchronizationScopeNone);
    for (unsigned rounds = 0; !each_side_has_won() && rounds < 100; rounds++)
        race_against(unmark_and_complete, 100);
    ck_assert(each_side_has_won());
    ck_assert_uint_ge(totals->races, repetitions(100000));
    ck_assert_uint_eq(totals->answers, totals->requests);
}
END_TEST

/* ---- requests that no queue takes ---- */

static struct io_request *_Atomic submitting;
static atomic_uint cancelled;

/* Another thread of the client gives up at any time during the submission. */
static void cancel_what_is_submitted(void)
{
    struct io_request *request = atomic_exchange(&submitting, NULL);
    if (request == NULL)
        return;
    io_request_cancel(request);
    io_request_dereference(request);
    cancelled++;
}

/* While it is being answered: no lock orders the submission's last steps before the cancellation.
 * If one is needed, a thread sanitizer notices. */
static void await_cancellation(struct io_request *request, NTSTATUS status, size_t information)
{
    eventually(cancelled > request->offset);
    atomic_fetch_add(&answers_in_all, 1);
    UNREFERENCED_PARAMETER(status);
    UNREFERENCED_PARAMETER(information);
}

static const struct io_transport patient_transport = {.name = "patient",
                                                      .complete = await_cancellation};

static void submit_while_cancelling(unsigned number, uint32_t open_flags)
{
    struct io_request *request = io_request_create(io_file_device(file), &patient_transport);
    ck_assert_ptr_nonnull(request);
    request->type = WdfRequestTypeRead;
    request->file = file;
    request->output_length = 8;
    request->open_flags = open_flags;
    request->offset = number;
    io_request_reference(request);
    io_request_reference(request);
    atomic_store(&submitting, request);
    io_request_submit(request);
    io_request_dereference(request);
}

static void race_refusals(uint32_t open_flags)
{
    unsigned count = repetitions(5000);
    file = (struct io_file *)open_file();
    answers_in_all = cancelled = 0;
    actor_stops = false;
    void (*act)(void) = cancel_what_is_submitted;
    ck_assert_int_eq(port_thread_start(&actor_thread, "actor", run_actor, &act), 0);
    for (unsigned i = 0; i < count; i++)
        submit_while_cancelling(i, open_flags);
    actor_stops = true;
    port_thread_join(&actor_thread);
    ck_assert_uint_eq(answers_in_all, count);
}

/* S6.25 */
START_TEST(a_request_is_answered_once_when_a_purged_queues_refusal_races_with_cancel)
{
    start_with(WdfIoQueueDispatchParallel, mark_for_good, scopes[_i]);
    WdfIoQueuePurgeSynchronously(queue);
    race_refusals(O_RDWR);
}
END_TEST

START_TEST(a_request_is_answered_once_when_its_having_to_wait_races_with_cancel)
{
    start_with(WdfIoQueueDispatchParallel, mark_for_good, scopes[_i]);
    WdfuseDeviceSetPollEvents(wdf_device(), 0);
    race_refusals(O_RDWR | O_NONBLOCK);
}
END_TEST

/* ---- closing files ---- */

static void complete_owned(void)
{
    for (unsigned i = 0; i < BATCH; i++) {
        WDFREQUEST request = (WDFREQUEST)atomic_exchange(&pending[i], 0);
        if (request != NULL)
            WdfRequestComplete(request, STATUS_SUCCESS);
    }
}

static VOID hand_over(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    static _Atomic(unsigned) next;
    atomic_store(&pending[next++ % BATCH], (uintptr_t)Request);
}

#define READS 8

static void race_a_close(void)
{
    WDFUSEFILE files[2] = {open_file(), open_file()};
    WDFUSEIO reads[2 * READS];
    char bytes[8];
    for (unsigned i = 0; i < RTL_NUMBER_OF(reads); i++)
        reads[i] = WdfuseInprocBeginRead(files[i % 2], bytes, sizeof(bytes));
    close_file(files[0]);
    for (unsigned i = 0; i < RTL_NUMBER_OF(reads); i++)
        WdfuseInprocFinish(reads[i], NULL);
    close_file(files[1]);
}

/* S4.18, S4.20, S6.30 */
START_TEST(closing_one_file_leaves_the_requests_of_another_in_order)
{
    start_with(WdfIoQueueDispatchSequential, hand_over, WdfSynchronizationScopeNone);
    actor_stops = false;
    void (*act)(void) = complete_owned;
    ck_assert_int_eq(port_thread_start(&actor_thread, "actor", run_actor, &act), 0);
    for (unsigned i = 0; i < repetitions(500); i++)
        race_a_close();
    actor_stops = true;
    port_thread_join(&actor_thread);
    ck_queue(queue, 0, 0);
}
END_TEST

int main(void)
{
    totals = mmap(NULL, sizeof(*totals), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (totals == MAP_FAILED)
        return EXIT_FAILURE;
    Suite *suite = suite_create("cancel race");
    TCase *tests = tcase_create("races");
    tcase_set_timeout(tests, 100);
    tcase_add_checked_fixture(tests, NULL, holding_stop);
    tcase_add_loop_test(tests, a_request_is_answered_once_when_unmark_races_with_cancel, 0, 2);
    tcase_add_loop_test(tests, a_request_is_answered_once_when_marking_races_with_cancel, 0, 2);
    tcase_add_loop_test(tests, a_request_is_answered_once_when_a_sequential_queue_races_with_cancel,
                        0, 2);
    tcase_add_loop_test(tests, a_request_is_answered_once_when_purge_races_with_cancel, 0, 2);
    tcase_add_loop_test(tests, a_request_is_answered_once_when_retrieval_races_with_cancel, 0, 2);
    tcase_add_test(tests, a_request_is_answered_once_when_requeue_races_with_cancel);
    tcase_add_loop_test(tests, a_request_is_answered_once_when_a_search_races_with_cancel, 0, 2);
    tcase_add_loop_test(tests, a_request_is_answered_once_when_forward_races_with_cancel, 0, 2);
    tcase_add_loop_test(
        tests, a_request_is_answered_once_when_a_purged_queues_refusal_races_with_cancel, 0, 2);
    tcase_add_loop_test(tests, a_request_is_answered_once_when_its_having_to_wait_races_with_cancel,
                        0, 2);
    tcase_add_test(tests, a_hundred_thousand_races_were_answered_once_each);
    tcase_add_test(tests, closing_one_file_leaves_the_requests_of_another_in_order);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
