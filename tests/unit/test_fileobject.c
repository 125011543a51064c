/* Open files: create, cleanup, close and WDFFILEOBJECT (S4). */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "holding.h"
#include "unit.h"

static WDF_FILEOBJECT_CONFIG file_config;
static WDF_OBJECT_ATTRIBUTES file_attributes;
static char trace[256];

static void note(const char *what)
{
    strcat(trace, what);
    strcat(trace, " ");
}

typedef struct _PER_OPEN {
    ULONG Number;
    UCHAR Rest[28];
} PER_OPEN;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(PER_OPEN, GetPerOpen)

static WDFFILEOBJECT seen_file;
static WDFDEVICE seen_device;
static WDFREQUEST create_request;
static NTSTATUS create_status;

static VOID complete_create(WDFDEVICE Device, WDFREQUEST Request, WDFFILEOBJECT FileObject)
{
    note("create");
    seen_device = Device;
    seen_file = FileObject;
    WdfRequestComplete(Request, create_status);
}

static VOID keep_create(WDFDEVICE Device, WDFREQUEST Request, WDFFILEOBJECT FileObject)
{
    note("create");
    seen_device = Device;
    seen_file = FileObject;
    create_request = Request;
}

static VOID note_cleanup(WDFFILEOBJECT FileObject)
{
    note("cleanup");
    seen_file = FileObject;
}

static VOID note_close(WDFFILEOBJECT FileObject)
{
    note("close");
    seen_file = FileObject;
}

static VOID note_object_cleanup(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    note("object-cleanup");
}

static VOID note_object_destroy(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    note("object-destroy");
}

static VOID configure_files(PWDFDEVICE_INIT DeviceInit)
{
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &file_config, &file_attributes);
}

/* File objects with a traced life; the tests change what they need. */
static void setup(void)
{
    trace[0] = '\0';
    create_status = STATUS_SUCCESS;
    create_request = NULL;
    seen_file = (WDFFILEOBJECT)&trace;
    WDF_FILEOBJECT_CONFIG_INIT(&file_config, complete_create, note_close, note_cleanup);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&file_attributes, PER_OPEN);
    file_attributes.EvtCleanupCallback = note_object_cleanup;
    file_attributes.EvtDestroyCallback = note_object_destroy;
    prepare_init = configure_files;
    describe_queue(WdfIoQueueDispatchParallel);
}

static NTSTATUS try_open(void)
{
    WDFUSEFILE opened;
    NTSTATUS status = WdfuseInprocOpen(device, O_RDWR, &opened);
    if (NT_SUCCESS(status))
        WdfuseInprocClose(opened);
    return status;
}

/* ---- configuration ---- */

/* S4.2 */
START_TEST(the_configuration_macro_leaves_everything_at_its_default)
{
    WDF_FILEOBJECT_CONFIG config;
    memset(&config, 0xAA, sizeof(config));
    WDF_FILEOBJECT_CONFIG_INIT(&config, NULL, NULL, note_cleanup);
    ck_assert(config.Size == sizeof(config) &&
              config.FileObjectClass == WdfFileObjectWdfCannotUseFsContexts &&
              config.AutoForwardCleanupClose == WdfUseDefault && config.EvtDeviceFileCreate == NULL &&
              config.EvtFileCleanup == note_cleanup && config.EvtFileClose == NULL);
}
END_TEST

static void make_size_wrong(void)
{
    file_config.Size++;
}

static void make_forward_wrong(void)
{
    file_config.AutoForwardCleanupClose = (WDF_TRI_STATE)7;
}

static void make_class_too_small(void)
{
    file_config.FileObjectClass = WdfFileObjectInvalid;
}

static void make_class_too_large(void)
{
    file_config.FileObjectClass = (WDF_FILEOBJECT_CLASS)5;
}

static void make_none_optional(void)
{
    file_config.FileObjectClass =
        (WDF_FILEOBJECT_CLASS)((unsigned)WdfFileObjectNotRequired | (unsigned)WdfFileObjectCanBeOptional);
}

static void give_a_parent(void)
{
    file_attributes.ParentObject = WdfGetDriver();
}

static void (*const mistakes[])(void) = {make_size_wrong,      make_forward_wrong, make_class_too_small,
                                         make_class_too_large, make_none_optional, give_a_parent};
static void (*mistake)(void);

static VOID configure_files_wrongly(PWDFDEVICE_INIT DeviceInit)
{
    mistake();
    configure_files(DeviceInit);
}

