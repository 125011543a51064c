/* Where control sockets are. See folder.h. */
#include "control/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int control_connect(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
    /* A stopped process may have a full backlog: connecting fails at once then. */
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0)
        return -errno;
    if (connect(descriptor, (struct sockaddr *)&address, sizeof(address)) == 0) {
        fcntl(descriptor, F_SETFL, 0);
        return descriptor;
    }
    int error = errno;
    close(descriptor);
    return -error;
}

static void remove_if_dead(const char *folder, const char *name, control_folder_report *report,
                           void *context)
{
    size_t length = strlen(name), suffix = strlen(CONTROL_SOCKET_SUFFIX);
    char path[PATH_MAX];
    if (length <= suffix || strcmp(name + length - suffix, CONTROL_SOCKET_SUFFIX) != 0)
        return;
    struct stat status;
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (lstat(path, &status) != 0 || !S_ISSOCK(status.st_mode))
        return;
    int result = control_connect(path);
    if (result == -ECONNREFUSED)
        report(path, unlink(path) == 0 ? 0 : -errno, context);
    else if (result >= 0)
        close(result);
}

int control_folder_clean(const char *folder, control_folder_report *report, void *context)
{
    DIR *stream = opendir(folder);
    if (stream == NULL)
        return -errno;
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;)
        remove_if_dead(folder, entry->d_name, report, context);
    closedir(stream);
    return 0;
}
