/* The file of the driver's configuration. See configfile.h. */
#include "host/configfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "framework/registry/configuration.h"
#include "port/log.h"

/* A configuration that people edit is smaller. */
#define SIZE_LIMIT (1024 * 1024)

/* How often another process may replace the file between our opening and locking it. */
#define LOCK_TRIES 1000

/* After the start guarded by the configuration's lock, except the constant path and folder. */
struct config_file {
    struct configuration configuration;
    char *path;           /* without symbolic links */
    const char *name;     /* its last part */
    char *temporary_name; /* of the new file, before it is renamed */
    int folder;
    int locked;           /* descriptor of the file during a change; -1 otherwise */
    struct stat known;    /* the file that the configuration was read from; zeros: none */
    bool has_been_warned; /* that there is no file */
};

/* ---- reading ---- */

static bool is_same_text(const struct stat *one, const struct stat *other)
{
    return one->st_dev == other->st_dev && one->st_ino == other->st_ino &&
           one->st_size == other->st_size && one->st_mtim.tv_sec == other->st_mtim.tv_sec &&
           one->st_mtim.tv_nsec == other->st_mtim.tv_nsec &&
           one->st_ctim.tv_sec == other->st_ctim.tv_sec &&
           one->st_ctim.tv_nsec == other->st_ctim.tv_nsec;
}

static int read_all(int descriptor, char *text, size_t size, size_t *length)
{
    for (*length = 0; *length < size;) {
        ssize_t count = pread(descriptor, text + *length, size - *length, (off_t)*length);
        if (count < 0 && errno != EINTR)
            return -errno;
        if (count == 0)
            break;
        *length += count > 0 ? (size_t)count : 0;
    }
    return 0;
}

/* The whole text, malloc'ed, and the file's state before it was read. */
static int read_text(int descriptor, char **text, size_t *length, struct stat *status)
{
    if (fstat(descriptor, status) != 0)
        return -errno;
    if (!S_ISREG(status->st_mode))
        return -EINVAL;
    if (status->st_size > SIZE_LIMIT)
        return -EFBIG;
    size_t size = (size_t)status->st_size;
    *text = malloc(size + 1);
    if (*text == NULL)
        return -ENOMEM;
    int error = read_all(descriptor, *text, size, length);
    if (error != 0)
        free(*text);
    return error;
}

/* ---- changing ---- */

static NTSTATUS status_of(int error)
{
    switch (-error) {
    case EACCES:
    case EPERM:
        return STATUS_ACCESS_DENIED;
    case EROFS:
        return STATUS_MEDIA_WRITE_PROTECTED;
    case ENOSPC:
    case EDQUOT:
        return STATUS_DISK_FULL;
    case ENOMEM:
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    return STATUS_REGISTRY_IO_FAILED;
}

static NTSTATUS fail(const struct config_file *file, int error)
{
    log_error(
        "%s: the driver's change of its configuration is refused: %s%s", file->path,
        strerror(-error),
        error == -EACCES || error == -EPERM
            ? "; the daemon's user must own the file, with its group, and be able to write to "
              "its folder"
            : "");
    return status_of(error);
}

/* A lock of the open file, not of the process: only those who may write to the file can take it. */
static int lock_file(const struct config_file *file, int descriptor)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(descriptor, F_OFD_SETLK, &whole) == 0)
        return 0;
    if (errno != EAGAIN && errno != EACCES)
        return -errno;
    log_debug("%s: waiting for somebody else's change", file->path);
    while (fcntl(descriptor, F_OFD_SETLKW, &whole) != 0) {
        if (errno != EINTR)
            return -errno;
    }
    return 0;
}

