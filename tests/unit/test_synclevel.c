/* The IRQL of callbacks, which of them run under the queue's lock, and who dispatches when the lock
 * is held (S2.3-S2.19). */
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "holding.h"
#include "port/thread.h"
#include "unit.h"

#define THREADS 3

#define INHERIT_LEVEL WdfExecutionLevelInheritFromParent
#define INHERIT_SCOPE WdfSynchronizationScopeInheritFromParent

static WDFSPINLOCK create_spin_lock(void)
{
    WDFSPINLOCK lock;
    ck_status_eq(WdfSpinLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &lock), STATUS_SUCCESS);
    return lock;
}

/* No callback can see this IRQL. */
#define NOT_CALLED 31

static KIRQL irql_inside;
static port_thread_id thread_inside;
static _Atomic(unsigned) presented;

static VOID note_irql(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    irql_inside = KeGetCurrentIrql();
    thread_inside = port_thread_self();
    hold(Request);
    presented++;
}

static void start_noting(WDF_EXECUTION_LEVEL level, WDF_SYNCHRONIZATION_SCOPE scope)
{
    describe_constraints(&device_attributes, level, scope);
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.EvtIoDefault = note_irql;
    start_device();
}

static const struct {
    WDF_EXECUTION_LEVEL level;
    WDF_SYNCHRONIZATION_SCOPE scope;
    KIRQL expected; /* of a request from a thread at PASSIVE_LEVEL */
} irqls[] = {
    {WdfExecutionLevelDispatch, WdfSynchronizationScopeNone, PASSIVE_LEVEL},
    {WdfExecutionLevelDispatch, WdfSynchronizationScopeQueue, DISPATCH_LEVEL},
    {WdfExecutionLevelDispatch, WdfSynchronizationScopeDevice, DISPATCH_LEVEL},
    {WdfExecutionLevelPassive, WdfSynchronizationScopeNone, PASSIVE_LEVEL},
    {WdfExecutionLevelPassive, WdfSynchronizationScopeQueue, PASSIVE_LEVEL},
    {WdfExecutionLevelPassive, WdfSynchronizationScopeDevice, PASSIVE_LEVEL},
    {INHERIT_LEVEL, INHERIT_SCOPE, PASSIVE_LEVEL}, /* S2.2: Dispatch and None */
};

/* S2.2, S2.4, S2.16 */
START_TEST(the_lock_around_a_callback_has_the_irql_of_the_level)
{
    start_noting(irqls[_i].level, irqls[_i].scope);
    begin_read(open_file(), 8);
    ck_assert_uint_eq(irql_inside, irqls[_i].expected);
}
END_TEST

/* S2.3 */
START_TEST(level_and_scope_are_inherited_from_the_driver)
{
    describe_constraints(&driver_attributes, WdfExecutionLevelDispatch,
                         WdfSynchronizationScopeQueue);
    start_noting(INHERIT_LEVEL, INHERIT_SCOPE);
    begin_read(open_file(), 8);
    ck_assert_uint_eq(irql_inside, DISPATCH_LEVEL);
}
END_TEST

/* S2.3 */
START_TEST(a_queues_own_scope_wins_over_the_devices)
{
    describe_constraints(&queue_attributes, INHERIT_LEVEL, WdfSynchronizationScopeNone);
    start_noting(WdfExecutionLevelDispatch, WdfSynchronizationScopeQueue);
    begin_read(open_file(), 8);
    ck_assert_uint_eq(irql_inside, PASSIVE_LEVEL);
}
END_TEST

/* Stops, has a request queued, and starts again at DISPATCH_LEVEL. */
static void start_queue_at_dispatch_level(void)
{
    WdfIoQueueStop(queue, NULL, NULL);
    begin_read(open_file(), 8);
    WDFSPINLOCK lock = create_spin_lock();
    WdfSpinLockAcquire(lock);
    WdfIoQueueStart(queue);
    WdfSpinLockRelease(lock);
}

