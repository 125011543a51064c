/*
 * The scheduler's inside, shared by its files: scheduler.c decides and switches, operations.c is
 * what threads do, trace.c and standstill.c report, states.c counts.
 */
#ifndef WDFUSE_PORT_EXPLORE_INTERNAL_H
#define WDFUSE_PORT_EXPLORE_INTERNAL_H

#include "port/explore/clock.h"
#include "port/explore/coroutine.h"
#include "port/explore/scheduler.h"

/* Bytes of all variables that each thread has for itself, with what a sanitizer puts between
 * them. */
#define LOCALS_MAX 512

#define TRACE_LENGTH (1u << 15)

enum operation {
    OPERATION_RUN, /* nothing to wait for */
    OPERATION_START,
    OPERATION_YIELD,
    OPERATION_ATOMIC,
    OPERATION_CALL,
    OPERATION_LOCK,
    OPERATION_UNLOCK,
    OPERATION_WAIT,
    OPERATION_WAKE,
    OPERATION_TIMEOUT,
    OPERATION_SPAWN,
    OPERATION_JOIN,
    OPERATION_ALARM,
    OPERATION_EVENT,
    OPERATION_IDLE,
    OPERATION_NOTE,
    OPERATION_TEXT,
    OPERATION_END,
};

struct explore_thread {
    struct coroutine coroutine;
    unsigned id;
    uint64_t bit; /* 1 << id */
    const char *name;
    void (*body)(void *);
    void *argument;
    bool is_principal;
    bool has_ended;
    uint64_t history;

    /* The pending operation. */
    enum operation operation;
    const struct explore_site *site;
    void *object;             /* the mutex, condition or thread */
    struct port_mutex *mutex; /* of a wait */
    uint64_t deadline;        /* of a wait or sleep */
    uint64_t waits_since;
    bool was_timeout;
    unsigned internal_locks; /* locks of the framework that it holds */
    unsigned driver_locks;   /* and those that drivers know */
    const char *called;      /* function of the last call point */
    uint64_t called_at;      /* and its step */

    uint64_t locals[LOCALS_MAX / sizeof(uint64_t)]; /* while it does not run */
};

struct trace_entry {
    const char *thread;
    const char *text; /* of a call, the function's name */
    const struct explore_site *site;
    const void *object;
    enum operation operation;
    uint32_t step;
};

struct scheduler {
    struct explore_thread threads[EXPLORE_THREADS_MAX];
    unsigned threads_made; /* so many have a stack */
    unsigned char free_ids[EXPLORE_THREADS_MAX];
    unsigned free_count;
    struct explore_thread *live[EXPLORE_THREADS_MAX]; /* in order of creation */
    unsigned live_count;
    struct explore_thread *current; /* NULL outside of a schedule */
    struct coroutine host;

    /* Threads by their bits. */
    uint64_t ready;              /* wait for nothing, or for a lock */
    uint64_t sleepers;           /* go on when their deadline comes, if nothing else comes first */
    uint64_t alarm_waiters;      /* when the alarm is due */
    struct explore_thread *idle; /* when nobody else can */

    struct explore_strategy *strategy;
    struct explore_result *result;
    uint64_t schedule; /* number of this one */
    uint64_t step;
    uint64_t signature;
    uint64_t waits;
    unsigned lonely_expiries;
    bool alarms_are_stopped;

    struct trace_entry trace[TRACE_LENGTH];
    uint64_t trace_count;
};
extern struct scheduler scheduler;

/* ---- histories ---- */

extern struct explore_history explore_clock_history; /* of the virtual time */

static inline uint64_t mix(uint64_t value)
{
    value ^= value >> 32;
    value *= 0xD6E8FEB86659FD93ull;
    value ^= value >> 32;
    value *= 0xD6E8FEB86659FD93ull;
    value ^= value >> 32;
    return value;
}

static inline void set_history(struct explore_thread *thread, uint64_t history)
{
    scheduler.signature ^= thread->history ^ history;
    thread->history = history;
}

static inline void history_begin(struct explore_history *history)
{
    history->schedule = scheduler.schedule;
    history->hash = scheduler.current != NULL ? mix(scheduler.current->history + 1) : 0;
}

static inline void history_meet(struct explore_thread *thread, struct explore_history *history)
{
    if (history->schedule != scheduler.schedule) {
        /* One that was there before: its place in the program is the same in each process. */
        *history = (struct explore_history){.hash = (uintptr_t)history - (uintptr_t)&scheduler,
                                            .schedule = scheduler.schedule};
    }
    uint64_t both = mix(thread->history * 3 + history->hash);
    history->hash = both;
    /* The thread's number is part of its own, lest two that meet cancel each other in the
     * signature. */
    set_history(thread, both + thread->id);
}

/* ---- deciding ---- */

/* False for what lies in memory that was freed. */
static inline bool is_thread(const struct explore_thread *thread)
{
    return thread >= scheduler.threads && thread < scheduler.threads + EXPLORE_THREADS_MAX;
}

static inline bool is_blocked(const struct explore_thread *thread)
{
    return thread->operation == OPERATION_LOCK &&
           ((struct port_mutex *)thread->object)->owner != NULL;
}

/* Whose time can come. */
static inline uint64_t timed_threads(void)
{
    return scheduler.sleepers |
           (explore_alarm_due() != PORT_CLOCK_NEVER ? scheduler.alarm_waiters : 0);
}

static inline void make_ready(struct explore_thread *thread)
{
    scheduler.ready |= thread->bit;
    scheduler.sleepers &= ~thread->bit;
    scheduler.alarm_waiters &= ~thread->bit;
}

/* Somebody goes on, perhaps self at once; returns when self does. */
void explore_reschedule(struct explore_thread *self);

/* The point: announces the operation of the running thread, and returns when it is to be carried
 * out. */
static inline void announce(struct explore_thread *self, enum operation operation,
                            const struct explore_site *site, void *object)
{
    self->operation = operation;
    self->site = site;
    self->object = object;
    scheduler.step++;
    explore_pulse++;
    /* Mostly nobody else can go on: there is nothing to decide. */
    if (scheduler.ready != self->bit || timed_threads() != 0 || is_blocked(self) ||
        scheduler.step > explore_steps_max)
        explore_reschedule(self);
    /* Where it is, is part of the state. */
    set_history(self, self->history * 0x2545F4914F6CDD1Dull + 1);
}

/* The same, of one that has to wait for somebody else's doing. */
static inline void block(struct explore_thread *self, enum operation operation,
                         const struct explore_site *site, void *object)
{
    scheduler.ready &= ~self->bit;
    announce(self, operation, site, object);
}

/* ---- reporting ---- */

static inline void record(enum operation operation, const struct explore_site *site,
                          const void *object)
{
    scheduler.trace[scheduler.trace_count++ % TRACE_LENGTH] = (struct trace_entry){
        .thread = scheduler.current->name,
        .site = site,
        .object = object,
        .operation = operation,
        .step = (uint32_t)scheduler.step,
    };
}

/* The file of a site, without its folders. */
const char *explore_site_file(const struct explore_site *site);

/* True if threads wait for each other's locks in a cycle. */
bool explore_has_cycle(void);

/* Ends the schedule, in which nobody can go on. */
void explore_fail_for_standstill(void);

/* Remembers where all threads are, for explore_threads_print. */
void explore_keep_threads(void);

/* Counts the present state, if it is a new one. */
void explore_count_state(void);

#endif
