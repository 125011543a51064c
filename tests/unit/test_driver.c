/* Loading and unloading a driver, and the outcome of EvtDriverDeviceAdd (S3.1-S3.9). */
#include <stdio.h>
#include <string.h>

#include "device.h"
#include "framework/device/device.h"
#include "nt/irql.h"
#include "unit.h"

/* The events: U unload, c cleanup, d destroy; R stands for the driver, D for the device, X for an
 * object of the driver. */
static char trace[64];

static void note(const char *what)
{
    size_t length = strlen(trace);
    snprintf(trace + length, sizeof(trace) - length, "%s ", what);
}

static VOID driver_cleanup(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    note("cR");
}

static VOID driver_destroy(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    note("dR");
}

static VOID device_cleanup(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    note("cD");
}

static VOID device_destroy(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    note("dD");
}

static VOID object_cleanup(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    note("cX");
}

static VOID object_destroy(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    note("dX");
}

static VOID note_unload(WDFDRIVER Driver)
{
    UNREFERENCED_PARAMETER(Driver);
    note("U");
}

/* ---- a driver whose parts can be replaced ---- */

struct creation {
    PDRIVER_OBJECT driver_object;
    UNICODE_STRING registry_path;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_DRIVER_CONFIG config;
    KIRQL irql;
};

static void (*change_creation)(struct creation *creation);
static NTSTATUS entry_status; /* what DriverEntry returns after a successful WdfDriverCreate */
static NTSTATUS creation_status;
static PFN_WDF_DRIVER_DEVICE_ADD device_add;

static NTSTATUS create_noted_device(PWDFDEVICE_INIT *DeviceInit)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.EvtCleanupCallback = device_cleanup;
    attributes.EvtDestroyCallback = device_destroy;
    WDFDEVICE created;
    return WdfDeviceCreate(DeviceInit, &attributes, &created);
}

static NTSTATUS add_noted_device(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    return create_noted_device(&DeviceInit);
}

static NTSTATUS enter_driver(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    struct creation creation = {
        .driver_object = DriverObject, .registry_path = *RegistryPath, .irql = PASSIVE_LEVEL};
    WDF_OBJECT_ATTRIBUTES_INIT(&creation.attributes);
    creation.attributes.EvtCleanupCallback = driver_cleanup;
    creation.attributes.EvtDestroyCallback = driver_destroy;
    WDF_DRIVER_CONFIG_INIT(&creation.config, device_add);
    creation.config.EvtDriverUnload = note_unload;
    if (change_creation != NULL)
        change_creation(&creation);

    KIRQL before = irql_raise(creation.irql);
    creation_status = WdfDriverCreate(DriverObject, &creation.registry_path, &creation.attributes,
                                      &creation.config, WDF_NO_HANDLE);
    irql_lower(before);
    return NT_SUCCESS(creation_status) ? entry_status : creation_status;
}

static void setup(void)
{
    trace[0] = '\0';
    change_creation = NULL;
    entry_status = STATUS_SUCCESS;
    device_add = add_noted_device;
    keep_log();
    WdfuseInprocUseVirtualClock();
}

static NTSTATUS load(void)
{
    return WdfuseInprocStart(enter_driver, "sample", &device);
}

/* ---- WdfDriverCreate (S3.2) ---- */

static void change_nothing(struct creation *creation)
{
    UNREFERENCED_PARAMETER(creation);
}

static void spoil_size(struct creation *creation)
{
    creation->config.Size--;
    creation->config.DriverInitFlags = 0x80000000;
}

static void unknown_flag(struct creation *creation)
{
    creation->config.DriverInitFlags = 0x80000000;
}

static void known_flags(struct creation *creation)
{
    creation->config.DriverInitFlags = WdfVerifyOn | WdfVerifierOn;
}

static void non_pnp_with_device_add(struct creation *creation)
{
    creation->config.DriverInitFlags = WdfDriverInitNonPnpDriver;
}

static void name_a_parent(struct creation *creation)
{
    creation->attributes.ParentObject = creation;
}

static void raise_irql(struct creation *creation)
{
    creation->irql = DISPATCH_LEVEL;
}

static void half_a_character(struct creation *creation)
{
    creation->registry_path.Length--;
}

static void longer_than_its_buffer(struct creation *creation)
{
    creation->registry_path.MaximumLength = creation->registry_path.Length - sizeof(WCHAR);
}

static void no_buffer(struct creation *creation)
{
    creation->registry_path.Buffer = NULL;
}

