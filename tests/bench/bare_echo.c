/*
 * The echo device on bare libfuse: the cost of a program that knows its device, and nothing of WDF.
 * The benchmark compares echod with it.
 *
 * A write replaces the message. Every read starts at its first byte; with --manual it waits until
 * there is a message that this open file has not read. poll() tells whether there is. Nothing is
 * logged.
 */
#define FUSE_USE_VERSION 35

#include <err.h>
#include <errno.h>
#include <fuse3/cuse_lowlevel.h>
#include <fuse3/fuse_lowlevel.h>
#include <getopt.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The only file, in the mount's root folder. */
#define FILE_INODE (FUSE_ROOT_ID + 1)

struct settings {
    const char *name;
    const char *mount_dir; /* NULL: /dev/NAME through CUSE */
    const char *copied;    /* on a mount; NULL: it echoes itself */
    bool threads;
    bool drops;          /* a write is discarded, a read returns whatever is there: no copy */
    bool manual;         /* a read that finds nothing new waits */
    unsigned compute_us; /* how long a read computes */
    unsigned wait_us;    /* how long a read sleeps */
};

static struct settings settings = {.name = "bare-echo"};

/* An open file. */
struct reader {
    unsigned long generation; /* of the message that it has read; guarded by message.lock */
};

/* A read that waits. */
struct pending_read {
    fuse_req_t request;
    size_t size;
    struct reader *reader;
    struct pending_read *next;
};

/* A file that somebody polls. */
struct poller {
    struct fuse_pollhandle *handle;
    struct poller *next;
};

/* `lock` guards the rest: with threads, requests arrive at the same time. */
static struct {
    pthread_mutex_t lock;
    unsigned long generation;
    struct pending_read *pending;
    struct poller *pollers;
    size_t length;
    char bytes[128 * 1024];
} message = {.lock = PTHREAD_MUTEX_INITIALIZER};

static uint64_t microseconds_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000u + (uint64_t)time.tv_nsec / 1000u;
}

static void work(void)
{
    if (settings.compute_us > 0) {
        uint64_t end = microseconds_now() + settings.compute_us;
        while (microseconds_now() < end)
            ;
    }
    if (settings.wait_us > 0)
        usleep(settings.wait_us);
}

static struct reader *info_reader(const struct fuse_file_info *file)
{
    return (struct reader *)(uintptr_t)file->fh;
}

static void reply_message_locked(fuse_req_t request, size_t size, struct reader *reader)
{
    reader->generation = message.generation;
    fuse_reply_buf(request, message.bytes, size < message.length ? size : message.length);
}

/* libfuse calls it with a lock of the request held, which is never taken while ours is held. */
static void read_interrupted(fuse_req_t request, void *data)
{
    (void)data;
    pthread_mutex_lock(&message.lock);
    for (struct pending_read **link = &message.pending; *link != NULL; link = &(*link)->next) {
        struct pending_read *pending = *link;
        if (pending->request != request)
            continue;
        *link = pending->next;
        fuse_reply_err(request, EINTR);
        free(pending);
        break;
    }
    pthread_mutex_unlock(&message.lock);
}

/* Keeps the read unless there is something new, or the client has given up already. */
static void message_read_or_wait(fuse_req_t request, size_t size, struct reader *reader)
{
    struct pending_read *pending = malloc(sizeof(*pending));
    if (pending == NULL) {
        fuse_reply_err(request, ENOMEM);
        return;
    }
    *pending = (struct pending_read){.request = request, .size = size, .reader = reader};
    fuse_req_interrupt_func(request, read_interrupted, NULL);
    pthread_mutex_lock(&message.lock);
    if (fuse_req_interrupted(request)) {
        fuse_reply_err(request, EINTR);
    } else if (reader->generation != message.generation) {
        reply_message_locked(request, size, reader);
    } else {
        pending->next = message.pending;
        message.pending = pending;
        pending = NULL;
    }
    pthread_mutex_unlock(&message.lock);
    free(pending);
}

