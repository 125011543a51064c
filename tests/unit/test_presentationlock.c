/* Presentation locks: WdfObjectAcquireLock and what it locks (S1.40, S2.4, S2.11-S2.14, S9.26). */
#include <signal.h>
#include <string.h>

#include "device.h"
#include "framework/device/device.h"
#include "unit.h"

static WDF_OBJECT_ATTRIBUTES device_attributes;
static WDF_OBJECT_ATTRIBUTES queue_attributes;
static WDF_OBJECT_ATTRIBUTES file_attributes;
static WDFQUEUE queue;
static WDFFILEOBJECT file_object;
static void (*in_read)(void);

static VOID complete_read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(Length);
    file_object = WdfRequestGetFileObject(Request);
    if (in_read != NULL)
        in_read();
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static NTSTATUS add_device(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDF_FILEOBJECT_CONFIG files;
    WDF_FILEOBJECT_CONFIG_INIT(&files, NULL, NULL, NULL);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &files, &file_attributes);
    WDFDEVICE created;
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, &device_attributes, &created);
    if (!NT_SUCCESS(status))
        return status;
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoRead = complete_read;
    return WdfIoQueueCreate(created, &config, &queue_attributes, &queue);
}

static void set_attributes(WDF_EXECUTION_LEVEL level, WDF_SYNCHRONIZATION_SCOPE device_scope,
                           WDF_SYNCHRONIZATION_SCOPE queue_scope,
                           WDF_SYNCHRONIZATION_SCOPE file_scope)
{
    WDF_OBJECT_ATTRIBUTES_INIT(&device_attributes);
    WDF_OBJECT_ATTRIBUTES_INIT(&queue_attributes);
    WDF_OBJECT_ATTRIBUTES_INIT(&file_attributes);
    device_attributes.ExecutionLevel = level;
    device_attributes.SynchronizationScope = device_scope;
    queue_attributes.SynchronizationScope = queue_scope;
    file_attributes.SynchronizationScope = file_scope;
}

/* A device with that level and without scopes. */
static void start_level(WDF_EXECUTION_LEVEL level)
{
    const WDF_SYNCHRONIZATION_SCOPE none = WdfSynchronizationScopeNone;
    set_attributes(level, none, none, none);
    device_start_with(add_device);
}

static void setup(void)
{
    in_read = NULL;
    start_level(WdfExecutionLevelDispatch);
}

static void read_something(void)
{
    char text[4];
    ck_status_eq(WdfuseInprocRead(open_file(), text, sizeof(text), NULL), STATUS_SUCCESS);
}

static WDFOBJECT the_driver(void)
{
    return WdfGetDriver();
}

static WDFOBJECT the_device(void)
{
    return WdfuseInprocGetDevice(device);
}

static WDFOBJECT the_queue(void)
{
    return queue;
}

static const struct {
    WDFOBJECT (*object)(void);
    WDF_EXECUTION_LEVEL level;
    KIRQL expected;
} holders[] = {
    {the_driver, WdfExecutionLevelPassive, PASSIVE_LEVEL},
    {the_driver, WdfExecutionLevelDispatch, PASSIVE_LEVEL}, /* S2.4: a mutex, always */
    {the_device, WdfExecutionLevelPassive, PASSIVE_LEVEL},
    {the_device, WdfExecutionLevelDispatch, DISPATCH_LEVEL},
    {the_queue, WdfExecutionLevelPassive, PASSIVE_LEVEL},
    {the_queue, WdfExecutionLevelDispatch, DISPATCH_LEVEL},
};

/* S2.4, S9.26 */
START_TEST(the_holder_of_a_presentation_lock_is_at_the_level_of_the_object)
{
    start_level(holders[_i].level);
    WdfObjectAcquireLock(holders[_i].object());
    ck_assert_uint_eq(KeGetCurrentIrql(), holders[_i].expected);
    WdfObjectReleaseLock(holders[_i].object());
}
END_TEST

/* S9.26 */
START_TEST(releasing_a_presentation_lock_restores_the_level)
{
    start_level(holders[_i].level);
    WdfObjectAcquireLock(holders[_i].object());
    WdfObjectReleaseLock(holders[_i].object());
    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
}
END_TEST

static void lock_and_unlock_queue(void)
{
    WdfObjectAcquireLock(queue);
    WdfObjectReleaseLock(queue);
}

/* S2.11, S15.13 */
START_TEST(the_lock_of_a_queue_with_scope_none_is_free_in_its_callbacks)
{
    in_read = lock_and_unlock_queue;
    start_level(WdfExecutionLevelDispatch);
    read_something();
}
END_TEST

static bool is_held(WDFOBJECT object)
{
    const struct constraints *constraints = constraints_of((struct wdf_object *)object);
    ck_assert_ptr_nonnull(constraints);
    return callback_lock_is_held_here(constraints->presentation_lock);
}

/* S1.40, S2.4 */
START_TEST(the_lock_of_a_queue_with_scope_device_is_the_devices)
{
    set_attributes(WdfExecutionLevelPassive, WdfSynchronizationScopeNone,
                   WdfSynchronizationScopeDevice, WdfSynchronizationScopeNone);
    device_start_with(add_device);
    WdfObjectAcquireLock(the_device());
    ck_assert(is_held(queue));
    WdfObjectReleaseLock(the_device());
}
END_TEST

/* S2.4 */
START_TEST(the_lock_of_a_queue_with_scope_queue_is_its_own)
{
    set_attributes(WdfExecutionLevelPassive, WdfSynchronizationScopeNone,
                   WdfSynchronizationScopeQueue, WdfSynchronizationScopeNone);
    device_start_with(add_device);
    WdfObjectAcquireLock(the_device());
    ck_assert(!is_held(queue));
    WdfObjectReleaseLock(the_device());
}
END_TEST

