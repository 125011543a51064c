/* The file that names the daemon's process. */
#ifndef WDFUSE_HOST_PIDFILE_H
#define WDFUSE_HOST_PIDFILE_H

#include <sys/types.h>

/* An absolute form of a path whose file need not exist; to be freed. NULL with errno set. */
char *pidfile_absolute_path(const char *path);

/*
 * Writes our process ID to `path`, which must be absolute, and never through a symbolic link.
 * Returns 0, or -errno with a line logged. The file is not kept open: a daemon that has given up
 * its privileges must not say which process root's scripts signal.
 */
int pidfile_create(const char *path);

/* Removes the file, if it names that process and we may. NULL is fine. */
void pidfile_remove(const char *path, pid_t process);

#endif
