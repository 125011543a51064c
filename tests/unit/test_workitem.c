/* WDFWORKITEM: creation, runs, waiting, serialisation and deletion (S9.17-S9.21, S2.20-S2.25). */
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "holding.h"
#include "occupied.h"
#include "port/thread.h"
#include "unit.h"

#define INHERIT_LEVEL WdfExecutionLevelInheritFromParent
#define INHERIT_SCOPE WdfSynchronizationScopeInheritFromParent
#define PASSIVE       WdfExecutionLevelPassive
#define DISPATCH      WdfExecutionLevelDispatch

/* What a work item is to do, and what it has seen. */
typedef struct _SEEN {
    void (*Action)(WDFWORKITEM WorkItem);
    KIRQL Irql;
    port_thread_id Thread;
    atomic_uint Calls; /* that have returned */
} SEEN;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(SEEN, GetSeen)

static WDFWORKITEM item;

static VOID run(WDFWORKITEM WorkItem)
{
    SEEN *seen = GetSeen(WorkItem);
    seen->Irql = KeGetCurrentIrql();
    seen->Thread = port_thread_self();
    if (seen->Action != NULL)
        seen->Action(WorkItem);
    seen->Calls++;
}

static WDF_WORKITEM_CONFIG item_config(void)
{
    WDF_WORKITEM_CONFIG config;
    WDF_WORKITEM_CONFIG_INIT(&config, run);
    return config;
}

static WDF_OBJECT_ATTRIBUTES item_attributes(WDFOBJECT parent)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, SEEN);
    attributes.ParentObject = parent;
    return attributes;
}

static NTSTATUS try_create_below(WDFOBJECT parent, BOOLEAN is_serialized)
{
    WDF_WORKITEM_CONFIG config = item_config();
    config.AutomaticSerialization = is_serialized;
    WDF_OBJECT_ATTRIBUTES attributes = item_attributes(parent);
    return WdfWorkItemCreate(&config, &attributes, &item);
}

static void create_below(WDFOBJECT parent)
{
    ck_status_eq(try_create_below(parent, TRUE), STATUS_SUCCESS);
}

/* A work item below the device that does that. */
static void create(void (*action)(WDFWORKITEM WorkItem))
{
    create_below(wdf_device());
    GetSeen(item)->Action = action;
}

static unsigned calls(void)
{
    return GetSeen(item)->Calls;
}

static void enqueue_and_wait(void)
{
    WdfWorkItemEnqueue(item);
    WdfuseInprocWaitForWorkers();
}

static WDFOBJECT create_object_below(WDFOBJECT parent)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = parent;
    WDFOBJECT object;
    ck_status_eq(WdfObjectCreate(&attributes, &object), STATUS_SUCCESS);
    return object;
}

/* ---- creation ---- */

/* S9.17 */
START_TEST(a_work_item_without_attributes_has_no_parent)
{
    WDF_WORKITEM_CONFIG config = item_config();
    ck_status_eq(WdfWorkItemCreate(&config, WDF_NO_OBJECT_ATTRIBUTES, &item),
                 STATUS_WDF_PARENT_NOT_SPECIFIED);
}
END_TEST

/* S9.17 */
START_TEST(a_work_item_needs_a_parent)
{
    ck_status_eq(try_create_below(NULL, TRUE), STATUS_WDF_PARENT_NOT_SPECIFIED);
}
END_TEST

/* S9.17 */
START_TEST(a_configuration_of_the_wrong_size_is_refused)
{
    WDF_WORKITEM_CONFIG config = item_config();
    config.Size--;
    WDF_OBJECT_ATTRIBUTES attributes = item_attributes(wdf_device());
    ck_status_eq(WdfWorkItemCreate(&config, &attributes, &item), STATUS_INFO_LENGTH_MISMATCH);
}
END_TEST

/* S9.17 */
START_TEST(a_work_item_without_function_is_refused)
{
    WDF_WORKITEM_CONFIG config = item_config();
    config.EvtWorkItemFunc = NULL;
    WDF_OBJECT_ATTRIBUTES attributes = item_attributes(wdf_device());
    ck_status_eq(WdfWorkItemCreate(&config, &attributes, &item), STATUS_INVALID_PARAMETER);
}
END_TEST

