/*
 * The line: messages that wait to be carried into the driver, a lane for each process. Who takes
 * the next one takes it from the next lane, so that a process waits for as many others as there
 * are, and not for as many messages as they send.
 */
#ifndef WDFUSE_TRANSPORT_LINE_H
#define WDFUSE_TRANSPORT_LINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "transport/messagestore.h"

/* When more processes wait, some share a lane. As many as a word has bits. */
#define LINE_LANES 64

/* Whoever has it guards it. */
struct line {
    struct lane {
        struct message_list messages;
        pid_t process;
        /* Taken lately, less those that have come since. */
        unsigned out;
        uint64_t taken_at; /* the last one; 0: never */
    } lanes[LINE_LANES];
    uint64_t used; /* a bit for each lane that has messages */
    unsigned last; /* the lane that had its turn last */
    unsigned count;
    size_t bytes; /* what lies in its messages */
    /* Several processes are at it; as of then. */
    bool is_shared;
    uint64_t looked_at;
};

void line_init(struct line *line);
void line_append(struct line *line, struct message *message, pid_t process);

/* NULL when the line is empty. */
struct message *line_take(struct line *line);

/*
 * The same, at that time of the monotonic clock; NULL as well while no process may go on. Where
 * several are at it, few messages of each are taken ahead of those that come back: a process of
 * hundreds of threads would have all of them run at once otherwise, and the thread of another one
 * would wait for a CPU for as long as it has waited here before.
 */
struct message *line_take_fairly(struct line *line, uint64_t now);
/* The message with that number of the kernel's, or NULL. */
struct message *line_take_unique(struct line *line, uint64_t unique);

/* Whose message it is: the opener's of the file that it is about, as for quotas. */
pid_t line_process(const struct wire_buffer *buffer);

#endif
