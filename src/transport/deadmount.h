/*
 * Mounts whose daemon is dead: told from live ones, and taken away.
 *
 * A live one may be that of a daemon that does not answer, so that touching it is left to a helper
 * process. What is unmounted is the very mount that was looked at, whatever is mounted there
 * meanwhile; but for a user, who needs fusermount3, which goes by the path.
 */
#ifndef WDFUSE_TRANSPORT_DEADMOUNT_H
#define WDFUSE_TRANSPORT_DEADMOUNT_H

#include <stdbool.h>

#include "transport/mounttable.h"

#define FUSERMOUNT "fusermount3"

/* True: the mount is to go if it is dead. */
typedef bool dead_mount_filter(const struct mount_entry *entry, const void *context);

/* One has been taken away, or could not be (-errno). */
typedef void dead_mount_report(const char *path, int error, void *context);

/*
 * Its daemon runs, as far as the table of processes says: a look at the mount itself would make it
 * busy for somebody who is about to unmount it. Not so of a zombie, nor of a process of another PID
 * namespace; of one that is ending it may be.
 */
bool dead_mount_is_excluded(const struct mount_entry *entry);

/*
 * Takes away dead mounts of ours which the filter lets through, wherever they are; those of other
 * users if we are root. `report` may be NULL, and then nothing is allocated, locked or logged: a
 * helper process may call it. The context is that of both.
 */
void dead_mounts_remove(dead_mount_filter *is_meant, dead_mount_report *report, void *context);

/*
 * True if the directory is a mount whose daemon is dead, be it ours or not. Removing such a mount
 * is worth a line in the log; it returns 0 or -errno.
 */
bool dead_mount_is_at(const char *directory);
int dead_mount_remove(const char *directory);

#endif
