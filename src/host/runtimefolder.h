/*
 * The folder for the files of running daemons: history rings and control sockets.
 *
 * $RUNTIME_DIRECTORY, which systemd gives to services that ask for one; /run/wdfuse for root,
 * $XDG_RUNTIME_DIR/wdfuse for others, /tmp/wdfuse-UID without that.
 */
#ifndef WDFUSE_HOST_RUNTIMEFOLDER_H
#define WDFUSE_HOST_RUNTIMEFOLDER_H

#include <stddef.h>

/* The n-th candidate for this user, from 0 on, in `buffer`; NULL: there are no more. wdfctl looks
 * in /run/wdfuse, too. */
const char *runtime_folder_at(unsigned n, char *buffer, size_t size);

/* Whether it is a folder of this user in which no other user can write. */
_Bool runtime_folder_is_safe(const char *path);

/*
 * Makes the first one that can be made, and writes its path. It belongs to this user, and no other
 * user can write to it. Returns 0, or -errno of the last, after a warning.
 */
int runtime_folder_make(char *buffer, size_t size);

#endif
