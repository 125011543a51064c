/* Requests: completion, inspection, contexts, use after completion (S7.5-S7.17, S7.39-S7.47). */
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "holding.h"
#include "unit.h"

static char buffer[16];

static void setup(void)
{
    memset(buffer, '.', sizeof(buffer));
    start_queue(WdfIoQueueDispatchParallel);
}

static WDFUSEIO begin_read_of(size_t length)
{
    return remember(WdfuseInprocBeginRead(open_file(), buffer, length));
}

static void write_output(const char *text)
{
    PVOID output;
    ck_status_eq(WdfRequestRetrieveOutputBuffer(held(), 1, &output, NULL), STATUS_SUCCESS);
    memcpy(output, text, strlen(text));
}

/* ---- completion ---- */

static const struct {
    NTSTATUS given, answered;
} statuses[] = {
    {STATUS_SUCCESS, STATUS_SUCCESS},
    {STATUS_UNSUCCESSFUL, STATUS_UNSUCCESSFUL},
    {STATUS_CANCELLED, STATUS_CANCELLED},
    {STATUS_TIMEOUT, STATUS_TIMEOUT},
    {STATUS_BUFFER_OVERFLOW, STATUS_BUFFER_OVERFLOW},
    /* S7.7 */
    {STATUS_WDF_PAUSED, STATUS_DEVICE_BUSY},
    {STATUS_WDF_BUSY, STATUS_DEVICE_BUSY},
    {STATUS_WDF_INTERNAL_ERROR, STATUS_INTERNAL_ERROR},
    {STATUS_WDF_NOT_ENOUGH_MAP_REGISTERS, STATUS_INSUFFICIENT_RESOURCES},
    {STATUS_WDF_TOO_FRAGMENTED, STATUS_INVALID_DEVICE_REQUEST},
    {STATUS_WDF_TOO_MANY_TRANSFERS, STATUS_INVALID_DEVICE_REQUEST},
    {STATUS_WDF_NO_CALLBACK, STATUS_INVALID_DEVICE_REQUEST},
    {STATUS_WDF_REQUEST_INVALID_STATE, STATUS_INVALID_DEVICE_REQUEST},
};

/* S7.5, S7.7 */
START_TEST(the_client_gets_the_drivers_status_but_none_of_the_frameworks)
{
    WDFUSEIO io = begin_read_of(8);
    complete_held(statuses[_i].given);
    answer(io, statuses[_i].answered);
}
END_TEST

/* S7.5 */
START_TEST(information_is_none_if_the_driver_never_says)
{
    WDFUSEIO io = begin_read_of(8);
    write_output("ab");
    complete_held(STATUS_SUCCESS);
    ck_assert_uint_eq(answer(io, STATUS_SUCCESS), 0);
}
END_TEST

/* S7.5 */
START_TEST(information_is_what_the_driver_has_set_before)
{
    WDFUSEIO io = begin_read_of(8);
    write_output("abc");
    WdfRequestSetInformation(held(), 3);
    complete_held(STATUS_SUCCESS);
    ck_assert_uint_eq(answer(io, STATUS_SUCCESS), 3);
}
END_TEST

/* S7.5 */
START_TEST(completing_with_information_replaces_what_was_set_before)
{
    WDFUSEIO io = begin_read_of(8);
    write_output("abc");
    WdfRequestSetInformation(held(), 3);
    WdfRequestCompleteWithInformation(take_held(), STATUS_SUCCESS, 2);
    ck_assert_uint_eq(answer(io, STATUS_SUCCESS), 2);
}
END_TEST

/* S7.5 */
START_TEST(completing_with_a_priority_boost_is_completing)
{
    WDFUSEIO io = begin_read_of(8);
    write_output("abc");
    WdfRequestSetInformation(held(), 3);
    WdfRequestCompleteWithPriorityBoost(take_held(), STATUS_SUCCESS, IO_NO_INCREMENT);
    ck_assert_uint_eq(answer(io, STATUS_SUCCESS), 3);
}
END_TEST

