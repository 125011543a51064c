/*
 * A FUSE mount of our own, made by fusermount3, as root and as a user alike.
 *
 * The warden (transport/warden.h) unmounts when this daemon is gone, however it went. So a daemon
 * that is killed leaves no stale mount, and one that has given up its privileges can still end in
 * order.
 */
#ifndef WDFUSE_TRANSPORT_MOUNT_H
#define WDFUSE_TRANSPORT_MOUNT_H

#include <stdbool.h>

struct mount;

struct mount_options {
    const char *directory; /* absolute; exists */
    const char *subtype;   /* its name in the mount table, after "fuse." */
    bool allow_other;      /* others than the mounting user may use it */
};

/*
 * Mounts, and returns the descriptor of the connection, which is the caller's. On failure one line
 * has been logged and the value is -errno.
 */
int mount_open(const struct mount_options *options, struct mount **mount);

/* Unmounts. The connection's descriptor must be closed already: a live file system is not unmounted
 * by force. */
void mount_close(struct mount *mount);

#endif
