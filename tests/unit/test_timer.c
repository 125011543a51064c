/* WDFTIMER under the virtual clock: creation, expiry, start and stop (S9.1-S9.5). For its callback
 * see test_timercallback.c. */
#include <string.h>

#include "nt/irql.h"
#include "observed.h"
#include "unit.h"

static WDFTIMER timer;

/* ---- creation (S9.1) ---- */

static void change_nothing(WDF_TIMER_CONFIG *config, WDF_OBJECT_ATTRIBUTES *attributes)
{
    UNREFERENCED_PARAMETER(config);
    UNREFERENCED_PARAMETER(attributes);
}

static void forget_parent(WDF_TIMER_CONFIG *config, WDF_OBJECT_ATTRIBUTES *attributes)
{
    UNREFERENCED_PARAMETER(config);
    attributes->ParentObject = NULL;
}

static void spoil_size(WDF_TIMER_CONFIG *config, WDF_OBJECT_ATTRIBUTES *attributes)
{
    UNREFERENCED_PARAMETER(attributes);
    config->Size--;
    config->Period = 0x80000000;
}

static void longest_period(WDF_TIMER_CONFIG *config, WDF_OBJECT_ATTRIBUTES *attributes)
{
    UNREFERENCED_PARAMETER(attributes);
    config->Period = 0x7FFFFFFF;
}

static void too_long_period(WDF_TIMER_CONFIG *config, WDF_OBJECT_ATTRIBUTES *attributes)
{
    UNREFERENCED_PARAMETER(attributes);
    config->Period = 0x80000000;
}

static void precise_and_tolerant(WDF_TIMER_CONFIG *config, WDF_OBJECT_ATTRIBUTES *attributes)
{
    UNREFERENCED_PARAMETER(attributes);
    config->UseHighResolutionTimer = TRUE;
    config->TolerableDelay = 1;
}

static void precise(WDF_TIMER_CONFIG *config, WDF_OBJECT_ATTRIBUTES *attributes)
{
    UNREFERENCED_PARAMETER(attributes);
    config->UseHighResolutionTimer = TRUE;
}

static void scope_device(WDF_TIMER_CONFIG *config, WDF_OBJECT_ATTRIBUTES *attributes)
{
    UNREFERENCED_PARAMETER(config);
    attributes->SynchronizationScope = WdfSynchronizationScopeDevice;
}

static void passive_and_periodic(WDF_TIMER_CONFIG *config, WDF_OBJECT_ATTRIBUTES *attributes)
{
    config->Period = 10;
    attributes->ExecutionLevel = WdfExecutionLevelPassive;
}

static void parent_without_device(WDF_TIMER_CONFIG *config, WDF_OBJECT_ATTRIBUTES *attributes)
{
    UNREFERENCED_PARAMETER(config);
    attributes->ParentObject = WdfGetDriver();
}

static const struct {
    void (*change)(WDF_TIMER_CONFIG *config, WDF_OBJECT_ATTRIBUTES *attributes);
    NTSTATUS expected;
} creations[] = {
    {change_nothing, STATUS_SUCCESS},
    {forget_parent, STATUS_WDF_PARENT_NOT_SPECIFIED},
    {spoil_size, STATUS_INFO_LENGTH_MISMATCH},
    {longest_period, STATUS_SUCCESS},
    {too_long_period, STATUS_INVALID_PARAMETER},
    {precise_and_tolerant, STATUS_INVALID_PARAMETER},
    {precise, STATUS_SUCCESS},
    {scope_device, STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID},
    {passive_and_periodic, STATUS_NOT_SUPPORTED},           /* S15.11 */
    {parent_without_device, STATUS_INVALID_DEVICE_REQUEST}, /* S1.17 */
};

/* S9.1 */
START_TEST(a_timer_is_created_or_refused_by_its_configuration)
{
    WDF_OBJECT_ATTRIBUTES attributes = observed_attributes();
    WDF_TIMER_CONFIG config;
    WDF_TIMER_CONFIG_INIT(&config, observe_expiry);
    creations[_i].change(&config, &attributes);
    ck_status_eq(WdfTimerCreate(&config, &attributes, &timer), creations[_i].expected);
}
END_TEST

