/* The port layer: clock and alarm, log, threads. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "port/clock.h"
#include "port/log.h"
#include "port/thread.h"
#include "unit.h"

#define SECOND 1000000000ull

/* ---- the real clock and its alarm; before the virtual clock, which is for the life of the process
 * ---- */

START_TEST(the_real_clock_moves_forward)
{
    uint64_t before = port_clock_now();
    uint64_t after;
    do
        after = port_clock_now();
    while (after == before);
    ck_assert_uint_gt(after, before);
}
END_TEST

START_TEST(system_time_counts_from_1601)
{
    uint64_t seconds_since_1970 = (uint64_t)time(NULL);
    uint64_t seconds_since_1601 = port_clock_system_time() / 10000000;
    ck_assert_uint_ge(seconds_since_1601 - 11644473600ull, seconds_since_1970);
    ck_assert_uint_le(seconds_since_1601 - 11644473600ull, seconds_since_1970 + 60);
}
END_TEST

static int alarm_is_due(int alarm, int milliseconds)
{
    struct pollfd wait = {.fd = alarm, .events = POLLIN};
    return poll(&wait, 1, milliseconds);
}

START_TEST(an_alarm_becomes_readable_at_its_time)
{
    int alarm = port_alarm_open();
    ck_assert_int_ge(alarm, 0);
    port_alarm_set(alarm, port_clock_now() + SECOND / 1000);
    ck_assert_int_eq(alarm_is_due(alarm, 20000), 1);
    port_alarm_close(alarm);
}
END_TEST

START_TEST(an_alarm_in_the_past_is_due)
{
    int alarm = port_alarm_open();
    port_alarm_set(alarm, 1);
    ck_assert_int_eq(alarm_is_due(alarm, 20000), 1);
    port_alarm_close(alarm);
}
END_TEST

static const uint64_t far_away[] = {PORT_CLOCK_NEVER, PORT_CLOCK_NEVER - 1};

START_TEST(setting_an_alarm_anew_takes_back_that_it_was_due)
{
    int alarm = port_alarm_open();
    port_alarm_set(alarm, 1);
    ck_assert_int_eq(alarm_is_due(alarm, 20000), 1);
    port_alarm_set(alarm, far_away[_i]);
    ck_assert_int_eq(alarm_is_due(alarm, 0), 0);
    port_alarm_close(alarm);
}
END_TEST

/* ---- the virtual clock ---- */

static void use_virtual_clock(void)
{
    port_clock_use_virtual();
}

START_TEST(the_virtual_clock_stands_still)
{
    uint64_t before = port_clock_now();
    for (unsigned i = 0; i < 1000; i++)
        ck_assert_uint_eq(port_clock_now(), before);
}
END_TEST

START_TEST(the_virtual_clock_moves_when_it_is_set)
{
    uint64_t target = port_clock_now() + 5 * SECOND;
    port_clock_set_virtual(target);
    ck_assert_uint_eq(port_clock_now(), target);
}
END_TEST

START_TEST(the_virtual_clock_does_not_go_back)
{
    uint64_t before = port_clock_now();
    port_clock_set_virtual(before - 1);
    ck_assert_uint_eq(port_clock_now(), before);
}
END_TEST

START_TEST(system_time_moves_with_the_virtual_clock)
{
    uint64_t before = port_clock_system_time();
    port_clock_set_virtual(port_clock_now() + 5 * SECOND);
    ck_assert_uint_eq(port_clock_system_time(), before + 5 * SECOND / 100);
}
END_TEST

START_TEST(the_virtual_clock_has_no_alarm)
{
    ck_assert_int_eq(port_alarm_open(), -1);
    port_alarm_set(-1, 1);
    port_alarm_close(-1);
}
END_TEST

/* A deadline only bounds a wait; it is not part of the test. */
START_TEST(deadlines_are_of_the_real_clock)
{
    uint64_t first = port_clock_deadline(0);
    while (port_clock_deadline(0) == first)
        ;
    ck_assert_uint_gt(port_clock_deadline(0), first);
}
END_TEST

