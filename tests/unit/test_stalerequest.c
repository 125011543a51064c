/* What a driver still has of a request that it has completed: handles, memory objects, buffers
 * (S7.11, S13.10). */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "framework/io/iodevice.h"
#include "framework/io/queue.h"
#include "framework/io/request.h"
#include "holding.h"
#include "port/poison.h"
#include "unit.h"

typedef struct _NOTE {
    ULONG Number;
} NOTE;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(NOTE, GetNote)

static VOID give_requests_a_note(PWDFDEVICE_INIT DeviceInit)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, NOTE);
    WdfDeviceInitSetRequestAttributes(DeviceInit, &attributes);
}

static WDFUSEFILE file;

static void setup(void)
{
    prepare_init = give_requests_a_note;
    start_queue(WdfIoQueueDispatchParallel);
    file = open_file();
}

/* Completes a read, and returns its handle, which is now stale. */
static WDFREQUEST complete_read(size_t length)
{
    WDFUSEIO io = begin_read(file, length);
    WDFREQUEST request = held();
    complete_held(STATUS_SUCCESS);
    answer(io, STATUS_SUCCESS);
    return request;
}

/* ---- bug checks ---- */

static sigjmp_buf before_bug_check;

static void come_back(int signal)
{
    (void)signal;
    siglongjmp(before_bug_check, 1);
}

/* The message of the bug check in which the call ends; the test fails if there is none. Once per
 * process: abort(3) cannot be caught twice. */
static const char *bug_check_of(void (*call)(void *argument), void *argument)
{
    last_verifier_message();
    signal(SIGABRT, come_back);
    if (sigsetjmp(before_bug_check, 1) == 0) {
        call(argument);
        ck_abort_msg("there was no bug check");
    }
    signal(SIGABRT, SIG_DFL);
    return last_verifier_message();
}

static void check_words(const char *message, const char *words[], unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        ck_assert_msg(strstr(message, words[i]) != NULL, "\"%s\" does not say \"%s\"", message,
                      words[i]);
}

/* ---- handles ---- */

static void complete(void *request)
{
    WdfRequestComplete(request, STATUS_SUCCESS);
}

static void complete_with_information(void *request)
{
    WdfRequestCompleteWithInformation(request, STATUS_SUCCESS, 0);
}

static void set_information(void *request)
{
    WdfRequestSetInformation(request, 1);
}

static void get_parameters(void *request)
{
    WDF_REQUEST_PARAMETERS parameters;
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(request, &parameters);
}

static void get_queue(void *request)
{
    WdfRequestGetIoQueue(request);
}

static void get_file(void *request)
{
    WdfRequestGetFileObject(request);
}

static void retrieve_buffer(void *request)
{
    PVOID buffer;
    (void)WdfRequestRetrieveOutputBuffer(request, 1, &buffer, NULL);
}

static void retrieve_memory(void *request)
{
    WDFMEMORY memory;
    (void)WdfRequestRetrieveOutputMemory(request, &memory);
}

static void retrieve_mdl(void *request)
{
    PMDL mdl;
    (void)WdfRequestRetrieveOutputWdmMdl(request, &mdl);
}

static void mark_cancelable(void *request)
{
    WdfRequestMarkCancelable(request, note_cancel);
}

static void unmark_cancelable(void *request)
{
    (void)WdfRequestUnmarkCancelable(request);
}

static void is_canceled(void *request)
{
    (void)WdfRequestIsCanceled(request);
}

static void requeue(void *request)
{
    (void)WdfRequestRequeue(request);
}

static void forward(void *request)
{
    (void)WdfRequestForwardToIoQueue(request, queue);
}

static void acknowledge_stop(void *request)
{
    WdfRequestStopAcknowledge(request, FALSE);
}

static void reuse(void *request)
{
    WDF_REQUEST_REUSE_PARAMS params;
    WDF_REQUEST_REUSE_PARAMS_INIT(&params, WDF_REQUEST_REUSE_NO_FLAGS, STATUS_SUCCESS);
    (void)WdfRequestReuse(request, &params);
}

static void reference(void *request)
{
    WdfObjectReference(request);
}

