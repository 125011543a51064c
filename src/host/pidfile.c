/* The pid file. See pidfile.h. */
#include "host/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "port/log.h"

struct pidfile {
    int descriptor;
    char *path;
};

char *pidfile_absolute_path(const char *path)
{
    if (path[0] == '/')
        return strdup(path);
    char *folder = getcwd(NULL, 0);
    char *absolute = NULL;
    if (folder != NULL && asprintf(&absolute, "%s/%s", folder, path) < 0)
        absolute = NULL;
    free(folder);
    return absolute;
}

static void pidfile_free(struct pidfile *pidfile)
{
    if (pidfile->descriptor >= 0)
        close(pidfile->descriptor);
    free(pidfile->path);
    free(pidfile);
}

static int pidfile_write(struct pidfile *pidfile)
{
    int flags = O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
    pidfile->descriptor = open(pidfile->path, flags, 0644);
    if (pidfile->descriptor < 0)
        return -errno;
    struct stat status;
    if (fstat(pidfile->descriptor, &status) != 0 || !S_ISREG(status.st_mode))
        return -EINVAL;
    return dprintf(pidfile->descriptor, "%d\n", (int)getpid()) > 0 ? 0 : -errno;
}

int pidfile_create(const char *path, struct pidfile **pidfile)
{
    struct pidfile *new = calloc(1, sizeof(*new));
    if (new != NULL) {
        new->descriptor = -1;
        new->path = strdup(path);
    }
    int error = new == NULL || new->path == NULL ? -ENOMEM : pidfile_write(new);
    if (error != 0) {
        log_error("--pidfile: writing %s failed: %s", path,
                  error == -ELOOP    ? "it is a symbolic link"
                  : error == -EINVAL ? "it is no regular file"
                                     : strerror(-error));
        if (new != NULL)
            pidfile_free(new);
        return error;
    }
    *pidfile = new;
    return 0;
}

/* Another daemon, started with the same file, may have written its own number there, or replaced
 * it. */
static bool pidfile_is_ours(const struct pidfile *pidfile)
{
    char text[32];
    struct stat kept, present;
    ssize_t length = pread(pidfile->descriptor, text, sizeof(text) - 1, 0);
    if (length <= 0)
        return false;
    text[length] = '\0';
    return atoi(text) == (int)getpid() && fstat(pidfile->descriptor, &kept) == 0 &&
           lstat(pidfile->path, &present) == 0 && kept.st_dev == present.st_dev &&
           kept.st_ino == present.st_ino;
}

void pidfile_remove(struct pidfile *pidfile)
{
    if (pidfile == NULL)
        return;
    if (pidfile_is_ours(pidfile) && unlink(pidfile->path) != 0 &&
        ftruncate(pidfile->descriptor, 0) != 0)
        log_warning("removing %s failed: %s", pidfile->path, strerror(errno));
    pidfile_free(pidfile);
}
