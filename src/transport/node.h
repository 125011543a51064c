/* The nodes of a transport as clients see them: attributes, opens, and open files. */
#ifndef WDFUSE_TRANSPORT_NODE_H
#define WDFUSE_TRANSPORT_NODE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "port/thread.h"
#include "transport/connection.h"

struct io_device;
struct io_file;
struct transport;

/* Guards the nodes of a transport; a leaf: nothing is called while it is held. */
PORT_LOCK_KIND(transport_lock);

/* An open file of a client, as the kernel names it to us (fuse_file_info.fh). */
struct open_file {
    struct node *node;
    struct io_file *file;
    /* An ioctl does not carry the file's current flags. */
    uint32_t open_flags;
    /* The process that has opened it. */
    pid_t process;
    struct open_file *next GUARDED_BY(transport_lock);
    struct open_file *previous GUARDED_BY(transport_lock);
};

/* A mount file's own attributes, which chmod(1), chown(1) and touch(1) change. */
struct node_attributes {
    mode_t mode; /* the permissions */
    uid_t owner;
    gid_t group;
    struct timespec accessed, modified, changed;
};

/* One device's node. Constant once it is made, except for what the lock guards. */
struct node {
    struct transport *transport;
    char name[NAME_MAX + 1];
    char path[PATH_MAX + NAME_MAX + 2];
    mode_t mode; /* at first */
    /* fuse.c's. */
    struct node_attributes attributes GUARDED_BY(transport_lock);
    /* It exists as long as the transport, so the kernel may remember it. */
    bool is_lasting;
    /* fuse.c's: unique for the life of the mount. */
    uint64_t inode;
    /* cuse.c's. */
    struct connection connection;

    struct node *next GUARDED_BY(transport_lock);
    /* NULL: withdrawn, no more opens. */
    struct io_device *device GUARDED_BY(transport_lock);
    /* Then: the device that it had, with a reference. Constant from then on. */
    struct io_device *removed_device;
    /* Open files, and opens on their way. */
    unsigned users GUARDED_BY(transport_lock);
    struct open_file *files GUARDED_BY(transport_lock);
};

/* Begins an open: the node stays until node_leave, which is due when the open fails or its file is
 * released. Returns false for NULL and for a withdrawn node. */
bool node_enter(struct node *node);
struct node *transport_enter_inode(struct transport *transport, uint64_t inode);
void node_leave(struct node *node);

/* The device of an entered node, with a reference for the caller; NULL: withdrawn meanwhile. */
struct io_device *node_device(struct node *node);

/* The list of open files of open_file->node. Removing neither frees the file nor leaves the
 * node. */
void transport_add_file(struct open_file *open_file);
void transport_remove_file(struct open_file *open_file);

/* Called when no worker runs any more: the kernel does not report files that are open when the
 * connection ends. */
void node_release_files(struct node *node);

/*
 * For a mount. Copies what stat(2) of a node, or of a folder, needs: by name, by inode, or by
 * position in a folder. False: there is none. A folder is given by its inode.
 */
#define TRANSPORT_FOLDER UINT64_C(1) /* the root folder: FUSE_ROOT_ID */
struct node_view {
    char name[NAME_MAX + 1]; /* in its folder */
    uint64_t inode;
    struct node_attributes attributes; /* not of a folder */
    bool is_lasting;
    bool is_folder;
};
bool transport_view_name(struct transport *transport, uint64_t folder, const char *name,
                         struct node_view *view);
bool transport_view_inode(struct transport *transport, uint64_t inode, struct node_view *view);
/* The next one behind a place, an inode, which becomes its own. */
bool transport_view_after(struct transport *transport, uint64_t folder, uint64_t *place,
                          struct node_view *view);

/* For a mount: calls the function to change the attributes of that node. False: there is none. */
bool transport_change_inode(struct transport *transport, uint64_t inode,
                            void (*change)(struct node_attributes *attributes, const void *context),
                            const void *context);

#endif
