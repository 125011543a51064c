/* AutomaticSerialization: the lock under which a timer's callback runs, and what happens when none
 * fits (S2.20-S2.24). */
#include <signal.h>

#include "framework/device/device.h"
#include "observed.h"
#include "unit.h"

static WDFTIMER timer;

static void start_device(WDF_EXECUTION_LEVEL level, WDF_SYNCHRONIZATION_SCOPE scope)
{
    WDF_OBJECT_ATTRIBUTES_INIT(&observed_device_attributes);
    observed_device_attributes.ExecutionLevel = level;
    observed_device_attributes.SynchronizationScope = scope;
    observed_start();
}

static NTSTATUS create_timer(WDFOBJECT parent, WDF_EXECUTION_LEVEL level, BOOLEAN serialized)
{
    WDF_OBJECT_ATTRIBUTES attributes = observed_attributes();
    attributes.ParentObject = parent;
    attributes.ExecutionLevel = level;
    WDF_TIMER_CONFIG config;
    WDF_TIMER_CONFIG_INIT(&config, observe_expiry);
    config.AutomaticSerialization = serialized;
    return WdfTimerCreate(&config, &attributes, &timer);
}

static WDFDEVICE the_device(void)
{
    return WdfuseInprocGetDevice(device);
}

static WDFQUEUE create_queue(WDF_SYNCHRONIZATION_SCOPE scope)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.SynchronizationScope = scope;
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    WDFQUEUE queue;
    ck_status_eq(WdfIoQueueCreate(the_device(), &config, &attributes, &queue), STATUS_SUCCESS);
    return queue;
}

static WDFOBJECT create_object_below_device(void)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = the_device();
    WDFOBJECT object;
    ck_status_eq(WdfObjectCreate(&attributes, &object), STATUS_SUCCESS);
    return object;
}

/* ---- the table (S2.21) ---- */

#define INHERIT  WdfExecutionLevelInheritFromParent
#define PASSIVE  WdfExecutionLevelPassive
#define DISPATCH WdfExecutionLevelDispatch
#define DEVICE   WdfSynchronizationScopeDevice
#define QUEUE    WdfSynchronizationScopeQueue
#define NONE     WdfSynchronizationScopeNone

static const struct {
    WDF_EXECUTION_LEVEL device_level;
    WDF_SYNCHRONIZATION_SCOPE device_scope;
    WDF_EXECUTION_LEVEL timer_level;
    NTSTATUS expected;
} combinations[] = {
    {DISPATCH, NONE, INHERIT, STATUS_SUCCESS},
    {DISPATCH, NONE, PASSIVE, STATUS_SUCCESS},
    {DISPATCH, DEVICE, INHERIT, STATUS_SUCCESS},
    {DISPATCH, DEVICE, DISPATCH, STATUS_SUCCESS},
    {DISPATCH, DEVICE, PASSIVE, STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL},
    {DISPATCH, QUEUE, PASSIVE, STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL},
    {PASSIVE, NONE, INHERIT, STATUS_SUCCESS}, /* S2.24, S15.10 */
    {PASSIVE, NONE, PASSIVE, STATUS_SUCCESS},
    {PASSIVE, DEVICE, INHERIT, STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL}, /* S2.22, S2.23, S15.10 */
    {PASSIVE, DEVICE, DISPATCH, STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL},
    {PASSIVE, DEVICE, PASSIVE, STATUS_SUCCESS},
    {PASSIVE, QUEUE, INHERIT, STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL}, /* S2.23 */
    {PASSIVE, QUEUE, PASSIVE, STATUS_SUCCESS},
};

/* S2.21 */
START_TEST(a_timer_is_serialized_with_a_device_of_its_own_level_only)
{
    start_device(combinations[_i].device_level, combinations[_i].device_scope);
    ck_status_eq(create_timer(the_device(), combinations[_i].timer_level, TRUE),
                 combinations[_i].expected);
}
END_TEST

