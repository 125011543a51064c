/*
 * The kind that makes DIR/NAME: a FUSE file system with one file for each node, and the folders
 * that names have, for machines without CUSE and for users who are not root. All files share one
 * connection, which the first one makes. An inode always belongs to the same node.
 *
 * A file is opened for direct I/O and as a stream, so that each read and write of a client arrives
 * as it was made. What a device node lacks too (creating names, a size) is refused or has no
 * effect.
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
#include <time.h>
#include <unistd.h>

#include "port/clock.h"
#include "port/log.h"
#include "transport/connection.h"
#include "transport/deadmount.h"
#include "transport/mount.h"
#include "transport/operations.h"
#include "transport/wireanswer.h"

/* The folder and a lasting node never change, so the kernel may remember them. It must not remember
 * another node, which may be gone the next moment: a daemon inside a callback can't tell it. */
#define FOREVER 86400

/* How long a killed daemon may take to be gone, and how often to look. */
#define HOLDER_DIES_NS (2 * UINT64_C(1000000000))
#define CLAIM_AGAIN_NS 5000000u

static struct transport *transport_of(const struct wire_call *call)
{
    return CONTAINING_RECORD((struct connection *)call->caller.wire->owner, struct transport,
                             connection);
}

static struct fuse_attr describe(uint64_t inode, mode_t type,
                                 const struct node_attributes *attributes)
{
    return (struct fuse_attr){
        .ino = inode,
        .mode = type | attributes->mode,
        .nlink = S_ISDIR(type) ? 2 : 1,
        .uid = attributes->owner,
        .gid = attributes->group,
        .blksize = IO_TRANSFER_MAX,
        .atime = (uint64_t)attributes->accessed.tv_sec,
        .atimensec = (uint32_t)attributes->accessed.tv_nsec,
        .mtime = (uint64_t)attributes->modified.tv_sec,
        .mtimensec = (uint32_t)attributes->modified.tv_nsec,
        .ctime = (uint64_t)attributes->changed.tv_sec,
        .ctimensec = (uint32_t)attributes->changed.tv_nsec,
    };
}

/* A folder's attributes, which nobody changes; the root folder stays. */
static struct node_view view_of_folder(const struct transport *transport, uint64_t inode)
{
    const struct timespec started = {.tv_sec = transport->started};
    return (struct node_view){
        .inode = inode,
        .attributes = {0755, transport->owner, transport->group, started, started, started},
        .is_lasting = inode == FUSE_ROOT_ID,
        .is_folder = true,
    };
}

static struct fuse_attr describe_view(const struct transport *transport,
                                      const struct node_view *view)
{
    if (!view->is_folder)
        return describe(view->inode, S_IFREG, &view->attributes);
    struct node_view folder = view_of_folder(transport, view->inode);
    return describe(view->inode, S_IFDIR, &folder.attributes);
}

static bool find_inode(struct transport *transport, uint64_t inode, struct node_view *view)
{
    *view = view_of_folder(transport, inode);
    return inode == FUSE_ROOT_ID || transport_view_inode(transport, inode, view);
}

static void answer_entry(const struct wire_call *call, const struct node_view *view)
{
    uint64_t timeout = view->is_lasting ? FOREVER : 0;
    const struct fuse_entry_out entry = {
        .nodeid = view->inode,
        .entry_valid = timeout,
        .attr_valid = timeout,
        .attr = describe_view(transport_of(call), view),
    };
    wire_answer_data(call->caller, &entry, sizeof(entry));
}

static void fs_getattr(const struct wire_call *call)
{
    struct transport *transport = transport_of(call);
    uint64_t inode = call->header->nodeid;
    struct node_view view;
    if (!find_inode(transport, inode, &view)) {
        wire_answer_error(call->caller, ENOENT);
        return;
    }
    const struct fuse_attr_out answer = {
        .attr_valid = view.is_lasting ? FOREVER : 0,
        .attr = describe_view(transport, &view),
    };
    wire_answer_data(call->caller, &answer, sizeof(answer));
}

/* The mount is there. Whoever has opened the file meanwhile has waited for this. */
static void fs_ready(struct wire *wire)
{
    connection_note_ready(wire->owner);
}

static void fs_lookup(const struct wire_call *call, const char *name)
{
    struct transport *transport = transport_of(call);
    uint64_t folder = call->header->nodeid;
    struct node_view view;
    if (!find_inode(transport, folder, &view))
        wire_answer_error(call->caller, ENOENT);
    else if (!view.is_folder)
        wire_answer_error(call->caller, ENOTDIR);
    else if (transport_view_name(transport, folder, name, &view))
        answer_entry(call, &view);
    else
        wire_answer_error(call->caller, ENOENT);
}

