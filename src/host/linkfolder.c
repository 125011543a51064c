/* The folder of links. See linkfolder.h. */
#include "host/linkfolder.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "transport/mounttable.h"

bool link_folder_find(char *base, size_t size)
{
    if (geteuid() == 0)
        return (size_t)snprintf(base, size, "/dev/wdfuse") < size;
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    if (runtime == NULL || runtime[0] != '/')
        return false;
    return (size_t)snprintf(base, size, "%s/wdfuse", runtime) < size;
}

/* ---- what is in it ---- */

/* The target of a link; false when it is none. */
static bool read_target(const char *link, char *target, size_t size)
{
    ssize_t length = readlink(link, target, size - 1);
    target[length >= 0 ? length : 0] = '\0';
    return length > 0;
}

/* Links are in by-name/, and in by-interface/{GUID}/. */
static void visit_folder(const char *folder, unsigned depth, link_visitor *visit, void *context)
{
    char path[PATH_MAX], target[PATH_MAX];
    DIR *stream = opendir(folder);
    if (stream == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        bool fits =
            (size_t)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) < sizeof(path);
        if (!fits || strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (read_target(path, target, sizeof(target)))
            visit(path, target, context);
        else if (depth > 0)
            visit_folder(path, depth - 1, visit, context);
    }
    closedir(stream);
}

void link_folder_visit(const char *base, link_visitor *visit, void *context)
{
    char folder[PATH_MAX];
    if ((size_t)snprintf(folder, sizeof(folder), "%s/by-name", base) < sizeof(folder))
        visit_folder(folder, 0, visit, context);
    if ((size_t)snprintf(folder, sizeof(folder), "%s/by-interface", base) < sizeof(folder))
        visit_folder(folder, 1, visit, context);
}

void link_folder_trim(const char *base, const char *link)
{
    char path[PATH_MAX];
    char *slash;
    snprintf(path, sizeof(path), "%s", link);
    while ((slash = strrchr(path, '/')) != NULL && (size_t)(slash - path) > strlen(base)) {
        *slash = '\0';
        if (rmdir(path) != 0)
            return;
    }
    rmdir(base);
}

/* Another daemon may have taken the name over. */
int link_folder_remove(const char *base, const char *link, const char *target)
{
    char present[PATH_MAX];
    int error = 0;
    bool is_same = read_target(link, present, sizeof(present)) && strcmp(present, target) == 0;
    if (is_same && unlink(link) != 0 && errno != ENOENT)
        error = -errno;
    link_folder_trim(base, link);
    return error;
}

/* ---- links of dead daemons ---- */

static bool is_mounted(const char *folder, size_t length)
{
    struct mount_table table;
    struct mount_entry entry;
    bool is_found = false;
    if (mount_table_open(&table) != 0)
        return true; /* unknown */
    while (!is_found && mount_table_next(&table, &entry))
        is_found = strlen(entry.path) == length && memcmp(entry.path, folder, length) == 0;
    mount_table_close(&table);
    return is_found;
}

bool link_is_cuse_device(const char *name)
{
    static const char class[] = "/sys/class/cuse/";
    char path[PATH_MAX];
    if (access("/sys/class", F_OK) != 0)
        return true; /* unknown */
    snprintf(path, sizeof(path), "%s%s", class, name);
    for (char *slash = path + strlen(class); (slash = strchr(slash, '/')) != NULL;)
        *slash = '!'; /* as sysfs has it */
    return access(path, F_OK) == 0;
}

/* A node may be in folders below the mount. */
static bool is_in_mount(const char *target)
{
    for (const char *slash = target; (slash = strchr(slash + 1, '/')) != NULL;) {
        if (is_mounted(target, (size_t)(slash - target)))
            return true;
    }
    return false;
}

/* The kernel removes a node of CUSE with its daemon; something else may have its name since. */
bool link_leads_nowhere(const char *target)
{
    static const char dev[] = "/dev/";
    struct stat status;
    if (target[0] == '/' && is_in_mount(target))
        return false;
    return strncmp(target, dev, strlen(dev)) != 0 || lstat(target, &status) != 0 ||
           !link_is_cuse_device(target + strlen(dev));
}
