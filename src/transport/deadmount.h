/*
 * Mounts whose daemon is dead: telling them from live ones, and removing them.
 *
 * A live mount may have a daemon that does not answer, so a helper process touches it. What is
 * unmounted is exactly the mount that was examined, whatever is mounted there meanwhile. The
 * exception is a user's, who needs fusermount3, which goes by the path.
 */
#ifndef WDFUSE_TRANSPORT_DEADMOUNT_H
#define WDFUSE_TRANSPORT_DEADMOUNT_H

#include <stdbool.h>

#include "transport/mounttable.h"

#define FUSERMOUNT "fusermount3"

/* Returns true if the mount should be removed when it is dead. */
typedef bool dead_mount_filter(const struct mount_entry *entry, const void *context);

/* A mount was removed, or could not be (-errno). */
typedef void dead_mount_report(const char *path, int error, void *context);

/*
 * Its daemon runs, according to the process table; touching the mount would make it busy for
 * somebody who is about to unmount it. False for a zombie and for a process of another PID
 * namespace. For a process that is just ending, either is possible.
 */
bool dead_mount_is_excluded(const struct mount_entry *entry);

/*
 * Removes our dead mounts that the filter lets through, wherever they are; as root, also those of
 * other users. If `report` is NULL, nothing is allocated, locked or logged, so a helper process may
 * call it. Both functions get `context`.
 */
void dead_mounts_remove(dead_mount_filter *is_meant, dead_mount_report *report, void *context);

/* True if the directory is a mount whose daemon is dead, whether ours or not. Removing it logs a
 * line, and returns 0 or -errno. */
bool dead_mount_is_at(const char *directory);
int dead_mount_remove(const char *directory);

#endif
