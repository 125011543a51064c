/* Waiting for locks and conditions, and waking. See mutex.h. */
#include "port/mutex.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "port/waiters.h"

/* Sleeps while there is that value, at most until then (NULL: for ever). False: it is later. */
static bool sleep_while(_Atomic uint32_t *word, uint32_t value, const struct timespec *deadline)
{
    int operation = FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG;
    return syscall(SYS_futex, word, operation, value, deadline, NULL, FUTEX_BITSET_MATCH_ANY) ==
               0 ||
           errno != ETIMEDOUT;
}

/* The word may be gone by now. Then nobody sleeps there, or a thread that wakes looks again. */
static void wake(_Atomic uint32_t *word, int count)
{
    syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, count, NULL, NULL, 0);
}

/* ---- mutexes ---- */

static bool take_as_awaited(struct port_mutex *mutex)
{
    return atomic_exchange_explicit(&mutex->state, PORT_MUTEX_AWAITED, memory_order_acquire) ==
           PORT_MUTEX_FREE;
}

/* A thread that has slept takes it as awaited: there may be others, which it will have to wake. */
void port_mutex_wait_for(struct port_mutex *mutex)
{
    if (take_as_awaited(mutex))
        return;
    unsigned place = waiters_add(mutex);
    do {
        sleep_while(&mutex->state, PORT_MUTEX_AWAITED, NULL);
    } while (!take_as_awaited(mutex));
    waiters_remove(place);
}

void port_mutex_wake_one(struct port_mutex *mutex)
{
    wake(&mutex->state, 1);
}

/* ---- condition variables ---- */

/* The number of signals is read before the lock is given back: one that comes later is not slept
 * through. */
static bool wait_for_signal(struct port_condition *condition, struct port_mutex *mutex,
                            const struct timespec *deadline)
{
    atomic_fetch_add_explicit(&condition->waiters, 1, memory_order_relaxed);
    uint32_t signals = atomic_load_explicit(&condition->signals, memory_order_relaxed);
    port_raw_unlock(mutex);
    bool is_in_time = sleep_while(&condition->signals, signals, deadline);
    atomic_fetch_sub_explicit(&condition->waiters, 1, memory_order_relaxed);
    port_raw_lock(mutex);
    return is_in_time;
}

void port_condition_wait(struct port_condition *condition, struct port_mutex *mutex)
{
    wait_for_signal(condition, mutex, NULL);
}

bool port_condition_wait_until(struct port_condition *condition, struct port_mutex *mutex,
                               uint64_t deadline)
{
    const struct timespec when = {
        .tv_sec = (time_t)(deadline / 1000000000u),
        .tv_nsec = (long)(deadline % 1000000000u),
    };
    return wait_for_signal(condition, mutex, &when);
}

void port_condition_wake(struct port_condition *condition, int count)
{
    atomic_fetch_add_explicit(&condition->signals, 1, memory_order_relaxed);
    wake(&condition->signals, count);
}