/* S2.21 */
START_TEST(a_timer_is_serialized_with_a_queue_of_its_own_level_only)
{
    start_device(combinations[_i].device_level, combinations[_i].device_scope);
    WDFQUEUE queue = create_queue(WdfSynchronizationScopeInheritFromParent);
    ck_status_eq(create_timer(queue, combinations[_i].timer_level, TRUE),
                 combinations[_i].expected);
}
END_TEST

/* S2.20 */
START_TEST(a_timer_that_is_not_serialized_goes_with_every_device)
{
    start_device(combinations[_i].device_level, combinations[_i].device_scope);
    ck_status_eq(create_timer(the_device(), combinations[_i].timer_level, FALSE), STATUS_SUCCESS);
}
END_TEST

/* ---- the lock ---- */

static WDFOBJECT lock_owner;

static void look_at_lock(WDFTIMER own)
{
    const struct constraints *constraints = constraints_of((struct wdf_object *)lock_owner);
    ck_assert_ptr_nonnull(constraints);
    GetObserved(own)->Result = callback_lock_is_held_here(constraints->presentation_lock);
}

/* Whether the timer's callback holds the presentation lock of that object. */
static bool callback_holds_lock_of(WDFOBJECT owner)
{
    lock_owner = owner;
    GetObserved(timer)->Action = look_at_lock;
    WdfTimerStart(timer, 0);
    advance_ms(0);
    ck_assert_uint_eq(calls_of(timer), 1);
    return GetObserved(timer)->Result;
}

static const WDF_EXECUTION_LEVEL both_levels[] = {DISPATCH, PASSIVE};

/* S2.20, S9.11 */
START_TEST(the_callback_runs_under_the_lock_of_a_device_with_a_scope)
{
    start_device(both_levels[_i], DEVICE);
    ck_status_eq(create_timer(the_device(), both_levels[_i], TRUE), STATUS_SUCCESS);
    ck_assert(callback_holds_lock_of(the_device()));
}
END_TEST

/* S2.20 */
START_TEST(the_lock_is_that_of_the_nearest_object_above_that_has_one)
{
    start_device(DISPATCH, DEVICE);
    ck_status_eq(create_timer(create_object_below_device(), INHERIT, TRUE), STATUS_SUCCESS);
    ck_assert(callback_holds_lock_of(the_device()));
}
END_TEST

/* S2.20 */
START_TEST(the_callback_runs_under_the_lock_of_a_queue_with_scope_queue)
{
    start_device(DISPATCH, NONE);
    WDFQUEUE queue = create_queue(QUEUE);
    ck_status_eq(create_timer(queue, INHERIT, TRUE), STATUS_SUCCESS);
    ck_assert(callback_holds_lock_of(queue));
}
END_TEST

/* S2.4, S2.20 */
START_TEST(the_callback_runs_under_the_devices_lock_below_a_queue_with_scope_device)
{
    start_device(DISPATCH, NONE);
    ck_status_eq(create_timer(create_queue(DEVICE), INHERIT, TRUE), STATUS_SUCCESS);
    ck_assert(callback_holds_lock_of(the_device()));
}
END_TEST

/* S2.24 */
START_TEST(a_timer_is_serialized_unless_the_driver_says_otherwise)
{
    WDF_TIMER_CONFIG config;
    WDF_TIMER_CONFIG_INIT(&config, observe_expiry);
    ck_assert(config.AutomaticSerialization);
    WDF_TIMER_CONFIG_INIT_PERIODIC(&config, observe_expiry, 10);
    ck_assert(config.AutomaticSerialization);
}
END_TEST

START_TEST(scope_none_means_no_lock)
{
    start_device(DISPATCH, NONE);
    ck_status_eq(create_timer(the_device(), INHERIT, TRUE), STATUS_SUCCESS);
    ck_assert(!callback_holds_lock_of(the_device()));
}
END_TEST

/* S2.20 */
START_TEST(without_serialization_there_is_no_lock)
{
    start_device(DISPATCH, DEVICE);
    ck_status_eq(create_timer(the_device(), INHERIT, FALSE), STATUS_SUCCESS);
    ck_assert(!callback_holds_lock_of(the_device()));
}
END_TEST

static void acquire_device_lock(WDFTIMER own)
{
    WdfObjectAcquireLock(the_device());
    GetObserved(own)->Result = TRUE;
    WdfObjectReleaseLock(the_device());
}

