/* WDFDPC: creation, runs, cancelling, serialisation and deletion (S9.15, S9.16, S2.20-S2.25). */
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "framework/object/worker.h"
#include "holding.h"
#include "occupied.h"
#include "port/thread.h"
#include "unit.h"

#define INHERIT_LEVEL WdfExecutionLevelInheritFromParent
#define INHERIT_SCOPE WdfSynchronizationScopeInheritFromParent
#define PASSIVE       WdfExecutionLevelPassive
#define DISPATCH      WdfExecutionLevelDispatch

/* What a DPC is to do, and what it has seen. */
typedef struct _SEEN {
    void (*Action)(WDFDPC Dpc);
    KIRQL Irql;
    port_thread_id Thread;
    atomic_uint Calls; /* that have returned */
} SEEN;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(SEEN, GetSeen)

static WDFDPC dpc;

static VOID run(WDFDPC Dpc)
{
    SEEN *seen = GetSeen(Dpc);
    seen->Irql = KeGetCurrentIrql();
    seen->Thread = port_thread_self();
    if (seen->Action != NULL)
        seen->Action(Dpc);
    seen->Calls++;
}

static WDF_DPC_CONFIG dpc_config(void)
{
    WDF_DPC_CONFIG config;
    WDF_DPC_CONFIG_INIT(&config, run);
    return config;
}

static WDF_OBJECT_ATTRIBUTES dpc_attributes(WDFOBJECT parent)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, SEEN);
    attributes.ParentObject = parent;
    return attributes;
}

static NTSTATUS try_create_below(WDFOBJECT parent, BOOLEAN is_serialized)
{
    WDF_DPC_CONFIG config = dpc_config();
    config.AutomaticSerialization = is_serialized;
    WDF_OBJECT_ATTRIBUTES attributes = dpc_attributes(parent);
    return WdfDpcCreate(&config, &attributes, &dpc);
}

static void create_below(WDFOBJECT parent)
{
    ck_status_eq(try_create_below(parent, TRUE), STATUS_SUCCESS);
}

/* A DPC below the device that does that. */
static void create(void (*action)(WDFDPC Dpc))
{
    create_below(wdf_device());
    GetSeen(dpc)->Action = action;
}

static unsigned calls(void)
{
    return GetSeen(dpc)->Calls;
}

