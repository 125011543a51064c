/* Random choices: numbers that depend only on a seed. */
#ifndef DEVFUND_CHANCE_H
#define DEVFUND_CHANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chance {
    uint64_t state;
};

static inline uint64_t chance_number(struct chance *chance)
{
    uint64_t number = (chance->state += 0x9E3779B97F4A7C15u);
    number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9u;
    number = (number ^ (number >> 27)) * 0x94D049BB133111EBu;
    return number ^ (number >> 31);
}

/* From 0 to limit - 1. */
static inline unsigned chance_below(struct chance *chance, unsigned limit)
{
    return (unsigned)(chance_number(chance) % limit);
}

static inline bool chance_one_in(struct chance *chance, unsigned limit)
{
    return chance_below(chance, limit) == 0;
}

/* An index into `weights`, chosen by weight; at least one weight is not 0. */
static inline unsigned chance_weighted(struct chance *chance, const unsigned *weights,
                                       unsigned count)
{
    unsigned sum = 0, which = 0;
    for (unsigned i = 0; i < count; i++)
        sum += weights[i];
    unsigned left = chance_below(chance, sum);
    while (left >= weights[which])
        left -= weights[which++];
    return which;
}

#endif
