/*
 * Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi, Nagarakatte: "A Randomized
 * Scheduler with Probabilistic Guarantees of Finding Bugs", 2010). See strategy.h.
 *
 * Each thread has a random priority, and of those that can go on the highest runs. At depth - 1
 * random steps the thread that would run gets a low priority. A bug that needs `depth` orderings
 * among n threads and k steps is found with a probability of at least 1 / (n * k^(depth-1)).
 *
 * Differences from the paper: k counts only the steps with a choice, and is that of the longest
 * schedule so far. A thread that yields goes behind all others, or it would spin for ever. A thread
 * that runs timers does so, too, or gets a new random priority: each expiry counts as a separate
 * thread, and a periodic timer must not starve threads with low priorities.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "explore/strategy.h"

#define DEPTH_MAX 32

/* Assumed for the first schedule. */
#define FIRST_LENGTH 64

/* Below it are the priorities of threads that were lowered, above it the random ones. */
#define LOW_MAX (1ull << 32)

struct pct {
    struct strategy strategy;
    uint64_t base;
    unsigned depth;
    uint64_t longest; /* in decisions, of all schedules so far */

    /* Of this schedule. */
    uint64_t seed;
    uint64_t length; /* its assumed length */
    uint64_t state;
    uint64_t decisions;          /* so far */
    uint64_t changes[DEPTH_MAX]; /* decisions before which a priority changes */
    uint64_t lowest;             /* given last to one that yielded */
    uint64_t priorities[EXPLORE_THREADS_MAX];
};

static uint64_t random_priority(struct pct *pct)
{
    return LOW_MAX + (random_next(&pct->state) >> 16);
}

static void begin(struct explore_strategy *strategy)
{
    struct pct *pct = (struct pct *)strategy;
    pct->state = pct->seed;
    pct->lowest = LOW_MAX / 2;
    pct->decisions = 0;
    for (unsigned i = 0; i + 1 < pct->depth; i++)
        pct->changes[i] = 1 + random_next(&pct->state) % pct->length;
}

static void started(struct explore_strategy *strategy, unsigned id)
{
    struct pct *pct = (struct pct *)strategy;
    pct->priorities[id] = random_priority(pct);
}

static void yielded(struct explore_strategy *strategy, unsigned id, bool by_timer)
{
    struct pct *pct = (struct pct *)strategy;
    bool stays_high = by_timer && (random_next(&pct->state) & 1) != 0;
    pct->priorities[id] = stays_high ? random_priority(pct) : --pct->lowest;
}

static unsigned highest(const struct pct *pct, const struct explore_choice *choice)
{
    unsigned best = 0;
    for (unsigned i = 1; i < choice->count; i++) {
        if (pct->priorities[choice->ids[i]] > pct->priorities[choice->ids[best]])
            best = i;
    }
    return best;
}

static unsigned choose(struct explore_strategy *strategy, const struct explore_choice *choice)
{
    struct pct *pct = (struct pct *)strategy;
    pct->decisions++;
    for (unsigned i = 0; i + 1 < pct->depth; i++) {
        if (pct->changes[i] != pct->decisions)
            continue;
        /* Above those who yielded, below all others, the later changes lower. */
        pct->priorities[choice->ids[highest(pct, choice)]] = LOW_MAX - 1 - i;
    }
    return highest(pct, choice);
}

static bool next(struct strategy *strategy, uint64_t n)
{
    struct pct *pct = (struct pct *)strategy;
    pct->seed = random_seed(pct->base, n);
    pct->length = pct->longest;
    return true;
}

static void ended(struct strategy *strategy, const struct explore_result *result)
{
    struct pct *pct = (struct pct *)strategy;
    (void)result;
    if (pct->decisions > pct->longest)
        pct->longest = pct->decisions;
}

static void token(const struct strategy *strategy, char *text, size_t size)
{
    const struct pct *pct = (const struct pct *)strategy;
    snprintf(text, size, "pct:%u:%" PRIu64 ":%" PRIx64, pct->depth, pct->length, pct->seed);
}

static bool replay(struct strategy *strategy, const char *text)
{
    struct pct *pct = (struct pct *)strategy;
    int used = 0;
    if (sscanf(text, "%u:%" SCNu64 ":%" SCNx64 "%n", &pct->depth, &pct->length, &pct->seed,
               &used) != 3)
        return false;
    return text[used] == '\0' && pct->depth >= 1 && pct->depth <= DEPTH_MAX && pct->length >= 1;
}

struct strategy *strategy_pct(uint64_t seed, unsigned depth)
{
    static struct pct pct = {
        .strategy = {.interface =
                         {.begin = begin, .choose = choose, .started = started, .yielded = yielded},
                     .next = next,
                     .ended = ended,
                     .token = token,
                     .replay = replay},
        .longest = FIRST_LENGTH,
    };
    if (depth > DEPTH_MAX)
        return NULL;
    pct.base = seed;
    pct.depth = depth;
    return &pct.strategy;
}
