/* Arithmetic of time, the same for every clock, and waits that are not silent. */
#ifndef WDFUSE_PORT_DURATION_H
#define WDFUSE_PORT_DURATION_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Nanoseconds until an NT time, in units of 100 ns: negative ones count from now, others are points
 * of system time. 0 when it is over; PORT_CLOCK_NEVER when it is further away than can be said.
 */
uint64_t port_clock_until(int64_t nt_time);

/* Rounded, for messages. */
unsigned port_clock_seconds(uint64_t nanoseconds);

/* The sum, or PORT_CLOCK_NEVER when it does not fit. */
uint64_t port_clock_add(uint64_t when, uint64_t nanoseconds);

/*
 * Of a loop that waits without a limit, but not in silence: it is time to say what is being waited
 * for after a period, and whenever that has lasted twice as long as the last time. {0} before it
 * begins, or with a period; that is five seconds otherwise.
 */
struct port_patience {
    uint64_t began;
    uint64_t period;
};
void port_patience_begin(struct port_patience *patience, uint64_t now);
uint64_t port_patience_deadline(const struct port_patience *patience);
bool port_patience_is_over(struct port_patience *patience, uint64_t now);

#endif