static const struct {
    int64_t units;
    uint64_t expected;
} relative_times[] = {
    {-1, 100},
    {-10000000, SECOND},
    {0, 0},
    {1, 0}, /* January 1601 */
    {-(int64_t)(PORT_CLOCK_NEVER / 100), PORT_CLOCK_NEVER},
    {INT64_MIN, PORT_CLOCK_NEVER},
    {INT64_MAX, PORT_CLOCK_NEVER},
};

START_TEST(the_time_until_an_nt_time_is_relative_absolute_or_never)
{
    ck_assert_uint_eq(port_clock_until(relative_times[_i].units), relative_times[_i].expected);
}
END_TEST

START_TEST(the_time_until_a_point_of_system_time_is_the_difference)
{
    int64_t in_a_second = (int64_t)port_clock_system_time() + 10000000;
    ck_assert_uint_eq(port_clock_until(in_a_second), SECOND);
}
END_TEST

static const struct {
    uint64_t when;
    uint64_t nanoseconds;
    uint64_t expected;
} sums[] = {
    {1, 2, 3},
    {5, PORT_CLOCK_NEVER, PORT_CLOCK_NEVER},
    {PORT_CLOCK_NEVER, 5, PORT_CLOCK_NEVER},
    {PORT_CLOCK_NEVER - 5, 4, PORT_CLOCK_NEVER - 1},
    {PORT_CLOCK_NEVER - 5, 6, PORT_CLOCK_NEVER},
};

START_TEST(a_sum_that_does_not_fit_is_never)
{
    ck_assert_uint_eq(port_clock_add(sums[_i].when, sums[_i].nanoseconds), sums[_i].expected);
}
END_TEST

#define SECOND 1000000000ull

START_TEST(patience_is_over_after_5_10_20_seconds)
{
    struct port_patience patience = {0};
    port_patience_begin(&patience, 100 * SECOND);
    ck_assert(!port_patience_is_over(&patience, 105 * SECOND - 1));
    for (uint64_t waited = 5; waited <= 160; waited *= 2) {
        ck_assert_uint_eq(port_patience_deadline(&patience), (100 + waited) * SECOND);
        ck_assert(port_patience_is_over(&patience, (100 + waited) * SECOND));
        ck_assert(!port_patience_is_over(&patience, (100 + waited) * SECOND));
    }
}
END_TEST

START_TEST(patience_may_have_a_period_of_its_own)
{
    struct port_patience patience = {.period = 60 * SECOND};
    port_patience_begin(&patience, 100 * SECOND);
    ck_assert(!port_patience_is_over(&patience, 160 * SECOND - 1));
    ck_assert(port_patience_is_over(&patience, 160 * SECOND));
}
END_TEST

START_TEST(the_rough_clock_is_not_ahead_and_not_far_behind)
{
    uint64_t before = port_clock_now();
    uint64_t rough = port_clock_rough();
    ck_assert_uint_le(rough, port_clock_now());
    ck_assert_uint_ge(rough + SECOND, before);
}
END_TEST

/* ---- the log ---- */

static enum log_level last_level;
static char last_line[4096];

static void keep(enum log_level level, const char *line)
{
    last_level = level;
    snprintf(last_line, sizeof(last_line), "%s", line);
}

static void begin_log(void)
{
    last_line[0] = '\0';
    log_set_sink(keep);
}

static void end_log(void)
{
    log_set_sink(NULL);
    log_set_level(LOG_LEVEL_INFO);
}

START_TEST(a_line_goes_to_the_sink_with_its_level)
{
    log_warning("%s is %d", "it", 5);
    ck_assert_str_eq(last_line, "it is 5");
    ck_assert_int_eq(last_level, LOG_LEVEL_WARNING);
}
END_TEST

