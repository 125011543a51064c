/* WDFWORKITEM: its configuration, its level and waiting (S9.17-S9.19, S9.21, S2.25). What it shares
 * with a DPC is in deferredtests.c. */
#include <string.h>

#include "deferredtests.h"
#include "occupied.h"
#include "unit.h"

static VOID run(WDFWORKITEM WorkItem)
{
    run_deferred(WorkItem);
}

static WDF_WORKITEM_CONFIG item_config(void)
{
    WDF_WORKITEM_CONFIG config;
    WDF_WORKITEM_CONFIG_INIT(&config, run);
    return config;
}

static NTSTATUS create_item(WDF_OBJECT_ATTRIBUTES *attributes, BOOLEAN is_serialized,
                            WDFOBJECT *created)
{
    WDF_WORKITEM_CONFIG config = item_config();
    config.AutomaticSerialization = is_serialized;
    WDFWORKITEM item = *created;
    NTSTATUS status = WdfWorkItemCreate(&config, attributes, &item);
    *created = item;
    return status;
}

static BOOLEAN enqueue_item(WDFOBJECT object)
{
    WdfWorkItemEnqueue(object);
    return TRUE;
}

static void flush_item(WDFOBJECT object)
{
    WdfWorkItemFlush(object);
}

static WDFOBJECT parent_of_item(WDFOBJECT object)
{
    return WdfWorkItemGetParentObject(object);
}

static const struct deferred_kind workitem_kind = {
    .create = create_item,
    .enqueue = enqueue_item,
    .wait = flush_item,
    .parent_of = parent_of_item,
    .level = WdfExecutionLevelPassive,
    .other_level = WdfExecutionLevelDispatch,
};

/* ---- creation ---- */

/* S9.17 */
START_TEST(a_configuration_of_the_wrong_size_is_refused)
{
    WDF_WORKITEM_CONFIG config = item_config();
    config.Size--;
    WDF_OBJECT_ATTRIBUTES attributes = deferred_attributes(wdf_device());
    WDFWORKITEM item;
    ck_status_eq(WdfWorkItemCreate(&config, &attributes, &item), STATUS_INFO_LENGTH_MISMATCH);
}
END_TEST

/* S9.17 */
START_TEST(a_work_item_without_function_is_refused)
{
    WDF_WORKITEM_CONFIG config = item_config();
    config.EvtWorkItemFunc = NULL;
    WDF_OBJECT_ATTRIBUTES attributes = deferred_attributes(wdf_device());
    WDFWORKITEM item;
    ck_status_eq(WdfWorkItemCreate(&config, &attributes, &item), STATUS_INVALID_PARAMETER);
}
END_TEST

/* S2.25 */
START_TEST(a_work_item_is_serialized_unless_the_driver_says_otherwise)
{
    ck_assert(item_config().AutomaticSerialization);
}
END_TEST

/* ---- runs ---- */

/* S9.21 */
START_TEST(a_work_item_runs_at_passive_level)
{
    create_deferred(NULL);
    GetSeen(deferred)->Irql = DISPATCH_LEVEL;
    enqueue_and_wait();
    ck_assert_uint_eq(GetSeen(deferred)->Irql, PASSIVE_LEVEL);
}
END_TEST

/* S9.28 */
START_TEST(a_work_item_enqueued_at_dispatch_level_runs_at_passive_level)
{
    create_deferred(NULL);
    WDFSPINLOCK lock = create_spin_lock();
    WdfSpinLockAcquire(lock);
    WdfWorkItemEnqueue(deferred);
    WdfSpinLockRelease(lock);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(calls(), 1);
    ck_assert_uint_eq(GetSeen(deferred)->Irql, PASSIVE_LEVEL);
}
END_TEST

static atomic_uint inside;

static void enqueue_and_meet(WDFOBJECT own)
{
    if (inside++ == 0)
        WdfWorkItemEnqueue(own);
    eventually(inside >= 2);
}

/* S9.18 */
START_TEST(without_a_lock_a_work_item_may_run_beside_itself)
{
    inside = 0;
    create_deferred(enqueue_and_meet);
    enqueue_and_wait();
    ck_assert_uint_eq(calls(), 2);
}
END_TEST

/* ---- waiting ---- */

