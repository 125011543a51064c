/* Requests that the driver creates, reuse, and what only user-mode drivers ask (S7.45,
 * S7.51-S7.60). */
/* This includes functions of the user-mode framework: <wdftypes.h>. */
#define WDFUSE_BOTH_FRAMEWORKS
#include <signal.h>
#include <string.h>

#include "holding.h"
#include "unit.h"

static WDFREQUEST created;

static void create(void)
{
    start_queue(WdfIoQueueDispatchManual);
    ck_status_eq(WdfRequestCreate(WDF_NO_OBJECT_ATTRIBUTES, NULL, &created), STATUS_SUCCESS);
    last_verifier_message();
}

/* Asserts that the last call was refused by that rule. */
static void check_break(const char *rule)
{
    const char *message = last_verifier_message();
    ck_assert_msg(strstr(message, rule) != NULL, "%s is not in \"%s\"", rule, message);
}

typedef struct _OWN {
    ULONG Number;
} OWN;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(OWN, GetOwn)

static unsigned cleaned_up;

static VOID count_cleanup(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    cleaned_up++;
}

static WDFREQUEST create_below(WDFOBJECT parent)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, OWN);
    attributes.EvtCleanupCallback = count_cleanup;
    attributes.ParentObject = parent;
    WDFREQUEST request;
    ck_status_eq(WdfRequestCreate(&attributes, NULL, &request), STATUS_SUCCESS);
    cleaned_up = 0;
    return request;
}

/* ---- creating and deleting ---- */

/* S7.51, S7.52, S1.35 */
START_TEST(a_created_request_ends_by_deletion)
{
    start_queue(WdfIoQueueDispatchManual);
    WDFREQUEST request = create_below(NULL);
    ck_assert_uint_eq(GetOwn(request)->Number, 0);
    WdfObjectDelete(request);
    ck_assert_uint_eq(cleaned_up, 1);
}
END_TEST

static WDFREQUEST left_to_driver;

/* S7.51: its parent is the driver. */
START_TEST(a_created_request_that_is_not_deleted_goes_with_the_driver)
{
    start_queue(WdfIoQueueDispatchManual);
    left_to_driver = create_below(NULL);
    holding_stop();
    ck_assert_uint_eq(cleaned_up, 1);
}
END_TEST

/* S7.51 */
START_TEST(a_created_request_goes_with_the_parent_it_was_given)
{
    start_queue(WdfIoQueueDispatchParallel);
    begin_read(open_file(), 8);
    create_below(held());
    complete_held(STATUS_SUCCESS);
    ck_assert_uint_eq(cleaned_up, 1);
}
END_TEST

/* S1.25: a request cannot have an execution level. */
START_TEST(attributes_with_a_level_are_refused)
{
    start_queue(WdfIoQueueDispatchManual);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ExecutionLevel = WdfExecutionLevelPassive;
    WDFREQUEST request;
    ck_status_eq(WdfRequestCreate(&attributes, NULL, &request), STATUS_WDF_EXECUTION_LEVEL_INVALID);
    ck_assert_ptr_null(request);
}
END_TEST

/* ---- what it cannot do ---- */

/* S7.16 */
START_TEST(a_created_request_is_not_completed)
{
    create();
    WdfRequestComplete(created, STATUS_SUCCESS);
    check_break("S7.16");
    WdfRequestCompleteWithInformation(created, STATUS_SUCCESS, 1);
    check_break("S7.16");
    WdfObjectDelete(created);
}
END_TEST

/* S7.18, S7.20, S7.24, S7.52 */
START_TEST(a_created_request_is_not_made_cancelable)
{
    create();
    WdfRequestMarkCancelable(created, note_cancel);
    check_break("S7.18");
    ck_status_eq(WdfRequestMarkCancelableEx(created, note_cancel), STATUS_INVALID_DEVICE_REQUEST);
    check_break("S7.18");
    ck_status_eq(WdfRequestUnmarkCancelable(created), STATUS_INVALID_DEVICE_REQUEST);
    check_break("S7.20");
}
END_TEST

/* S6.59, S6.60 */
START_TEST(a_created_request_is_not_put_on_a_queue)
{
    create();
    ck_status_eq(WdfRequestForwardToIoQueue(created, queue), STATUS_INVALID_DEVICE_REQUEST);
    check_break("S6.59");
    ck_status_eq(WdfRequestRequeue(created), STATUS_INVALID_DEVICE_REQUEST);
    check_break("S6.60");
    ck_status_eq(WdfDeviceEnqueueRequest(wdf_device(), created), STATUS_INVALID_DEVICE_REQUEST);
    check_break("S5.18");
    ck_queue(queue, 0, 0);
}
END_TEST

