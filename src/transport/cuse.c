/*
 * The kind that makes /dev/NAME: character devices through /dev/cuse. A name may have folders,
 * which the kernel makes with the node.
 *
 * /dev/cuse can't be cloned: all workers of a device read its one descriptor. So each node has a
 * connection of its own. Closing the descriptor removes the node. The kernel makes the node when it
 * has the answer to its CUSE_INIT; at first the node belongs to root and has mode 0600.
 */
#include "transport/cuse.h"

#include "transport/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ioctl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "port/log.h"
#include "transport/connection.h"
#include "transport/operations.h"
#include "transport/wireanswer.h"

#define CUSE_DEVICE "/dev/cuse"

/* The answer to CUSE_INIT has been written, and before that write returned, the kernel has made
 * device and node. */
static void device_ready(struct wire *wire)
{
    connection_note_ready(wire->owner);
}

static void device_open(const struct wire_call *call, const struct fuse_open_in *open)
{
    struct node *node =
        CONTAINING_RECORD((struct connection *)call->caller.wire->owner, struct node, connection);
    if (node_enter(node))
        operation_open(call, open, node);
    else
        wire_answer_error(call->caller, ENODEV);
}

static void device_read(const struct wire_call *call, const struct fuse_read_in *read)
{
    operation_read(call, read, read->offset);
}

static void device_write(const struct wire_call *call, const struct fuse_write_in *write)
{
    operation_write(call, write, write->offset);
}

static void *argument_of(const struct fuse_ioctl_in *control)
{
    return (void *)(uintptr_t)control->arg;
}

/*
 * The device is unrestricted: first the kernel sends only the code and the argument. On our demand
 * it sends the memory at that address and makes room for the answer. The code says what to demand:
 * direction and size; or, for a device whose numbers are Linux's, what is known of the number.
 */
static void demand_memory(const struct wire_call *call, const struct fuse_ioctl_in *control,
                          const struct port_ioctl *memory)
{
    struct iovec in = {.iov_base = argument_of(control), .iov_len = memory->in};
    struct iovec out = {.iov_base = argument_of(control), .iov_len = memory->out};
    wire_answer_demand(call->caller, &in, memory->in > 0, &out, memory->out > 0);
}

static void device_native(const struct wire_call *call, const struct fuse_ioctl_in *control)
{
    struct port_ioctl memory = io_control_memory(operation_device(control), control->cmd);
    if ((memory.in > 0 && control->in_size == 0) || (memory.out > 0 && control->out_size == 0))
        demand_memory(call, control, &memory);
    else
        operation_ioctl(call, control);
}

static void demand_control(const struct wire_call *call, const struct fuse_ioctl_in *control,
                           const struct control_call *windows)
{
    struct control_demand demand;
    control_demand(control->cmd, argument_of(control), windows, &demand);
    wire_answer_demand(call->caller, demand.input, demand.input_count, demand.output,
                       demand.output_count);
}

static void device_control(const struct wire_call *call, const struct fuse_ioctl_in *control)
{
    struct control_call windows;
    int error = control_read(operation_device(control), control->cmd, call->data, control->in_size,
                             control->out_size, true, &windows);
    if (error == EAGAIN)
        demand_control(call, control, &windows);
    else if (error != 0)
        wire_answer_error(call->caller, error);
    else
        operation_control(call, control, &windows);
}

static void device_ioctl(const struct wire_call *call, const struct fuse_ioctl_in *control)
{
    if (control_is_call(control->cmd))
        device_control(call, control);
    else
        device_native(call, control);
}

static const struct wire_operations operations = {
    .ready = device_ready,
    .open = device_open,
    .read = device_read,
    .write = device_write,
    .ioctl = device_ioctl,
    .poll = operation_poll,
    .release = operation_release,
    .interrupt = operation_interrupt,
};

/* Sysfs has no folders: it writes the slashes of a name as exclamation marks. */
static void class_path(const char *name, const char *attribute, char *path, size_t size)
{
    char flat[NAME_MAX + 1];
    snprintf(flat, sizeof(flat), "%s", name);
    for (char *slash = flat; (slash = strchr(slash, '/')) != NULL;)
        *slash = '!';
    snprintf(path, size, "/sys/class/cuse/%s%s", flat, attribute);
}

static void cuse_path(const struct transport *transport, const char *name, char *path, size_t size)
{
    (void)transport;
    snprintf(path, size, "/dev/%s", name);
}

static int cuse_check(const struct transport *transport, const char *name)
{
    struct stat status;
    char path[PATH_MAX];
    cuse_path(transport, name, path, sizeof(path));
    if (lstat(path, &status) == 0) {
        log_error("%s exists already: choose another name with --name", path);
        return -EEXIST;
    }
    class_path(name, "", path, sizeof(path));
    if (lstat(path, &status) == 0) {
        log_error("another CUSE device is called %s: choose another name with --name", name);
        return -EEXIST;
    }
    return 0;
}

