/* WDFDPC: its configuration, its level and cancelling (S9.15, S9.16, S2.25). What it shares with a
 * work item is in deferredtests.c. */
#include <string.h>

#include "deferredtests.h"
#include "framework/object/worker.h"
#include "occupied.h"
#include "unit.h"

static VOID run(WDFDPC Dpc)
{
    run_deferred(Dpc);
}

static WDF_DPC_CONFIG dpc_config(void)
{
    WDF_DPC_CONFIG config;
    WDF_DPC_CONFIG_INIT(&config, run);
    return config;
}

static NTSTATUS create_dpc(WDF_OBJECT_ATTRIBUTES *attributes, BOOLEAN is_serialized,
                           WDFOBJECT *created)
{
    WDF_DPC_CONFIG config = dpc_config();
    config.AutomaticSerialization = is_serialized;
    WDFDPC dpc = *created;
    NTSTATUS status = WdfDpcCreate(&config, attributes, &dpc);
    *created = dpc;
    return status;
}

static BOOLEAN enqueue_dpc(WDFOBJECT object)
{
    return WdfDpcEnqueue(object);
}

static void wait_for_workers(WDFOBJECT object)
{
    UNREFERENCED_PARAMETER(object);
    WdfuseInprocWaitForWorkers();
}

static WDFOBJECT parent_of_dpc(WDFOBJECT object)
{
    return WdfDpcGetParentObject(object);
}

static const struct deferred_kind dpc_kind = {
    .create = create_dpc,
    .enqueue = enqueue_dpc,
    .wait = wait_for_workers,
    .parent_of = parent_of_dpc,
    .level = WdfExecutionLevelDispatch,
    .other_level = WdfExecutionLevelPassive,
};

/* ---- creation ---- */

/* S9.15 */
START_TEST(a_configuration_of_the_wrong_size_is_refused)
{
    WDF_DPC_CONFIG config = dpc_config();
    config.Size--;
    WDF_OBJECT_ATTRIBUTES attributes = deferred_attributes(wdf_device());
    WDFDPC dpc;
    ck_status_eq(WdfDpcCreate(&config, &attributes, &dpc), STATUS_INFO_LENGTH_MISMATCH);
}
END_TEST

/* S2.25 */
START_TEST(a_dpc_is_serialized_unless_the_driver_says_otherwise)
{
    ck_assert(dpc_config().AutomaticSerialization);
}
END_TEST

/* ---- runs ---- */

/* S9.16 */
START_TEST(a_dpc_runs_at_dispatch_level)
{
    create_deferred(NULL);
    enqueue_and_wait();
    ck_assert_uint_eq(calls(), 1);
    ck_assert_uint_eq(GetSeen(deferred)->Irql, DISPATCH_LEVEL);
}
END_TEST

static KIRQL irql_after;

static void note_irql(struct work *work)
{
    UNREFERENCED_PARAMETER(work);
    irql_after = KeGetCurrentIrql();
}

/* The only worker is the thread of both. */
START_TEST(the_level_is_lowered_after_the_callback)
{
    static struct work work;
    create_deferred(NULL);
    enqueue_and_wait();
    irql_after = DISPATCH_LEVEL;
    work_init(&work, note_irql, NULL);
    work_submit(&work);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(irql_after, PASSIVE_LEVEL);
}
END_TEST

/* S9.28 */
START_TEST(a_dpc_may_be_enqueued_and_cancelled_at_dispatch_level)
{
    create_deferred(NULL);
    occupy_workers();
    WDFSPINLOCK lock = create_spin_lock();
    WdfSpinLockAcquire(lock);
    ck_assert(WdfDpcEnqueue(deferred));
    ck_assert(WdfDpcCancel(deferred, FALSE));
    WdfSpinLockRelease(lock);
    free_workers();
    ck_assert_uint_eq(calls(), 0);
}
END_TEST

/* S9.16 */
START_TEST(enqueuing_tells_whether_the_dpc_was_queued_by_it)
{
    create_deferred(NULL);
    occupy_workers();
    ck_assert(WdfDpcEnqueue(deferred));
    ck_assert(!WdfDpcEnqueue(deferred));
    free_workers();
    ck_assert(WdfDpcEnqueue(deferred));
    WdfuseInprocWaitForWorkers();
}
END_TEST

/* ---- cancelling ---- */

static void cancel_with_wait(void)
{
    WdfDpcCancel(deferred, TRUE);
}

