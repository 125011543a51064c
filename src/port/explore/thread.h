/*
 * Threads, locks and condition variables of an exploration: what port/thread.h is when PORT_EXPLORE
 * is defined.
 *
 * Every thread is a coroutine of the one thread of the system, and whichever runs next is the
 * strategy's choice (scheduler.h). Each operation of this file is a *point*: before it is carried
 * out, any other thread may run. The operations know where they were called, for the trace.
 */
#ifndef WDFUSE_PORT_EXPLORE_THREAD_H
#define WDFUSE_PORT_EXPLORE_THREAD_H

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "port/annotations.h"
#include "port/clock.h"
#include "port/duration.h"

struct explore_thread;

/* A place in the source, and what is operated on there. */
struct explore_site {
    const char *object;
    const char *function;
    const char *file;
    int line;
};

#define EXPLORE_SITE(what)                                                                         \
    (__extension__({                                                                               \
        static const struct explore_site explore_site_here = {what, __func__, __FILE__, __LINE__}; \
        &explore_site_here;                                                                        \
    }))

/* What has happened to an object in this schedule, as one number: see scheduler.c. */
struct explore_history {
    uint64_t hash;
    uint64_t schedule; /* the one that hash belongs to */
};

struct CAPABILITY("mutex") port_mutex {
    struct explore_thread *owner;
    bool is_drivers; /* a driver may be called with it held */
    struct explore_history history;
};

struct port_condition {
    struct explore_history history;
};

struct port_thread {
    struct explore_thread *native;
};

typedef uintptr_t port_thread_id;
#define PORT_NO_THREAD ((port_thread_id)0)

#define PORT_MUTEX_INITIALIZER                                                                     \
    {                                                                                              \
        0                                                                                          \
    }
#define PORT_CONDITION_INITIALIZER                                                                 \
    {                                                                                              \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

/* Variables that each logical thread has for itself: the scheduler exchanges them when it
 * switches. */
#define PORT_THREAD_LOCAL __attribute__((section("explore_locals")))

void explore_mutex_init(struct port_mutex *mutex);
/* Drivers know it: they may be called back with it held. */
#define port_mutex_is_drivers(mutex) ((void)((mutex)->is_drivers = true))

void explore_mutex_destroy(struct port_mutex *mutex, const struct explore_site *site);
void explore_mutex_lock(struct port_mutex *mutex, const struct explore_site *site);
bool explore_mutex_try_lock(struct port_mutex *mutex, const struct explore_site *site);
void explore_mutex_unlock(struct port_mutex *mutex, const struct explore_site *site);

#define port_mutex_init(mutex)    explore_mutex_init(mutex)
#define port_mutex_destroy(mutex) explore_mutex_destroy((mutex), EXPLORE_SITE(#mutex))
#define port_raw_lock(mutex)      explore_mutex_lock((mutex), EXPLORE_SITE(#mutex))
#define port_raw_try_lock(mutex)  explore_mutex_try_lock((mutex), EXPLORE_SITE(#mutex))
#define port_raw_unlock(mutex)    explore_mutex_unlock((mutex), EXPLORE_SITE(#mutex))

struct explore_scope {
    struct port_mutex *mutex;
    const struct explore_site *site;
};
static inline void explore_scope_end(struct explore_scope *scope)
{
    explore_mutex_unlock(scope->mutex, scope->site);
}
static inline struct explore_scope explore_scope_begin(struct port_mutex *mutex,
                                                       const struct explore_site *site)
{
    explore_mutex_lock(mutex, site);
    return (struct explore_scope){mutex, site};
}
#define PORT_RAW_SCOPE(saying, mutex, id) PORT_RAW_SCOPE_EXPANDED(saying, mutex, id)
#define PORT_RAW_SCOPE_EXPANDED(saying, mutex, id)                                                 \
    __attribute__((cleanup(explore_scope_end), unused)) struct explore_scope locked_scope_##id =   \
        (saying, explore_scope_begin((mutex), EXPLORE_SITE(#mutex)))

void explore_condition_init(struct port_condition *condition);
/* The deadline is one of the virtual clock: it may come at any time, in the order of deadlines and
 * alarms. */
bool explore_condition_wait(struct port_condition *condition, struct port_mutex *mutex,
                            uint64_t deadline, const struct explore_site *site);
void explore_condition_wake(struct port_condition *condition, bool all,
                            const struct explore_site *site);

#define port_condition_init(condition)    explore_condition_init(condition)
#define port_condition_destroy(condition) ((void)(condition))
#define port_condition_wait(condition, mutex)                                                      \
    ((void)explore_condition_wait((condition), (mutex), PORT_CLOCK_NEVER, EXPLORE_SITE(#condition)))
#define port_condition_wait_until(condition, mutex, deadline)                                      \
    explore_condition_wait((condition), (mutex), (deadline), EXPLORE_SITE(#condition))
/* Patience is not part of an exploration: the scheduler finds a thread that waits for ever. */
#define port_condition_wait_aloud(condition, mutex, patience)                                      \
    ((void)(patience),                                                                             \
     explore_condition_wait((condition), (mutex), PORT_CLOCK_NEVER, EXPLORE_SITE(#condition)) &&   \
         false)
#define port_condition_signal(condition)                                                           \
    explore_condition_wake((condition), false, EXPLORE_SITE(#condition))
#define port_condition_broadcast(condition)                                                        \
    explore_condition_wake((condition), true, EXPLORE_SITE(#condition))

/* Returns 0 or -EAGAIN when there are too many. */
int port_thread_start(struct port_thread *thread, const char *name, void (*body)(void *),
                      void *argument);

void explore_thread_join(struct port_thread *thread, const struct explore_site *site);
#define port_thread_join(thread) explore_thread_join((thread), EXPLORE_SITE("thread"))

/* The identity of no thread outside of a schedule. */
port_thread_id port_thread_self(void);

/* For messages: the same in each replay. */
unsigned port_thread_number(void);

/* Whoever sleeps or yields waits for others: they come first where the strategy is not fair by
 * itself. */
void explore_thread_sleep(uint64_t nanoseconds, const struct explore_site *site);
void explore_thread_yield(const struct explore_site *site);
#define port_thread_sleep(nanoseconds) explore_thread_sleep((nanoseconds), EXPLORE_SITE("sleep"))
#define port_thread_yield()            explore_thread_yield(EXPLORE_SITE("yield"))

/* Before an atomic operation that others may see without a lock. */
void explore_atomic_point(const void *object, const struct explore_site *site);
#define port_atomic_point(object) explore_atomic_point((object), EXPLORE_SITE(#object))

/* Where the driver calls: what it has looked at before may be out of date when the call is carried
 * out. */
void explore_call_point(const char *function, const void *handle);
#define port_call_point(function, handle) explore_call_point((function), (handle))

/* One line for the trace: what happens now, and to what. */
void explore_note(const struct explore_site *site, const void *object);
#define port_note(text, object) explore_note(EXPLORE_SITE(text), (object))

/* The same of a callback of the driver, which must not be called with a lock of the framework
 * held. */
void explore_callback(const struct explore_site *site, const void *object);
#define port_callback(text, object) explore_callback(EXPLORE_SITE(text), (object))

/* A rule is broken: ends the schedule, and does not return within one. Function and rule may be
 * NULL. */
void explore_violation(const char *function, const char *message, const char *rule);
#define port_violation(function, message, rule) explore_violation((function), (message), (rule))

#endif
