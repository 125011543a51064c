/*
 * Threads, locks and condition variables: the only door to pthread.
 *
 * In production the caller gets pthread itself, except for locks (port/mutex.h). Failures
 * that only a broken program can cause (unlocking what is not locked) are assertions; failures that
 * a loaded machine can cause (no more threads) are statuses.
 */
#ifndef WDFUSE_PORT_THREAD_H
#define WDFUSE_PORT_THREAD_H

#ifdef PORT_EXPLORE
#include "port/explore/thread.h"
#else

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "port/annotations.h"
#include "port/clock.h"
#include "port/duration.h"
#include "port/mutex.h"

struct port_thread {
    pthread_t native;
};

/* An identity that can be compared and stored atomically; PORT_NO_THREAD is nobody's. */
typedef uintptr_t port_thread_id;
#define PORT_NO_THREAD                    ((port_thread_id)0)

static inline struct port_mutex *port_raw_lock_for_scope(struct port_mutex *mutex)
{
    port_raw_lock(mutex);
    return mutex;
}

static inline void port_raw_scope_end(struct port_mutex **mutex)
{
    port_raw_unlock(*mutex);
}

/* A lock for the rest of the enclosing block, after what is said to the compiler about it. */
#define PORT_RAW_SCOPE(saying, mutex, id) PORT_RAW_SCOPE_EXPANDED(saying, mutex, id)
#define PORT_RAW_SCOPE_EXPANDED(saying, mutex, id)                                                 \
    __attribute__((cleanup(port_raw_scope_end), unused)) struct port_mutex *locked_scope_##id =    \
        (saying, port_raw_lock_for_scope(mutex))

/* One wait of a loop: true when it is time to say what is being waited for. The patience is the
 * loop's own. */
static inline bool port_condition_wait_aloud(struct port_condition *condition,
                                             struct port_mutex *mutex,
                                             struct port_patience *patience)
{
    if (patience->began == 0)
        port_patience_begin(patience, port_clock_deadline(0));
    if (port_condition_wait_until(condition, mutex, port_patience_deadline(patience)))
        return false;
    return port_patience_is_over(patience, port_clock_deadline(0));
}

/*
 * Starts a thread with every signal blocked except those that it raises itself: the others
 * belong to the host's main thread. Returns 0 or -errno.
 */
int port_thread_start(struct port_thread *thread, const char *name, void (*body)(void *),
                      void *argument);

/* Threads that are started from now on have a stack for signal handlers (sigaltstack(2)), as large
 * as this. */
#define PORT_SIGNAL_STACK_SIZE                  32768
void port_thread_give_signal_stacks(void);

static inline void port_thread_join(struct port_thread *thread)
{
    pthread_join(thread->native, NULL);
}

static inline port_thread_id port_thread_self(void)
{
    return (port_thread_id)pthread_self();
}

/*
 * A thread that stays behind runs on one CPU, and there only while no other thread wants to
 * (SCHED_IDLE). To the scheduler that CPU is as good as idle: a thread that is woken on it stays
 * there, and goes first. On a CPU that somebody else needs, such a thread may not run for seconds.
 *
 * What it starts meanwhile does not stay behind, unless by posix_spawn(3) or system(3), or a thread
 * with attributes of its own (pthread_attr_init(3)): those inherit.
 */

/* Whether the process is allowed to let threads stay behind and, which is the point, to bring them
 * back. */
bool port_thread_may_stay_behind(void);

/* For a process that will lose the privilege to bring them back. Before the first thread is
 * started. */
void port_thread_forbid_staying_behind(void);

/* The calling thread. False, and nothing is changed, if it can't be done: not on that CPU, or
 * never. */
bool port_thread_stay_behind(unsigned cpu);

/* The calling thread stays off that CPU if it may run on another one: it would be in somebody's
 * way. */
void port_thread_keep_off(unsigned cpu);

/* The calling thread runs on that CPU alone, as any other there. False, and nothing is changed, if
 * it can't be done. Whether a thread may, as far as the process goes. */
bool port_thread_pin(unsigned cpu);
bool port_thread_may_run_on(unsigned cpu);

/* The calling thread runs as any other again, where the process may; or another one does. */
void port_thread_roam(void);
void port_thread_let_roam(const struct port_thread *thread);

/* How many CPUs the calling thread is allowed to run on; at least 1. */
unsigned port_thread_cpu_count(void);

/* How many CPUs the machine may have, with those that are off or not there yet; at least 1. */
unsigned port_thread_cpu_count_possible(void);

/*
 * Has the calling thread's system calls end early (EINTR) when another thread interrupts it. One
 * that comes before the call has begun is lost, so an interrupter repeats it until it has an
 * effect.
 */
void port_thread_allow_interrupts(void);
void port_thread_interrupt(const struct port_thread *thread);

/* For what a driver does to its own thread; nothing inside sleeps. */
static inline void port_thread_sleep(uint64_t nanoseconds)
{
    struct timespec left = {
        .tv_sec = (time_t)(nanoseconds / 1000000000u),
        .tv_nsec = (long)(nanoseconds % 1000000000u),
    };
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
        ;
}

static inline void port_thread_yield(void)
{
    sched_yield();
}

/*
 * A variable that each thread has for itself. The library is there from the start, so that no call
 * has to find it, and a signal handler may look at it.
 */
#define PORT_THREAD_LOCAL                       _Thread_local __attribute__((tls_model("initial-exec")))

/* The calling thread's number, as the system's tools show it. For messages. */
extern PORT_THREAD_LOCAL unsigned port_known_number; /* 0: not asked for yet */
unsigned port_thread_ask_number(void);
static inline unsigned port_thread_number(void)
{
    return port_known_number != 0 ? port_known_number : port_thread_ask_number();
}

/*
 * What only an exploration (port/explore/thread.h) does something with: a point before an atomic
 * operation that other threads may see without a lock; one where the driver calls; a lock that
 * drivers know, and may be called back with; a line for the trace, with the object it speaks of,
 * also for a callback of the driver; the end of a schedule in which a rule was broken.
 */
#define port_atomic_point(object)               ((void)0)
#define port_call_point(function, handle)       ((void)0)
#define port_mutex_is_drivers(mutex)            ((void)0)
#define port_callback(text, object)             ((void)0)
#define port_note(text, object)                 ((void)0)
#define port_violation(function, message, rule) ((void)0)

#endif

#include "port/lock.h"

#endif
