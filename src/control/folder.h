/* The folder of the daemons' control sockets: that of host/runtimefolder.h. */
#ifndef WDFUSE_CONTROL_FOLDER_H
#define WDFUSE_CONTROL_FOLDER_H

#define CONTROL_SOCKET_SUFFIX ".socket"

/* Removes sockets in it that no process listens to, and reports each: 0, or -errno if it stays.
 * Returns 0 or -errno. */
typedef void control_folder_report(const char *path, int error, void *context);
int control_folder_clean(const char *folder, control_folder_report *report, void *context);

/* Returns a connected socket or -errno. -ECONNREFUSED, -ENOENT: no process listens; -EAGAIN: one
 * listens but does not accept. Never waits. */
int control_connect(const char *path);

#endif
