/* The last lines of the log, for those who ask for them later. */
#ifndef WDFUSE_CONTROL_LOGTAIL_H
#define WDFUSE_CONTROL_LOGTAIL_H

#include <stdint.h>

#include "port/log.h"

/* How many lines are remembered, and how much of each. */
#define LOGTAIL_LINES     512
#define LOGTAIL_LINE_SIZE 1024

struct logtail_line {
    uint64_t number; /* from 1 */
    uint64_t time;   /* of the wall clock, in microseconds */
    enum log_level level;
    char text[LOGTAIL_LINE_SIZE];
};

/* Any thread. What the log writes while there is no memory is not remembered. */
void logtail_add(enum log_level level, const char *line);

/* Copies the first line after that number which is remembered. False: there is none. */
int logtail_next(uint64_t number, struct logtail_line *line);

/* Becomes readable when a line is added; -1: nobody listens. To be set before lines are added by
 * others, or back to -1. */
void logtail_listen(int event);

#endif