/* S2.12, S15.13 */
START_TEST(acquiring_the_lock_again_in_a_serialized_callback_is_a_bug_check)
{
    start_device(DISPATCH, DEVICE);
    ck_status_eq(create_timer(the_device(), INHERIT, TRUE), STATUS_SUCCESS);
    GetObserved(timer)->Action = acquire_device_lock;
    WdfTimerStart(timer, 0);
    advance_ms(0);
}
END_TEST

/* S2.11, S15.13 */
START_TEST(acquiring_the_lock_in_a_callback_that_is_not_serialized_is_allowed)
{
    start_device(DISPATCH, NONE);
    ck_status_eq(create_timer(the_device(), INHERIT, TRUE), STATUS_SUCCESS);
    GetObserved(timer)->Action = acquire_device_lock;
    WdfTimerStart(timer, 0);
    advance_ms(0);
    ck_assert(GetObserved(timer)->Result);
}
END_TEST

static atomic_bool clock_moves;
static bool is_released;

static void advance_clock(void *unused)
{
    (void)unused;
    clock_moves = true;
    advance_ms(0);
}

static void look_whether_released(WDFTIMER own)
{
    GetObserved(own)->Result = is_released;
}

/* S2.20; is_released is guarded by the lock */
START_TEST(a_serialized_callback_waits_for_the_lock)
{
    struct port_thread clock;
    start_device(PASSIVE, DEVICE);
    ck_status_eq(create_timer(the_device(), PASSIVE, TRUE), STATUS_SUCCESS);
    GetObserved(timer)->Action = look_whether_released;
    WdfTimerStart(timer, 0);
    WdfObjectAcquireLock(the_device());
    ck_assert_int_eq(port_thread_start(&clock, "clock", advance_clock, NULL), 0);
    eventually(clock_moves);
    is_released = true;
    WdfObjectReleaseLock(the_device());
    port_thread_join(&clock);
    ck_assert(GetObserved(timer)->Result);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("serialization");
    TCase *table = tcase_create("table");
    tcase_add_checked_fixture(table, NULL, device_stop);
    tcase_add_loop_test(table, a_timer_is_serialized_with_a_device_of_its_own_level_only, 0,
                        RTL_NUMBER_OF(combinations));
    tcase_add_loop_test(table, a_timer_is_serialized_with_a_queue_of_its_own_level_only, 0,
                        RTL_NUMBER_OF(combinations));
    tcase_add_loop_test(table, a_timer_that_is_not_serialized_goes_with_every_device, 0,
                        RTL_NUMBER_OF(combinations));
    suite_add_tcase(suite, table);

    TCase *lock = tcase_create("lock");
    tcase_add_checked_fixture(lock, NULL, device_stop);
    tcase_add_loop_test(lock, the_callback_runs_under_the_lock_of_a_device_with_a_scope, 0,
                        RTL_NUMBER_OF(both_levels));
    tcase_add_test(lock, the_lock_is_that_of_the_nearest_object_above_that_has_one);
    tcase_add_test(lock, the_callback_runs_under_the_lock_of_a_queue_with_scope_queue);
    tcase_add_test(lock, the_callback_runs_under_the_devices_lock_below_a_queue_with_scope_device);
    tcase_add_test(lock, a_timer_is_serialized_unless_the_driver_says_otherwise);
    tcase_add_test(lock, scope_none_means_no_lock);
    tcase_add_test(lock, without_serialization_there_is_no_lock);
    tcase_add_test(lock, acquiring_the_lock_in_a_callback_that_is_not_serialized_is_allowed);
    tcase_add_test(lock, a_serialized_callback_waits_for_the_lock);
    suite_add_tcase(suite, lock);

    lock = unit_ends(tcase_create("bug checks"));
    tcase_add_checked_fixture(lock, NULL, device_stop);
    tcase_add_test_raise_signal(
        lock, acquiring_the_lock_again_in_a_serialized_callback_is_a_bug_check, SIGABRT);
    suite_add_tcase(suite, lock);
    return unit_run(suite);
}