/* Returns the descriptor of a new connection, or -errno with a line logged. */
static int open_cuse(void)
{
    int descriptor = open(CUSE_DEVICE, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (descriptor >= 0)
        return descriptor;
    int error = -errno;
    if (error == -ENOENT || error == -ENODEV || error == -ENXIO)
        log_error("there is no " CUSE_DEVICE
                  ": load the module (`modprobe cuse`), or use --mount=DIR");
    else if (error == -EACCES || error == -EPERM)
        log_error("no permission to open " CUSE_DEVICE ": run as root, or use --mount=DIR");
    else
        log_error("opening " CUSE_DEVICE " failed: %s", strerror(-error));
    return error;
}

static int connect_node(struct node *node)
{
    int descriptor = open_cuse();
    if (descriptor < 0)
        return descriptor;

    int error = cuse_check(node->transport, node->name);
    if (error != 0) {
        close(descriptor);
        return error;
    }
    return connection_attach(&node->connection, descriptor, &operations, node->name,
                             node->transport->debug);
}

/* Our device's number, as sysfs shows it. */
static bool device_number(const struct node *node, dev_t *number)
{
    char path[PATH_MAX], text[32];
    class_path(node->name, "/dev", path, sizeof(path));
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    ssize_t length = read(descriptor, text, sizeof(text) - 1);
    close(descriptor);
    if (length <= 0)
        return false;
    text[length] = '\0';
    unsigned major, minor;
    if (sscanf(text, "%u:%u", &major, &minor) != 2)
        return false;
    *number = makedev(major, minor);
    return true;
}

/* The kernel drops the connection of a device that it refuses. */
static bool connection_is_alive(const struct node *node)
{
    struct pollfd event = {.fd = node->connection.wire->descriptor, .events = POLLIN};
    return poll(&event, 1, 0) >= 0 && (event.revents & POLLERR) == 0;
}

/* Checks that the node is there and ours: another process may have made one of that name
 * meanwhile. */
static int check_node(const struct node *node)
{
    struct stat status;
    dev_t number;
    if (!connection_is_alive(node) || !device_number(node, &number)) {
        log_error("the kernel refuses the device %s: another one of that name? `dmesg` says more",
                  node->name);
        return -EEXIST;
    }
    if (lstat(node->path, &status) != 0) {
        log_error("the kernel made the device, but there is no %s: is /dev a devtmpfs?",
                  node->path);
        return -ENOENT;
    }
    if (!S_ISCHR(status.st_mode) || status.st_rdev != number) {
        log_error("%s is something else, made at the same time: choose another name with --name",
                  node->path);
        return -EEXIST;
    }
    return 0;
}

static int settle(const struct node *node)
{
    const struct transport *transport = node->transport;
    int error = check_node(node);
    if (error != 0)
        return error;
    if (lchown(node->path, transport->owner, transport->group) != 0 ||
        chmod(node->path, node->mode) != 0) {
        error = -errno;
        log_error("giving %s its owner and mode failed: %s", node->path, strerror(-error));
    }
    return error;
}

static int cuse_make(struct node *node)
{
    int error = connect_node(node);
    if (error == 0)
        error = connection_serve(&node->connection, node->transport, node->path);
    return error == 0 ? settle(node) : error;
}

/*
 * The kernel removes the node with the connection, which open files still need. So only the name is
 * removed first, and nobody finds the node any more. Without the rights for that the name stays
 * until the connection goes, and can't be opened. So does a name in a folder: the kernel removes a
 * folder with its last node, but not if the node has gone before.
 */
static void cuse_withdraw(struct node *node)
{
    struct stat status;
    dev_t number;
    bool is_ours = strchr(node->name, '/') == NULL && device_number(node, &number) &&
                   lstat(node->path, &status) == 0 && S_ISCHR(status.st_mode) &&
                   status.st_rdev == number;
    if (is_ours && unlink(node->path) != 0)
        log_debug("%s stays until its last file is closed: %s", node->path, strerror(errno));
}

static void cuse_discard(struct node *node)
{
    connection_close(&node->connection);
}

/* Nodes share nothing. */
static void cuse_close(struct transport *transport)
{
    (void)transport;
}

const struct transport_kind transport_cuse = {
    .name = "cuse",
    .path = cuse_path,
    .check = cuse_check,
    .make = cuse_make,
    .withdraw = cuse_withdraw,
    .discard = cuse_discard,
    .close = cuse_close,
};
