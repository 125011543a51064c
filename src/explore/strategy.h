/*
 * The strategies, and the tokens that name one of their schedules.
 *
 *     random:SEED             any thread that can go on, each with the same chance
 *     pct:DEPTH:LENGTH:SEED   probabilistic concurrency testing
 *     dfs:BOUND:DECISIONS     depth first
 */
#ifndef WDFUSE_EXPLORE_STRATEGY_H
#define WDFUSE_EXPLORE_STRATEGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "port/explore/scheduler.h"

struct strategy {
    struct explore_strategy interface; /* first: the scheduler hands back a pointer to it */
    /* Prepares schedule number n. False: all have been run. */
    bool (*next)(struct strategy *strategy, uint64_t n);
    /* Receives its result. May be NULL. */
    void (*ended)(struct strategy *strategy, const struct explore_result *result);
    /* Writes the token of the schedule that was just run. */
    void (*token)(const struct strategy *strategy, char *text, size_t size);
    /* Prepares the schedule named by the token's part after the first colon. False: not a token. */
    bool (*replay)(struct strategy *strategy, const char *text);
};

/* Each returns a static object, or NULL when there is no memory. */
struct strategy *strategy_random(uint64_t seed);
/* Depth: the number of orderings that must coincide for the bugs to be found; 1 and more. */
struct strategy *strategy_pct(uint64_t seed, unsigned depth);
/* Bound: preemptions in a schedule. */
struct strategy *strategy_dfs(unsigned bound, bool reduces);

/* A sequence of random numbers; state may be anything. */
static inline uint64_t random_next(uint64_t *state)
{
    uint64_t value = *state += 0x9E3779B97F4A7C15ull;
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9ull;
    value = (value ^ value >> 27) * 0x94D049BB133111EBull;
    return value ^ value >> 31;
}

/* The n-th of a sequence of seeds. */
static inline uint64_t random_seed(uint64_t seed, uint64_t n)
{
    uint64_t state = seed ^ n * 0xD1342543DE82EF95ull;
    return random_next(&state);
}

#endif
