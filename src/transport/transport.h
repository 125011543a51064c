/*
 * Transports: how requests reach devices, and the seam between them and the host.
 *
 * `cuse` makes real nodes /dev/NAME; `fuse` makes files DIR/NAME in a FUSE mount of its own. Both
 * speak the kernel's protocol (wire.h) and share one session loop (session.h).
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
    uid_t owner;           /* of the nodes; (uid_t)-1: the daemon's */
    gid_t group;           /* likewise */
    /* Threads that may be inside the driver at once, for each connection; at least 1 */
    unsigned workers;
    unsigned spin_us; /* how long a worker stays awake after its last request */
    enum transport_uring uring;
    bool debug; /* each message of the kernel is logged */
};

struct node_options {
    const char *name; /* without a folder; node_name_is_valid accepts it */
    mode_t mode;      /* permission bits */
    bool is_lasting;  /* stays until transport_close: the kernel need not ask again */
};

/* Creates a transport without nodes; the kernel is not involved yet. On failure one line has been
 * logged, and the value is -errno. */
int transport_open(const struct transport_options *options, struct transport **result);

/*
 * Makes a node and serves it; the first node of a mount also makes the mount. When this returns 0,
 * the node exists, has its owner and mode, and can be opened. On failure one line has been logged
 * that says what failed, why and what to do; what existed of the node goes like one that is
 * removed, and the value is -errno. Any thread.
 */
int transport_add_node(struct transport *transport, const struct node_options *options,
                       struct io_device *device, struct node **result);

/*
 * Ends opens of the node, and removes its name. If that needs rights that the daemon has given up,
 * the name stays until the last file is closed. Open files go on. The pointer becomes invalid. Any
 * thread, also one that serves the node.
 */
void transport_remove_node(struct node *node);

/* From now on the node leads to another device. Open files stay with the previous one, which must
 * exist as long as they do. Any thread. */
void transport_switch_node(struct node *node, struct io_device *device);

/* 0 if a node of that name can probably be made; else -errno with a line logged. Any thread. */
int transport_check_name(struct transport *transport, const char *name);

/* The path clients open: "/dev/echo" or "DIR/echo". Valid as long as the node. */
const char *node_path(const struct node *node);

/* Logs by which way requests come, if there is more than one. */
void transport_log_way(const struct transport *transport);

/* A descriptor that becomes readable when a connection to the kernel has ended by itself (unmounted
 * from outside, or the kernel aborted it). */
int transport_ended_descriptor(const struct transport *transport);

/*
 * Ends serving: joins the workers, removes the mount or the nodes, and releases files that clients
 * still hold open (io_file_release). Call it when no request is outstanding and nobody adds nodes
 * any more.
 */
void transport_close(struct transport *transport);

#endif
