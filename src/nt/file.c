/*
 * ZwCreateFile and related functions. See <wdfuse/files.h>; names are followed in folder.c, handles
 * are those of filetable.c.
 *
 * Everything is carried out at once, in the caller's thread: nothing completes later.
 */
#include <wdm.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nt/driver.h"
#include "nt/filetable.h"
#include "nt/folder.h"
#include "nt/status.h"
#include "nt/utf.h"

static NTSTATUS end_request(PIO_STATUS_BLOCK block, NTSTATUS status, ULONG_PTR information)
{
    block->Status = status;
    block->Information = information;
    return status;
}

/* ---- opening ---- */

/* How a file is to be opened, as its caller has said. */
struct opening {
    ACCESS_MASK access; /* single rights */
    ULONG attributes;
    ULONG sharing;
    ULONG disposition;
    ULONG options;
    ULONG_PTR outcome; /* FILE_CREATED and so on */
};

static ACCESS_MASK single_rights(ACCESS_MASK access)
{
    ACCESS_MASK rights = access & FILE_ALL_ACCESS;
    if (access & GENERIC_READ)
        rights |= FILE_GENERIC_READ;
    if (access & GENERIC_WRITE)
        rights |= FILE_GENERIC_WRITE;
    if (access & GENERIC_EXECUTE)
        rights |= FILE_GENERIC_EXECUTE;
    if (access & (GENERIC_ALL | MAXIMUM_ALLOWED))
        rights |= FILE_ALL_ACCESS;
    return rights;
}

static bool is_synchronous(ULONG options)
{
    return (options & (FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT)) != 0;
}

static bool creates(ULONG disposition)
{
    return disposition == FILE_SUPERSEDE || disposition == FILE_CREATE ||
           disposition == FILE_OPEN_IF || disposition == FILE_OVERWRITE_IF;
}

static bool overwrites(ULONG disposition)
{
    return disposition == FILE_SUPERSEDE || disposition == FILE_OVERWRITE ||
           disposition == FILE_OVERWRITE_IF;
}

static bool makes_sense(const struct opening *opening)
{
    const ULONG both_kinds = FILE_DIRECTORY_FILE | FILE_NON_DIRECTORY_FILE;
    const ULONG options = opening->options;
    return opening->disposition <= FILE_MAXIMUM_DISPOSITION &&
           (opening->sharing & ~(FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)) == 0 &&
           (options & both_kinds) != both_kinds &&
           (!is_synchronous(options) || (opening->access & SYNCHRONIZE)) &&
           (!(options & FILE_DELETE_ON_CLOSE) || (opening->access & DELETE)) &&
           !((options & FILE_DIRECTORY_FILE) && overwrites(opening->disposition));
}

/* For a file; of a directory only the entries can be read. */
static int open_flags(const struct opening *opening)
{
    bool writes = (opening->access & (FILE_WRITE_DATA | FILE_APPEND_DATA)) != 0 ||
                  overwrites(opening->disposition);
    bool reads = !writes || (opening->access & (FILE_READ_DATA | FILE_EXECUTE)) != 0;
    int flags = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    flags |= writes && reads ? O_RDWR : writes ? O_WRONLY : O_RDONLY;
    return flags | (opening->options & FILE_WRITE_THROUGH ? O_DSYNC : 0);
}

/* What is made by root in the folder of a daemon that is another user belongs to that user. */
static void give_to_owner_of_folder(int directory, const char *name)
{
    struct stat folder;
    if (geteuid() == 0 && fstat(directory, &folder) == 0)
        (void)!fchownat(directory, name, folder.st_uid, folder.st_gid, AT_SYMLINK_NOFOLLOW);
}

