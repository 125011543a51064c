/* See runtimefolder.h. */
#include "host/runtimefolder.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "port/log.h"

static const char *print(char *buffer, size_t size, const char *format, const char *argument)
{
    int length = snprintf(buffer, size, format, argument);
    return length > 0 && (size_t)length < size ? buffer : NULL;
}

const char *runtime_folder_at(unsigned n, char *buffer, size_t size)
{
    const char *own = getenv("XDG_RUNTIME_DIR");
    bool is_root = geteuid() == 0;
    bool has_own = !is_root && own != NULL && own[0] == '/';
    char user[24];
    snprintf(user, sizeof(user), "%u", (unsigned)geteuid());
    const char *given = getenv("RUNTIME_DIRECTORY");
    bool is_given = given != NULL && given[0] == '/';
    if (is_given && n == 0)
        return print(buffer, size, "%s", given);
    n -= is_given ? 1 : 0;
    if (is_root && n == 0)
        return print(buffer, size, "%s", "/run/wdfuse");
    n -= is_root ? 1 : 0;
    if (has_own && n == 0)
        return print(buffer, size, "%s/wdfuse", own);
    n -= has_own ? 1 : 0;
    return n == 0 ? print(buffer, size, "/tmp/wdfuse-%s", user) : NULL;
}

/* In /tmp any user may have made it before. */
static int check_owner(const char *path)
{
    struct stat status;
    if (lstat(path, &status) != 0)
        return -errno;
    if (!S_ISDIR(status.st_mode))
        return -ENOTDIR;
    return status.st_uid == geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0 ? 0 : -EPERM;
}

bool runtime_folder_is_safe(const char *path)
{
    return check_owner(path) == 0;
}

static int make(const char *path)
{
    mode_t mode = geteuid() == 0 ? 0755 : 0700;
    bool is_new = mkdir(path, mode) == 0;
    if (!is_new && errno != EEXIST)
        return -errno;
    if (is_new) /* whatever the umask is */
        (void)chmod(path, mode);
    int error = check_owner(path);
    if (error == 0 && access(path, W_OK | X_OK) != 0)
        error = -errno;
    return error;
}

int runtime_folder_make(char *buffer, size_t size)
{
    int error = -ENOENT;
    for (unsigned n = 0; runtime_folder_at(n, buffer, size) != NULL; n++) {
        error = make(buffer);
        if (error == 0)
            return 0;
    }
    log_warning("there is no folder for what a daemon shows of itself (%s): %s", buffer,
                strerror(-error));
    return error;
}