static const struct {
    WDF_EXECUTION_LEVEL level;
    WDF_SYNCHRONIZATION_SCOPE scope;
    NTSTATUS expected;
} constraints[] = {
    {INHERIT_LEVEL, INHERIT_SCOPE, STATUS_SUCCESS},
    {INHERIT_LEVEL, WdfSynchronizationScopeNone, STATUS_SUCCESS},
    {PASSIVE, INHERIT_SCOPE, STATUS_WDF_EXECUTION_LEVEL_INVALID},
    {DISPATCH, INHERIT_SCOPE, STATUS_WDF_EXECUTION_LEVEL_INVALID},
    {INHERIT_LEVEL, WdfSynchronizationScopeDevice, STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID},
    {INHERIT_LEVEL, WdfSynchronizationScopeQueue, STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID},
};

/* S9.17, S1.26 */
START_TEST(a_work_item_says_neither_level_nor_scope)
{
    WDF_WORKITEM_CONFIG config = item_config();
    WDF_OBJECT_ATTRIBUTES attributes = item_attributes(wdf_device());
    attributes.ExecutionLevel = constraints[_i].level;
    attributes.SynchronizationScope = constraints[_i].scope;
    ck_status_eq(WdfWorkItemCreate(&config, &attributes, &item), constraints[_i].expected);
}
END_TEST

/* S9.17: serialised or not */
START_TEST(a_work_item_needs_a_device_above_it)
{
    item = (WDFWORKITEM)wdf_device();
    ck_status_eq(try_create_below(WdfGetDriver(), _i != 0), STATUS_INVALID_DEVICE_REQUEST);
    ck_assert_ptr_null(item);
}
END_TEST

/* S2.25 */
START_TEST(a_work_item_is_serialized_unless_the_driver_says_otherwise)
{
    ck_assert(item_config().AutomaticSerialization);
}
END_TEST

/* S9.17 */
START_TEST(the_parent_of_a_work_item_is_the_one_of_its_attributes)
{
    WDFOBJECT parent = create_object_below(wdf_device());
    create_below(parent);
    ck_assert_ptr_eq(WdfWorkItemGetParentObject(item), parent);
}
END_TEST

static const struct {
    WDF_EXECUTION_LEVEL level;
    WDF_SYNCHRONIZATION_SCOPE scope;
    NTSTATUS expected;
} serializations[] = {
    {PASSIVE, WdfSynchronizationScopeNone, STATUS_SUCCESS},
    {PASSIVE, WdfSynchronizationScopeQueue, STATUS_SUCCESS},
    {PASSIVE, WdfSynchronizationScopeDevice, STATUS_SUCCESS},
    {DISPATCH, WdfSynchronizationScopeNone, STATUS_SUCCESS}, /* S2.24 */
    {DISPATCH, WdfSynchronizationScopeQueue, STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL},
    {DISPATCH, WdfSynchronizationScopeDevice, STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL}, /* S2.23 */
};

static void start_serialized(unsigned row)
{
    device_stop();
    describe_constraints(&device_attributes, serializations[row].level, serializations[row].scope);
    start_queue(WdfIoQueueDispatchParallel);
}

/* S2.21, S2.22 */
START_TEST(a_work_item_is_serialized_with_a_passive_device_only)
{
    start_serialized(_i);
    ck_status_eq(try_create_below(wdf_device(), TRUE), serializations[_i].expected);
}
END_TEST

/* S2.21, S2.22 */
START_TEST(a_work_item_is_serialized_with_a_passive_queue_only)
{
    start_serialized(_i);
    ck_status_eq(try_create_below(queue, TRUE), serializations[_i].expected);
}
END_TEST

/* S2.20 */
START_TEST(a_work_item_that_is_not_serialized_goes_with_every_device)
{
    start_serialized(_i);
    ck_status_eq(try_create_below(wdf_device(), FALSE), STATUS_SUCCESS);
}
END_TEST

/* ---- runs ---- */

