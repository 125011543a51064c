/* Reserved requests: what a queue uses when there is no memory (S6.76-S6.79). */
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>

#include "failing_heap.h"
#include "framework/device/device.h"
#include "framework/io.h"
#include "holding.h"
#include "port/thread.h"
#include "unit.h"

typedef struct _RESOURCES {
    ULONG Number; /* of the reserved request, from 1; 0: an ordinary one */
    ULONG Uses;
} RESOURCES;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(RESOURCES, GetResources)

static WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY policy;
static struct io_file *file;

static struct {
    ULONG allocated;     /* calls of allocate_reserved */
    ULONG fails_at;      /* which of them fails */
    unsigned cleaned_up; /* reserved requests */
    unsigned examined;
    WDF_IO_FORWARD_PROGRESS_ACTION action;
    unsigned prepared; /* calls of allocate_ordinary */
    NTSTATUS prepare_status;
    unsigned in_caller_context;
} seen;

/* ---- the driver ---- */

static VOID count_cleanup(WDFOBJECT Object)
{
    if (GetResources(Object)->Number != 0)
        seen.cleaned_up++;
}

static VOID give_requests_resources(PWDFDEVICE_INIT DeviceInit)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, RESOURCES);
    attributes.EvtCleanupCallback = count_cleanup;
    WdfDeviceInitSetRequestAttributes(DeviceInit, &attributes);
}

static NTSTATUS allocate_reserved(WDFQUEUE Queue, WDFREQUEST Request)
{
    ck_assert_ptr_eq(Queue, queue);
    ck_assert(WdfRequestIsReserved(Request));
    GetResources(Request)->Number = ++seen.allocated;
    return seen.allocated == seen.fails_at ? STATUS_DEVICE_CONFIGURATION_ERROR : STATUS_SUCCESS;
}

static WDF_IO_FORWARD_PROGRESS_ACTION examine(WDFQUEUE Queue, PIRP Irp)
{
    /* Check's assertions need memory, and there is none. */
    if (Queue == queue && Irp == NULL)
        seen.examined++;
    return seen.action;
}

static NTSTATUS allocate_ordinary(WDFQUEUE Queue, WDFREQUEST Request)
{
    ck_assert(Queue == queue && !WdfRequestIsReserved(Request));
    seen.prepared++;
    return seen.prepare_status;
}

static NTSTATUS assign(void)
{
    return WdfIoQueueAssignForwardProgressPolicy(queue, &policy);
}

/* ---- the client, when there is no memory ---- */

static NTSTATUS answers[8];
static unsigned answer_count;

static void note_answer(struct io_request *request, NTSTATUS status, size_t information)
{
    UNREFERENCED_PARAMETER(request);
    UNREFERENCED_PARAMETER(information);
    answers[answer_count++] = status;
}

static const struct io_transport transport = {.name = "scarce", .complete = note_answer};

static void setup(void)
{
    memset(&seen, 0, sizeof(seen));
    answer_count = 0;
    prepare_init = give_requests_resources;
    start_queue(WdfIoQueueDispatchParallel);
    WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_DEFAULT_INIT(&policy, 2);
    policy.EvtIoAllocateResourcesForReservedRequest = allocate_reserved;
    file = (struct io_file *)open_file();
}

/* Like a transport. The device's own store is emptied first. */
static NTSTATUS try_read(struct io_request **request)
{
    struct io_device *of = io_file_device(file);
    struct io_request *stored[8];
    unsigned count = 0;
    NTSTATUS status = STATUS_SUCCESS;
    heap_fail(1, true);
    while ((*request = io_request_create(of, &transport)) != NULL && count < RTL_NUMBER_OF(stored))
        stored[count++] = *request;
    status = io_request_create_reserved(of, &transport, WdfRequestTypeRead, O_RDWR, request);
    heap_heal();
    while (count > 0)
        io_request_discard(stored[--count]);
    if (!NT_SUCCESS(status))
        return status;
    (*request)->file = file;
    (*request)->output_length = 8;
    return status;
}

static void submit_read(void)
{
    struct io_request *request;
    ck_status_eq(try_read(&request), STATUS_SUCCESS);
    io_request_submit(request);
}

/* ---- the policy ---- */

/* S6.77 */
START_TEST(each_reserved_request_gets_its_resources_at_once)
{
    ck_status_eq(assign(), STATUS_SUCCESS);
    ck_assert_uint_eq(seen.allocated, 2);
}
END_TEST