/* Returns a descriptor, or -1 with errno. */
static int create_there(const struct folder_place *place, const struct opening *opening)
{
    mode_t read_only = opening->attributes & FILE_ATTRIBUTE_READONLY ? 0222 : 0;
    if (opening->options & FILE_DIRECTORY_FILE) {
        if (mkdirat(place->directory, place->name, 0700) != 0)
            return -1;
        give_to_owner_of_folder(place->directory, place->name);
        return openat(place->directory, place->name,
                      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    int descriptor = openat(place->directory, place->name, open_flags(opening) | O_CREAT | O_EXCL,
                            0600 & ~read_only);
    if (descriptor >= 0)
        give_to_owner_of_folder(place->directory, place->name);
    return descriptor;
}

static NTSTATUS check_kind(const struct stat *there, const struct folder_place *place,
                           const struct opening *opening)
{
    if (!S_ISREG(there->st_mode) && !S_ISDIR(there->st_mode))
        return STATUS_ACCESS_DENIED; /* a link, a node: it would lead out of the folder */
    if (S_ISDIR(there->st_mode)) {
        if (opening->options & FILE_NON_DIRECTORY_FILE)
            return STATUS_FILE_IS_A_DIRECTORY;
        return overwrites(opening->disposition) ? STATUS_OBJECT_NAME_COLLISION : STATUS_SUCCESS;
    }
    if (opening->options & FILE_DIRECTORY_FILE)
        return STATUS_NOT_A_DIRECTORY;
    return place->is_directory ? STATUS_OBJECT_NAME_INVALID : STATUS_SUCCESS;
}

static NTSTATUS open_existing(const struct folder_place *place, const struct stat *there,
                              struct opening *opening, int *descriptor)
{
    opening->outcome = FILE_EXISTS;
    if (opening->disposition == FILE_CREATE)
        return STATUS_OBJECT_NAME_COLLISION;
    NTSTATUS status = check_kind(there, place, opening);
    if (!NT_SUCCESS(status))
        return status;
    int flags = S_ISDIR(there->st_mode) ? O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
                                        : open_flags(opening);
    *descriptor = openat(place->directory, place->name, flags);
    if (*descriptor < 0)
        return nt_status_from_errno(errno, false);
    opening->outcome = opening->disposition == FILE_SUPERSEDE ? FILE_SUPERSEDED
                       : overwrites(opening->disposition)     ? FILE_OVERWRITTEN
                                                              : FILE_OPENED;
    return STATUS_SUCCESS;
}

static NTSTATUS open_new(const struct folder_place *place, struct opening *opening, int *descriptor)
{
    opening->outcome = FILE_DOES_NOT_EXIST;
    if (!creates(opening->disposition))
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (place->is_directory && !(opening->options & FILE_DIRECTORY_FILE))
        return STATUS_OBJECT_NAME_INVALID;
    *descriptor = create_there(place, opening);
    if (*descriptor < 0)
        return nt_status_from_errno(errno, false);
    opening->outcome = FILE_CREATED;
    return STATUS_SUCCESS;
}

static NTSTATUS open_place(const struct folder_place *place, struct opening *opening,
                           int *descriptor)
{
    struct stat there;
    if (fstatat(place->directory, place->name, &there, AT_SYMLINK_NOFOLLOW) == 0)
        return open_existing(place, &there, opening, descriptor);
    return errno == ENOENT ? open_new(place, opening, descriptor)
                           : nt_status_from_errno(errno, false);
}

/* Fills in what is known of the file once it is open. */
static NTSTATUS describe(const struct nt_driver *driver, const struct folder_place *place,
                         const struct opening *opening, struct nt_file *file)
{
    struct stat status;
    if (fstat(file->descriptor, &status) != 0)
        return nt_status_from_errno(errno, false);
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
        return STATUS_ACCESS_DENIED;
    file->driver = driver;
    file->access = opening->access;
    file->sharing = opening->sharing;
    file->is_directory = S_ISDIR(status.st_mode);
    file->has_position = is_synchronous(opening->options);
    file->device = status.st_dev;
    file->inode = status.st_ino;
    file->place = *place;
    file->is_deleted = (opening->options & FILE_DELETE_ON_CLOSE) != 0;
    if (!(opening->access & DELETE) || strcmp(place->name, ".") == 0)
        file->place.directory = -1;
    return STATUS_SUCCESS;
}

/* What is there is cut off only when nobody objects to the opening. */
static NTSTATUS enter(const struct nt_driver *driver, const struct folder_place *place,
                      const struct opening *opening, int descriptor, PHANDLE handle)
{
    struct nt_file file = {.descriptor = descriptor};
    NTSTATUS status = describe(driver, place, opening, &file);
    if (NT_SUCCESS(status))
        status = file_enter(&file, handle);
    bool has_directory = NT_SUCCESS(status) && file.place.directory >= 0;
    if (!NT_SUCCESS(status))
        close(descriptor);
    else if (overwrites(opening->disposition) && ftruncate(descriptor, 0) != 0) {
        status = nt_status_from_errno(errno, false);
        file_close(*handle);
    }
    if (!has_directory)
        close(place->directory);
    return status;
}

static NTSTATUS find_place(const struct nt_driver *driver, const OBJECT_ATTRIBUTES *attributes,
                           struct folder_place *place)
{
    if (attributes->RootDirectory == NULL)
        return folder_find(driver, -1, attributes->ObjectName, place);
    struct nt_file *root = file_reference(attributes->RootDirectory);
    if (root == NULL)
        return STATUS_INVALID_HANDLE;
    NTSTATUS status = root->is_directory
                          ? folder_find(driver, root->descriptor, attributes->ObjectName, place)
                          : STATUS_OBJECT_PATH_NOT_FOUND;
    file_dereference(root);
    return status;
}

static NTSTATUS create_file(const struct nt_driver *driver, const OBJECT_ATTRIBUTES *attributes,
                            struct opening *opening, PHANDLE handle)
{
    struct folder_place place;
    int descriptor = -1;
    if (attributes == NULL || attributes->ObjectName == NULL || !makes_sense(opening))
        return STATUS_INVALID_PARAMETER;
    if (unicode_string_problem(attributes->ObjectName) != NULL)
        return STATUS_OBJECT_NAME_INVALID;
    NTSTATUS status = find_place(driver, attributes, &place);
    if (!NT_SUCCESS(status))
        return status;
    status = open_place(&place, opening, &descriptor);
    if (!NT_SUCCESS(status)) {
        close(place.directory);
        return status;
    }
    return enter(driver, &place, opening, descriptor, handle);
}

NTSTATUS ZwCreateFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess,
                      POBJECT_ATTRIBUTES ObjectAttributes, PIO_STATUS_BLOCK IoStatusBlock,
                      PLARGE_INTEGER AllocationSize, ULONG FileAttributes, ULONG ShareAccess,
                      ULONG CreateDisposition, ULONG CreateOptions, PVOID EaBuffer, ULONG EaLength)
{
    UNREFERENCED_PARAMETER(AllocationSize);
    file_require_passive_level(__func__);
    struct opening opening = {.access = single_rights(DesiredAccess),
                              .attributes = FileAttributes,
                              .sharing = ShareAccess,
                              .disposition = CreateDisposition,
                              .options = CreateOptions};
    *FileHandle = NULL;
    if (EaBuffer != NULL || EaLength != 0)
        return end_request(IoStatusBlock, STATUS_NOT_SUPPORTED, 0);
    NTSTATUS status = create_file(NT_DRIVER_CALLING(), ObjectAttributes, &opening, FileHandle);
    return end_request(IoStatusBlock, status, opening.outcome);
}

NTSTATUS ZwOpenFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess,
                    POBJECT_ATTRIBUTES ObjectAttributes, PIO_STATUS_BLOCK IoStatusBlock,
                    ULONG ShareAccess, ULONG OpenOptions)
{
    file_require_passive_level(__func__);
    struct opening opening = {.access = single_rights(DesiredAccess),
                              .sharing = ShareAccess,
                              .disposition = FILE_OPEN,
                              .options = OpenOptions};
    *FileHandle = NULL;
    NTSTATUS status = create_file(NT_DRIVER_CALLING(), ObjectAttributes, &opening, FileHandle);
    return end_request(IoStatusBlock, status, opening.outcome);
}

