/*
 * The last steps of each thread of a round, and its current one: printed when the round fails, by a
 * crash, a hang or a failed check.
 */
#ifndef DEVFUND_TRAIL_H
#define DEVFUND_TRAIL_H

struct trail;

/* From now on the calling thread's, and no other's. */
struct trail *trail_open(const char *name, unsigned number);

/* Adds a step; the verbs are constant strings. */
void trail_step(struct trail *trail, const char *verb, unsigned long one, unsigned long two);
void trail_result(struct trail *trail, long result);

/* From now on a crash, or a round that takes longer than this many seconds, prints all trails and
 * ends the process. */
void trails_watch(unsigned seconds);

/* Prints what is wrong and all trails, and ends the process with status 1. */
_Noreturn void trails_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
