/*
 * What a file of rings or a core says: `wdfctl post-mortem RING-OR-CORE`, the lines.
 *
 * As structures: history_open_file, a cursor and history_explain (read.h) give the same.
 */
#ifndef WDFUSE_HISTORY_POSTMORTEM_H
#define WDFUSE_HISTORY_POSTMORTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/read.h"

/* One line, without a newline. */
typedef void post_mortem_say(void *context, const char *line);

struct post_mortem_options {
    uint64_t last;   /* records of each thread; 0: 20, UINT64_MAX: all */
    bool by_thread;  /* else all threads in order of time */
    unsigned thread; /* only that one; 0: all */
};

/*
 * The process, its threads with their last callback and what they are inside of, what requests the
 * driver had, and the last records.
 */
void post_mortem_report(const struct history_view *view, const struct post_mortem_options *options,
                        post_mortem_say *say_line, void *context);

/* What a thread was inside of when the process ended: the innermost callback that has not returned,
 * as far as the ring goes back. False: none. */
bool post_mortem_inside(const struct history_view *view, unsigned ring,
                        struct history_record *callback);

/* A request that was received and not answered, as far as the rings go back. */
struct post_mortem_request {
    uint64_t request;
    struct history_record received;
    struct history_record last; /* the last that is known of it */
    unsigned ring;              /* whose record that is */
};
/* The number that there are; at most `count` are filled in, the oldest first. */
size_t post_mortem_requests(const struct history_view *view, struct post_mortem_request *requests,
                            size_t count);

#endif
