/*
 * Time: a monotonic clock, the system time of NT, and one alarm.
 *
 * In production the clock is CLOCK_MONOTONIC and the alarm is a timerfd, which whoever runs an
 * event loop polls. A test replaces both by a virtual clock that stands still until it is moved:
 * then nothing sleeps, and every expiry happens in the thread of the test, in order.
 */
#ifndef WDFUSE_PORT_CLOCK_H
#define WDFUSE_PORT_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* A point in time that never comes. */
#define PORT_CLOCK_NEVER UINT64_MAX

/* Nanoseconds since an arbitrary point in the past. */
uint64_t port_clock_now(void);

/*
 * As port_clock_now, but up to a tick of the kernel (some milliseconds) behind it, and cheap: for
 * what only has to be told from minutes.
 */
uint64_t port_clock_rough(void);

/*
 * The point that many nanoseconds from now, or never, for port_condition_wait_until: always of the
 * real clock, since a deadline bounds a wait and is not part of a test's story.
 */
uint64_t port_clock_deadline(uint64_t nanoseconds);

/* NT system time: units of 100 ns since 1601-01-01 UTC. */
uint64_t port_clock_system_time(void);

/*
 * Puts a virtual clock in the place of the real one. To be called while no other thread uses the
 * clock; the change is for the life of the process.
 */
void port_clock_use_virtual(void);
bool port_clock_is_virtual(void);

/* Moves the virtual clock to that point, never backwards. Runs nothing by itself: see timer_advance
 * (framework). */
void port_clock_set_virtual(uint64_t now);

/*
 * The alarm: a file descriptor that is readable from the given point in time on, until it is set
 * anew. Opening returns -errno when the kernel refuses. With the virtual clock there is no
 * descriptor (-1) and setting it does nothing.
 */
int port_alarm_open(void);
void port_alarm_set(int alarm, uint64_t when);
void port_alarm_close(int alarm);

#endif
