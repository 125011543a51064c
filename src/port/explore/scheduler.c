/*
 * The scheduler. See scheduler.h.
 *
 * Each thread that does not run has a pending operation, and can go on when that can be carried
 * out. At a point the running thread announces its operation, the strategy chooses among all that
 * can go on, and the chosen one carries out what it had announced. So no thread waits for a mutex:
 * one that cannot have it is not chosen.
 *
 * Histories. Two schedules that differ only in the order of operations on different objects are
 * equivalent. Each thread and each object has a number for what has happened to it; an operation of
 * a thread on an object makes both the same new number, a hash of the two old ones. All threads'
 * numbers together are the state's signature, the same for equivalent schedules: what a thread does
 * between two points follows from its history, if the driver's own variables are guarded by what is
 * visible here.
 */

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "port/explore/clock.h"
#include "port/explore/internal.h"

/* Expiries in a row during which no principal thread does anything: then it is not time that they
 * wait for. */
#define LONELY_EXPIRIES_MAX 100

uint64_t explore_steps_max = 100000;
volatile uint64_t explore_pulse;

struct scheduler scheduler;

/* The variables of the running thread: a section that the linker puts together. */
extern uint64_t locals_start[] __asm__("__start_explore_locals");
extern uint64_t locals_stop[] __asm__("__stop_explore_locals");
static PORT_THREAD_LOCAL uint64_t locals_exist = 0;
static uint64_t pristine_locals[LOCALS_MAX / sizeof(uint64_t)];

/*
 * Whole words, one by one: memcpy would be told by AddressSanitizer that there is something between
 * the variables, and so there is.
 */
static __attribute__((no_sanitize("address"))) void copy_locals(volatile uint64_t *to,
                                                                const volatile uint64_t *from)
{
    for (ptrdiff_t i = 0; i < locals_stop - locals_start; i++)
        to[i] = from[i];
}

/* ---- the end of a schedule ---- */

void explore_fail(enum explore_failure failure, const char *format, ...)
{
    struct explore_thread *self = scheduler.current;
    if (self == NULL)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(scheduler.result->message, sizeof(scheduler.result->message), format, arguments);
    va_end(arguments);
    scheduler.result->failure = failure;
    explore_keep_threads();
    coroutine_leave(&self->coroutine, &scheduler.host);
}

void explore_violation(const char *function, const char *message, const char *rule)
{
    explore_fail(EXPLORE_VIOLATION, "%s%s%s%s%s%s", function != NULL ? function : "",
                 function != NULL ? ": " : "", message, rule != NULL ? " (" : "",
                 rule != NULL ? rule : "", rule != NULL ? ")" : "");
}

/* ---- choosing ---- */

struct candidates {
    unsigned char ids[EXPLORE_THREADS_MAX];
    unsigned count; /* those that can go on now; timed ones come after them */
    unsigned timed_count;
    uint64_t earliest;
    int current;
};

/* Of all that wait for time to pass, those that come first. */
static void add_timed(struct candidates *candidates)
{
    candidates->earliest = PORT_CLOCK_NEVER;
    for (uint64_t rest = timed_threads(); rest != 0; rest &= rest - 1) {
        unsigned id = (unsigned)__builtin_ctzll(rest);
        bool is_sleeper = (scheduler.sleepers >> id & 1) != 0;
        uint64_t when = is_sleeper ? scheduler.threads[id].deadline : explore_alarm_due();
        if (when > candidates->earliest)
            continue;
        if (when < candidates->earliest)
            candidates->timed_count = 0;
        candidates->earliest = when;
        candidates->ids[candidates->count + candidates->timed_count++] = (unsigned char)id;
    }
}

static void collect(struct candidates *candidates, const struct explore_thread *self)
{
    candidates->count = candidates->timed_count = 0;
    candidates->current = -1;
    for (uint64_t rest = scheduler.ready; rest != 0; rest &= rest - 1) {
        unsigned id = (unsigned)__builtin_ctzll(rest);
        const struct explore_thread *thread = &scheduler.threads[id];
        if (is_blocked(thread))
            continue;
        if (thread == self)
            candidates->current = (int)candidates->count;
        candidates->ids[candidates->count++] = (unsigned char)id;
    }
    add_timed(candidates);
}

