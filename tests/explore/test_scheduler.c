/* The scheduler, the strategies and the heap of explorations, on small test bodies without a
 * driver. */
#include "../unit/unit.h"

#include "explore/scenario.h"
#include "explore/strategy.h"
#include "port/explore/heap.h"
#include "port/explore/scheduler.h"
#include "port/thread.h"

static struct port_mutex first_lock = PORT_MUTEX_INITIALIZER;
static struct port_mutex second_lock = PORT_MUTEX_INITIALIZER;
static struct port_condition changed = PORT_CONDITION_INITIALIZER;
static int counter;
static bool is_ready;

/* ---- bodies ---- */

/* Two threads, each principal, that run the same function or two; main waits for both. */
static void run_both(void (*one)(void *), void (*other)(void *))
{
    struct port_thread threads[2];
    ck_assert_int_eq(port_thread_start(&threads[0], "one", one, NULL), 0);
    explore_thread_is_principal(&threads[0]);
    ck_assert_int_eq(port_thread_start(&threads[1], "other", other, NULL), 0);
    explore_thread_is_principal(&threads[1]);
    port_thread_join(&threads[0]);
    port_thread_join(&threads[1]);
}

static void count_in_two_sections(void *unused)
{
    (void)unused;
    port_mutex_lock(&first_lock);
    int seen = counter;
    port_mutex_unlock(&first_lock);
    port_mutex_lock(&first_lock);
    counter = seen + 1;
    port_mutex_unlock(&first_lock);
}

static void lose_an_update(void *unused)
{
    (void)unused;
    counter = 0;
    run_both(count_in_two_sections, count_in_two_sections);
    if (counter != 2)
        explore_fail(EXPLORE_VIOLATION, "counted %d", counter);
}

static void count_in_one_section(void *unused)
{
    (void)unused;
    PORT_LOCK_SCOPE(&first_lock);
    counter++;
}

static void count_right(void *unused)
{
    (void)unused;
    counter = 0;
    run_both(count_in_one_section, count_in_one_section);
    if (counter != 2)
        explore_fail(EXPLORE_VIOLATION, "counted %d", counter);
}

static void take_first_then_second(void *unused)
{
    (void)unused;
    PORT_LOCK_SCOPE(&first_lock);
    PORT_LOCK_SCOPE(&second_lock);
}

static void take_second_then_first(void *unused)
{
    (void)unused;
    PORT_LOCK_SCOPE(&second_lock);
    PORT_LOCK_SCOPE(&first_lock);
}

static void deadlock(void *unused)
{
    (void)unused;
    run_both(take_first_then_second, take_second_then_first);
}

static void wait_until_ready(void *unused)
{
    (void)unused;
    PORT_LOCK_SCOPE(&first_lock);
    while (!is_ready)
        port_condition_wait(&changed, &first_lock);
}

/* Signals, but the condition changes outside the lock, after the signal. */
static void make_ready_too_late(void *unused)
{
    (void)unused;
    port_mutex_lock(&first_lock);
    port_condition_signal(&changed);
    port_mutex_unlock(&first_lock);
    is_ready = true;
}

static void lose_a_wakeup(void *unused)
{
    (void)unused;
    is_ready = false;
    run_both(wait_until_ready, make_ready_too_late);
}

static void make_ready(void *unused)
{
    (void)unused;
    PORT_LOCK_SCOPE(&first_lock);
    is_ready = true;
    port_condition_signal(&changed);
}

static void wake_in_time(void *unused)
{
    (void)unused;
    is_ready = false;
    run_both(wait_until_ready, make_ready);
}

static uint64_t start;
static uint64_t woken_after[2];

static void wait_for(uint64_t nanoseconds, uint64_t *woken)
{
    PORT_LOCK_SCOPE(&first_lock);
    while (port_condition_wait_until(&changed, &first_lock, start + nanoseconds))
        ;
    *woken = port_clock_now() - start;
}

static void wait_long(void *unused)
{
    (void)unused;
    wait_for(3000, &woken_after[0]);
}

static void wait_short(void *unused)
{
    (void)unused;
    wait_for(1000, &woken_after[1]);
}

/* A thread that begins late may find that it is later than it wanted, but never earlier, and never
 * later than the last. */
static void wait_in_order(void *unused)
{
    (void)unused;
    start = port_clock_now();
    run_both(wait_long, wait_short);
    bool is_short = woken_after[1] == 1000 || woken_after[1] == 3000;
    if (woken_after[0] != 3000 || !is_short || port_clock_now() - start != 3000)
        explore_fail(EXPLORE_VIOLATION, "woken after %llu and %llu",
                     (unsigned long long)woken_after[0], (unsigned long long)woken_after[1]);
}

