/*
 * The kind that makes /dev/NAME: a character device through /dev/cuse.
 *
 * /dev/cuse can't be cloned: there is one descriptor for a device, which all workers read. Closing it removes
 * the node. The kernel makes the node when it has the answer to its CUSE_INIT; the node belongs to root with
 * mode 0600 at first.
 */
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
#include "transport/operations.h"

#define CUSE_DEVICE "/dev/cuse"

static void device_init(void *data, struct fuse_conn_info *connection)
{
    (void)data;
    connection->max_write = IO_TRANSFER_MAX;
}

/* The answer to CUSE_INIT is written, and the kernel makes device and node before that write returns. */
static void device_init_done(void *data)
{
    transport_note_ready(data);
}

/*
 * The device is unrestricted: first the kernel sends nothing but the code and the argument, and on our demand
 * it sends the memory at that address and makes room for the answer. What to demand the code says: direction
 * and size.
 */
static bool ioctl_needs_memory(unsigned code, size_t input_size, size_t output_size)
{
    return _IOC_SIZE(code) != 0 && (((_IOC_DIR(code) & _IOC_WRITE) != 0 && input_size == 0) ||
                                    ((_IOC_DIR(code) & _IOC_READ) != 0 && output_size == 0));
}

static void ioctl_demand_memory(fuse_req_t handle, unsigned code, void *argument)
{
    struct iovec memory = {.iov_base = argument, .iov_len = _IOC_SIZE(code)};
    fuse_reply_ioctl_retry(handle, &memory, (_IOC_DIR(code) & _IOC_WRITE) != 0, &memory,
                           (_IOC_DIR(code) & _IOC_READ) != 0);
}

static void device_native(fuse_req_t handle, unsigned number, void *argument, struct fuse_file_info *info,
                          unsigned flags, const void *input, size_t input_size, size_t output_size)
{
    if (ioctl_needs_memory(number, input_size, output_size))
        ioctl_demand_memory(handle, number, argument);
    else
        operation_ioctl(handle, number, argument, info, flags, input, input_size, output_size);
}

static void demand_control(fuse_req_t handle, unsigned number, void *argument,
                           const struct control_call *call)
{
    struct control_demand demand;
    control_demand(number, argument, call, &demand);
    fuse_reply_ioctl_retry(handle, demand.input, demand.input_count, demand.output, demand.output_count);
}

static void device_control(fuse_req_t handle, unsigned number, void *argument, struct fuse_file_info *info,
                           unsigned flags, const void *input, size_t input_size, size_t output_size)
{
    struct control_call call;
    int error = control_read(number, input, input_size, output_size, true, &call);
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
    .open = operation_open,
    .read = operation_read,
    .write = operation_write,
    .release = operation_release,
    .ioctl = device_ioctl,
    .poll = operation_poll,
};

static void class_path(const struct transport *transport, const char *attribute, char *path, size_t size)
{
    snprintf(path, size, "/sys/class/cuse/%s%s", transport->name, attribute);
}

static int check_name(const struct transport *transport)
{
    struct stat status;
    if (lstat(transport->path, &status) == 0) {
        log_error("%s exists already: choose another name with --name", transport->path);
        return -EEXIST;
    }
    char path[PATH_MAX];
    class_path(transport, "", path, sizeof(path));
    if (lstat(path, &status) == 0) {
        log_error("another CUSE device is called %s: choose another name with --name", transport->name);
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
        log_error("there is no " CUSE_DEVICE ": load the module (`modprobe cuse`), or use --mount=DIR");
    else if (error == -EACCES || error == -EPERM)
        log_error("no permission to open " CUSE_DEVICE ": run as root, or use --mount=DIR");
    else
        log_error("opening " CUSE_DEVICE " failed: %s", strerror(-error));
    return error;
}

static int create_session(struct transport *transport)
{
    char name[sizeof("DEVNAME=") + NAME_MAX];
    snprintf(name, sizeof(name), "DEVNAME=%s", transport->name);
    const char *information[] = {name};
    struct cuse_info info = {
        .dev_info_argc = 1, .dev_info_argv = information, .flags = CUSE_UNRESTRICTED_IOCTL};

    struct fuse_args arguments;
    int error = transport_session_arguments(transport, &arguments);
    if (error == 0) {
        transport->fuse = cuse_lowlevel_new(&arguments, &info, &operations, transport);
        fuse_opt_free_args(&arguments);
    }
    if (transport->fuse == NULL) {
        log_error("libfuse makes no session; --log-level=debug says more");
        return -ENOMEM;
    }
    return 0;
}

static int cuse_connect(struct transport *transport)
{
    snprintf(transport->path, sizeof(transport->path), "/dev/%s", transport->name);
    int descriptor = open_cuse();
    if (descriptor < 0)
        return descriptor;

    int error = check_name(transport);
    if (error == 0)
        error = create_session(transport);
    if (error != 0) {
        close(descriptor);
        return error;
    }
    error = transport_attach(transport, descriptor);
    if (error != 0)
        log_error("libfuse does not take the connection to " CUSE_DEVICE);
    return error;
}

/* The number that the kernel gave our device, as sysfs tells it. */
static bool device_number(const struct transport *transport, dev_t *number)
{
    char path[PATH_MAX], text[32];
    class_path(transport, "/dev", path, sizeof(path));
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
static bool connection_is_alive(const struct transport *transport)
{
    struct pollfd event = {.fd = fuse_session_fd(transport->fuse), .events = POLLIN};
    return poll(&event, 1, 0) >= 0 && (event.revents & POLLERR) == 0;
}

/* The node is there, and it is ours: somebody may have made another of that name since we looked. */
static int check_node(const struct transport *transport)
{
    struct stat status;
    dev_t number;
    if (!connection_is_alive(transport) || !device_number(transport, &number)) {
        log_error("the kernel refuses the device %s: another one of that name? `dmesg` says more",
                  transport->name);
        return -EEXIST;
    }
    if (lstat(transport->path, &status) != 0) {
        log_error("the kernel made the device, but there is no %s: is /dev a devtmpfs?", transport->path);
        return -ENOENT;
    }
    if (!S_ISCHR(status.st_mode) || status.st_rdev != number) {
        log_error("%s is something else, made at the same time: choose another name with --name",
                  transport->path);
        return -EEXIST;
    }
    return 0;
}

static int cuse_settle(struct transport *transport)
{
    int error = check_node(transport);
    if (error != 0)
        return error;
    if (lchown(transport->path, transport->owner, transport->group) != 0 ||
        chmod(transport->path, transport->mode) != 0) {
        error = -errno;
        log_error("giving %s its owner and mode failed: %s", transport->path, strerror(-error));
    }
    return error;
}

static void cuse_disconnect(struct transport *transport)
{
    if (transport->fuse != NULL)
        fuse_session_destroy(transport->fuse);
}

const struct transport_kind transport_cuse = {
    .name = "cuse",
    .connect = cuse_connect,
    .settle = cuse_settle,
    .disconnect = cuse_disconnect,
};
