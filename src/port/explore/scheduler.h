/*
 * The scheduler of an exploration: logical threads, virtual time, and what ends a schedule.
 *
 * A schedule is one run of a body with every thread that it starts, under a strategy that decides
 * at each point who goes on. It ends well when all threads have ended, and badly at the first
 * broken rule; then nothing of it can be used again and the process should report and end.
 *
 * There is one thread of the system, so that nothing here needs a lock.
 */
#ifndef WDFUSE_PORT_EXPLORE_SCHEDULER_H
#define WDFUSE_PORT_EXPLORE_SCHEDULER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "port/explore/thread.h"

/* Logical threads at a time. */
#define EXPLORE_THREADS_MAX 64

/* One decision: which of these goes on. */
struct explore_choice {
    unsigned count;           /* at least 2 */
    const unsigned char *ids; /* of the threads that can go on, below EXPLORE_THREADS_MAX */
    unsigned timed_count;     /* the last so many of them go on because time passes */
    int current;              /* index of the thread that has just run; -1 if it can't go on */
    uint64_t step;            /* decisions and forced moves so far in this schedule */
    uint64_t state;           /* the same for equivalent histories: see scheduler.c */
};

/* Who decides. A strategy may keep anything behind this. */
struct explore_strategy {
    void (*begin)(struct explore_strategy *strategy);
    /* An index into choice->ids. */
    unsigned (*choose)(struct explore_strategy *strategy, const struct explore_choice *choice);
    /* May be NULL: a thread of that number is new. */
    void (*started)(struct explore_strategy *strategy, unsigned id);
    /* May be NULL: it waits for others without saying for what, or is the timer's and has been
     * served. */
    void (*yielded)(struct explore_strategy *strategy, unsigned id, bool by_timer);
};

enum explore_failure {
    EXPLORE_NO_FAILURE,
    EXPLORE_DEADLOCK,  /* threads wait for each other's locks, in a cycle */
    EXPLORE_HANG,      /* nobody can go on: what they wait for will not happen */
    EXPLORE_LIVELOCK,  /* it goes on and on */
    EXPLORE_VIOLATION, /* somebody noticed a broken rule */
    EXPLORE_FAULT,     /* a signal of the processor */
    EXPLORE_ESCAPE,    /* the driver has left what can be explored */
};

struct explore_result {
    enum explore_failure failure;
    char message[768];
    uint64_t steps;
    unsigned threads_max; /* at a time */
};

/* A schedule with more steps than that is a livelock. */
extern uint64_t explore_steps_max;

/* Runs one schedule. The virtual clock starts anew. */
void explore_run(struct explore_strategy *strategy, void (*body)(void *), void *argument,
                 struct explore_result *result);

/* True within a schedule, in one of its threads. */
bool explore_is_running(void);

/* Steps of all schedules so far: whoever watches for a standstill looks at it from a signal
 * handler. */
extern volatile uint64_t explore_pulse;

/* The name of the logical thread that runs, or "nobody". */
const char *explore_thread_name(void);

/* Ends the schedule with a failure; returns only outside of one. */
void explore_fail(enum explore_failure failure, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- for the body ---- */

/* Threads whose steps count as progress: the body's own. Others only serve. */
void explore_thread_is_principal(struct port_thread *thread);

/* Waits until the event is set, or no other thread can go on, or only time passes and nothing comes
 * of it. */
struct explore_event;
void explore_wait_until_idle(struct explore_event *event);

/* For threads that run timers: waits until the alarm (port_alarm_set) is due, moving time there.
 * False once explore_alarms_stop was called. */
bool explore_alarm_wait(void);
void explore_alarms_stop(void);

/* Something that happens once, or again after it was reset: for answers that a client waits for. */
struct explore_event {
    bool is_set;
    struct explore_thread *waiter; /* one at most */
    struct explore_history history;
};
void explore_event_reset(struct explore_event *event);
void explore_event_set(struct explore_event *event);
void explore_event_wait(struct explore_event *event, const struct explore_site *site);

/* The time was looked at: what the thread does next may follow from it. */
void explore_clock_was_read(void);

/* ---- what happened ---- */

/* About how many distinct states all schedules so far have been in, within a few per cent. */
double explore_distinct_states(void);

/* The steps of the last schedule, one line each, oldest first; of a long one the last ones. */
void explore_trace_print(FILE *file);

/* Fails if the running thread holds a lock: whoever was called has come back with it. */
void explore_check_no_lock(const char *after);

/* A line of the trace: what the running thread is about. The text must last. */
void explore_note_text(const char *text);

/* Where each thread of the failed schedule is. */
void explore_threads_print(FILE *file);

#endif
