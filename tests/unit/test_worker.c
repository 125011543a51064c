/* The pool of worker threads (worker.h). */
#include <stdatomic.h>

#include <wdf.h>

#include "device.h"
#include "framework/object/worker.h"
#include "port/thread.h"
#include "unit.h"

static void start(void)
{
    keep_log();
    ck_status_eq(workers_start(), STATUS_SUCCESS);
}

/* ---- work that records where it ran ---- */

static atomic_uint runs;
static KIRQL irql_seen;
static port_thread_id thread_seen;

static void note_run(struct work *work)
{
    (void)work;
    irql_seen = KeGetCurrentIrql();
    thread_seen = port_thread_self();
    runs++;
}

static void reset(void)
{
    runs = 0;
    irql_seen = 0xFF;
    thread_seen = PORT_NO_THREAD;
}

static struct work work;

static void submit_and_wait(void)
{
    work_init(&work, note_run, NULL);
    work_submit(&work);
    workers_wait_until_idle();
}

START_TEST(submitted_work_runs_once)
{
    submit_and_wait();
    ck_assert_uint_eq(runs, 1);
}
END_TEST

START_TEST(work_runs_at_passive_level)
{
    submit_and_wait();
    ck_assert_uint_eq(irql_seen, PASSIVE_LEVEL);
}
END_TEST

START_TEST(work_runs_in_another_thread)
{
    submit_and_wait();
    ck_assert(thread_seen != port_thread_self());
}
END_TEST

START_TEST(work_may_be_submitted_again_after_it_has_run)
{
    for (unsigned i = 0; i < 100; i++)
        submit_and_wait();
    ck_assert_uint_eq(runs, 100);
}
END_TEST

static void submit_again(struct work *own)
{
    if (++runs < 100)
        work_submit(own);
}

START_TEST(work_may_submit_itself_again)
{
    work_init(&work, submit_again, NULL);
    work_submit(&work);
    workers_wait_until_idle();
    ck_assert_uint_eq(runs, 100);
}
END_TEST

START_TEST(waiting_with_nothing_submitted_returns)
{
    workers_wait_until_idle();
}
END_TEST

/* ---- work that blocks ---- */

/* The pool's size (worker.c): this much work may block at a time. */
#define WORKERS 16

static atomic_uint arrived;
static atomic_bool may_leave;

static void wait_to_leave(struct work *own)
{
    (void)own;
    arrived++;
    eventually(may_leave);
}

START_TEST(work_does_not_wait_for_work_that_blocks)
{
    static struct work blocked[WORKERS];
    arrived = 0;
    may_leave = false;
    for (unsigned i = 0; i < WORKERS; i++) {
        work_init(&blocked[i], wait_to_leave, NULL);
        work_submit(&blocked[i]);
    }
    eventually(arrived == WORKERS);
    may_leave = true;
    workers_wait_until_idle();
}
END_TEST

START_TEST(work_beyond_the_size_of_the_pool_waits_and_runs)
{
    static struct work blocked[3 * WORKERS];
    arrived = 0;
    may_leave = false;
    for (unsigned i = 0; i < 3 * WORKERS; i++) {
        work_init(&blocked[i], wait_to_leave, NULL);
        work_submit(&blocked[i]);
    }
    eventually(arrived == WORKERS);
    may_leave = true;
    workers_wait_until_idle();
    ck_assert_uint_eq(arrived, 3 * WORKERS);
}
END_TEST

START_TEST(waiting_until_idle_waits_for_work_that_blocks)
{
    static struct work blocked;
    arrived = 0;
    may_leave = false;
    work_init(&blocked, wait_to_leave, NULL);
    work_submit(&blocked);
    eventually(arrived == 1);
    work_init(&work, note_run, NULL);
    work_submit(&work);
    may_leave = true;
    workers_wait_until_idle();
    ck_assert_uint_eq(runs, 1);
}
END_TEST

/* ---- work for the end of a scope ---- */

static void meet(struct work *own)
{
    (void)own;
    arrived++;
    eventually(arrived == 2);
}

/* Two queues whose callbacks wait for each other, both told to dispatch under one lock (S2.17). */
START_TEST(two_works_of_a_scope_do_not_wait_for_each_other)
{
    struct work both[2];
    struct work_scope scope;
    arrived = 0;
    work_scope_begin(&scope);
    for (unsigned i = 0; i < 2; i++) {
        work_init(&both[i], meet, NULL);
        work_submit_after(&both[i]);
    }
    work_scope_end(&scope);
    workers_wait_until_idle();
    ck_assert_uint_eq(arrived, 2);
}
END_TEST

/* ---- many submitters ---- */

#define SUBMITTERS 4
#define EACH       500

static void count_run(struct work *own)
{
    (void)own;
    runs++;
}

static void submit_many(void *argument)
{
    struct work *many = argument;
    for (unsigned i = 0; i < EACH; i++) {
        work_init(&many[i], count_run, NULL);
        work_submit(&many[i]);
    }
}

START_TEST(nothing_is_lost_when_many_submit)
{
    static struct work many[SUBMITTERS][EACH];
    struct port_thread submitters[SUBMITTERS];
    for (unsigned i = 0; i < SUBMITTERS; i++)
        ck_assert_int_eq(port_thread_start(&submitters[i], "submitter", submit_many, many[i]), 0);
    for (unsigned i = 0; i < SUBMITTERS; i++)
        port_thread_join(&submitters[i]);
    workers_wait_until_idle();
    ck_assert_uint_eq(runs, SUBMITTERS * EACH);
}
END_TEST

/* ---- the end; these tests stop the pool themselves ---- */

START_TEST(stopping_runs_what_is_left)
{
    static struct work many[EACH];
    start();
    submit_many(many);
    workers_stop();
    ck_assert_uint_eq(runs, EACH);
}
END_TEST

START_TEST(a_stopped_pool_can_be_started_again)
{
    for (unsigned i = 0; i < 10; i++) {
        start();
        submit_and_wait();
        workers_stop();
    }
    ck_assert_uint_eq(runs, 10);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("worker");

    TCase *running = tcase_create("running");
    tcase_add_checked_fixture(running, reset, NULL);
    tcase_add_checked_fixture(running, start, workers_stop);
    tcase_set_timeout(running, 60);
    tcase_add_test(running, submitted_work_runs_once);
    tcase_add_test(running, work_runs_at_passive_level);
    tcase_add_test(running, work_runs_in_another_thread);
    tcase_add_test(running, work_may_be_submitted_again_after_it_has_run);
    tcase_add_test(running, work_may_submit_itself_again);
    tcase_add_test(running, waiting_with_nothing_submitted_returns);
    tcase_add_test(running, work_does_not_wait_for_work_that_blocks);
    tcase_add_test(running, work_beyond_the_size_of_the_pool_waits_and_runs);
    tcase_add_test(running, waiting_until_idle_waits_for_work_that_blocks);
    tcase_add_test(running, two_works_of_a_scope_do_not_wait_for_each_other);
    tcase_add_test(running, nothing_is_lost_when_many_submit);
    suite_add_tcase(suite, running);

    TCase *stopping = tcase_create("stopping");
    tcase_add_checked_fixture(stopping, reset, NULL);
    tcase_set_timeout(stopping, 60);
    tcase_add_test(stopping, stopping_runs_what_is_left);
    tcase_add_test(stopping, a_stopped_pool_can_be_started_again);
    suite_add_tcase(suite, stopping);
    return unit_run(suite);
}
