/*
 * Depth first, with a bound on preemptions. See strategy.h.
 *
 * A preemption switches from a thread that could go on, or lets time pass while a thread could go
 * on. Without one the running thread goes on; if it can't, all others are tried, at no cost. The
 * decisions of a schedule are kept as a stack; the next schedule repeats it up to the last decision
 * that has an alternative left.
 *
 * Reduction: if a state was reached before, with no more preemptions, by another order of
 * independent steps (found by its signature, see scheduler.c), everything after it was tried
 * already. From there on nothing is kept on the stack. This assumes that shared data are guarded by
 * synchronization that the scheduler sees; races on a driver's unguarded variable may be missed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explore/strategy.h"

#define STACK_MAX (1u << 16)

/* Of states; a power of two. When it is full no more are remembered. */
#define TABLE_SIZE (1u << 22)

struct decision {
    unsigned char count;
    unsigned char first; /* tried without a preemption, or just first */
    unsigned char chosen;
    unsigned char tried; /* the number of alternatives tried, the first included */
    bool is_free;        /* alternatives are no preemptions, except time */
    unsigned char timed_count;
    unsigned char preemptions; /* before it */
};

struct depth_first {
    struct strategy strategy;
    unsigned bound;
    bool reduces;
    struct decision *stack;
    unsigned height; /* decisions to be repeated, or kept */
    uint64_t *table; /* of states, with the preemptions in the low bits */
    unsigned table_count;

    /* Of this schedule. */
    unsigned position;
    unsigned preemptions;
    bool is_pruned;
    bool has_yielded;
    bool is_replay;
};

static void begin(struct explore_strategy *strategy)
{
    struct depth_first *search = (struct depth_first *)strategy;
    search->position = search->preemptions = 0;
    search->is_pruned = search->has_yielded = false;
}

static void yielded(struct explore_strategy *strategy, unsigned id, bool by_timer)
{
    (void)id;
    if (!by_timer)
        ((struct depth_first *)strategy)->has_yielded = true;
}

/* Whether that choice costs a preemption at that decision. */
static bool is_preemption(const struct decision *decision, unsigned index)
{
    if (index == decision->first)
        return false;
    bool is_time = index >= (unsigned)(decision->count - decision->timed_count);
    return !decision->is_free || (is_time && decision->timed_count < decision->count);
}

/* The n-th alternative: the first one, then the others in order. */
static unsigned alternative(const struct decision *decision, unsigned n)
{
    if (n == 0)
        return decision->first;
    return n <= decision->first ? n - 1 : n;
}

/* True if the state is new, or reached with fewer preemptions than before. */
static bool remember(struct depth_first *search, uint64_t state)
{
    uint64_t key = (state * 0x9E3779B97F4A7C15ull) & ~15ull;
    unsigned cost = search->preemptions < 15 ? search->preemptions : 15;
    for (unsigned place = (unsigned)(key >> 40) & (TABLE_SIZE - 1);;
         place = (place + 1) & (TABLE_SIZE - 1)) {
        uint64_t entry = search->table[place];
        if (entry == 0) {
            if (search->table_count < TABLE_SIZE / 4 * 3) {
                search->table[place] = key | cost;
                search->table_count++;
            }
            return true;
        }
        if ((entry & ~15ull) != key)
            continue;
        if ((entry & 15) <= cost)
            return false;
        search->table[place] = key | cost;
        return true;
    }
}

static struct decision new_decision(struct depth_first *search, const struct explore_choice *choice)
{
    bool goes_on = choice->current >= 0 && !search->has_yielded;
    unsigned first = 0;
    if (goes_on)
        first = (unsigned)choice->current;
    else if (choice->current >= 0)
        first = ((unsigned)choice->current + 1) % choice->count;
    return (struct decision){
        .count = (unsigned char)choice->count,
        .first = (unsigned char)first,
        .chosen = (unsigned char)first,
        .tried = 1,
        .is_free = !goes_on,
        .timed_count = (unsigned char)choice->timed_count,
        .preemptions = (unsigned char)search->preemptions,
    };
}

