/*
 * Transports: how requests reach devices, and the seam between them and the host.
 *
 * `cuse` makes real nodes /dev/NAME; `fuse` makes files DIR/NAME in a FUSE mount of its own. Both
 * speak the kernel's words (wire.h) and share one session loop (session.h).
 */
#ifndef WDFUSE_TRANSPORT_TRANSPORT_H
#define WDFUSE_TRANSPORT_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct io_device;
struct node;
struct transport;

/* Whether requests come by io_uring: where the kernel offers it; and say it if it does not. */
enum transport_uring {
    TRANSPORT_URING_OFF,
    TRANSPORT_URING_AUTO,
    TRANSPORT_URING_ON,
};

struct transport_options {
    const char *mount_dir; /* absolute path of the folder to mount on; NULL: CUSE */
    mode_t mode;           /* decides who else may look into a user's mount */
    uid_t owner;           /* of the nodes; (uid_t)-1: the daemon's own */
    gid_t group;           /* likewise */
    /* Threads that may be inside the driver at once, for each connection; at least 1 */
    unsigned workers;
    unsigned spin_us; /* how long a worker stays awake after its last request */
    enum transport_uring uring;
    bool debug; /* each message of the kernel is logged */
};

struct node_options {
    const char *name; /* without any folder; node_name_is_valid says yes */
    mode_t mode;      /* permission bits */
    bool is_lasting; /* it is never removed before transport_close: the kernel need not ask again */
};

/*
 * A transport without nodes; nothing is asked of the kernel yet. On failure one line has been
 * logged, and the value is -errno.
 */
int transport_open(const struct transport_options *options, struct transport **result);

/*
 * Makes a node and serves it; with the first one of a mount, the mount. When this returns 0 the
 * node is there, has its owner and mode, and opens. On failure one line has been logged that says
 * what failed, why and what to do, what there was of the node goes as one that is removed, and the
 * value is -errno. Any thread.
 */
int transport_add_node(struct transport *transport, const struct node_options *options,
                       struct io_device *device, struct node **result);

/*
 * No open of the node from now on, and its name goes; where that takes rights that the daemon has
 * given up, the name stays until the last file is closed. Open files go on. The pointer is dead.
 * Any thread, also one that serves the node.
 */
void transport_remove_node(struct node *node);

/* The node leads to another device from now on. Files that are open stay with the one before, which
 * has to last as long as they do. Any thread. */
void transport_switch_node(struct node *node, struct io_device *device);

/* 0 if a node of that name could be made, as far as can be seen; -errno with a line logged. Any
 * thread. */
int transport_check_name(struct transport *transport, const char *name);

/* The path clients open: "/dev/echo" or "DIR/echo". Valid as long as the node. */
const char *node_path(const struct node *node);

/* By which way requests come, if there is more than one. */
void transport_log_way(const struct transport *transport);

/*
 * A descriptor that becomes readable when a connection to the kernel has ended by itself (unmounted
 * from outside, kernel gone).
 */
int transport_ended_descriptor(const struct transport *transport);

/*
 * Ends serving: the workers are joined, the mount or the nodes are removed, files that clients
 * still hold open are released (io_file_release). To be called when no request is outstanding, and
 * nobody adds a node any more.
 */
void transport_close(struct transport *transport);

#endif
