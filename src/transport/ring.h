/*
 * FUSE over io_uring (Linux 6.14): rings in which a mount's messages come, and by which they are
 * answered.
 *
 *     kernel: a queue for each CPU that there may be --- message ---> an entry of that queue
 *                     ^                                                   |
 *                     +--- COMMIT_AND_FETCH: the answer, and room --------+
 *                          for the next message
 *
 * An entry is memory for one message and its answer. The kernel gives a message to a free entry of
 * the queue whose CPU its client runs on, and the entry is taken until the answer is committed. So
 * entries are added as long as messages stay, before a queue has none left: what came meanwhile
 * would wait in the kernel until some other message of that queue is answered (nudge.h).
 *
 * Each CPU has a server: an io_uring, and the worker that leads it (serve.h). Whoever has submitted
 * an entry's command gets its next message: the kernel has that thread copy it, even inside a
 * system call that it waits in, and takes the command back when the thread ends. So entries are
 * submitted by the server's worker alone, and replaced when they are lost with their thread.
 * Whoever else answers a message puts its entry into the server's list of answers.
 *
 * Interrupts, and what is to be forgotten, come by read(2) of /dev/fuse beside the rings. One that
 * comes while its message is on its way is lost (the kernel looks for it only when a message is
 * read): what has no answer soon is looked at once (serve.c).
 */
#ifndef WDFUSE_TRANSPORT_RING_H
#define WDFUSE_TRANSPORT_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "port/thread.h"
#include "transport/fuseuring.h"
#include "transport/uring.h"
#include "transport/wire.h"

/* More servers than this get into each other's way. */
#define RING_SERVERS_MAX 16

/* Entries of all queues together: each may have a message that waits for its answer. */
#define RING_ENTRIES_MAX 32768

struct rings;
struct ring_queue;

struct ring_entry {
    /* The kernel writes a message here, and reads the answer. */
    struct fuse_uring_req_header header;
    unsigned char *payload;
    struct ring_queue *queue;
    struct iovec places[2];
    /* The message's, as long as it has no answer. */
    uint64_t unique;
    /* In its row of messages, or in the list of answers. */
    struct ring_entry *next;
    /* Its payload has been written to. */
    bool is_used;
    /* Its message has an answer. */
    _Atomic(bool) is_answered;
    /* The server's: it has a message. */
    bool is_taken;
    /* The server's: to be looked at later. */
    bool is_listed;
    struct ring_entry *next_listed;
    uint64_t due;
};

/* Where the message is put together: its header right in front of its fixed part. */
static inline struct fuse_in_header *ring_entry_message(struct ring_entry *entry)
{
    size_t place = offsetof(struct fuse_uring_req_header, op_in) - sizeof(struct fuse_in_header);
    return (struct fuse_in_header *)((unsigned char *)&entry->header + place);
}

/* A CPU's. The server's worker alone. */
struct ring_queue {
    struct ring_server *server;
    unsigned cpu;
    /* Registered; and those of them without a message. */
    unsigned count;
    unsigned free;
    /* It had no free entry: messages may wait in the kernel. */
    _Atomic(bool) is_dry;
    /* Entries that were lost since the last message. */
    unsigned losses;
    /* While it is dry: the last one that was committed, to see whether it is given a message at
     * once. */
    const struct ring_entry *probe;
};

struct ring_server {
    struct rings *rings;
    unsigned cpu;
    struct uring uring;
    /* An eventfd: the worker shall look at the answers, or at the session. */
    int wake_event;
    /* Who leads, as lead.h says. */
    _Atomic(uint64_t) lead;
    /* Entries to be committed. */
    _Atomic(struct ring_entry *) answers;
    bool is_registered;
    /* Whose message is being carried. */
    struct ring_entry *current;
    /* Entries to be looked at, the first one first. */
    struct ring_entry *listed;
    struct ring_entry **last_listed;
};

/* A leaf. */
PORT_LOCK_KIND(row_lock);

/* Messages without an answer, found by the kernel's number. */
#define RING_ROWS 256
struct ring_row {
    struct port_mutex row_lock;
    struct ring_entry *first GUARDED_BY(row_lock);
};

/* Leaves. */
PORT_LOCK_KIND(rings_lock);

struct ring_block;
struct nudger;

struct rings {
    /* Constant. */
    struct wire *wire;
    unsigned queue_count;
    struct ring_queue *queues;
    unsigned server_count;
    struct ring_server servers[RING_SERVERS_MAX];
    struct nudger *nudger;

    struct ring_row rows[RING_ROWS];

    _Atomic(unsigned) count; /* of entries */

    struct port_mutex rings_lock;
    struct port_condition state_changed;
    struct ring_block *blocks GUARDED_BY(rings_lock);
    /* Entries that the kernel does not know any more. */
    struct ring_entry *lost GUARDED_BY(rings_lock);
    /* Servers whose queues are registered. */
    unsigned ready GUARDED_BY(rings_lock);
    /* 0, or -errno: registering has failed. */
    int error GUARDED_BY(rings_lock);
};

/*
 * Rings for the wire, up to that many servers, not yet known to the kernel: before its first
 * message is answered. `path`, of the mount, must outlive them. Returns 0 or -errno.
 */
int rings_create(struct wire *wire, unsigned servers, const char *path, struct rings **rings);
/* When no thread submits to them any more. NULL is nothing. */
void rings_destroy(struct rings *rings);

/* Tells the kernel to use /dev/fuse after all, which has waited for the queues. */
void rings_refuse(const struct rings *rings);

/* Waits until all queues are registered. Returns 0 or -errno. */
int rings_await(struct rings *rings);

/* ---- for answers: any thread ---- */

/* Answers the message of that number, if it has come by a ring; else returns false. */
bool rings_answer(struct rings *rings, const struct fuse_out_header *header,
                  const struct iovec *parts, unsigned count);

/* The server's worker looks at the answers, or at the session, if it sleeps. */
void ring_wake(struct ring_server *server);

/* The memory of what this entry has held before goes back, if its message has no answer and has
 * brought nothing: it may wait for long. */
void rings_trim(struct rings *rings, struct ring_entry *entry);

/* ---- for the worker that serves ---- */

/* Serves from now on: the first one registers the queues. */
void ring_begin(struct ring_server *server);

/* Has the kernel told, with the next enter, of what has been answered, and of entries that are
 * added. */
void ring_commit(struct ring_server *server);

/* The next message, with *buffer for what it is; NULL: there is none. The entry is the message's
 * until that is answered. */
struct ring_entry *ring_take(struct ring_server *server, struct wire_buffer *buffer);

/* After all that there are have been taken. */
void ring_note_empty(struct ring_server *server);

#endif
