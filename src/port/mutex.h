/*
 * A mutex and a condition variable on futex(2). A part of port/thread.h.
 *
 * Those of the C library serve every kind of mutex there is, and find out with each call which one
 * it has before it: about 70 instructions to take a lock that is free and give it back, several
 * times for each request. Here that is one atomic instruction each way; only a thread that has to
 * wait, or to wake another one, calls a function. There is no queue: a thread that runs takes a
 * lock before one that is still being woken.
 *
 * ThreadSanitizer is told what is a lock, so that it finds locks that are taken in two orders.
 */
#ifndef WDFUSE_PORT_MUTEX_H
#define WDFUSE_PORT_MUTEX_H

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "port/annotations.h"

#if defined(__SANITIZE_THREAD__)
#define PORT_TELLS_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define PORT_TELLS_TSAN 1
#endif
#endif
#ifdef PORT_TELLS_TSAN
#include <sanitizer/tsan_interface.h>
#define PORT_TSAN(call) call
#else
#define PORT_TSAN(call) ((void)0)
#endif

enum { PORT_MUTEX_FREE, PORT_MUTEX_TAKEN, PORT_MUTEX_AWAITED };

struct CAPABILITY("mutex") port_mutex {
    _Atomic uint32_t state; /* AWAITED: taken, and somebody may be asleep until it is free */
};

struct port_condition {
    _Atomic uint32_t waiters;
    _Atomic uint32_t signals; /* how many there have been; what waiters sleep on */
};

/* ---- mutexes ---- */

#define PORT_MUTEX_INITIALIZER                                                                     \
    {                                                                                              \
        PORT_MUTEX_FREE                                                                            \
    }

static inline void port_mutex_init(struct port_mutex *mutex)
{
    atomic_init(&mutex->state, PORT_MUTEX_FREE);
    PORT_TSAN(__tsan_mutex_create(mutex, __tsan_mutex_not_static));
}

static inline void port_mutex_destroy(struct port_mutex *mutex)
{
    assert(atomic_load_explicit(&mutex->state, memory_order_relaxed) == PORT_MUTEX_FREE);
    PORT_TSAN(__tsan_mutex_destroy(mutex, 0));
    (void)mutex;
}

/* For the functions below: when the lock is taken; when somebody may be asleep. */
void port_mutex_wait_for(struct port_mutex *mutex);
void port_mutex_wake_one(struct port_mutex *mutex);

/* What port/lock.h takes locks by. */
static inline bool port_raw_try_lock(struct port_mutex *mutex)
{
    uint32_t state = PORT_MUTEX_FREE;
    PORT_TSAN(__tsan_mutex_pre_lock(mutex, __tsan_mutex_try_lock));
    bool is_taken = atomic_compare_exchange_strong_explicit(
        &mutex->state, &state, PORT_MUTEX_TAKEN, memory_order_acquire, memory_order_relaxed);
    PORT_TSAN(__tsan_mutex_post_lock(
        mutex, __tsan_mutex_try_lock | (is_taken ? 0 : __tsan_mutex_try_lock_failed), 0));
    return is_taken;
}

static inline void port_raw_lock(struct port_mutex *mutex)
{
    uint32_t state = PORT_MUTEX_FREE;
    PORT_TSAN(__tsan_mutex_pre_lock(mutex, 0));
    if (!atomic_compare_exchange_strong_explicit(&mutex->state, &state, PORT_MUTEX_TAKEN,
                                                 memory_order_acquire, memory_order_relaxed))
        port_mutex_wait_for(mutex);
    PORT_TSAN(__tsan_mutex_post_lock(mutex, 0, 0));
}

static inline void port_raw_unlock(struct port_mutex *mutex)
{
    PORT_TSAN(__tsan_mutex_pre_unlock(mutex, 0));
    uint32_t state = atomic_exchange_explicit(&mutex->state, PORT_MUTEX_FREE, memory_order_release);
    assert(state != PORT_MUTEX_FREE);
    if (state == PORT_MUTEX_AWAITED)
        port_mutex_wake_one(mutex);
    PORT_TSAN(__tsan_mutex_post_unlock(mutex, 0));
}

/* ---- condition variables ---- */

#define PORT_CONDITION_INITIALIZER                                                                 \
    {                                                                                              \
        0, 0                                                                                       \
    }

static inline void port_condition_init(struct port_condition *condition)
{
    atomic_init(&condition->waiters, 0);
    atomic_init(&condition->signals, 0);
}

static inline void port_condition_destroy(struct port_condition *condition)
{
    assert(atomic_load_explicit(&condition->waiters, memory_order_relaxed) == 0);
    (void)condition;
}

/* As everywhere, they may return without a signal. */
void port_condition_wait(struct port_condition *condition, struct port_mutex *mutex);

/*
 * Waits until signalled or until that point of CLOCK_MONOTONIC, in nanoseconds, so that setting the
 * system's time does not stretch a wait. Returns false when the time is over. The deadline is real
 * time even under the virtual clock: it bounds a wait, it is not part of a test's story.
 */
bool port_condition_wait_until(struct port_condition *condition, struct port_mutex *mutex,
                               uint64_t deadline);

/* For the functions below: when somebody waits. */
void port_condition_wake(struct port_condition *condition, int count);

/*
 * With the lock that waiters hold, or after it was given back: a thread that has seen the old state
 * has been counted by then.
 */
static inline void port_condition_signal(struct port_condition *condition)
{
    if (atomic_load_explicit(&condition->waiters, memory_order_relaxed) > 0)
        port_condition_wake(condition, 1);
}

static inline void port_condition_broadcast(struct port_condition *condition)
{
    if (atomic_load_explicit(&condition->waiters, memory_order_relaxed) > 0)
        port_condition_wake(condition, INT32_MAX);
}

#endif