static void flush(void)
{
    WdfWorkItemFlush(deferred);
}

/* S9.19 */
START_TEST(flushing_waits_for_the_callback_that_runs)
{
    enter_callback();
    ck_assert_uint_eq(calls_after(flush, let_callback_end), 1);
}
END_TEST

/* S9.19 */
START_TEST(flushing_waits_for_what_is_queued)
{
    create_deferred(NULL);
    occupy_workers();
    WdfWorkItemEnqueue(deferred);
    ck_assert_uint_eq(calls_after(flush, free_workers), 1);
}
END_TEST

/* S9.19 */
START_TEST(flushing_what_is_not_queued_returns)
{
    create_deferred(NULL);
    WdfWorkItemFlush(deferred);
    ck_assert_uint_eq(calls(), 0);
}
END_TEST

/* S9.19 */
START_TEST(flushing_from_the_own_callback_is_a_break_and_does_not_wait)
{
    create_deferred(flush_item);
    enqueue_and_wait();
    ck_assert_uint_eq(calls(), 1);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S9.19"));
}
END_TEST

static WDFWORKITEM other;

static void flush_other(WDFOBJECT own)
{
    UNREFERENCED_PARAMETER(own);
    WdfWorkItemEnqueue(other);
    WdfWorkItemFlush(other);
}

/* S9.19 */
START_TEST(a_callback_may_flush_another_work_item)
{
    create_deferred(NULL);
    other = deferred;
    create_deferred(flush_other);
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
    WdfWorkItemFlush(deferred);
    WdfSpinLockRelease(lock);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "WdfWorkItemFlush"));
    let_callback_end();
}
END_TEST

/* ---- deletion ---- */

static void delete_and_enqueue(WDFOBJECT own)
{
    WdfObjectDelete(own);
    WdfWorkItemEnqueue(own);
}

/* S9.20. A DPC is disposed of later, at PASSIVE_LEVEL, and may have run once more meanwhile. */
START_TEST(a_work_item_deleted_from_its_callback_does_not_run_again)
{
    create_deferred(delete_and_enqueue);
    WdfObjectReference(deferred);
    enqueue_and_wait();
    ck_assert_uint_eq(calls(), 1);
    WdfObjectDereference(deferred);
}
END_TEST

/* ---- the suite ---- */

static TCase *creation_tests(void)
{
    TCase *tests = deferred_creation_case();
    tcase_add_test(tests, a_configuration_of_the_wrong_size_is_refused);
    tcase_add_test(tests, a_work_item_without_function_is_refused);
    tcase_add_test(tests, a_work_item_is_serialized_unless_the_driver_says_otherwise);
    return tests;
}

static TCase *run_tests(void)
{
    TCase *tests = deferred_runs_case();
    tcase_add_test(tests, a_work_item_runs_at_passive_level);
    tcase_add_test(tests, a_work_item_enqueued_at_dispatch_level_runs_at_passive_level);
    tcase_add_test(tests, without_a_lock_a_work_item_may_run_beside_itself);
    return tests;
}

static TCase *waiting_tests(void)
{
    TCase *tests = deferred_case("waiting");
    tcase_add_test(tests, flushing_waits_for_the_callback_that_runs);
    tcase_add_test(tests, flushing_waits_for_what_is_queued);
    tcase_add_test(tests, flushing_what_is_not_queued_returns);
    tcase_add_test(tests, flushing_from_the_own_callback_is_a_break_and_does_not_wait);
    tcase_add_test(tests, a_callback_may_flush_another_work_item);
    tcase_add_test(tests, flushing_at_dispatch_level_is_a_break_and_does_not_wait);
    return tests;
}

static TCase *deletion_tests(void)
{
    TCase *tests = deferred_deletion_case();
    tcase_add_test(tests, a_work_item_deleted_from_its_callback_does_not_run_again);
    return tests;
}

int main(void)
{
    deferred_kind = &workitem_kind;
    Suite *suite = suite_create("workitem");
    suite_add_tcase(suite, creation_tests());
    suite_add_tcase(suite, run_tests());
    suite_add_tcase(suite, waiting_tests());
    suite_add_tcase(suite, deferred_serialization_case());
    suite_add_tcase(suite, deletion_tests());
    return unit_run(suite);
}
