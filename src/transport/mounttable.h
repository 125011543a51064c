/*
 * The mounts of daemons of ours, dead or alive, in the kernel's table (proc(5), mountinfo).
 *
 * Nothing is allocated, locked or logged, so that a helper process may read it (port/helper.h), and
 * no mount is touched.
 */
#ifndef WDFUSE_TRANSPORT_MOUNTTABLE_H
#define WDFUSE_TRANSPORT_MOUNTTABLE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What a mount of ours is called there: "wdfuse:1234", by the process that serves it. */
#define MOUNT_SOURCE "wdfuse"

struct mount_entry {
    unsigned daemon;       /* the process, as it is called in its own PID namespace; 0: unknown */
    unsigned major, minor; /* the file system's device number */
    uid_t user;            /* who has mounted it */
    gid_t group;
    char path[PATH_MAX]; /* where it is now, whatever was renamed meanwhile */
};

struct mount_table {
    int descriptor;
    size_t begin, end; /* of what is in the buffer and not looked at */
    bool is_in_long_line;
    char buffer[4 * PATH_MAX];
};

/* Returns 0 or -errno. */
int mount_table_open(struct mount_table *table);
void mount_table_close(struct mount_table *table);

/* False: there is none any more. */
bool mount_table_next(struct mount_table *table, struct mount_entry *entry);

/* One line, which is changed. False: it is not one of ours. */
bool mount_line_read(char *line, struct mount_entry *entry);

#endif
