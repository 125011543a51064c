/* The random walk. See strategy.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "explore/strategy.h"

/* While others can go on, time passes in one of so many decisions that
 * allow it. */
#define TIME_RARITY 8

struct random_walk {
    struct strategy strategy;
    uint64_t base;
    uint64_t seed; /* of this schedule */
    uint64_t state;
};

static void begin(struct explore_strategy *strategy)
{
    struct random_walk *walk = (struct random_walk *)strategy;
    walk->state = walk->seed;
}

static unsigned choose(struct explore_strategy *strategy, const struct explore_choice *choice)
{
    struct random_walk *walk = (struct random_walk *)strategy;
    uint64_t number = random_next(&walk->state);
    unsigned others = choice->count - choice->timed_count;
    unsigned count = choice->count;
    if (others > 0 && (number & (TIME_RARITY - 1)) != 0)
        count = others;
    return (unsigned)((number >> 32) * count >> 32);
}

static bool next(struct strategy *strategy, uint64_t n)
{
    struct random_walk *walk = (struct random_walk *)strategy;
    walk->seed = random_seed(walk->base, n);
    return true;
}

static void token(const struct strategy *strategy, char *text, size_t size)
{
    snprintf(text, size, "random:%" PRIx64, ((const struct random_walk *)strategy)->seed);
}

static bool replay(struct strategy *strategy, const char *text)
{
    char *end;
    ((struct random_walk *)strategy)->seed = strtoull(text, &end, 16);
    return end != text && *end == '\0';
}

struct strategy *strategy_random(uint64_t seed)
{
    static struct random_walk walk = {
        .strategy = {.interface = {.begin = begin, .choose = choose},
                     .next = next,
                     .token = token,
                     .replay = replay},
    };
    walk.base = seed;
    return &walk.strategy;
}
