/*
 * Transports: how requests reach a device, and the seam between them and the host.
 *
 * `cuse` makes a real node /dev/NAME; `fuse` makes a file DIR/NAME in a FUSE mount of its own. Both speak
 * through libfuse and share one session loop (session.h). Nothing outside this folder includes a libfuse
 * header.
 */
#ifndef WDFUSE_TRANSPORT_TRANSPORT_H
#define WDFUSE_TRANSPORT_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct wdf_device;
struct transport;

struct transport_options {
    const char *name;      /* the node's name, without any folder */
    const char *mount_dir; /* absolute path of the folder to mount on; NULL: CUSE */
    mode_t mode;           /* permission bits of the node */
    uid_t owner;           /* of the node; (uid_t)-1: the daemon's own */
    gid_t group;           /* likewise */
    unsigned workers;      /* threads that may be inside the driver at once; at least 1 */
    unsigned spin_us;      /* how long a worker stays awake after its last request */
    bool debug;            /* libfuse's own trace */
};

/* True if the name can be a device's: letters, digits and ._-+:@, no dot or dash first, at most 255 bytes. */
bool transport_name_is_valid(const char *name);

/*
 * Makes the node and serves it. When this returns 0 the node is there, has its owner and mode, and opens. On
 * failure one line has been logged that says what failed, why and what to do, nothing is left behind, and the
 * value is -errno.
 */
int transport_open(const struct transport_options *options, struct wdf_device *device,
                   struct transport **transport);

/* The path clients open: "/dev/echo" or "DIR/echo". Valid until transport_close. */
const char *transport_path(const struct transport *transport);

/*
 * A descriptor that becomes readable when the connection has ended by itself (unmounted from outside, kernel
 * gone).
 */
int transport_ended_descriptor(const struct transport *transport);

/*
 * Ends serving: the workers are joined, the mount or the node is removed, files that clients still hold open
 * are released (io_file_release). To be called after device_remove, so that no request is outstanding.
 */
void transport_close(struct transport *transport);

#endif
