/*
 * The files that drivers have opened themselves: what is behind a handle of ZwCreateFile.
 *
 * A fixed table, so that a handle is checked before it is followed: its number names an entry and
 * how often that was used before. Whoever uses a file holds a reference; ZwClose drops the
 * handle's. What others may open a file for (ShareAccess) is between the files of this table.
 */
#ifndef WDFUSE_NT_FILETABLE_H
#define WDFUSE_NT_FILETABLE_H

#include <stdbool.h>
#include <sys/types.h>

#include <wdm.h>

#include "nt/driver.h"
#include "nt/folder.h"
#include "port/thread.h"

/* Outside of files_lock; held while the file is read or written at its position. */
PORT_LOCK_KIND(position_lock);

struct nt_file {
    /* Constant while it is open. */
    int descriptor;
    const struct nt_driver *driver;
    ACCESS_MASK access; /* single rights, no GENERIC_* */
    ULONG sharing;
    bool is_directory;
    bool has_position; /* FILE_SYNCHRONOUS_IO_* */
    dev_t device;
    ino_t inode;
    struct folder_place place; /* its directory: -1 for a file that can't be deleted */

    struct port_mutex position_lock;
    off_t position GUARDED_BY(position_lock);

    /* Guarded by the table's lock. */
    unsigned references; /* 0: the entry is free */
    unsigned generation;
    bool is_deleted; /* it is when its last handle is closed */
};

/*
 * Puts what `file` says into the table, unless somebody has it open in a way that excludes this:
 * STATUS_SHARING_VIOLATION, STATUS_DELETE_PENDING. STATUS_TOO_MANY_OPENED_FILES. With a success the
 * descriptors are the table's.
 */
NTSTATUS file_enter(const struct nt_file *file, HANDLE *handle);

/* With a reference; NULL: it is no handle, or no more. */
struct nt_file *file_reference(HANDLE handle);
void file_dereference(struct nt_file *file);

/* Ends the handle. False: it is none. */
bool file_close(HANDLE handle);

/* Whether it is to go with its last handle, and whether that was said. */
void file_set_deleted(struct nt_file *file, bool is_deleted);
bool file_is_deleted(struct nt_file *file);

/* Closes what a driver has left open, and returns how many that were. NULL: of all. Nobody uses one
 * of them any more. */
unsigned file_close_all(const struct nt_driver *driver);

/* For functions that may wait for a disk: aborts above PASSIVE_LEVEL. */
void file_require_passive_level(const char *function);

#endif
