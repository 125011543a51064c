/* The folder in which the control sockets of daemons are: that of host/runtimefolder.h. */
#ifndef WDFUSE_CONTROL_FOLDER_H
#define WDFUSE_CONTROL_FOLDER_H

#define CONTROL_SOCKET_SUFFIX ".socket"

/* Removes sockets in it that nobody listens to, and tells each: 0, or -errno if it stays. Returns 0
 * or -errno. */
typedef void control_folder_report(const char *path, int error, void *context);
int control_folder_clean(const char *folder, control_folder_report *report, void *context);

/* Whether somebody listens. -ECONNREFUSED, -ENOENT: nobody does; -EAGAIN: somebody who does not
 * come to it. Returns a connected socket or -errno. Never waits. */
int control_connect(const char *path);

#endif