/* S7.5, S7.41 */
START_TEST(information_reads_back_as_set)
{
    begin_read_of(8);
    WdfRequestSetInformation(held(), 5);
    ck_assert_uint_eq(WdfRequestGetInformation(held()), 5);
}
END_TEST

static const struct {
    NTSTATUS status;
    const char *received; /* in a buffer of dots */
} transfers[] = {
    {STATUS_SUCCESS, "abc....."},
    {STATUS_BUFFER_OVERFLOW, "abc....."}, /* S15.46 */
    {STATUS_UNSUCCESSFUL, "........"},    /* S15.45 */
};

/* S7.6, S15.45, S15.46 */
START_TEST(data_reaches_the_client_unless_the_status_is_an_error)
{
    WDFUSEIO io = begin_read_of(8);
    write_output("abcdef");
    WdfRequestCompleteWithInformation(take_held(), transfers[_i].status, 3);
    answer(io, transfers[_i].status);
    ck_assert_mem_eq(buffer, transfers[_i].received, 8);
}
END_TEST

/* S7.6 */
START_TEST(an_error_transfers_no_bytes_whatever_the_information_is)
{
    WDFUSEIO io = begin_read_of(8);
    WdfRequestCompleteWithInformation(take_held(), STATUS_UNSUCCESSFUL, 1000);
    ck_assert_uint_eq(answer(io, STATUS_UNSUCCESSFUL), 0);
}
END_TEST

/* The answer to a Linux number without data: ioctl(2) returns it. */
START_TEST(information_of_a_bare_control_is_what_ioctl_returns)
{
    int anything = 0;
    last_verifier_message();
    WDFUSEIO io = remember(WdfuseInprocBeginNativeIoctl(open_file(), _IO('w', 1), &anything));
    WdfRequestCompleteWithInformation(take_held(), STATUS_SUCCESS, 1000000);
    ck_assert_uint_eq(answer(io, STATUS_SUCCESS), 1000000);
    ck_assert_str_eq(last_verifier_message(), "");
}
END_TEST

/* With a direction and a size it is a number of bytes, of which there are none. */
START_TEST(information_of_a_control_that_only_sends_is_not_what_ioctl_returns)
{
    int anything = 0;
    WDFUSEIO io = remember(WdfuseInprocBeginNativeIoctl(open_file(), _IOW('w', 1, int), &anything));
    WdfRequestCompleteWithInformation(take_held(), STATUS_SUCCESS, 4);
    ck_assert_uint_eq(answer(io, STATUS_SUCCESS), 0);
}
END_TEST

/* S7.9 */
START_TEST(information_of_a_control_without_output_transfers_nothing_and_is_reported)
{
    last_verifier_message();
    WDFUSEIO io = begin_control(open_file(), 0x1234, 4, 0);
    WdfRequestCompleteWithInformation(take_held(), STATUS_SUCCESS, 4);
    size_t count = answer(io, STATUS_SUCCESS);
    ck_assert_uint_eq(count, 0);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S7.9"));
}
END_TEST

/* S7.15 */
START_TEST(completing_with_pending_is_reported_and_does_not_reach_the_client)
{
    last_verifier_message();
    WDFUSEIO io = begin_read_of(8);
    complete_held(STATUS_PENDING);
    answer(io, STATUS_UNSUCCESSFUL);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S7.15"));
}
END_TEST