static void enqueue_and_wait(void)
{
    WdfDpcEnqueue(dpc);
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

/* S9.15 */
START_TEST(a_dpc_without_attributes_has_no_parent)
{
    WDF_DPC_CONFIG config = dpc_config();
    ck_status_eq(WdfDpcCreate(&config, WDF_NO_OBJECT_ATTRIBUTES, &dpc), STATUS_WDF_PARENT_NOT_SPECIFIED);
}
END_TEST

/* S9.15 */
START_TEST(a_dpc_needs_a_parent)
{
    ck_status_eq(try_create_below(NULL, TRUE), STATUS_WDF_PARENT_NOT_SPECIFIED);
}
END_TEST

/* S9.15 */
START_TEST(a_configuration_of_the_wrong_size_is_refused)
{
    WDF_DPC_CONFIG config = dpc_config();
    config.Size--;
    WDF_OBJECT_ATTRIBUTES attributes = dpc_attributes(wdf_device());
    ck_status_eq(WdfDpcCreate(&config, &attributes, &dpc), STATUS_INFO_LENGTH_MISMATCH);
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

/* S9.15, S1.26 */
START_TEST(a_dpc_says_neither_level_nor_scope)
{
    WDF_DPC_CONFIG config = dpc_config();
    WDF_OBJECT_ATTRIBUTES attributes = dpc_attributes(wdf_device());
    attributes.ExecutionLevel = constraints[_i].level;
    attributes.SynchronizationScope = constraints[_i].scope;
    ck_status_eq(WdfDpcCreate(&config, &attributes, &dpc), constraints[_i].expected);
}
END_TEST

/* S9.15: serialised or not */
START_TEST(a_dpc_needs_a_device_above_it)
{
    dpc = (WDFDPC)wdf_device();
    ck_status_eq(try_create_below(WdfGetDriver(), _i != 0), STATUS_INVALID_DEVICE_REQUEST);
    ck_assert_ptr_null(dpc);
}
END_TEST

/* S2.25 */
START_TEST(a_dpc_is_serialized_unless_the_driver_says_otherwise)
{
    ck_assert(dpc_config().AutomaticSerialization);
}
END_TEST

/* S9.15 */
START_TEST(the_parent_of_a_dpc_is_the_one_of_its_attributes)
{
    WDFOBJECT parent = create_object_below(wdf_device());
    create_below(parent);
    ck_assert_ptr_eq(WdfDpcGetParentObject(dpc), parent);
}
END_TEST

static const struct {
    WDF_EXECUTION_LEVEL level;
    WDF_SYNCHRONIZATION_SCOPE scope;
    NTSTATUS expected;
} serializations[] = {
    {DISPATCH, WdfSynchronizationScopeNone, STATUS_SUCCESS},
    {DISPATCH, WdfSynchronizationScopeQueue, STATUS_SUCCESS},
    {DISPATCH, WdfSynchronizationScopeDevice, STATUS_SUCCESS},
    {PASSIVE, WdfSynchronizationScopeNone, STATUS_SUCCESS}, /* S2.24 */
    {PASSIVE, WdfSynchronizationScopeQueue, STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL},
    {PASSIVE, WdfSynchronizationScopeDevice, STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL},
};

static void start_serialized(unsigned row)
{
    device_stop();
    describe_constraints(&device_attributes, serializations[row].level, serializations[row].scope);
    start_queue(WdfIoQueueDispatchParallel);
}

/* S2.21, S2.22 */
START_TEST(a_dpc_is_serialized_with_a_device_of_level_dispatch_only)
{
    start_serialized(_i);
    ck_status_eq(try_create_below(wdf_device(), TRUE), serializations[_i].expected);
}
END_TEST

/* S2.21, S2.22 */
START_TEST(a_dpc_is_serialized_with_a_queue_of_level_dispatch_only)
{
    start_serialized(_i);
    ck_status_eq(try_create_below(queue, TRUE), serializations[_i].expected);
}
END_TEST

/* S2.20 */
START_TEST(a_dpc_that_is_not_serialized_goes_with_every_device)
{
    start_serialized(_i);
    ck_status_eq(try_create_below(wdf_device(), FALSE), STATUS_SUCCESS);
}
END_TEST

/* ---- runs ---- */

/* S9.16 */
START_TEST(a_dpc_runs_at_dispatch_level)
{
    create(NULL);
    enqueue_and_wait();
    ck_assert_uint_eq(calls(), 1);
    ck_assert_uint_eq(GetSeen(dpc)->Irql, DISPATCH_LEVEL);
}
END_TEST

static KIRQL irql_after;

static void note_irql(struct work *work)
{
    UNREFERENCED_PARAMETER(work);
    irql_after = KeGetCurrentIrql();
}

/* The one worker is the thread of both. */
START_TEST(the_level_is_lowered_after_the_callback)
{
    static struct work work;
    create(NULL);
    enqueue_and_wait();
    irql_after = DISPATCH_LEVEL;
    work_init(&work, note_irql);
    work_submit(&work);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(irql_after, PASSIVE_LEVEL);
}
END_TEST

START_TEST(a_dpc_runs_in_another_thread)
{
    create(NULL);
    enqueue_and_wait();
    ck_assert_uint_eq(calls(), 1);
    ck_assert(GetSeen(dpc)->Thread != port_thread_self());
}
END_TEST

static WDFSPINLOCK create_spin_lock(void)
{
    WDFSPINLOCK lock;
    ck_status_eq(WdfSpinLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &lock), STATUS_SUCCESS);
    return lock;
}

/* S9.28 */
START_TEST(a_dpc_may_be_enqueued_and_cancelled_at_dispatch_level)
{
    create(NULL);
    occupy_workers();
    WDFSPINLOCK lock = create_spin_lock();
    WdfSpinLockAcquire(lock);
    ck_assert(WdfDpcEnqueue(dpc));
    ck_assert(WdfDpcCancel(dpc, FALSE));
    WdfSpinLockRelease(lock);
    free_workers();
    ck_assert_uint_eq(calls(), 0);
}
END_TEST

/* S9.16 */
START_TEST(enqueuing_tells_whether_the_dpc_was_queued_by_it)
{
    create(NULL);
    occupy_workers();
    ck_assert(WdfDpcEnqueue(dpc));
    ck_assert(!WdfDpcEnqueue(dpc));
    free_workers();
    ck_assert(WdfDpcEnqueue(dpc));
    WdfuseInprocWaitForWorkers();
}
END_TEST

/* S9.16 */
START_TEST(a_dpc_enqueued_several_times_before_it_begins_runs_once)
{
    create(NULL);
    occupy_workers();
    for (unsigned i = 0; i < 3; i++)
        WdfDpcEnqueue(dpc);
    free_workers();
    ck_assert_uint_eq(calls(), 1);
}
END_TEST

START_TEST(a_dpc_may_be_enqueued_again_after_it_has_run)
{
    create(NULL);
    for (unsigned i = 0; i < 10; i++)
        enqueue_and_wait();
    ck_assert_uint_eq(calls(), 10);
}
END_TEST

/* Its runs may overlap. */
static atomic_uint begun;

static void enqueue_again(WDFDPC own)
{
    if (begun++ < 4)
        ck_assert(WdfDpcEnqueue(own));
}

/* S9.16 */
START_TEST(enqueuing_from_the_own_callback_queues_another_run)
{
    begun = 0;
    create(enqueue_again);
    enqueue_and_wait();
    ck_assert_uint_eq(calls(), 5);
}
END_TEST

/* ---- cancelling ---- */

static atomic_bool is_in_callback;
static atomic_bool callback_may_end;

static void wait_in_callback(WDFDPC own)
{
    UNREFERENCED_PARAMETER(own);
    is_in_callback = true;
    eventually(callback_may_end);
}

/* Has the DPC in its callback until callback_may_end. */
static void enter_callback(void)
{
    is_in_callback = callback_may_end = false;
    create(wait_in_callback);
    WdfDpcEnqueue(dpc);
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

static void cancel_with_wait(void)
{
    WdfDpcCancel(dpc, TRUE);
}

/* S9.16 */
START_TEST(a_cancelled_dpc_does_not_run)
{
    create(NULL);
    occupy_workers();
    WdfDpcEnqueue(dpc);
    ck_assert(WdfDpcCancel(dpc, _i != 0));
    free_workers();
    ck_assert_uint_eq(calls(), 0);
}
END_TEST

/* S9.16 */
START_TEST(a_cancelled_dpc_may_be_enqueued_again)
{
    create(NULL);
    occupy_workers();
    WdfDpcEnqueue(dpc);
    WdfDpcCancel(dpc, FALSE);
    ck_assert(WdfDpcEnqueue(dpc));
    free_workers();
    ck_assert_uint_eq(calls(), 1);
}
END_TEST

/* S9.16 */
START_TEST(cancelling_what_is_not_queued_tells_so)
{
    create(NULL);
    ck_assert(!WdfDpcCancel(dpc, _i != 0));
    enqueue_and_wait();
    ck_assert(!WdfDpcCancel(dpc, _i != 0));
}
END_TEST

/* S9.16 */
START_TEST(cancelling_without_wait_returns_while_the_callback_runs)
{
    enter_callback();
    ck_assert(!WdfDpcCancel(dpc, FALSE));
    ck_assert_uint_eq(calls(), 0);
    callback_may_end = true;
}
END_TEST

/* S9.16 */
START_TEST(cancelling_with_wait_waits_for_the_callback_that_runs)
{
    enter_callback();
    ck_assert_uint_eq(calls_after(cancel_with_wait), 1);
}
END_TEST

/* S9.16: the run that goes on is not taken back, the next one is. */
START_TEST(a_dpc_that_runs_and_is_queued_is_cancelled_for_the_next_run)
{
    enter_callback();
    occupy_workers_but(1);
    ck_assert(WdfDpcEnqueue(dpc));
    ck_assert(WdfDpcCancel(dpc, FALSE));
    callback_may_end = true;
    free_workers();
    ck_assert_uint_eq(calls(), 1);
}
END_TEST

/* S9.16, S13.7 */
START_TEST(cancelling_with_wait_at_dispatch_level_is_a_break_without_effect)
{
    create(NULL);
    occupy_workers();
    WdfDpcEnqueue(dpc);
    WDFSPINLOCK lock = create_spin_lock();
    WdfSpinLockAcquire(lock);
    ck_assert(!WdfDpcCancel(dpc, TRUE));
    WdfSpinLockRelease(lock);
    free_workers();
    ck_assert_uint_eq(calls(), 1);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "WdfDpcCancel"));
}
END_TEST