/* S9.14 */
START_TEST(a_timer_knows_the_parent_it_was_given)
{
    WDF_OBJECT_ATTRIBUTES attributes = observed_attributes();
    WDFOBJECT parent;
    ck_status_eq(WdfObjectCreate(&attributes, &parent), STATUS_SUCCESS);
    attributes.ParentObject = parent;
    WDF_TIMER_CONFIG config;
    WDF_TIMER_CONFIG_INIT(&config, observe_expiry);
    ck_status_eq(WdfTimerCreate(&config, &attributes, &timer), STATUS_SUCCESS);
    ck_assert_ptr_eq(WdfTimerGetParentObject(timer), parent);
}
END_TEST

/* ---- expiry (S9.3, S9.4) ---- */

/* S9.3 */
START_TEST(a_timer_does_not_expire_before_its_time)
{
    timer = one_shot();
    WdfTimerStart(timer, MS(10));
    WdfuseInprocAdvanceClock(10 * 10000 - 1);
    ck_assert_uint_eq(calls_of(timer), 0);
}
END_TEST

/* S9.3 */
START_TEST(a_timer_expires_at_its_time)
{
    timer = one_shot();
    WdfTimerStart(timer, MS(10));
    advance_ms(10);
    ck_assert_uint_eq(calls_of(timer), 1);
}
END_TEST

/* S9.2 */
START_TEST(a_timer_without_a_period_expires_once)
{
    timer = one_shot();
    WdfTimerStart(timer, MS(10));
    advance_ms(100);
    ck_assert_uint_eq(calls_of(timer), 1);
}
END_TEST

/* S9.3 */
START_TEST(due_time_zero_is_at_once)
{
    timer = one_shot();
    WdfTimerStart(timer, 0);
    advance_ms(0);
    ck_assert_uint_eq(calls_of(timer), 1);
}
END_TEST

static LONGLONG system_time_in_ms(LONGLONG milliseconds)
{
    LARGE_INTEGER now;
    KeQuerySystemTime(&now);
    return now.QuadPart + milliseconds * WDF_TIMEOUT_TO_MS;
}

/* S9.3 */
START_TEST(an_absolute_due_time_has_not_come_before_it_comes)
{
    timer = one_shot();
    WdfTimerStart(timer, system_time_in_ms(10));
    advance_ms(9);
    ck_assert_uint_eq(calls_of(timer), 0);
}
END_TEST

/* S9.3 */
START_TEST(an_absolute_due_time_is_a_point_of_system_time)
{
    timer = one_shot();
    WdfTimerStart(timer, system_time_in_ms(10));
    advance_ms(10);
    ck_assert_uint_eq(calls_of(timer), 1);
}
END_TEST

/* S9.3 */
START_TEST(an_absolute_due_time_in_the_past_is_at_once)
{
    timer = one_shot();
    WdfTimerStart(timer, system_time_in_ms(-10));
    advance_ms(0);
    ck_assert_uint_eq(calls_of(timer), 1);
}
END_TEST

static const LONGLONG far_away[] = {-MAXLONGLONG - 1, -MAXLONGLONG, -MAXLONGLONG / 50, MAXLONGLONG};

/* S9.3: the largest number of units of 100 ns has too many nanoseconds for 64 bits */
START_TEST(a_due_time_that_never_comes_does_not_come)
{
    timer = one_shot();
    WdfTimerStart(timer, far_away[_i]);
    advance_ms(1000);
    ck_assert_uint_eq(calls_of(timer), 0);
}
END_TEST

/* S9.4 */
START_TEST(a_periodic_timer_expires_at_its_due_time_and_then_each_period)
{
    timer = periodic(10);
    WdfTimerStart(timer, MS(5));
    advance_ms(36);
    ck_assert_uint_eq(calls_of(timer), 4); /* 5, 15, 25, 35 */
}
END_TEST

