/*
 * Files that a driver opens itself: ZwCreateFile and related functions. A part of <wdm.h>. Source
 * of names and behaviour: WDK documentation.
 *
 * The names are NT's, and lead into the driver's own folder, never out of it:
 *
 *     \SystemRoot\...       FOLDER/C/Windows/...; FOLDER/C/Windows/Temp exists from the start
 *     \DosDevices\D:\...    FOLDER/D/...; \??\ and \Global??\ are the same
 *
 * The folder is STATE/SERVICE, where STATE is the folder of --state-dir. As on Windows, letter case
 * does not matter. Symbolic links are not followed. docs/semantics.md has the rest.
 */
#ifndef WDFUSE_FILES_H
#define WDFUSE_FILES_H

#include <ntdef.h>

EXTERN_C_START

/* The outcome of a request: its status and, usually, a number of bytes. */
typedef struct _IO_STATUS_BLOCK {
    union {
        NTSTATUS Status;
        PVOID Pointer;
    };
    ULONG_PTR Information;
} IO_STATUS_BLOCK, *PIO_STATUS_BLOCK;

/* Rights a file is opened with. */
typedef ULONG ACCESS_MASK, *PACCESS_MASK;

#define FILE_READ_DATA        0x0001
#define FILE_WRITE_DATA       0x0002
#define FILE_APPEND_DATA      0x0004
#define FILE_READ_EA          0x0008
#define FILE_WRITE_EA         0x0010
#define FILE_EXECUTE          0x0020
#define FILE_READ_ATTRIBUTES  0x0080
#define FILE_WRITE_ATTRIBUTES 0x0100
#define DELETE                0x00010000
#define READ_CONTROL          0x00020000
#define WRITE_DAC             0x00040000
#define WRITE_OWNER           0x00080000
#define SYNCHRONIZE           0x00100000
#define GENERIC_READ          0x80000000
#define GENERIC_WRITE         0x40000000
#define GENERIC_EXECUTE       0x20000000
#define GENERIC_ALL           0x10000000

#define FILE_SHARE_READ   0x00000001
#define FILE_SHARE_WRITE  0x00000002
#define FILE_SHARE_DELETE 0x00000004

/* What to do if a file exists, or does not. */
#define FILE_SUPERSEDE           0x00000000
#define FILE_OPEN                0x00000001
#define FILE_CREATE              0x00000002
#define FILE_OPEN_IF             0x00000003
#define FILE_OVERWRITE           0x00000004
#define FILE_OVERWRITE_IF        0x00000005
#define FILE_MAXIMUM_DISPOSITION 0x00000005

/* What was done. */
#define FILE_SUPERSEDED     0x00000000
#define FILE_OPENED         0x00000001
#define FILE_CREATED        0x00000002
#define FILE_OVERWRITTEN    0x00000003
#define FILE_EXISTS         0x00000004
#define FILE_DOES_NOT_EXIST 0x00000005

/* How a file is created or opened. */
#define FILE_DIRECTORY_FILE            0x00000001
#define FILE_WRITE_THROUGH             0x00000002
#define FILE_SEQUENTIAL_ONLY           0x00000004
#define FILE_NO_INTERMEDIATE_BUFFERING 0x00000008
#define FILE_SYNCHRONOUS_IO_ALERT      0x00000010
#define FILE_SYNCHRONOUS_IO_NONALERT   0x00000020
#define FILE_NON_DIRECTORY_FILE        0x00000040
#define FILE_CREATE_TREE_CONNECTION    0x00000080
#define FILE_COMPLETE_IF_OPLOCKED      0x00000100
#define FILE_NO_EA_KNOWLEDGE           0x00000200
#define FILE_RANDOM_ACCESS             0x00000800
#define FILE_DELETE_ON_CLOSE           0x00001000
#define FILE_OPEN_BY_FILE_ID           0x00002000
#define FILE_OPEN_FOR_BACKUP_INTENT    0x00004000
#define FILE_NO_COMPRESSION            0x00008000
#define FILE_RESERVE_OPFILTER          0x00100000
#define FILE_OPEN_REPARSE_POINT        0x00200000
#define FILE_OPEN_NO_RECALL            0x00400000

#define FILE_ATTRIBUTE_READONLY  0x00000001
#define FILE_ATTRIBUTE_HIDDEN    0x00000002
#define FILE_ATTRIBUTE_SYSTEM    0x00000004
#define FILE_ATTRIBUTE_DIRECTORY 0x00000010
#define FILE_ATTRIBUTE_ARCHIVE   0x00000020
#define FILE_ATTRIBUTE_DEVICE    0x00000040
#define FILE_ATTRIBUTE_NORMAL    0x00000080
#define FILE_ATTRIBUTE_TEMPORARY 0x00000100

/* Rights to a file, as what they are made of. */
#define FILE_LIST_DIRECTORY   FILE_READ_DATA
#define FILE_ADD_FILE         FILE_WRITE_DATA
#define FILE_ADD_SUBDIRECTORY FILE_APPEND_DATA
#define FILE_TRAVERSE         FILE_EXECUTE
#define FILE_DELETE_CHILD     0x0040
#define FILE_GENERIC_READ                                                                          \
    (READ_CONTROL | FILE_READ_DATA | FILE_READ_ATTRIBUTES | FILE_READ_EA | SYNCHRONIZE)
