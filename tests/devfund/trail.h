/*
 * What each thread of a round has done last, and is at: printed when the round fails, whether it
 * crashes, hangs, or something is found to be wrong.
 */
#ifndef DEVFUND_TRAIL_H
#define DEVFUND_TRAIL_H

struct trail;

/* The calling thread's, from now on: for one thread at a time. */
struct trail *trail_open(const char *name, unsigned number);

/* Step by step; the verbs are constant texts. */
void trail_step(struct trail *trail, const char *verb, unsigned long one, unsigned long two);
void trail_result(struct trail *trail, long result);

/* From now on a crash, and a round that takes longer than so many seconds, print all trails and end
 * the process. */
void trails_watch(unsigned seconds);

/* Says what is wrong, prints all trails, and ends the process with status 1. */
_Noreturn void trails_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
