/* WDFDEVICE_INIT, WdfDeviceCreate and the routing of requests (S2.14, S3.8-S3.17, S5.5-S5.10). */
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>

#include "device.h"
#include "framework/device/init.h"
#include "framework/io.h"
#include "framework/lifecycle.h"
#include "nt/irql.h"
#include "port/thread.h"
#include "unit.h"

/* ---- a driver whose EvtDriverDeviceAdd is in steps, each of which a test may replace ---- */

static void (*set_init)(PWDFDEVICE_INIT DeviceInit);
static void (*look_at_init)(PWDFDEVICE_INIT DeviceInit);
static void (*configure)(WDFDEVICE Device);
static WDF_OBJECT_ATTRIBUTES device_attributes;
static NTSTATUS creation_status;

static NTSTATUS add_device(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    if (set_init != NULL)
        set_init(DeviceInit);
    if (look_at_init != NULL)
        look_at_init(DeviceInit);
    WDFDEVICE created;
    creation_status = WdfDeviceCreate(&DeviceInit, &device_attributes, &created);
    if (NT_SUCCESS(creation_status) && configure != NULL)
        configure(created);
    return creation_status;
}

static void setup(void)
{
    set_init = look_at_init = NULL;
    configure = NULL;
    WDF_OBJECT_ATTRIBUTES_INIT(&device_attributes);
}

static void start(void)
{
    device_start_with(add_device);
}

static WDFDEVICE the_device(void)
{
    return WdfuseInprocGetDevice(device);
}

/* ---- WDFDEVICE_INIT (S3.10-S3.12) ---- */

static void expect_defaults(PWDFDEVICE_INIT init)
{
    ck_assert_int_eq(init->io.transfer_type, WdfDeviceIoBuffered);
    ck_assert_uint_eq(init->device_type, FILE_DEVICE_UNKNOWN);
    ck_assert_uint_eq(init->characteristics, FILE_DEVICE_SECURE_OPEN);
    ck_assert(!init->io.is_exclusive);
    ck_assert_ptr_null(init->texts.name);
    ck_assert_int_eq(init->io.file_class, WdfFileObjectNotRequired);
    ck_assert(!init->io.has_request_attributes);
}

/* S3.10 */
START_TEST(a_device_init_begins_with_the_defaults)
{
    look_at_init = expect_defaults;
    start();
}
END_TEST

static void set_no_characteristics(PWDFDEVICE_INIT init)
{
    WdfDeviceInitSetCharacteristics(init, 0, FALSE);
}

static void replace_characteristics(PWDFDEVICE_INIT init)
{
    WdfDeviceInitSetCharacteristics(init, FILE_READ_ONLY_DEVICE, FALSE);
    WdfDeviceInitSetCharacteristics(init, FILE_REMOVABLE_MEDIA, FALSE);
}

static void add_characteristics(PWDFDEVICE_INIT init)
{
    WdfDeviceInitSetCharacteristics(init, FILE_READ_ONLY_DEVICE, TRUE);
    WdfDeviceInitSetCharacteristics(init, FILE_REMOVABLE_MEDIA, TRUE);
}

static const struct {
    void (*set)(PWDFDEVICE_INIT init);
    ULONG expected;
} characteristics[] = {
    {NULL, FILE_DEVICE_SECURE_OPEN},
    {set_no_characteristics, FILE_DEVICE_SECURE_OPEN},
    {replace_characteristics, FILE_DEVICE_SECURE_OPEN | FILE_REMOVABLE_MEDIA},
    {add_characteristics, FILE_DEVICE_SECURE_OPEN | FILE_READ_ONLY_DEVICE | FILE_REMOVABLE_MEDIA},
};

/* S3.10 */
START_TEST(characteristics_are_replaced_or_added_and_always_secure)
{
    set_init = characteristics[_i].set;
    start();
    ck_assert_uint_eq(WdfDeviceGetCharacteristics(the_device()), characteristics[_i].expected);
}
END_TEST

static WDF_DEVICE_IO_TYPE io_type_given;

static void set_io_type(PWDFDEVICE_INIT init)
{
    WdfDeviceInitSetIoType(init, WdfDeviceIoDirect);
    WdfDeviceInitSetIoType(init, io_type_given);
}

static void set_io_type_ex(PWDFDEVICE_INIT init)
{
    WDF_IO_TYPE_CONFIG config;
    WDF_IO_TYPE_CONFIG_INIT(&config);
    config.ReadWriteIoType = WdfDeviceIoDirect;
    WdfDeviceInitSetIoTypeEx(init, &config);
    config.ReadWriteIoType = io_type_given;
    WdfDeviceInitSetIoTypeEx(init, &config);
}

