/*
 * What the files of this folder share: one transport, its kind, its nodes, and the files that clients have
 * open.
 *
 *     transport.c    opens and closes transports of either kind; their nodes, and the files that are open
 *     connection.c   a session with the kernel, and its threads
 *     cuse.c         the kind that makes /dev/NAME, a connection each
 *     fuse.c         the kind that makes DIR/NAME, all on one connection
 *     mount.c        mounts for it, by programs that child.c starts
 *     operations.c   open, read, write, ioctl, poll, release as requests, the same for both kinds
 *     ioctl.c        device controls of <wdfuse/ioctl.h>: read and checked
 *     session.c      the threads that receive and carry requests
 *     crew.c         who of them does what
 *     carry.c        a message on its way through them
 *     pace.c         how they wait for the next one
 */
#ifndef WDFUSE_TRANSPORT_INTERNAL_H
#define WDFUSE_TRANSPORT_INTERNAL_H

#define FUSE_USE_VERSION 35
#include <fuse3/fuse_lowlevel.h>

#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>

#include "framework/io.h"
#include "port/thread.h"
#include "transport/transport.h"

struct mount;
struct session;

/* The userdata of its libfuse session. Made by its kind; constant while workers run, but for what the lock
 * guards. */
struct connection {
    struct fuse_session *fuse;
    struct session *session;
    struct port_mutex lock; /* guards is_ready; a leaf */
    struct port_condition became_ready;
    bool is_ready;
};

/* What differs between nodes in /dev and files in a mount. */
struct transport_kind {
    const char *name;

    /* Writes the path of the node that has that name. */
    void (*path)(const struct transport *transport, const char *name, char *path, size_t size);

    /* 0 if a node of that path can be made, as far as can be seen; -errno, with a line logged. */
    int (*check)(const struct transport *transport, const char *name);

    /*
     * Makes the node: clients can open it when this returns 0. On failure it has logged the one line that the
     * user reads; discard is called later, whatever was reached.
     */
    int (*make)(struct node *node);

    /* The node's name goes, as far as it can while files are open; node->device is NULL already. */
    void (*withdraw)(struct node *node);

    /*
     * What a node leaves: called once no file of it is open, or when the transport closes. Not by a worker of
     * the node's own connection.
     */
    void (*discard)(struct node *node);

    /* Ends what all nodes share, before they are discarded. */
    void (*close)(struct transport *transport);
};

/* An open file of a client, as the kernel names it to us (fuse_file_info.fh). */
struct open_file {
    struct node *node;
    struct io_file *file;
    int open_flags;         /* an ioctl does not bring the file's present ones */
    struct open_file *next; /* guarded by transport->lock, like `previous` */
    struct open_file *previous;
};

/* One device's node. Constant once it is made, but for what the transport's lock guards. */
struct node {
    struct transport *transport;
    char name[NAME_MAX + 1];
    char path[PATH_MAX + NAME_MAX + 2];
    mode_t mode;
    bool is_lasting;              /* it stays as long as the transport, and the kernel may remember it */
    fuse_ino_t inode;             /* fuse.c's: unique for the life of the mount */
    struct connection connection; /* cuse.c's */

    /* Guarded by transport->lock. */
    struct node *next;
    struct io_device *device;         /* NULL: withdrawn, no open any more */
    struct io_device *removed_device; /* then: which one it was, with a reference */
    unsigned users;                   /* open files, and opens on their way */
    struct open_file *files;
};

/* Constant once it is open, except where a field says otherwise. */
struct transport {
    const struct transport_kind *kind;
    char mount_dir[PATH_MAX]; /* empty for CUSE */
    mode_t mode;              /* of the files in general: who may look into the mount */
    uid_t owner;
    gid_t group;
    unsigned workers;
    unsigned spin_us;
    bool debug;
    int ended_event; /* readable: the kernel has ended a connection */

    /* fuse.c's; guarded by making: */
    bool is_mounted;
    struct connection connection;
    struct mount *mount;
    int claim; /* holds the lock on the directory; -1: none */
    time_t started;

    struct port_mutex making; /* around the making of a node: one at a time; outside of lock */

    struct port_mutex lock; /* guards what follows; nothing is called while it is held */
    struct port_condition nodes_changed;
    struct node *nodes; /* in order of creation */
    fuse_ino_t last_inode;
    bool is_closing;
    bool has_reaper;
    struct port_thread reaper; /* discards withdrawn nodes that no file holds any more */
};

extern const struct transport_kind transport_cuse;
extern const struct transport_kind transport_fuse;

/*
 * An open begins: the node stays until node_leave, which is due when the open fails or its file is released.
 * False, and NULL: it is withdrawn, or there is none.
 */
bool node_enter(struct node *node);
struct node *transport_enter_inode(struct transport *transport, fuse_ino_t inode);
void node_leave(struct node *node);

/* The device of a node that was entered, with a reference for the caller; NULL: withdrawn meanwhile. */
struct io_device *node_device(struct node *node);

/* The list of open files of open_file->node. Removing does not free, nor leave the node. */
void transport_add_file(struct open_file *open_file);
void transport_remove_file(struct open_file *open_file);

/*
 * For a mount. Copies what stat(2) of a node needs: by name, by inode, or by place in the folder; false:
 * there is none.
 */
struct node_view {
    char name[NAME_MAX + 1];
    fuse_ino_t inode;
    mode_t mode;
    bool is_lasting;
};
bool transport_view_name(struct transport *transport, const char *name, struct node_view *view);
bool transport_view_inode(struct transport *transport, fuse_ino_t inode, struct node_view *view);
bool transport_view_after(struct transport *transport, fuse_ino_t inode, struct node_view *view);

#endif
