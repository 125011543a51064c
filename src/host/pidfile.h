/* The file that names the daemon's process. */
#ifndef WDFUSE_HOST_PIDFILE_H
#define WDFUSE_HOST_PIDFILE_H

struct pidfile;

/* An absolute form of a path whose file need not exist; to be freed. NULL with errno set. */
char *pidfile_absolute_path(const char *path);

/*
 * Writes our process ID to `path`, which must be absolute, and never through a symbolic link.
 * Returns 0, or -errno with a line logged.
 */
int pidfile_create(const char *path, struct pidfile **pidfile);

/*
 * Removes the file, unless it names another process by now. A daemon that has given up the
 * privileges to remove it empties it instead, through the descriptor it has kept: an empty file
 * names nobody. NULL is fine.
 */
void pidfile_remove(struct pidfile *pidfile);

#endif