/* S7.17 */
START_TEST(completing_at_dispatch_level_with_passive_children_is_reported)
{
    WDFUSEIO io = begin_read_of(8);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = held();
    if (_i == 1)
        attributes.ExecutionLevel = WdfExecutionLevelPassive;
    WDFOBJECT child;
    ck_status_eq(WdfObjectCreate(&attributes, &child), STATUS_SUCCESS);
    WDFSPINLOCK lock;
    ck_status_eq(WdfSpinLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &lock), STATUS_SUCCESS);
    last_verifier_message();
    WdfSpinLockAcquire(lock);
    complete_held(STATUS_SUCCESS);
    WdfSpinLockRelease(lock);
    answer(io, STATUS_SUCCESS);
    ck_assert((strstr(last_verifier_message(), "S7.17") != NULL) == (_i == 1));
}
END_TEST

/* S7.17 */
START_TEST(a_request_is_completed_at_dispatch_level)
{
    WDFUSEIO io = begin_read_of(8);
    WDFSPINLOCK lock;
    ck_status_eq(WdfSpinLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &lock), STATUS_SUCCESS);
    WdfSpinLockAcquire(lock);
    complete_held(STATUS_SUCCESS);
    WdfSpinLockRelease(lock);
    answer(io, STATUS_SUCCESS);
}
END_TEST

/* S7.14, S13.8 */
START_TEST(completing_a_request_that_is_not_the_drivers_is_ignored)
{
    WDFQUEUE other = create_queue(WdfIoQueueDispatchManual);
    WDFUSEIO io = begin_read_of(8);
    WDFREQUEST request = take_held();
    ck_status_eq(WdfRequestForwardToIoQueue(request, other), STATUS_SUCCESS);
    WdfRequestComplete(request, STATUS_SUCCESS);
    ck_pending(io);
}
END_TEST

/* S7.14 */
START_TEST(completing_a_cancelable_request_is_reported)
{
    begin_read_of(8);
    ck_status_eq(WdfRequestMarkCancelableEx(held(), note_cancel), STATUS_SUCCESS);
    last_verifier_message();
    complete_held(STATUS_SUCCESS);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S7.14"));
}
END_TEST

/* ---- what runs at completion ---- */

static char trace[64];
static WDFUSEIO traced_io;
static bool buffer_was_valid;

static VOID trace_cleanup(WDFOBJECT Object)
{
    PVOID output;
    buffer_was_valid =
        NT_SUCCESS(WdfRequestRetrieveOutputBuffer((WDFREQUEST)Object, 1, &output, NULL));
    strcat(trace, WdfuseInprocIsComplete(traced_io) ? "cleanup-late " : "cleanup ");
}

static VOID trace_child_cleanup(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    strcat(trace, "child-cleanup ");
}

static VOID trace_child_destroy(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    strcat(trace, "child-destroy ");
}

static VOID trace_destroy(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    strcat(trace, "destroy ");
}

typedef struct _NUMBERED {
    ULONG Number;
    UCHAR Rest[60];
} NUMBERED;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(NUMBERED, GetNumbered)

typedef struct _SECOND {
    ULONG Number;
} SECOND;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(SECOND, GetSecond)

static VOID give_requests_a_traced_context(PWDFDEVICE_INIT DeviceInit)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, NUMBERED);
    attributes.EvtCleanupCallback = trace_cleanup;
    attributes.EvtDestroyCallback = trace_destroy;
    WdfDeviceInitSetRequestAttributes(DeviceInit, &attributes);
}

static void setup_traced(void)
{
    trace[0] = '\0';
    prepare_init = give_requests_a_traced_context;
    setup();
}

static void add_child(WDFREQUEST request)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = request;
    attributes.EvtCleanupCallback = trace_child_cleanup;
    attributes.EvtDestroyCallback = trace_child_destroy;
    WDFOBJECT child;
    ck_status_eq(WdfObjectCreate(&attributes, &child), STATUS_SUCCESS);
}

/* S7.10 */
START_TEST(completion_cleans_up_children_first_then_destroys_then_answers)
{
    traced_io = begin_read_of(8);
    add_child(held());
    complete_held(STATUS_SUCCESS);
    answer(traced_io, STATUS_SUCCESS);
    ck_assert_str_eq(trace, "child-cleanup cleanup child-destroy destroy ");
}
END_TEST

