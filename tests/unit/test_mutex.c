/* Locks and conditions of port/mutex.h, with contending threads. */
#include <check.h>

#include "port/thread.h"
#include "unit.h"

#define THREADS 4
#define ROUNDS  50000

static struct port_mutex lock = PORT_MUTEX_INITIALIZER;
static struct port_condition changed = PORT_CONDITION_INITIALIZER;
static unsigned long counted GUARDED_BY(lock);
static struct port_thread threads[THREADS];

static void run_in_threads(void (*body)(void *argument))
{
    for (uintptr_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(port_thread_start(&threads[i], "wanting", body, (void *)i), 0);
    for (unsigned i = 0; i < THREADS; i++)
        port_thread_join(&threads[i]);
}

static void count(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < ROUNDS; i++) {
        port_mutex_lock(&lock);
        counted++;
        port_mutex_unlock(&lock);
    }
}

START_TEST(one_at_a_time_has_a_lock)
{
    run_in_threads(count);
    port_mutex_lock(&lock);
    ck_assert_uint_eq(counted, THREADS * ROUNDS);
    port_mutex_unlock(&lock);
    ck_assert_uint_eq(lock.state, PORT_MUTEX_FREE);
}
END_TEST

static bool can_be_had(void)
{
    if (!port_mutex_try_lock(&lock))
        return false;
    port_mutex_unlock(&lock);
    return true;
}

START_TEST(a_lock_that_is_taken_is_not_waited_for)
{
    ck_assert(can_be_had());
    port_mutex_lock(&lock);
    ck_assert(!port_raw_try_lock(&lock));
    port_mutex_unlock(&lock);
    ck_assert(can_be_had());
}
END_TEST

/* Each waits for its turn, and notifies all: a lost wake-up stops the round. */
static void take_turns(void *argument)
{
    uintptr_t number = (uintptr_t)argument;
    for (unsigned i = 0; i < ROUNDS / 50; i++) {
        port_mutex_lock(&lock);
        while (counted % THREADS != number)
            port_condition_wait(&changed, &lock);
        counted++;
        port_condition_broadcast(&changed);
        port_mutex_unlock(&lock);
    }
}

START_TEST(a_broadcast_reaches_all_who_wait)
{
    port_mutex_lock(&lock);
    counted = 0;
    port_mutex_unlock(&lock);
    run_in_threads(take_turns);
    port_mutex_lock(&lock);
    ck_assert_uint_eq(counted, THREADS * (ROUNDS / 50));
    port_mutex_unlock(&lock);
    ck_assert_uint_eq(changed.waiters, 0);
}
END_TEST

/* Tokens for any taker: half of the threads give, half take, with one signal for each. */
static void give_or_take(void *argument)
{
    for (unsigned i = 0; i < ROUNDS / 10; i++) {
        port_mutex_lock(&lock);
        if ((uintptr_t)argument % 2 == 0) {
            counted++;
        } else {
            while (counted == 0)
                port_condition_wait(&changed, &lock);
            counted--;
        }
        port_mutex_unlock(&lock);
        if ((uintptr_t)argument % 2 == 0)
            port_condition_signal(&changed); /* without the lock, which is allowed */
    }
}

START_TEST(a_signal_reaches_one_who_waits)
{
    port_mutex_lock(&lock);
    counted = 0;
    port_mutex_unlock(&lock);
    run_in_threads(give_or_take);
    port_mutex_lock(&lock);
    ck_assert_uint_eq(counted, 0);
    port_mutex_unlock(&lock);
}
END_TEST

START_TEST(a_wait_has_its_deadline)
{
    port_mutex_lock(&lock);
    while (port_condition_wait_until(&changed, &lock, port_clock_deadline(0))) {
    }
    uint64_t before = port_clock_deadline(0), until = before + 20 * 1000 * 1000;
    while (port_condition_wait_until(&changed, &lock, until)) {
    }
    ck_assert_uint_ge(port_clock_deadline(0), until);
    port_mutex_unlock(&lock);
    ck_assert_uint_eq(changed.waiters, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mutex");
    TCase *locks = tcase_create("locks");
    tcase_set_timeout(locks, 60);
    tcase_add_test(locks, one_at_a_time_has_a_lock);
    tcase_add_test(locks, a_lock_that_is_taken_is_not_waited_for);
    tcase_add_test(locks, a_broadcast_reaches_all_who_wait);
    tcase_add_test(locks, a_signal_reaches_one_who_waits);
    tcase_add_test(locks, a_wait_has_its_deadline);
    suite_add_tcase(suite, locks);
    return unit_run(suite);
}
