/* Opening: the create request, its callback and its queue (S4.7-S4.17, S3.17). */
#include <fcntl.h>
#include <string.h>

#include "holding.h"
#include "traced_files.h"
#include "unit.h"

static WDFREQUEST create_request;

static VOID keep_create(WDFDEVICE Device, WDFREQUEST Request, WDFFILEOBJECT FileObject)
{
    note_file_event("create");
    seen_device = Device;
    seen_file = FileObject;
    create_request = Request;
}

static NTSTATUS try_open(void)
{
    WDFUSEFILE opened;
    NTSTATUS status = WdfuseInprocOpen(device, O_RDWR, &opened);
    if (NT_SUCCESS(status))
        WdfuseInprocClose(opened);
    return status;
}

/* ---- create ---- */

/* S4.7 step 3, S15.14 */
START_TEST(an_open_that_nobody_handles_succeeds)
{
    file_config.EvtDeviceFileCreate = NULL;
    start_device();
    ck_status_eq(try_open(), STATUS_SUCCESS);
}
END_TEST

/* S4.7 */
START_TEST(the_create_callback_gets_device_and_file_object)
{
    start_device();
    open_file();
    ck_assert(seen_device == wdf_device() && WdfFileObjectGetDevice(seen_file) == wdf_device());
}
END_TEST

/* S4.7 step 2 */
START_TEST(every_open_has_a_zeroed_context)
{
    static const PER_OPEN zero;
    start_device();
    for (unsigned i = 0; i < 3; i++) {
        WDFUSEFILE file = open_file();
        ck_assert_mem_eq(GetPerOpen(seen_file), &zero, sizeof(zero));
        memset(GetPerOpen(seen_file), 0xEE, sizeof(zero));
        close_file(file);
    }
}
END_TEST

/* S4.14 */
START_TEST(a_file_object_is_there_without_any_callback)
{
    WDF_FILEOBJECT_CONFIG_INIT(&file_config, NULL, NULL, NULL);
    start_device();
    begin_read(open_file(), 8);
    ck_assert_ptr_nonnull(WdfRequestGetFileObject(held()));
}
END_TEST

/* S4.12: the client sees the failure. */
START_TEST(a_create_that_the_driver_fails_fails_the_open)
{
    create_status = STATUS_ACCESS_DENIED;
    start_device();
    ck_status_eq(try_open(), STATUS_ACCESS_DENIED);
}
END_TEST

/* S4.12, S15.16 */
START_TEST(a_create_that_the_driver_fails_has_no_cleanup_and_no_close)
{
    create_status = STATUS_ACCESS_DENIED;
    start_device();
    try_open();
    ck_assert_str_eq(file_trace, "create object-cleanup object-destroy ");
}
END_TEST

/* S4.10 */
START_TEST(a_create_that_the_driver_keeps_leaves_the_open_pending)
{
    file_config.EvtDeviceFileCreate = keep_create;
    start_device();
    WDFUSEIO io = WdfuseInprocBeginOpen(device, O_RDWR);
    ck_pending(io);
    WdfRequestComplete(create_request, STATUS_UNSUCCESSFUL);
    WDFUSEFILE file;
    ck_status_eq(WdfuseInprocFinishOpen(io, &file), STATUS_UNSUCCESSFUL);
}
END_TEST

/* S4.9 */
START_TEST(a_create_can_be_made_cancelable)
{
    file_config.EvtDeviceFileCreate = keep_create;
    start_device();
    WDFUSEIO io = WdfuseInprocBeginOpen(device, O_RDWR);
    ck_status_eq(WdfRequestMarkCancelableEx(create_request, note_cancel), STATUS_SUCCESS);
    WdfuseInprocCancel(io);
    ck_assert_uint_eq(counts.cancelled, 1);
    WdfRequestComplete(create_request, STATUS_CANCELLED);
    WDFUSEFILE file;
    WdfuseInprocFinishOpen(io, &file);
}
END_TEST

