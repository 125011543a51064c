/*
 * Stamps: moments as cheap as the machine has them.
 *
 * Where the processor counts at a constant rate, and the kernel trusts it, a stamp is that counter;
 * elsewhere, and with a virtual clock, it is port_clock_now. Stamps of one process can be compared;
 * what they are in nanoseconds is known to whoever has two moments of both clocks.
 */
#ifndef WDFUSE_HISTORY_STAMP_H
#define WDFUSE_HISTORY_STAMP_H

#include <stdbool.h>
#include <stdint.h>

/* Chosen at the first call, and for good. */
enum stamp_source { STAMP_UNKNOWN, STAMP_TICKS, STAMP_NANOSECONDS };
extern enum stamp_source stamp_source;

uint64_t stamp_now_slow(void);

static inline uint64_t stamp_now(void)
{
#if defined(__x86_64__) && !defined(PORT_EXPLORE)
    if (__builtin_expect(stamp_source == STAMP_TICKS, 1))
        return __builtin_ia32_rdtsc();
#endif
    return stamp_now_slow();
}

bool stamp_is_ticks(void);

/* Before anybody takes one, or all that were taken are forgotten: the clock is virtual from now
 * on, and so are stamps. */
void stamp_follow_clock(void);

/* Of one moment. */
struct stamp_pair {
    uint64_t stamp;
    uint64_t monotonic; /* CLOCK_MONOTONIC, or the virtual clock */
};
struct stamp_pair stamp_pair_now(void);

/* Nanoseconds for so many ticks, by two moments. */
uint64_t stamp_scale(uint64_t ticks, const struct stamp_pair *from, const struct stamp_pair *to);

/* What lies between two stamps of this process, or between one and now. */
uint64_t stamp_nanoseconds(uint64_t ticks);
static inline uint64_t stamp_age(uint64_t stamp)
{
    uint64_t now = stamp_now();
    return now > stamp ? stamp_nanoseconds(now - stamp) : 0;
}

#endif
