/*
 * What requests went through, made of the records of a ring or core (history/read.h): for each stay
 * in a queue, how long the request waited there and how long its driver had it.
 */
#ifndef WDFCTL_TIMELINE_H
#define WDFCTL_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/read.h"

/* Times are nanoseconds of CLOCK_MONOTONIC; 0: it did not come to that. */
struct stay {
    uint64_t request;
    uint64_t use;   /* which of those that have had this handle, from 1 */
    uint64_t queue; /* 0: none, or unknown */
    const char *kind;
    unsigned client;
    uint64_t entered;   /* it came, or was forwarded here */
    uint64_t presented; /* the driver got it */
    uint64_t left;
    const char *how; /* "completed", "forwarded", "sent" ...; NULL: it is there still */
    int32_t status;  /* of what was completed or answered */
    bool has_status;
    bool was_cancelled;
    bool continues; /* it came from another stay */
};

struct timeline {
    struct stay *stays; /* in the order in which they were entered */
    size_t count;
    uint64_t begin;
    uint64_t end;
};

/* False: there is no memory. The strings are the view's. */
bool timeline_read(const struct history_view *view, struct timeline *timeline);
void timeline_free(struct timeline *timeline);

/* Each queue that was entered, once, at most that many. Returns how many. */
size_t timeline_queues(const struct timeline *timeline, uint64_t *queues, size_t capacity);

/* Files; false, after a line on stderr: it could not be written. An SVG shows the last stays, of
 * which a page has room. */
bool timeline_write_perfetto(const struct history_view *view, const struct timeline *timeline,
                             const char *path);
bool timeline_write_svg(const struct timeline *timeline, const char *path);

#endif