/* S4.9 */
START_TEST(a_create_can_be_forwarded)
{
    file_config.EvtDeviceFileCreate = keep_create;
    start_device();
    WDFQUEUE other = create_queue(WdfIoQueueDispatchManual);
    WDFUSEIO io = WdfuseInprocBeginOpen(device, O_RDWR);
    ck_status_eq(WdfRequestForwardToIoQueue(create_request, other), STATUS_SUCCESS);
    WdfRequestComplete(retrieve(other), STATUS_UNSUCCESSFUL);
    WDFUSEFILE file;
    ck_status_eq(WdfuseInprocFinishOpen(io, &file), STATUS_UNSUCCESSFUL);
}
END_TEST

/* S4.9, S7.42 */
START_TEST(a_create_has_no_queue)
{
    file_config.EvtDeviceFileCreate = keep_create;
    start_device();
    WDFUSEIO io = WdfuseInprocBeginOpen(device, O_RDWR);
    last_verifier_message();
    WDFQUEUE of_create = WdfRequestGetIoQueue(create_request);
    bool is_reported = strstr(last_verifier_message(), "S7.42") != NULL;
    WdfRequestComplete(create_request, STATUS_UNSUCCESSFUL);
    WDFUSEFILE file;
    WdfuseInprocFinishOpen(io, &file);
    ck_assert(of_create == NULL && is_reported);
}
END_TEST

/* S4.9: the rule for requeue, S6.60 */
START_TEST(a_create_cannot_be_requeued)
{
    file_config.EvtDeviceFileCreate = keep_create;
    start_device();
    WDFUSEIO io = WdfuseInprocBeginOpen(device, O_RDWR);
    NTSTATUS status = WdfRequestRequeue(create_request);
    WdfRequestComplete(create_request, STATUS_UNSUCCESSFUL);
    WDFUSEFILE file;
    WdfuseInprocFinishOpen(io, &file);
    ck_status_eq(status, STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

static WDF_REQUEST_TYPE create_type;
static NTSTATUS create_buffer_status[4];

static VOID look_at_create(WDFDEVICE Device, WDFREQUEST Request, WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(FileObject);
    WDF_REQUEST_PARAMETERS parameters;
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(Request, &parameters);
    create_type = parameters.Type;

    PVOID buffer;
    WDFMEMORY memory;
    create_buffer_status[0] = WdfRequestRetrieveInputBuffer(Request, 0, &buffer, NULL);
    create_buffer_status[1] = WdfRequestRetrieveOutputBuffer(Request, 0, &buffer, NULL);
    create_buffer_status[2] = WdfRequestRetrieveInputMemory(Request, &memory);
    create_buffer_status[3] = WdfRequestRetrieveOutputMemory(Request, &memory);
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

/* S4.11, S7.39 */
START_TEST(the_parameters_of_a_create_say_so)
{
    file_config.EvtDeviceFileCreate = look_at_create;
    start_device();
    open_file();
    ck_assert_int_eq(create_type, WdfRequestTypeCreate);
}
END_TEST

/* S4.11, S8.9 */
START_TEST(a_create_has_no_buffers)
{
    file_config.EvtDeviceFileCreate = look_at_create;
    start_device();
    open_file();
    for (unsigned i = 0; i < RTL_NUMBER_OF(create_buffer_status); i++)
        ck_status_eq(create_buffer_status[i], STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* ---- a queue for creates ---- */

static WDFQUEUE create_queue_handle;
static NTSTATUS configure_status[2];

static VOID configure_create_queue(WDFDEVICE Device)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    ck_status_eq(WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES, &create_queue_handle),
                 STATUS_SUCCESS);
    for (unsigned i = 0; i < 2; i++)
        configure_status[i] =
            WdfDeviceConfigureRequestDispatching(Device, create_queue_handle, WdfRequestTypeCreate);
}

static WDFUSEIO start_with_create_in_queue(void)
{
    prepare_device = configure_create_queue;
    start_device();
    return WdfuseInprocBeginOpen(device, O_RDWR);
}

static void finish_open_with(WDFUSEIO io, NTSTATUS expected)
{
    WDFUSEFILE file;
    NTSTATUS status = WdfuseInprocFinishOpen(io, &file);
    if (NT_SUCCESS(status))
        WdfuseInprocClose(file);
    ck_status_eq(status, expected);
}

/* S4.8, S15.15 */
START_TEST(a_create_queue_wins_over_the_create_callback)
{
    WDFUSEIO io = start_with_create_in_queue();
    ck_assert_str_eq(file_trace, "");
    WdfRequestComplete(retrieve(create_queue_handle), STATUS_SUCCESS);
    finish_open_with(io, STATUS_SUCCESS);
}
END_TEST

/* S4.8 */
START_TEST(cleanup_and_close_are_called_with_a_create_queue_too)
{
    WDFUSEIO io = start_with_create_in_queue();
    WdfRequestComplete(retrieve(create_queue_handle), STATUS_SUCCESS);
    finish_open_with(io, STATUS_SUCCESS);
    ck_assert_str_eq(file_trace, "cleanup close object-cleanup object-destroy ");
}
END_TEST

/* S4.7 step 5a */
START_TEST(an_open_through_a_queue_that_does_not_accept_is_an_invalid_device_state)
{
    prepare_device = configure_create_queue;
    start_device();
    WdfIoQueuePurge(create_queue_handle, NULL, NULL);
    ck_status_eq(try_open(), STATUS_INVALID_DEVICE_STATE);
}
END_TEST

/* S4.13 */
START_TEST(an_open_that_fails_before_the_driver_has_seen_it_has_no_callbacks)
{
    prepare_device = configure_create_queue;
    start_device();
    WdfIoQueuePurge(create_queue_handle, NULL, NULL);
    try_open();
    ck_assert_str_eq(file_trace, "");
}
END_TEST

/* S4.13, S6.40 */
START_TEST(an_open_that_is_cancelled_in_its_queue_has_no_callbacks)
{
    WDFUSEIO io = start_with_create_in_queue();
    WdfuseInprocCancel(io);
    finish_open_with(io, STATUS_CANCELLED);
    ck_assert_str_eq(file_trace, "");
}
END_TEST

/* S4.16, S5.6 */
START_TEST(a_second_queue_for_creates_is_an_invalid_parameter)
{
    prepare_device = configure_create_queue;
    start_device();
    ck_status_eq(configure_status[0], STATUS_SUCCESS);
    ck_status_eq(configure_status[1], STATUS_INVALID_PARAMETER);
}
END_TEST

static VOID ignore_read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(Request);
    UNREFERENCED_PARAMETER(Length);
}

static VOID configure_create_queue_without_default(WDFDEVICE Device)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchSequential);
    config.EvtIoRead = ignore_read;
    ck_status_eq(WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES, &create_queue_handle),
                 STATUS_SUCCESS);
    configure_status[0] =
        WdfDeviceConfigureRequestDispatching(Device, create_queue_handle, WdfRequestTypeCreate);
}