static const struct {
    void (*change)(struct creation *creation);
    NTSTATUS expected;
} creations[] = {
    {change_nothing, STATUS_SUCCESS},
    {spoil_size, STATUS_INFO_LENGTH_MISMATCH}, /* S1.4: before the flags */
    {unknown_flag, STATUS_INVALID_PARAMETER},
    {known_flags, STATUS_SUCCESS},
    {non_pnp_with_device_add, STATUS_INVALID_PARAMETER},
    {name_a_parent, STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED},
    {raise_irql, STATUS_INVALID_DEVICE_REQUEST},
    {half_a_character, STATUS_INVALID_PARAMETER},
    {longer_than_its_buffer, STATUS_INVALID_PARAMETER},
    {no_buffer, STATUS_INVALID_PARAMETER},
};

/* S3.2 */
START_TEST(a_driver_is_created_or_refused_by_its_configuration)
{
    change_creation = creations[_i].change;
    load();
    ck_status_eq(creation_status, creations[_i].expected);
}
END_TEST

/* S1.32, S15.3 */
START_TEST(a_driver_that_was_refused_has_no_callbacks)
{
    change_creation = unknown_flag;
    load();
    ck_assert_str_eq(trace, "");
}
END_TEST

static void create_before(struct creation *creation)
{
    ck_status_eq(WdfDriverCreate(creation->driver_object, &creation->registry_path,
                                 &creation->attributes, &creation->config, WDF_NO_HANDLE),
                 STATUS_SUCCESS);
}

/* S3.2 */
START_TEST(a_driver_is_created_once)
{
    change_creation = create_before;
    load();
    ck_status_eq(creation_status, STATUS_DRIVER_INTERNAL_ERROR);
}
END_TEST

/* ---- loading (S3.1, S3.6) ---- */

/* S3.6 */
START_TEST(the_status_of_driver_entry_is_that_of_loading)
{
    entry_status = STATUS_DEVICE_NOT_READY;
    ck_status_eq(load(), STATUS_DEVICE_NOT_READY);
}
END_TEST

/* S3.6 */
START_TEST(a_driver_entry_that_fails_has_its_driver_deleted_without_unload)
{
    entry_status = STATUS_DEVICE_NOT_READY;
    load();
    ck_assert_str_eq(trace, "cR dR ");
}
END_TEST

/* S3.6 */
START_TEST(after_a_failed_load_there_is_no_driver)
{
    entry_status = STATUS_DEVICE_NOT_READY;
    load();
    ck_assert_ptr_null(WdfGetDriver());
}
END_TEST

static NTSTATUS enter_nothing(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    return STATUS_SUCCESS;
}

/* S3.1 */
START_TEST(a_driver_entry_that_creates_no_driver_is_an_error)
{
    ck_status_eq(WdfuseInprocStart(enter_nothing, "nothing", &device),
                 STATUS_DRIVER_INTERNAL_ERROR);
}
END_TEST

/* ---- unloading (S3.5) ---- */

/* S3.1, S3.5 */
START_TEST(unload_comes_after_the_device_and_before_the_driver)
{
    ck_status_eq(load(), STATUS_SUCCESS);
    device_stop();
    ck_assert_str_eq(trace, "cD dD U cR dR ");
}
END_TEST

/* S3.5 */
START_TEST(objects_of_the_driver_live_until_after_unload)
{
    ck_status_eq(load(), STATUS_SUCCESS);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.EvtCleanupCallback = object_cleanup;
    attributes.EvtDestroyCallback = object_destroy;
    WDFOBJECT object;
    ck_status_eq(WdfObjectCreate(&attributes, &object), STATUS_SUCCESS);
    device_stop();
    ck_assert_str_eq(trace, "cD dD U cX cR dX dR ");
}
END_TEST

/* S3.1 */
START_TEST(after_unload_there_is_no_driver)
{
    ck_status_eq(load(), STATUS_SUCCESS);
    device_stop();
    ck_assert_ptr_null(WdfGetDriver());
}
END_TEST

/* S3.1 */
START_TEST(a_driver_can_be_loaded_again_and_again)
{
    for (unsigned cycle = 0; cycle < 20; cycle++) {
        trace[0] = '\0';
        ck_status_eq(load(), STATUS_SUCCESS);
        open_file();
        device_stop();
        ck_assert_str_eq(trace, "cD dD U cR dR ");
    }
}
END_TEST

/* S3.6 */
START_TEST(a_driver_can_be_loaded_after_it_has_failed)
{
    entry_status = STATUS_DEVICE_NOT_READY;
    load();
    entry_status = STATUS_SUCCESS;
    ck_status_eq(load(), STATUS_SUCCESS);
}
END_TEST

/* ---- EvtDriverDeviceAdd (S3.7) ---- */

static NTSTATUS create_and_fail(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    ck_status_eq(create_noted_device(&DeviceInit), STATUS_SUCCESS);
    return STATUS_DEVICE_NOT_READY;
}