/* S2.16 */
START_TEST(a_passive_queue_does_not_call_back_at_dispatch_level)
{
    start_noting(WdfExecutionLevelPassive, WdfSynchronizationScopeNone);
    start_queue_at_dispatch_level();
    WdfuseInprocWaitForWorkers();
    ck_assert(presented == 1 && irql_inside == PASSIVE_LEVEL &&
              thread_inside != port_thread_self());
}
END_TEST

/* S2.16 */
START_TEST(a_dispatch_queue_calls_back_in_a_thread_at_dispatch_level)
{
    start_noting(WdfExecutionLevelDispatch, WdfSynchronizationScopeNone);
    start_queue_at_dispatch_level();
    ck_assert(presented == 1 && irql_inside == DISPATCH_LEVEL &&
              thread_inside == port_thread_self());
}
END_TEST

/* ---- which callbacks are under the lock: a lock that raises the IRQL shows it ---- */

static VOID note_state_irql(WDFQUEUE Queue, WDFCONTEXT Context)
{
    note_state(Queue, Context);
    irql_inside = KeGetCurrentIrql();
}

static VOID note_cancel_irql(WDFREQUEST Request)
{
    note_cancel(Request);
    irql_inside = KeGetCurrentIrql();
}

static VOID note_cancelled_on_queue_irql(WDFQUEUE Queue, WDFREQUEST Request)
{
    hold_cancelled_on_queue(Queue, Request);
    irql_inside = KeGetCurrentIrql();
}

static void call_read(void)
{
    begin_read(open_file(), 8);
}

static void call_stop(void)
{
    WdfIoQueueStop(queue, note_state_irql, NULL);
}

static void call_stop_and_purge(void)
{
    WdfIoQueueStopAndPurge(queue, note_state_irql, NULL);
}

static void call_purge(void)
{
    WdfIoQueuePurge(queue, note_state_irql, NULL);
}

static void call_drain(void)
{
    WdfIoQueueDrain(queue, note_state_irql, NULL);
}

static void call_cancel(void)
{
    WDFUSEIO io = begin_read(open_file(), 8);
    ck_status_eq(WdfRequestMarkCancelableEx(held(), note_cancel_irql), STATUS_SUCCESS);
    irql_inside = NOT_CALLED;
    WdfuseInprocCancel(io);
}

static WDFQUEUE create_parking(void)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    config.EvtIoCanceledOnQueue = note_cancelled_on_queue_irql;
    return create_queue_with(&config);
}

static void call_cancelled_on_queue(void)
{
    WDFQUEUE parking = create_parking();
    WDFUSEIO io = begin_read(open_file(), 8);
    ck_status_eq(WdfRequestForwardToIoQueue(take_held(), parking), STATUS_SUCCESS);
    irql_inside = NOT_CALLED;
    WdfuseInprocCancel(io);
}

static void call_ready(void)
{
    WDFQUEUE parking = create_parking();
    ck_status_eq(WdfIoQueueReadyNotify(parking, note_state_irql, NULL), STATUS_SUCCESS);
    begin_read(open_file(), 8);
    irql_inside = NOT_CALLED;
    ck_status_eq(WdfRequestForwardToIoQueue(take_held(), parking), STATUS_SUCCESS);
}

static const struct {
    void (*call)(void);
    KIRQL expected;
} locked_callbacks[] = {
    {call_read, DISPATCH_LEVEL},
    {call_cancel, DISPATCH_LEVEL},
    {call_cancelled_on_queue, DISPATCH_LEVEL},
    {call_purge, DISPATCH_LEVEL},
    {call_drain, DISPATCH_LEVEL},
    {call_ready, DISPATCH_LEVEL},
    {call_stop, PASSIVE_LEVEL},
    {call_stop_and_purge, PASSIVE_LEVEL}, /* S2.8 */
};

