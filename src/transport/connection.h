/*
 * A connection to the kernel: a session of libfuse and the threads that serve it. A CUSE node has
 * one of its own; all files of a FUSE mount share one.
 */
#ifndef WDFUSE_TRANSPORT_CONNECTION_H
#define WDFUSE_TRANSPORT_CONNECTION_H

#include <stdbool.h>

#include "port/thread.h"
#include "transport/libfuse.h"

struct session;
struct transport;

/* A leaf. */
PORT_LOCK_KIND(ready_lock);

/* The userdata of its libfuse session. Made by its kind; constant while workers run, but for what
 * the lock guards. */
struct connection {
    struct fuse_session *fuse;
    struct session *session;
    struct port_mutex ready_lock;
    struct port_condition became_ready;
    bool is_ready GUARDED_BY(ready_lock);
};

void connection_init(struct connection *connection);

/*
 * The argument vector that libfuse wants for a session. It must outlive the call it is made for, no
 * longer: to be freed with fuse_opt_free_args. Returns -ENOMEM when there is no memory.
 */
int connection_arguments(const struct transport *transport, struct fuse_args *arguments);

/*
 * Gives the session, which the caller has made, its descriptor, which the session then owns.
 * Returns 0, or -errno with the descriptor closed.
 */
int connection_attach(struct connection *connection, int descriptor);

/* To be called by the kind, from a worker, as soon as the node can be opened. */
void connection_note_ready(struct connection *connection);

/*
 * Starts the workers and waits until the kernel uses the connection; `path` is for messages.
 * Returns 0, or -errno with a line logged.
 */
int connection_serve(struct connection *connection, const struct transport *transport,
                     const char *path);

/* Joins the workers: not from one of them. Messages that the kernel still sends stay unanswered. */
void connection_stop(struct connection *connection);

/* Stops it and closes the descriptor: the kernel takes node or mount for dead. */
void connection_close(struct connection *connection);

#endif