/* S6.77 */
START_TEST(an_error_for_one_of_them_undoes_everything)
{
    seen.fails_at = 2;
    ck_status_eq(assign(), STATUS_DEVICE_CONFIGURATION_ERROR);
    ck_assert_uint_eq(seen.cleaned_up, 2);
    struct io_request *request;
    ck_status_eq(try_read(&request), STATUS_INSUFFICIENT_RESOURCES);
}
END_TEST

/* S6.76 */
START_TEST(a_second_policy_is_refused)
{
    ck_status_eq(assign(), STATUS_SUCCESS);
    ck_status_eq(assign(), STATUS_INVALID_PARAMETER);
}
END_TEST

static void wrong_size(void)
{
    policy.Size--;
}

static void no_requests(void)
{
    policy.TotalForwardProgressRequests = 0;
}

static void nothing_to_examine_with(void)
{
    WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_EXAMINE_INIT(&policy, 2, NULL);
}

static const struct {
    void (*spoil)(void);
    NTSTATUS expected;
} refusals[] = {
    {wrong_size, STATUS_INFO_LENGTH_MISMATCH},
    {no_requests, STATUS_INVALID_PARAMETER},
    {nothing_to_examine_with, STATUS_INVALID_PARAMETER},
};

/* S6.76 */
START_TEST(a_policy_that_means_nothing_is_refused)
{
    refusals[_i].spoil();
    ck_status_eq(assign(), refusals[_i].expected);
    ck_assert_uint_eq(seen.allocated, 0);
}
END_TEST

