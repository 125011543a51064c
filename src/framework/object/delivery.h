/*
 * Deliveries: what comes back up a stack of devices is delivered to the driver above by a flat loop
 * in the thread that it came back on, and not by nested calls inside the driver below.
 *
 * A delivery is made at once, unless this thread is inside another one, or holds a presentation
 * lock: then as soon as it is not. So completion routines that send again, and get their answer at
 * once, do not nest; and no driver above is called, nor waited for, with a lock of the driver
 * below.
 */
#ifndef WDFUSE_FRAMEWORK_OBJECT_DELIVERY_H
#define WDFUSE_FRAMEWORK_OBJECT_DELIVERY_H

#include <stdbool.h>

#include <ntdef.h>

#include "port/thread.h"

struct delivery {
    void (*make)(
        struct delivery *delivery); /* constant; the delivery may be gone when it returns */
    LIST_ENTRY entry;
};

/* Without any lock of the framework. */
void deliver(struct delivery *delivery);

/* Before this thread waits for something that a delivery it has put off may cause. */
void deliveries_make(void);

/* For lock.c: presentation locks that the thread holds. */
extern PORT_THREAD_LOCAL unsigned delivery_locks_held;
extern PORT_THREAD_LOCAL bool deliveries_are_due;
void deliveries_make_unlocked(void);

static inline void delivery_lock_acquired(void)
{
    delivery_locks_held++;
}

static inline void delivery_lock_released(void)
{
    if (--delivery_locks_held == 0 && deliveries_are_due)
        deliveries_make_unlocked();
}

#endif
