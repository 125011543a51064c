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

static int write_pid(int descriptor)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode))
        return -EINVAL;
    return dprintf(descriptor, "%d\n", (int)getpid()) > 0 ? 0 : -errno;
}

int pidfile_create(const char *path)
{
    int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
    int descriptor = open(path, flags, 0644);
    int error = descriptor >= 0 ? write_pid(descriptor) : -errno;
    if (descriptor >= 0)
        close(descriptor);
    if (error != 0)
        log_error("--pidfile: writing %s failed: %s", path,
                  error == -ELOOP    ? "it is a symbolic link"
                  : error == -EINVAL ? "it is no regular file"
                                     : strerror(-error));
    return error;
}

/* Another daemon, started with the same file, may have written its own number there. */
static bool names_process(const char *path, pid_t process)
{
    char text[32];
    int descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    ssize_t length = descriptor >= 0 ? read(descriptor, text, sizeof(text) - 1) : -1;
    if (descriptor >= 0)
        close(descriptor);
    if (length <= 0)
        return false;
    text[length] = '\0';
    return atoi(text) == (int)process;
}

void pidfile_remove(const char *path, pid_t process)
{
    if (path != NULL && names_process(path, process) && unlink(path) != 0)
        log_debug("%s stays for the process that cleans up: %s", path, strerror(errno));
}
