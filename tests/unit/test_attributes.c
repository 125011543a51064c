/* What WDF_OBJECT_ATTRIBUTES may contain, by kind of object (S1.25, S1.26, S15.8). */
#include "device.h"
#include "unit.h"

typedef struct _CONTEXT {
    UCHAR Bytes[16];
} CONTEXT;
WDF_DECLARE_CONTEXT_TYPE(CONTEXT)

static VOID ignore_expiry(WDFTIMER Timer)
{
    UNREFERENCED_PARAMETER(Timer);
}

static NTSTATUS add_bare_device(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDFDEVICE created;
    return WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &created);
}

static void setup(void)
{
    device_start_with(add_bare_device);
}

/* ---- the kinds: each function creates an object and deletes it ---- */

static NTSTATUS release(NTSTATUS status, WDFOBJECT object)
{
    if (NT_SUCCESS(status))
        WdfObjectDelete(object);
    return status;
}

static NTSTATUS create_object(WDF_OBJECT_ATTRIBUTES *attributes)
{
    WDFOBJECT object;
    NTSTATUS status = WdfObjectCreate(attributes, &object);
    return release(status, object);
}

static NTSTATUS create_timer(WDF_OBJECT_ATTRIBUTES *attributes)
{
    WDF_TIMER_CONFIG config;
    WDF_TIMER_CONFIG_INIT(&config, ignore_expiry);
    config.AutomaticSerialization = FALSE;
    WDFTIMER timer;
    NTSTATUS status = WdfTimerCreate(&config, attributes, &timer);
    return release(status, timer);
}

static NTSTATUS create_timer_below_device(WDF_OBJECT_ATTRIBUTES *attributes)
{
    attributes->ParentObject = WdfuseInprocGetDevice(device);
    return create_timer(attributes);
}

static NTSTATUS create_spin_lock(WDF_OBJECT_ATTRIBUTES *attributes)
{
    WDFSPINLOCK lock;
    NTSTATUS status = WdfSpinLockCreate(attributes, &lock);
    return release(status, lock);
}

static NTSTATUS create_wait_lock(WDF_OBJECT_ATTRIBUTES *attributes)
{
    WDFWAITLOCK lock;
    NTSTATUS status = WdfWaitLockCreate(attributes, &lock);
    return release(status, lock);
}

static NTSTATUS create_memory(WDF_OBJECT_ATTRIBUTES *attributes)
{
    WDFMEMORY memory;
    NTSTATUS status = WdfMemoryCreate(attributes, NonPagedPoolNx, 0, 8, &memory, NULL);
    return release(status, memory);
}

static NTSTATUS create_preallocated_memory(WDF_OBJECT_ATTRIBUTES *attributes)
{
    static UCHAR buffer[8];
    WDFMEMORY memory;
    NTSTATUS status = WdfMemoryCreatePreallocated(attributes, buffer, sizeof(buffer), &memory);
    return release(status, memory);
}

static NTSTATUS create_queue(WDF_OBJECT_ATTRIBUTES *attributes)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    WDFQUEUE queue;
    NTSTATUS status = WdfIoQueueCreate(WdfuseInprocGetDevice(device), &config, attributes, &queue);
    return release(status, queue);
}

static WDF_OBJECT_ATTRIBUTES *attributes_of_driver;

static NTSTATUS enter_driver(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, add_bare_device);
    return WdfDriverCreate(DriverObject, RegistryPath, attributes_of_driver, &config,
                           WDF_NO_HANDLE);
}

static NTSTATUS create_driver(WDF_OBJECT_ATTRIBUTES *attributes)
{
    device_stop();
    attributes_of_driver = attributes;
    return WdfuseInprocStart(enter_driver, "attributes", &device);
}

static WDF_OBJECT_ATTRIBUTES *attributes_of_device;

static NTSTATUS add_device_with_attributes(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDFDEVICE created;
    return WdfDeviceCreate(&DeviceInit, attributes_of_device, &created);
}

static NTSTATUS create_device(WDF_OBJECT_ATTRIBUTES *attributes)
{
    device_stop();
    attributes_of_device = attributes;
    return device_try_start_with(add_device_with_attributes);
}

/* ---- what is wrong for every kind (S1.25) ---- */

static const WDF_OBJECT_CONTEXT_TYPE_INFO type_of_wrong_size = {
    .Size = sizeof(WDF_OBJECT_CONTEXT_TYPE_INFO) - 1, .ContextName = (PCHAR) "T", .ContextSize = 1};