/* S9.21 */
START_TEST(a_work_item_runs_at_passive_level)
{
    create(NULL);
    GetSeen(item)->Irql = DISPATCH_LEVEL;
    enqueue_and_wait();
    ck_assert_uint_eq(GetSeen(item)->Irql, PASSIVE_LEVEL);
}
END_TEST

/* S9.21 */
START_TEST(a_work_item_runs_in_another_thread)
{
    create(NULL);
    enqueue_and_wait();
    ck_assert_uint_eq(calls(), 1);
    ck_assert(GetSeen(item)->Thread != port_thread_self());
}
END_TEST

static WDFSPINLOCK create_spin_lock(void)
{
    WDFSPINLOCK lock;
    ck_status_eq(WdfSpinLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &lock), STATUS_SUCCESS);
    return lock;
}

/* S9.28 */
START_TEST(a_work_item_enqueued_at_dispatch_level_runs_at_passive_level)
{
    create(NULL);
    WDFSPINLOCK lock = create_spin_lock();
    WdfSpinLockAcquire(lock);
    WdfWorkItemEnqueue(item);
    WdfSpinLockRelease(lock);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(calls(), 1);
    ck_assert_uint_eq(GetSeen(item)->Irql, PASSIVE_LEVEL);
}
END_TEST

/* S9.18 */
START_TEST(a_work_item_enqueued_several_times_before_it_begins_runs_once)
{
    create(NULL);
    occupy_workers();
    for (unsigned i = 0; i < 3; i++)
        WdfWorkItemEnqueue(item);
    free_workers();
    ck_assert_uint_eq(calls(), 1);
}
END_TEST

START_TEST(a_work_item_may_be_enqueued_again_after_it_has_run)
{
    create(NULL);
    for (unsigned i = 0; i < 10; i++)
        enqueue_and_wait();
    ck_assert_uint_eq(calls(), 10);
}
END_TEST

/* Its runs may overlap. */
static atomic_uint begun;

static void enqueue_again(WDFWORKITEM own)
{
    if (begun++ < 4)
        WdfWorkItemEnqueue(own);
}

/* S9.18 */
START_TEST(enqueuing_from_the_own_callback_queues_another_run)
{
    begun = 0;
    create(enqueue_again);
    enqueue_and_wait();
    ck_assert_uint_eq(calls(), 5);
}
END_TEST

static atomic_uint inside;

static void enqueue_and_meet(WDFWORKITEM own)
{
    if (inside++ == 0)
        WdfWorkItemEnqueue(own);
    eventually(inside >= 2);
}

/* S9.18 */
START_TEST(without_a_lock_a_work_item_may_run_beside_itself)
{
    inside = 0;
    create(enqueue_and_meet);
    enqueue_and_wait();
    ck_assert_uint_eq(calls(), 2);
}
END_TEST

/* ---- waiting ---- */

static atomic_bool is_in_callback;
static atomic_bool callback_may_end;

static void wait_in_callback(WDFWORKITEM own)
{
    UNREFERENCED_PARAMETER(own);
    is_in_callback = true;
    eventually(callback_may_end);
}

/* Has the work item in its callback until callback_may_end. */
static void enter_callback(void)
{
    is_in_callback = callback_may_end = false;
    create(wait_in_callback);
    WdfWorkItemEnqueue(item);
    eventually(is_in_callback);
}

struct call {
    struct port_thread thread;
    void (*function)(void);
    atomic_bool has_begun;
    unsigned calls_seen;
};

static void call_in_thread(void *argument)
{
    struct call *call = argument;
    call->has_begun = true;
    call->function();
    call->calls_seen = calls();
}

/* Calls it in another thread while the callback runs; returns how many callbacks had returned after it. */
static unsigned calls_after(void (*function)(void))
{
    struct call call = {.function = function};
    ck_assert_int_eq(port_thread_start(&call.thread, "caller", call_in_thread, &call), 0);
    eventually(call.has_begun);
    callback_may_end = true;
    port_thread_join(&call.thread);
    return call.calls_seen;
}

static void flush(void)
{
    WdfWorkItemFlush(item);
}

/* S9.19 */
START_TEST(flushing_waits_for_the_callback_that_runs)
{
    enter_callback();
    ck_assert_uint_eq(calls_after(flush), 1);
}
END_TEST

