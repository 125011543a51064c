/*
 * What the kinds of transport share, and a transport itself.
 *
 *     transport.c    opens and closes transports of either kind, makes and discards nodes
 *     node.c         the nodes, and the files that are open
 *     connection.c   a wire to the kernel, and its threads
 *     cuse.c         the kind that makes /dev/NAME, a connection each
 *     fuse.c         the kind that makes DIR/NAME, all on one connection
 *     mount.c        mounts for it, by programs that child.c starts
 *     operations.c   open, read, write, ioctl, poll, release as requests, for both kinds
 *     ioctl.c        device controls of <wdfuse/ioctl.h>: read and checked
 *     order.c        what the kernel orders, for TSan
 *     messagestore.c memory for messages
 *     session.c      the threads that receive and carry requests
 *     crew.c         who of them does what
 *     carry.c        a message on its way through them
 *     line.c         the messages that wait, a lane for each process
 *     wire.c         the kernel's messages, taken apart (wire.h): wirestart.c the first one,
 *                    wireanswer.c the answers
 *     interrupts.c   requests by the kernel's number
 *     pace.c         how they wait for the next one
 *     ring.c         FUSE over io_uring: entries, what comes in them, and answers; uring.c an
 *                    io_uring by its system calls, nudge.c what a queue that ran dry needs
 *     serve.c        what a worker does that leads a ring
 */
#ifndef WDFUSE_TRANSPORT_INTERNAL_H
#define WDFUSE_TRANSPORT_INTERNAL_H

#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>

#include "framework/io.h"
#include "port/thread.h"
#include "transport/connection.h"
#include "transport/node.h"
#include "transport/transport.h"

struct mount;

/* What differs between nodes in /dev and files in a mount. */
struct transport_kind {
    const char *name;

    /* Writes the path of the node that has that name. */
    void (*path)(const struct transport *transport, const char *name, char *path, size_t size);

    /* 0 if a node of that name can probably be made; else -errno, with a line logged. */
    int (*check)(const struct transport *transport, const char *name);

    /* Makes the node: clients can open it when this returns 0. On failure it has logged the one
     * line that the user reads; discard is called later, however far it got. */
    int (*make)(struct node *node);

    /* Removes the node's name, as far as open files allow; node->device is already NULL. */
    void (*withdraw)(struct node *node);

    /* Frees the rest of a node: called once no file of it is open, or when the transport closes,
     * but not by a worker of the node's own connection. */
    void (*discard)(struct node *node);

    /* Ends what all nodes share, before they are discarded. */
    void (*close)(struct transport *transport);
};

/* Held while a node is made, so one at a time. Outside of transport_lock. */
PORT_LOCK_KIND(making_lock);

/* Constant once it is open, except where a field says otherwise. */
struct transport {
    const struct transport_kind *kind;
    char mount_dir[PATH_MAX]; /* empty for CUSE */
    mode_t mode;              /* of files in general: who may look into the mount */
    uid_t owner;
    gid_t group;
    unsigned workers;
    unsigned spin_us;
    enum transport_uring uring;
    bool debug;
    int ended_event; /* readable: the kernel has ended a connection */

    /* For fuse.c. Changed while a node is made. */
    bool is_mounted;
    struct connection connection;
    struct mount *mount;
    int claim; /* holds the lock on the directory; -1: none */
    time_t started;

    struct port_mutex making_lock;

    struct port_mutex transport_lock;
    struct port_condition nodes_changed;
    /* In order of creation. */
    struct node *nodes GUARDED_BY(transport_lock);
    uint64_t last_inode GUARDED_BY(transport_lock);
    bool is_closing GUARDED_BY(transport_lock);
    bool has_reaper GUARDED_BY(transport_lock);
    /* Discards withdrawn nodes that no file holds any more. */
    struct port_thread reaper;
};

#endif