/* S9.16 */
START_TEST(a_cancelled_dpc_does_not_run)
{
    create_deferred(NULL);
    occupy_workers();
    WdfDpcEnqueue(deferred);
    ck_assert(WdfDpcCancel(deferred, _i != 0));
    free_workers();
    ck_assert_uint_eq(calls(), 0);
}
END_TEST

/* S9.16 */
START_TEST(a_cancelled_dpc_may_be_enqueued_again)
{
    create_deferred(NULL);
    occupy_workers();
    WdfDpcEnqueue(deferred);
    WdfDpcCancel(deferred, FALSE);
    ck_assert(WdfDpcEnqueue(deferred));
    free_workers();
    ck_assert_uint_eq(calls(), 1);
}
END_TEST

/* S9.16 */
START_TEST(cancelling_what_is_not_queued_tells_so)
{
    create_deferred(NULL);
    ck_assert(!WdfDpcCancel(deferred, _i != 0));
    enqueue_and_wait();
    ck_assert(!WdfDpcCancel(deferred, _i != 0));
}
END_TEST

/* S9.16 */
START_TEST(cancelling_without_wait_returns_while_the_callback_runs)
{
    enter_callback();
    ck_assert(!WdfDpcCancel(deferred, FALSE));
    ck_assert_uint_eq(calls(), 0);
    let_callback_end();
}
END_TEST

/* S9.16 */
START_TEST(cancelling_with_wait_waits_for_the_callback_that_runs)
{
    enter_callback();
    ck_assert_uint_eq(calls_after(cancel_with_wait, let_callback_end), 1);
}
END_TEST

/* S9.16: the current run is not cancelled, the next one is. */
START_TEST(a_dpc_that_runs_and_is_queued_is_cancelled_for_the_next_run)
{
    enter_callback();
    occupy_workers_but(1);
    ck_assert(WdfDpcEnqueue(deferred));
    ck_assert(WdfDpcCancel(deferred, FALSE));
    let_callback_end();
    free_workers();
    ck_assert_uint_eq(calls(), 1);
}
END_TEST

/* S9.16, S13.7 */
START_TEST(cancelling_with_wait_at_dispatch_level_is_a_break_without_effect)
{
    create_deferred(NULL);
    occupy_workers();
    WdfDpcEnqueue(deferred);
    WDFSPINLOCK lock = create_spin_lock();
    WdfSpinLockAcquire(lock);
    ck_assert(!WdfDpcCancel(deferred, TRUE));
    WdfSpinLockRelease(lock);
    free_workers();
    ck_assert_uint_eq(calls(), 1);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "WdfDpcCancel"));
}
END_TEST

static void cancel_oneself(WDFOBJECT own)
{
    ck_assert(!WdfDpcCancel(own, TRUE));
}

/* S9.16, S13.7: the callback is at DISPATCH_LEVEL. */
START_TEST(cancelling_with_wait_from_the_own_callback_is_a_break_and_does_not_wait)
{
    create_deferred(cancel_oneself);
    enqueue_and_wait();
    ck_assert_uint_eq(calls(), 1);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "WdfDpcCancel"));
}
END_TEST

/* ---- the suite ---- */

static TCase *creation_tests(void)
{
    TCase *tests = deferred_creation_case();
    tcase_add_test(tests, a_configuration_of_the_wrong_size_is_refused);
    tcase_add_test(tests, a_dpc_is_serialized_unless_the_driver_says_otherwise);
    return tests;
}

static TCase *run_tests(void)
{
    TCase *tests = deferred_runs_case();
    tcase_add_test(tests, a_dpc_runs_at_dispatch_level);
    tcase_add_test(tests, the_level_is_lowered_after_the_callback);
    tcase_add_test(tests, a_dpc_may_be_enqueued_and_cancelled_at_dispatch_level);
    tcase_add_test(tests, enqueuing_tells_whether_the_dpc_was_queued_by_it);
    return tests;
}

static TCase *cancelling_tests(void)
{
    TCase *tests = deferred_case("cancelling");
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

int main(void)
{
    deferred_kind = &dpc_kind;
    Suite *suite = suite_create("dpc");
    suite_add_tcase(suite, creation_tests());
    suite_add_tcase(suite, run_tests());
    suite_add_tcase(suite, cancelling_tests());
    suite_add_tcase(suite, deferred_serialization_case());
    suite_add_tcase(suite, deferred_deletion_case());
    return unit_run(suite);
}