static NTSTATUS create_none(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    UNREFERENCED_PARAMETER(DeviceInit);
    return STATUS_SUCCESS;
}

static NTSTATUS only_fail(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    UNREFERENCED_PARAMETER(DeviceInit);
    return STATUS_DEVICE_NOT_READY;
}

static NTSTATUS fail_to_create(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.EvtCleanupCallback = device_cleanup;
    attributes.EvtDestroyCallback = device_destroy;
    attributes.ParentObject = Driver;
    WDFDEVICE created;
    return WdfDeviceCreate(&DeviceInit, &attributes, &created);
}

/* The in-process transport returns STATUS_NO_SUCH_DEVICE where PnP would accept a missing
 * device. */
static const struct {
    PFN_WDF_DRIVER_DEVICE_ADD add;
    NTSTATUS expected;
    const char *trace;
} outcomes[] = {
    {add_noted_device, STATUS_SUCCESS, ""},
    {create_and_fail, STATUS_DEVICE_NOT_READY, "cD dD U cR dR "},
    {create_none, STATUS_NO_SUCH_DEVICE, "U cR dR "},
    {only_fail, STATUS_DEVICE_NOT_READY, "U cR dR "},
    {fail_to_create, STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED, "U cR dR "}, /* S1.32 */
    {NULL, STATUS_NO_SUCH_DEVICE, "U cR dR "},
};

/* S3.7 */
START_TEST(the_status_of_device_add_is_that_of_starting)
{
    device_add = outcomes[_i].add;
    ck_status_eq(load(), outcomes[_i].expected);
}
END_TEST

/* S3.5, S3.7 */
START_TEST(what_a_failed_device_add_has_created_is_torn_down)
{
    device_add = outcomes[_i].add;
    load();
    ck_assert_str_eq(trace, outcomes[_i].trace);
}
END_TEST

static NTSTATUS fail_then_create(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    ck_assert(!NT_SUCCESS(fail_to_create(Driver, DeviceInit)));
    return create_noted_device(&DeviceInit);
}

/* S3.8 */
START_TEST(a_device_init_is_good_for_another_try)
{
    device_add = fail_then_create;
    ck_status_eq(load(), STATUS_SUCCESS);
}
END_TEST

static PWDFDEVICE_INIT init_after_create;

static NTSTATUS create_and_keep_init(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    init_after_create = DeviceInit;
    return create_noted_device(&init_after_create);
}

/* S3.8 */
START_TEST(a_device_init_is_taken_by_success)
{
    device_add = create_and_keep_init;
    load();
    ck_assert_ptr_null(init_after_create);
}
END_TEST

static NTSTATUS free_init_and_create(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WdfDeviceInitFree(DeviceInit);
    return create_noted_device(&DeviceInit);
}

/* S3.9 */
START_TEST(the_device_init_of_device_add_is_not_the_drivers_to_free)
{
    device_add = free_init_and_create;
    ck_status_eq(load(), STATUS_SUCCESS);
}
END_TEST

static WDFDRIVER driver_seen;

static NTSTATUS look_at_driver(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    driver_seen = Driver;
    return create_noted_device(&DeviceInit);
}

/* S3.1 */
START_TEST(device_add_is_told_the_driver)
{
    device_add = look_at_driver;
    ck_status_eq(load(), STATUS_SUCCESS);
    ck_assert_ptr_eq(driver_seen, WdfGetDriver());
}
END_TEST

static bool driver_lock_was_held;

static NTSTATUS look_at_driver_lock(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    const struct constraints *constraints = constraints_of((struct wdf_object *)Driver);
    ck_assert_ptr_nonnull(constraints);
    driver_lock_was_held = callback_lock_is_held_here(constraints->presentation_lock);
    return create_noted_device(&DeviceInit);
}

static WDF_SYNCHRONIZATION_SCOPE driver_scope;

static void set_scope(struct creation *creation)
{
    creation->attributes.SynchronizationScope = driver_scope;
}

static const struct {
    WDF_SYNCHRONIZATION_SCOPE scope;
    bool locks;
} driver_scopes[] = {
    {WdfSynchronizationScopeInheritFromParent, false},
    {WdfSynchronizationScopeNone, false},
    {WdfSynchronizationScopeDevice, true},
    {WdfSynchronizationScopeQueue, true},
};

/* S2.2, S2.5 */
START_TEST(device_add_runs_under_the_lock_of_a_driver_with_a_scope)
{
    driver_scope = driver_scopes[_i].scope;
    change_creation = set_scope;
    device_add = look_at_driver_lock;
    ck_status_eq(load(), STATUS_SUCCESS);
    ck_assert(driver_lock_was_held == driver_scopes[_i].locks);
}
END_TEST