/* S7.10 */
START_TEST(buffers_are_valid_in_the_cleanup_callback)
{
    traced_io = begin_read_of(8);
    buffer_was_valid = false;
    complete_held(STATUS_SUCCESS);
    ck_assert(buffer_was_valid);
}
END_TEST

/* S7.12 */
START_TEST(a_request_that_was_never_presented_has_no_callbacks)
{
    WdfIoQueueStop(queue, NULL, NULL);
    traced_io = begin_read_of(8);
    WdfIoQueuePurge(queue, NULL, NULL);
    answer(traced_io, STATUS_CANCELLED);
    ck_assert_str_eq(trace, "");
}
END_TEST

/* S7.11, S1.10 */
START_TEST(a_reference_keeps_handle_and_contexts_beyond_completion)
{
    traced_io = begin_read_of(8);
    WDFREQUEST request = take_held();
    GetNumbered(request)->Number = 9;
    WdfObjectReference(request);
    WdfRequestComplete(request, STATUS_SUCCESS);
    answer(traced_io, STATUS_SUCCESS);
    ULONG number = GetNumbered(request)->Number;
    WdfObjectDereference(request);
    ck_assert_uint_eq(number, 9);
}
END_TEST

/* ---- contexts ---- */

/* S7.47 */
START_TEST(every_request_has_a_zeroed_context_of_its_own)
{
    static const NUMBERED zero;
    for (unsigned i = 0; i < 3; i++) {
        traced_io = begin_read_of(8);
        ck_assert_mem_eq(GetNumbered(held()), &zero, sizeof(zero));
        memset(GetNumbered(held()), 0xEE, sizeof(NUMBERED));
        complete_held(STATUS_SUCCESS);
        answer(traced_io, STATUS_SUCCESS);
    }
}
END_TEST

/* S7.47 */
START_TEST(a_request_takes_further_contexts)
{
    traced_io = begin_read_of(8);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, SECOND);
    PVOID second;
    ck_status_eq(WdfObjectAllocateContext(held(), &attributes, &second), STATUS_SUCCESS);
    ck_assert_ptr_eq(GetSecond(held()), second);
}
END_TEST

/* S7.47: the next request in the same memory must not inherit what was added to this one. */
START_TEST(a_context_that_was_added_is_gone_with_its_request)
{
    traced_io = begin_read_of(8);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, SECOND);
    ck_status_eq(WdfObjectAllocateContext(held(), &attributes, NULL), STATUS_SUCCESS);
    complete_held(STATUS_SUCCESS);
    answer(traced_io, STATUS_SUCCESS);
    traced_io = begin_read_of(8);
    ck_assert_ptr_null(GetSecond(held()));
}
END_TEST

/* ---- inspecting ---- */

static WDF_REQUEST_PARAMETERS parameters_of(WDFREQUEST request)
{
    WDF_REQUEST_PARAMETERS parameters;
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(request, &parameters);
    return parameters;
}

/* S7.39 */
START_TEST(the_parameters_of_a_read_are_its_length_and_position)
{
    begin_read_of(11);
    WDF_REQUEST_PARAMETERS parameters = parameters_of(held());
    ck_assert(parameters.Type == WdfRequestTypeRead && parameters.Parameters.Read.Length == 11 &&
              parameters.Parameters.Read.DeviceOffset == 0 && parameters.Parameters.Read.Key == 0);
}
END_TEST

/* S7.39 */
START_TEST(the_parameters_of_a_write_are_its_length_and_position)
{
    begin_write(open_file(), 12);
    WDF_REQUEST_PARAMETERS parameters = parameters_of(held());
    ck_assert(parameters.Type == WdfRequestTypeWrite && parameters.Parameters.Write.Length == 12 &&
              parameters.Parameters.Write.DeviceOffset == 0);
}
END_TEST

