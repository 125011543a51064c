/*
 * The kind that makes /dev/NAME: character devices through /dev/cuse.
 *
 * /dev/cuse can't be cloned: there is one descriptor for a device, which all its workers read. So
 * each node has a connection of its own. Closing the descriptor removes the node. The kernel makes
 * the node when it has the answer to its CUSE_INIT; the node belongs to root with mode 0600 at
 * first.
 */
#include "transport/cuse.h"

#include "transport/internal.h"

#include <fuse3/cuse_lowlevel.h>

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

#define CUSE_DEVICE "/dev/cuse"

static void device_init(void *data, struct fuse_conn_info *connection)
{
    (void)data;
    connection->max_write = IO_TRANSFER_MAX;
}

/* The answer to CUSE_INIT is written, and the kernel makes device and node before that write
 * returns. */
static void device_init_done(void *data)
{
    connection_note_ready(data);
}

static void device_open(fuse_req_t handle, struct fuse_file_info *info)
{
    struct node *node =
        CONTAINING_RECORD((struct connection *)fuse_req_userdata(handle), struct node, connection);
    if (node_enter(node))
        operation_open(handle, node, info);
    else
        fuse_reply_err(handle, ENODEV);
}

/*
 * The device is unrestricted: first the kernel sends nothing but the code and the argument, and on
 * our demand it sends the memory at that address and makes room for the answer. What to demand the
 * code says: direction and size; or, to a device that is Linux's, what is known of the number.
 */
static void ioctl_demand_memory(fuse_req_t handle, const struct port_ioctl *memory, void *argument)
{
    struct iovec in = {.iov_base = argument, .iov_len = memory->in};
    struct iovec out = {.iov_base = argument, .iov_len = memory->out};
    fuse_reply_ioctl_retry(handle, &in, memory->in > 0, &out, memory->out > 0);
}

static void device_native(fuse_req_t handle, unsigned number, void *argument,
                          struct fuse_file_info *info, unsigned flags, const void *input,
                          size_t input_size, size_t output_size)
{
    struct port_ioctl memory = io_control_memory(operation_device(info), number);
    if ((memory.in > 0 && input_size == 0) || (memory.out > 0 && output_size == 0))
        ioctl_demand_memory(handle, &memory, argument);
    else
        operation_ioctl(handle, number, argument, info, flags, input, input_size, output_size);
}

static void demand_control(fuse_req_t handle, unsigned number, void *argument,
                           const struct control_call *call)
{
    struct control_demand demand;
    control_demand(number, argument, call, &demand);
    fuse_reply_ioctl_retry(handle, demand.input, demand.input_count, demand.output,
                           demand.output_count);
}

static void device_control(fuse_req_t handle, unsigned number, void *argument,
                           struct fuse_file_info *info, unsigned flags, const void *input,
                           size_t input_size, size_t output_size)
{
    struct control_call call;
    int error =
        control_read(operation_device(info), number, input, input_size, output_size, true, &call);
    if (error == EAGAIN)
        demand_control(handle, number, argument, &call);
    else if (error != 0)
        fuse_reply_err(handle, error);
    else
        operation_control(handle, info, flags, &call);
}

static void device_ioctl(fuse_req_t handle, int code, void *argument, struct fuse_file_info *info,
                         unsigned flags, const void *input, size_t input_size, size_t output_size)
{
    unsigned number = (unsigned)code;
    if (control_is_call(number))
        device_control(handle, number, argument, info, flags, input, input_size, output_size);
    else
        device_native(handle, number, argument, info, flags, input, input_size, output_size);
}

static const struct cuse_lowlevel_ops operations = {
    .init = device_init,
    .init_done = device_init_done,
    .open = device_open,
    .read = operation_read,
    .write = operation_write,
    .release = operation_release,
    .ioctl = device_ioctl,
    .poll = operation_poll,
};

static void class_path(const char *name, const char *attribute, char *path, size_t size)
{
    snprintf(path, size, "/sys/class/cuse/%s%s", name, attribute);
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

static int create_session(struct node *node)
{
    char name[sizeof("DEVNAME=") + NAME_MAX];
    snprintf(name, sizeof(name), "DEVNAME=%s", node->name);
    const char *information[] = {name};
    struct cuse_info info = {
        .dev_info_argc = 1, .dev_info_argv = information, .flags = CUSE_UNRESTRICTED_IOCTL};

    struct fuse_args arguments;
    int error = connection_arguments(node->transport, &arguments);
    if (error == 0) {
        node->connection.fuse =
            cuse_lowlevel_new(&arguments, &info, &operations, &node->connection);
        fuse_opt_free_args(&arguments);
    }
    if (node->connection.fuse == NULL) {
        log_error("libfuse makes no session; --log-level=debug says more");
        return -ENOMEM;
    }
    return 0;
}

static int connect_node(struct node *node)
{
    int descriptor = open_cuse();
    if (descriptor < 0)
        return descriptor;

    int error = cuse_check(node->transport, node->name);
    if (error == 0)
        error = create_session(node);
    if (error != 0) {
        close(descriptor);
        return error;
    }
    error = connection_attach(&node->connection, descriptor);
    if (error != 0)
        log_error("libfuse does not take the connection to " CUSE_DEVICE);
    return error;
}

/* The number that the kernel gave our device, as sysfs tells it. */
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
    struct pollfd event = {.fd = fuse_session_fd(node->connection.fuse), .events = POLLIN};
    return poll(&event, 1, 0) >= 0 && (event.revents & POLLERR) == 0;
}

/* The node is there, and it is ours: somebody may have made another of that name since we
 * looked. */
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
 * The kernel takes the node away with the connection, which the open files need: so that nobody
 * finds it any more, the name alone goes first. Without the rights for that it stays until the
 * connection goes, and can't be opened.
 */
static void cuse_withdraw(struct node *node)
{
    struct stat status;
    dev_t number;
    bool is_ours = device_number(node, &number) && lstat(node->path, &status) == 0 &&
                   S_ISCHR(status.st_mode) && status.st_rdev == number;
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