/* ---- queries ---- */

static const struct {
    ULONG major;
    ULONG minor;
    BOOLEAN expected;
} versions[] = {
    {1, 0, TRUE}, {1, 9, TRUE}, {1, 33, TRUE}, {1, 34, FALSE}, {2, 0, FALSE}, {0, 1, FALSE},
};

/* wdfdriver.h */
START_TEST(the_framework_is_of_version_1_33)
{
    ck_status_eq(load(), STATUS_SUCCESS);
    WDF_DRIVER_VERSION_AVAILABLE_PARAMS version;
    WDF_DRIVER_VERSION_AVAILABLE_PARAMS_INIT(&version, versions[_i].major, versions[_i].minor);
    ck_assert_uint_eq(WdfDriverIsVersionAvailable(WdfGetDriver(), &version), versions[_i].expected);
}
END_TEST

/* S1.5 */
START_TEST(no_version_is_available_to_a_wrong_size)
{
    ck_status_eq(load(), STATUS_SUCCESS);
    WDF_DRIVER_VERSION_AVAILABLE_PARAMS version;
    WDF_DRIVER_VERSION_AVAILABLE_PARAMS_INIT(&version, 1, 0);
    version.Size--;
    ck_assert(!WdfDriverIsVersionAvailable(WdfGetDriver(), &version));
}
END_TEST

/* wdfdriver.h */
START_TEST(the_registry_path_ends_with_the_name_of_the_service)
{
    ck_status_eq(load(), STATUS_SUCCESS);
    UNICODE_STRING path, name;
    RtlInitUnicodeString(&path, WdfDriverGetRegistryPath(WdfGetDriver()));
    RtlInitUnicodeString(&name, L"\\Services\\sample");
    ck_assert_uint_ge(path.Length, name.Length);
    path.Buffer += (path.Length - name.Length) / sizeof(WCHAR);
    path.Length = name.Length;
    ck_assert(RtlEqualUnicodeString(&path, &name, FALSE));
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
    Suite *suite = suite_create("driver");

    TCase *creation = case_of("WdfDriverCreate");
    tcase_add_loop_test(creation, a_driver_is_created_or_refused_by_its_configuration, 0,
                        RTL_NUMBER_OF(creations));
    tcase_add_test(creation, a_driver_that_was_refused_has_no_callbacks);
    tcase_add_test(creation, a_driver_is_created_once);
    suite_add_tcase(suite, creation);

    TCase *loading = case_of("loading");
    tcase_add_test(loading, the_status_of_driver_entry_is_that_of_loading);
    tcase_add_test(loading, a_driver_entry_that_fails_has_its_driver_deleted_without_unload);
    tcase_add_test(loading, after_a_failed_load_there_is_no_driver);
    tcase_add_test(loading, a_driver_entry_that_creates_no_driver_is_an_error);
    tcase_add_test(loading, unload_comes_after_the_device_and_before_the_driver);
    tcase_add_test(loading, objects_of_the_driver_live_until_after_unload);
    tcase_add_test(loading, after_unload_there_is_no_driver);
    tcase_add_test(loading, a_driver_can_be_loaded_again_and_again);
    tcase_add_test(loading, a_driver_can_be_loaded_after_it_has_failed);
    suite_add_tcase(suite, loading);

    TCase *adding = case_of("EvtDriverDeviceAdd");
    tcase_add_loop_test(adding, the_status_of_device_add_is_that_of_starting, 0,
                        RTL_NUMBER_OF(outcomes));
    tcase_add_loop_test(adding, what_a_failed_device_add_has_created_is_torn_down, 0,
                        RTL_NUMBER_OF(outcomes));
    tcase_add_test(adding, a_device_init_is_good_for_another_try);
    tcase_add_test(adding, a_device_init_is_taken_by_success);
    tcase_add_test(adding, the_device_init_of_device_add_is_not_the_drivers_to_free);
    tcase_add_test(adding, device_add_is_told_the_driver);
    tcase_add_loop_test(adding, device_add_runs_under_the_lock_of_a_driver_with_a_scope, 0,
                        RTL_NUMBER_OF(driver_scopes));
    suite_add_tcase(suite, adding);

    TCase *asking = case_of("asking");
    tcase_add_loop_test(asking, the_framework_is_of_version_1_33, 0, RTL_NUMBER_OF(versions));
    tcase_add_test(asking, no_version_is_available_to_a_wrong_size);
    tcase_add_test(asking, the_registry_path_ends_with_the_name_of_the_service);
    suite_add_tcase(suite, asking);
    return unit_run(suite);
}