NTSTATUS ZwClose(HANDLE Handle)
{
    file_require_passive_level(__func__);
    return file_close(Handle) ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}

/* ---- reading and writing ---- */

struct transfer {
    bool is_write;
    char *buffer;
    size_t length;
    const LARGE_INTEGER *offset;
    size_t done;
};

static NTSTATUS check_transfer(const struct nt_file *file, const struct transfer *transfer)
{
    ACCESS_MASK right =
        transfer->is_write ? FILE_WRITE_DATA | FILE_APPEND_DATA : (ACCESS_MASK)FILE_READ_DATA;
    if (file->is_directory)
        return STATUS_INVALID_DEVICE_REQUEST;
    return file->access & right ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
}

static bool means(const LARGE_INTEGER *offset, ULONG low_part)
{
    return offset->HighPart == -1 && offset->LowPart == low_part;
}

/* What may only be appended to grows at its end, whatever the offset says. */
static bool is_for_the_end(const struct nt_file *file, const struct transfer *transfer)
{
    return transfer->is_write &&
           (!(file->access & FILE_WRITE_DATA) ||
            (transfer->offset != NULL && means(transfer->offset, FILE_WRITE_TO_END_OF_FILE)));
}

static NTSTATUS find_position_locked(const struct nt_file *file, const struct transfer *transfer,
                                     off_t *position) REQUIRES(position_lock)
{
    struct stat status;
    if (is_for_the_end(file, transfer)) {
        if (fstat(file->descriptor, &status) != 0)
            return nt_status_from_errno(errno, false);
        *position = status.st_size;
        return STATUS_SUCCESS;
    }
    if (transfer->offset == NULL || means(transfer->offset, FILE_USE_FILE_POINTER_POSITION)) {
        *position = file->position;
        return file->has_position ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    }
    *position = transfer->offset->QuadPart;
    return *position >= 0 ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

static NTSTATUS move_bytes(const struct nt_file *file, struct transfer *transfer, off_t position)
{
    while (transfer->done < transfer->length) {
        char *buffer = transfer->buffer + transfer->done;
        size_t length = transfer->length - transfer->done;
        off_t at = position + (off_t)transfer->done;
        ssize_t count = transfer->is_write ? pwrite(file->descriptor, buffer, length, at)
                                           : pread(file->descriptor, buffer, length, at);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && transfer->done == 0)
            return nt_status_from_errno(errno, false);
        if (count <= 0)
            break;
        transfer->done += (size_t)count;
    }
    bool is_at_end = !transfer->is_write && transfer->done == 0 && transfer->length > 0;
    return is_at_end ? STATUS_END_OF_FILE : STATUS_SUCCESS;
}