static void delete (void *request)
{
    WdfObjectDelete(request);
}

static void get_context(void *request)
{
    (void)GetNote(request);
}

static void (*const uses[])(void *) = {
    complete,          complete_with_information,
    set_information,   get_parameters,
    get_queue,         get_file,
    retrieve_buffer,   retrieve_memory,
    retrieve_mdl,      mark_cancelable,
    unmark_cancelable, is_canceled,
    requeue,           forward,
    acknowledge_stop,  reuse,
    reference,         delete,
    get_context,
};

/* S7.11, S13.10: even if another request has come since. */
START_TEST(every_use_of_a_completed_request_is_a_bug_check_that_names_who_completed_it)
{
    char thread[32];
    WDFREQUEST stale = complete_read(8);
    WDFUSEIO other = begin_read(file, 8);
    const char *message = bug_check_of(uses[_i], stale);
    snprintf(thread, sizeof(thread), " by thread %u", (unsigned)gettid());
    check_words(message, (const char *[]){"WDF_VIOLATION 0x5", "is used after it", " at ", thread},
                4);
    ck_pending(other);
}
END_TEST

/* How many requests come between; for each number another way of withholding the memory helps. */
static const unsigned distances[] = {1, STORE_RESTING, STORE_RESTING + 1, 2 * (STORE_RESTING + 1),
                                     50};

/* S7.14: the request that now has the memory is not completed. */
START_TEST(a_second_completion_never_answers_a_later_request)
{
    WDFREQUEST stale = complete_read(8);
    for (unsigned i = 1; i < distances[_i]; i++)
        complete_read(8);
    WDFUSEIO other = begin_read(file, 8);
    const char *message = bug_check_of(complete, stale);
    check_words(message,
                (const char *[]){"WdfRequestComplete", "used after it was completed at ", "(S7.11"},
                3);
    ck_pending(other);
}
END_TEST

/* One request at a time: each gets a new handle, until the places of its block have been used
 * up. */
START_TEST(a_handle_is_not_given_again_soon)
{
    WDFREQUEST seen[60];
    for (unsigned i = 0; i < RTL_NUMBER_OF(seen); i++) {
        seen[i] = complete_read(8);
        for (unsigned earlier = 0; earlier < i; earlier++)
            ck_assert_ptr_ne(seen[earlier], seen[i]);
    }
}
END_TEST

/* A request that its client gave up before the driver saw it belongs to nobody. */
START_TEST(a_request_that_the_framework_has_completed_says_so)
{
    WdfIoQueueStop(queue, NULL, NULL);
    WDFUSEIO io = begin_read(file, 8);
    struct wdf_queue *internal =
        CONTAINING_RECORD((struct wdf_object *)queue, struct wdf_queue, object);
    port_lock_is_not_needed(io_lock); /* this is the only thread */
    WDFREQUEST stale = request_handle(request_from_queue_entry(internal->queued.Flink));
    WdfuseInprocCancel(io);
    answer(io, STATUS_CANCELLED);
    check_words(bug_check_of(complete, stale), (const char *[]){"was completed by the framework"},
                1);
}
END_TEST

static void get_memory_buffer(void *memory)
{
    (void)WdfMemoryGetBuffer(memory, NULL);
}

/* S7.13, S8.11 */
START_TEST(a_memory_object_of_a_completed_request_is_a_bug_check)
{
    WDFMEMORY memory;
    WDFUSEIO io = begin_read(file, 8);
    ck_status_eq(WdfRequestRetrieveOutputMemory(held(), &memory), STATUS_SUCCESS);
    complete_held(STATUS_SUCCESS);
    answer(io, STATUS_SUCCESS);
    begin_read(file, 8);
    check_words(
        bug_check_of(get_memory_buffer, memory),
        (const char *[]){"WDFMEMORY handle", "is used after its object was ended at ", "by thread"},
        3);
}
END_TEST

/* ---- memory ---- */

/* The memory of resting requests is bounded in bytes: long reads share one buffer; they do not have
 * one each. */