static WDF_DEVICE_IO_TYPE io_type_expected;

static void expect_io_type(PWDFDEVICE_INIT init)
{
    ck_assert_int_eq(init->io.transfer_type, io_type_expected);
}

static const struct {
    WDF_DEVICE_IO_TYPE given;
    WDF_DEVICE_IO_TYPE expected;
} io_types[] = {
    {WdfDeviceIoNeither, WdfDeviceIoNeither},   {WdfDeviceIoBuffered, WdfDeviceIoBuffered},
    {WdfDeviceIoDirect, WdfDeviceIoDirect},     {WdfDeviceIoUndefined, WdfDeviceIoDirect},
    {WdfDeviceIoDirect + 2, WdfDeviceIoDirect},
};

/* S3.11, S8.1 */
START_TEST(an_io_type_is_taken_or_leaves_the_old_one)
{
    io_type_given = io_types[_i].given;
    io_type_expected = io_types[_i].expected;
    look_at_init = expect_io_type;
    set_init = set_io_type;
    start();
    device_stop();
    set_init = set_io_type_ex;
    start();
}
END_TEST

static void set_io_type_of_wrong_size(PWDFDEVICE_INIT init)
{
    WDF_IO_TYPE_CONFIG config;
    WDF_IO_TYPE_CONFIG_INIT(&config);
    config.ReadWriteIoType = WdfDeviceIoDirect;
    config.Size--;
    WdfDeviceInitSetIoTypeEx(init, &config);
}

/* S8.1 */
START_TEST(an_io_type_config_of_wrong_size_is_ignored)
{
    io_type_expected = WdfDeviceIoBuffered;
    set_init = set_io_type_of_wrong_size;
    look_at_init = expect_io_type;
    start();
}
END_TEST

static void set_fdo_callbacks(PWDFDEVICE_INIT init)
{
    WDF_FDO_EVENT_CALLBACKS callbacks;
    WDF_FDO_EVENT_CALLBACKS_INIT(&callbacks);
    (void)last_verifier_message(); /* what other tests have left */
    WdfFdoInitSetEventCallbacks(init, &callbacks);
    ck_assert_str_eq(last_verifier_message(), "");
    callbacks.Size--;
    WdfFdoInitSetEventCallbacks(init, &callbacks);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S3.11"));
}

/* S3.11 */
START_TEST(callbacks_for_resources_are_taken_if_their_size_is_right)
{
    set_init = set_fdo_callbacks;
    start();
}
END_TEST

static void assign_name(PWDFDEVICE_INIT init)
{
    DECLARE_CONST_UNICODE_STRING(name, L"\\Device\\Sample");
    ck_status_eq(WdfDeviceInitAssignName(init, &name), STATUS_SUCCESS);
}

static void assign_and_remove_name(PWDFDEVICE_INIT init)
{
    assign_name(init);
    ck_status_eq(WdfDeviceInitAssignName(init, NULL), STATUS_SUCCESS);
}

static void assign_and_generate_name(PWDFDEVICE_INIT init)
{
    assign_name(init);
    WdfDeviceInitSetCharacteristics(init, FILE_AUTOGENERATED_DEVICE_NAME, TRUE);
}

static void generate_and_assign_name(PWDFDEVICE_INIT init)
{
    WdfDeviceInitSetCharacteristics(init, FILE_AUTOGENERATED_DEVICE_NAME, TRUE);
    assign_name(init);
}

static const struct {
    void (*set)(PWDFDEVICE_INIT init);
    const char *name;
    ULONG autogenerated;
} names[] = {
    {assign_name, "\\Device\\Sample", 0},
    {assign_and_remove_name, NULL, 0},
    {assign_and_generate_name, NULL, FILE_AUTOGENERATED_DEVICE_NAME},
    {generate_and_assign_name, "\\Device\\Sample", 0},
};
static int row;

static void expect_name(PWDFDEVICE_INIT init)
{
    if (names[row].name == NULL)
        ck_assert_ptr_null(init->texts.name);
    else
        ck_assert_str_eq(init->texts.name, names[row].name);
    ck_assert_uint_eq(init->characteristics & FILE_AUTOGENERATED_DEVICE_NAME,
                      names[row].autogenerated);
}

/* S3.12 */
START_TEST(an_assigned_and_a_generated_name_exclude_each_other)
{
    row = _i;
    set_init = names[_i].set;
    look_at_init = expect_name;
    start();
}
END_TEST