static void cancel_oneself(WDFDPC own)
{
    ck_assert(!WdfDpcCancel(own, TRUE));
}

/* S9.16, S13.7: it is at DISPATCH_LEVEL there. */
START_TEST(cancelling_with_wait_from_the_own_callback_is_a_break_and_does_not_wait)
{
    create(cancel_oneself);
    enqueue_and_wait();
    ck_assert_uint_eq(calls(), 1);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "WdfDpcCancel"));
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

static void run_dpc_alone(WDFDPC own)
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
    describe_constraints(&device_attributes, DISPATCH, scope);
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.EvtIoDefault = complete_alone;
    start_device();
}

/* The DPC again and again, while threads read. */
static void run_beside_readers(void)
{
    struct port_thread readers[READERS];
    for (unsigned i = 0; i < READERS; i++)
        ck_assert_int_eq(port_thread_start(&readers[i], "reader", read_many, open_file()), 0);
    for (unsigned i = 0; i < repetitions(1000); i++)
        WdfDpcEnqueue(dpc);
    for (unsigned i = 0; i < READERS; i++)
        port_thread_join(&readers[i]);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_gt(calls(), 0);
    ck_assert_uint_eq(running_most, 1);
}

/* S2.20 */
START_TEST(a_dpc_below_a_queue_never_runs_beside_the_queues_callbacks)
{
    start_alone(WdfSynchronizationScopeQueue);
    create_below(queue);
    GetSeen(dpc)->Action = run_dpc_alone;
    run_beside_readers();
}
END_TEST

