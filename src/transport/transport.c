/* Opening and closing a transport, of either kind. See transport.h and internal.h. */
#include "transport/internal.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "port/clock.h"
#include "port/log.h"
#include "transport/session.h"

/* It takes a fraction of a millisecond; a machine that is that slow is broken. */
#define READY_DEADLINE_NS (5 * UINT64_C(1000000000))

bool transport_name_is_valid(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length > NAME_MAX || name[0] == '.' || name[0] == '-')
        return false;
    for (const char *c = name; *c != '\0'; c++) {
        if (!isascii(*c) || (!isalnum(*c) && strchr("._-+:@", *c) == NULL))
            return false;
    }
    return true;
}

void transport_add_file(struct transport *transport, struct open_file *open_file)
{
    PORT_LOCK_SCOPE(&transport->lock);
    open_file->previous = NULL;
    open_file->next = transport->files;
    if (open_file->next != NULL)
        open_file->next->previous = open_file;
    transport->files = open_file;
}

void transport_remove_file(struct transport *transport, struct open_file *open_file)
{
    PORT_LOCK_SCOPE(&transport->lock);
    if (open_file->previous != NULL)
        open_file->previous->next = open_file->next;
    else
        transport->files = open_file->next;
    if (open_file->next != NULL)
        open_file->next->previous = open_file->previous;
}

/* The kernel does not tell of files that are open when the connection ends. No worker runs any more. */
static void release_files(struct transport *transport)
{
    while (transport->files != NULL) {
        struct open_file *open_file = transport->files;
        transport_remove_file(transport, open_file);
        io_file_release(open_file->file);
        free(open_file);
    }
}

int transport_session_arguments(const struct transport *transport, struct fuse_args *arguments)
{
    *arguments = (struct fuse_args)FUSE_ARGS_INIT(0, NULL);
    if (fuse_opt_add_arg(arguments, "wdfuse") != 0 ||
        (transport->debug && fuse_opt_add_arg(arguments, "-d") != 0)) {
        fuse_opt_free_args(arguments);
        return -ENOMEM;
    }
    return 0;
}

int transport_attach(struct transport *transport, int descriptor)
{
    /* libfuse's public way to hand a descriptor to a session. */
    char path[32];
    snprintf(path, sizeof(path), "/dev/fd/%d", descriptor);

    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0 ||
        fuse_session_mount(transport->fuse, path) != 0) {
        close(descriptor);
        return -EIO;
    }
    return 0;
}

/* libfuse speaks for developers: what a user must know is said in this folder. */
static void forward_libfuse_message(enum fuse_log_level level, const char *format, va_list arguments)
{
    (void)level;
    if (!log_is_enabled(LOG_LEVEL_DEBUG))
        return;
    char line[512];
    vsnprintf(line, sizeof(line), format, arguments);
    line[strcspn(line, "\n")] = '\0';
    log_debug("libfuse: %s", line);
}

static int copy_options(struct transport *transport, const struct transport_options *options)
{
    const char *mount_dir = options->mount_dir != NULL ? options->mount_dir : "";
    if (strlen(options->name) >= sizeof(transport->name) ||
        strlen(mount_dir) >= sizeof(transport->mount_dir)) {
        log_error("the device's name or the mount point is too long");
        return -ENAMETOOLONG;
    }
    strcpy(transport->name, options->name);
    strcpy(transport->mount_dir, mount_dir);
    transport->mode = options->mode;
    transport->owner = options->owner != (uid_t)-1 ? options->owner : geteuid();
    transport->group = options->group != (gid_t)-1 ? options->group : getegid();
    transport->debug = options->debug;
    return 0;
}

static struct transport *transport_create(const struct transport_options *options, struct wdf_device *device)
{
    struct transport *transport = calloc(1, sizeof(*transport));
    if (transport == NULL) {
        log_error("no memory for the transport");
        return NULL;
    }
    transport->kind = options->mount_dir != NULL ? &transport_fuse : &transport_cuse;
    transport->device = device;
    transport->claim = -1;
    port_mutex_init(&transport->lock);
    port_condition_init(&transport->became_ready);
    return transport;
}

void transport_note_ready(struct transport *transport)
{
    PORT_LOCK_SCOPE(&transport->lock);
    transport->is_ready = true;
    port_condition_signal(&transport->became_ready);
}

/*
 * Until libfuse has answered the kernel's first message. The daemon could as well open the node to see
 * whether it is ready; but then it would wait for itself, and that is a deadlock under Valgrind, which runs
 * one thread at a time.
 */
static int await_ready(struct transport *transport)
{
    uint64_t deadline = port_clock_now() + READY_DEADLINE_NS;
    PORT_LOCK_SCOPE(&transport->lock);
    while (!transport->is_ready) {
        if (!port_condition_wait_until(&transport->became_ready, &transport->lock, deadline)) {
            log_error("the kernel does not begin to use %s; `dmesg` may say more", transport->path);
            return -ETIMEDOUT;
        }
    }
    return 0;
}

static int serve(struct transport *transport, const struct transport_options *options)
{
    int error = session_start(transport->fuse, options->workers, options->spin_us, &transport->session);
    if (error != 0) {
        log_error("no %u worker threads: %s; try fewer with --workers", options->workers, strerror(-error));
        return error;
    }
    error = await_ready(transport);
    return error == 0 && transport->kind->settle != NULL ? transport->kind->settle(transport) : error;
}

int transport_open(const struct transport_options *options, struct wdf_device *device,
                   struct transport **transport)
{
    struct transport *new = transport_create(options, device);
    if (new == NULL)
        return -ENOMEM;
    fuse_set_log_func(forward_libfuse_message);

    int error = copy_options(new, options);
    if (error == 0)
        error = new->kind->connect(new);
    if (error == 0)
        error = serve(new, options);
    if (error != 0) {
        transport_close(new);
        return error;
    }
    *transport = new;
    return 0;
}

const char *transport_path(const struct transport *transport)
{
    return transport->path;
}

int transport_ended_descriptor(const struct transport *transport)
{
    return session_ended_descriptor(transport->session);
}

void transport_close(struct transport *transport)
{
    if (transport->session != NULL)
        session_stop(transport->session);
    transport->kind->disconnect(transport);
    release_files(transport);
    port_condition_destroy(&transport->became_ready);
    port_mutex_destroy(&transport->lock);
    free(transport);
}