/* S9.19 */
START_TEST(flushing_waits_for_what_is_queued)
{
    struct call call = {.function = flush};
    create(NULL);
    occupy_workers();
    WdfWorkItemEnqueue(item);
    ck_assert_int_eq(port_thread_start(&call.thread, "caller", call_in_thread, &call), 0);
    eventually(call.has_begun);
    free_workers();
    port_thread_join(&call.thread);
    ck_assert_uint_eq(call.calls_seen, 1);
}
END_TEST

/* S9.19 */
START_TEST(flushing_what_is_not_queued_returns)
{
    create(NULL);
    WdfWorkItemFlush(item);
    ck_assert_uint_eq(calls(), 0);
}
END_TEST

static void flush_oneself(WDFWORKITEM own)
{
    WdfWorkItemFlush(own);
}

/* S9.19 */
START_TEST(flushing_from_the_own_callback_is_a_break_and_does_not_wait)
{
    create(flush_oneself);
    enqueue_and_wait();
    ck_assert_uint_eq(calls(), 1);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S9.19"));
}
END_TEST

static WDFWORKITEM other;

static void flush_other(WDFWORKITEM own)
{
    UNREFERENCED_PARAMETER(own);
    WdfWorkItemEnqueue(other);
    WdfWorkItemFlush(other);
}

/* S9.19 */
START_TEST(a_callback_may_flush_another_work_item)
{
    create(NULL);
    other = item;
    create(flush_other);
    enqueue_and_wait();
    ck_assert_uint_eq(GetSeen(other)->Calls, 1);
    ck_assert_str_eq(last_verifier_message(), "");
}
END_TEST

/* S9.19, S13.7: it would not return before the callback does. */
START_TEST(flushing_at_dispatch_level_is_a_break_and_does_not_wait)
{
    enter_callback();
    WDFSPINLOCK lock = create_spin_lock();
    WdfSpinLockAcquire(lock);
    WdfWorkItemFlush(item);
    WdfSpinLockRelease(lock);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "WdfWorkItemFlush"));
    callback_may_end = true;
}
END_TEST

/* ---- serialisation ---- */

/* Guarded by the lock under test: a sanitizer sees if it is not held. */
static unsigned running_now, running_most;

static void run_alone(void)
{
    running_now++;
    running_most = max(running_most, running_now);
    sched_yield();
    running_now--;
}

static void run_item_alone(WDFWORKITEM own)
{
    UNREFERENCED_PARAMETER(own);
    run_alone();
}