/* S1.40, S2.14 */
START_TEST(the_lock_of_a_file_object_with_scope_device_is_the_devices)
{
    set_attributes(WdfExecutionLevelPassive, WdfSynchronizationScopeNone,
                   WdfSynchronizationScopeNone, WdfSynchronizationScopeDevice);
    device_start_with(add_device);
    read_something();
    WdfObjectAcquireLock(file_object);
    ck_assert(is_held(the_device()));
    WdfObjectReleaseLock(file_object);
}
END_TEST

/* S2.13 */
START_TEST(releasing_a_presentation_lock_that_is_not_held_is_a_break)
{
    start_level(WdfExecutionLevelDispatch);
    WdfObjectReleaseLock(queue);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S2.13"));
}
END_TEST

static void release_queue_lock(void)
{
    WdfObjectReleaseLock(queue);
}

/* S2.13, S13.16 */
START_TEST(a_callback_that_returns_without_its_lock_is_a_break)
{
    set_attributes(WdfExecutionLevelPassive, WdfSynchronizationScopeNone,
                   WdfSynchronizationScopeQueue, WdfSynchronizationScopeNone);
    in_read = release_queue_lock;
    device_start_with(add_device);
    read_something();
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S2.13"));
}
END_TEST

static void release_and_acquire_queue_lock(void)
{
    WdfObjectReleaseLock(queue);
    WdfObjectAcquireLock(queue);
}

/* S2.13 */
START_TEST(a_callback_may_release_its_lock_for_a_while)
{
    set_attributes(WdfExecutionLevelPassive, WdfSynchronizationScopeNone,
                   WdfSynchronizationScopeQueue, WdfSynchronizationScopeNone);
    in_read = release_and_acquire_queue_lock;
    device_start_with(add_device);
    last_verifier_message();
    read_something();
    ck_assert_str_eq(last_verifier_message(), "");
}
END_TEST

/* S2.12, S13.5 */
START_TEST(acquiring_a_presentation_lock_twice_is_a_bug_check)
{
    start_level(holders[_i].level);
    WdfObjectAcquireLock(holders[_i].object());
    WdfObjectAcquireLock(holders[_i].object());
}
END_TEST

/* S2.12, S15.13 */
START_TEST(acquiring_the_lock_of_a_queue_with_scope_queue_in_its_callback_is_a_bug_check)
{
    set_attributes(WdfExecutionLevelPassive, WdfSynchronizationScopeNone,
                   WdfSynchronizationScopeQueue, WdfSynchronizationScopeNone);
    in_read = lock_and_unlock_queue;
    device_start_with(add_device);
    read_something();
}
END_TEST

/* S1.40, S13.5 */
START_TEST(an_object_without_a_lock_is_a_bug_check)
{
    WDFOBJECT object;
    WdfObjectCreate(WDF_NO_OBJECT_ATTRIBUTES, &object);
    WdfObjectAcquireLock(object);
}
END_TEST

/* S1.40 */
START_TEST(a_file_object_with_scope_none_has_no_lock_which_is_a_bug_check)
{
    read_something();
    WdfObjectAcquireLock(file_object);
}
END_TEST

static TCase *case_of(const char *name, void (*begin)(void))
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, begin, device_stop);
    return tests;
}

static void forget_callback(void)
{
    in_read = NULL;
}

/* Tests that start their own device. */
static TCase *presentation_lock_tests(void)
{
    TCase *tests = case_of("presentation lock", forget_callback);
    tcase_add_loop_test(tests, the_holder_of_a_presentation_lock_is_at_the_level_of_the_object, 0,
                        RTL_NUMBER_OF(holders));
    tcase_add_loop_test(tests, releasing_a_presentation_lock_restores_the_level, 0,
                        RTL_NUMBER_OF(holders));
    tcase_add_test(tests, the_lock_of_a_queue_with_scope_none_is_free_in_its_callbacks);
    tcase_add_test(tests, the_lock_of_a_queue_with_scope_device_is_the_devices);
    tcase_add_test(tests, the_lock_of_a_queue_with_scope_queue_is_its_own);
    tcase_add_test(tests, the_lock_of_a_file_object_with_scope_device_is_the_devices);
    tcase_add_test(tests, releasing_a_presentation_lock_that_is_not_held_is_a_break);
    tcase_add_test(tests, a_callback_that_returns_without_its_lock_is_a_break);
    tcase_add_test(tests, a_callback_may_release_its_lock_for_a_while);
    return tests;
}

static TCase *recursion_tests(void)
{
    TCase *tests = unit_ends(case_of("recursion", forget_callback));
    tcase_add_loop_test_raise_signal(tests, acquiring_a_presentation_lock_twice_is_a_bug_check,
                                     SIGABRT, 0, RTL_NUMBER_OF(holders));
    tcase_add_test_raise_signal(
        tests, acquiring_the_lock_of_a_queue_with_scope_queue_in_its_callback_is_a_bug_check,
        SIGABRT);
    return tests;
}

static TCase *no_lock_tests(void)
{
    TCase *tests = unit_ends(case_of("no lock", setup));
    tcase_add_test_raise_signal(tests, an_object_without_a_lock_is_a_bug_check, SIGABRT);
    tcase_add_test_raise_signal(
        tests, a_file_object_with_scope_none_has_no_lock_which_is_a_bug_check, SIGABRT);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("presentationlock");
    suite_add_tcase(suite, presentation_lock_tests());
    suite_add_tcase(suite, recursion_tests());
    suite_add_tcase(suite, no_lock_tests());
    return unit_run(suite);
}