static void assign_name_at_dispatch(PWDFDEVICE_INIT init)
{
    DECLARE_CONST_UNICODE_STRING(name, L"\\Device\\Sample");
    KIRQL before = irql_raise(DISPATCH_LEVEL);
    ck_status_eq(WdfDeviceInitAssignName(init, &name), STATUS_INVALID_DEVICE_REQUEST);
    irql_lower(before);
}

/* S13.7 */
START_TEST(a_name_is_assigned_at_passive_level)
{
    set_init = assign_name_at_dispatch;
    start();
}
END_TEST

static void request_parent(WDF_OBJECT_ATTRIBUTES *attributes)
{
    attributes->ParentObject = WdfGetDriver();
}

static void request_level(WDF_OBJECT_ATTRIBUTES *attributes)
{
    attributes->ExecutionLevel = WdfExecutionLevelPassive;
}

static void request_scope(WDF_OBJECT_ATTRIBUTES *attributes)
{
    attributes->SynchronizationScope = WdfSynchronizationScopeDevice;
}

static void request_size(WDF_OBJECT_ATTRIBUTES *attributes)
{
    attributes->Size--;
}

static void (*const request_mistakes[])(WDF_OBJECT_ATTRIBUTES *attributes) = {
    request_parent,
    request_level,
    request_scope,
    request_size,
};

static void set_wrong_request_attributes(PWDFDEVICE_INIT init)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    request_mistakes[row](&attributes);
    WdfDeviceInitSetRequestAttributes(init, &attributes);
}

/* S3.11 */
START_TEST(wrong_request_attributes_are_ignored)
{
    row = _i;
    set_init = set_wrong_request_attributes;
    look_at_init = expect_defaults;
    start();
}
END_TEST

/* S3.11 */
START_TEST(wrong_request_attributes_are_a_break)
{
    row = _i;
    set_init = set_wrong_request_attributes;
    start();
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S3.11"));
}
END_TEST

/* ---- WdfDeviceCreate (S3.13) ---- */

static PWDFDEVICE_INIT copy_of_init;

static void copy_init(PWDFDEVICE_INIT init)
{
    copy_of_init = init;
}

static void create_again(WDFDEVICE created)
{
    WDFDEVICE second;
    UNREFERENCED_PARAMETER(created);
    ck_status_eq(WdfDeviceCreate(&copy_of_init, WDF_NO_OBJECT_ATTRIBUTES, &second),
                 STATUS_INVALID_DEVICE_STATE);
}

/* S3.13 */
START_TEST(a_device_init_makes_one_device)
{
    set_init = copy_init;
    configure = create_again;
    start();
}
END_TEST

static void create_at_dispatch(PWDFDEVICE_INIT init)
{
    WDFDEVICE created;
    KIRQL before = irql_raise(DISPATCH_LEVEL);
    ck_status_eq(WdfDeviceCreate(&init, WDF_NO_OBJECT_ATTRIBUTES, &created),
                 STATUS_INVALID_DEVICE_REQUEST);
    irql_lower(before);
}

/* S3.13 */
START_TEST(a_device_is_created_at_passive_level)
{
    set_init = create_at_dispatch;
    start();
}
END_TEST

static const struct {
    WDF_EXECUTION_LEVEL level;
    WDF_SYNCHRONIZATION_SCOPE device_scope;
    WDF_SYNCHRONIZATION_SCOPE file_scope;
    NTSTATUS expected;
} file_scopes[] = {
    {WdfExecutionLevelPassive, WdfSynchronizationScopeNone,
     WdfSynchronizationScopeInheritFromParent, STATUS_SUCCESS},
    {WdfExecutionLevelPassive, WdfSynchronizationScopeDevice,
     WdfSynchronizationScopeInheritFromParent, STATUS_SUCCESS},
    {WdfExecutionLevelPassive, WdfSynchronizationScopeQueue,
     WdfSynchronizationScopeInheritFromParent, STATUS_INVALID_DEVICE_REQUEST}, /* S15.9 */
    {WdfExecutionLevelPassive, WdfSynchronizationScopeQueue, WdfSynchronizationScopeNone,
     STATUS_SUCCESS},
    {WdfExecutionLevelPassive, WdfSynchronizationScopeNone, WdfSynchronizationScopeDevice,
     STATUS_SUCCESS},
    {WdfExecutionLevelPassive, WdfSynchronizationScopeNone, WdfSynchronizationScopeQueue,
     STATUS_INVALID_DEVICE_REQUEST},
    {WdfExecutionLevelDispatch, WdfSynchronizationScopeNone,
     WdfSynchronizationScopeInheritFromParent, STATUS_SUCCESS},
    {WdfExecutionLevelDispatch, WdfSynchronizationScopeDevice,
     WdfSynchronizationScopeInheritFromParent, STATUS_INVALID_DEVICE_REQUEST}, /* S15.9 */
    {WdfExecutionLevelDispatch, WdfSynchronizationScopeDevice, WdfSynchronizationScopeNone,
     STATUS_SUCCESS},
    {WdfExecutionLevelDispatch, WdfSynchronizationScopeNone, WdfSynchronizationScopeDevice,
     STATUS_INVALID_DEVICE_REQUEST},
};