/* S4.16, S5.9 */
START_TEST(a_queue_for_creates_needs_the_default_callback)
{
    prepare_device = configure_create_queue_without_default;
    start_device();
    ck_status_eq(configure_status[0], STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S4.17, S15.18 */
static VOID configure_parallel_create_queue(WDFDEVICE Device)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDefault = hold_request;
    ck_status_eq(WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES, &create_queue_handle),
                 STATUS_SUCCESS);
    ck_status_eq(
        WdfDeviceConfigureRequestDispatching(Device, create_queue_handle, WdfRequestTypeCreate),
        STATUS_SUCCESS);
}

/* S4.16 */
START_TEST(a_create_comes_to_the_default_callback_of_its_queue)
{
    prepare_device = configure_parallel_create_queue;
    start_device();
    WDFUSEIO io = WdfuseInprocBeginOpen(device, O_RDWR);
    ck_assert_ptr_eq(WdfRequestGetIoQueue(held()), create_queue_handle);
    ck_assert_str_eq(file_trace, "");
    WdfRequestComplete(take_held(), STATUS_SUCCESS);
    finish_open_with(io, STATUS_SUCCESS);
}
END_TEST

START_TEST(the_default_queue_does_not_see_creates)
{
    prepare_init = NULL;
    start_device();
    open_file();
    ck_assert_uint_eq(counts.presented, 0);
}
END_TEST

