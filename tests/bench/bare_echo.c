/*
 * The echo device on bare libfuse: what a program that knows its device, and nothing of WDF, costs. The
 * benchmark measures echod against it.
 *
 * A write replaces the message; every read starts at its first byte. Nothing is asynchronous, cancelable or
 * logged.
 */
#define FUSE_USE_VERSION 34

#include <err.h>
#include <errno.h>
#include <fuse3/cuse_lowlevel.h>
#include <fuse3/fuse_lowlevel.h>
#include <getopt.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The one file in the mount's root folder; no device, no other file. */
#define FILE_INODE (FUSE_ROOT_ID + 1)

struct settings {
    const char *name;
    const char *mount_dir; /* NULL: /dev/NAME through CUSE */
    bool threads;
};

/* `lock` guards `bytes` and `length`: with threads, requests arrive at the same time. */
static struct {
    pthread_mutex_t lock;
    size_t length;
    char bytes[31 * 4096];
} message = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct settings settings = {.name = "bare-echo"};

static void message_read(fuse_req_t request, size_t size)
{
    pthread_mutex_lock(&message.lock);
    fuse_reply_buf(request, message.bytes, size < message.length ? size : message.length);
    pthread_mutex_unlock(&message.lock);
}

static void message_write(fuse_req_t request, const char *bytes, size_t size)
{
    if (size > sizeof(message.bytes)) {
        fuse_reply_err(request, EMSGSIZE);
        return;
    }
    pthread_mutex_lock(&message.lock);
    memcpy(message.bytes, bytes, size);
    message.length = size;
    pthread_mutex_unlock(&message.lock);
    fuse_reply_write(request, size);
}

/* The same for both kinds of device, but for the inode. */

static void cuse_open(fuse_req_t request, struct fuse_file_info *file)
{
    fuse_reply_open(request, file);
}

static void cuse_read(fuse_req_t request, size_t size, off_t offset, struct fuse_file_info *file)
{
    (void)offset, (void)file;
    message_read(request, size);
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
    struct fuse_entry_param entry = {.ino = FILE_INODE, .attr_timeout = 3600, .entry_timeout = 3600};

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

/* Attributes are fixed; that a shell truncates what it redirects into must not fail. */
static void file_setattr(fuse_req_t request, fuse_ino_t inode, struct stat *wanted, int which,
                         struct fuse_file_info *file)
{
    (void)wanted, (void)which;
    file_getattr(request, inode, file);
}

static void file_open(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file)
{
    (void)inode;
    file->direct_io = 1;
    file->nonseekable = 1;
    fuse_reply_open(request, file);
}

static void file_read(fuse_req_t request, fuse_ino_t inode, size_t size, off_t offset,
                      struct fuse_file_info *file)
{
    (void)inode, (void)offset, (void)file;
    message_read(request, size);
}

static void file_write(fuse_req_t request, fuse_ino_t inode, const char *bytes, size_t size, off_t offset,
                       struct fuse_file_info *file)
{
    (void)inode, (void)offset, (void)file;
    message_write(request, bytes, size);
}

static const struct cuse_lowlevel_ops cuse_operations = {
    .open = cuse_open,
    .read = cuse_read,
    .write = cuse_write,
};

static const struct fuse_lowlevel_ops file_operations = {
    .lookup = file_lookup,
    .getattr = file_getattr,
    .setattr = file_setattr,
    .open = file_open,
    .read = file_read,
    .write = file_write,
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

static void usage_fail(void)
{
    fputs("usage: bare_echo [--name=NAME] [--mount=DIR] [--threads]\n", stderr);
    exit(2);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"name", required_argument, NULL, 'n'},
        {"mount", required_argument, NULL, 'm'},
        {"threads", no_argument, NULL, 't'},
        {0},
    };

    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'n')
            settings.name = optarg;
        else if (option == 'm')
            settings.mount_dir = optarg;
        else if (option == 't')
            settings.threads = true;
        else
            usage_fail();
    }
    if (optind < argc)
        usage_fail();
    /* A signal that ended the loop is its positive result, and the orderly way to end. */
    return (settings.mount_dir != NULL ? run_fuse() : run_cuse()) < 0;
}
