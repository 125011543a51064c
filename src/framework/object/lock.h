/*
 * Locks that drivers see: the presentation locks that the framework takes around callbacks (S2),
 * spin locks and wait locks (S9.22-S9.26).
 *
 * All are mutexes underneath: in user space a spinning thread would only keep the holder from
 * running. What makes a lock a spin lock is that its holder is at DISPATCH_LEVEL.
 */
#ifndef WDFUSE_FRAMEWORK_OBJECT_LOCK_H
#define WDFUSE_FRAMEWORK_OBJECT_LOCK_H

#include <stdatomic.h>
#include <stdbool.h>

#include <wdf.h>

#include "framework/object/object.h"
#include "port/thread.h"

/* Driver 0x10 < device 0x20 < queue 0x31: the outer locks of the order in S13.15. Framework locks
 * come after all of them. */
struct callback_lock {
    struct port_mutex mutex;
    /* Compared with the own thread only, so that any order suffices */
    _Atomic(port_thread_id) owner;
    /* The same, for inspection: port_thread_number */
    _Atomic(unsigned) holder;
    KIRQL entry_irql; /* the holder's IRQL before it acquired; guarded by the lock itself */
    bool raises_irql; /* of an object with execution level Dispatch (S9.26) */
};

void callback_lock_init(struct callback_lock *lock, bool raises_irql);
void callback_lock_destroy(struct callback_lock *lock);

/* A NULL lock is no lock: the callback is not serialised. `object` names the owner in messages
 * (S2.12). */
void callback_lock_enter(struct callback_lock *lock, struct wdf_object *object); /* there is one */
void callback_lock_leave(struct callback_lock *lock, struct wdf_object *object);
static inline void callback_lock_acquire(struct callback_lock *lock, struct wdf_object *object)
{
    if (lock != NULL)
        callback_lock_enter(lock, object);
}

static inline void callback_lock_release(struct callback_lock *lock, struct wdf_object *object)
{
    if (lock != NULL)
        callback_lock_leave(lock, object);
}

static inline bool callback_lock_is_held_here(const struct callback_lock *lock)
{
    port_thread_id owner =
        lock != NULL ? atomic_load_explicit(&lock->owner, memory_order_relaxed) : PORT_NO_THREAD;
    return owner != PORT_NO_THREAD && owner == port_thread_self();
}

/* Which thread holds it, as port_thread_number, and which wait for it. For who looks: it is over at
 * once. */
#define LOCK_WAITERS_MAX 8
struct lock_look {
    unsigned holder; /* 0: nobody */
    unsigned waiter_count;
    unsigned waiters[LOCK_WAITERS_MAX]; /* of the first ones */
};
void callback_lock_look(const struct callback_lock *lock, struct lock_look *look);

/* The same of an object that is a WDFSPINLOCK or a WDFWAITLOCK; another is held by nobody. */
void lock_look(const struct wdf_object *object, struct lock_look *look);

#endif
