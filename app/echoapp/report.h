/* What is told of a run while it goes on and at its end. */
#ifndef ECHOAPP_REPORT_H
#define ECHOAPP_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tally {
    size_t count; /* to be done */
    size_t completed;
    size_t cancelled;
    double first, last; /* when one was completed, in seconds since the beginning */
};

struct report {
    const char *device;
    bool is_verbose;  /* a line for each completion */
    bool is_updating; /* one line that changes, on a terminal */
    double began;
    struct tally reads, writes;
    size_t repeated; /* reads that were tried again */
    size_t failed;
};

void report_begin(struct report *report, const char *device, size_t count, size_t size,
                  const char *engine, bool is_verbose);

/* They count, too. `number` is the operation's; `message`, the one that was read. */
void report_write(struct report *report, size_t number);
void report_read(struct report *report, size_t number, uint32_t message);

/* Brings the changing line up to date. */
void report_progress(const struct report *report);

/* Before something else is printed: the changing line is left as it is. */
void report_end_progress(struct report *report);

/* All has been done. */
void report_success(const struct report *report);

/* Not all: how many of them were cancelled. `why` is "interrupted by SIGINT", for example. */
void report_cancelled(const struct report *report, const char *why);

#endif
