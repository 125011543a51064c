/*
 * The line: messages that wait to be carried into the driver, with a lane for each process. The
 * next message is taken from the next lane. So a process waits for one message of each other
 * process, however many they send.
 */
#ifndef WDFUSE_TRANSPORT_LINE_H
#define WDFUSE_TRANSPORT_LINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "transport/messagestore.h"

/* When more processes wait, some share a lane. One bit of a word for each. */
#define LINE_LANES 64

/* Guarded by its owner's lock. */
struct line {
    struct lane {
        struct message_list messages;
        pid_t process;
        /* Taken lately, minus those that have arrived since. */
        unsigned out;
        uint64_t taken_at; /* the last one; 0: never */
    } lanes[LINE_LANES];
    uint64_t used; /* a bit for each lane that has messages */
    unsigned last; /* the lane that had its turn last */
    unsigned count;
    size_t bytes; /* of all its messages */
    /* When several processes were last active. */
    bool is_shared;
    uint64_t looked_at;
};

void line_init(struct line *line);
void line_append(struct line *line, struct message *message, pid_t process);

/* NULL when the line is empty. */
struct message *line_take(struct line *line);

/*
 * The same, at that time of the monotonic clock; also NULL while no process may go on. While
 * several processes are active, only a few messages of each are taken ahead of those that come
 * back. Otherwise a process with hundreds of threads would have all of them run at once, and
 * another one's thread would wait for a CPU as long as it has waited here before.
 */
struct message *line_take_fairly(struct line *line, uint64_t now);
/* The message with that number of the kernel's, or NULL. */
struct message *line_take_unique(struct line *line, uint64_t unique);

/* The process of a message: the one that opened its file, as for quotas. */
pid_t line_process(const struct wire_buffer *buffer);

#endif