/* S6.76 */
START_TEST(a_policy_is_not_assigned_above_passive_level)
{
    WDFSPINLOCK lock;
    ck_status_eq(WdfSpinLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &lock), STATUS_SUCCESS);
    WdfSpinLockAcquire(lock);
    NTSTATUS status = assign();
    WdfSpinLockRelease(lock);
    ck_status_eq(status, STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* ---- when there is no memory ---- */

/* S6.78, S5.14 */
START_TEST(without_a_policy_there_is_no_request)
{
    struct io_request *request;
    ck_status_eq(try_read(&request), STATUS_INSUFFICIENT_RESOURCES);
}
END_TEST

/* S6.78, S6.79 */
START_TEST(a_reserved_request_takes_the_place_of_one_that_could_not_be_made)
{
    ck_status_eq(assign(), STATUS_SUCCESS);
    submit_read();
    ck_assert(WdfRequestIsReserved(held()) && GetResources(held())->Number != 0);
    complete_held(STATUS_SUCCESS);
    ck_assert_uint_eq(answer_count, 1);
    ck_status_eq(answers[0], STATUS_SUCCESS);
}
END_TEST

/* S6.79 */
START_TEST(an_ordinary_request_is_not_reserved)
{
    ck_status_eq(assign(), STATUS_SUCCESS);
    begin_read((WDFUSEFILE)file, 8);
    ck_assert(!WdfRequestIsReserved(held()) && GetResources(held())->Number == 0);
}
END_TEST

/* S6.79 */
START_TEST(a_reserved_request_is_used_again_with_its_context)
{
    ck_status_eq(assign(), STATUS_SUCCESS);
    for (unsigned i = 0; i < 4; i++) {
        submit_read();
        GetResources(held())->Uses++;
        ck_assert_uint_eq(WdfRequestGetInformation(held()), 0);
        WdfRequestSetInformation(held(), 3);
        complete_held(STATUS_SUCCESS);
    }
    submit_read();
    /* The one of two that has rested longer is used. */
    ck_assert_uint_eq(GetResources(held())->Uses, 2);
    ck_assert_uint_eq(seen.allocated, 2);
    ck_assert_uint_eq(seen.cleaned_up, 0);
    complete_held(STATUS_SUCCESS);
}
END_TEST

/* S6.79: it is not reused while somebody refers to it. */
START_TEST(a_reserved_request_is_free_when_its_last_reference_goes)
{
    policy.TotalForwardProgressRequests = 2;
    ck_status_eq(assign(), STATUS_SUCCESS);
    submit_read();
    WDFREQUEST first = held();
    WdfObjectReference(first);
    complete_held(STATUS_SUCCESS);
    submit_read();
    ck_assert_ptr_ne(held(), first);
    WdfObjectDereference(first);
    complete_held(STATUS_SUCCESS);
}
END_TEST

/* S6.79 */
START_TEST(a_reserved_request_that_was_not_submitted_goes_back)
{
    policy.TotalForwardProgressRequests = 1;
    ck_status_eq(assign(), STATUS_SUCCESS);
    struct io_request *request;
    ck_status_eq(try_read(&request), STATUS_SUCCESS);
    io_request_discard(request);
    submit_read();
    complete_held(STATUS_SUCCESS);
    ck_assert_uint_eq(answer_count, 1);
}
END_TEST

/* S6.78 */
START_TEST(nobody_pages_to_a_device)
{
    WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_PAGINGIO_INIT(&policy, 2);
    ck_status_eq(assign(), STATUS_SUCCESS);
    struct io_request *request;
    ck_status_eq(try_read(&request), STATUS_UNSUCCESSFUL);
}
END_TEST

/* S6.78 */
START_TEST(the_driver_examines_and_decides)
{
    WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_EXAMINE_INIT(&policy, 1, examine);
    ck_status_eq(assign(), STATUS_SUCCESS);
    struct io_request *request;
    seen.action = WdfIoForwardProgressActionFailRequest;
    ck_status_eq(try_read(&request), STATUS_UNSUCCESSFUL);
    seen.action = WdfIoForwardProgressActionUseReservedRequest;
    submit_read();
    complete_held(STATUS_SUCCESS);
    ck_assert_uint_eq(seen.examined, 2);
}
END_TEST

static atomic_bool has_request;

static void wait_for_reserved(void *unused)
{
    (void)unused;
    struct io_request *request;
    NTSTATUS status = io_request_create_reserved(io_file_device(file), &transport,
                                                 WdfRequestTypeRead, O_RDWR, &request);
    ck_assert(NT_SUCCESS(status));
    has_request = true;
    io_request_discard(request);
}

static bool somebody_waits(void)
{
    struct io_device *of = io_file_device(file);
    IO_LOCK_SCOPE(of->domain);
    return of->domain->io_waiters > 0;
}

/* S6.78 */
START_TEST(a_client_waits_until_a_reserved_request_is_free)
{
    policy.TotalForwardProgressRequests = 1;
    ck_status_eq(assign(), STATUS_SUCCESS);
    submit_read();
    has_request = false;
    struct port_thread thread;
    ck_assert_int_eq(port_thread_start(&thread, "client", wait_for_reserved, NULL), 0);
    eventually(somebody_waits());
    ck_assert(!has_request);
    complete_held(STATUS_SUCCESS);
    port_thread_join(&thread);
    ck_assert(has_request);
}
END_TEST

/* Its outcome is kept for its client, which may never come back. */
START_TEST(the_reserve_is_for_those_who_wait)
{
    static const WDF_REQUEST_TYPE types[] = {WdfRequestTypeRead, WdfRequestTypeWrite};
    struct io_device *of = io_file_device(file);
    struct io_request *request;
    ck_status_eq(assign(), STATUS_SUCCESS);
    for (unsigned i = 0; i < RTL_NUMBER_OF(types); i++)
        ck_status_eq(
            io_request_create_reserved(of, &transport, types[i], O_RDWR | O_NONBLOCK, &request),
            STATUS_CANT_WAIT);
    ck_status_eq(io_request_create_reserved(of, &transport, WdfRequestTypeDeviceControl,
                                            O_RDWR | O_NONBLOCK, &request),
                 STATUS_SUCCESS);
    io_request_discard(request);
}
END_TEST

/* S6.78 */
START_TEST(a_create_has_no_reserve)
{
    ck_status_eq(assign(), STATUS_SUCCESS);
    struct io_request *request;
    ck_status_eq(io_request_create_reserved(io_file_device(file), &transport, WdfRequestTypeCreate,
                                            O_RDWR, &request),
                 STATUS_INSUFFICIENT_RESOURCES);
}
END_TEST

/* S6.78 */
START_TEST(ordinary_requests_get_resources_too)
{
    policy.EvtIoAllocateRequestResources = allocate_ordinary;
    ck_status_eq(assign(), STATUS_SUCCESS);
    begin_read((WDFUSEFILE)file, 8);
    ck_assert_uint_eq(seen.prepared, 1);
    ck_assert_uint_eq(counts.presented, 1);
    seen.prepare_status = STATUS_INSUFFICIENT_RESOURCES;
    answer(begin_read((WDFUSEFILE)file, 8), STATUS_INSUFFICIENT_RESOURCES);
    ck_assert_uint_eq(counts.presented, 1);
    submit_read();
    ck_assert_uint_eq(seen.prepared, 2);
    ck_assert_uint_eq(counts.presented, 2);
    complete_held(STATUS_SUCCESS);
    complete_held(STATUS_SUCCESS);
}
END_TEST

/* S14.3: not even this part of the driver sees a request for which the file was not opened. */
START_TEST(a_control_without_access_gets_no_resources)
{
    policy.EvtIoAllocateRequestResources = allocate_ordinary;
    ck_status_eq(assign(), STATUS_SUCCESS);
    WDFUSEFILE reader;
    ck_status_eq(WdfuseInprocOpen(device, O_RDONLY, &reader), STATUS_SUCCESS);
    ULONG code = CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_WRITE_ACCESS);
    answer(begin_control(reader, code, 8, 8), STATUS_ACCESS_DENIED);
    ck_assert_uint_eq(seen.prepared, 0);
    WdfuseInprocClose(reader);
}
END_TEST

