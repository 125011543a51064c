/*
 * Random stories for a module and its reference model: each is a list of draws, which the test
 * turns into operations on both.
 *
 * A story on which they disagree is shortened to the draws that matter, and printed. Each story
 * runs in a process of its own, so a bug check, or a hang, is a disagreement like any other.
 *
 *     test_NAME [--seed N] [--operations N]
 *
 * Environment: WDFUSE_MODEL_OPERATIONS, the number of operations if --operations is missing
 * (1,000,000).
 */
#ifndef TESTS_UNIT_STORIES_H
#define TESTS_UNIT_STORIES_H

#include <stdbool.h>
#include <stdint.h>

#define STORY_LENGTH 400

/* Numbers that become an operation when it is known what there is to operate on. */
struct draw {
    unsigned kind;
    uint32_t numbers[4];
};

struct story {
    uint64_t seed; /* of its device */
    unsigned length;
    struct draw draws[STORY_LENGTH];
};

struct story_teller {
    const char *name;        /* the program's */
    const unsigned *weights; /* how often each kind is drawn */
    unsigned kinds;
    /* Returns the number of operations that were done, or -1 after a disagreement. */
    int (*run)(const struct story *story, bool is_told);
};

/* Chance. */
uint64_t story_random(uint64_t *state);
unsigned story_below(uint64_t *state, unsigned limit);

/* The program: runs stories until that many operations are done. Returns its exit status. */
int stories_main(const struct story_teller *story_teller, int argc, char **argv);

#endif