/* S2.7, S2.8, S15.12 */
START_TEST(every_callback_of_a_queue_but_stop_is_under_its_lock)
{
    start_noting(WdfExecutionLevelDispatch, WdfSynchronizationScopeQueue);
    irql_inside = NOT_CALLED;
    locked_callbacks[_i].call();
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(irql_inside, locked_callbacks[_i].expected);
}
END_TEST

/* ---- with the lock held ---- */

/* S2.17 */
START_TEST(a_thread_that_holds_the_queues_lock_does_not_dispatch)
{
    start_noting(WdfExecutionLevelDispatch, WdfSynchronizationScopeQueue);
    WDFUSEFILE file = open_file();
    WdfObjectAcquireLock(queue);
    begin_read(file, 8);
    unsigned with_lock = presented;
    WdfObjectReleaseLock(queue);
    WdfuseInprocWaitForWorkers();
    ck_assert(with_lock == 0 && presented == 1);
}
END_TEST

/* S2.17 */
START_TEST(a_thread_that_holds_the_devices_lock_does_not_dispatch_with_scope_device)
{
    start_noting(WdfExecutionLevelPassive, WdfSynchronizationScopeDevice);
    WDFUSEFILE file = open_file();
    WdfObjectAcquireLock(wdf_device());
    begin_read(file, 8);
    unsigned with_lock = presented;
    WdfObjectReleaseLock(wdf_device());
    WdfuseInprocWaitForWorkers();
    ck_assert(with_lock == 0 && presented == 1);
}
END_TEST

/* S2.11, S2.17: the check is made even with scope None; but then the lock excludes nobody. */
START_TEST(with_scope_none_another_thread_dispatches_for_the_one_that_holds_the_lock)
{
    start_noting(WdfExecutionLevelDispatch, WdfSynchronizationScopeNone);
    WDFUSEFILE file = open_file();
    WdfObjectAcquireLock(queue);
    begin_read(file, 8);
    eventually(presented == 1);
    WdfObjectReleaseLock(queue);
    WdfuseInprocWaitForWorkers();
    ck_assert(thread_inside != port_thread_self());
}
END_TEST

static WDFQUEUE forward_target;

static VOID forward_inside(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    ck_status_eq(WdfRequestForwardToIoQueue(Request, forward_target), STATUS_SUCCESS);
    irql_inside = presented != 0 ? NOT_CALLED : PASSIVE_LEVEL;
}

/* S2.17: with scope Device both queues have one lock. */
START_TEST(a_forward_inside_a_locked_callback_is_dispatched_after_it)
{
    describe_constraints(&device_attributes, WdfExecutionLevelPassive,
                         WdfSynchronizationScopeDevice);
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.EvtIoDefault = forward_inside;
    start_device();
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDefault = note_irql;
    forward_target = create_queue_with(&config);
    begin_read(open_file(), 8);
    WdfuseInprocWaitForWorkers();
    ck_assert(irql_inside == PASSIVE_LEVEL && presented == 1);
}
END_TEST

static VOID count_and_complete(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    presented++;
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static void read_with_lock_held(void *argument)
{
    WDFUSEFILE file = argument;
    char byte;
    for (unsigned i = 0; i < repetitions(500); i++) {
        WdfObjectAcquireLock(queue);
        WDFUSEIO io = WdfuseInprocBeginRead(file, &byte, 1);
        WdfObjectReleaseLock(queue);
        WdfuseInprocFinish(io, NULL);
    }
}

/* S2.18 */
START_TEST(no_request_is_lost_when_its_dispatch_is_deferred)
{
    describe_constraints(&device_attributes, WdfExecutionLevelPassive,
                         WdfSynchronizationScopeQueue);
    describe_queue(WdfIoQueueDispatchSequential);
    queue_config.EvtIoDefault = count_and_complete;
    start_device();
    struct port_thread threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++)
        ck_assert_int_eq(port_thread_start(&threads[i], "client", read_with_lock_held, open_file()),
                         0);
    for (unsigned i = 0; i < THREADS; i++)
        port_thread_join(&threads[i]);
    ck_assert_uint_eq(presented, THREADS * repetitions(500));
}
END_TEST

