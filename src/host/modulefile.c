/* The file of a driver. See modulefile.h. */
#include "host/modulefile.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "inf/arena.h"

/* Of several that differ only in case, always the same one. */
static void choose(DIR *entries, const char *file, char *best, size_t size)
{
    for (const struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (strcasecmp(entry->d_name, file) == 0 &&
            (best[0] == '\0' || strcmp(entry->d_name, best) < 0))
            snprintf(best, size, "%s", entry->d_name);
    }
}

const char *module_file_find(struct arena *arena, const char *folder, const char *file)
{
    char best[256] = "";
    const char *path = arena_print(arena, "%s/%s", folder, file);
    if (path == NULL || access(path, F_OK) == 0)
        return path;
    DIR *entries = opendir(folder);
    if (entries == NULL)
        return NULL;
    choose(entries, file, best, sizeof(best));
    closedir(entries);
    return best[0] != '\0' ? arena_print(arena, "%s/%s", folder, best) : NULL;
}
