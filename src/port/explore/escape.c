/*
 * What a driver must not do while it is explored: start threads of its own, which would run beside
 * the scheduler, and sleep in real time. These stand before the C library's functions of the same
 * names, for a driver that is loaded into the program.
 */
#include <errno.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "port/explore/scheduler.h"

static int escape(const char *function, const char *advice)
{
    explore_fail(EXPLORE_ESCAPE, "the driver calls %s: %s", function, advice);
    return EPERM;
}

#define SLEEP_ADVICE                                                                               \
    "it would block for real; sleep by KeDelayExecutionThread or a timer, which take virtual time"

int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
                   void *(*body)(void *), void *restrict argument)
{
    (void)thread;
    (void)attributes;
    (void)body;
    (void)argument;
    return escape(
        "pthread_create",
        "threads of its own can't be scheduled; use work items, or leave this driver unexplored");
}

unsigned sleep(unsigned seconds)
{
    (void)escape("sleep", SLEEP_ADVICE);
    return seconds;
}

int usleep(useconds_t microseconds)
{
    (void)microseconds;
    return escape("usleep", SLEEP_ADVICE);
}

int nanosleep(const struct timespec *wanted, struct timespec *left)
{
    (void)wanted;
    (void)left;
    return escape("nanosleep", SLEEP_ADVICE);
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *wanted,
                    struct timespec *left)
{
    (void)clock;
    (void)flags;
    (void)wanted;
    (void)left;
    return escape("clock_nanosleep", SLEEP_ADVICE);
}
