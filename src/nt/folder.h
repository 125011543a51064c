/*
 * Where the files of drivers are, and where a name of NT leads in there.
 *
 * Each driver has a folder of its own, BASE/SERVICE, with a folder for each letter of a drive:
 * \SystemRoot is C/Windows. A name is walked part by part from there, so it leads nowhere else: "."
 * and "..", links, and anything that is no folder are refused.
 */
#ifndef WDFUSE_NT_FOLDER_H
#define WDFUSE_NT_FOLDER_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include <ntdef.h>

#include "nt/driver.h"

/* Longest name of a file in UTF-8, with a zero: NAME_MAX + 1. */
#define FOLDER_NAME_SIZE 256

/*
 * The folder that those of all drivers are in: an absolute path, copied; NULL: there is none.
 * Before a driver is loaded. Returns false when the path is too long.
 */
bool folder_set_base(const char *path);

/*
 * Makes the folder of a driver, and the base if only that is missing; what is there already stays.
 * With an owner other than -1 it is given to that user. Returns 0 or -errno.
 */
int folder_make(const char *service, uid_t owner, gid_t group);

/*
 * Makes the folder for data of the driver, or of one of its devices, and tells its path. It is
 * beside what names of NT lead to. STATUS_OBJECT_PATH_NOT_FOUND: there is no base; else as
 * ZwCreateFile.
 */
NTSTATUS folder_make_data(const struct nt_driver *driver, const char *device, char path[PATH_MAX]);

/* Where a name leads: an entry of a directory, which may be there or not. */
struct folder_place {
    int directory;               /* a descriptor, to be closed */
    char name[FOLDER_NAME_SIZE]; /* "." for the directory itself */
    bool is_directory;           /* the name can only be one: it ends with a backslash */
};

/*
 * Finds the place. `root`: the descriptor of a directory that the name is relative to; -1: it is
 * NT's, from the root of all. The folder is made when it is first needed. Returns STATUS_SUCCESS,
 * and the place is to be closed; else as ZwCreateFile.
 */
NTSTATUS folder_find(const struct nt_driver *driver, int root, PCUNICODE_STRING name,
                     struct folder_place *place);

#endif