static void message_read(fuse_req_t request, size_t size, struct reader *reader)
{
    work();
    if (settings.drops) {
        fuse_reply_buf(request, message.bytes,
                       size < sizeof(message.bytes) ? size : sizeof(message.bytes));
        return;
    }
    if (settings.manual) {
        message_read_or_wait(request, size, reader);
        return;
    }
    pthread_mutex_lock(&message.lock);
    reply_message_locked(request, size, reader);
    pthread_mutex_unlock(&message.lock);
}

static void wake_readers_locked(void)
{
    while (message.pending != NULL) {
        struct pending_read *pending = message.pending;
        message.pending = pending->next;
        reply_message_locked(pending->request, pending->size, pending->reader);
        free(pending);
    }
    while (message.pollers != NULL) {
        struct poller *poller = message.pollers;
        message.pollers = poller->next;
        fuse_lowlevel_notify_poll(poller->handle);
        fuse_pollhandle_destroy(poller->handle);
        free(poller);
    }
}

static void message_write(fuse_req_t request, const char *bytes, size_t size)
{
    if (size > sizeof(message.bytes)) {
        fuse_reply_err(request, EMSGSIZE);
        return;
    }
    if (!settings.drops) {
        pthread_mutex_lock(&message.lock);
        memcpy(message.bytes, bytes, size);
        message.length = size;
        message.generation++;
        wake_readers_locked();
        pthread_mutex_unlock(&message.lock);
    }
    fuse_reply_write(request, size);
}

static void message_poll(fuse_req_t request, struct reader *reader, struct fuse_pollhandle *handle)
{
    unsigned events = POLLOUT | POLLWRNORM;
    struct poller *poller = handle != NULL ? malloc(sizeof(*poller)) : NULL;
    pthread_mutex_lock(&message.lock);
    if (reader->generation != message.generation)
        events |= POLLIN | POLLRDNORM;
    if (poller != NULL) {
        *poller = (struct poller){.handle = handle, .next = message.pollers};
        message.pollers = poller;
    }
    pthread_mutex_unlock(&message.lock);
    fuse_reply_poll(request, events);
}

/* Sends the input back. */
static void message_ioctl(fuse_req_t request, const void *input, size_t input_size,
                          size_t output_size)
{
    fuse_reply_ioctl(request, 0, input, input_size < output_size ? input_size : output_size);
}

static void message_open(fuse_req_t request, struct fuse_file_info *file)
{
    struct reader *reader = calloc(1, sizeof(*reader));
    if (reader == NULL) {
        fuse_reply_err(request, ENOMEM);
        return;
    }
    file->fh = (uintptr_t)reader;
    fuse_reply_open(request, file);
}

static void message_release(fuse_req_t request, struct fuse_file_info *file)
{
    free(info_reader(file));
    fuse_reply_err(request, 0);
}

/* The same for both kinds of device, except for the inode. */

static void cuse_open(fuse_req_t request, struct fuse_file_info *file)
{
    message_open(request, file);
}

static void cuse_release(fuse_req_t request, struct fuse_file_info *file)
{
    message_release(request, file);
}

static void cuse_poll(fuse_req_t request, struct fuse_file_info *file,
                      struct fuse_pollhandle *handle)
{
    message_poll(request, info_reader(file), handle);
}

static void cuse_ioctl(fuse_req_t request, int code, void *argument, struct fuse_file_info *file,
                       unsigned flags, const void *input, size_t input_size, size_t output_size)
{
    (void)code, (void)argument, (void)file, (void)flags;
    message_ioctl(request, input, input_size, output_size);
}

static void cuse_read(fuse_req_t request, size_t size, off_t offset, struct fuse_file_info *file)
{
    (void)offset;
    message_read(request, size, info_reader(file));
}

static void cuse_write(fuse_req_t request, const char *bytes, size_t size, off_t offset,
                       struct fuse_file_info *file)
{
    (void)offset, (void)file;
    message_write(request, bytes, size);
}