static struct explore_thread *choose_among(const struct candidates *candidates)
{
    struct explore_choice choice = {
        .count = candidates->count + candidates->timed_count,
        .ids = candidates->ids,
        .timed_count = candidates->timed_count,
        .current = candidates->current,
        .step = scheduler.step,
        .state = scheduler.signature,
    };
    if (choice.count == 1)
        return &scheduler.threads[candidates->ids[0]];
    explore_count_state();
    return &scheduler
                .threads[candidates->ids[scheduler.strategy->choose(scheduler.strategy, &choice)]];
}

/* Its time has come. */
static void end_sleep(struct explore_thread *thread, uint64_t now)
{
    make_ready(thread);
    port_clock_set_virtual(now);
    history_meet(thread, &explore_clock_history);
    if (thread->operation == OPERATION_ALARM)
        return;
    thread->was_timeout = true;
    thread->operation = thread->mutex != NULL ? OPERATION_LOCK : OPERATION_TIMEOUT;
    thread->object = thread->mutex;
}

/* Only time can help. False: there is nothing to wait for, or time has had its chance. */
static bool time_may_help(const struct candidates *candidates)
{
    return candidates->timed_count > 0 && scheduler.lonely_expiries++ < LONELY_EXPIRIES_MAX;
}

static struct explore_thread *choose_next(struct explore_thread *self)
{
    struct candidates candidates;
    collect(&candidates, self);
    if (candidates.count == 0 && !time_may_help(&candidates)) {
        struct explore_thread *idle = scheduler.idle;
        if (idle == NULL || explore_has_cycle())
            explore_fail_for_standstill();
        scheduler.idle = NULL;
        scheduler.lonely_expiries = 0;
        make_ready(idle);
        return idle;
    }
    struct explore_thread *next = choose_among(&candidates);
    if ((scheduler.ready & next->bit) == 0)
        end_sleep(next, candidates.earliest);
    return next;
}

static void run_thread(struct explore_thread *self, struct explore_thread *next)
{
    copy_locals(self->locals, locals_start);
    copy_locals(locals_start, next->locals);
    scheduler.current = next;
    if (self->has_ended)
        coroutine_leave(&self->coroutine, &next->coroutine);
    else
        coroutine_switch(&self->coroutine, &next->coroutine);
}

void explore_reschedule(struct explore_thread *self)
{
    struct explore_thread *next;
    if (scheduler.step > explore_steps_max)
        explore_fail(EXPLORE_LIVELOCK, "livelock: still going on after %llu steps",
                     (unsigned long long)explore_steps_max);
    do
        next = choose_next(self);
    while (is_blocked(next));
    if (next->is_principal)
        scheduler.lonely_expiries = 0;
    if (next != self)
        run_thread(self, next);
}

/* ---- threads ---- */

static void thread_end(struct explore_thread *self)
{
    if (self->internal_locks + self->driver_locks > 0)
        explore_fail(EXPLORE_VIOLATION, "%s ends with %u locks held", self->name,
                     self->internal_locks + self->driver_locks);
    record(OPERATION_END, NULL, NULL);
    self->has_ended = true;
    unsigned place = 0;
    while (scheduler.live[place] != self)
        place++;
    scheduler.live_count--;
    memmove(&scheduler.live[place], &scheduler.live[place + 1],
            (scheduler.live_count - place) * sizeof(scheduler.live[0]));
    if (scheduler.live_count == 0) {
        scheduler.current = NULL;
        coroutine_leave(&self->coroutine, &scheduler.host);
    }
    for (unsigned i = 0; i < scheduler.live_count; i++) {
        if (scheduler.live[i]->operation == OPERATION_JOIN && scheduler.live[i]->object == self)
            make_ready(scheduler.live[i]);
    }
    scheduler.ready &= ~self->bit;
    self->operation = OPERATION_END;
    scheduler.step++;
    explore_reschedule(self);
}

static void thread_main(void *argument)
{
    struct explore_thread *self = argument;
    set_history(self, mix(self->history + 11));
    record(OPERATION_START, NULL, NULL);
    self->body(self->argument);
    thread_end(self);
}

/* NULL when there are too many, or no memory for another stack. */
static struct explore_thread *take_thread(void)
{
    if (scheduler.free_count > 0)
        return &scheduler.threads[scheduler.free_ids[--scheduler.free_count]];
    if (scheduler.threads_made == EXPLORE_THREADS_MAX)
        return NULL;
    struct explore_thread *thread = &scheduler.threads[scheduler.threads_made];
    if (!coroutine_create(&thread->coroutine))
        return NULL;
    thread->id = scheduler.threads_made++;
    thread->bit = 1ull << thread->id;
    return thread;
}

