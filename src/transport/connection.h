/* A connection to the kernel: its wire and the threads that serve it. Each CUSE node has its own;
 * all files of a FUSE mount share one. */
#ifndef WDFUSE_TRANSPORT_CONNECTION_H
#define WDFUSE_TRANSPORT_CONNECTION_H

#include <stdbool.h>

#include "port/thread.h"
#include "transport/wire.h"

struct session;
struct transport;

/* A leaf. */
PORT_LOCK_KIND(ready_lock);

/* Owns its wire. Made by its kind; constant while workers run, except for what the lock guards. */
struct connection {
    /* NULL: not connected */
    struct wire *wire;
    /* By how many its messages come; 0: by read(2) */
    unsigned rings;
    struct session *session;
    struct port_mutex ready_lock;
    struct port_condition became_ready;
    bool is_ready GUARDED_BY(ready_lock);
};

void connection_init(struct connection *connection);

/* Connects by that descriptor, which the connection then owns. `device`: a CUSE node's name, which
 * must outlive it, or NULL. Returns 0, or -errno with a line logged and the descriptor closed. */
int connection_attach(struct connection *connection, int descriptor,
                      const struct wire_operations *operations, const char *device, bool shows);

/* Called by the kind, from a worker, as soon as the node can be opened. */
void connection_note_ready(struct connection *connection);

/*
 * Starts the workers and waits until the kernel uses the connection; `path` is for messages.
 * Returns 0, or -errno with a line logged.
 */
int connection_serve(struct connection *connection, const struct transport *transport,
                     const char *path);

/* Joins the workers; not to be called by one of them. Messages that still arrive stay
 * unanswered. */
void connection_stop(struct connection *connection);

/* Stops it and closes the descriptor, if it is connected. */
void connection_disconnect(struct connection *connection);

/* Stops it, closes the descriptor and destroys it: the kernel then treats the node or mount as
 * dead. */
void connection_close(struct connection *connection);

#endif
