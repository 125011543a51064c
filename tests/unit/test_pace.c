/* How the leader waits: the choice of the way, with the test's own clock and clients. */
#include <unistd.h>

#include "transport/pace.h"
#include "unit.h"

static struct pace pace;
static uint64_t now;
static double rates[PACE_WAYS]; /* messages per second, by the way the leader waits */

static void set_rates(double rate)
{
    for (unsigned way = 0; way < PACE_WAYS; way++)
        rates[way] = rate;
}

/* From now on all ways except that one. */
static void forbid(enum pace_way forbidden)
{
    bool may[PACE_WAYS];
    for (unsigned way = 0; way < PACE_WAYS; way++)
        may[way] = way != forbidden;
    pace_init(&pace, may);
}

static void setup(void)
{
    forbid(PACE_WAYS);
    now = 1;
    set_rates(50000);
}

/* Simulates that much work, at the rate of the current way. Returns the share of time of each
 * way. */
static void work(double seconds, double shares[PACE_WAYS])
{
    double spent[PACE_WAYS] = {0};
    for (double passed = 0; passed < seconds;) {
        double step = 1 / rates[pace.way];
        spent[pace.way] += step;
        passed += step;
        now += (uint64_t)(step * 1e9);
        pace_look(&pace, 1, getpid(), now);
    }
    for (unsigned way = 0; shares != NULL && way < PACE_WAYS; way++)
        shares[way] = spent[way] / seconds;
}

START_TEST(a_device_that_is_not_used_sleeps)
{
    double shares[PACE_WAYS];
    set_rates(1000);
    work(3, shares);
    ck_assert(shares[PACE_SLEEP] > 0.999);
}
END_TEST

START_TEST(the_way_that_carries_most_is_kept)
{
    double shares[PACE_WAYS];
    rates[_i] = 150000;
    work(1, NULL);
    work(3, shares);
    ck_assert(shares[_i] > 0.9);
}
END_TEST

/* A way that costs others something must gain something. */
START_TEST(with_no_difference_it_sleeps)
{
    double shares[PACE_WAYS];
    rates[PACE_JOIN] = 51000;
    rates[PACE_SPIN] = 52000;
    work(1, NULL);
    work(3, shares);
    ck_assert(shares[PACE_SLEEP] > 0.9);
}
END_TEST

START_TEST(a_change_of_the_work_is_noticed_soon)
{
    double shares[PACE_WAYS];
    rates[PACE_SPIN] = 150000;
    work(3, NULL);
    ck_assert_int_eq(pace.way, PACE_SPIN);
    rates[PACE_SPIN] = 10000;
    work(0.1, NULL);
    work(1, shares);
    ck_assert(shares[PACE_SPIN] < 0.1);
}
END_TEST

/* A way that has become better is found even if the present one has not become worse. */
START_TEST(other_ways_are_tried_again)
{
    rates[PACE_SPIN] = 100000;
    work(3, NULL);
    ck_assert_int_eq(pace.way, PACE_SPIN);
    rates[PACE_JOIN] = 200000;
    work(3, NULL);
    ck_assert_int_eq(pace.way, PACE_JOIN);
}
END_TEST

/* A way that nearly stops while it is tried says nothing about the amount of work. */
START_TEST(a_bad_try_is_not_quiet)
{
    double shares[PACE_WAYS];
    rates[PACE_SPIN] = 150000;
    rates[PACE_JOIN] = rates[PACE_CROWD] = 500;
    work(3, NULL);
    work(3, shares);
    ck_assert(shares[PACE_SPIN] > 0.8);
    ck_assert(shares[PACE_JOIN] < 0.1);
}
END_TEST

START_TEST(it_sleeps_again_when_the_work_is_over)
{
    rates[PACE_SPIN] = 150000;
    work(1, NULL);
    set_rates(100);
    work(2, NULL);
    ck_assert_int_eq(pace.way, PACE_SLEEP);
    ck_assert_int_eq(pace.cpu, -1);
}
END_TEST

/* Each way but SLEEP, which is always allowed. */
START_TEST(a_way_is_not_taken_unless_it_may)
{
    double shares[PACE_WAYS];
    forbid((enum pace_way)_i);
    rates[_i] = 200000;
    work(2, shares);
    ck_assert(shares[_i] == 0);
}
END_TEST

/* Others want the CPUs: staying awake would not help either. */
START_TEST(who_is_starved_sleeps_for_a_while)
{
    rates[PACE_JOIN] = 200000;
    rates[PACE_SPIN] = 100000;
    work(1, NULL);
    ck_assert_int_eq(pace.way, PACE_JOIN);
    pace_note_starved(&pace, now);
    double shares[PACE_WAYS];
    work(0.02, shares);
    ck_assert(shares[PACE_SLEEP] > 0.999);
    ck_assert_int_eq(pace.cpu, -1);
}
END_TEST

