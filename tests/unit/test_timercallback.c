/* The callback of a WDFTIMER: its IRQL, what it may do to its own timer, deletion, and threads that
 * meet in it (S9.5-S9.12). */
#include <string.h>

#include "framework/io.h"
#include "observed.h"
#include "occupied.h"
#include "unit.h"

static WDFTIMER timer;

/* ---- level (S9.9) ---- */

/* S9.9 */
START_TEST(a_timer_calls_back_at_dispatch_level)
{
    timer = one_shot();
    WdfTimerStart(timer, MS(10));
    advance_ms(10);
    ck_assert_uint_eq(GetObserved(timer)->Irql, DISPATCH_LEVEL);
}
END_TEST

/* S9.9 */
START_TEST(the_level_is_lowered_after_the_callback)
{
    timer = one_shot();
    WdfTimerStart(timer, MS(10));
    advance_ms(10);
    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
}
END_TEST

/* S9.9 */
START_TEST(a_passive_timer_calls_back_at_passive_level)
{
    timer = passive();
    GetObserved(timer)->Irql = DISPATCH_LEVEL;
    WdfTimerStart(timer, MS(10));
    advance_ms(10);
    ck_assert_uint_eq(GetObserved(timer)->Irql, PASSIVE_LEVEL);
}
END_TEST

/* S9.9 */
START_TEST(a_passive_timer_calls_back_in_a_worker)
{
    timer = passive();
    WdfTimerStart(timer, MS(10));
    advance_ms(10);
    ck_assert_uint_eq(calls_of(timer), 1);
    ck_assert(GetObserved(timer)->Thread != port_thread_self());
}
END_TEST

/* ---- from its own callback ---- */

static void start_again(WDFTIMER own)
{
    if (GetObserved(own)->Calls < 4)
        WdfTimerStart(own, MS(10));
}

static WDFTIMER (*const levels[])(void) = {one_shot, passive};

/* S9.10 */
START_TEST(a_timer_may_be_started_again_from_its_callback)
{
    timer = levels[_i]();
    GetObserved(timer)->Action = start_again;
    WdfTimerStart(timer, MS(10));
    advance_ms(100);
    ck_assert_uint_eq(calls_of(timer), 5);
}
END_TEST

static void stop_without_wait(WDFTIMER own)
{
    GetObserved(own)->Result = WdfTimerStop(own, FALSE);
}

/* S9.5 */
START_TEST(a_periodic_timer_may_be_stopped_from_its_callback)
{
    timer = periodic(10);
    GetObserved(timer)->Action = stop_without_wait;
    WdfTimerStart(timer, MS(10));
    advance_ms(100);
    ck_assert_uint_eq(calls_of(timer), 1);
}
END_TEST

/* S9.5 */
START_TEST(a_one_shot_timer_is_not_set_in_its_callback)
{
    timer = one_shot();
    GetObserved(timer)->Action = stop_without_wait;
    GetObserved(timer)->Result = TRUE;
    WdfTimerStart(timer, MS(10));
    advance_ms(10);
    ck_assert(!GetObserved(timer)->Result);
}
END_TEST

static void stop_with_wait(WDFTIMER own)
{
    GetObserved(own)->Result = WdfTimerStop(own, TRUE);
}

/* S9.6, S15.56 */
START_TEST(stopping_with_wait_from_the_own_callback_does_not_wait)
{
    timer = passive();
    GetObserved(timer)->Action = stop_with_wait;
    GetObserved(timer)->Result = TRUE;
    WdfTimerStart(timer, MS(10));
    advance_ms(10);
    ck_assert(!GetObserved(timer)->Result);
}
END_TEST

/* S9.6 */
START_TEST(stopping_with_wait_from_the_own_callback_is_a_break)
{
    timer = passive();
    GetObserved(timer)->Action = stop_with_wait;
    WdfTimerStart(timer, MS(10));
    advance_ms(10);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S9.6"));
}
END_TEST

static void delete_oneself(WDFTIMER own)
{
    WdfObjectDelete(own);
}

/* S9.12: a worker deletes it later. The reference keeps the context. */
START_TEST(a_timer_may_be_deleted_from_its_callback_at_dispatch_level)
{
    timer = one_shot();
    WdfObjectReference(timer);
    GetObserved(timer)->Action = delete_oneself;
    WdfTimerStart(timer, MS(10));
    advance_ms(100);
    ck_assert_uint_eq(calls_of(timer), 1);
    ck_assert_str_eq(last_verifier_message(), "");
    WdfObjectDereference(timer);
}
END_TEST

