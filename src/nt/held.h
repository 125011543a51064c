/*
 * What a thread has that a driver's callback must give back before it returns: its IRQL, and the
 * spin locks and presentation locks that the driver itself has acquired. Wait locks are not among
 * them: they may be held from one callback to the next.
 */
#ifndef WDFUSE_NT_HELD_H
#define WDFUSE_NT_HELD_H

#include <stdint.h>

#include <wdm.h>

#include "port/thread.h"

/*
 * The IRQL in the low byte, the number of locks above it: one number, so that a callback's return
 * costs one comparison. The number is below 0 while the driver has released a lock that the
 * framework holds for it.
 */
extern PORT_THREAD_LOCAL uint32_t held_now;

static inline KIRQL held_irql(uint32_t held)
{
    return (KIRQL)(held & 0xff);
}

static inline int held_locks(uint32_t held)
{
    return (int32_t)held >> 8;
}

/* The one that was acquired last, for messages; it may be released by now. */
struct held_lock {
    const char *kind; /* "WDFSPINLOCK" */
    const void *lock;
};
extern PORT_THREAD_LOCAL struct held_lock held_last;

/* By the driver, on the calling thread. */
static inline void held_lock_acquired(const char *kind, const void *lock)
{
    held_now += 0x100;
    held_last = (struct held_lock){kind, lock};
}

static inline void held_lock_released(void)
{
    held_now -= 0x100;
}

#endif
