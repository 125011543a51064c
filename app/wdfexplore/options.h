/* The command line of wdfexplore. */
#ifndef WDFEXPLORE_OPTIONS_H
#define WDFEXPLORE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define FILTERS_MAX 15

struct filter {
    const char *path;
    bool is_upper;
};

struct options {
    const char *driver;
    struct filter filters[FILTERS_MAX]; /* in the order of the command line */
    unsigned filter_count;
    const char *file_name; /* NULL: none */
    const char *scenario;
    uint64_t schedules;
    const char *strategy; /* "random", "pct", "dfs" */
    uint64_t seed;
    unsigned depth;
    unsigned preemptions;
    bool reduces;
    uint64_t steps_max;
    const char *replay; /* NULL: explore */
    bool is_quiet;
    bool traces; /* there was a --trace; WdfuseTraceEnable has been told */
};

/* Ends the process for --help, --version, and, with a line that says why, for what it does not
 * understand. */
void options_parse(struct options *options, int argc, char **argv);

/* The usual end of a program that was called wrongly. */
#define EXIT_USAGE 2

#endif