/* S9.12: Windows' framework would wait there for the callback that it is in. */
START_TEST(a_passive_timer_that_is_deleted_from_its_callback_is_a_break)
{
    timer = passive();
    WdfObjectReference(timer);
    GetObserved(timer)->Action = delete_oneself;
    WdfTimerStart(timer, MS(10));
    advance_ms(100);
    ck_assert_uint_eq(calls_of(timer), 1);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S9.12"));
    WdfObjectDereference(timer);
}
END_TEST

static atomic_uint destroyed;

static VOID count_destroyed(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    destroyed++;
}

/* S9.12 */
START_TEST(a_timer_deleted_from_its_callback_is_destroyed_after_it)
{
    timer = levels[_i]();
    WDF_OBJECT_ATTRIBUTES attributes = observed_attributes();
    attributes.ParentObject = timer;
    attributes.EvtDestroyCallback = count_destroyed;
    WDFOBJECT child;
    ck_status_eq(WdfObjectCreate(&attributes, &child), STATUS_SUCCESS);
    GetObserved(timer)->Action = delete_oneself;
    WdfTimerStart(timer, MS(10));
    destroyed = 0;
    advance_ms(10);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(destroyed, 1);
}
END_TEST

/* ---- deletion ---- */

/* S9.12 */
START_TEST(a_deleted_timer_does_not_expire)
{
    timer = one_shot();
    WdfObjectReference(timer);
    WdfTimerStart(timer, MS(10));
    WdfObjectDelete(timer);
    advance_ms(100);
    ck_assert_uint_eq(calls_of(timer), 0);
    WdfObjectDereference(timer);
}
END_TEST

/* S9.12 */
START_TEST(a_deleted_timer_can_not_be_started)
{
    timer = one_shot();
    WdfObjectReference(timer);
    WdfObjectDelete(timer);
    WdfTimerStart(timer, MS(10));
    advance_ms(100);
    ck_assert_uint_eq(calls_of(timer), 0);
    WdfObjectDereference(timer);
}
END_TEST

/* S9.12 */
START_TEST(starting_a_deleted_timer_is_a_break)
{
    timer = one_shot();
    WdfObjectReference(timer);
    WdfObjectDelete(timer);
    ck_assert(!WdfTimerStart(timer, MS(10)));
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S9.12"));
    WdfObjectDereference(timer);
}
END_TEST

/* S9.12 */
START_TEST(a_set_timer_goes_with_its_device)
{
    WdfTimerStart(one_shot(), MS(10));
    device_stop();
    observed_start();
    advance_ms(100);
    ck_assert_str_eq(expiry_order, "");
}
END_TEST

/* ---- several threads ---- */

static atomic_bool is_in_callback;
static atomic_bool callback_may_end;

static void wait_in_callback(WDFTIMER own)
{
    UNREFERENCED_PARAMETER(own);
    is_in_callback = true;
    eventually(callback_may_end);
}

static void advance_10ms(void *unused)
{
    (void)unused;
    advance_ms(10);
}

static struct port_thread clock_thread;

/* Keeps the timer in its callback, in another thread, until callback_may_end. */
static void enter_callback(void (*action)(WDFTIMER own))
{
    is_in_callback = callback_may_end = false;
    timer = one_shot();
    GetObserved(timer)->Action = action;
    WdfTimerStart(timer, MS(10));
    ck_assert_int_eq(port_thread_start(&clock_thread, "clock", advance_10ms, NULL), 0);
    eventually(is_in_callback);
}

static void leave_callback(void)
{
    callback_may_end = true;
    port_thread_join(&clock_thread);
}

/* S9.7 */
START_TEST(stopping_without_wait_returns_while_the_callback_runs)
{
    enter_callback(wait_in_callback);
    WdfTimerStop(timer, FALSE);
    ck_assert_uint_eq(calls_of(timer), 0);
    leave_callback();
}
END_TEST

struct stop {
    struct port_thread thread;
    atomic_bool has_begun;
    BOOLEAN result;
    unsigned calls_seen;
};

static void stop_in_thread(void *argument)
{
    struct stop *stop = argument;
    stop->has_begun = true;
    stop->result = WdfTimerStop(timer, TRUE);
    stop->calls_seen = calls_of(timer);
}

static void begin_stop(struct stop *stop)
{
    ck_assert_int_eq(port_thread_start(&stop->thread, "stop", stop_in_thread, stop), 0);
    eventually(stop->has_begun);
}

/* S9.5 */
START_TEST(stopping_with_wait_returns_after_the_callback)
{
    struct stop stop = {0};
    enter_callback(wait_in_callback);
    begin_stop(&stop);
    leave_callback();
    port_thread_join(&stop.thread);
    ck_assert_uint_eq(stop.calls_seen, 1);
}
END_TEST

static void start_and_wait(WDFTIMER own)
{
    WdfTimerStart(own, MS(10));
    wait_in_callback(own);
}