START_TEST(long_buffers_do_not_rest)
{
    struct io_device *internal = io_device_from_handle(wdf_device());
    size_t bytes = 0;
    for (unsigned i = 0; i < 4 * STORE_RESTING; i++) {
        PVOID buffer;
        WDFUSEIO io = begin_read(file, 100000);
        ck_status_eq(WdfRequestRetrieveOutputBuffer(held(), 1, &buffer, NULL), STATUS_SUCCESS);
        complete_held(STATUS_SUCCESS);
        answer(io, STATUS_SUCCESS);
    }
    for (unsigned i = 0; i < STORE_RESTING; i++) {
        struct wdf_request *request = internal->requests.resting[i];
        ck_assert_ptr_nonnull(request);
        bytes += request->buffer.capacity;
    }
    ck_assert_uint_le(bytes, STORE_RESTING * 16 * 1024);
}
END_TEST

#if PORT_POISONS
/* S7.11, S7.13, S8.11, S8.17: everything that the driver has a pointer to. */
START_TEST(what_belongs_to_a_completed_request_is_poisoned)
{
    PVOID buffer;
    WDFMEMORY memory;
    PMDL mdl;
    WDFUSEIO io = begin_read(file, 8);
    ck_status_eq(WdfRequestRetrieveOutputBuffer(held(), 1, &buffer, NULL), STATUS_SUCCESS);
    ck_status_eq(WdfRequestRetrieveOutputMemory(held(), &memory), STATUS_SUCCESS);
    ck_status_eq(WdfRequestRetrieveOutputWdmMdl(held(), &mdl), STATUS_SUCCESS);
    NOTE *note = GetNote(held());
    ck_assert(!__asan_address_is_poisoned(buffer) && !__asan_address_is_poisoned(mdl));
    complete_held(STATUS_SUCCESS);
    answer(io, STATUS_SUCCESS);
    for (unsigned i = 0; i < STORE_RESTING; i++) {
        ck_assert(__asan_address_is_poisoned(buffer));
        ck_assert(__asan_address_is_poisoned(note));
        ck_assert(__asan_address_is_poisoned(mdl));
        ck_assert(__asan_address_is_poisoned((char *)memory + sizeof(struct wdf_object)));
        complete_read(8);
    }
}
END_TEST

/* Its next user gets all of it. */
START_TEST(what_is_used_again_is_not_poisoned)
{
    for (unsigned i = 0; i < 4 * STORE_RESTING; i++) {
        PVOID buffer;
        WDFUSEIO io = begin_read(file, 8);
        ck_status_eq(WdfRequestRetrieveOutputBuffer(held(), 1, &buffer, NULL), STATUS_SUCCESS);
        ck_assert_ptr_null(__asan_region_is_poisoned(buffer, 8));
        ck_assert_ptr_null(__asan_region_is_poisoned(GetNote(held()), sizeof(NOTE)));
        complete_held(STATUS_SUCCESS);
        answer(io, STATUS_SUCCESS);
    }
}
END_TEST
#endif

int main(void)
{
    Suite *suite = suite_create("stalerequest");
    TCase *tests = tcase_create("memory");
    tcase_add_checked_fixture(tests, setup, holding_stop);
    tcase_add_test(tests, a_handle_is_not_given_again_soon);
    tcase_add_test(tests, long_buffers_do_not_rest);
#if PORT_POISONS
    tcase_add_test(tests, what_belongs_to_a_completed_request_is_poisoned);
    tcase_add_test(tests, what_is_used_again_is_not_poisoned);
#endif
    suite_add_tcase(suite, tests);

    tests = unit_ends(tcase_create("handles"));
    tcase_add_checked_fixture(tests, setup, holding_stop);
    tcase_add_loop_test(tests,
                        every_use_of_a_completed_request_is_a_bug_check_that_names_who_completed_it,
                        0, RTL_NUMBER_OF(uses));
    tcase_add_loop_test(tests, a_second_completion_never_answers_a_later_request, 0,
                        RTL_NUMBER_OF(distances));
    tcase_add_test(tests, a_request_that_the_framework_has_completed_says_so);
    tcase_add_test(tests, a_memory_object_of_a_completed_request_is_a_bug_check);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