static void set_file_scope(PWDFDEVICE_INIT init)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.SynchronizationScope = file_scopes[row].file_scope;
    WDF_FILEOBJECT_CONFIG config;
    WDF_FILEOBJECT_CONFIG_INIT(&config, NULL, NULL, NULL);
    WdfDeviceInitSetFileObjectConfig(init, &config, &attributes);
}

/* S2.14, S2.15 */
START_TEST(file_objects_have_the_scope_of_a_passive_device_or_none)
{
    row = _i;
    set_init = set_file_scope;
    device_attributes.ExecutionLevel = file_scopes[_i].level;
    device_attributes.SynchronizationScope = file_scopes[_i].device_scope;
    device_try_start_with(add_device);
    ck_status_eq(creation_status, file_scopes[_i].expected);
}
END_TEST

static void set_files_without_attributes(PWDFDEVICE_INIT init)
{
    WDF_FILEOBJECT_CONFIG config;
    WDF_FILEOBJECT_CONFIG_INIT(&config, NULL, NULL, NULL);
    WdfDeviceInitSetFileObjectConfig(init, &config, WDF_NO_OBJECT_ATTRIBUTES);
}

/* S2.14 */
START_TEST(file_objects_without_attributes_go_with_every_device)
{
    set_init = set_files_without_attributes;
    device_attributes.ExecutionLevel = file_scopes[_i].level;
    device_attributes.SynchronizationScope = file_scopes[_i].device_scope;
    start();
}
END_TEST

/* S3.1 */
START_TEST(a_device_knows_its_driver)
{
    start();
    ck_assert_ptr_eq(WdfDeviceGetDriver(the_device()), WdfGetDriver());
}
END_TEST

/* ---- exclusive devices (S3.17) ---- */

static atomic_uint creates;