/* S9.4: not 12, 14 ... after the first expiry was seen late */
START_TEST(the_first_expiry_of_a_periodic_timer_is_its_due_time)
{
    timer = periodic(10);
    WdfTimerStart(timer, MS(5));
    advance_ms(4);
    ck_assert_uint_eq(calls_of(timer), 0);
}
END_TEST

/* S9.3 */
START_TEST(timers_expire_in_order_of_their_due_times)
{
    static const unsigned due[] = {30, 10, 50, 20, 40};
    for (unsigned i = 0; i < RTL_NUMBER_OF(due); i++) {
        timer = one_shot();
        GetObserved(timer)->Name = (char)('0' + due[i] / 10);
        WdfTimerStart(timer, MS(due[i]));
    }
    advance_ms(100);
    ck_assert_str_eq(expiry_order, "12345");
}
END_TEST

/* S9.3 */
START_TEST(timers_of_one_due_time_expire_in_the_order_they_were_started)
{
    for (char name = 'A'; name <= 'E'; name++) {
        timer = one_shot();
        GetObserved(timer)->Name = name;
        WdfTimerStart(timer, MS(10));
    }
    advance_ms(10);
    ck_assert_str_eq(expiry_order, "ABCDE");
}
END_TEST

/* S9.4 */
START_TEST(periodic_timers_interleave)
{
    WDFTIMER fast = periodic(20);
    WDFTIMER slow = periodic(30);
    GetObserved(fast)->Name = 'f';
    GetObserved(slow)->Name = 's';
    WdfTimerStart(fast, MS(20));
    WdfTimerStart(slow, MS(30));
    advance_ms(
        110); /* f at 20 40 60 80 100, s at 30 60 90; at 60 the one armed earlier expires first */
    ck_assert_str_eq(expiry_order, "fsfsffsf");
}
END_TEST

/* ---- starting and stopping (S9.3, S9.5) ---- */

/* S9.3, S15.55 */
START_TEST(starting_tells_whether_the_timer_was_set)
{
    timer = one_shot();
    ck_assert(!WdfTimerStart(timer, MS(10)));
    ck_assert(WdfTimerStart(timer, MS(10)));
}
END_TEST

/* S9.3 */
START_TEST(starting_anew_replaces_the_due_time)
{
    timer = one_shot();
    WdfTimerStart(timer, MS(10));
    WdfTimerStart(timer, MS(50));
    advance_ms(49);
    ck_assert_uint_eq(calls_of(timer), 0);
}
END_TEST

/* S9.3 */
START_TEST(a_timer_that_was_started_twice_expires_once)
{
    timer = one_shot();
    WdfTimerStart(timer, MS(10));
    WdfTimerStart(timer, MS(50));
    advance_ms(100);
    ck_assert_uint_eq(calls_of(timer), 1);
}
END_TEST

static const BOOLEAN waits[] = {FALSE, TRUE};

/* S9.5 */
START_TEST(a_stopped_timer_does_not_expire)
{
    timer = one_shot();
    WdfTimerStart(timer, MS(10));
    WdfTimerStop(timer, waits[_i]);
    advance_ms(100);
    ck_assert_uint_eq(calls_of(timer), 0);
}
END_TEST

/* S9.5, S15.55 */
START_TEST(stopping_tells_whether_the_timer_was_set)
{
    timer = one_shot();
    WdfTimerStart(timer, MS(10));
    ck_assert(WdfTimerStop(timer, waits[_i]));
    ck_assert(!WdfTimerStop(timer, waits[_i]));
}
END_TEST

/* S9.5 */
START_TEST(stopping_an_expired_timer_is_too_late)
{
    timer = one_shot();
    WdfTimerStart(timer, MS(10));
    advance_ms(10);
    ck_assert(!WdfTimerStop(timer, waits[_i]));
}
END_TEST