#define FILE_GENERIC_WRITE                                                                         \
    (READ_CONTROL | FILE_WRITE_DATA | FILE_WRITE_ATTRIBUTES | FILE_WRITE_EA | FILE_APPEND_DATA |   \
     SYNCHRONIZE)
#define FILE_GENERIC_EXECUTE (READ_CONTROL | FILE_READ_ATTRIBUTES | FILE_EXECUTE | SYNCHRONIZE)
#define FILE_ALL_ACCESS      (0x000F0000 | SYNCHRONIZE | 0x1FF)

/* A ByteOffset with a HighPart of -1 and one of these as its LowPart: after the last byte, and at
 * the file's own position. */
#define FILE_WRITE_TO_END_OF_FILE      0xffffffff
#define FILE_USE_FILE_POINTER_POSITION 0xfffffffe

/* What is queried or set for an open file. Those with a structure below are supported, the others
 * are STATUS_INVALID_INFO_CLASS. */
typedef enum _FILE_INFORMATION_CLASS {
    FileDirectoryInformation = 1,
    FileFullDirectoryInformation,
    FileBothDirectoryInformation,
    FileBasicInformation,
    FileStandardInformation,
    FileInternalInformation,
    FileEaInformation,
    FileAccessInformation,
    FileNameInformation,
    FileRenameInformation,
    FileLinkInformation,
    FileNamesInformation,
    FileDispositionInformation,
    FilePositionInformation,
    FileFullEaInformation,
    FileModeInformation,
    FileAlignmentInformation,
    FileAllInformation,
    FileAllocationInformation,
    FileEndOfFileInformation,
    FileNetworkOpenInformation = 34,
} FILE_INFORMATION_CLASS,
    *PFILE_INFORMATION_CLASS;

/* Queried. Times are system times (KeQuerySystemTime). Linux does not keep the time of creation;
 * it is that of the last change. */
typedef struct _FILE_BASIC_INFORMATION {
    LARGE_INTEGER CreationTime;
    LARGE_INTEGER LastAccessTime;
    LARGE_INTEGER LastWriteTime;
    LARGE_INTEGER ChangeTime;
    ULONG FileAttributes; /* FILE_ATTRIBUTE_NORMAL, _READONLY, _DIRECTORY */
} FILE_BASIC_INFORMATION, *PFILE_BASIC_INFORMATION;

/* Queried. */
typedef struct _FILE_STANDARD_INFORMATION {
    LARGE_INTEGER AllocationSize; /* bytes */
    LARGE_INTEGER EndOfFile;
    ULONG NumberOfLinks;
    BOOLEAN DeletePending;
    BOOLEAN Directory;
} FILE_STANDARD_INFORMATION, *PFILE_STANDARD_INFORMATION;

/* Queried. */
typedef struct _FILE_NETWORK_OPEN_INFORMATION {
    LARGE_INTEGER CreationTime;
    LARGE_INTEGER LastAccessTime;
    LARGE_INTEGER LastWriteTime;
    LARGE_INTEGER ChangeTime;
    LARGE_INTEGER AllocationSize;
    LARGE_INTEGER EndOfFile;
    ULONG FileAttributes;
} FILE_NETWORK_OPEN_INFORMATION, *PFILE_NETWORK_OPEN_INFORMATION;

/* Queried and set: where the next read or write without an offset begins. */
typedef struct _FILE_POSITION_INFORMATION {
    LARGE_INTEGER CurrentByteOffset;
} FILE_POSITION_INFORMATION, *PFILE_POSITION_INFORMATION;

/* Set, with FILE_WRITE_DATA: truncates the file, or extends it with zeroes. */
typedef struct _FILE_END_OF_FILE_INFORMATION {
    LARGE_INTEGER EndOfFile;
} FILE_END_OF_FILE_INFORMATION, *PFILE_END_OF_FILE_INFORMATION;

/* Set, with DELETE: whether the file is deleted when its last handle is closed. */
typedef struct _FILE_DISPOSITION_INFORMATION {
    BOOLEAN DeleteFile;
} FILE_DISPOSITION_INFORMATION, *PFILE_DISPOSITION_INFORMATION;

typedef VOID IO_APC_ROUTINE(PVOID ApcContext, PIO_STATUS_BLOCK IoStatusBlock, ULONG Reserved);
typedef IO_APC_ROUTINE *PIO_APC_ROUTINE;