static VOID complete_alone(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    run_alone();
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

#define READERS 2

static void read_many(void *file)
{
    char bytes[8];
    for (unsigned i = 0; i < repetitions(1000); i++)
        WdfuseInprocRead(file, bytes, sizeof(bytes), NULL);
}

static void start_alone(WDF_SYNCHRONIZATION_SCOPE scope)
{
    device_stop();
    running_now = running_most = 0;
    describe_constraints(&device_attributes, PASSIVE, scope);
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.EvtIoDefault = complete_alone;
    start_device();
}

/* The work item again and again, while threads read. */
static void run_beside_readers(void)
{
    struct port_thread readers[READERS];
    for (unsigned i = 0; i < READERS; i++)
        ck_assert_int_eq(port_thread_start(&readers[i], "reader", read_many, open_file()), 0);
    for (unsigned i = 0; i < repetitions(1000); i++)
        WdfWorkItemEnqueue(item);
    for (unsigned i = 0; i < READERS; i++)
        port_thread_join(&readers[i]);
    WdfWorkItemFlush(item);
    ck_assert_uint_gt(calls(), 0);
    ck_assert_uint_eq(running_most, 1);
}

/* S2.20 */
START_TEST(a_work_item_below_a_queue_never_runs_beside_the_queues_callbacks)
{
    start_alone(WdfSynchronizationScopeQueue);
    create_below(queue);
    GetSeen(item)->Action = run_item_alone;
    run_beside_readers();
}
END_TEST

/* S2.20 */
START_TEST(a_work_item_below_a_device_never_runs_beside_callbacks_of_scope_device)
{
    start_alone(WdfSynchronizationScopeDevice);
    create(run_item_alone);
    run_beside_readers();
}
END_TEST

static void run_itself_again(WDFWORKITEM own)
{
    if (GetSeen(own)->Calls < 100)
        WdfWorkItemEnqueue(own);
    run_alone();
}

/* S9.18 */
START_TEST(a_serialized_work_item_does_not_run_beside_itself)
{
    start_alone(WdfSynchronizationScopeDevice);
    create(run_itself_again);
    enqueue_and_wait();
    ck_assert_uint_eq(calls(), 101);
    ck_assert_uint_eq(running_most, 1);
}
END_TEST

/* ---- deletion ---- */

/* S9.20 */
START_TEST(a_queued_work_item_that_is_deleted_does_not_run)
{
    create(NULL);
    WdfObjectReference(item);
    occupy_workers();
    WdfWorkItemEnqueue(item);
    WdfObjectDelete(item);
    free_workers();
    ck_assert_uint_eq(calls(), 0);
    WdfObjectDereference(item);
}
END_TEST

/* S9.20 */
START_TEST(a_queued_work_item_goes_with_its_parent)
{
    WDFOBJECT parent = create_object_below(wdf_device());
    create_below(parent);
    WdfObjectReference(item);
    occupy_workers();
    WdfWorkItemEnqueue(item);
    WdfObjectDelete(parent);
    free_workers();
    ck_assert_uint_eq(calls(), 0);
    WdfObjectDereference(item);
}
END_TEST

static void delete_item(void)
{
    WdfObjectDelete(item);
}

/* S9.20 */
START_TEST(deleting_waits_for_the_callback_that_runs)
{
    enter_callback();
    WdfObjectReference(item);
    ck_assert_uint_eq(calls_after(delete_item), 1);
    WdfObjectDereference(item);
}
END_TEST

/* S9.21: the device is there as long as the callback runs. */
START_TEST(removing_the_device_waits_for_the_callback_that_runs)
{
    enter_callback();
    WdfObjectReference(item);
    ck_assert_uint_eq(calls_after(device_stop), 1);
    WdfObjectDereference(item);
}
END_TEST

static atomic_uint destroyed;
static unsigned destroyed_in_callback;

static VOID count_destroyed(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    destroyed++;
}

static VOID delete_own_item(WDFWORKITEM WorkItem)
{
    WdfObjectDelete(WorkItem);
    destroyed_in_callback = destroyed;
}

/* S9.20 */
START_TEST(a_work_item_may_be_deleted_from_its_callback_and_is_destroyed_after_it)
{
    WDF_WORKITEM_CONFIG config;
    WDF_WORKITEM_CONFIG_INIT(&config, delete_own_item);
    WDF_OBJECT_ATTRIBUTES attributes = item_attributes(wdf_device());
    attributes.EvtDestroyCallback = count_destroyed;
    ck_status_eq(WdfWorkItemCreate(&config, &attributes, &item), STATUS_SUCCESS);
    destroyed = 0;
    destroyed_in_callback = 1;
    enqueue_and_wait();
    ck_assert_uint_eq(destroyed_in_callback, 0);
    ck_assert_uint_eq(destroyed, 1);
}
END_TEST

static void delete_and_enqueue(WDFWORKITEM own)
{
    WdfObjectDelete(own);
    WdfWorkItemEnqueue(own);
}

/* S9.20 */
START_TEST(a_work_item_deleted_from_its_callback_does_not_run_again)
{
    create(delete_and_enqueue);
    WdfObjectReference(item);
    enqueue_and_wait();
    ck_assert_uint_eq(calls(), 1);
    WdfObjectDereference(item);
}
END_TEST

/* S9.20: nobody would wait for it. */
START_TEST(enqueuing_a_deleted_work_item_is_a_break_without_effect)
{
    create(NULL);
    WdfObjectReference(item);
    WdfObjectDelete(item);
    enqueue_and_wait();
    ck_assert_uint_eq(calls(), 0);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S9.20"));
    WdfObjectDereference(item);
}
END_TEST

/* ---- the suite ---- */

static void setup(void)
{
    start_queue(WdfIoQueueDispatchParallel);
}

static TCase *case_of(const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, setup, holding_stop);
    tcase_set_timeout(tests, 60);
    return tests;
}