/* S9.5 */
START_TEST(a_periodic_timer_that_has_expired_is_still_set)
{
    timer = periodic(10);
    WdfTimerStart(timer, MS(10));
    advance_ms(25);
    ck_assert(WdfTimerStop(timer, waits[_i]));
}
END_TEST

/* S9.5 */
START_TEST(a_stopped_periodic_timer_expires_no_more)
{
    timer = periodic(10);
    WdfTimerStart(timer, MS(10));
    advance_ms(25);
    WdfTimerStop(timer, waits[_i]);
    advance_ms(100);
    ck_assert_uint_eq(calls_of(timer), 2);
}
END_TEST

/* S9.5, S13.7 */
START_TEST(stopping_with_wait_above_passive_level_does_not_stop)
{
    timer = one_shot();
    WdfTimerStart(timer, MS(10));
    KIRQL before = irql_raise(DISPATCH_LEVEL);
    BOOLEAN stopped = WdfTimerStop(timer, TRUE);
    irql_lower(before);
    ck_assert(!stopped);
    advance_ms(10);
    ck_assert_uint_eq(calls_of(timer), 1);
}
END_TEST

static TCase *case_of(const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, observed_setup, device_stop);
    return tests;
}

static TCase *expiry_tests(void)
{
    TCase *tests = case_of("expiry");
    tcase_add_test(tests, a_timer_does_not_expire_before_its_time);
    tcase_add_test(tests, a_timer_expires_at_its_time);
    tcase_add_test(tests, a_timer_without_a_period_expires_once);
    tcase_add_test(tests, due_time_zero_is_at_once);
    tcase_add_test(tests, an_absolute_due_time_has_not_come_before_it_comes);
    tcase_add_test(tests, an_absolute_due_time_is_a_point_of_system_time);
    tcase_add_test(tests, an_absolute_due_time_in_the_past_is_at_once);
    tcase_add_loop_test(tests, a_due_time_that_never_comes_does_not_come, 0,
                        RTL_NUMBER_OF(far_away));
    tcase_add_test(tests, a_periodic_timer_expires_at_its_due_time_and_then_each_period);
    tcase_add_test(tests, the_first_expiry_of_a_periodic_timer_is_its_due_time);
    tcase_add_test(tests, timers_expire_in_order_of_their_due_times);
    tcase_add_test(tests, timers_of_one_due_time_expire_in_the_order_they_were_started);
    tcase_add_test(tests, periodic_timers_interleave);
    return tests;
}

static TCase *start_and_stop_tests(void)
{
    TCase *tests = case_of("start and stop");
    tcase_add_test(tests, starting_tells_whether_the_timer_was_set);
    tcase_add_test(tests, starting_anew_replaces_the_due_time);
    tcase_add_test(tests, a_timer_that_was_started_twice_expires_once);
    tcase_add_loop_test(tests, a_stopped_timer_does_not_expire, 0, RTL_NUMBER_OF(waits));
    tcase_add_loop_test(tests, stopping_tells_whether_the_timer_was_set, 0, RTL_NUMBER_OF(waits));
    tcase_add_loop_test(tests, stopping_an_expired_timer_is_too_late, 0, RTL_NUMBER_OF(waits));
    tcase_add_loop_test(tests, a_periodic_timer_that_has_expired_is_still_set, 0,
                        RTL_NUMBER_OF(waits));
    tcase_add_loop_test(tests, a_stopped_periodic_timer_expires_no_more, 0, RTL_NUMBER_OF(waits));
    tcase_add_test(tests, stopping_with_wait_above_passive_level_does_not_stop);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("timer");
    TCase *creation = case_of("creation");
    tcase_add_loop_test(creation, a_timer_is_created_or_refused_by_its_configuration, 0,
                        RTL_NUMBER_OF(creations));
    tcase_add_test(creation, a_timer_knows_the_parent_it_was_given);
    suite_add_tcase(suite, creation);
    suite_add_tcase(suite, expiry_tests());
    suite_add_tcase(suite, start_and_stop_tests());
    return unit_run(suite);
}
