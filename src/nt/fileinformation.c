/* ZwQueryInformationFile and ZwSetInformationFile. See <wdfuse/files.h>. */
#include <wdm.h>

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nt/filetable.h"
#include "nt/status.h"

/* What is told, large enough for any class. */
union information {
    FILE_BASIC_INFORMATION basic;
    FILE_STANDARD_INFORMATION standard;
    FILE_NETWORK_OPEN_INFORMATION network_open;
    FILE_POSITION_INFORMATION position;
    FILE_END_OF_FILE_INFORMATION end_of_file;
    FILE_DISPOSITION_INFORMATION disposition;
};

/* The size of the class's structure; 0: it can't be asked, or said. */
static size_t size_of_class(FILE_INFORMATION_CLASS class, bool is_set)
{
    switch (class) {
    case FileBasicInformation:
        return is_set ? 0 : sizeof(FILE_BASIC_INFORMATION);
    case FileStandardInformation:
        return is_set ? 0 : sizeof(FILE_STANDARD_INFORMATION);
    case FileNetworkOpenInformation:
        return is_set ? 0 : sizeof(FILE_NETWORK_OPEN_INFORMATION);
    case FilePositionInformation:
        return sizeof(FILE_POSITION_INFORMATION);
    case FileEndOfFileInformation:
        return is_set ? sizeof(FILE_END_OF_FILE_INFORMATION) : 0;
    case FileDispositionInformation:
        return is_set ? sizeof(FILE_DISPOSITION_INFORMATION) : 0;
    default:
        return 0;
    }
}

/* A reference to the file, or why not. */
static NTSTATUS begin(HANDLE handle, const void *information, ULONG length,
                      FILE_INFORMATION_CLASS class, bool is_set, struct nt_file **file)
{
    size_t size = size_of_class(class, is_set);
    if (size == 0)
        return STATUS_INVALID_INFO_CLASS;
    if (length < size)
        return STATUS_INFO_LENGTH_MISMATCH;
    if (information == NULL)
        return STATUS_ACCESS_VIOLATION;
    *file = file_reference(handle);
    return *file != NULL ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}

/* ---- asked ---- */

#define SECONDS_FROM_1601_TO_1970 11644473600LL

static LARGE_INTEGER system_time(const struct timespec *time)
{
    LARGE_INTEGER result;
    result.QuadPart = (time->tv_sec + SECONDS_FROM_1601_TO_1970) * 10000000 + time->tv_nsec / 100;
    return result;
}

static LARGE_INTEGER integer(LONGLONG value)
{
    LARGE_INTEGER result;
    result.QuadPart = value;
    return result;
}

static ULONG attributes_of(const struct stat *status)
{
    ULONG attributes = (S_ISDIR(status->st_mode) ? FILE_ATTRIBUTE_DIRECTORY : 0u) |
                       (status->st_mode & 0200 ? 0u : FILE_ATTRIBUTE_READONLY);
    return attributes != 0 ? attributes : FILE_ATTRIBUTE_NORMAL;
}

static FILE_BASIC_INFORMATION basic_of(const struct stat *status)
{
    return (FILE_BASIC_INFORMATION){
        .CreationTime = system_time(&status->st_ctim),
        .LastAccessTime = system_time(&status->st_atim),
        .LastWriteTime = system_time(&status->st_mtim),
        .ChangeTime = system_time(&status->st_ctim),
        .FileAttributes = attributes_of(status),
    };
}

static FILE_NETWORK_OPEN_INFORMATION network_open_of(const struct stat *status)
{
    const FILE_BASIC_INFORMATION basic = basic_of(status);
    return (FILE_NETWORK_OPEN_INFORMATION){
        .CreationTime = basic.CreationTime,
        .LastAccessTime = basic.LastAccessTime,
        .LastWriteTime = basic.LastWriteTime,
        .ChangeTime = basic.ChangeTime,
        .AllocationSize = integer((LONGLONG)status->st_blocks * 512),
        .EndOfFile = integer(status->st_size),
        .FileAttributes = basic.FileAttributes,
    };
}

static LARGE_INTEGER position_of(struct nt_file *file)
{
    PORT_LOCK_SCOPE_OF(file, position_lock);
    return integer(file->position);
}