/* S2.20 */
START_TEST(a_dpc_below_a_device_never_runs_beside_callbacks_of_scope_device)
{
    start_alone(WdfSynchronizationScopeDevice);
    create(run_dpc_alone);
    run_beside_readers();
}
END_TEST

static void run_itself_again(WDFDPC own)
{
    if (GetSeen(own)->Calls < 100)
        WdfDpcEnqueue(own);
    run_alone();
}

/* S2.20 */
START_TEST(a_serialized_dpc_does_not_run_beside_itself)
{
    start_alone(WdfSynchronizationScopeDevice);
    create(run_itself_again);
    enqueue_and_wait();
    ck_assert_uint_eq(calls(), 101);
    ck_assert_uint_eq(running_most, 1);
}
END_TEST

/* ---- deletion ---- */

START_TEST(a_queued_dpc_that_is_deleted_does_not_run)
{
    create(NULL);
    WdfObjectReference(dpc);
    occupy_workers();
    WdfDpcEnqueue(dpc);
    WdfObjectDelete(dpc);
    free_workers();
    ck_assert_uint_eq(calls(), 0);
    WdfObjectDereference(dpc);
}
END_TEST

START_TEST(a_queued_dpc_goes_with_its_parent)
{
    WDFOBJECT parent = create_object_below(wdf_device());
    create_below(parent);
    WdfObjectReference(dpc);
    occupy_workers();
    WdfDpcEnqueue(dpc);
    WdfObjectDelete(parent);
    free_workers();
    ck_assert_uint_eq(calls(), 0);
    WdfObjectDereference(dpc);
}
END_TEST

static void delete_dpc(void)
{
    WdfObjectDelete(dpc);
}

START_TEST(deleting_waits_for_the_callback_that_runs)
{
    enter_callback();
    WdfObjectReference(dpc);
    ck_assert_uint_eq(calls_after(delete_dpc), 1);
    WdfObjectDereference(dpc);
}
END_TEST

/* The device is there as long as the callback runs. */
START_TEST(removing_the_device_waits_for_the_callback_that_runs)
{
    enter_callback();
    WdfObjectReference(dpc);
    ck_assert_uint_eq(calls_after(device_stop), 1);
    WdfObjectDereference(dpc);
}
END_TEST

static atomic_uint destroyed;
static unsigned destroyed_in_callback;

static VOID count_destroyed(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    destroyed++;
}

static VOID delete_own_dpc(WDFDPC Dpc)
{
    WdfObjectDelete(Dpc);
    destroyed_in_callback = destroyed;
}

START_TEST(a_dpc_may_be_deleted_from_its_callback_and_is_destroyed_after_it)
{
    WDF_DPC_CONFIG config;
    WDF_DPC_CONFIG_INIT(&config, delete_own_dpc);
    WDF_OBJECT_ATTRIBUTES attributes = dpc_attributes(wdf_device());
    attributes.EvtDestroyCallback = count_destroyed;
    ck_status_eq(WdfDpcCreate(&config, &attributes, &dpc), STATUS_SUCCESS);
    destroyed = 0;
    destroyed_in_callback = 1;
    enqueue_and_wait();
    ck_assert_uint_eq(destroyed_in_callback, 0);
    ck_assert_uint_eq(destroyed, 1);
}
END_TEST