static void set_time(struct timespec *time, bool is_now, bool is_given, uint64_t seconds,
                     uint32_t nanoseconds)
{
    if (is_now)
        clock_gettime(CLOCK_REALTIME, time);
    else if (is_given)
        *time = (struct timespec){.tv_sec = (time_t)seconds, .tv_nsec = (long)nanoseconds};
}

static void apply(struct node_attributes *attributes, const void *context)
{
    const struct fuse_setattr_in *change = context;
    if ((change->valid & FATTR_MODE) != 0)
        attributes->mode = change->mode & 07777;
    if ((change->valid & FATTR_UID) != 0)
        attributes->owner = change->uid;
    if ((change->valid & FATTR_GID) != 0)
        attributes->group = change->gid;
    set_time(&attributes->accessed, (change->valid & FATTR_ATIME_NOW) != 0,
             (change->valid & FATTR_ATIME) != 0, change->atime, change->atimensec);
    set_time(&attributes->modified, (change->valid & FATTR_MTIME_NOW) != 0,
             (change->valid & FATTR_MTIME) != 0, change->mtime, change->mtimensec);
    clock_gettime(CLOCK_REALTIME, &attributes->changed);
}

/* The kernel has checked permissions (default_permissions). Truncation (`echo x > DIR/echo`) has no
 * effect, as on a device node. Changes are forgotten with the mount. */
static void fs_setattr(const struct wire_call *call, const struct fuse_setattr_in *change)
{
    static const uint32_t owners = FATTR_MODE | FATTR_UID | FATTR_GID;
    static const uint32_t times = FATTR_ATIME | FATTR_MTIME | FATTR_CTIME;
    uint64_t inode = call->header->nodeid;
    struct node_view view;
    bool is_folder = find_inode(transport_of(call), inode, &view) && view.is_folder;
    if (is_folder && (change->valid & owners) != 0) {
        wire_answer_error(call->caller, EPERM);
        return;
    }
    if (!is_folder && (change->valid & (owners | times)) != 0)
        (void)transport_change_inode(transport_of(call), inode, apply, change);
    fs_getattr(call);
}

/*
 * A directory: ".", "..", and the nodes in the order of their inodes, which is that of creation; a
 * folder has the place of its first node. An offset stands for the entry before it: 1, 2, or a
 * node's inode plus 1, so that nodes may come and go meanwhile.
 */
static bool next_entry(struct transport *transport, uint64_t folder, uint64_t *offset,
                       struct node_view *view)
{
    if (*offset < 2) {
        *view = view_of_folder(transport, folder);
        strcpy(view->name, *offset == 0 ? "." : "..");
        (*offset)++;
        return true;
    }
    uint64_t place = *offset - 1;
    bool is_there = transport_view_after(transport, folder, &place, view);
    *offset = place + 1;
    return is_there;
}

/* Returns the number of bytes it takes, or 0 if there is not enough room. */
static size_t put_entry(unsigned char *room, size_t size, const struct node_view *view,
                        uint64_t next)
{
    size_t length = strlen(view->name);
    size_t used = FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + length);
    const struct fuse_dirent entry = {.ino = view->inode,
                                      .off = next,
                                      .namelen = (uint32_t)length,
                                      .type = IFTODT(view->is_folder ? S_IFDIR : S_IFREG)};
    if (used > size)
        return 0;
    memset(room, 0, used);
    memcpy(room, &entry, FUSE_NAME_OFFSET);
    memcpy(room + FUSE_NAME_OFFSET, view->name, length);
    return used;
}

static void fs_readdir(const struct wire_call *call, const struct fuse_read_in *read)
{
    struct transport *transport = transport_of(call);
    unsigned char entries[4096];
    size_t size = read->size < sizeof(entries) ? read->size : sizeof(entries);
    size_t used = 0;
    struct node_view view;
    uint64_t offset = read->offset;
    while (next_entry(transport, call->header->nodeid, &offset, &view)) {
        size_t entry = put_entry(entries + used, size - used, &view, offset);
        if (entry == 0)
            break;
        used += entry;
    }
    wire_answer_data(call->caller, entries, used);
}

static void fs_statfs(const struct wire_call *call)
{
    const struct fuse_statfs_out answer = {
        .st = {.bsize = 4096, .frsize = 4096, .files = 1, .namelen = NAME_MAX}};
    wire_answer_data(call->caller, &answer, sizeof(answer));
}

static void fs_open(const struct wire_call *call, const struct fuse_open_in *open)
{
    struct node *node = transport_enter_inode(transport_of(call), call->header->nodeid);
    if (node != NULL)
        operation_open(call, open, node);
    else
        wire_answer_error(call->caller, ENOENT);
}

