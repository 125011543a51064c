/* The table of open files. See filetable.h. */
#include "nt/filetable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nt/fault.h"
#include "port/log.h"

#define FILES_MAX 1024

static struct port_mutex files_lock = PORT_MUTEX_INITIALIZER; /* guards the table; a leaf */
static struct nt_file files[FILES_MAX] GUARDED_BY(files_lock);

/* ---- handles: as in NT, multiples of four ---- */

static HANDLE handle_of(size_t index, unsigned generation)
{
    return (HANDLE)(((uintptr_t)generation << 32) | ((index + 1) << 2));
}

static struct nt_file *find_locked(HANDLE handle) REQUIRES(files_lock)
{
    uintptr_t number = (uintptr_t)handle;
    size_t index = ((number & 0xffffffff) >> 2) - 1;
    if ((number & 3) != 0 || index >= FILES_MAX)
        return NULL;
    struct nt_file *file = &files[index];
    bool is_open = file->references > 0 && file->generation == number >> 32;
    return is_open ? file : NULL;
}

/* ---- who may open what ---- */

#define RIGHTS_TO_READ  (FILE_READ_DATA | FILE_EXECUTE)
#define RIGHTS_TO_WRITE (FILE_WRITE_DATA | FILE_APPEND_DATA)

/* Every right that is used on one side must be shared by the other; a file that uses none conflicts
 * with no other. */
static bool excludes(const struct nt_file *one, const struct nt_file *other)
{
    return ((one->access & RIGHTS_TO_READ) && !(other->sharing & FILE_SHARE_READ)) ||
           ((one->access & RIGHTS_TO_WRITE) && !(other->sharing & FILE_SHARE_WRITE)) ||
           ((one->access & DELETE) && !(other->sharing & FILE_SHARE_DELETE));
}

static bool uses_any(const struct nt_file *file)
{
    return (file->access & (RIGHTS_TO_READ | RIGHTS_TO_WRITE | DELETE)) != 0;
}

static bool is_same(const struct nt_file *one, const struct nt_file *other)
{
    return one->device == other->device && one->inode == other->inode;
}

static NTSTATUS check_sharing_locked(const struct nt_file *file) REQUIRES(files_lock)
{
    for (size_t i = 0; i < FILES_MAX; i++) {
        const struct nt_file *other = &files[i];
        if (other->references == 0 || !is_same(file, other))
            continue;
        if (other->is_deleted)
            return STATUS_DELETE_PENDING;
        if (uses_any(file) && uses_any(other) && (excludes(file, other) || excludes(other, file)))
            return STATUS_SHARING_VIOLATION;
    }
    return STATUS_SUCCESS;
}

/* ---- opening and closing ---- */

NTSTATUS file_enter(const struct nt_file *file, HANDLE *handle)
{
    PORT_LOCK_SCOPE(&files_lock);
    NTSTATUS status = check_sharing_locked(file);
    if (!NT_SUCCESS(status))
        return status;
    size_t index = 0;
    while (index < FILES_MAX && files[index].references > 0)
        index++;
    if (index == FILES_MAX)
        return STATUS_TOO_MANY_OPENED_FILES;
    unsigned generation = files[index].generation + 1;
    files[index] = *file;
    files[index].references = 1;
    files[index].generation = generation;
    port_mutex_init(&files[index].position_lock);
    *handle = handle_of(index, generation);
    return STATUS_SUCCESS;
}

/* What has come into its place meanwhile stays. */
static void delete_file(const struct nt_file *file)
{
    struct stat status;
    const struct folder_place *place = &file->place;
    if (fstatat(place->directory, place->name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
        status.st_dev != file->device || status.st_ino != file->inode)
        return;
    if (unlinkat(place->directory, place->name, file->is_directory ? AT_REMOVEDIR : 0) != 0)
        log_warning("driver %s deletes the file %s: %s", file->driver->name, place->name,
                    strerror(errno));
}

/* Another handle of the file deletes it. */
static bool hand_deletion_on_locked(const struct nt_file *file) REQUIRES(files_lock)
{
    for (size_t i = 0; i < FILES_MAX; i++) {
        if (files[i].references == 0 || !is_same(file, &files[i]) || files[i].place.directory < 0)
            continue;
        files[i].is_deleted = true;
        return true;
    }
    return false;
}

static void end(struct nt_file *file, bool is_deleted)
{
    if (is_deleted)
        delete_file(file);
    if (file->place.directory >= 0)
        close(file->place.directory);
    close(file->descriptor);
}

void file_dereference(struct nt_file *file)
{
    port_mutex_lock(&files_lock);
    struct nt_file last = *file;
    bool is_last = --file->references == 0;
    bool is_deleted = is_last && file->is_deleted && !hand_deletion_on_locked(file);
    port_mutex_unlock(&files_lock);
    if (is_last)
        end(&last, is_deleted);
}

struct nt_file *file_reference(HANDLE handle)
{
    PORT_LOCK_SCOPE(&files_lock);
    struct nt_file *file = find_locked(handle);
    if (file != NULL)
        file->references++;
    return file;
}

/* The handle is dead at once, whoever still has a reference. */
bool file_close(HANDLE handle)
{
    port_mutex_lock(&files_lock);
    struct nt_file *file = find_locked(handle);
    if (file != NULL)
        file->generation++;
    port_mutex_unlock(&files_lock);
    if (file != NULL)
        file_dereference(file);
    return file != NULL;
}

void file_set_deleted(struct nt_file *file, bool is_deleted)
{
    PORT_LOCK_SCOPE(&files_lock);
    file->is_deleted = is_deleted;
}

bool file_is_deleted(struct nt_file *file)
{
    PORT_LOCK_SCOPE(&files_lock);
    return file->is_deleted;
}

static struct nt_file *find_of_driver(const struct nt_driver *driver)
{
    PORT_LOCK_SCOPE(&files_lock);
    for (size_t i = 0; i < FILES_MAX; i++) {
        if (files[i].references == 0 || (driver != NULL && files[i].driver != driver))
            continue;
        files[i].generation++;
        files[i].references = 1;
        return &files[i];
    }
    return NULL;
}

unsigned file_close_all(const struct nt_driver *driver)
{
    unsigned count = 0;
    struct nt_file *file;
    while ((file = find_of_driver(driver)) != NULL) {
        file_dereference(file);
        count++;
    }
    return count;
}

void file_require_passive_level(const char *function)
{
    if (KeGetCurrentIrql() > PASSIVE_LEVEL)
        nt_fault("%s is not allowed at IRQL %u", function, KeGetCurrentIrql());
}