static const WDF_OBJECT_CONTEXT_TYPE_INFO type_without_name = {
    .Size = sizeof(WDF_OBJECT_CONTEXT_TYPE_INFO), .ContextSize = 1};

static void spoil_size(WDF_OBJECT_ATTRIBUTES *attributes)
{
    attributes->Size++;
}

static void spoil_size_and_level(WDF_OBJECT_ATTRIBUTES *attributes)
{
    attributes->Size++;
    attributes->ExecutionLevel = WdfExecutionLevelInvalid;
}

static void spoil_size_of_type(WDF_OBJECT_ATTRIBUTES *attributes)
{
    attributes->ContextTypeInfo = &type_of_wrong_size;
}

static void spoil_name_of_type(WDF_OBJECT_ATTRIBUTES *attributes)
{
    attributes->ContextTypeInfo = &type_without_name;
}

static void override_without_type(WDF_OBJECT_ATTRIBUTES *attributes)
{
    attributes->ContextSizeOverride = 100;
}

static void override_with_too_little(WDF_OBJECT_ATTRIBUTES *attributes)
{
    WDF_OBJECT_ATTRIBUTES_SET_CONTEXT_TYPE(attributes, CONTEXT);
    attributes->ContextSizeOverride = sizeof(CONTEXT) - 1;
}

static void override_with_the_same(WDF_OBJECT_ATTRIBUTES *attributes)
{
    WDF_OBJECT_ATTRIBUTES_SET_CONTEXT_TYPE(attributes, CONTEXT);
    attributes->ContextSizeOverride = sizeof(CONTEXT);
}

static void spoil_level(WDF_OBJECT_ATTRIBUTES *attributes)
{
    attributes->ExecutionLevel = WdfExecutionLevelInvalid;
}

static void spoil_level_above(WDF_OBJECT_ATTRIBUTES *attributes)
{
    attributes->ExecutionLevel = WdfExecutionLevelDispatch + 1;
}

static void spoil_scope(WDF_OBJECT_ATTRIBUTES *attributes)
{
    attributes->SynchronizationScope = WdfSynchronizationScopeInvalid;
}

static void spoil_scope_above(WDF_OBJECT_ATTRIBUTES *attributes)
{
    attributes->SynchronizationScope = WdfSynchronizationScopeNone + 1;
}

static const struct {
    void (*spoil)(WDF_OBJECT_ATTRIBUTES *attributes);
    NTSTATUS expected;
} mistakes[] = {
    {spoil_size, STATUS_INFO_LENGTH_MISMATCH},
    {spoil_size_and_level, STATUS_INFO_LENGTH_MISMATCH}, /* S1.4: the size comes first */
    {spoil_size_of_type, STATUS_INFO_LENGTH_MISMATCH},
    {spoil_name_of_type, STATUS_WDF_OBJECT_ATTRIBUTES_INVALID},
    {override_without_type, STATUS_WDF_OBJECT_ATTRIBUTES_INVALID},
    {override_with_too_little, STATUS_WDF_OBJECT_ATTRIBUTES_INVALID}, /* S15.6 */
    {override_with_the_same, STATUS_SUCCESS},
    {spoil_level, STATUS_WDF_OBJECT_ATTRIBUTES_INVALID},
    {spoil_level_above, STATUS_WDF_OBJECT_ATTRIBUTES_INVALID},
    {spoil_scope, STATUS_WDF_OBJECT_ATTRIBUTES_INVALID},
    {spoil_scope_above, STATUS_WDF_OBJECT_ATTRIBUTES_INVALID},
};

/* S1.21, S1.25 */
START_TEST(a_mistake_in_the_attributes_has_its_status)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    mistakes[_i].spoil(&attributes);
    ck_status_eq(create_object(&attributes), mistakes[_i].expected);
}
END_TEST

/* ---- parents (S1.15, S1.25) ---- */

/* S1.25, S15.8 */
START_TEST(a_timer_without_attributes_lacks_a_parent)
{
    ck_status_eq(create_timer(WDF_NO_OBJECT_ATTRIBUTES), STATUS_WDF_PARENT_NOT_SPECIFIED);
}
END_TEST

/* S1.25, S15.8 */
START_TEST(a_timer_whose_attributes_name_no_parent_lacks_one)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    ck_status_eq(create_timer(&attributes), STATUS_WDF_PARENT_NOT_SPECIFIED);
}
END_TEST

