/* The tests that DPCs and work items share. See deferredtests.h. */
#include "deferredtests.h"

#include <sched.h>
#include <string.h>

#include "occupied.h"

#define INHERIT_LEVEL WdfExecutionLevelInheritFromParent
#define INHERIT_SCOPE WdfSynchronizationScopeInheritFromParent

const struct deferred_kind *deferred_kind;
WDFOBJECT deferred;

/* ---- the object under test ---- */

void run_deferred(WDFOBJECT object)
{
    SEEN *seen = GetSeen(object);
    seen->Irql = KeGetCurrentIrql();
    seen->Thread = port_thread_self();
    if (seen->Action != NULL)
        seen->Action(object);
    seen->Calls++;
}

WDF_OBJECT_ATTRIBUTES deferred_attributes(WDFOBJECT parent)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, SEEN);
    attributes.ParentObject = parent;
    return attributes;
}

NTSTATUS try_create_deferred_below(WDFOBJECT parent, BOOLEAN is_serialized)
{
    WDF_OBJECT_ATTRIBUTES attributes = deferred_attributes(parent);
    return deferred_kind->create(&attributes, is_serialized, &deferred);
}

void create_deferred_below(WDFOBJECT parent)
{
    ck_status_eq(try_create_deferred_below(parent, TRUE), STATUS_SUCCESS);
}

void create_deferred(void (*action)(WDFOBJECT Object))
{
    create_deferred_below(wdf_device());
    GetSeen(deferred)->Action = action;
}

unsigned calls(void)
{
    return GetSeen(deferred)->Calls;
}

void enqueue_and_wait(void)
{
    deferred_kind->enqueue(deferred);
    WdfuseInprocWaitForWorkers();
}

static atomic_bool is_in_callback;
static atomic_bool callback_may_end;

static void wait_in_callback(WDFOBJECT own)
{
    UNREFERENCED_PARAMETER(own);
    is_in_callback = true;
    eventually(callback_may_end);
}

void enter_callback(void)
{
    is_in_callback = callback_may_end = false;
    create_deferred(wait_in_callback);
    deferred_kind->enqueue(deferred);
    eventually(is_in_callback);
}