static unsigned choose(struct explore_strategy *strategy, const struct explore_choice *choice)
{
    struct depth_first *search = (struct depth_first *)strategy;
    struct decision decision = new_decision(search, choice);
    search->has_yielded = false;
    unsigned position = search->position++;
    if (position < search->height) {
        /* In a replay a decision that the token does not name is the first choice. */
        if (search->stack[position].chosen < choice->count)
            decision.chosen = search->stack[position].chosen;
    } else if (!search->is_pruned && !search->is_replay && position < STACK_MAX) {
        uint64_t who = choice->current >= 0 ? choice->ids[choice->current] + 1u : 0;
        if (search->reduces && !remember(search, choice->state + (who << 56)))
            search->is_pruned = true;
        else
            search->stack[search->height++] = decision;
    }
    search->preemptions += is_preemption(&decision, decision.chosen);
    return decision.chosen;
}

/* The next alternative of the last decision that has one within the bound. */
static bool next(struct strategy *strategy, uint64_t n)
{
    struct depth_first *search = (struct depth_first *)strategy;
    if (n == 0)
        return true;
    while (search->height > 0) {
        struct decision *decision = &search->stack[search->height - 1];
        while (decision->tried < decision->count) {
            unsigned index = alternative(decision, decision->tried++);
            unsigned preemptions =
                decision->preemptions + (is_preemption(decision, index) ? 1u : 0u);
            if (preemptions > search->bound)
                continue;
            decision->chosen = (unsigned char)index;
            return true;
        }
        search->height--;
    }
    return false;
}

/* The decisions that were not the first choice: position and index. */
static void token(const struct strategy *strategy, char *text, size_t size)
{
    const struct depth_first *search = (const struct depth_first *)strategy;
    size_t length = (size_t)snprintf(text, size, "dfs:%u:", search->bound);
    unsigned before = 0;
    for (unsigned i = 0; i < search->height && length < size; i++) {
        if (search->stack[i].chosen == search->stack[i].first)
            continue;
        length += (size_t)snprintf(text + length, size - length, "%s%u.%u", before > 0 ? "-" : "",
                                   i, search->stack[i].chosen);
        before++;
    }
}

static bool replay(struct strategy *strategy, const char *text)
{
    struct depth_first *search = (struct depth_first *)strategy;
    int used = 0;
    if (sscanf(text, "%u:%n", &search->bound, &used) != 1 || used == 0)
        return false;
    memset(search->stack, 0xFF, STACK_MAX * sizeof(*search->stack));
    search->is_replay = true;
    search->height = 0;
    for (text += used; *text != '\0'; text += used) {
        unsigned position, chosen;
        if (sscanf(text, "%u.%u%n", &position, &chosen, &used) != 2 || position >= STACK_MAX ||
            position < search->height || chosen >= EXPLORE_THREADS_MAX)
            return false;
        search->stack[position].chosen = (unsigned char)chosen;
        search->height = position + 1;
        used += text[used] == '-';
    }
    return true;
}

struct strategy *strategy_dfs(unsigned bound, bool reduces)
{
    static struct depth_first search = {
        .strategy = {.interface = {.begin = begin, .choose = choose, .yielded = yielded},
                     .next = next,
                     .token = token,
                     .replay = replay},
    };
    search.bound = bound;
    search.reduces = reduces;
    search.is_replay = false;
    search.height = 0;
    if (search.stack == NULL)
        search.stack = calloc(STACK_MAX, sizeof(*search.stack));
    if (search.table == NULL)
        search.table = calloc(TABLE_SIZE, sizeof(*search.table));
    else if (search.table_count > 0)
        memset(search.table, 0, TABLE_SIZE * sizeof(*search.table));
    search.table_count = 0;
    if (search.stack == NULL || search.table == NULL)
        return NULL;
    return &search.strategy;
}