/* S7.48 */
START_TEST(a_created_request_is_not_acknowledged)
{
    create();
    WdfRequestStopAcknowledge(created, FALSE);
    check_break("S7.48");
}
END_TEST

/* S7.42, S7.43, S7.52 */
START_TEST(a_created_request_has_no_queue_and_no_file)
{
    create();
    ck_assert_ptr_null(WdfRequestGetIoQueue(created));
    ck_assert_ptr_null(WdfRequestGetFileObject(created));
    ck_assert_uint_eq(WdfRequestGetRequestorProcessId(created), 0);
}
END_TEST

/* S7.40: there is no IRP. */
START_TEST(a_created_request_has_no_parameters)
{
    create();
    WDF_REQUEST_PARAMETERS parameters;
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    parameters.Type = WdfRequestTypeUsb;
    WdfRequestGetParameters(created, &parameters);
    check_break("S7.40");
    ck_assert_int_eq(parameters.Type, WdfRequestTypeUsb);
}
END_TEST

/* S7.52 */
START_TEST(a_created_request_has_no_buffers)
{
    create();
    PVOID data;
    WDFMEMORY memory;
    ck_status_eq(WdfRequestRetrieveInputBuffer(created, 0, &data, NULL),
                 STATUS_INVALID_DEVICE_REQUEST);
    ck_status_eq(WdfRequestRetrieveOutputBuffer(created, 0, &data, NULL),
                 STATUS_INVALID_DEVICE_REQUEST);
    ck_status_eq(WdfRequestRetrieveInputMemory(created, &memory), STATUS_INVALID_DEVICE_REQUEST);
    ck_status_eq(WdfRequestRetrieveOutputMemory(created, &memory), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S7.23: nobody can have cancelled it. */
START_TEST(a_created_request_is_not_cancelled)
{
    create();
    ck_assert(!WdfRequestIsCanceled(created));
}
END_TEST

/* S6.50, S6.52 */
START_TEST(a_created_request_is_found_in_no_queue)
{
    create();
    WDFREQUEST found;
    ck_status_eq(WdfIoQueueFindRequest(queue, created, NULL, NULL, &found), STATUS_NOT_FOUND);
    ck_status_eq(WdfIoQueueRetrieveFoundRequest(queue, created, &found), STATUS_NOT_FOUND);
}
END_TEST

/* S7.51, S1.2 */
START_TEST(a_target_that_does_not_exist_is_fatal)
{
    start_queue(WdfIoQueueDispatchManual);
    WdfRequestCreate(WDF_NO_OBJECT_ATTRIBUTES, (WDFIOTARGET)queue, &created);
}
END_TEST

/* ---- reuse ---- */

static WDF_REQUEST_REUSE_PARAMS reuse_params;

static NTSTATUS reuse(WDFREQUEST request, ULONG flags)
{
    WDF_REQUEST_REUSE_PARAMS_INIT(&reuse_params, flags, STATUS_IO_TIMEOUT);
    return WdfRequestReuse(request, &reuse_params);
}

/* S7.55, S7.56 */
START_TEST(a_reused_request_has_the_status_it_was_given)
{
    create();
    WdfRequestSetInformation(created, 7);
    ck_status_eq(reuse(created, WDF_REQUEST_REUSE_NO_FLAGS), STATUS_SUCCESS);
    ck_status_eq(WdfRequestGetStatus(created), STATUS_IO_TIMEOUT);
    ck_assert_uint_eq(WdfRequestGetInformation(created), 0);
}
END_TEST

/* S7.56 */
START_TEST(a_reused_request_keeps_its_context)
{
    start_queue(WdfIoQueueDispatchManual);
    WDFREQUEST request = create_below(NULL);
    GetOwn(request)->Number = 5;
    ck_status_eq(reuse(request, WDF_REQUEST_REUSE_NO_FLAGS), STATUS_SUCCESS);
    ck_assert_uint_eq(GetOwn(request)->Number, 5);
    ck_assert_uint_eq(cleaned_up, 0);
}
END_TEST

/* S7.55, S7.60 */
START_TEST(reuse_refuses_another_size_and_unknown_flags)
{
    create();
    ck_status_eq(reuse(created, 0x80), STATUS_INVALID_PARAMETER);
    WDF_REQUEST_REUSE_PARAMS_INIT(&reuse_params, 0, STATUS_SUCCESS);
    reuse_params.Size++;
    ck_status_eq(WdfRequestReuse(created, &reuse_params), STATUS_INVALID_PARAMETER);
}
END_TEST

/* S7.55 */
START_TEST(a_request_without_a_packet_has_nothing_to_complete)
{
    create();
    ck_status_eq(reuse(created, WDF_REQUEST_REUSE_MUST_COMPLETE), STATUS_INVALID_PARAMETER);
    ck_status_eq(reuse(created, WDF_REQUEST_REUSE_SET_NEW_IRP), STATUS_SUCCESS);
}
END_TEST

/* S7.55: there are no IRPs. */
START_TEST(another_packet_is_not_supported)
{
    create();
    WDF_REQUEST_REUSE_PARAMS_INIT(&reuse_params, 0, STATUS_SUCCESS);
    WDF_REQUEST_REUSE_PARAMS_SET_NEW_IRP(&reuse_params, (PIRP)&reuse_params);
    ck_status_eq(WdfRequestReuse(created, &reuse_params), STATUS_NOT_SUPPORTED);
}
END_TEST

/* S7.55, S7.57 */
START_TEST(a_queues_request_is_reset_and_stays_where_it_is)
{
    start_queue(WdfIoQueueDispatchParallel);
    begin_read(open_file(), 8);
    ck_status_eq(reuse(held(), WDF_REQUEST_REUSE_NO_FLAGS), STATUS_SUCCESS);
    ck_status_eq(WdfRequestGetStatus(held()), STATUS_IO_TIMEOUT);
    ck_assert_ptr_eq(WdfRequestGetIoQueue(held()), queue);
    ck_status_eq(reuse(held(), WDF_REQUEST_REUSE_SET_NEW_IRP), STATUS_WDF_REQUEST_INVALID_STATE);
    ck_status_eq(reuse(held(), WDF_REQUEST_REUSE_MUST_COMPLETE), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S7.57: the flag that a reuse clears is not the client's. */
START_TEST(a_queues_request_stays_cancelled)
{
    start_queue(WdfIoQueueDispatchParallel);
    WDFUSEIO reading = begin_read(open_file(), 8);
    WdfuseInprocCancel(reading);
    ck_assert(WdfRequestIsCanceled(held()));
    ck_status_eq(reuse(held(), WDF_REQUEST_REUSE_NO_FLAGS), STATUS_SUCCESS);
    ck_assert(WdfRequestIsCanceled(held()));
    ck_status_eq(WdfRequestMarkCancelableEx(held(), note_cancel), STATUS_CANCELLED);
}
END_TEST

/* S7.4, S7.55 */
START_TEST(a_request_that_is_not_the_drivers_is_not_reused)
{
    start_queue(WdfIoQueueDispatchManual);
    begin_read(open_file(), 8);
    WDFREQUEST found;
    ck_status_eq(WdfIoQueueFindRequest(queue, NULL, NULL, NULL, &found), STATUS_SUCCESS);
    last_verifier_message();
    ck_status_eq(reuse(found, WDF_REQUEST_REUSE_NO_FLAGS), STATUS_INVALID_DEVICE_REQUEST);
    check_break("S7.4");
    WdfObjectDereference(found);
}
END_TEST

/* ---- user-mode drivers ---- */

static const GUID activity = {0x12345678, 0x9ABC, 0xDEF0, {1, 2, 3, 4, 5, 6, 7, 8}};

/* S7.45 */
START_TEST(a_request_keeps_the_activity_that_it_was_given)
{
    create();
    GUID id;
    ck_status_eq(WdfRequestRetrieveActivityId(created, &id), STATUS_NOT_FOUND);
    GUID given = activity;
    WdfRequestSetActivityId(created, &given);
    ck_status_eq(reuse(created, WDF_REQUEST_REUSE_NO_FLAGS), STATUS_SUCCESS);
    ck_status_eq(WdfRequestRetrieveActivityId(created, &id), STATUS_SUCCESS);
    ck_assert_mem_eq(&id, &activity, sizeof(id));
}
END_TEST

/* A request's memory is reused; its activity ID is not. */
START_TEST(the_next_request_has_no_activity)
{
    start_queue(WdfIoQueueDispatchParallel);
    WDFUSEFILE file = open_file();
    begin_read(file, 8);
    GUID id = activity;
    WdfRequestSetActivityId(held(), &id);
    complete_held(STATUS_SUCCESS);
    begin_read(file, 8);
    ck_status_eq(WdfRequestRetrieveActivityId(held(), &id), STATUS_NOT_FOUND);
}
END_TEST

/* S7.45 */
START_TEST(who_initiated_a_request_is_what_the_driver_says)
{
    start_queue(WdfIoQueueDispatchParallel);
    begin_read(open_file(), 8);
    ck_assert(!WdfRequestGetUserModeDriverInitiatedIo(held()) &&
              !WdfRequestIsFromUserModeDriver(held()));
    WdfRequestSetUserModeDriverInitiatedIo(held(), TRUE);
    ck_assert(WdfRequestGetUserModeDriverInitiatedIo(held()) &&
              !WdfRequestIsFromUserModeDriver(held()));
}
END_TEST

static VOID ask_for_direct_io(PWDFDEVICE_INIT DeviceInit)
{
    WdfDeviceInitSetIoType(DeviceInit, WdfDeviceIoDirect);
}

START_TEST(the_effective_type_is_the_devices)
{
    prepare_init = _i == 1 ? ask_for_direct_io : NULL;
    start_queue(WdfIoQueueDispatchParallel);
    begin_read(open_file(), 8);
    ck_assert_int_eq(WdfRequestGetEffectiveIoType(held()),
                     _i == 1 ? WdfDeviceIoDirect : WdfDeviceIoBuffered);
}
END_TEST

static bool has_run;

static VOID note_run(WDFREQUEST Request, PVOID Context)
{
    UNREFERENCED_PARAMETER(Request);
    UNREFERENCED_PARAMETER(Context);
    has_run = true;
}

static const struct {
    int level;
    PFN_WDF_REQUEST_IMPERSONATE callback;
    NTSTATUS expected;
} impersonations[] = {
    {SecurityImpersonation, note_run, STATUS_NOT_SUPPORTED},
    {SecurityImpersonation, NULL, STATUS_INVALID_PARAMETER},
    {SecurityDelegation + 1, note_run, STATUS_INVALID_PARAMETER},
    {SecurityAnonymous - 1, note_run, STATUS_INVALID_PARAMETER},
};

/* S7.45: refused, so the callback is not run. */
START_TEST(nobody_is_impersonated)
{
    start_queue(WdfIoQueueDispatchParallel);
    begin_read(open_file(), 8);
    has_run = false;
    ck_status_eq(WdfRequestImpersonate(held(),
                                       (SECURITY_IMPERSONATION_LEVEL)impersonations[_i].level,
                                       impersonations[_i].callback, NULL),
                 impersonations[_i].expected);
    ck_assert(!has_run);
}
END_TEST

static Suite *requestcreate_suite(void)
{
    Suite *suite = suite_create("requestcreate");
    TCase *cases = tcase_create("requestcreate");
    tcase_add_checked_fixture(cases, NULL, holding_stop);
    tcase_add_test(cases, a_created_request_ends_by_deletion);
    tcase_add_test(cases, a_created_request_that_is_not_deleted_goes_with_the_driver);
    tcase_add_test(cases, a_created_request_goes_with_the_parent_it_was_given);
    tcase_add_test(cases, attributes_with_a_level_are_refused);
    tcase_add_test(cases, a_created_request_is_not_completed);
    tcase_add_test(cases, a_created_request_is_not_made_cancelable);
    tcase_add_test(cases, a_created_request_is_not_put_on_a_queue);
    tcase_add_test(cases, a_created_request_is_not_acknowledged);
    tcase_add_test(cases, a_created_request_has_no_queue_and_no_file);
    tcase_add_test(cases, a_created_request_has_no_parameters);
    tcase_add_test(cases, a_created_request_has_no_buffers);
    tcase_add_test(cases, a_created_request_is_not_cancelled);
    tcase_add_test(cases, a_created_request_is_found_in_no_queue);
    tcase_add_test(cases, a_reused_request_has_the_status_it_was_given);
    tcase_add_test(cases, a_reused_request_keeps_its_context);
    tcase_add_test(cases, reuse_refuses_another_size_and_unknown_flags);
    tcase_add_test(cases, a_request_without_a_packet_has_nothing_to_complete);
    tcase_add_test(cases, another_packet_is_not_supported);
    tcase_add_test(cases, a_queues_request_is_reset_and_stays_where_it_is);
    tcase_add_test(cases, a_queues_request_stays_cancelled);
    tcase_add_test(cases, a_request_that_is_not_the_drivers_is_not_reused);
    tcase_add_test(cases, a_request_keeps_the_activity_that_it_was_given);
    tcase_add_test(cases, the_next_request_has_no_activity);
    tcase_add_test(cases, who_initiated_a_request_is_what_the_driver_says);
    tcase_add_loop_test(cases, the_effective_type_is_the_devices, 0, 2);
    tcase_add_loop_test(cases, nobody_is_impersonated, 0, RTL_NUMBER_OF(impersonations));
    suite_add_tcase(suite, cases);

    cases = unit_ends(tcase_create("bug checks"));
    tcase_add_checked_fixture(cases, NULL, holding_stop);
    tcase_add_test_raise_signal(cases, a_target_that_does_not_exist_is_fatal, SIGABRT);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void)
{
    return unit_run(requestcreate_suite());
}
