/*
 * The kind that makes DIR/NAME: a FUSE file system with one file for each node, for machines
 * without CUSE and users who are not root. All files share one connection, which the first one
 * makes. An inode is one node's for ever.
 *
 * A file is opened for direct I/O and as a stream, so that every read and write of a client arrives
 * as it was made. What a device node has not got either (names to create, a size) is refused or
 * without effect.
 */
#include "transport/fuse.h"

#include "transport/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "port/clock.h"
#include "port/log.h"
#include "transport/connection.h"
#include "transport/deadmount.h"
#include "transport/mount.h"
#include "transport/operations.h"

/* Nothing about the folder and a lasting node ever changes, and the kernel may remember it. Of
 * another node it shall remember nothing: it may be gone the next moment, and a daemon inside a
 * callback can't tell. */
#define FOREVER 86400.0

/* How long a daemon that was killed may take to be gone, and how often to look. */
#define HOLDER_DIES_NS (2 * UINT64_C(1000000000))
#define CLAIM_AGAIN_NS 5000000u

static struct transport *transport_of(fuse_req_t handle)
{
    return CONTAINING_RECORD((struct connection *)fuse_req_userdata(handle), struct transport,
                             connection);
}

static void describe(fuse_ino_t inode, mode_t type, const struct node_attributes *attributes,
                     struct stat *status)
{
    *status = (struct stat){
        .st_ino = inode,
        .st_mode = type | attributes->mode,
        .st_nlink = S_ISDIR(type) ? 2 : 1,
        .st_uid = attributes->owner,
        .st_gid = attributes->group,
        .st_blksize = IO_TRANSFER_MAX,
        .st_atim = attributes->accessed,
        .st_mtim = attributes->modified,
        .st_ctim = attributes->changed,
    };
}

/* The folder's, which nobody changes. */
static struct node_view view_of_folder(const struct transport *transport)
{
    const struct timespec started = {.tv_sec = transport->started};
    return (struct node_view){
        .inode = FUSE_ROOT_ID,
        .attributes = {0755, transport->owner, transport->group, started, started, started},
        .is_lasting = true,
    };
}

static void reply_entry(fuse_req_t handle, const struct node_view *view)
{
    double timeout = view->is_lasting ? FOREVER : 0;
    struct fuse_entry_param entry = {
        .ino = view->inode, .attr_timeout = timeout, .entry_timeout = timeout};
    describe(view->inode, S_IFREG, &view->attributes, &entry.attr);
    fuse_reply_entry(handle, &entry);
}

static void reply_attributes(fuse_req_t handle, fuse_ino_t inode)
{
    struct transport *transport = transport_of(handle);
    struct node_view view = view_of_folder(transport);
    bool is_folder = inode == FUSE_ROOT_ID;
    if (!is_folder && !transport_view_inode(transport, inode, &view)) {
        fuse_reply_err(handle, ENOENT);
        return;
    }
    struct stat status;
    describe(inode, is_folder ? S_IFDIR : S_IFREG, &view.attributes, &status);
    fuse_reply_attr(handle, &status, view.is_lasting ? FOREVER : 0);
}

