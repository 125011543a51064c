/*
 * The warden: a helper process that watches over a mount, and takes it away when its daemon is
 * gone, however that went.
 *
 * (fusermount3 has an option auto_unmount for this. Up to libfuse 3.16 at least it does nothing for
 * a user's mount: it looks at the dead mount as root, which a user's mount keeps out.)
 */
#ifndef WDFUSE_TRANSPORT_WARDEN_H
#define WDFUSE_TRANSPORT_WARDEN_H

#include <stdbool.h>
#include <sys/types.h>

struct warden {
    pid_t process;
    int leash; /* its channel's other end */
};

/* Before there is a mount on the directory: nothing that a sudden death leaves is left then. 0 or
 * -errno. */
int warden_start(struct warden *warden, const char *directory);

/* What is mounted on the directory now is its mount, wherever that will be when it is needed. */
void warden_tell(const struct warden *warden, const char *directory);

/* It takes away what is dead. False: it does not come to an end. */
bool warden_end(struct warden *warden);

#endif