/* ---- exclusive ---- */

static VOID make_exclusive(PWDFDEVICE_INIT DeviceInit)
{
    WdfDeviceInitSetExclusive(DeviceInit, TRUE);
    configure_files(DeviceInit);
}

/* S3.17, S15.19 */
START_TEST(a_second_open_of_an_exclusive_device_is_denied_before_any_callback)
{
    prepare_init = make_exclusive;
    start_device();
    open_file();
    ck_status_eq(try_open(), STATUS_ACCESS_DENIED);
    ck_assert_str_eq(file_trace, "create ");
}
END_TEST

/* S3.17, S15.19 */
START_TEST(an_exclusive_device_can_be_opened_again_after_close)
{
    prepare_init = make_exclusive;
    start_device();
    close_file(open_file());
    ck_status_eq(try_open(), STATUS_SUCCESS);
}
END_TEST

/* S3.17, S4.12 */
START_TEST(an_exclusive_device_can_be_opened_again_after_a_create_that_failed)
{
    prepare_init = make_exclusive;
    create_status = STATUS_UNSUCCESSFUL;
    start_device();
    try_open();
    create_status = STATUS_SUCCESS;
    ck_status_eq(try_open(), STATUS_SUCCESS);
}
END_TEST

static TCase *file_case(const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, trace_files, holding_stop);
    return tests;
}

static TCase *create_tests(void)
{
    TCase *tests = file_case("create");
    tcase_add_test(tests, an_open_that_nobody_handles_succeeds);
    tcase_add_test(tests, the_create_callback_gets_device_and_file_object);
    tcase_add_test(tests, every_open_has_a_zeroed_context);
    tcase_add_test(tests, a_file_object_is_there_without_any_callback);
    tcase_add_test(tests, a_create_that_the_driver_fails_fails_the_open);
    tcase_add_test(tests, a_create_that_the_driver_fails_has_no_cleanup_and_no_close);
    tcase_add_test(tests, a_create_that_the_driver_keeps_leaves_the_open_pending);
    tcase_add_test(tests, a_create_can_be_made_cancelable);
    tcase_add_test(tests, a_create_can_be_forwarded);
    tcase_add_test(tests, a_create_has_no_queue);
    tcase_add_test(tests, a_create_cannot_be_requeued);
    tcase_add_test(tests, the_parameters_of_a_create_say_so);
    tcase_add_test(tests, a_create_has_no_buffers);
    return tests;
}

static TCase *create_queue_tests(void)
{
    TCase *tests = file_case("create queue");
    tcase_add_test(tests, a_create_queue_wins_over_the_create_callback);
    tcase_add_test(tests, cleanup_and_close_are_called_with_a_create_queue_too);
    tcase_add_test(tests, an_open_through_a_queue_that_does_not_accept_is_an_invalid_device_state);
    tcase_add_test(tests, an_open_that_fails_before_the_driver_has_seen_it_has_no_callbacks);
    tcase_add_test(tests, an_open_that_is_cancelled_in_its_queue_has_no_callbacks);
    tcase_add_test(tests, a_second_queue_for_creates_is_an_invalid_parameter);
    tcase_add_test(tests, a_queue_for_creates_needs_the_default_callback);
    tcase_add_test(tests, a_create_comes_to_the_default_callback_of_its_queue);
    tcase_add_test(tests, the_default_queue_does_not_see_creates);
    return tests;
}

static TCase *exclusive_tests(void)
{
    TCase *tests = file_case("exclusive");
    tcase_add_test(tests, a_second_open_of_an_exclusive_device_is_denied_before_any_callback);
    tcase_add_test(tests, an_exclusive_device_can_be_opened_again_after_close);
    tcase_add_test(tests, an_exclusive_device_can_be_opened_again_after_a_create_that_failed);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("file create");
    suite_add_tcase(suite, create_tests());
    suite_add_tcase(suite, create_queue_tests());
    suite_add_tcase(suite, exclusive_tests());
    return unit_run(suite);
}