static void yield_for_ever(void *unused)
{
    (void)unused;
    for (;;)
        port_thread_yield();
}

static void *leaked;

static void use_heap(void *unused)
{
    (void)unused;
    leaked = explore_malloc(24);
    char *freed = explore_malloc(24);
    char *returned = explore_calloc(3, 8);
    ck_assert_int_eq(returned[23], 0);
    explore_free(freed);
    freed[3] = 1;
    explore_free(returned);
}

/* ---- running ---- */

/* Runs until a schedule fails; returns the failure's text, or NULL. */
static const char *explore(struct strategy *strategy, void (*body)(void *), uint64_t most,
                           uint64_t *count)
{
    static struct explore_result result;
    for (uint64_t n = 0; n < most; n++) {
        if (!strategy->next(strategy, n))
            break;
        explore_run(&strategy->interface, body, NULL, &result);
        *count = n + 1;
        if (result.failure != EXPLORE_NO_FAILURE)
            return result.message;
        if (strategy->ended != NULL)
            strategy->ended(strategy, &result);
    }
    return NULL;
}

static struct strategy *strategies(int index)
{
    struct strategy *all[] = {strategy_random(1), strategy_pct(1, 3), strategy_dfs(2, true),
                              strategy_dfs(2, false)};
    ck_assert_ptr_nonnull(all[index]);
    return all[index];
}

#define STRATEGIES 4

static void expect_found(int index, void (*body)(void *), const char *text)
{
    uint64_t count = 0;
    const char *failure = explore(strategies(index), body, 10000, &count);
    ck_assert_ptr_nonnull(failure);
    ck_assert_msg(strstr(failure, text) != NULL, "%s", failure);
}

static void expect_survival(int index, void (*body)(void *))
{
    uint64_t count = 0;
    const char *failure = explore(strategies(index), body, 10000, &count);
    ck_assert_msg(failure == NULL, "%s", failure);
    ck_assert_uint_ge(count, 2);
}

START_TEST(an_update_that_can_be_lost_is_lost)
{
    expect_found(_i, lose_an_update, "counted 1");
}
END_TEST

START_TEST(a_counter_under_its_lock_survives_every_schedule)
{
    expect_survival(_i, count_right);
}
END_TEST

START_TEST(a_deadlock_is_named_with_its_cycle)
{
    expect_found(_i, deadlock, "deadlock: ");
}
END_TEST

START_TEST(a_wakeup_that_can_be_lost_is_lost)
{
    expect_found(_i, lose_a_wakeup, "nothing can go on: ");
}
END_TEST

START_TEST(a_wakeup_under_the_lock_always_comes)
{
    expect_survival(_i, wake_in_time);
}
END_TEST

START_TEST(time_passes_to_each_deadline_and_not_beyond)
{
    expect_survival(_i, wait_in_order);
}
END_TEST

START_TEST(a_loop_without_an_end_is_a_livelock)
{
    explore_steps_max = 1000;
    expect_found(_i, yield_for_ever, "livelock");
}
END_TEST

START_TEST(the_reduction_visits_the_same_states_in_fewer_schedules)
{
    uint64_t all = 0, reduced = 0;
    ck_assert_ptr_null(explore(strategy_dfs(2, false), count_right, 100000, &all));
    double states = explore_distinct_states();
    ck_assert_ptr_null(explore(strategy_dfs(2, true), count_right, 100000, &reduced));
    ck_assert_uint_lt(reduced, all);
    ck_assert(explore_distinct_states() == states);
}
END_TEST

/* A failure's schedule replays to the same failure: test-race.sh. */
START_TEST(a_token_replays_to_the_same_schedule)
{
    uint64_t count = 0;
    char token[4096];
    struct strategy *strategy = strategies(_i);
    /* Ends with a schedule that succeeds, so that another one may follow in this process. */
    ck_assert_ptr_null(explore(strategy, count_right, 7, &count));
    strategy->token(strategy, token, sizeof(token));
    struct explore_result before, after;
    explore_run(&strategy->interface, count_right, NULL, &before);
    const char *details = strchr(token, ':');
    ck_assert_ptr_nonnull(details);
    struct strategy *again = strategies(_i);
    ck_assert(again->replay(again, details + 1));
    explore_run(&again->interface, count_right, NULL, &after);
    ck_assert_uint_eq(before.steps, after.steps);
    char same[4096];
    again->token(again, same, sizeof(same));
    ck_assert_str_eq(token, same);
}
END_TEST