/* S9.5, S9.10: the callback had set the timer before it was stopped */
START_TEST(stopping_with_wait_takes_back_what_the_callback_has_started)
{
    struct stop stop = {0};
    enter_callback(start_and_wait);
    begin_stop(&stop);
    leave_callback();
    port_thread_join(&stop.thread);
    ck_assert(stop.result);
    advance_ms(100);
    ck_assert_uint_eq(calls_of(timer), 1);
}
END_TEST

static void wait_and_start(WDFTIMER own)
{
    wait_in_callback(own);
    WdfTimerStart(own, MS(10));
}

/* S9.5, S9.10: the callback sets the timer while the stop waits for it */
START_TEST(stopping_with_wait_takes_back_what_the_callback_starts_meanwhile)
{
    struct stop stop = {0};
    enter_callback(wait_and_start);
    begin_stop(&stop);
    leave_callback();
    port_thread_join(&stop.thread);
    ck_assert(stop.result);
    advance_ms(100);
    ck_assert_uint_eq(calls_of(timer), 1);
}
END_TEST

/* S9.8: two starts that find the timer not set show that stopping has begun; it cancels them. */
START_TEST(a_start_by_another_thread_is_undone_while_stopping_waits)
{
    struct stop stop = {0};
    enter_callback(wait_in_callback);
    begin_stop(&stop);
    eventually(!WdfTimerStart(timer, MS(10)) && !WdfTimerStart(timer, MS(10)));
    leave_callback();
    port_thread_join(&stop.thread);
    advance_ms(100);
    ck_assert_uint_eq(calls_of(timer), 1);
}
END_TEST

/* S9.8 */
START_TEST(stopping_reports_a_start_that_it_has_undone)
{
    struct stop stop = {0};
    enter_callback(wait_in_callback);
    begin_stop(&stop);
    eventually(!WdfTimerStart(timer, MS(10)) && !WdfTimerStart(timer, MS(10)));
    leave_callback();
    port_thread_join(&stop.thread);
    ck_assert(stop.result);
}
END_TEST

static void delete_in_thread(void *argument)
{
    struct stop *stop = argument;
    stop->has_begun = true;
    WdfObjectDelete(timer);
    stop->calls_seen = calls_of(timer);
}

/* S9.12 */
START_TEST(deleting_waits_for_the_callback)
{
    struct stop deletion = {0};
    enter_callback(wait_in_callback);
    WdfObjectReference(timer);
    ck_assert_int_eq(port_thread_start(&deletion.thread, "deleter", delete_in_thread, &deletion),
                     0);
    eventually(deletion.has_begun);
    leave_callback();
    port_thread_join(&deletion.thread);
    ck_assert_uint_eq(deletion.calls_seen, 1);
    WdfObjectDereference(timer);
}
END_TEST

/* ---- overlapping runs of a passive timer (S9.9) ---- */

static atomic_uint begun;

/* The first run sets the timer again and outlasts the due time, as a driver does instead of using a
 * period. */
static void start_and_meet(WDFTIMER own)
{
    if (begun == 0)
        WdfTimerStart(own, 0);
    begun++; /* now the test lets it expire */
    eventually(begun >= 2);
}

/* S9.9, S9.10: the next run begins in another thread before the first has returned. The clock's
 * thread does not wait for a worker's callback. */
START_TEST(a_passive_timer_that_expires_while_its_callback_runs_runs_again)
{
    struct port_thread second_clock;
    begun = 0;
    timer = passive();
    GetObserved(timer)->Action = start_and_meet;
    WdfTimerStart(timer, MS(10));
    ck_assert_int_eq(port_thread_start(&clock_thread, "clock", advance_10ms, NULL), 0);
    eventually(begun >= 1);
    ck_assert_int_eq(port_thread_start(&second_clock, "clock", advance_10ms, NULL), 0);
    port_thread_join(&clock_thread);
    port_thread_join(&second_clock);
    ck_assert_uint_eq(calls_of(timer), 2);
}
END_TEST

static atomic_uint inside;
static atomic_uint met;

static void stay_a_while(WDFTIMER own)
{
    if (begun == 0)
        WdfTimerStart(own, 0);
    begun++; /* now the test lets it expire */
    if (inside++ > 0)
        met++;
    eventually(callback_may_end);
    inside--;
}

