/*
 * Finds stuck clients: threads in an uninterruptible sleep (D) of more than a second. A separate
 * process looks, so that it does not get stuck itself.
 */
#ifndef TESTS_HOSTILE_STUCK_H
#define TESTS_HOSTILE_STUCK_H

#include <stdbool.h>

/* From now on watches all processes whose names begin like that (comm, proc(5)). */
void stuck_watch(const char *name);

/* False: a thread was stuck, and a line says for how long and where. */
bool stuck_nobody(void);

#endif