/*
 * ZwCreateFile: opens a file or directory, or creates one.
 *   DesiredAccess      GENERIC_* or the single rights; anything else is refused later.
 *   ObjectAttributes   the name: NT's from the root, or relative to RootDirectory, a handle of a
 *                      directory.
 *   IoStatusBlock      Information: FILE_CREATED, FILE_OPENED, FILE_OVERWRITTEN or
 *                      FILE_SUPERSEDED; after a failure FILE_EXISTS, FILE_DOES_NOT_EXIST.
 *   AllocationSize     without effect.
 *   FileAttributes     of a new file; FILE_ATTRIBUTE_READONLY counts.
 *   ShareAccess        what others may open it for meanwhile: other drivers of this process.
 *   CreateDisposition  what to do if it exists, or does not.
 *   CreateOptions      FILE_DIRECTORY_FILE, _NON_DIRECTORY_FILE, _SYNCHRONOUS_IO_*, _WRITE_THROUGH,
 *                      _DELETE_ON_CLOSE; others have no effect.
 *   EaBuffer, EaLength  NULL, 0.
 * IRQL: PASSIVE_LEVEL; above it the call aborts. Returns STATUS_SUCCESS;
 * STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_PATH_NOT_FOUND; STATUS_OBJECT_NAME_INVALID: a part of
 * the name can't be a file's, among them "." and ".."; STATUS_OBJECT_PATH_SYNTAX_BAD: it does not
 * begin with a backslash; STATUS_OBJECT_NAME_COLLISION; STATUS_FILE_IS_A_DIRECTORY,
 * STATUS_NOT_A_DIRECTORY; STATUS_SHARING_VIOLATION; STATUS_DELETE_PENDING; STATUS_ACCESS_DENIED:
 * Linux says so, or it is a link or no file; STATUS_INVALID_PARAMETER; STATUS_NOT_SUPPORTED: an
 * EaBuffer; and what Linux answers (docs/semantics.md).
 */
NTSTATUS ZwCreateFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess,
                      POBJECT_ATTRIBUTES ObjectAttributes, PIO_STATUS_BLOCK IoStatusBlock,
                      PLARGE_INTEGER AllocationSize, ULONG FileAttributes, ULONG ShareAccess,
                      ULONG CreateDisposition, ULONG CreateOptions, PVOID EaBuffer, ULONG EaLength);

/* ZwOpenFile: ZwCreateFile with FILE_OPEN. */
NTSTATUS ZwOpenFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess,
                    POBJECT_ATTRIBUTES ObjectAttributes, PIO_STATUS_BLOCK IoStatusBlock,
                    ULONG ShareAccess, ULONG OpenOptions);

/*
 * ZwReadFile, ZwWriteFile: complete before they return, however the file was opened.
 *   Event, ApcRoutine  NULL.
 *   ApcContext, Key    without effect.
 *   IoStatusBlock      Status, and the bytes in Information.
 *   ByteOffset         where; NULL: at the file's position, which exists only if it was opened with
 *                      FILE_SYNCHRONOUS_IO_*.
 * IRQL: PASSIVE_LEVEL; above it the call aborts. Return STATUS_SUCCESS; STATUS_END_OF_FILE;
 * STATUS_INVALID_HANDLE; STATUS_ACCESS_DENIED: it was not opened for that;
 * STATUS_INVALID_DEVICE_REQUEST: a directory; STATUS_INVALID_PARAMETER: no position;
 * STATUS_NOT_SUPPORTED: an Event or ApcRoutine; STATUS_DISK_FULL and what else Linux answers.
 */
NTSTATUS ZwReadFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                    PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer, ULONG Length,
                    PLARGE_INTEGER ByteOffset, PULONG Key);
NTSTATUS ZwWriteFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                     PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer, ULONG Length,
                     PLARGE_INTEGER ByteOffset, PULONG Key);

/*
 * ZwQueryInformationFile, ZwSetInformationFile: the structures above.
 * IRQL: PASSIVE_LEVEL; above it the call aborts. Return STATUS_SUCCESS, with the bytes that were
 * written in IoStatusBlock; STATUS_INVALID_HANDLE; STATUS_INVALID_INFO_CLASS;
 * STATUS_INFO_LENGTH_MISMATCH: the structure is longer; STATUS_ACCESS_DENIED: it was not opened for
 * that; STATUS_INVALID_PARAMETER: a negative position or size; STATUS_CANNOT_DELETE: a file that is
 * read-only.
 */
NTSTATUS ZwQueryInformationFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock,
                                PVOID FileInformation, ULONG Length,
                                FILE_INFORMATION_CLASS FileInformationClass);
NTSTATUS ZwSetInformationFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock,
                              PVOID FileInformation, ULONG Length,
                              FILE_INFORMATION_CLASS FileInformationClass);

/* ZwFlushBuffersFile: all written data are on the disk when it returns. IRQL: PASSIVE_LEVEL; above
 * it the call aborts. Returns STATUS_SUCCESS, STATUS_INVALID_HANDLE, or what Linux answers. */
NTSTATUS ZwFlushBuffersFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock);

/* ZwClose: closes a handle. What a driver leaves open is closed when it is unloaded, with a
 * warning. IRQL: PASSIVE_LEVEL; above it the call aborts. Returns STATUS_SUCCESS,
 * STATUS_INVALID_HANDLE. */
NTSTATUS ZwClose(HANDLE Handle);

EXTERN_C_END

#endif