void let_callback_end(void)
{
    callback_may_end = true;
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

unsigned calls_after(void (*function)(void), void (*end_wait)(void))
{
    struct call call = {.function = function};
    ck_assert_int_eq(port_thread_start(&call.thread, "caller", call_in_thread, &call), 0);
    eventually(call.has_begun);
    end_wait();
    port_thread_join(&call.thread);
    return call.calls_seen;
}

WDFSPINLOCK create_spin_lock(void)
{
    WDFSPINLOCK lock;
    ck_status_eq(WdfSpinLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &lock), STATUS_SUCCESS);
    return lock;
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

/* S9.15, S9.17 */
START_TEST(a_deferred_object_without_attributes_has_no_parent)
{
    ck_status_eq(deferred_kind->create(WDF_NO_OBJECT_ATTRIBUTES, TRUE, &deferred),
                 STATUS_WDF_PARENT_NOT_SPECIFIED);
}
END_TEST

/* S9.15, S9.17 */
START_TEST(a_deferred_object_needs_a_parent)
{
    ck_status_eq(try_create_deferred_below(NULL, TRUE), STATUS_WDF_PARENT_NOT_SPECIFIED);
}
END_TEST

static const struct {
    WDF_EXECUTION_LEVEL level;
    WDF_SYNCHRONIZATION_SCOPE scope;
    NTSTATUS expected;
} constraints[] = {
    {INHERIT_LEVEL, INHERIT_SCOPE, STATUS_SUCCESS},
    {INHERIT_LEVEL, WdfSynchronizationScopeNone, STATUS_SUCCESS},
    {WdfExecutionLevelPassive, INHERIT_SCOPE, STATUS_WDF_EXECUTION_LEVEL_INVALID},
    {WdfExecutionLevelDispatch, INHERIT_SCOPE, STATUS_WDF_EXECUTION_LEVEL_INVALID},
    {INHERIT_LEVEL, WdfSynchronizationScopeDevice, STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID},
    {INHERIT_LEVEL, WdfSynchronizationScopeQueue, STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID},
};

/* S9.15, S9.17, S1.26 */
START_TEST(a_deferred_object_says_neither_level_nor_scope)
{
    WDF_OBJECT_ATTRIBUTES attributes = deferred_attributes(wdf_device());
    attributes.ExecutionLevel = constraints[_i].level;
    attributes.SynchronizationScope = constraints[_i].scope;
    ck_status_eq(deferred_kind->create(&attributes, TRUE, &deferred), constraints[_i].expected);
}
END_TEST

/* S9.15, S9.17: serialized or not */
START_TEST(a_deferred_object_needs_a_device_above_it)
{
    deferred = wdf_device();
    ck_status_eq(try_create_deferred_below(WdfGetDriver(), _i != 0), STATUS_INVALID_DEVICE_REQUEST);
    ck_assert_ptr_null(deferred);
}
END_TEST

/* S9.15, S9.17 */
START_TEST(the_parent_of_a_deferred_object_is_the_one_of_its_attributes)
{
    WDFOBJECT parent = create_object_below(wdf_device());
    create_deferred_below(parent);
    ck_assert_ptr_eq(deferred_kind->parent_of(deferred), parent);
}
END_TEST

static const struct {
    bool is_of_its_level;
    WDF_SYNCHRONIZATION_SCOPE scope;
    NTSTATUS expected;
} serializations[] = {
    {true, WdfSynchronizationScopeNone, STATUS_SUCCESS},
    {true, WdfSynchronizationScopeQueue, STATUS_SUCCESS},
    {true, WdfSynchronizationScopeDevice, STATUS_SUCCESS},
    {false, WdfSynchronizationScopeNone, STATUS_SUCCESS}, /* S2.24 */
    {false, WdfSynchronizationScopeQueue, STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL},
    {false, WdfSynchronizationScopeDevice, STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL}, /* S2.23 */
};

static void start_serialized(unsigned row)
{
    device_stop();
    describe_constraints(&device_attributes,
                         serializations[row].is_of_its_level ? deferred_kind->level
                                                             : deferred_kind->other_level,
                         serializations[row].scope);
    start_queue(WdfIoQueueDispatchParallel);
}

/* S2.21, S2.22 */
START_TEST(a_deferred_object_is_serialized_with_a_device_of_its_level_only)
{
    start_serialized(_i);
    ck_status_eq(try_create_deferred_below(wdf_device(), TRUE), serializations[_i].expected);
}
END_TEST

/* S2.21, S2.22 */
START_TEST(a_deferred_object_is_serialized_with_a_queue_of_its_level_only)
{
    start_serialized(_i);
    ck_status_eq(try_create_deferred_below(queue, TRUE), serializations[_i].expected);
}
END_TEST

/* S2.20 */
START_TEST(a_deferred_object_that_is_not_serialized_goes_with_every_device)
{
    start_serialized(_i);
    ck_status_eq(try_create_deferred_below(wdf_device(), FALSE), STATUS_SUCCESS);
}
END_TEST

/* ---- runs ---- */

/* S9.21 */
START_TEST(a_deferred_object_runs_in_another_thread)
{
    create_deferred(NULL);
    enqueue_and_wait();
    ck_assert_uint_eq(calls(), 1);
    ck_assert(GetSeen(deferred)->Thread != port_thread_self());
}
END_TEST

/* S9.16, S9.18 */
START_TEST(a_deferred_object_enqueued_several_times_before_it_begins_runs_once)
{
    create_deferred(NULL);
    occupy_workers();
    for (unsigned i = 0; i < 3; i++)
        deferred_kind->enqueue(deferred);
    free_workers();
    ck_assert_uint_eq(calls(), 1);
}
END_TEST

START_TEST(a_deferred_object_may_be_enqueued_again_after_it_has_run)
{
    create_deferred(NULL);
    for (unsigned i = 0; i < 10; i++)
        enqueue_and_wait();
    ck_assert_uint_eq(calls(), 10);
}
END_TEST

/* Its runs may overlap. */
static atomic_uint begun;

static void enqueue_again(WDFOBJECT own)
{
    if (begun++ < 4)
        ck_assert(deferred_kind->enqueue(own));
}

/* S9.16, S9.18 */
START_TEST(enqueuing_from_the_own_callback_queues_another_run)
{
    begun = 0;
    create_deferred(enqueue_again);
    enqueue_and_wait();
    ck_assert_uint_eq(calls(), 5);
}
END_TEST

/* ---- serialization ---- */

/* Guarded by the lock under test: a sanitizer notices if it is not held. */
static unsigned running_now, running_most;

static void run_alone(void)
{
    running_now++;
    running_most = max(running_most, running_now);
    sched_yield();
    running_now--;
}

static void run_deferred_alone(WDFOBJECT own)
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
    describe_constraints(&device_attributes, deferred_kind->level, scope);
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.EvtIoDefault = complete_alone;
    start_device();
}

