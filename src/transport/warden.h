/*
 * The warden: a helper process that watches a mount and unmounts it when its daemon has gone,
 * however it went.
 *
 * (fusermount3 has an option auto_unmount for this. Up to libfuse 3.16 at least, it does nothing
 * for a user's mount: it looks at the dead mount as root, which a user's mount keeps out.)
 */
#ifndef WDFUSE_TRANSPORT_WARDEN_H
#define WDFUSE_TRANSPORT_WARDEN_H

#include <stdbool.h>
#include <sys/types.h>

struct warden {
    pid_t process;
    int leash; /* its channel's other end */
};

/* Called before there is a mount on the directory: then a sudden death leaves nothing behind.
 * Returns 0 or -errno. */
int warden_start(struct warden *warden, const char *directory);

/* The warden's mount is the one that is now on the directory, wherever it will be later. */
void warden_tell(const struct warden *warden, const char *directory);

/* Ends the warden, which unmounts what is dead. False: it did not end in time. */
bool warden_end(struct warden *warden);

#endif
