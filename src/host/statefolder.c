/* The folder for the files of drivers. See statefolder.h. */
#include "host/statefolder.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nt/folder.h"
#include "port/log.h"

#define DEFAULT_FOLDER "/var/lib/wdfuse"

static struct {
    bool will_change_user;
    uid_t user;
    gid_t group;
} daemon_to_be;

int state_folder_choose(const struct host_options *options)
{
    char path[PATH_MAX];
    daemon_to_be.will_change_user = options->has_user && geteuid() == 0 && options->user != 0;
    daemon_to_be.user = options->user;
    daemon_to_be.group = options->user_group;
    if (options->state_dir == NULL) {
        folder_set_base(geteuid() == 0 ? DEFAULT_FOLDER : NULL);
        return 0;
    }
    if (realpath(options->state_dir, path) != NULL && folder_set_base(path))
        return 0;
    log_error("--state-dir: %s: %s%s", options->state_dir, strerror(errno),
              errno == ENOENT ? "; make the directory first" : "");
    return -errno;
}

int state_folder_make(const char *service)
{
    if (!daemon_to_be.will_change_user)
        return 0;
    int error = folder_make(service, daemon_to_be.user, daemon_to_be.group);
    if (error != 0)
        log_error("the folder for files of the driver %s: %s; --state-dir names another place",
                  service, strerror(-error));
    return error;
}