/* Enqueues the object again and again, while threads read. */
static void run_beside_readers(void)
{
    struct port_thread readers[READERS];
    for (unsigned i = 0; i < READERS; i++)
        ck_assert_int_eq(port_thread_start(&readers[i], "reader", read_many, open_file()), 0);
    for (unsigned i = 0; i < repetitions(1000); i++)
        deferred_kind->enqueue(deferred);
    for (unsigned i = 0; i < READERS; i++)
        port_thread_join(&readers[i]);
    deferred_kind->wait(deferred);
    ck_assert_uint_gt(calls(), 0);
    ck_assert_uint_eq(running_most, 1);
}

/* S2.20 */
START_TEST(a_deferred_object_below_a_queue_never_runs_beside_the_queues_callbacks)
{
    start_alone(WdfSynchronizationScopeQueue);
    create_deferred_below(queue);
    GetSeen(deferred)->Action = run_deferred_alone;
    run_beside_readers();
}
END_TEST

/* S2.20 */
START_TEST(a_deferred_object_below_a_device_never_runs_beside_callbacks_of_scope_device)
{
    start_alone(WdfSynchronizationScopeDevice);
    create_deferred(run_deferred_alone);
    run_beside_readers();
}
END_TEST

static void run_itself_again(WDFOBJECT own)
{
    if (GetSeen(own)->Calls < 100)
        deferred_kind->enqueue(own);
    run_alone();
}

/* S2.20, S9.18 */
START_TEST(a_serialized_deferred_object_does_not_run_beside_itself)
{
    start_alone(WdfSynchronizationScopeDevice);
    create_deferred(run_itself_again);
    enqueue_and_wait();
    ck_assert_uint_eq(calls(), 101);
    ck_assert_uint_eq(running_most, 1);
}
END_TEST

/* ---- deletion ---- */

/* S9.20 */
START_TEST(a_queued_deferred_object_that_is_deleted_does_not_run)
{
    create_deferred(NULL);
    WdfObjectReference(deferred);
    occupy_workers();
    deferred_kind->enqueue(deferred);
    WdfObjectDelete(deferred);
    free_workers();
    ck_assert_uint_eq(calls(), 0);
    WdfObjectDereference(deferred);
}
END_TEST

/* S9.20 */
START_TEST(a_queued_deferred_object_goes_with_its_parent)
{
    WDFOBJECT parent = create_object_below(wdf_device());
    create_deferred_below(parent);
    WdfObjectReference(deferred);
    occupy_workers();
    deferred_kind->enqueue(deferred);
    WdfObjectDelete(parent);
    free_workers();
    ck_assert_uint_eq(calls(), 0);
    WdfObjectDereference(deferred);
}
END_TEST

static void delete_deferred(void)
{
    WdfObjectDelete(deferred);
}

/* S9.20 */
START_TEST(deleting_waits_for_the_callback_that_runs)
{
    enter_callback();
    WdfObjectReference(deferred);
    ck_assert_uint_eq(calls_after(delete_deferred, let_callback_end), 1);
    WdfObjectDereference(deferred);
}
END_TEST

/* S9.21: the device exists as long as the callback runs. */
START_TEST(removing_the_device_waits_for_the_callback_that_runs)
{
    enter_callback();
    WdfObjectReference(deferred);
    ck_assert_uint_eq(calls_after(device_stop, let_callback_end), 1);
    WdfObjectDereference(deferred);
}
END_TEST

static atomic_uint destroyed;
static unsigned destroyed_in_callback;

static VOID count_destroyed(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    destroyed++;
}