/* S9.9, S9.11 */
START_TEST(a_serialized_timer_that_expires_while_its_callback_runs_runs_after_it)
{
    struct port_thread second_clock;
    device_stop();
    observed_device_attributes.ExecutionLevel = WdfExecutionLevelPassive;
    observed_device_attributes.SynchronizationScope = WdfSynchronizationScopeDevice;
    observed_start();
    begun = inside = met = 0;
    callback_may_end = false;
    timer = passive();
    GetObserved(timer)->Action = stay_a_while;
    WdfTimerStart(timer, MS(10));
    ck_assert_int_eq(port_thread_start(&clock_thread, "clock", advance_10ms, NULL), 0);
    eventually(begun >= 1);
    ck_assert_int_eq(port_thread_start(&second_clock, "clock", advance_10ms, NULL), 0);
    eventually(!io_timers_are_due());
    leave_callback();
    port_thread_join(&second_clock);
    ck_assert_uint_eq(calls_of(timer), 2);
    ck_assert_uint_eq(met, 0);
}
END_TEST

/* S9.9: while it is queued and has not begun. */
START_TEST(a_passive_timer_that_expires_while_it_is_queued_runs_once)
{
    timer = passive();
    occupy_workers();
    for (unsigned i = 0; i < 3; i++) {
        WdfTimerStart(timer, 0);
        io_timers_run();
    }
    free_workers();
    ck_assert_uint_eq(calls_of(timer), 1);
}
END_TEST

/* S9.5: with Wait, all of its runs. */
START_TEST(stopping_with_wait_awaits_every_run_of_a_passive_timer)
{
    struct stop stop = {0};
    begun = inside = met = 0;
    callback_may_end = false;
    timer = passive();
    GetObserved(timer)->Action = stay_a_while;
    WdfTimerStart(timer, 0);
    io_timers_run();
    eventually(begun >= 1);
    io_timers_run();
    eventually(begun >= 2);
    begin_stop(&stop);
    callback_may_end = true;
    port_thread_join(&stop.thread);
    ck_assert_uint_eq(stop.calls_seen, 2);
}
END_TEST

static TCase *case_of(const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, observed_setup, device_stop);
    return tests;
}

static TCase *callback_tests(void)
{
    TCase *tests = case_of("callback");
    tcase_add_test(tests, a_timer_calls_back_at_dispatch_level);
    tcase_add_test(tests, the_level_is_lowered_after_the_callback);
    tcase_add_test(tests, a_passive_timer_calls_back_at_passive_level);
    tcase_add_test(tests, a_passive_timer_calls_back_in_a_worker);
    tcase_add_loop_test(tests, a_timer_may_be_started_again_from_its_callback, 0,
                        RTL_NUMBER_OF(levels));
    tcase_add_test(tests, a_periodic_timer_may_be_stopped_from_its_callback);
    tcase_add_test(tests, a_one_shot_timer_is_not_set_in_its_callback);
    tcase_add_test(tests, stopping_with_wait_from_the_own_callback_does_not_wait);
    tcase_add_test(tests, stopping_with_wait_from_the_own_callback_is_a_break);
    tcase_add_test(tests, a_timer_may_be_deleted_from_its_callback_at_dispatch_level);
    tcase_add_test(tests, a_passive_timer_that_is_deleted_from_its_callback_is_a_break);
    tcase_add_loop_test(tests, a_timer_deleted_from_its_callback_is_destroyed_after_it, 0,
                        RTL_NUMBER_OF(levels));
    return tests;
}

static TCase *thread_tests(void)
{
    TCase *tests = case_of("threads");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, stopping_without_wait_returns_while_the_callback_runs);
    tcase_add_test(tests, stopping_with_wait_returns_after_the_callback);
    tcase_add_test(tests, stopping_with_wait_takes_back_what_the_callback_has_started);
    tcase_add_test(tests, stopping_with_wait_takes_back_what_the_callback_starts_meanwhile);
    tcase_add_test(tests, a_start_by_another_thread_is_undone_while_stopping_waits);
    tcase_add_test(tests, stopping_reports_a_start_that_it_has_undone);
    tcase_add_test(tests, deleting_waits_for_the_callback);
    tcase_add_test(tests, a_passive_timer_that_expires_while_its_callback_runs_runs_again);
    tcase_add_test(tests, a_serialized_timer_that_expires_while_its_callback_runs_runs_after_it);
    tcase_add_test(tests, a_passive_timer_that_expires_while_it_is_queued_runs_once);
    tcase_add_test(tests, stopping_with_wait_awaits_every_run_of_a_passive_timer);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("timercallback");
    suite_add_tcase(suite, callback_tests());

    TCase *deletion = case_of("deletion");
    tcase_add_test(deletion, a_deleted_timer_does_not_expire);
    tcase_add_test(deletion, a_deleted_timer_can_not_be_started);
    tcase_add_test(deletion, starting_a_deleted_timer_is_a_break);
    tcase_add_test(deletion, a_set_timer_goes_with_its_device);
    suite_add_tcase(suite, deletion);
    suite_add_tcase(suite, thread_tests());
    return unit_run(suite);
}