static _Atomic(bool) stopped;

static WDFREQUEST kept;

static VOID keep_the_first(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    if (presented++ == 0)
        kept = Request;
    else
        WdfRequestComplete(Request, STATUS_SUCCESS);
}

static VOID complete_under_lock_and_stop(WDFWORKITEM WorkItem)
{
    UNREFERENCED_PARAMETER(WorkItem);
    WdfObjectAcquireLock(queue);
    WdfRequestComplete(kept, STATUS_SUCCESS);
    WdfObjectReleaseLock(queue);
    WdfIoQueueStopSynchronously(queue);
    stopped = true;
}

/* S2.17, S6.22: another thread does what the work item has deferred, while the work item waits. The
 * queue has a request, so that there is something to defer. */
START_TEST(a_work_item_may_wait_for_the_queue_whose_dispatch_it_has_deferred)
{
    describe_constraints(&device_attributes, WdfExecutionLevelPassive,
                         WdfSynchronizationScopeQueue);
    describe_queue(WdfIoQueueDispatchSequential);
    queue_config.EvtIoDefault = keep_the_first;
    start_device();
    WDF_WORKITEM_CONFIG config;
    WDF_WORKITEM_CONFIG_INIT(&config, complete_under_lock_and_stop);
    config.AutomaticSerialization = FALSE;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = wdf_device();
    WDFWORKITEM item;
    ck_status_eq(WdfWorkItemCreate(&config, &attributes, &item), STATUS_SUCCESS);
    WDFUSEFILE file = open_file();
    begin_read(file, 8);
    begin_read(file, 8);
    stopped = false;
    WdfWorkItemEnqueue(item);
    eventually(stopped);
}
END_TEST

/* ---- the driver and the lock ---- */

static VOID release_inside(WDFQUEUE Queue, WDFREQUEST Request)
{
    hold(Request);
    WdfObjectReleaseLock(Queue);
}

static VOID release_and_acquire_inside(WDFQUEUE Queue, WDFREQUEST Request)
{
    hold(Request);
    WdfObjectReleaseLock(Queue);
    irql_inside = KeGetCurrentIrql();
    WdfObjectAcquireLock(Queue);
}

static void start_with_handler(WDF_SYNCHRONIZATION_SCOPE scope, PFN_WDF_IO_QUEUE_IO_DEFAULT handler)
{
    describe_constraints(&device_attributes, WdfExecutionLevelPassive, scope);
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.EvtIoDefault = handler;
    start_device();
}

/* S2.13 */
START_TEST(returning_without_the_lock_is_reported)
{
    start_with_handler(WdfSynchronizationScopeQueue, release_inside);
    last_verifier_message();
    begin_read(open_file(), 8);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S2.13"));
}
END_TEST

/* S2.13 */
START_TEST(a_driver_may_release_the_lock_inside_and_take_it_again)
{
    start_with_handler(WdfSynchronizationScopeQueue, release_and_acquire_inside);
    last_verifier_message();
    begin_read(open_file(), 8);
    ck_assert_str_eq(last_verifier_message(), "");
}
END_TEST

static VOID acquire_queue_inside(WDFQUEUE Queue, WDFREQUEST Request)
{
    hold(Request);
    WdfObjectAcquireLock(Queue);
    WdfObjectReleaseLock(Queue);
}

static VOID acquire_device_inside(WDFQUEUE Queue, WDFREQUEST Request)
{
    hold(Request);
    WdfObjectAcquireLock(WdfIoQueueGetDevice(Queue));
    WdfObjectReleaseLock(WdfIoQueueGetDevice(Queue));
}