/* S1.15, S15.8 */
START_TEST(a_device_has_no_parent_of_the_drivers_choice)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = WdfuseInprocGetDevice(device);
    ck_status_eq(create_device(&attributes), STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED);
}
END_TEST

/* S1.15, S3.2 */
START_TEST(a_driver_has_no_parent)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = WdfuseInprocGetDevice(device);
    ck_status_eq(create_driver(&attributes), STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED);
}
END_TEST

/* ---- level and scope by kind (S1.26) ---- */

enum permission {
    LEVEL = 0x1,
    SCOPE = 0x2,
};

static const struct kind {
    NTSTATUS (*create)(WDF_OBJECT_ATTRIBUTES *attributes);
    unsigned may_say;
} kinds[] = {
    {create_object, LEVEL},
    {create_timer_below_device, LEVEL},
    {create_spin_lock, 0},
    {create_wait_lock, 0},
    {create_memory, 0},
    {create_preallocated_memory, 0},
    {create_queue, LEVEL | SCOPE},
    {create_device, LEVEL | SCOPE},
    {create_driver, LEVEL | SCOPE},
};

static NTSTATUS create_with(const struct kind *kind, WDF_EXECUTION_LEVEL level,
                            WDF_SYNCHRONIZATION_SCOPE scope)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ExecutionLevel = level;
    attributes.SynchronizationScope = scope;
    return kind->create(&attributes);
}

/* S1.25, S1.26 */
START_TEST(a_level_is_accepted_from_the_kinds_that_have_one)
{
    const struct kind *kind = &kinds[_i];
    NTSTATUS expected =
        (kind->may_say & LEVEL) ? STATUS_SUCCESS : STATUS_WDF_EXECUTION_LEVEL_INVALID;
    const WDF_SYNCHRONIZATION_SCOPE scope = WdfSynchronizationScopeInheritFromParent;
    ck_status_eq(create_with(kind, WdfExecutionLevelPassive, scope), expected);
    ck_status_eq(create_with(kind, WdfExecutionLevelDispatch, scope), expected);
}
END_TEST

/* S1.25, S1.26 */
START_TEST(a_scope_is_accepted_from_the_kinds_that_have_one)
{
    const struct kind *kind = &kinds[_i];
    NTSTATUS expected =
        (kind->may_say & SCOPE) ? STATUS_SUCCESS : STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID;
    const WDF_EXECUTION_LEVEL level = WdfExecutionLevelInheritFromParent;
    ck_status_eq(create_with(kind, level, WdfSynchronizationScopeDevice), expected);
    ck_status_eq(create_with(kind, level, WdfSynchronizationScopeQueue), expected);
}
END_TEST

/* S1.26 */
START_TEST(scope_none_is_accepted_from_every_kind)
{
    ck_status_eq(
        create_with(&kinds[_i], WdfExecutionLevelInheritFromParent, WdfSynchronizationScopeNone),
        STATUS_SUCCESS);
}
END_TEST

/* S1.25: the order of the table */
START_TEST(a_wrong_scope_is_reported_before_a_wrong_level)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ExecutionLevel = WdfExecutionLevelPassive;
    attributes.SynchronizationScope = WdfSynchronizationScopeDevice;
    ck_status_eq(create_memory(&attributes), STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("attributes");
    TCase *tests = tcase_create("attributes");
    tcase_add_checked_fixture(tests, setup, device_stop);
    tcase_add_loop_test(tests, a_mistake_in_the_attributes_has_its_status, 0,
                        RTL_NUMBER_OF(mistakes));
    tcase_add_test(tests, a_timer_without_attributes_lacks_a_parent);
    tcase_add_test(tests, a_timer_whose_attributes_name_no_parent_lacks_one);
    tcase_add_test(tests, a_device_has_no_parent_of_the_drivers_choice);
    tcase_add_test(tests, a_driver_has_no_parent);
    tcase_add_loop_test(tests, a_level_is_accepted_from_the_kinds_that_have_one, 0,
                        RTL_NUMBER_OF(kinds));
    tcase_add_loop_test(tests, a_scope_is_accepted_from_the_kinds_that_have_one, 0,
                        RTL_NUMBER_OF(kinds));
    tcase_add_loop_test(tests, scope_none_is_accepted_from_every_kind, 0, RTL_NUMBER_OF(kinds));
    tcase_add_test(tests, a_wrong_scope_is_reported_before_a_wrong_level);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