static NTSTATUS move_at_position(struct nt_file *file, struct transfer *transfer)
{
    off_t position = 0;
    PORT_LOCK_SCOPE_OF(file, position_lock);
    NTSTATUS status = find_position_locked(file, transfer, &position);
    if (NT_SUCCESS(status))
        status = move_bytes(file, transfer, position);
    if (NT_SUCCESS(status))
        file->position = position + (off_t)transfer->done;
    return status;
}

static NTSTATUS carry_out(HANDLE handle, HANDLE event, PIO_APC_ROUTINE routine,
                          struct transfer *transfer, PIO_STATUS_BLOCK block)
{
    struct nt_file *file = file_reference(handle);
    if (file == NULL)
        return STATUS_INVALID_HANDLE;
    NTSTATUS status = check_transfer(file, transfer);
    if (NT_SUCCESS(status) && (event != NULL || routine != NULL))
        status = STATUS_NOT_SUPPORTED;
    if (NT_SUCCESS(status))
        status = move_at_position(file, transfer);
    file_dereference(file);
    return end_request(block, status, transfer->done);
}

NTSTATUS ZwReadFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                    PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer, ULONG Length,
                    PLARGE_INTEGER ByteOffset, PULONG Key)
{
    UNREFERENCED_PARAMETER(ApcContext);
    UNREFERENCED_PARAMETER(Key);
    file_require_passive_level(__func__);
    struct transfer transfer = {.buffer = Buffer, .length = Length, .offset = ByteOffset};
    return carry_out(FileHandle, Event, ApcRoutine, &transfer, IoStatusBlock);
}

NTSTATUS ZwWriteFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                     PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer, ULONG Length,
                     PLARGE_INTEGER ByteOffset, PULONG Key)
{
    UNREFERENCED_PARAMETER(ApcContext);
    UNREFERENCED_PARAMETER(Key);
    file_require_passive_level(__func__);
    struct transfer transfer = {
        .is_write = true, .buffer = Buffer, .length = Length, .offset = ByteOffset};
    return carry_out(FileHandle, Event, ApcRoutine, &transfer, IoStatusBlock);
}

NTSTATUS ZwFlushBuffersFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock)
{
    file_require_passive_level(__func__);
    struct nt_file *file = file_reference(FileHandle);
    if (file == NULL)
        return STATUS_INVALID_HANDLE;
    NTSTATUS status =
        fsync(file->descriptor) == 0 ? STATUS_SUCCESS : nt_status_from_errno(errno, false);
    file_dereference(file);
    return end_request(IoStatusBlock, status, 0);
}
