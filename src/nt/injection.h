/*
 * Allocations that fail on demand (wdfctl inject), to test how a driver handles the failure.
 *
 * A kind is "pool", or the class of an object, "WDFMEMORY". One kind counts for itself: the Nth
 * allocation from now on fails, and `count` in all.
 */
#ifndef WDFUSE_NT_INJECTION_H
#define WDFUSE_NT_INJECTION_H

#include <stdatomic.h>
#include <stdbool.h>

#define INJECTION_POOL "pool"

/* So many kinds at a time. */
#define INJECTIONS_MAX 8

struct injection {
    char kind[32];
    unsigned passing; /* that still succeed, before */
    unsigned failing; /* these fail */
};

/* Replaces what was asked for of that kind; nothing, with a count of 0. False: there is no room, or
 * no such kind can be. */
bool injection_arm(const char *kind, unsigned nth, unsigned count);

/* What is armed, at most INJECTIONS_MAX of them; returns how many. */
unsigned injection_copy(struct injection injections[INJECTIONS_MAX]);

/* Whether this allocation is to fail, which is logged then. */
extern atomic_bool injection_is_armed;
bool injection_take(const char *kind);
static inline bool injection_fails(const char *kind)
{
    return __builtin_expect(atomic_load_explicit(&injection_is_armed, memory_order_relaxed),
                            false) &&
           injection_take(kind);
}

#endif
