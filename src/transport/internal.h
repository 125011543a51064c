/*
 * What the files of this folder share: one transport, its kind, and the files that clients have open.
 *
 *     transport.c    opens and closes a transport of either kind; the files that are open
 *     cuse.c         the kind that makes /dev/NAME
 *     fuse.c         the kind that makes DIR/NAME; mount.c mounts for it, by programs that child.c starts
 *     operations.c   open, read, write, ioctl, poll, release as requests, the same for both kinds
 *     session.c      the threads that receive and carry requests
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

/* What differs between a node in /dev and a file in a mount. */
struct transport_kind {
    const char *name;

    /*
     * Makes transport->path and transport->fuse, attached to the kernel. On failure it has logged the one
     * line that the user reads; disconnect is called whatever was reached.
     */
    int (*connect)(struct transport *transport);

    /* Once the node can be opened: gives it owner and mode. NULL when connect did that. */
    int (*settle)(struct transport *transport);

    /* Takes the node away, and transport->fuse with it. No worker runs any more. */
    void (*disconnect)(struct transport *transport);
};

/* An open file of a client, as the kernel names it to us (fuse_file_info.fh). */
struct open_file {
    struct io_file *file;
    int open_flags;         /* an ioctl does not bring the file's present ones */
    struct open_file *next; /* guarded by transport->lock, like `previous` */
    struct open_file *previous;
};

/* Constant once transport_open has returned, except where a field says otherwise. */
struct transport {
    const struct transport_kind *kind;
    char name[NAME_MAX + 1];
    char mount_dir[PATH_MAX]; /* empty for CUSE */
    char path[PATH_MAX + NAME_MAX + 2];
    mode_t mode;
    uid_t owner;
    gid_t group;
    bool debug;

    struct wdf_device *device;
    struct fuse_session *fuse;
    struct session *session;
    /* fuse.c's: */
    struct mount *mount;
    int claim; /* holds the lock on the directory; -1: none */
    time_t started;

    struct port_mutex lock; /* guards what follows; a leaf: nothing is called while it is held */
    struct port_condition became_ready;
    bool is_ready;
    struct open_file *files;
};

extern const struct transport_kind transport_cuse;
extern const struct transport_kind transport_fuse;

/* To be called by the kind, from a worker, as soon as the node can be opened. */
void transport_note_ready(struct transport *transport);

/* The list of open files. Removing does not free. */
void transport_add_file(struct transport *transport, struct open_file *open_file);
void transport_remove_file(struct transport *transport, struct open_file *open_file);

/*
 * The argument vector that libfuse wants for a session. It must outlive the call it is made for, no longer:
 * to be freed with fuse_opt_free_args. Returns -ENOMEM when there is no memory.
 */
int transport_session_arguments(const struct transport *transport, struct fuse_args *arguments);

/* Gives the session its descriptor, which it then owns. Returns 0, or -errno with the descriptor closed. */
int transport_attach(struct transport *transport, int descriptor);

#endif