static void fs_init(void *data, struct fuse_conn_info *connection)
{
    connection->max_write = IO_TRANSFER_MAX;
    /* open(2) with O_TRUNC is one message then, instead of a change of size before the open. */
    connection->want |= connection->capable & FUSE_CAP_ATOMIC_O_TRUNC;
    /* Splicing pays for pages, not for the small messages of a device. */
    connection->want &= ~(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
    /* io_uring's reads would be answered from the file's size, and few at a time, beyond
     * cancelling. */
    connection->want &= ~FUSE_CAP_ASYNC_DIO;
    /* The mount is there, and whoever opens the file from now on waits until this is answered. */
    connection_note_ready(data);
}

static void fs_lookup(fuse_req_t handle, fuse_ino_t parent, const char *name)
{
    struct node_view view;
    if (parent == FUSE_ROOT_ID && transport_view_name(transport_of(handle), name, &view))
        reply_entry(handle, &view);
    else
        fuse_reply_err(handle, parent == FUSE_ROOT_ID ? ENOENT : ENOTDIR);
}

static void fs_getattr(fuse_req_t handle, fuse_ino_t inode, struct fuse_file_info *info)
{
    (void)info;
    reply_attributes(handle, inode);
}

/* What setattr brings. */
struct change {
    const struct stat *status;
    int what; /* FUSE_SET_ATTR_... */
};

static void set_time(struct timespec *time, const struct change *change, int now, int given,
                     const struct timespec *value)
{
    if ((change->what & now) != 0)
        clock_gettime(CLOCK_REALTIME, time);
    else if ((change->what & given) != 0)
        *time = *value;
}

static void apply(struct node_attributes *attributes, const void *context)
{
    const struct change *change = context;
    const struct stat *status = change->status;
    if ((change->what & FUSE_SET_ATTR_MODE) != 0)
        attributes->mode = status->st_mode & 07777;
    if ((change->what & FUSE_SET_ATTR_UID) != 0)
        attributes->owner = status->st_uid;
    if ((change->what & FUSE_SET_ATTR_GID) != 0)
        attributes->group = status->st_gid;
    set_time(&attributes->accessed, change, FUSE_SET_ATTR_ATIME_NOW, FUSE_SET_ATTR_ATIME,
             &status->st_atim);
    set_time(&attributes->modified, change, FUSE_SET_ATTR_MTIME_NOW, FUSE_SET_ATTR_MTIME,
             &status->st_mtim);
    clock_gettime(CLOCK_REALTIME, &attributes->changed);
}

/* Who may, the kernel has seen to (default_permissions). Truncation (`echo x > DIR/echo`) has no
 * effect, as on a device node. What is changed is forgotten with the mount. */
static void fs_setattr(fuse_req_t handle, fuse_ino_t inode, struct stat *status, int changes,
                       struct fuse_file_info *info)
{
    const struct change change = {status, changes};
    int kept = FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID;
    (void)info;
    if (inode == FUSE_ROOT_ID && (changes & kept) != 0) {
        fuse_reply_err(handle, EPERM);
        return;
    }
    if (inode != FUSE_ROOT_ID && (changes & ~FUSE_SET_ATTR_SIZE) != 0)
        (void)transport_change_inode(transport_of(handle), inode, apply, &change);
    reply_attributes(handle, inode);
}

/*
 * The one directory there is: ".", "..", and the nodes in the order of their inodes, which is that
 * of creation. An offset is that of the entry it stands behind: 1, 2, or a node's inode and 1, so
 * that nodes may come and go meanwhile.
 */
static bool next_entry(struct transport *transport, off_t offset, struct node_view *view,
                       mode_t *type)
{
    *view = view_of_folder(transport);
    *type = S_IFDIR;
    strcpy(view->name, offset == 0 ? "." : "..");
    if (offset < 2)
        return true;
    *type = S_IFREG;
    return transport_view_after(transport, (fuse_ino_t)offset - 1, view);
}

static void fs_readdir(fuse_req_t handle, fuse_ino_t inode, size_t size, off_t offset,
                       struct fuse_file_info *info)
{
    struct transport *transport = transport_of(handle);
    char entries[4096];
    size_t used = 0;
    struct node_view view;
    mode_t type;

    (void)inode;
    (void)info;
    size = size < sizeof(entries) ? size : sizeof(entries);
    while (offset >= 0 && next_entry(transport, offset, &view, &type)) {
        struct stat status;
        describe(view.inode, type, &view.attributes, &status);
        off_t next = offset < 2 ? offset + 1 : (off_t)view.inode + 1;
        size_t entry =
            fuse_add_direntry(handle, entries + used, size - used, view.name, &status, next);
        if (entry > size - used)
            break;
        used += entry;
        offset = next;
    }
    fuse_reply_buf(handle, entries, used);
}

static void fs_statfs(fuse_req_t handle, fuse_ino_t inode)
{
    (void)inode;
    struct statvfs status = {
        .f_bsize = 4096, .f_frsize = 4096, .f_files = 1, .f_namemax = NAME_MAX};
    fuse_reply_statfs(handle, &status);
}

static void fs_open(fuse_req_t handle, fuse_ino_t inode, struct fuse_file_info *info)
{
    struct node *node = transport_enter_inode(transport_of(handle), inode);
    if (node != NULL)
        operation_open(handle, node, info);
    else
        fuse_reply_err(handle, ENOENT);
}

/*
 * A read that no process has asked for is the kernel's own, to fill a page of its cache: after
 * readahead(2), posix_fadvise(2), splice(2) or a load from a mapping, once a write has raised the
 * size that the kernel counts. It holds the page's lock until it is answered, and whoever opens the
 * file waits for that lock, where no signal reaches. So it is refused, and never waits for the
 * driver (carry.c). A client of splice(2) is told EINVAL, which says that it has to read.
 */
static bool is_for_page_cache(const struct fuse_file_info *info)
{
    return info->lock_owner == 0;
}

/*
 * Reads and writes come with a position, which kernels before 5.2 count as in a regular file, as
 * others do for O_APPEND. It says nothing: the device has none, so that the request's is 0, as it
 * is for the first piece of each call on a CUSE node.
 */
static void fs_read(fuse_req_t handle, fuse_ino_t inode, size_t size, off_t offset,
                    struct fuse_file_info *info)
{
    (void)inode;
    (void)offset;
    if (is_for_page_cache(info))
        fuse_reply_err(handle, EINVAL);
    else
        operation_read(handle, size, 0, info);
}

static void fs_write(fuse_req_t handle, fuse_ino_t inode, const char *data, size_t size,
                     off_t offset, struct fuse_file_info *info)
{
    (void)inode;
    (void)offset;
    operation_write(handle, data, size, 0, info);
}

static void fs_release(fuse_req_t handle, fuse_ino_t inode, struct fuse_file_info *info)
{
    (void)inode;
    operation_release(handle, info);
}

static void file_control(fuse_req_t handle, unsigned number, struct fuse_file_info *info,
                         unsigned flags, const void *input, size_t input_size, size_t output_size)
{
    struct control_call call;
    int error =
        control_read(operation_device(info), number, input, input_size, output_size, false, &call);
    if (error != 0)
        fuse_reply_err(handle, error);
    else
        operation_control(handle, info, flags, &call);
}

/*
 * The kernel has taken what the number says, and takes back what the number says: no more can be
 * asked for here.
 */
static void fs_ioctl(fuse_req_t handle, fuse_ino_t inode, unsigned number, void *argument,
                     struct fuse_file_info *info, unsigned flags, const void *input,
                     size_t input_size, size_t output_size)
{
    if (inode == FUSE_ROOT_ID || (flags & FUSE_IOCTL_DIR) != 0)
        fuse_reply_err(handle, ENOTTY);
    else if (control_is_call(number))
        file_control(handle, number, info, flags, input, input_size, output_size);
    else
        operation_ioctl(handle, number, argument, info, flags, input, input_size, output_size);
}

static void fs_poll(fuse_req_t handle, fuse_ino_t inode, struct fuse_file_info *info,
                    struct fuse_pollhandle *poll_handle)
{
    (void)inode;
    operation_poll(handle, info, poll_handle);
}

/* Names are neither made nor removed. Without these the client would read "function not
 * implemented". */
static void fs_refuse_create(fuse_req_t handle, fuse_ino_t parent, const char *name, mode_t mode,
                             struct fuse_file_info *info)
{
    (void)parent;
    (void)name;
    (void)mode;
    (void)info;
    fuse_reply_err(handle, EPERM);
}

static void fs_refuse_mknod(fuse_req_t handle, fuse_ino_t parent, const char *name, mode_t mode,
                            dev_t device)
{
    (void)parent;
    (void)name;
    (void)mode;
    (void)device;
    fuse_reply_err(handle, EPERM);
}

static void fs_refuse_mkdir(fuse_req_t handle, fuse_ino_t parent, const char *name, mode_t mode)
{
    (void)parent;
    (void)name;
    (void)mode;
    fuse_reply_err(handle, EPERM);
}

static void fs_refuse_removal(fuse_req_t handle, fuse_ino_t parent, const char *name)
{
    (void)parent;
    (void)name;
    fuse_reply_err(handle, EPERM);
}

static void fs_refuse_rename(fuse_req_t handle, fuse_ino_t parent, const char *name,
                             fuse_ino_t new_parent, const char *new_name, unsigned flags)
{
    (void)parent;
    (void)name;
    (void)new_parent;
    (void)new_name;
    (void)flags;
    fuse_reply_err(handle, EPERM);
}

static void fs_refuse_link(fuse_req_t handle, fuse_ino_t inode, fuse_ino_t parent, const char *name)
{
    (void)inode;
    (void)parent;
    (void)name;
    fuse_reply_err(handle, EPERM);
}

static void fs_refuse_symlink(fuse_req_t handle, const char *target, fuse_ino_t parent,
                              const char *name)
{
    (void)target;
    (void)parent;
    (void)name;
    fuse_reply_err(handle, EPERM);
}

static const struct fuse_lowlevel_ops operations = {
    .init = fs_init,
    .lookup = fs_lookup,
    .getattr = fs_getattr,
    .setattr = fs_setattr,
    .readdir = fs_readdir,
    .statfs = fs_statfs,
    .open = fs_open,
    .read = fs_read,
    .write = fs_write,
    .release = fs_release,
    .ioctl = fs_ioctl,
    .poll = fs_poll,
    .create = fs_refuse_create,
    .mknod = fs_refuse_mknod,
    .mkdir = fs_refuse_mkdir,
    .unlink = fs_refuse_removal,
    .rmdir = fs_refuse_removal,
    .rename = fs_refuse_rename,
    .link = fs_refuse_link,
    .symlink = fs_refuse_symlink,
};

/* Returns 1 if the directory has no entries, 0 if it has, -errno if it can't be read. */
static int directory_is_empty(const char *path)
{
    DIR *directory = opendir(path);
    if (directory == NULL)
        return -errno;
    const struct dirent *entry;
    do
        entry = readdir(directory);
    while (entry != NULL && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
    closedir(directory);
    return entry == NULL;
}

/*
 * One daemon a directory: two that start at the same time would both find it empty, and one would
 * hide the other. The lock is on the directory below the mount, and goes with its holder. One that
 * has just been killed may still be about to let go of it.
 */
static int claim_directory(struct transport *transport, bool holder_is_dying)
{
    transport->claim = open(transport->mount_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (transport->claim < 0)
        return -errno;
    uint64_t deadline = port_clock_now() + (holder_is_dying ? HOLDER_DIES_NS : 0);
    while (flock(transport->claim, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK || port_clock_now() >= deadline)
            return -errno;
        port_thread_sleep(CLAIM_AGAIN_NS);
    }
    return 0;
}

static int take_directory(struct transport *transport)
{
    const char *path = transport->mount_dir;
    bool is_stale = dead_mount_is_at(path);
    int error = is_stale ? dead_mount_remove(path) : 0;
    if (error != 0)
        return error;
    error = claim_directory(transport, is_stale);
    if (error == 0) {
        int empty = directory_is_empty(path);
        error = empty > 0 ? 0 : empty == 0 ? -ENOTEMPTY : empty;
    }
    if (error == -ENOTEMPTY)
        log_error(
            "%s is not empty: --mount wants an empty directory, on which nothing else is mounted",
            path);
    else if (error == -ENOTDIR)
        log_error("%s is not a directory: --mount wants an empty one", path);
    else if (error == -EWOULDBLOCK)
        log_error("%s is being used by another daemon: --mount wants a directory of its own", path);
    else if (error != 0)
        log_error("%s can't be used as a mount point: %s", path, strerror(-error));
    return error;
}

/* fusermount3 opens it with the rights of whoever calls. */
static int check_machine(void)
{
    if (access("/dev/fuse", R_OK | W_OK) == 0)
        return 0;
    int error = -errno;
    if (error == -EACCES)
        log_error(
            "no permission to open /dev/fuse: run as root, or let users open it (its usual mode is 0666)");
    else
        log_error(
            "there is no /dev/fuse: load the module (`modprobe fuse`), or give it to the container");
    return error;
}

static int create_session(struct transport *transport)
{
    struct fuse_args arguments;
    int error = connection_arguments(transport, &arguments);
    if (error == 0) {
        transport->connection.fuse =
            fuse_session_new(&arguments, &operations, sizeof(operations), &transport->connection);
        fuse_opt_free_args(&arguments);
    }
    if (transport->connection.fuse == NULL) {
        log_error("libfuse makes no session; --log-level=debug says more");
        return -ENOMEM;
    }
    return 0;
}

static int mount_and_attach(struct transport *transport, const char *subtype)
{
    struct mount_options options = {
        .directory = transport->mount_dir,
        .subtype = subtype,
        /* Root may let others in, the file's mode and owner decide then. A user may only if the
         * administrator says so. */
        .allow_other = geteuid() == 0 || (transport->mode & 077) != 0,
    };
    int descriptor = mount_open(&options, &transport->mount);
    if (descriptor < 0)
        return descriptor;
    int error = connection_attach(&transport->connection, descriptor);
    if (error != 0)
        log_error("libfuse does not take the connection to %s", transport->mount_dir);
    return error;
}

static void fuse_path(const struct transport *transport, const char *name, char *path, size_t size)
{
    snprintf(path, size, "%s/%s", transport->mount_dir, name);
}

/* The mount is ours alone: nobody else makes names in it. */
static int fuse_check(const struct transport *transport, const char *name)
{
    (void)transport;
    (void)name;
    return 0;
}

static int connect_mount(struct transport *transport, const struct node *first)
{
    transport->started = time(NULL);
    int error = check_machine();
    if (error == 0)
        error = take_directory(transport);
    if (error == 0)
        error = create_session(transport);
    if (error == 0)
        error = mount_and_attach(transport, first->name);
    return error == 0 ? connection_serve(&transport->connection, transport, first->path) : error;
}

/* The node is in the transport's list already: where there is a mount, it is to be found in it. */
static int fuse_make(struct node *node)
{
    struct transport *transport = node->transport;
    if (transport->is_mounted)
        return 0;
    int error = connect_mount(transport, node);
    transport->is_mounted = error == 0;
    return error;
}

/* Nobody finds a node that has no device any more. */
static void fuse_withdraw(struct node *node)
{
    (void)node;
}

static void fuse_discard(struct node *node)
{
    connection_close(&node->connection);
}

/* The session first: once the connection is closed, the mount is dead and fusermount3 takes it
 * away. */
static void fuse_close(struct transport *transport)
{
    connection_stop(&transport->connection);
    if (transport->connection.fuse != NULL)
        fuse_session_destroy(transport->connection.fuse);
    transport->connection.fuse = NULL;
    if (transport->mount != NULL)
        mount_close(transport->mount);
    if (transport->claim >= 0)
        close(transport->claim);
}

const struct transport_kind transport_fuse = {
    .name = "fuse",
    .path = fuse_path,
    .check = fuse_check,
    .make = fuse_make,
    .withdraw = fuse_withdraw,
    .discard = fuse_discard,
    .close = fuse_close,
};
