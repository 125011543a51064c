/* WDFFILEOBJECT: configuration, cleanup, close (S4.1-S4.6, S4.18-S4.24). Opening is in
 * test_filecreate.c. */
/* This includes functions of the user-mode framework: <wdftypes.h>. */
#define WDFUSE_BOTH_FRAMEWORKS
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "holding.h"
#include "nt/irql.h"
#include "traced_files.h"
#include "unit.h"

/* ---- configuration ---- */

/* S4.2 */
START_TEST(the_configuration_macro_leaves_everything_at_its_default)
{
    WDF_FILEOBJECT_CONFIG config;
    memset(&config, 0xAA, sizeof(config));
    WDF_FILEOBJECT_CONFIG_INIT(&config, NULL, NULL, note_cleanup);
    ck_assert(config.Size == sizeof(config) &&
              config.FileObjectClass == WdfFileObjectWdfCannotUseFsContexts &&
              config.AutoForwardCleanupClose == WdfUseDefault &&
              config.EvtDeviceFileCreate == NULL && config.EvtFileCleanup == note_cleanup &&
              config.EvtFileClose == NULL);
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
    file_config.FileObjectClass = (WDF_FILEOBJECT_CLASS)((unsigned)WdfFileObjectNotRequired |
                                                         (unsigned)WdfFileObjectCanBeOptional);
}

static void give_a_parent(void)
{
    file_attributes.ParentObject = WdfGetDriver();
}

static void (*const mistakes[])(void) = {make_size_wrong,      make_forward_wrong,
                                         make_class_too_small, make_class_too_large,
                                         make_none_optional,   give_a_parent};
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
    ck_assert_str_eq(file_trace, "");
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
    seen_file = (WDFFILEOBJECT)&file_trace;
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
    {WdfSynchronizationScopeNone, WdfExecutionLevelDispatch,
     WdfSynchronizationScopeInheritFromParent, STATUS_SUCCESS},
    {WdfSynchronizationScopeQueue, WdfExecutionLevelDispatch,
     WdfSynchronizationScopeInheritFromParent, STATUS_INVALID_DEVICE_REQUEST},
    {WdfSynchronizationScopeQueue, WdfExecutionLevelPassive,
     WdfSynchronizationScopeInheritFromParent, STATUS_INVALID_DEVICE_REQUEST},
    {WdfSynchronizationScopeDevice, WdfExecutionLevelDispatch,
     WdfSynchronizationScopeInheritFromParent, STATUS_INVALID_DEVICE_REQUEST},
    {WdfSynchronizationScopeDevice, WdfExecutionLevelPassive,
     WdfSynchronizationScopeInheritFromParent, STATUS_SUCCESS},
    {WdfSynchronizationScopeNone, WdfExecutionLevelPassive, WdfSynchronizationScopeDevice,
     STATUS_SUCCESS},
    {WdfSynchronizationScopeNone, WdfExecutionLevelDispatch, WdfSynchronizationScopeDevice,
     STATUS_INVALID_DEVICE_REQUEST},
    {WdfSynchronizationScopeNone, WdfExecutionLevelPassive, WdfSynchronizationScopeQueue,
     STATUS_INVALID_DEVICE_REQUEST},
    {WdfSynchronizationScopeQueue, WdfExecutionLevelDispatch, WdfSynchronizationScopeNone,
     STATUS_SUCCESS},
    {WdfSynchronizationScopeDevice, WdfExecutionLevelDispatch, WdfSynchronizationScopeNone,
     STATUS_SUCCESS},
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

/* ---- cleanup and close ---- */

/* S4.18, S4.20 */
START_TEST(the_last_close_is_cleanup_then_close_then_the_object_goes)
{
    start_device();
    close_file(open_file());
    ck_assert_str_eq(file_trace, "create cleanup close object-cleanup object-destroy ");
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
    both_pended_in_cleanup =
        !WdfuseInprocIsComplete(queued_read) && !WdfuseInprocIsComplete(owned_read);
}