static void file_attributes(fuse_ino_t inode, struct stat *attributes)
{
    *attributes = (struct stat){
        .st_ino = inode,
        .st_mode = inode == FILE_INODE ? S_IFREG | 0600 : S_IFDIR | 0700,
        .st_nlink = 1,
        .st_uid = geteuid(),
        .st_gid = getegid(),
    };
}

static void file_lookup(fuse_req_t request, fuse_ino_t parent, const char *name)
{
    struct fuse_entry_param entry = {
        .ino = FILE_INODE, .attr_timeout = 3600, .entry_timeout = 3600};

    if (parent != FUSE_ROOT_ID || strcmp(name, settings.name) != 0) {
        fuse_reply_err(request, ENOENT);
        return;
    }
    file_attributes(FILE_INODE, &entry.attr);
    fuse_reply_entry(request, &entry);
}

static void file_getattr(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file)
{
    struct stat attributes;

    (void)file;
    file_attributes(inode, &attributes);
    fuse_reply_attr(request, &attributes, 3600);
}

/* Attributes are fixed; but a shell that truncates the file it redirects into must not fail. */
static void file_setattr(fuse_req_t request, fuse_ino_t inode, struct stat *wanted, int which,
                         struct fuse_file_info *file)
{
    (void)wanted, (void)which;
    file_getattr(request, inode, file);
}

/* ---- a copy of another file: each call is one of that file, and waits as long as it does ---- */

static void copy_open(fuse_req_t request, struct fuse_file_info *file)
{
    int descriptor = open(settings.copied, (file->flags & O_ACCMODE) | O_NOCTTY | O_CLOEXEC);
    file->fh = (uint64_t)descriptor;
    if (descriptor < 0)
        fuse_reply_err(request, errno);
    else
        fuse_reply_open(request, file);
}

static void copy_read(fuse_req_t request, size_t size, const struct fuse_file_info *file)
{
    static _Thread_local char bytes[128 * 1024];
    ssize_t count = read((int)file->fh, bytes, size < sizeof(bytes) ? size : sizeof(bytes));
    if (count < 0)
        fuse_reply_err(request, errno);
    else
        fuse_reply_buf(request, bytes, (size_t)count);
}

static void copy_write(fuse_req_t request, const char *bytes, size_t size,
                       const struct fuse_file_info *file)
{
    ssize_t count = write((int)file->fh, bytes, size);
    if (count < 0)
        fuse_reply_err(request, errno);
    else
        fuse_reply_write(request, (size_t)count);
}

static void copy_release(fuse_req_t request, const struct fuse_file_info *file)
{
    close((int)file->fh);
    fuse_reply_err(request, 0);
}

static void file_open(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file)
{
    (void)inode;
    file->direct_io = 1;
    file->nonseekable = 1;
    if (settings.copied != NULL) {
        copy_open(request, file);
        return;
    }
    message_open(request, file);
}

static void file_release(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file)
{
    (void)inode;
    if (settings.copied != NULL) {
        copy_release(request, file);
        return;
    }
    message_release(request, file);
}

static void file_poll(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file,
                      struct fuse_pollhandle *handle)
{
    (void)inode;
    message_poll(request, info_reader(file), handle);
}

static void file_ioctl(fuse_req_t request, fuse_ino_t inode, unsigned code, void *argument,
                       struct fuse_file_info *file, unsigned flags, const void *input,
                       size_t input_size, size_t output_size)
{
    (void)inode, (void)code, (void)argument, (void)file, (void)flags;
    message_ioctl(request, input, input_size, output_size);
}

static void file_read(fuse_req_t request, fuse_ino_t inode, size_t size, off_t offset,
                      struct fuse_file_info *file)
{
    (void)inode, (void)offset;
    if (settings.copied != NULL)
        copy_read(request, size, file);
    else
        message_read(request, size, info_reader(file));
}