static TCase *creation_tests(void)
{
    const int rows = RTL_NUMBER_OF(serializations);
    TCase *tests = case_of("creation");
    tcase_add_test(tests, a_work_item_without_attributes_has_no_parent);
    tcase_add_test(tests, a_work_item_needs_a_parent);
    tcase_add_test(tests, a_configuration_of_the_wrong_size_is_refused);
    tcase_add_test(tests, a_work_item_without_function_is_refused);
    tcase_add_loop_test(tests, a_work_item_says_neither_level_nor_scope, 0, RTL_NUMBER_OF(constraints));
    tcase_add_loop_test(tests, a_work_item_needs_a_device_above_it, 0, 2);
    tcase_add_test(tests, a_work_item_is_serialized_unless_the_driver_says_otherwise);
    tcase_add_test(tests, the_parent_of_a_work_item_is_the_one_of_its_attributes);
    tcase_add_loop_test(tests, a_work_item_is_serialized_with_a_passive_device_only, 0, rows);
    tcase_add_loop_test(tests, a_work_item_is_serialized_with_a_passive_queue_only, 0, rows);
    tcase_add_loop_test(tests, a_work_item_that_is_not_serialized_goes_with_every_device, 0, rows);
    return tests;
}

static TCase *run_tests(void)
{
    TCase *tests = case_of("runs");
    tcase_add_test(tests, a_work_item_runs_at_passive_level);
    tcase_add_test(tests, a_work_item_runs_in_another_thread);
    tcase_add_test(tests, a_work_item_enqueued_at_dispatch_level_runs_at_passive_level);
    tcase_add_test(tests, a_work_item_enqueued_several_times_before_it_begins_runs_once);
    tcase_add_test(tests, a_work_item_may_be_enqueued_again_after_it_has_run);
    tcase_add_test(tests, enqueuing_from_the_own_callback_queues_another_run);
    tcase_add_test(tests, without_a_lock_a_work_item_may_run_beside_itself);
    return tests;
}

static TCase *waiting_tests(void)
{
    TCase *tests = case_of("waiting");
    tcase_add_test(tests, flushing_waits_for_the_callback_that_runs);
    tcase_add_test(tests, flushing_waits_for_what_is_queued);
    tcase_add_test(tests, flushing_what_is_not_queued_returns);
    tcase_add_test(tests, flushing_from_the_own_callback_is_a_break_and_does_not_wait);
    tcase_add_test(tests, a_callback_may_flush_another_work_item);
    tcase_add_test(tests, flushing_at_dispatch_level_is_a_break_and_does_not_wait);
    return tests;
}

static TCase *serialization_tests(void)
{
    TCase *tests = case_of("serialization");
    tcase_add_test(tests, a_work_item_below_a_queue_never_runs_beside_the_queues_callbacks);
    tcase_add_test(tests, a_work_item_below_a_device_never_runs_beside_callbacks_of_scope_device);
    tcase_add_test(tests, a_serialized_work_item_does_not_run_beside_itself);
    return tests;
}

static TCase *deletion_tests(void)
{
    TCase *tests = case_of("deletion");
    tcase_add_test(tests, a_queued_work_item_that_is_deleted_does_not_run);
    tcase_add_test(tests, a_queued_work_item_goes_with_its_parent);
    tcase_add_test(tests, deleting_waits_for_the_callback_that_runs);
    tcase_add_test(tests, removing_the_device_waits_for_the_callback_that_runs);
    tcase_add_test(tests, a_work_item_may_be_deleted_from_its_callback_and_is_destroyed_after_it);
    tcase_add_test(tests, a_work_item_deleted_from_its_callback_does_not_run_again);
    tcase_add_test(tests, enqueuing_a_deleted_work_item_is_a_break_without_effect);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("workitem");
    suite_add_tcase(suite, creation_tests());
    suite_add_tcase(suite, run_tests());
    suite_add_tcase(suite, waiting_tests());
    suite_add_tcase(suite, serialization_tests());
    suite_add_tcase(suite, deletion_tests());
    return unit_run(suite);
}