/* Nobody would wait for it. */
START_TEST(enqueuing_a_deleted_dpc_is_a_break_without_effect)
{
    create(NULL);
    WdfObjectReference(dpc);
    WdfObjectDelete(dpc);
    enqueue_and_wait();
    ck_assert_uint_eq(calls(), 0);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S9.20"));
    WdfObjectDereference(dpc);
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
    tcase_add_test(tests, a_dpc_without_attributes_has_no_parent);
    tcase_add_test(tests, a_dpc_needs_a_parent);
    tcase_add_test(tests, a_configuration_of_the_wrong_size_is_refused);
    tcase_add_loop_test(tests, a_dpc_says_neither_level_nor_scope, 0, RTL_NUMBER_OF(constraints));
    tcase_add_loop_test(tests, a_dpc_needs_a_device_above_it, 0, 2);
    tcase_add_test(tests, a_dpc_is_serialized_unless_the_driver_says_otherwise);
    tcase_add_test(tests, the_parent_of_a_dpc_is_the_one_of_its_attributes);
    tcase_add_loop_test(tests, a_dpc_is_serialized_with_a_device_of_level_dispatch_only, 0, rows);
    tcase_add_loop_test(tests, a_dpc_is_serialized_with_a_queue_of_level_dispatch_only, 0, rows);
    tcase_add_loop_test(tests, a_dpc_that_is_not_serialized_goes_with_every_device, 0, rows);
    return tests;
}

static TCase *run_tests(void)
{
    TCase *tests = case_of("runs");
    tcase_add_test(tests, a_dpc_runs_at_dispatch_level);
    tcase_add_test(tests, the_level_is_lowered_after_the_callback);
    tcase_add_test(tests, a_dpc_runs_in_another_thread);
    tcase_add_test(tests, a_dpc_may_be_enqueued_and_cancelled_at_dispatch_level);
    tcase_add_test(tests, enqueuing_tells_whether_the_dpc_was_queued_by_it);
    tcase_add_test(tests, a_dpc_enqueued_several_times_before_it_begins_runs_once);
    tcase_add_test(tests, a_dpc_may_be_enqueued_again_after_it_has_run);
    tcase_add_test(tests, enqueuing_from_the_own_callback_queues_another_run);
    return tests;
}

static TCase *cancelling_tests(void)
{
    TCase *tests = case_of("cancelling");
    tcase_add_loop_test(tests, a_cancelled_dpc_does_not_run, 0, 2);
    tcase_add_test(tests, a_cancelled_dpc_may_be_enqueued_again);
    tcase_add_loop_test(tests, cancelling_what_is_not_queued_tells_so, 0, 2);
    tcase_add_test(tests, cancelling_without_wait_returns_while_the_callback_runs);
    tcase_add_test(tests, cancelling_with_wait_waits_for_the_callback_that_runs);
    tcase_add_test(tests, a_dpc_that_runs_and_is_queued_is_cancelled_for_the_next_run);
    tcase_add_test(tests, cancelling_with_wait_at_dispatch_level_is_a_break_without_effect);
    tcase_add_test(tests, cancelling_with_wait_from_the_own_callback_is_a_break_and_does_not_wait);
    return tests;
}

static TCase *serialization_tests(void)
{
    TCase *tests = case_of("serialization");
    tcase_add_test(tests, a_dpc_below_a_queue_never_runs_beside_the_queues_callbacks);
    tcase_add_test(tests, a_dpc_below_a_device_never_runs_beside_callbacks_of_scope_device);
    tcase_add_test(tests, a_serialized_dpc_does_not_run_beside_itself);
    return tests;
}

static TCase *deletion_tests(void)
{
    TCase *tests = case_of("deletion");
    tcase_add_test(tests, a_queued_dpc_that_is_deleted_does_not_run);
    tcase_add_test(tests, a_queued_dpc_goes_with_its_parent);
    tcase_add_test(tests, deleting_waits_for_the_callback_that_runs);
    tcase_add_test(tests, removing_the_device_waits_for_the_callback_that_runs);
    tcase_add_test(tests, a_dpc_may_be_deleted_from_its_callback_and_is_destroyed_after_it);
    tcase_add_test(tests, enqueuing_a_deleted_dpc_is_a_break_without_effect);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("dpc");
    suite_add_tcase(suite, creation_tests());
    suite_add_tcase(suite, run_tests());
    suite_add_tcase(suite, cancelling_tests());
    suite_add_tcase(suite, serialization_tests());
    suite_add_tcase(suite, deletion_tests());
    return unit_run(suite);
}