static void file_write(fuse_req_t request, fuse_ino_t inode, const char *bytes, size_t size,
                       off_t offset, struct fuse_file_info *file)
{
    (void)inode, (void)offset;
    if (settings.copied != NULL)
        copy_write(request, bytes, size, file);
    else
        message_write(request, bytes, size);
}

static const struct cuse_lowlevel_ops cuse_operations = {
    .open = cuse_open,
    .read = cuse_read,
    .write = cuse_write,
    .ioctl = cuse_ioctl,
    .poll = cuse_poll,
    .release = cuse_release,
};

static const struct fuse_lowlevel_ops file_operations = {
    .lookup = file_lookup,
    .getattr = file_getattr,
    .setattr = file_setattr,
    .open = file_open,
    .read = file_read,
    .write = file_write,
    .ioctl = file_ioctl,
    .poll = file_poll,
    .release = file_release,
};

/* /dev/cuse cannot be cloned: no clone_fd. */
static int serve(struct fuse_session *session)
{
    struct fuse_loop_config config = {.clone_fd = 0, .max_idle_threads = 10};

    return settings.threads ? fuse_session_loop_mt(session, &config) : fuse_session_loop(session);
}

static int run_cuse(void)
{
    char device_name[256];
    const char *information[] = {device_name};
    struct cuse_info device = {.dev_info_argc = 1, .dev_info_argv = information};
    char *arguments[] = {"bare_echo", "-f", NULL};
    int threads;
    struct fuse_session *session;
    int result;

    snprintf(device_name, sizeof(device_name), "DEVNAME=%s", settings.name);
    session = cuse_lowlevel_setup(2, arguments, &device, &cuse_operations, &threads, NULL);
    if (session == NULL)
        return -1;
    result = serve(session);
    cuse_lowlevel_teardown(session);
    return result;
}

static int run_fuse(void)
{
    char *words[] = {"bare_echo", NULL};
    struct fuse_args arguments = FUSE_ARGS_INIT(1, words);
    struct fuse_session *session;
    int result = -1;

    session = fuse_session_new(&arguments, &file_operations, sizeof(file_operations), NULL);
    fuse_opt_free_args(&arguments);
    if (session == NULL)
        return -1;
    if (fuse_set_signal_handlers(session) == 0) {
        if (fuse_session_mount(session, settings.mount_dir) == 0) {
            result = serve(session);
            fuse_session_unmount(session);
        }
        fuse_remove_signal_handlers(session);
    }
    fuse_session_destroy(session);
    return result;
}

static _Noreturn void fail_usage(void)
{
    fputs("usage: bare_echo [--name=NAME] [--mount=DIR] [--threads] [--drop] [--manual]\n"
          "                 [--compute=US] [--wait=US] [--copy=PATH]\n",
          stderr);
    exit(2);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"name", required_argument, NULL, 'n'},
        {"mount", required_argument, NULL, 'm'},
        {"threads", no_argument, NULL, 't'},
        {"drop", no_argument, NULL, 'd'},
        {"manual", no_argument, NULL, 'M'},
        {"compute", required_argument, NULL, 'c'},
        {"wait", required_argument, NULL, 'w'},
        {"copy", required_argument, NULL, 'C'},
        {0},
    };

    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'n')
            settings.name = optarg;
        else if (option == 'm')
            settings.mount_dir = optarg;
        else if (option == 't')
            settings.threads = true;
        else if (option == 'd')
            settings.drops = true;
        else if (option == 'M')
            settings.manual = true;
        else if (option == 'c')
            settings.compute_us = (unsigned)strtoul(optarg, NULL, 10);
        else if (option == 'w')
            settings.wait_us = (unsigned)strtoul(optarg, NULL, 10);
        else if (option == 'C')
            settings.copied = optarg;
        else
            fail_usage();
    }
    if (optind < argc)
        fail_usage();
    /* A positive result is the signal that ended the loop, which is the orderly way. */
    return (settings.mount_dir != NULL ? run_fuse() : run_cuse()) < 0;
}
