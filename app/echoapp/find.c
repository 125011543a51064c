#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../echo/public.h"
#include "find.h"

#define USUAL_DEVICE "/dev/echo"
#define CLASS_FOLDER "wdfuse/by-interface/" ECHO_INTERFACE_CLASS

static char found[PATH_MAX];

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* A device that is there but not for us is remembered as well: better to be told of than the usual
 * one, which is not there. Links of a daemon that was killed lead nowhere. */
static bool try_device(const char *folder, const char *name, char *refused)
{
    char path[PATH_MAX];
    int file;

    if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
        return false;
    file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) {
        if (errno == EACCES && *refused == '\0')
            strcpy(refused, path);
        return false;
    }
    close(file);
    if (realpath(path, found) == NULL)
        strcpy(found, path);
    return true;
}

static bool find_in(const char *folder, char *refused)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_visible, alphasort);
    bool is_found = false;

    for (int i = 0; i < count; i++) {
        is_found = is_found || try_device(folder, entries[i]->d_name, refused);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return is_found;
}

static bool find_in_runtime_folder(char *refused)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    char folder[PATH_MAX];

    /* As its specification says: what is not absolute is to be ignored. */
    if (runtime == NULL || *runtime != '/')
        return false;
    return snprintf(folder, sizeof(folder), "%s/" CLASS_FOLDER, runtime) < (int)sizeof(folder) &&
           find_in(folder, refused);
}

const char *find_device(void)
{
    char refused[PATH_MAX] = "";

    if (!find_in("/dev/" CLASS_FOLDER, refused) && !find_in_runtime_folder(refused)) {
        if (*refused == '\0')
            return USUAL_DEVICE;
        strcpy(found, refused);
    }
    printf("%s: found by its interface %s\n", found, ECHO_INTERFACE_CLASS);
    return found;
}