static VOID count_create(WDFDEVICE Device, WDFREQUEST Request, WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(FileObject);
    creates++;
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static void be_exclusive(PWDFDEVICE_INIT init)
{
    WDF_FILEOBJECT_CONFIG config;
    WDF_FILEOBJECT_CONFIG_INIT(&config, count_create, NULL, NULL);
    WdfDeviceInitSetFileObjectConfig(init, &config, WDF_NO_OBJECT_ATTRIBUTES);
    WdfDeviceInitSetExclusive(init, TRUE);
}

static void start_exclusive(void)
{
    creates = 0;
    set_init = be_exclusive;
    start();
}

/* S3.17, S15.19 */
START_TEST(an_exclusive_device_is_not_opened_twice)
{
    WDFUSEFILE second;
    start_exclusive();
    open_file();
    ck_status_eq(WdfuseInprocOpen(device, O_RDWR, &second), STATUS_ACCESS_DENIED);
}
END_TEST

/* S3.17, S15.19 */
START_TEST(a_denied_open_does_not_reach_the_driver)
{
    WDFUSEFILE second;
    start_exclusive();
    open_file();
    WdfuseInprocOpen(device, O_RDWR, &second);
    ck_assert_uint_eq(creates, 1);
}
END_TEST

/* S15.19 */
START_TEST(an_exclusive_device_is_opened_again_after_close)
{
    WDFUSEFILE second;
    start_exclusive();
    WDFUSEFILE first = open_file();
    WdfuseInprocOpen(device, O_RDWR, &second);
    close_file(first);
    open_file();
}
END_TEST

/* S20.28, S3.17 */
START_TEST(an_installation_adds_to_what_a_device_is)
{
    WDFUSEFILE second;
    const struct device_installation installation = {.is_exclusive = true,
                                                     .characteristics = FILE_FLOPPY_DISKETTE};
    start();
    ULONG before = WdfDeviceGetCharacteristics(WdfuseInprocGetDevice(device));
    struct wdf_device *installed = driver_find_device("test");
    device_install(installed, &installation);
    io_device_dereference(device_io(installed));
    ck_assert_uint_eq(WdfDeviceGetCharacteristics(WdfuseInprocGetDevice(device)),
                      before | FILE_FLOPPY_DISKETTE);
    open_file();
    ck_status_eq(WdfuseInprocOpen(device, O_RDWR, &second), STATUS_ACCESS_DENIED);
}
END_TEST

#define RIVALS 2
#define ROUNDS 1000

static atomic_uint meetings;
static atomic_uint successes[ROUNDS];

/* Lets the rivals go on together, once each has arrived for the n-th time. */
static void meet(unsigned n)
{
    meetings++;
    eventually(meetings >= n * RIVALS);
}

static void open_in_every_round(void *unused)
{
    (void)unused;
    for (unsigned round = 0; round < ROUNDS; round++) {
        WDFUSEFILE file;
        meet(2 * round + 1);
        bool is_open = NT_SUCCESS(WdfuseInprocOpen(device, O_RDWR, &file));
        successes[round] += is_open;
        meet(2 * round + 2);
        if (is_open)
            WdfuseInprocClose(file);
    }
}

/* S3.17: of two simultaneous opens one wins; they must not exclude each other. */
START_TEST(of_two_opens_of_an_exclusive_device_exactly_one_succeeds)
{
    struct port_thread rival;
    start_exclusive();
    ck_assert_int_eq(port_thread_start(&rival, "rival", open_in_every_round, NULL), 0);
    open_in_every_round(NULL);
    port_thread_join(&rival);
    for (unsigned round = 0; round < ROUNDS; round++)
        ck_assert_uint_eq(successes[round], 1);
}
END_TEST

/* S3.10 */
START_TEST(a_device_that_is_not_exclusive_is_opened_often)
{
    start();
    for (unsigned i = 0; i < 10; i++)
        open_file();
}
END_TEST

static TCase *case_of(const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, setup, device_stop);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("device");

    TCase *init = case_of("WDFDEVICE_INIT");
    tcase_add_test(init, a_device_init_begins_with_the_defaults);
    tcase_add_loop_test(init, characteristics_are_replaced_or_added_and_always_secure, 0,
                        RTL_NUMBER_OF(characteristics));
    tcase_add_loop_test(init, an_io_type_is_taken_or_leaves_the_old_one, 0,
                        RTL_NUMBER_OF(io_types));
    tcase_add_test(init, an_io_type_config_of_wrong_size_is_ignored);
    tcase_add_test(init, callbacks_for_resources_are_taken_if_their_size_is_right);
    tcase_add_loop_test(init, an_assigned_and_a_generated_name_exclude_each_other, 0,
                        RTL_NUMBER_OF(names));
    tcase_add_test(init, a_name_is_assigned_at_passive_level);
    tcase_add_loop_test(init, wrong_request_attributes_are_ignored, 0,
                        RTL_NUMBER_OF(request_mistakes));
    tcase_add_loop_test(init, wrong_request_attributes_are_a_break, 0,
                        RTL_NUMBER_OF(request_mistakes));
    suite_add_tcase(suite, init);

    TCase *creation = case_of("WdfDeviceCreate");
    tcase_add_test(creation, a_device_init_makes_one_device);
    tcase_add_test(creation, a_device_is_created_at_passive_level);
    tcase_add_loop_test(creation, file_objects_have_the_scope_of_a_passive_device_or_none, 0,
                        RTL_NUMBER_OF(file_scopes));
    tcase_add_loop_test(creation, file_objects_without_attributes_go_with_every_device, 0,
                        RTL_NUMBER_OF(file_scopes));
    tcase_add_test(creation, a_device_knows_its_driver);
    suite_add_tcase(suite, creation);

    TCase *exclusive = case_of("exclusive");
    tcase_add_test(exclusive, an_exclusive_device_is_not_opened_twice);
    tcase_add_test(exclusive, a_denied_open_does_not_reach_the_driver);
    tcase_add_test(exclusive, an_exclusive_device_is_opened_again_after_close);
    tcase_add_test(exclusive, an_installation_adds_to_what_a_device_is);
    tcase_add_test(exclusive, of_two_opens_of_an_exclusive_device_exactly_one_succeeds);
    tcase_add_test(exclusive, a_device_that_is_not_exclusive_is_opened_often);
    suite_add_tcase(suite, exclusive);
    return unit_run(suite);
}