/* The driver has one read, the other waits; both of one file. */
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
    ck_assert_str_eq(file_trace, "create cleanup ");
    complete_held(STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_str_eq(file_trace, "create cleanup close object-cleanup object-destroy ");
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
    WDFQUEUE queues[2] = {create_queue(WdfIoQueueDispatchManual),
                          create_queue(WdfIoQueueDispatchManual)};
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

/* ---- queries ---- */

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

/* S4.23 */
START_TEST(no_file_is_opened_relative_to_another)
{
    start_device();
    open_file();
    ck_assert_ptr_null(WdfFileObjectGetRelatedFileObject(seen_file));
}
END_TEST

/* S4.23 */
START_TEST(the_pointer_of_the_system_leads_back_to_the_file_object)
{
    start_device();
    open_file();
    PFILE_OBJECT pointer = WdfFileObjectWdmGetFileObject(seen_file);
    ck_assert_ptr_eq(WdfDeviceGetFileObject(wdf_device(), pointer), seen_file);
}
END_TEST

START_TEST(the_pointer_of_another_devices_file_leads_nowhere)
{
    start_device();
    open_file();
    PFILE_OBJECT pointer = WdfFileObjectWdmGetFileObject(seen_file);
    WDFUSEDEVICE second;
    ck_status_eq(WdfuseInprocAddDevice(device, "second", &second), STATUS_SUCCESS);
    ck_assert_ptr_null(WdfDeviceGetFileObject(WdfuseInprocGetDevice(second), pointer));
}
END_TEST

static KIRQL irql_at[3];

static VOID look_at_create(WDFDEVICE Device, WDFREQUEST Request, WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(FileObject);
    irql_at[0] = KeGetCurrentIrql();
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static VOID look_at_cleanup(WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(FileObject);
    irql_at[1] = KeGetCurrentIrql();
}

static VOID look_at_close(WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(FileObject);
    irql_at[2] = KeGetCurrentIrql();
}

static VOID look_at_files(PWDFDEVICE_INIT DeviceInit)
{
    WDF_FILEOBJECT_CONFIG config;
    WDF_FILEOBJECT_CONFIG_INIT(&config, look_at_create, look_at_close, look_at_cleanup);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &config, WDF_NO_OBJECT_ATTRIBUTES);
}

/* S4.5: even for a device whose other callbacks run at DISPATCH_LEVEL, and when the last request is
 * completed there. */
START_TEST(file_callbacks_run_at_passive_level)
{
    describe_constraints(&device_attributes, WdfExecutionLevelDispatch,
                         WdfSynchronizationScopeNone);
    prepare_init = look_at_files;
    memset(irql_at, 0xff, sizeof(irql_at));
    start_queue(WdfIoQueueDispatchSequential);
    WDFUSEFILE file = open_file();
    WDFUSEIO io = begin_read(file, 1);
    close_file(file);
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    complete_held(STATUS_SUCCESS);
    irql_lower(old);
    WdfuseInprocWaitForWorkers();
    answer(io, STATUS_SUCCESS);
    for (unsigned i = 0; i < RTL_NUMBER_OF(irql_at); i++)
        ck_assert_uint_eq(irql_at[i], PASSIVE_LEVEL);
}
END_TEST

/* S1.35 */
START_TEST(a_file_object_cannot_be_deleted)
{
    start_device();
    open_file();
    WdfObjectDelete(seen_file);
    ck_assert_str_eq(file_trace, "create ");
}
END_TEST

static TCase *file_case(const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, trace_files, holding_stop);
    return tests;
}

static TCase *configuration_tests(void)
{
    TCase *tests = file_case("configuration");
    tcase_add_test(tests, the_configuration_macro_leaves_everything_at_its_default);
    tcase_add_loop_test(tests, a_configuration_with_a_mistake_is_ignored_as_a_whole, 0,
                        RTL_NUMBER_OF(mistakes));
    tcase_add_loop_test(tests, every_class_but_not_required_gives_a_file_object, 0,
                        RTL_NUMBER_OF(classes));
    tcase_add_test(tests, class_not_required_gives_no_file_object_to_the_callbacks);
    tcase_add_test(tests, class_not_required_gives_no_file_object_to_requests);
    tcase_add_test(tests, without_a_configuration_there_is_no_file_object);
    tcase_add_loop_test(tests, a_device_is_created_only_if_its_file_callbacks_can_be_serialized, 0,
                        RTL_NUMBER_OF(constraints));
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
    tcase_add_test(tests, no_file_is_opened_relative_to_another);
    tcase_add_test(tests, the_pointer_of_the_system_leads_back_to_the_file_object);
    tcase_add_test(tests, the_pointer_of_another_devices_file_leads_nowhere);
    tcase_add_test(tests, file_callbacks_run_at_passive_level);
    tcase_add_test(tests, a_file_object_cannot_be_deleted);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("file object");
    suite_add_tcase(suite, configuration_tests());
    suite_add_tcase(suite, close_tests());
    suite_add_tcase(suite, asking_tests());
    return unit_run(suite);
}