/* S4.1, S4.3 */
START_TEST(a_configuration_with_a_mistake_is_ignored_as_a_whole)
{
    mistake = mistakes[_i];
    prepare_init = configure_files_wrongly;
    start_device();
    close_file(open_file());
    ck_assert_str_eq(trace, "");
}
END_TEST

static const unsigned classes[] = {
    WdfFileObjectWdfCanUseFsContext,
    WdfFileObjectWdfCanUseFsContext2,
    WdfFileObjectWdfCannotUseFsContexts,
    (unsigned)WdfFileObjectWdfCannotUseFsContexts | (unsigned)WdfFileObjectCanBeOptional,
};

/* S4.3 */
START_TEST(every_class_but_not_required_gives_a_file_object)
{
    file_config.FileObjectClass = (WDF_FILEOBJECT_CLASS)classes[_i];
    start_device();
    begin_read(open_file(), 8);
    ck_assert_ptr_eq(WdfRequestGetFileObject(held()), seen_file);
}
END_TEST

/* S4.3, S4.21 */
START_TEST(class_not_required_gives_no_file_object_to_the_callbacks)
{
    file_config.FileObjectClass = WdfFileObjectNotRequired;
    start_device();
    WDFUSEFILE file = open_file();
    ck_assert_ptr_null(seen_file);
    seen_file = (WDFFILEOBJECT)&trace;
    close_file(file);
    ck_assert_ptr_null(seen_file);
}
END_TEST

/* S4.3, S4.24 */
START_TEST(class_not_required_gives_no_file_object_to_requests)
{
    file_config.FileObjectClass = WdfFileObjectNotRequired;
    start_device();
    begin_read(open_file(), 8);
    ck_assert_ptr_null(WdfRequestGetFileObject(held()));
}
END_TEST

/* S4.4 */
START_TEST(without_a_configuration_there_is_no_file_object)
{
    prepare_init = NULL;
    start_device();
    begin_read(open_file(), 8);
    ck_assert_ptr_null(WdfRequestGetFileObject(held()));
}
END_TEST

static const struct {
    WDF_SYNCHRONIZATION_SCOPE device_scope;
    WDF_EXECUTION_LEVEL device_level;
    WDF_SYNCHRONIZATION_SCOPE file_scope;
    NTSTATUS expected;
} constraints[] = {
    {WdfSynchronizationScopeNone, WdfExecutionLevelDispatch, WdfSynchronizationScopeInheritFromParent,
     STATUS_SUCCESS},
    {WdfSynchronizationScopeQueue, WdfExecutionLevelDispatch, WdfSynchronizationScopeInheritFromParent,
     STATUS_INVALID_DEVICE_REQUEST},
    {WdfSynchronizationScopeQueue, WdfExecutionLevelPassive, WdfSynchronizationScopeInheritFromParent,
     STATUS_INVALID_DEVICE_REQUEST},
    {WdfSynchronizationScopeDevice, WdfExecutionLevelDispatch, WdfSynchronizationScopeInheritFromParent,
     STATUS_INVALID_DEVICE_REQUEST},
    {WdfSynchronizationScopeDevice, WdfExecutionLevelPassive, WdfSynchronizationScopeInheritFromParent,
     STATUS_SUCCESS},
    {WdfSynchronizationScopeNone, WdfExecutionLevelPassive, WdfSynchronizationScopeDevice, STATUS_SUCCESS},
    {WdfSynchronizationScopeNone, WdfExecutionLevelDispatch, WdfSynchronizationScopeDevice,
     STATUS_INVALID_DEVICE_REQUEST},
    {WdfSynchronizationScopeNone, WdfExecutionLevelPassive, WdfSynchronizationScopeQueue,
     STATUS_INVALID_DEVICE_REQUEST},
    {WdfSynchronizationScopeQueue, WdfExecutionLevelDispatch, WdfSynchronizationScopeNone, STATUS_SUCCESS},
    {WdfSynchronizationScopeDevice, WdfExecutionLevelDispatch, WdfSynchronizationScopeNone, STATUS_SUCCESS},
};

/* S2.14, S2.15, S15.9 */
START_TEST(a_device_is_created_only_if_its_file_callbacks_can_be_serialized)
{
    WDF_OBJECT_ATTRIBUTES_INIT(&device_attributes);
    device_attributes.SynchronizationScope = constraints[_i].device_scope;
    device_attributes.ExecutionLevel = constraints[_i].device_level;
    file_attributes.SynchronizationScope = constraints[_i].file_scope;
    ck_status_eq(try_start_device(), constraints[_i].expected);
}
END_TEST

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