/*
 * A read without a lock owner is the kernel's own, to fill a page of its cache: after readahead(2),
 * posix_fadvise(2), splice(2) or a load from a mapping, once a write has raised the size that the
 * kernel keeps. It holds the page's lock until it is answered, and whoever opens the file waits for
 * that lock, where no signal reaches. So it is refused, and never waits for the driver (carry.c). A
 * client of splice(2) gets EINVAL, which says that it has to use read(2).
 */
static bool is_for_page_cache(const struct fuse_read_in *read)
{
    return (read->read_flags & FUSE_READ_LOCKOWNER) == 0;
}

/*
 * Reads and writes come with a position, which kernels before 5.2 count as in a regular file, and
 * later ones for O_APPEND. It has no meaning, since the device has no position. The request gets 0,
 * like the first piece of each call on a CUSE node.
 */
static void fs_read(const struct wire_call *call, const struct fuse_read_in *read)
{
    if (is_for_page_cache(read))
        wire_answer_error(call->caller, EINVAL);
    else
        operation_read(call, read, 0);
}

static void fs_write(const struct wire_call *call, const struct fuse_write_in *write)
{
    operation_write(call, write, 0);
}

static void file_control(const struct wire_call *call, const struct fuse_ioctl_in *control)
{
    struct control_call windows;
    int error = control_read(operation_device(control), control->cmd, call->data, control->in_size,
                             control->out_size, false, &windows);
    if (error != 0)
        wire_answer_error(call->caller, error);
    else
        operation_control(call, control, &windows);
}

/* The kernel has fetched what the number says, and takes back what the number says; no more can be
 * demanded here. The folder has no ioctl: the kernel was not told to send any. */
static void fs_ioctl(const struct wire_call *call, const struct fuse_ioctl_in *control)
{
    if (call->header->nodeid == FUSE_ROOT_ID || (control->flags & FUSE_IOCTL_DIR) != 0)
        wire_answer_error(call->caller, ENOTTY);
    else if (control_is_call(control->cmd))
        file_control(call, control);
    else
        operation_ioctl(call, control);
}

static const struct wire_operations operations = {
    .ready = fs_ready,
    .open = fs_open,
    .read = fs_read,
    .write = fs_write,
    .ioctl = fs_ioctl,
    .poll = operation_poll,
    .release = operation_release,
    .interrupt = operation_interrupt,
    .lookup = fs_lookup,
    .getattr = fs_getattr,
    .setattr = fs_setattr,
    .readdir = fs_readdir,
    .statfs = fs_statfs,
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
 * One daemon per directory: if two started at the same time, both would find it empty, and one
 * would hide the other. The lock is on the directory below the mount, and goes with its holder. A
 * holder that has just been killed may still be about to release it.
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

/* fusermount3 opens /dev/fuse with the rights of its caller. */
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

static int mount_and_attach(struct transport *transport, const char *subtype)
{
    struct mount_options options = {
        .directory = transport->mount_dir,
        .subtype = subtype,
        /* Root may let others in; the file's mode and owner then decide. A user may only if the
         * administrator allows it. */
        .allow_other = geteuid() == 0 || (transport->mode & 077) != 0,
    };
    int descriptor = mount_open(&options, &transport->mount);
    if (descriptor < 0)
        return descriptor;
    return connection_attach(&transport->connection, descriptor, &operations, NULL,
                             transport->debug);
}

static void fuse_path(const struct transport *transport, const char *name, char *path, size_t size)
{
    snprintf(path, size, "%s/%s", transport->mount_dir, name);
}

/* The mount is ours: nobody else creates names in it. */
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
        error = mount_and_attach(transport, first->name);
    return error == 0 ? connection_serve(&transport->connection, transport, first->path) : error;
}

/* The node is in the transport's list already, so the mount, if there is one, shows it. */
static int fuse_make(struct node *node)
{
    struct transport *transport = node->transport;
    if (transport->is_mounted)
        return 0;
    int error = connect_mount(transport, node);
    transport->is_mounted = error == 0;
    return error;
}

/* A node without a device cannot be found any more. */
static void fuse_withdraw(struct node *node)
{
    (void)node;
}

static void fuse_discard(struct node *node)
{
    connection_close(&node->connection);
}

/* The session first: once the connection is closed, the mount is dead and fusermount3 unmounts it.
 * With rings the kernel closes it a moment later: a look at the mount waits for that. */
static void fuse_close(struct transport *transport)
{
    bool had_rings = transport->connection.wire != NULL && transport->connection.wire->uses_rings;
    connection_disconnect(&transport->connection);
    if (had_rings && transport->mount != NULL)
        (void)dead_mount_is_at(transport->mount_dir);
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