/* S7.39 */
START_TEST(the_parameters_of_a_control_are_its_lengths_and_code)
{
    begin_control(open_file(), 0xC0041234, 13, 14);
    WDF_REQUEST_PARAMETERS parameters = parameters_of(held());
    ck_assert(parameters.Type == WdfRequestTypeDeviceControl &&
              parameters.Parameters.DeviceIoControl.OutputBufferLength == 14 &&
              parameters.Parameters.DeviceIoControl.InputBufferLength == 13 &&
              parameters.Parameters.DeviceIoControl.IoControlCode == 0xC0041234);
}
END_TEST

/* S7.39 */
START_TEST(parameters_of_the_wrong_size_are_not_filled)
{
    begin_read_of(8);
    WDF_REQUEST_PARAMETERS parameters;
    memset(&parameters, 0x55, sizeof(parameters));
    parameters.Size = sizeof(parameters) - 1;
    WDF_REQUEST_PARAMETERS before = parameters;
    WdfRequestGetParameters(held(), &parameters);
    ck_assert_mem_eq(&parameters, &before, sizeof(parameters));
}
END_TEST

/* S7.42 */
START_TEST(a_request_knows_its_queue)
{
    begin_read_of(8);
    ck_assert_ptr_eq(WdfRequestGetIoQueue(held()), queue);
}
END_TEST

/* S7.44 */
START_TEST(every_request_comes_from_user_mode)
{
    begin_read_of(8);
    ck_assert_int_eq(WdfRequestGetRequestorMode(held()), UserMode);
}
END_TEST

/* S7.45 */
START_TEST(a_request_knows_the_process_that_asks)
{
    begin_read_of(8);
    ck_assert_uint_eq(WdfRequestGetRequestorProcessId(held()), (ULONG)getpid());
}
END_TEST

/* S7.46 */
START_TEST(a_request_of_this_process_is_not_from_a_32_bit_one)
{
    begin_read_of(8);
    ck_assert(!WdfRequestIsFrom32BitProcess(held()));
}
END_TEST

/* ---- after completion ---- */

/* A completed request, with a reference; its I/O is answered. */
static WDFREQUEST completed_request(void)
{
    WDFUSEIO io = begin_read_of(8);
    WDFREQUEST request = take_held();
    WdfObjectReference(request);
    WdfRequestComplete(request, STATUS_SUCCESS);
    answer(io, STATUS_SUCCESS);
    last_verifier_message();
    return request;
}

/* S7.14 */
START_TEST(completing_twice_is_reported_and_ignored)
{
    WDFREQUEST request = completed_request();
    WdfRequestComplete(request, STATUS_SUCCESS);
    WdfObjectDereference(request);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S7.14"));
}
END_TEST

/* S7.40 */
START_TEST(the_parameters_of_a_completed_request_are_not_filled)
{
    WDFREQUEST request = completed_request();
    WDF_REQUEST_PARAMETERS parameters;
    memset(&parameters, 0x55, sizeof(parameters));
    parameters.Size = sizeof(parameters);
    WdfRequestGetParameters(request, &parameters);
    WdfObjectDereference(request);
    ck_assert_uint_eq((unsigned)parameters.Type, 0x55555555);
}
END_TEST

/* S7.42 */
START_TEST(a_completed_request_has_no_queue)
{
    WDFREQUEST request = completed_request();
    WDFQUEUE of_request = WdfRequestGetIoQueue(request);
    WdfObjectDereference(request);
    ck_assert_ptr_null(of_request);
}
END_TEST

/* S8.12 */
START_TEST(a_completed_request_has_no_buffers)
{
    WDFREQUEST request = completed_request();
    PVOID output = buffer;
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(request, 1, &output, NULL);
    WdfObjectDereference(request);
    ck_assert(status == STATUS_INVALID_DEVICE_REQUEST && output == NULL);
}
END_TEST