/* Whether the name still means the file that was opened. */
static bool is_current(const struct config_file *file, int descriptor)
{
    struct stat opened, named;
    return fstat(descriptor, &opened) == 0 &&
           fstatat(file->folder, file->name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/* Opens and locks the file that has the name now: -errno or the descriptor. */
static int open_locked(const struct config_file *file)
{
    for (unsigned tries = 0; tries < LOCK_TRIES; tries++) {
        int descriptor =
            openat(file->folder, file->name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (descriptor < 0)
            return -errno;
        int error = lock_file(file, descriptor);
        if (error == 0 && is_current(file, descriptor))
            return descriptor;
        close(descriptor);
        if (error != 0)
            return error;
    }
    return -EBUSY;
}

static NTSTATUS begin(void *context, char **text, size_t *length)
{
    struct config_file *file = context;
    struct stat status;
    *text = NULL;
    int descriptor = open_locked(file);
    if (descriptor < 0)
        return fail(file, descriptor);
    int error = fstat(descriptor, &status) == 0 ? 0 : -errno;
    if (error == 0 && !is_same_text(&status, &file->known)) {
        /* The text is not checked yet; if it is invalid, the next change must read it again instead
         * of overwriting it. A valid text is noted once it is written. */
        memset(&file->known, 0, sizeof(file->known));
        error = read_text(descriptor, text, length, &status);
    }
    if (error != 0) {
        close(descriptor);
        return fail(file, error);
    }
    file->locked = descriptor;
    return STATUS_SUCCESS;
}

static int write_all(int descriptor, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t count = write(descriptor, text, length);
        if (count < 0 && errno != EINTR)
            return -errno;
        text += count > 0 ? count : 0;
        length -= count > 0 ? (size_t)count : 0;
    }
    return 0;
}

/* Mode last: a change of the owner takes bits away. */
static int copy_mode_and_owner(int from, int to)
{
    struct stat wanted, actual;
    if (fstat(from, &wanted) != 0 || fstat(to, &actual) != 0)
        return -errno;
    if ((wanted.st_uid != actual.st_uid || wanted.st_gid != actual.st_gid) &&
        fchown(to, wanted.st_uid, wanted.st_gid) != 0)
        return -errno;
    return fchmod(to, wanted.st_mode & 07777) == 0 ? 0 : -errno;
}

/* The file with the new text, on the disk, under its temporary name: -errno or its descriptor. */
static int create_temporary(const struct config_file *file, const char *text, size_t length)
{
    /* We hold the lock: the process that has left one behind is dead. */
    if (unlinkat(file->folder, file->temporary_name, 0) != 0 && errno != ENOENT)
        return -errno;
    int descriptor = openat(file->folder, file->temporary_name,
                            O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0)
        return -errno;
    int error = write_all(descriptor, text, length);
    if (error == 0)
        error = write_all(descriptor, "\n", 1);
    if (error == 0)
        error = copy_mode_and_owner(file->locked, descriptor);
    if (error == 0 && fsync(descriptor) != 0)
        error = -errno;
    if (error == 0)
        return descriptor;
    close(descriptor);
    unlinkat(file->folder, file->temporary_name, 0);
    return error;
}

static NTSTATUS commit(void *context, const char *text, size_t length)
{
    struct config_file *file = context;
    if (length >= SIZE_LIMIT)
        return fail(file, -EFBIG);
    int descriptor = create_temporary(file, text, length);
    if (descriptor < 0)
        return fail(file, descriptor);
    if (renameat(file->folder, file->temporary_name, file->folder, file->name) != 0) {
        int error = -errno;
        close(descriptor);
        unlinkat(file->folder, file->temporary_name, 0);
        return fail(file, error);
    }
    /* From here on the change is made. A power failure may still undo it; if the folder cannot be
     * synced, that stays so. */
    fsync(file->folder);
    if (fstat(descriptor, &file->known) != 0)
        memset(&file->known, 0, sizeof(file->known));
    close(descriptor);
    return STATUS_SUCCESS;
}

static void end(void *context)
{
    struct config_file *file = context;
    close(file->locked);
    file->locked = -1;
}

/* ---- without a file ---- */

static NTSTATUS begin_nowhere(void *context, char **text, size_t *length)
{
    struct config_file *file = context;
    (void)length;
    *text = NULL;
    if (!file->has_been_warned)
        log_warning("without --config nobody keeps what the driver writes to its registry");
    file->has_been_warned = true;
    return STATUS_SUCCESS;
}

static NTSTATUS commit_nowhere(void *context, const char *text, size_t length)
{
    (void)context, (void)text, (void)length;
    return STATUS_SUCCESS;
}

static void end_nowhere(void *context)
{
    (void)context;
}

/* ---- opening ---- */

static int find_file(struct config_file *file, const char *path)
{
    file->path = realpath(path, NULL);
    if (file->path == NULL)
        return -errno;
    char *separator = strrchr(file->path, '/');
    file->name = separator + 1;
    if (asprintf(&file->temporary_name, ".%s.new", file->name) < 0) {
        file->temporary_name = NULL;
        return -ENOMEM;
    }
    /* The daemon will leave the folder that the path may be relative to. */
    *separator = '\0';
    file->folder =
        open(separator != file->path ? file->path : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *separator = '/';
    return file->folder >= 0 ? 0 : -errno;
}

static const char *hint(int error)
{
    switch (-error) {
    case ENOENT:
        return "; an empty configuration is {}";
    case EINVAL:
        return "; it must be a regular file";
    case EFBIG:
        return "; the limit is 1 MiB";
    }
    return "";
}

static int load_file(struct config_file *file, const char *path)
{
    const struct configuration_store store = {
        .name = file->path, .context = file, .begin = begin, .commit = commit, .end = end};
    char reason[CONFIGURATION_ERROR_SIZE];
    char *text;
    size_t length;
    int descriptor = openat(file->folder, file->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return -errno;
    int error = read_text(descriptor, &text, &length, &file->known);
    close(descriptor);
    if (error != 0)
        return error;
    NTSTATUS status = configuration_load(&file->configuration, text, length, &store, reason);
    free(text);
    if (status == STATUS_REGISTRY_CORRUPT)
        log_error("--config: %s: %s", path, reason);
    return NT_SUCCESS(status) ? 0 : status == STATUS_REGISTRY_CORRUPT ? -EILSEQ : -ENOMEM;
}

static int load_nothing(struct config_file *file)
{
    const struct configuration_store store = {.name = "the configuration",
                                              .context = file,
                                              .begin = begin_nowhere,
                                              .commit = commit_nowhere,
                                              .end = end_nowhere};
    char reason[CONFIGURATION_ERROR_SIZE];
    return NT_SUCCESS(configuration_load(&file->configuration, NULL, 0, &store, reason)) ? 0
                                                                                         : -ENOMEM;
}

static void free_file(struct config_file *file)
{
    if (file->folder >= 0)
        close(file->folder);
    free(file->temporary_name);
    free(file->path);
    free(file);
}

int config_file_open(const char *path, struct config_file **result)
{
    struct config_file *file = calloc(1, sizeof(*file));
    if (file == NULL) {
        log_error("--config: no memory");
        return -ENOMEM;
    }
    port_mutex_init(&file->configuration.configuration_lock);
    file->folder = -1;
    file->locked = -1;
    int error = path != NULL ? find_file(file, path) : load_nothing(file);
    if (error == 0 && path != NULL)
        error = load_file(file, path);
    if (error == 0) {
        *result = file;
        return 0;
    }
    if (error != -EILSEQ)
        log_error("--config: %s: %s%s", path != NULL ? path : "none", strerror(-error),
                  hint(error));
    free_file(file);
    return error;
}

struct configuration *config_file_configuration(struct config_file *file)
{
    return &file->configuration;
}

bool config_file_is_same(const struct config_file *one, const struct config_file *other)
{
    return one->path != NULL && other->path != NULL && strcmp(one->path, other->path) == 0;
}

void config_file_close(struct config_file *file)
{
    if (file == NULL)
        return;
    configuration_unload(&file->configuration);
    free_file(file);
}
