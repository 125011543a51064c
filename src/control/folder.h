/* The folder in which the control sockets of daemons are: that of host/runtimefolder.h. */
#ifndef WDFUSE_CONTROL_FOLDER_H
#define WDFUSE_CONTROL_FOLDER_H

#define CONTROL_SOCKET_SUFFIX ".socket"

/* Removes sockets in it that nobody listens to. Returns 0 or -errno. */
int control_folder_clean(const char *folder);

/* Whether somebody listens. -ECONNREFUSED, -ENOENT: nobody does; -EAGAIN: somebody who does not
 * come to it. Returns a connected socket or -errno. Never waits. */
int control_connect(const char *path);

#endif
