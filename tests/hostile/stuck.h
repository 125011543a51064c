/*
 * Who is stuck: a thread of a client, in an uninterruptible sleep (D) of more than a second. A
 * process of its own looks, so that it is not stuck itself.
 */
#ifndef TESTS_HOSTILE_STUCK_H
#define TESTS_HOSTILE_STUCK_H

#include <stdbool.h>

/* Looks at all processes whose names begin like that (comm, proc(5)) from now on. */
void stuck_watch(const char *name);

/* False: somebody was, and a line has said for how long and where. */
bool stuck_nobody(void);

#endif