/* Rows: the level that is set; columns: the message's. */
START_TEST(a_message_is_written_up_to_the_level_that_is_set)
{
    log_set_level((enum log_level)_i);
    for (int level = LOG_LEVEL_ERROR; level <= LOG_LEVEL_DEBUG; level++) {
        last_line[0] = '\0';
        log_message((enum log_level)level, "here");
        ck_assert_int_eq(last_line[0] != '\0', level <= _i);
        ck_assert_int_eq(log_is_enabled((enum log_level)level), level <= _i);
    }
}
END_TEST

static unsigned evaluations;

START_TEST(a_debug_message_costs_nothing_unless_somebody_listens)
{
    evaluations = 0;
    log_debug("%u", ++evaluations);
    ck_assert_uint_eq(evaluations, 0);
}
END_TEST

#define LONGEST_LINE 1023

START_TEST(the_longest_line_is_written_whole)
{
    char text[LONGEST_LINE + 1];
    memset(text, 'x', LONGEST_LINE);
    text[LONGEST_LINE] = '\0';
    log_error("%s", text);
    ck_assert_str_eq(last_line, text);
}
END_TEST

START_TEST(a_line_that_is_too_long_is_cut_visibly)
{
    char text[LONGEST_LINE + 2];
    memset(text, 'x', LONGEST_LINE + 1);
    text[LONGEST_LINE + 1] = '\0';
    log_error("%s", text);
    ck_assert_uint_eq(strlen(last_line), LONGEST_LINE);
    ck_assert_str_eq(last_line + LONGEST_LINE - 4, "x...");
}
END_TEST

START_TEST(a_level_is_known_by_its_name)
{
    ck_assert_int_eq(log_level_from_name(log_level_name((enum log_level)_i)), _i);
}
END_TEST

static const char *const no_names[] = {"", "err", "Error", "errors", "trace"};

START_TEST(what_is_not_the_name_of_a_level_is_refused)
{
    ck_assert_int_eq(log_level_from_name(no_names[_i]), -1);
}
END_TEST

/* ---- threads ---- */

static sigset_t signals_of_thread;
static port_thread_id id_of_thread;

static void look_around(void *argument)
{
    pthread_sigmask(SIG_SETMASK, NULL, &signals_of_thread);
    id_of_thread = port_thread_self();
    pthread_getname_np(pthread_self(), argument, 16);
}

static void run_thread(char name[16])
{
    struct port_thread thread;
    ck_assert_int_eq(port_thread_start(&thread, "observer", look_around, name), 0);
    port_thread_join(&thread);
}

/* Signals belong to the host's main thread. */
START_TEST(a_thread_starts_with_its_signals_blocked)
{
    char name[16];
    run_thread(name);
    ck_assert_int_eq(sigismember(&signals_of_thread, SIGTERM), 1);
    ck_assert_int_eq(sigismember(&signals_of_thread, SIGINT), 1);
}
END_TEST

START_TEST(starting_a_thread_leaves_the_starters_signals_alone)
{
    char name[16];
    sigset_t before, after;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    run_thread(name);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    ck_assert_int_eq(sigismember(&after, SIGTERM), sigismember(&before, SIGTERM));
}
END_TEST

START_TEST(a_thread_has_an_identity_of_its_own)
{
    char name[16];
    run_thread(name);
    ck_assert(id_of_thread != PORT_NO_THREAD && id_of_thread != port_thread_self());
}
END_TEST

START_TEST(a_wait_ends_at_its_deadline)
{
    struct port_mutex mutex;
    struct port_condition condition;
    port_mutex_init(&mutex);
    port_condition_init(&condition);
    port_mutex_lock(&mutex);
    while (port_condition_wait_until(&condition, &mutex, port_clock_deadline(0)))
        ; /* woken for no reason */
    port_mutex_unlock(&mutex);
    port_condition_destroy(&condition);
    port_mutex_destroy(&mutex);
}
END_TEST

static unsigned counter;
static struct port_mutex counter_lock = PORT_MUTEX_INITIALIZER;