/* S7.11: the open file may be gone. */
START_TEST(a_completed_request_has_no_file_object)
{
    WDFREQUEST request = completed_request();
    WDFFILEOBJECT file = WdfRequestGetFileObject(request);
    bool is_reported = strstr(last_verifier_message(), "S13.10") != NULL;
    WdfObjectDereference(request);
    ck_assert(file == NULL && is_reported);
}
END_TEST

/* S7.11, S13.8 */
START_TEST(a_completed_request_cannot_be_forwarded)
{
    WDFQUEUE other = create_queue(WdfIoQueueDispatchManual);
    WDFREQUEST request = completed_request();
    NTSTATUS status = WdfRequestForwardToIoQueue(request, other);
    WdfObjectDereference(request);
    ck_status_eq(status, STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S7.11, S13.8 */
START_TEST(a_completed_request_cannot_be_made_cancelable)
{
    WDFREQUEST request = completed_request();
    NTSTATUS status = WdfRequestMarkCancelableEx(request, note_cancel);
    WdfObjectDereference(request);
    ck_status_eq(status, STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* ---- fatal ---- */

/* S7.8, S13.11 */
START_TEST(a_success_with_more_information_than_the_read_asked_for_is_a_bug_check)
{
    begin_read_of(8);
    WdfRequestCompleteWithInformation(take_held(), STATUS_SUCCESS, 9);
}
END_TEST

/* S7.8 */
START_TEST(a_success_with_more_information_than_was_written_is_a_bug_check)
{
    begin_write(open_file(), 8);
    WdfRequestCompleteWithInformation(take_held(), STATUS_SUCCESS, 9);
}
END_TEST

/* S7.8 */
START_TEST(a_success_with_more_information_than_the_control_takes_is_a_bug_check)
{
    begin_control(open_file(), 0x1234, 16, 8);
    WdfRequestCompleteWithInformation(take_held(), STATUS_SUCCESS, 9);
}
END_TEST

/* S7.13, S15.54 */
START_TEST(completing_while_a_memory_of_the_request_is_referenced_is_a_bug_check)
{
    begin_read_of(8);
    WDFMEMORY memory;
    ck_status_eq(WdfRequestRetrieveOutputMemory(held(), &memory), STATUS_SUCCESS);
    WdfObjectReference(memory);
    complete_held(STATUS_SUCCESS);
}
END_TEST

/* S7.11 */
START_TEST(using_a_request_that_is_gone_is_a_bug_check)
{
    WDFUSEIO io = begin_read_of(8);
    WDFREQUEST request = take_held();
    WdfRequestComplete(request, STATUS_SUCCESS);
    answer(io, STATUS_SUCCESS);
    WdfRequestComplete(request, STATUS_SUCCESS);
}
END_TEST

static TCase *request_case(const char *name, void (*start)(void))
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, start, holding_stop);
    return tests;
}

static TCase *completion_tests(void)
{
    TCase *tests = request_case("completion", setup);
    tcase_add_loop_test(tests, the_client_gets_the_drivers_status_but_none_of_the_frameworks, 0,
                        RTL_NUMBER_OF(statuses));
    tcase_add_test(tests, information_is_none_if_the_driver_never_says);
    tcase_add_test(tests, information_is_what_the_driver_has_set_before);
    tcase_add_test(tests, completing_with_information_replaces_what_was_set_before);
    tcase_add_test(tests, completing_with_a_priority_boost_is_completing);
    tcase_add_test(tests, information_reads_back_as_set);
    tcase_add_loop_test(tests, data_reaches_the_client_unless_the_status_is_an_error, 0,
                        RTL_NUMBER_OF(transfers));
    tcase_add_test(tests, an_error_transfers_no_bytes_whatever_the_information_is);
    tcase_add_test(tests, information_of_a_bare_control_is_what_ioctl_returns);
    tcase_add_test(tests, information_of_a_control_that_only_sends_is_not_what_ioctl_returns);
    tcase_add_test(tests,
                   information_of_a_control_without_output_transfers_nothing_and_is_reported);
    tcase_add_test(tests, completing_with_pending_is_reported_and_does_not_reach_the_client);
    tcase_add_test(tests, a_request_is_completed_at_dispatch_level);
    tcase_add_loop_test(tests, completing_at_dispatch_level_with_passive_children_is_reported, 0,
                        2);
    tcase_add_test(tests, completing_a_request_that_is_not_the_drivers_is_ignored);
    tcase_add_test(tests, completing_a_cancelable_request_is_reported);
    return tests;
}

static TCase *context_tests(void)
{
    TCase *tests = request_case("contexts", setup_traced);
    tcase_add_test(tests, completion_cleans_up_children_first_then_destroys_then_answers);
    tcase_add_test(tests, buffers_are_valid_in_the_cleanup_callback);
    tcase_add_test(tests, a_request_that_was_never_presented_has_no_callbacks);
    tcase_add_test(tests, a_reference_keeps_handle_and_contexts_beyond_completion);
    tcase_add_test(tests, every_request_has_a_zeroed_context_of_its_own);
    tcase_add_test(tests, a_request_takes_further_contexts);
    tcase_add_test(tests, a_context_that_was_added_is_gone_with_its_request);
    return tests;
}

static TCase *inspecting_tests(void)
{
    TCase *tests = request_case("inspecting", setup);
    tcase_add_test(tests, the_parameters_of_a_read_are_its_length_and_position);
    tcase_add_test(tests, the_parameters_of_a_write_are_its_length_and_position);
    tcase_add_test(tests, the_parameters_of_a_control_are_its_lengths_and_code);
    tcase_add_test(tests, parameters_of_the_wrong_size_are_not_filled);
    tcase_add_test(tests, a_request_knows_its_queue);
    tcase_add_test(tests, every_request_comes_from_user_mode);
    tcase_add_test(tests, a_request_knows_the_process_that_asks);
    tcase_add_test(tests, a_request_of_this_process_is_not_from_a_32_bit_one);
    return tests;
}

static TCase *afterwards_tests(void)
{
    TCase *tests = request_case("after completion", setup);
    tcase_add_test(tests, completing_twice_is_reported_and_ignored);
    tcase_add_test(tests, the_parameters_of_a_completed_request_are_not_filled);
    tcase_add_test(tests, a_completed_request_has_no_queue);
    tcase_add_test(tests, a_completed_request_has_no_buffers);
    tcase_add_test(tests, a_completed_request_has_no_file_object);
    tcase_add_test(tests, a_completed_request_cannot_be_forwarded);
    tcase_add_test(tests, a_completed_request_cannot_be_made_cancelable);
    return tests;
}

static TCase *bug_check_tests(void)
{
    TCase *tests = unit_ends(request_case("bug checks", setup));
    tcase_add_test_raise_signal(
        tests, a_success_with_more_information_than_the_read_asked_for_is_a_bug_check, SIGABRT);
    tcase_add_test_raise_signal(
        tests, a_success_with_more_information_than_was_written_is_a_bug_check, SIGABRT);
    tcase_add_test_raise_signal(
        tests, a_success_with_more_information_than_the_control_takes_is_a_bug_check, SIGABRT);
    tcase_add_test_raise_signal(
        tests, completing_while_a_memory_of_the_request_is_referenced_is_a_bug_check, SIGABRT);
    tcase_add_test_raise_signal(tests, using_a_request_that_is_gone_is_a_bug_check, SIGABRT);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("request");
    suite_add_tcase(suite, completion_tests());
    suite_add_tcase(suite, context_tests());
    suite_add_tcase(suite, inspecting_tests());
    suite_add_tcase(suite, afterwards_tests());
    suite_add_tcase(suite, bug_check_tests());
    return unit_run(suite);
}
