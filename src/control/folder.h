/*
 * The folder in which the control sockets of daemons are: /run/wdfuse for root,
 * $XDG_RUNTIME_DIR/wdfuse for other users.
 */
#ifndef WDFUSE_CONTROL_FOLDER_H
#define WDFUSE_CONTROL_FOLDER_H

#include <stddef.h>

#define CONTROL_SOCKET_SUFFIX ".socket"

/* Of this process's user. NULL: there is none, or its path is too long. */
const char *control_folder(char *path, size_t size);

/* Makes the folder if it is not there, and removes sockets in it that nobody listens to. Returns 0
 * or -errno. */
int control_folder_prepare(const char *folder);

/* Whether somebody listens. -ECONNREFUSED, -ENOENT: nobody does. Returns a connected socket or
 * -errno. */
int control_connect(const char *path);

#endif