/* S6.77: they go with the queue. */
START_TEST(reserved_requests_are_cleaned_up_with_the_device)
{
    ck_status_eq(assign(), STATUS_SUCCESS);
    submit_read();
    complete_held(STATUS_SUCCESS);
    holding_stop();
    ck_assert_uint_eq(seen.cleaned_up, 2);
}
END_TEST

static VOID count_in_caller_context(WDFDEVICE Device, WDFREQUEST Request)
{
    seen.in_caller_context++;
    ck_status_eq(WdfDeviceEnqueueRequest(Device, Request), STATUS_SUCCESS);
}

static VOID see_callers(PWDFDEVICE_INIT DeviceInit)
{
    give_requests_resources(DeviceInit);
    WdfDeviceInitSetIoInCallerContextCallback(DeviceInit, count_in_caller_context);
}

/* S5.16 */
START_TEST(a_reserved_request_is_not_seen_in_the_callers_context)
{
    holding_stop();
    prepare_init = see_callers;
    start_queue(WdfIoQueueDispatchParallel);
    file = (struct io_file *)open_file();
    ck_status_eq(assign(), STATUS_SUCCESS);
    submit_read();
    ck_assert_uint_eq(seen.in_caller_context, 0);
    ck_assert_uint_eq(counts.presented, 1);
    complete_held(STATUS_SUCCESS);
}
END_TEST

static Suite *forwardprogress_suite(void)
{
    Suite *suite = suite_create("forwardprogress");
    TCase *cases = tcase_create("forwardprogress");
    tcase_add_checked_fixture(cases, setup, holding_stop);
    tcase_add_test(cases, each_reserved_request_gets_its_resources_at_once);
    tcase_add_test(cases, an_error_for_one_of_them_undoes_everything);
    tcase_add_test(cases, a_second_policy_is_refused);
    tcase_add_loop_test(cases, a_policy_that_means_nothing_is_refused, 0, RTL_NUMBER_OF(refusals));
    tcase_add_test(cases, a_policy_is_not_assigned_above_passive_level);
    tcase_add_test(cases, without_a_policy_there_is_no_request);
    tcase_add_test(cases, a_reserved_request_takes_the_place_of_one_that_could_not_be_made);
    tcase_add_test(cases, an_ordinary_request_is_not_reserved);
    tcase_add_test(cases, a_reserved_request_is_used_again_with_its_context);
    tcase_add_test(cases, a_reserved_request_is_free_when_its_last_reference_goes);
    tcase_add_test(cases, a_reserved_request_that_was_not_submitted_goes_back);
    tcase_add_test(cases, nobody_pages_to_a_device);
    tcase_add_test(cases, the_driver_examines_and_decides);
    tcase_add_test(cases, a_client_waits_until_a_reserved_request_is_free);
    tcase_add_test(cases, the_reserve_is_for_those_who_wait);
    tcase_add_test(cases, a_create_has_no_reserve);
    tcase_add_test(cases, ordinary_requests_get_resources_too);
    tcase_add_test(cases, a_control_without_access_gets_no_resources);
    tcase_add_test(cases, reserved_requests_are_cleaned_up_with_the_device);
    tcase_add_test(cases, a_reserved_request_is_not_seen_in_the_callers_context);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void)
{
    return unit_run(forwardprogress_suite());
}