/* S2.11, S15.13 */
START_TEST(with_scope_none_a_callback_may_take_the_queues_lock)
{
    start_with_handler(WdfSynchronizationScopeNone, acquire_queue_inside);
    begin_read(open_file(), 8);
    ck_assert_ptr_nonnull(held());
}
END_TEST

/* S2.6 */
START_TEST(with_scope_queue_a_callback_may_not_be_kept_out_by_the_devices_lock)
{
    start_with_handler(WdfSynchronizationScopeQueue, hold_request);
    WdfObjectAcquireLock(wdf_device());
    begin_read(open_file(), 8);
    WdfObjectReleaseLock(wdf_device());
    ck_assert_uint_eq(counts.presented, 1);
}
END_TEST

static const struct {
    WDF_SYNCHRONIZATION_SCOPE scope;
    PFN_WDF_IO_QUEUE_IO_DEFAULT handler;
} recursions[] = {
    {WdfSynchronizationScopeQueue, acquire_queue_inside},
    {WdfSynchronizationScopeDevice, acquire_queue_inside},
    {WdfSynchronizationScopeDevice, acquire_device_inside},
};

/* S2.12, S15.13 */
START_TEST(taking_the_lock_that_is_around_the_callback_is_a_bug_check)
{
    start_with_handler(recursions[_i].scope, recursions[_i].handler);
    begin_read(open_file(), 8);
}
END_TEST

static void reset(void)
{
    presented = 0;
}

static TCase *level_case(const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, reset, holding_stop);
    tcase_set_timeout(tests, 100);
    return tests;
}

static TCase *irql_tests(void)
{
    TCase *tests = level_case("IRQL");
    tcase_add_loop_test(tests, the_lock_around_a_callback_has_the_irql_of_the_level, 0,
                        RTL_NUMBER_OF(irqls));
    tcase_add_test(tests, level_and_scope_are_inherited_from_the_driver);
    tcase_add_test(tests, a_queues_own_scope_wins_over_the_devices);
    tcase_add_test(tests, a_passive_queue_does_not_call_back_at_dispatch_level);
    tcase_add_test(tests, a_dispatch_queue_calls_back_in_a_thread_at_dispatch_level);
    tcase_add_loop_test(tests, every_callback_of_a_queue_but_stop_is_under_its_lock, 0,
                        RTL_NUMBER_OF(locked_callbacks));
    return tests;
}

static TCase *deferral_tests(void)
{
    TCase *tests = level_case("deferral");
    tcase_add_test(tests, a_thread_that_holds_the_queues_lock_does_not_dispatch);
    tcase_add_test(tests, a_thread_that_holds_the_devices_lock_does_not_dispatch_with_scope_device);
    tcase_add_test(tests,
                   with_scope_none_another_thread_dispatches_for_the_one_that_holds_the_lock);
    tcase_add_test(tests, a_forward_inside_a_locked_callback_is_dispatched_after_it);
    tcase_add_test(tests, no_request_is_lost_when_its_dispatch_is_deferred);
    tcase_add_test(tests, a_work_item_may_wait_for_the_queue_whose_dispatch_it_has_deferred);
    tcase_add_test(tests, returning_without_the_lock_is_reported);
    tcase_add_test(tests, a_driver_may_release_the_lock_inside_and_take_it_again);
    tcase_add_test(tests, with_scope_none_a_callback_may_take_the_queues_lock);
    tcase_add_test(tests, with_scope_queue_a_callback_may_not_be_kept_out_by_the_devices_lock);
    return tests;
}

static TCase *bug_check_tests(void)
{
    TCase *tests = unit_ends(level_case("bug checks"));
    tcase_add_loop_test_raise_signal(tests,
                                     taking_the_lock_that_is_around_the_callback_is_a_bug_check,
                                     SIGABRT, 0, RTL_NUMBER_OF(recursions));
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("sync level");
    suite_add_tcase(suite, irql_tests());
    suite_add_tcase(suite, deferral_tests());
    suite_add_tcase(suite, bug_check_tests());
    return unit_run(suite);
}