START_TEST(starving_is_forgotten_in_the_end)
{
    rates[PACE_JOIN] = 200000;
    work(1, NULL);
    pace_note_starved(&pace, now);
    work(3, NULL);
    ck_assert_int_eq(pace.way, PACE_JOIN);
}
END_TEST

/* How long it took until it joined again. */
static double seconds_asleep(void)
{
    double seconds = 0;
    for (; pace.way != PACE_JOIN; seconds += 0.001)
        work(0.001, NULL);
    return seconds;
}

START_TEST(who_starves_again_and_again_tries_less_and_less)
{
    rates[PACE_JOIN] = 200000;
    work(1, NULL);
    pace_note_starved(&pace, now);
    double first = seconds_asleep(), last = 0;
    for (unsigned i = 0; i < 3; i++) {
        pace_note_starved(&pace, now);
        last = seconds_asleep();
    }
    ck_assert(last > 5 * first);
    work(3, NULL);
    pace_note_starved(&pace, now);
    ck_assert(seconds_asleep() < 2 * first);
}
END_TEST

START_TEST(without_a_choice_it_sleeps)
{
    double shares[PACE_WAYS];
    const bool may[PACE_WAYS] = {[PACE_SLEEP] = true};
    pace_init(&pace, may);
    set_rates(500000);
    rates[PACE_SLEEP] = 50000;
    pace_set_long(&pace, true);
    work(2, shares);
    ck_assert(shares[PACE_SLEEP] > 0.999);
}
END_TEST

/* Even before anything is measured: the next client must not wait for the first. */
START_TEST(while_messages_take_long_several_receive)
{
    double shares[PACE_WAYS];
    set_rates(300);
    pace_set_long(&pace, true);
    work(1, shares);
    ck_assert(shares[PACE_FLOOD] > 0.999);
    pace_set_long(&pace, false);
    work(1, shares);
    ck_assert(shares[PACE_SLEEP] > 0.999);
}
END_TEST

START_TEST(long_messages_that_compute_have_a_cpu_each)
{
    double shares[PACE_WAYS];
    set_rates(10000);
    rates[PACE_CROWD] = 14000;
    rates[PACE_JOIN] = 20000;
    pace_set_long(&pace, true);
    work(2, NULL);
    work(2, shares);
    ck_assert(shares[PACE_CROWD] > 0.9);
    ck_assert(shares[PACE_JOIN] == 0);
}
END_TEST

/* The client is this thread, whose CPU can be seen; nobody is thread 0. */
START_TEST(joining_means_the_clients_cpu)
{
    rates[PACE_JOIN] = 150000;
    work(3, NULL);
    ck_assert_int_eq(pace.way, PACE_JOIN);
    ck_assert_int_ge(pace.cpu, 0);
    ck_assert_int_lt(pace.cpu, (int)sysconf(_SC_NPROCESSORS_CONF));
}
END_TEST

START_TEST(an_unknown_client_is_nowhere)
{
    rates[PACE_JOIN] = 150000;
    for (unsigned i = 0; i < 1000000 && pace.way != PACE_JOIN; i++) {
        now += 10000;
        pace_look(&pace, 1, 0, now);
    }
    ck_assert_int_eq(pace.way, PACE_JOIN);
    ck_assert_int_eq(pace.cpu, -1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pace");
    TCase *tests = tcase_create("pace");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, a_device_that_is_not_used_sleeps);
    tcase_add_loop_test(tests, the_way_that_carries_most_is_kept, 0, PACE_WAYS);
    tcase_add_test(tests, with_no_difference_it_sleeps);
    tcase_add_test(tests, a_change_of_the_work_is_noticed_soon);
    tcase_add_test(tests, other_ways_are_tried_again);
    tcase_add_test(tests, a_bad_try_is_not_quiet);
    tcase_add_test(tests, it_sleeps_again_when_the_work_is_over);
    tcase_add_loop_test(tests, a_way_is_not_taken_unless_it_may, PACE_SLEEP + 1, PACE_WAYS);
    tcase_add_test(tests, who_is_starved_sleeps_for_a_while);
    tcase_add_test(tests, starving_is_forgotten_in_the_end);
    tcase_add_test(tests, who_starves_again_and_again_tries_less_and_less);
    tcase_add_test(tests, without_a_choice_it_sleeps);
    tcase_add_test(tests, while_messages_take_long_several_receive);
    tcase_add_test(tests, long_messages_that_compute_have_a_cpu_each);
    tcase_add_test(tests, joining_means_the_clients_cpu);
    tcase_add_test(tests, an_unknown_client_is_nowhere);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
