/*
 * The watch: a driver that blocks in a real system call, or loops for ever, never returns to the
 * scheduler; only wall-clock time reveals it.
 */
#ifndef WDFUSE_EXPLORE_WATCH_H
#define WDFUSE_EXPLORE_WATCH_H

/* Called from a signal handler when nothing advanced for so many seconds; must end
 * the process. */
typedef void watch_alarm(const char *thread, const void *address);

/* Starts watching schedules. */
void watch_start(unsigned seconds, watch_alarm *alarm);

#endif