START_TEST(what_is_no_token_is_refused)
{
    static const char *const wrong[] = {"", "x", "1:2", "3:0:1", "1:1.2x", "99999999999.1"};
    for (int i = 0; i < STRATEGIES; i++) {
        struct strategy *strategy = strategies(i);
        for (size_t j = 0; j < sizeof(wrong) / sizeof(wrong[0]); j++)
            ck_assert_msg(!strategy->replay(strategy, wrong[j]), "strategy %d takes \"%s\"", i,
                          wrong[j]);
    }
}
END_TEST

START_TEST(the_heap_tells_what_was_left_and_what_was_written_after_free)
{
    struct explore_result result;
    struct explore_block block;
    struct strategy *strategy = strategies(0);
    strategy->next(strategy, 0);
    ck_assert(explore_heap_begin());
    explore_run(&strategy->interface, use_heap, NULL, &result);
    explore_heap_end();
    ck_assert_int_eq(result.failure, EXPLORE_NO_FAILURE);
    ck_assert(explore_heap_leak(0, &block));
    ck_assert_ptr_eq(block.memory, leaked);
    ck_assert_uint_eq(block.size, 24);
    ck_assert(!explore_heap_leak(1, &block));
    ck_assert(explore_heap_damage(&block));
    ck_assert_uint_eq(block.size, 24);
    ck_assert_ptr_ne(block.memory, leaked);
}
END_TEST

START_TEST(a_scenario_is_read_as_it_is_written)
{
    char error[256];
    struct scenario *scenario = scenario_parse("text",
                                               "timers 2\n"
                                               "client A repeat 3 # thrice\n"
                                               "    open nonblock read\n"
                                               "\tbegin ioctl 0x222004 5 6\n"
                                               "    wait\n"
                                               "main\n"
                                               "    surprise-remove",
                                               error, sizeof(error));
    ck_assert_msg(scenario != NULL, "%s", error);
    ck_assert_uint_eq(scenario->timers, 2);
    ck_assert_uint_eq(scenario->client_count, 1);
    const struct scenario_thread *client = &scenario->clients[0];
    ck_assert_str_eq(client->name, "A");
    ck_assert_uint_eq(client->repeat, 3);
    ck_assert_uint_eq(client->count, 3);
    ck_assert(client->steps[1].is_begun);
    ck_assert_int_eq(client->steps[1].verb, SCENARIO_IOCTL);
    ck_assert_uint_eq(client->steps[1].control_code, 0x222004);
    ck_assert_uint_eq(client->steps[1].input_length, 5);
    ck_assert_uint_eq(client->steps[1].output_length, 6);
    ck_assert_str_eq(client->steps[1].text, "begin ioctl 0x222004 5 6");
    ck_assert_uint_eq(client->steps[1].line, 4);
    ck_assert_uint_eq(scenario->main.count, 1);
    ck_assert_int_eq(scenario->main.steps[0].verb, SCENARIO_SURPRISE_REMOVE);
    scenario_free(scenario);
}
END_TEST

int main(void)
{
    /* After a failure no other schedule may follow in the same process. */
    TCase *test_case = unit_ends(tcase_create("scheduler"));
    tcase_set_timeout(test_case, 60);
    tcase_add_loop_test(test_case, an_update_that_can_be_lost_is_lost, 0, STRATEGIES);
    tcase_add_loop_test(test_case, a_counter_under_its_lock_survives_every_schedule, 0, STRATEGIES);
    tcase_add_loop_test(test_case, a_deadlock_is_named_with_its_cycle, 0, STRATEGIES);
    tcase_add_loop_test(test_case, a_wakeup_that_can_be_lost_is_lost, 0, STRATEGIES);
    tcase_add_loop_test(test_case, a_wakeup_under_the_lock_always_comes, 0, STRATEGIES);
    tcase_add_loop_test(test_case, time_passes_to_each_deadline_and_not_beyond, 0, STRATEGIES);
    tcase_add_loop_test(test_case, a_loop_without_an_end_is_a_livelock, 0, STRATEGIES);
    tcase_add_test(test_case, the_reduction_visits_the_same_states_in_fewer_schedules);
    tcase_add_loop_test(test_case, a_token_replays_to_the_same_schedule, 0, STRATEGIES);
    tcase_add_test(test_case, what_is_no_token_is_refused);
    tcase_add_test(test_case, the_heap_tells_what_was_left_and_what_was_written_after_free);
    tcase_add_test(test_case, a_scenario_is_read_as_it_is_written);
    Suite *suite = suite_create("explore");
    suite_add_tcase(suite, test_case);
    return unit_run(suite);
}
