/* The folder for files of explored drivers. See files.h. */
#include "explore/files.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nt/filetable.h"
#include "nt/folder.h"

static char folder[] = "/tmp/wdfexplore-XXXXXX";
static pid_t owner; /* 0: there is no folder */

/* The folder itself, at level 0, is left. */
static int delete_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status, (void)type;
    return walk->level > 0 ? remove(path) : 0;
}

static void empty_folder(void)
{
    nftw(folder, delete_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* Not by a process that was forked off. */
static void delete_folder(void)
{
    if (owner != getpid())
        return;
    empty_folder();
    rmdir(folder);
}

void explored_files_begin(void)
{
    file_close_all(NULL);
    if (owner != 0) {
        empty_folder();
        return;
    }
    if (mkdtemp(folder) == NULL || !folder_set_base(folder))
        return;
    owner = getpid();
    atexit(delete_folder);
}
