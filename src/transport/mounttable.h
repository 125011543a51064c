/*
 * The mounts of our daemons, dead or alive, in the kernel's table (proc(5), mountinfo).
 *
 * Nothing is allocated, locked or logged, so that a helper process may read it (port/helper.h). No
 * mount is touched.
 */
#ifndef WDFUSE_TRANSPORT_MOUNTTABLE_H
#define WDFUSE_TRANSPORT_MOUNTTABLE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The type of our mounts there: "wdfuse:1234", with the PID of the serving process. */
#define MOUNT_SOURCE "wdfuse"

struct mount_entry {
    unsigned daemon;       /* its PID in its own PID namespace; 0: unknown */
    unsigned major, minor; /* the file system's device number */
    uid_t user;            /* who has mounted it */
    gid_t group;
    char path[PATH_MAX]; /* where it is now, whatever was renamed meanwhile */
};

struct mount_table {
    int descriptor;
    size_t begin, end; /* of the unread part of the buffer */
    bool is_in_long_line;
    char buffer[4 * PATH_MAX];
};

/* Returns 0 or -errno. */
int mount_table_open(struct mount_table *table);
void mount_table_close(struct mount_table *table);

/* False: no more entries. */
bool mount_table_next(struct mount_table *table, struct mount_entry *entry);

/* Parses one line, which it changes. False: it is not one of ours. */
bool mount_line_read(char *line, struct mount_entry *entry);

#endif