static NTSTATUS ask(struct nt_file *file, FILE_INFORMATION_CLASS class, union information *result)
{
    struct stat status;
    if (fstat(file->descriptor, &status) != 0)
        return nt_status_from_errno(errno, false);
    if (class == FilePositionInformation)
        result->position.CurrentByteOffset = position_of(file);
    else if (!(file->access & FILE_READ_ATTRIBUTES) && class != FileStandardInformation)
        return STATUS_ACCESS_DENIED;
    else if (class == FileBasicInformation)
        result->basic = basic_of(&status);
    else if (class == FileNetworkOpenInformation)
        result->network_open = network_open_of(&status);
    else
        result->standard = (FILE_STANDARD_INFORMATION){
            .AllocationSize = integer((LONGLONG)status.st_blocks * 512),
            .EndOfFile = integer(status.st_size),
            .NumberOfLinks = (ULONG)status.st_nlink,
            .DeletePending = file_is_deleted(file),
            .Directory = file->is_directory,
        };
    return STATUS_SUCCESS;
}

NTSTATUS ZwQueryInformationFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock,
                                PVOID FileInformation, ULONG Length,
                                FILE_INFORMATION_CLASS FileInformationClass)
{
    struct nt_file *file;
    union information result = {0};
    size_t size = size_of_class(FileInformationClass, false);
    file_require_passive_level(__func__);
    NTSTATUS status =
        begin(FileHandle, FileInformation, Length, FileInformationClass, false, &file);
    if (!NT_SUCCESS(status))
        return status;
    status = ask(file, FileInformationClass, &result);
    file_dereference(file);
    if (NT_SUCCESS(status))
        memcpy(FileInformation, &result, size);
    IoStatusBlock->Status = status;
    IoStatusBlock->Information = NT_SUCCESS(status) ? size : 0;
    return status;
}

/* ---- said ---- */

static NTSTATUS set_position(struct nt_file *file, LONGLONG position)
{
    if (position < 0)
        return STATUS_INVALID_PARAMETER;
    PORT_LOCK_SCOPE_OF(file, position_lock);
    file->position = position;
    return STATUS_SUCCESS;
}

static NTSTATUS set_end(const struct nt_file *file, LONGLONG end)
{
    if (!(file->access & FILE_WRITE_DATA))
        return STATUS_ACCESS_DENIED;
    if (end < 0 || file->is_directory)
        return STATUS_INVALID_PARAMETER;
    return ftruncate(file->descriptor, end) == 0 ? STATUS_SUCCESS
                                                 : nt_status_from_errno(errno, false);
}

static NTSTATUS set_deleted(struct nt_file *file, bool is_deleted)
{
    struct stat status;
    if (file->place.directory < 0)
        return file->access & DELETE ? STATUS_CANNOT_DELETE : STATUS_ACCESS_DENIED;
    if (is_deleted && fstat(file->descriptor, &status) == 0 && !(status.st_mode & 0200))
        return STATUS_CANNOT_DELETE;
    file_set_deleted(file, is_deleted);
    return STATUS_SUCCESS;
}

static NTSTATUS say(struct nt_file *file, FILE_INFORMATION_CLASS class,
                    const union information *information)
{
    if (class == FilePositionInformation)
        return set_position(file, information->position.CurrentByteOffset.QuadPart);
    if (class == FileEndOfFileInformation)
        return set_end(file, information->end_of_file.EndOfFile.QuadPart);
    return set_deleted(file, information->disposition.DeleteFile != 0);
}

NTSTATUS ZwSetInformationFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock,
                              PVOID FileInformation, ULONG Length,
                              FILE_INFORMATION_CLASS FileInformationClass)
{
    struct nt_file *file;
    union information information = {0};
    file_require_passive_level(__func__);
    NTSTATUS status = begin(FileHandle, FileInformation, Length, FileInformationClass, true, &file);
    if (!NT_SUCCESS(status))
        return status;
    memcpy(&information, FileInformation, size_of_class(FileInformationClass, true));
    status = say(file, FileInformationClass, &information);
    file_dereference(file);
    IoStatusBlock->Status = status;
    IoStatusBlock->Information = 0;
    return status;
}