/* S4.12: the failure is the client's to see. */
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
    ck_assert_str_eq(trace, "create object-cleanup object-destroy ");
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
    ck_assert_str_eq(trace, "");
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
    ck_assert_str_eq(trace, "cleanup close object-cleanup object-destroy ");
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
    ck_assert_str_eq(trace, "");
}
END_TEST

/* S4.13, S6.40 */
START_TEST(an_open_that_is_cancelled_in_its_queue_has_no_callbacks)
{
    WDFUSEIO io = start_with_create_in_queue();
    WdfuseInprocCancel(io);
    finish_open_with(io, STATUS_CANCELLED);
    ck_assert_str_eq(trace, "");
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
START_TEST(the_default_queue_does_not_see_creates)
{
    prepare_init = NULL;
    start_device();
    open_file();
    ck_assert_uint_eq(counts.presented, 0);
}
END_TEST

/* ---- cleanup and close ---- */

/* S4.18, S4.20 */
START_TEST(the_last_close_is_cleanup_then_close_then_the_object_goes)
{
    start_device();
    close_file(open_file());
    ck_assert_str_eq(trace, "create cleanup close object-cleanup object-destroy ");
}
END_TEST

static ULONG number_at_close;

static VOID read_context_at_close(WDFFILEOBJECT FileObject)
{
    number_at_close = GetPerOpen(FileObject)->Number;
}

/* S4.22 */
START_TEST(the_context_lives_until_close)
{
    file_config.EvtFileClose = read_context_at_close;
    start_device();
    WDFUSEFILE file = open_file();
    GetPerOpen(seen_file)->Number = 42;
    close_file(file);
    ck_assert_uint_eq(number_at_close, 42);
}
END_TEST

static WDFUSEIO queued_read, owned_read;
static bool both_pended_in_cleanup;

static VOID look_in_cleanup(WDFFILEOBJECT FileObject)
{
    note_cleanup(FileObject);
    both_pended_in_cleanup = !WdfuseInprocIsComplete(queued_read) && !WdfuseInprocIsComplete(owned_read);
}

/* One read is the driver's, one waits; both of one file. */
static WDFUSEFILE start_with_owned_and_queued(void)
{
    file_config.EvtFileCleanup = look_in_cleanup;
    describe_queue(WdfIoQueueDispatchSequential);
    start_device();
    WDFUSEFILE file = open_file();
    owned_read = begin_read(file, 8);
    queued_read = begin_read(file, 8);
    return file;
}

/* S4.18, S15.17 */
START_TEST(nothing_is_cancelled_before_the_cleanup_callback_has_returned)
{
    close_file(start_with_owned_and_queued());
    ck_assert(both_pended_in_cleanup);
}
END_TEST

/* S4.19, S15.17 */
START_TEST(cleanup_cancels_what_waits)
{
    close_file(start_with_owned_and_queued());
    ck_assert_uint_eq(answer(queued_read, STATUS_CANCELLED), 0);
}
END_TEST

/* S4.19, S15.17 */
START_TEST(cleanup_does_not_touch_what_the_driver_owns)
{
    close_file(start_with_owned_and_queued());
    ck_pending(owned_read);
    complete_held(STATUS_SUCCESS);
    answer(owned_read, STATUS_SUCCESS);
}
END_TEST

/* S4.20, S15.17 */
START_TEST(close_waits_for_what_the_driver_owns)
{
    close_file(start_with_owned_and_queued());
    ck_assert_str_eq(trace, "create cleanup ");
    complete_held(STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_str_eq(trace, "create cleanup close object-cleanup object-destroy ");
}
END_TEST

/* S4.18 */
START_TEST(cleanup_leaves_the_requests_of_other_files)
{
    WdfIoQueueStop((start_device(), queue), NULL, NULL);
    WDFUSEFILE files[2] = {open_file(), open_file()};
    begin_read(files[0], 8);
    WDFUSEIO other = begin_read(files[1], 8);
    close_file(files[0]);
    ck_pending(other);
}
END_TEST

/* S4.18: on any queue of the device. */
START_TEST(cleanup_cancels_in_every_queue)
{
    start_device();
    WDFQUEUE queues[2] = {create_queue(WdfIoQueueDispatchManual), create_queue(WdfIoQueueDispatchManual)};
    WDFUSEFILE file = open_file();
    for (unsigned i = 0; i < 2; i++) {
        begin_read(file, 8);
        ck_status_eq(WdfRequestForwardToIoQueue(take_held(), queues[i]), STATUS_SUCCESS);
    }
    close_file(file);
    ck_queue(queues[0], 0, 0);
    ck_queue(queues[1], 0, 0);
}
END_TEST

/* ---- asking ---- */

/* S4.23 */
START_TEST(a_blocking_open_has_the_flag_synchronous_io)
{
    start_device();
    open_file();
    ck_assert_uint_eq(WdfFileObjectGetFlags(seen_file) & 0x2, 0x2); /* FO_SYNCHRONOUS_IO */
}
END_TEST

/* S4.23 */
START_TEST(a_non_blocking_open_has_not_the_flag_synchronous_io)
{
    start_device();
    WDFUSEFILE file;
    ck_status_eq(WdfuseInprocOpen(device, O_RDWR | O_NONBLOCK, &file), STATUS_SUCCESS);
    ULONG flags = WdfFileObjectGetFlags(seen_file);
    WdfuseInprocClose(file);
    ck_assert_uint_eq(flags & 0x2, 0);
}
END_TEST

/* S4.23 */
START_TEST(the_file_name_is_empty)
{
    start_device();
    open_file();
    ck_assert_uint_eq(WdfFileObjectGetFileName(seen_file)->Length, 0);
}
END_TEST

/* S4.23 */
START_TEST(a_file_object_knows_the_process_that_opened_it)
{
    start_device();
    open_file();
    ck_assert_uint_eq(WdfFileObjectGetInitiatorProcessId(seen_file), (ULONG)getpid());
}
END_TEST

/* S1.35 */
START_TEST(a_file_object_cannot_be_deleted)
{
    start_device();
    open_file();
    WdfObjectDelete(seen_file);
    ck_assert_str_eq(trace, "create ");
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
    ck_assert_str_eq(trace, "create ");
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
    tcase_add_checked_fixture(tests, setup, holding_stop);
    return tests;
}

static TCase *configuration_tests(void)
{
    TCase *tests = file_case("configuration");
    tcase_add_test(tests, the_configuration_macro_leaves_everything_at_its_default);
    tcase_add_loop_test(tests, a_configuration_with_a_mistake_is_ignored_as_a_whole, 0,
                        RTL_NUMBER_OF(mistakes));
    tcase_add_loop_test(tests, every_class_but_not_required_gives_a_file_object, 0, RTL_NUMBER_OF(classes));
    tcase_add_test(tests, class_not_required_gives_no_file_object_to_the_callbacks);
    tcase_add_test(tests, class_not_required_gives_no_file_object_to_requests);
    tcase_add_test(tests, without_a_configuration_there_is_no_file_object);
    tcase_add_loop_test(tests, a_device_is_created_only_if_its_file_callbacks_can_be_serialized, 0,
                        RTL_NUMBER_OF(constraints));
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
    tcase_add_test(tests, the_default_queue_does_not_see_creates);
    return tests;
}

static TCase *close_tests(void)
{
    TCase *tests = file_case("cleanup and close");
    tcase_add_test(tests, the_last_close_is_cleanup_then_close_then_the_object_goes);
    tcase_add_test(tests, the_context_lives_until_close);
    tcase_add_test(tests, nothing_is_cancelled_before_the_cleanup_callback_has_returned);
    tcase_add_test(tests, cleanup_cancels_what_waits);
    tcase_add_test(tests, cleanup_does_not_touch_what_the_driver_owns);
    tcase_add_test(tests, close_waits_for_what_the_driver_owns);
    tcase_add_test(tests, cleanup_leaves_the_requests_of_other_files);
    tcase_add_test(tests, cleanup_cancels_in_every_queue);
    return tests;
}

static TCase *asking_tests(void)
{
    TCase *tests = file_case("asking");
    tcase_add_test(tests, a_blocking_open_has_the_flag_synchronous_io);
    tcase_add_test(tests, a_non_blocking_open_has_not_the_flag_synchronous_io);
    tcase_add_test(tests, the_file_name_is_empty);
    tcase_add_test(tests, a_file_object_knows_the_process_that_opened_it);
    tcase_add_test(tests, a_file_object_cannot_be_deleted);
    tcase_add_test(tests, a_second_open_of_an_exclusive_device_is_denied_before_any_callback);
    tcase_add_test(tests, an_exclusive_device_can_be_opened_again_after_close);
    tcase_add_test(tests, an_exclusive_device_can_be_opened_again_after_a_create_that_failed);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("file object");
    suite_add_tcase(suite, configuration_tests());
    suite_add_tcase(suite, create_tests());
    suite_add_tcase(suite, create_queue_tests());
    suite_add_tcase(suite, close_tests());
    suite_add_tcase(suite, asking_tests());
    return unit_run(suite);
}
