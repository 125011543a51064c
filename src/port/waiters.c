/* See waiters.h. */
#include "port/waiters.h"

#include <stdatomic.h>
#include <stddef.h>

#include "port/thread.h"

/* Of one that has been taken by nobody the lock is NULL. */
static struct {
    _Atomic(const void *) lock;
    atomic_uint thread;
} places[WAITERS_MAX];

/* Each thread begins to look at another place. */
unsigned waiters_add(const void *lock)
{
    unsigned number = port_thread_number();
    for (unsigned i = 0; i < WAITERS_MAX; i++) {
        unsigned place = (number + i) % WAITERS_MAX;
        const void *nobody = NULL;
        if (atomic_load_explicit(&places[place].lock, memory_order_relaxed) != NULL ||
            !atomic_compare_exchange_strong(&places[place].lock, &nobody, lock))
            continue;
        atomic_store_explicit(&places[place].thread, number, memory_order_relaxed);
        return place;
    }
    return WAITERS_MAX;
}

void waiters_remove(unsigned place)
{
    if (place == WAITERS_MAX)
        return;
    atomic_store_explicit(&places[place].thread, 0, memory_order_relaxed);
    atomic_store_explicit(&places[place].lock, NULL, memory_order_release);
}

unsigned waiters_of(const void *lock, unsigned *threads, unsigned capacity)
{
    unsigned count = 0;
    for (unsigned i = 0; i < WAITERS_MAX; i++) {
        unsigned thread = atomic_load_explicit(&places[i].thread, memory_order_relaxed);
        if (thread == 0 || atomic_load_explicit(&places[i].lock, memory_order_acquire) != lock)
            continue;
        if (count < capacity)
            threads[count] = thread;
        count++;
    }
    return count;
}
