/* The last lines of the log, for clients that ask for them later. */
#ifndef WDFUSE_CONTROL_LOGTAIL_H
#define WDFUSE_CONTROL_LOGTAIL_H

#include <stdint.h>

#include "port/log.h"

/* The number of lines kept, and the size of each. */
#define LOGTAIL_LINES     512
#define LOGTAIL_LINE_SIZE 1024

struct logtail_line {
    uint64_t number; /* from 1 */
    uint64_t time;   /* of the wall clock, in microseconds */
    enum log_level level;
    char text[LOGTAIL_LINE_SIZE];
};

/* Any thread. A line is lost if there is no memory. */
void logtail_add(enum log_level level, const char *line);

/* Copies the first kept line after that number. False: there is none. */
int logtail_next(uint64_t number, struct logtail_line *line);

/* The eventfd becomes readable when a line is added; -1: none. Set it before other threads add
 * lines, or back to -1. */
void logtail_listen(int event);

#endif
