/*
 * The timer service: one list of armed timers, one alarm (S9.1-S9.14). Whoever waits for requests
 * also waits for the alarm (io_timers_descriptor) and runs what is due (io_timers_run), so that an
 * expiry costs no switch of threads.
 */
#ifndef WDFUSE_FRAMEWORK_OBJECT_TIMER_H
#define WDFUSE_FRAMEWORK_OBJECT_TIMER_H

#include <stdint.h>

#include <ntdef.h>

/* STATUS_INSUFFICIENT_RESOURCES when the kernel refuses the alarm. */
NTSTATUS timers_open(void);
void timers_close(void);

/*
 * Under the virtual clock: moves time on by that many nanoseconds, stopping at each expiry on the
 * way to run it. Returns when everything due has run, passive timers included.
 */
void timers_advance(uint64_t nanoseconds);

#endif