static void delete_oneself(WDFOBJECT own)
{
    WdfObjectDelete(own);
    destroyed_in_callback = destroyed;
}

/* S9.20 */
START_TEST(a_deferred_object_may_be_deleted_from_its_callback_and_is_destroyed_after_it)
{
    WDF_OBJECT_ATTRIBUTES attributes = deferred_attributes(wdf_device());
    attributes.EvtDestroyCallback = count_destroyed;
    ck_status_eq(deferred_kind->create(&attributes, TRUE, &deferred), STATUS_SUCCESS);
    GetSeen(deferred)->Action = delete_oneself;
    destroyed = 0;
    destroyed_in_callback = 1;
    enqueue_and_wait();
    ck_assert_uint_eq(destroyed_in_callback, 0);
    ck_assert_uint_eq(destroyed, 1);
}
END_TEST

/* S9.20: nobody would wait for it. */
START_TEST(enqueuing_a_deleted_deferred_object_is_a_break_without_effect)
{
    create_deferred(NULL);
    WdfObjectReference(deferred);
    WdfObjectDelete(deferred);
    enqueue_and_wait();
    ck_assert_uint_eq(calls(), 0);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S9.20"));
    WdfObjectDereference(deferred);
}
END_TEST

/* ---- the cases ---- */

static void setup(void)
{
    start_queue(WdfIoQueueDispatchParallel);
}

TCase *deferred_case(const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, setup, holding_stop);
    tcase_set_timeout(tests, 60);
    return tests;
}

TCase *deferred_creation_case(void)
{
    const int rows = RTL_NUMBER_OF(serializations);
    TCase *tests = deferred_case("creation");
    tcase_add_test(tests, a_deferred_object_without_attributes_has_no_parent);
    tcase_add_test(tests, a_deferred_object_needs_a_parent);
    tcase_add_loop_test(tests, a_deferred_object_says_neither_level_nor_scope, 0,
                        RTL_NUMBER_OF(constraints));
    tcase_add_loop_test(tests, a_deferred_object_needs_a_device_above_it, 0, 2);
    tcase_add_test(tests, the_parent_of_a_deferred_object_is_the_one_of_its_attributes);
    tcase_add_loop_test(tests, a_deferred_object_is_serialized_with_a_device_of_its_level_only, 0,
                        rows);
    tcase_add_loop_test(tests, a_deferred_object_is_serialized_with_a_queue_of_its_level_only, 0,
                        rows);
    tcase_add_loop_test(tests, a_deferred_object_that_is_not_serialized_goes_with_every_device, 0,
                        rows);
    return tests;
}

TCase *deferred_runs_case(void)
{
    TCase *tests = deferred_case("runs");
    tcase_add_test(tests, a_deferred_object_runs_in_another_thread);
    tcase_add_test(tests, a_deferred_object_enqueued_several_times_before_it_begins_runs_once);
    tcase_add_test(tests, a_deferred_object_may_be_enqueued_again_after_it_has_run);
    tcase_add_test(tests, enqueuing_from_the_own_callback_queues_another_run);
    return tests;
}

TCase *deferred_serialization_case(void)
{
    TCase *tests = deferred_case("serialization");
    tcase_add_test(tests, a_deferred_object_below_a_queue_never_runs_beside_the_queues_callbacks);
    tcase_add_test(tests,
                   a_deferred_object_below_a_device_never_runs_beside_callbacks_of_scope_device);
    tcase_add_test(tests, a_serialized_deferred_object_does_not_run_beside_itself);
    return tests;
}

TCase *deferred_deletion_case(void)
{
    TCase *tests = deferred_case("deletion");
    tcase_add_test(tests, a_queued_deferred_object_that_is_deleted_does_not_run);
    tcase_add_test(tests, a_queued_deferred_object_goes_with_its_parent);
    tcase_add_test(tests, deleting_waits_for_the_callback_that_runs);
    tcase_add_test(tests, removing_the_device_waits_for_the_callback_that_runs);
    tcase_add_test(tests,
                   a_deferred_object_may_be_deleted_from_its_callback_and_is_destroyed_after_it);
    tcase_add_test(tests, enqueuing_a_deleted_deferred_object_is_a_break_without_effect);
    return tests;
}