static void count(void)
{
    PORT_LOCK_SCOPE(&counter_lock);
    counter++;
    if (counter == 1)
        return; /* leaves the scope another way */
    counter++;
}

START_TEST(a_scoped_lock_is_released_on_every_way_out)
{
    counter = 0;
    count();
    count();
    bool is_released = port_mutex_try_lock(&counter_lock);
    if (is_released)
        port_mutex_unlock(&counter_lock);
    ck_assert(is_released);
}
END_TEST

static TCase *real_clock_tests(void)
{
    TCase *tests = tcase_create("real clock");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, the_real_clock_moves_forward);
    tcase_add_test(tests, the_rough_clock_is_not_ahead_and_not_far_behind);
    tcase_add_test(tests, system_time_counts_from_1601);
    tcase_add_test(tests, an_alarm_becomes_readable_at_its_time);
    tcase_add_test(tests, an_alarm_in_the_past_is_due);
    tcase_add_loop_test(tests, setting_an_alarm_anew_takes_back_that_it_was_due, 0, 2);
    return tests;
}

static TCase *virtual_clock_tests(void)
{
    TCase *tests = tcase_create("virtual clock");
    tcase_add_checked_fixture(tests, use_virtual_clock, NULL);
    tcase_add_test(tests, the_virtual_clock_stands_still);
    tcase_add_test(tests, the_virtual_clock_moves_when_it_is_set);
    tcase_add_test(tests, the_virtual_clock_does_not_go_back);
    tcase_add_test(tests, system_time_moves_with_the_virtual_clock);
    tcase_add_test(tests, the_virtual_clock_has_no_alarm);
    tcase_add_test(tests, deadlines_are_of_the_real_clock);
    tcase_add_loop_test(tests, the_time_until_an_nt_time_is_relative_absolute_or_never, 0,
                        sizeof(relative_times) / sizeof(relative_times[0]));
    tcase_add_test(tests, the_time_until_a_point_of_system_time_is_the_difference);
    tcase_add_loop_test(tests, a_sum_that_does_not_fit_is_never, 0, sizeof(sums) / sizeof(sums[0]));
    tcase_add_test(tests, patience_is_over_after_5_10_20_seconds);
    tcase_add_test(tests, patience_may_have_a_period_of_its_own);
    return tests;
}

static TCase *log_tests(void)
{
    TCase *tests = tcase_create("log");
    tcase_add_checked_fixture(tests, begin_log, end_log);
    tcase_add_test(tests, a_line_goes_to_the_sink_with_its_level);
    tcase_add_loop_test(tests, a_message_is_written_up_to_the_level_that_is_set, LOG_LEVEL_ERROR,
                        LOG_LEVEL_DEBUG + 1);
    tcase_add_test(tests, a_debug_message_costs_nothing_unless_somebody_listens);
    tcase_add_test(tests, the_longest_line_is_written_whole);
    tcase_add_test(tests, a_line_that_is_too_long_is_cut_visibly);
    tcase_add_loop_test(tests, a_level_is_known_by_its_name, LOG_LEVEL_ERROR, LOG_LEVEL_DEBUG + 1);
    tcase_add_loop_test(tests, what_is_not_the_name_of_a_level_is_refused, 0,
                        sizeof(no_names) / sizeof(no_names[0]));
    return tests;
}

static TCase *thread_tests(void)
{
    TCase *tests = tcase_create("threads");
    tcase_add_test(tests, a_thread_starts_with_its_signals_blocked);
    tcase_add_test(tests, starting_a_thread_leaves_the_starters_signals_alone);
    tcase_add_test(tests, a_thread_has_an_identity_of_its_own);
    tcase_add_test(tests, a_wait_ends_at_its_deadline);
    tcase_add_test(tests, a_scoped_lock_is_released_on_every_way_out);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("port");
    suite_add_tcase(suite, real_clock_tests());
    suite_add_tcase(suite, virtual_clock_tests());
    suite_add_tcase(suite, log_tests());
    suite_add_tcase(suite, thread_tests());
    return unit_run(suite);
}