static struct explore_thread *new_thread(const char *name, void (*body)(void *), void *argument)
{
    struct explore_thread *thread = take_thread();
    if (thread == NULL)
        return NULL;
    thread->name = name;
    thread->body = body;
    thread->argument = argument;
    thread->is_principal = false;
    thread->has_ended = false;
    thread->was_timeout = false;
    thread->called = NULL;
    thread->internal_locks = thread->driver_locks = 0;
    thread->operation = OPERATION_START;
    thread->site = NULL;
    thread->history = 0;
    set_history(thread,
                mix((scheduler.current != NULL ? scheduler.current->history : 0) + 7 + thread->id));
    copy_locals(thread->locals, pristine_locals);
    coroutine_prepare(&thread->coroutine, thread_main, thread);
    scheduler.ready |= thread->bit;
    scheduler.live[scheduler.live_count++] = thread;
    if (scheduler.live_count > scheduler.result->threads_max)
        scheduler.result->threads_max = scheduler.live_count;
    if (scheduler.strategy->started != NULL)
        scheduler.strategy->started(scheduler.strategy, thread->id);
    return thread;
}

int port_thread_start(struct port_thread *thread, const char *name, void (*body)(void *),
                      void *argument)
{
    thread->native = new_thread(name, body, argument);
    if (thread->native == NULL)
        return -EAGAIN;
    struct explore_thread *self = scheduler.current;
    set_history(self, mix(self->history + 5));
    record(OPERATION_SPAWN, NULL, NULL);
    announce(self, OPERATION_RUN, self->site, NULL);
    return 0;
}

void explore_thread_is_principal(struct port_thread *thread)
{
    thread->native->is_principal = true;
}

void explore_thread_join(struct port_thread *thread, const struct explore_site *site)
{
    struct explore_thread *self = scheduler.current;
    if (thread->native->has_ended)
        announce(self, OPERATION_JOIN, site, thread->native);
    else
        block(self, OPERATION_JOIN, site, thread->native);
    record(OPERATION_JOIN, site, NULL);
    set_history(self, mix(self->history * 3 + thread->native->history));
    scheduler.free_ids[scheduler.free_count++] = (unsigned char)thread->native->id;
}

port_thread_id port_thread_self(void)
{
    return (port_thread_id)scheduler.current;
}

unsigned port_thread_number(void)
{
    return scheduler.current != NULL ? scheduler.current->id : 0;
}

bool explore_is_running(void)
{
    return scheduler.current != NULL;
}

const char *explore_thread_name(void)
{
    return scheduler.current != NULL ? scheduler.current->name : "nobody";
}

/* ---- a schedule ---- */

static void keep_pristine_locals(void)
{
    static bool is_kept;
    if (is_kept)
        return;
    is_kept = true;
    locals_exist = 1; /* and so does the section */
    copy_locals(pristine_locals, locals_start);
}

void explore_run(struct explore_strategy *strategy, void (*body)(void *), void *argument,
                 struct explore_result *result)
{
    assert((size_t)(locals_stop - locals_start) <=
           sizeof(pristine_locals) / sizeof(pristine_locals[0]));
    keep_pristine_locals();
    explore_clock_reset();
    *result = (struct explore_result){.failure = EXPLORE_NO_FAILURE};
    scheduler.strategy = strategy;
    scheduler.result = result;
    scheduler.schedule++;
    scheduler.step = scheduler.signature = scheduler.waits = scheduler.trace_count = 0;
    scheduler.lonely_expiries = 0;
    scheduler.alarms_are_stopped = false;
    scheduler.live_count = 0;
    scheduler.ready = scheduler.sleepers = scheduler.alarm_waiters = 0;
    scheduler.idle = NULL;
    scheduler.free_count = 0;
    /* So that the same number is the same thread in each schedule, whatever the last one did. */
    for (unsigned i = scheduler.threads_made; i > 0; i--)
        scheduler.free_ids[scheduler.free_count++] = (unsigned char)(i - 1);

    strategy->begin(strategy);
    struct explore_thread *first = new_thread("main", body, argument);
    if (first == NULL) {
        result->failure = EXPLORE_ESCAPE;
        snprintf(result->message, sizeof(result->message), "no memory for a stack");
        return;
    }
    first->is_principal = true;
    copy_locals(locals_start, first->locals);
    scheduler.current = first;
    coroutine_switch(&scheduler.host, &first->coroutine);
    result->steps = scheduler.step;
    scheduler.current = NULL;
}
