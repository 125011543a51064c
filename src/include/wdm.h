/*
 * What a WDF driver takes from the kernel beside WDF: levels, pool, memory, strings, lists,
 * interlocked operations, time and debug output. Source of names and behaviour: WDK documentation.
 */
#ifndef WDM_H
#define WDM_H

#include <string.h>

#include <ntdef.h>
#include <ntstatus.h>
#include <devioctl.h>
#include <dpfilter.h>
#include <windef.h>
#include <wdfuse/files.h>
#include <wdfuse/irp.h>
#include <wdfuse/hardware.h>
#include <wdfuse/resources.h>

EXTERN_C_START

#ifndef DBG
#ifdef NDEBUG
#define DBG 0
#else
#define DBG 1
#endif
#endif

/*
 * Levels. A thread of the daemon runs at PASSIVE_LEVEL: it may block. Holding a spin lock, or
 * inside a timer callback of level Dispatch, it runs at DISPATCH_LEVEL: it must not. The level is
 * the thread's own.
 */
typedef UCHAR KIRQL, *PKIRQL;

#define PASSIVE_LEVEL  0
#define LOW_LEVEL      0
#define APC_LEVEL      1
#define DISPATCH_LEVEL 2

/*
 * KeGetCurrentIrql: the level of the calling thread. Callable at any level.
 */
KIRQL KeGetCurrentIrql(VOID);

/* Says which PAGED_CODE() was reached above APC_LEVEL, and aborts. Not to be called by drivers. */
DECLSPEC_NORETURN VOID nt_paged_code_violation(PCSTR File, ULONG Line);

/* Stops a function that may block from being reached at DISPATCH_LEVEL. */
#define PAGED_CODE()                                                                               \
    do {                                                                                           \
        if (KeGetCurrentIrql() > APC_LEVEL)                                                        \
            nt_paged_code_violation(__FILE__, __LINE__);                                           \
    } while (0)
#define PAGED_CODE_LOCKED() ((void)0)

/* The objects of the I/O manager that WDF hands through; a WDF driver does not look into most of
 * them. */
typedef struct _DEVICE_OBJECT DEVICE_OBJECT, *PDEVICE_OBJECT;
typedef struct _FILE_OBJECT FILE_OBJECT, *PFILE_OBJECT;
typedef struct _MDL MDL, *PMDL;
typedef struct _DRIVER_EXTENSION DRIVER_EXTENSION, *PDRIVER_EXTENSION;
typedef struct _FAST_IO_DISPATCH FAST_IO_DISPATCH, *PFAST_IO_DISPATCH;
typedef struct _ACCESS_STATE ACCESS_STATE, *PACCESS_STATE;
typedef struct _SECURITY_QUALITY_OF_SERVICE SECURITY_QUALITY_OF_SERVICE,
    *PSECURITY_QUALITY_OF_SERVICE;
typedef struct _DRIVER_OBJECT DRIVER_OBJECT, *PDRIVER_OBJECT;

typedef NTSTATUS DRIVER_INITIALIZE(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath);
typedef DRIVER_INITIALIZE *PDRIVER_INITIALIZE;
typedef VOID DRIVER_STARTIO(PDEVICE_OBJECT DeviceObject, PIRP Irp);
typedef DRIVER_STARTIO *PDRIVER_STARTIO;
typedef VOID DRIVER_UNLOAD(PDRIVER_OBJECT DriverObject);
typedef DRIVER_UNLOAD *PDRIVER_UNLOAD;
typedef NTSTATUS DRIVER_DISPATCH(PDEVICE_OBJECT DeviceObject, PIRP Irp);
typedef DRIVER_DISPATCH *PDRIVER_DISPATCH;

#define IRP_MJ_CREATE                   0x00
#define IRP_MJ_CREATE_NAMED_PIPE        0x01
#define IRP_MJ_CLOSE                    0x02
#define IRP_MJ_READ                     0x03
#define IRP_MJ_WRITE                    0x04
#define IRP_MJ_QUERY_INFORMATION        0x05
#define IRP_MJ_SET_INFORMATION          0x06
#define IRP_MJ_QUERY_EA                 0x07
#define IRP_MJ_SET_EA                   0x08
#define IRP_MJ_FLUSH_BUFFERS            0x09
#define IRP_MJ_QUERY_VOLUME_INFORMATION 0x0a
#define IRP_MJ_SET_VOLUME_INFORMATION   0x0b
#define IRP_MJ_DIRECTORY_CONTROL        0x0c
#define IRP_MJ_FILE_SYSTEM_CONTROL      0x0d
#define IRP_MJ_DEVICE_CONTROL           0x0e
#define IRP_MJ_INTERNAL_DEVICE_CONTROL  0x0f
#define IRP_MJ_SCSI                     IRP_MJ_INTERNAL_DEVICE_CONTROL
#define IRP_MJ_SHUTDOWN                 0x10
#define IRP_MJ_LOCK_CONTROL             0x11
#define IRP_MJ_CLEANUP                  0x12
#define IRP_MJ_CREATE_MAILSLOT          0x13
#define IRP_MJ_QUERY_SECURITY           0x14
#define IRP_MJ_SET_SECURITY             0x15
#define IRP_MJ_POWER                    0x16
#define IRP_MJ_SYSTEM_CONTROL           0x17
#define IRP_MJ_DEVICE_CHANGE            0x18
#define IRP_MJ_QUERY_QUOTA              0x19
#define IRP_MJ_SET_QUOTA                0x1a
#define IRP_MJ_PNP                      0x1b
#define IRP_MJ_MAXIMUM_FUNCTION         0x1b

/* A driver as the system sees it. WDF fills in what it needs; a WDF driver only passes the pointer
 * on. */
struct _DRIVER_OBJECT {
    CSHORT Type;
    CSHORT Size;
    PDEVICE_OBJECT DeviceObject;
    ULONG Flags;
    PVOID DriverStart;
    ULONG DriverSize;
    PVOID DriverSection;
    PDRIVER_EXTENSION DriverExtension;
    UNICODE_STRING DriverName;
    PUNICODE_STRING HardwareDatabase;
    PFAST_IO_DISPATCH FastIoDispatch;
    PDRIVER_INITIALIZE DriverInit;
    PDRIVER_STARTIO DriverStartIo;
    PDRIVER_UNLOAD DriverUnload;
    PDRIVER_DISPATCH MajorFunction[IRP_MJ_MAXIMUM_FUNCTION + 1];
};

/* Who issued a request. */
typedef CCHAR KPROCESSOR_MODE;
typedef enum _MODE { KernelMode, UserMode, MaximumMode } MODE;

/* How awake a device is. */
typedef enum _DEVICE_POWER_STATE {
    PowerDeviceUnspecified = 0,
    PowerDeviceD0,
    PowerDeviceD1,
    PowerDeviceD2,
    PowerDeviceD3,
    PowerDeviceMaximum,
} DEVICE_POWER_STATE,
    *PDEVICE_POWER_STATE;

/* What the system is doing with its power. */
typedef enum _SYSTEM_POWER_STATE {
    PowerSystemUnspecified,
    PowerSystemWorking,
    PowerSystemSleeping1,
    PowerSystemSleeping2,
    PowerSystemSleeping3,
    PowerSystemHibernate,
    PowerSystemShutdown,
    PowerSystemMaximum,
} SYSTEM_POWER_STATE,
    *PSYSTEM_POWER_STATE;

typedef enum _POWER_ACTION {
    PowerActionNone = 0,
    PowerActionReserved,
    PowerActionSleep,
    PowerActionHibernate,
    PowerActionShutdown,
    PowerActionShutdownReset,
    PowerActionShutdownOff,
    PowerActionWarmEject,
    PowerActionDisplayOff,
} POWER_ACTION,
    *PPOWER_ACTION;

/* Rights a key of the registry is opened with. */
#define STANDARD_RIGHTS_READ   READ_CONTROL
#define STANDARD_RIGHTS_WRITE  READ_CONTROL
#define STANDARD_RIGHTS_ALL    0x001F0000
#define MAXIMUM_ALLOWED        0x02000000
#define KEY_QUERY_VALUE        0x0001
#define KEY_SET_VALUE          0x0002
#define KEY_CREATE_SUB_KEY     0x0004
#define KEY_ENUMERATE_SUB_KEYS 0x0008
#define KEY_NOTIFY             0x0010
#define KEY_CREATE_LINK        0x0020
#define KEY_READ               (STANDARD_RIGHTS_READ | KEY_QUERY_VALUE | KEY_ENUMERATE_SUB_KEYS | KEY_NOTIFY)
#define KEY_WRITE              (STANDARD_RIGHTS_WRITE | KEY_SET_VALUE | KEY_CREATE_SUB_KEY)
#define KEY_EXECUTE            KEY_READ
#define KEY_ALL_ACCESS                                                                             \
    (STANDARD_RIGHTS_ALL | KEY_QUERY_VALUE | KEY_SET_VALUE | KEY_CREATE_SUB_KEY |                  \
     KEY_ENUMERATE_SUB_KEYS | KEY_NOTIFY | KEY_CREATE_LINK)

/* How a key is made, and whether it was. */
#define REG_OPTION_NON_VOLATILE 0x00000000
#define REG_OPTION_VOLATILE     0x00000001
#define REG_CREATED_NEW_KEY     0x00000001
#define REG_OPENED_EXISTING_KEY 0x00000002

/* Types of values. */
#define REG_NONE                       0
#define REG_SZ                         1
#define REG_EXPAND_SZ                  2
#define REG_BINARY                     3
#define REG_DWORD                      4
#define REG_DWORD_LITTLE_ENDIAN        4
#define REG_DWORD_BIG_ENDIAN           5
#define REG_LINK                       6
#define REG_MULTI_SZ                   7
#define REG_RESOURCE_LIST              8
#define REG_FULL_RESOURCE_DESCRIPTOR   9
#define REG_RESOURCE_REQUIREMENTS_LIST 10
#define REG_QWORD                      11
#define REG_QWORD_LITTLE_ENDIAN        11

/* Which key of a device is meant. */
#define PLUGPLAY_REGKEY_DEVICE            1
#define PLUGPLAY_REGKEY_DRIVER            2
#define PLUGPLAY_REGKEY_CURRENT_HWPROFILE 4

/* A property that is kept when the system, or here the daemon, ends. */
#define PLUGPLAY_PROPERTY_PERSISTENT 0x00000001

/* Flags of an open file, as WdfFileObjectGetFlags gives them. */
#define FO_FILE_OPEN                 0x00000001
#define FO_SYNCHRONOUS_IO            0x00000002
#define FO_ALERTABLE_IO              0x00000004
#define FO_NO_INTERMEDIATE_BUFFERING 0x00000008
#define FO_WRITE_THROUGH             0x00000010
#define FO_SEQUENTIAL_ONLY           0x00000020

/* The security side of a create request. */
typedef struct _IO_SECURITY_CONTEXT {
    PSECURITY_QUALITY_OF_SERVICE SecurityQos;
    PACCESS_STATE AccessState;
    ACCESS_MASK DesiredAccess;
    ULONG FullCreateOptions;
} IO_SECURITY_CONTEXT, *PIO_SECURITY_CONTEXT;

/* Priority boosts at completion. Linux has no such boost: they are accepted and change nothing. */
#define IO_NO_INCREMENT         0
#define IO_CD_ROM_INCREMENT     1
#define IO_DISK_INCREMENT       1
#define IO_PARALLEL_INCREMENT   1
#define IO_VIDEO_INCREMENT      1
#define IO_MAILSLOT_INCREMENT   2
#define IO_NAMED_PIPE_INCREMENT 2
#define IO_NETWORK_INCREMENT    2
#define IO_SERIAL_INCREMENT     2
#define IO_KEYBOARD_INCREMENT   6
#define IO_MOUSE_INCREMENT      6
#define IO_SOUND_INCREMENT      8

#define PAGE_SIZE  0x1000
#define PAGE_SHIFT 12

#define ROUND_TO_PAGES(size)         (((ULONG_PTR)(size) + PAGE_SIZE - 1) & ~((ULONG_PTR)PAGE_SIZE - 1))
#define BYTES_TO_PAGES(size)         (((size) >> PAGE_SHIFT) + (((size) & (PAGE_SIZE - 1)) != 0))
#define BYTE_OFFSET(address)         ((ULONG)((ULONG_PTR)(address) & (PAGE_SIZE - 1)))
#define PAGE_ALIGN(address)          ((PVOID)((ULONG_PTR)(address) & ~((ULONG_PTR)PAGE_SIZE - 1)))
#define ALIGN_DOWN_BY(length, align) ((ULONG_PTR)(length) & ~((ULONG_PTR)(align)-1))
#define ALIGN_UP_BY(length, align)   (ALIGN_DOWN_BY(((ULONG_PTR)(length) + (align)-1), align))
#define ALIGN_DOWN(length, type)     ALIGN_DOWN_BY(length, sizeof(type))
#define ALIGN_UP(length, type)       ALIGN_UP_BY(length, sizeof(type))

/*
 * Events. One that is signalled lets everyone pass who waits for it: a NotificationEvent until it
 * is cleared, a SynchronizationEvent one of them, and clears itself.
 */
typedef enum _EVENT_TYPE { NotificationEvent, SynchronizationEvent } EVENT_TYPE;
typedef struct _KEVENT {
    EVENT_TYPE Type;
    LONG State; /* not 0: signalled; the functions below only */
} KEVENT, *PKEVENT, *PRKEVENT;

typedef LONG KPRIORITY;

/* Why a thread waits; told to nobody here. */
typedef enum _KWAIT_REASON {
    Executive,
    FreePage,
    PageIn,
    PoolAllocation,
    DelayExecution,
    Suspended,
    UserRequest
} KWAIT_REASON;

/*
 * KeInitializeEvent: makes an event in the driver's memory.
 *   State  TRUE: signalled.
 * IRQL <= DISPATCH_LEVEL.
 */
VOID KeInitializeEvent(PRKEVENT Event, EVENT_TYPE Type, BOOLEAN State);

/*
 * KeSetEvent: signals it.
 *   Increment, Wait  without effect.
 * IRQL <= DISPATCH_LEVEL. Returns what it was: not 0 if it was signalled already.
 */
LONG KeSetEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait);

/* KeClearEvent, KeResetEvent: not signalled any more; the latter returns what it was. IRQL <=
 * DISPATCH_LEVEL. */
VOID KeClearEvent(PRKEVENT Event);
LONG KeResetEvent(PRKEVENT Event);

/* KeReadStateEvent: not 0 if it is signalled. IRQL <= DISPATCH_LEVEL. */
LONG KeReadStateEvent(PRKEVENT Event);

/*
 * KeWaitForSingleObject: waits for an event; other objects can't be waited for here.
 *   WaitReason, WaitMode, Alertable  without effect.
 *   Timeout                          in units of 100 ns, negative from now, positive as system
 *                                    time; 0: only looks; NULL: no limit.
 * IRQL <= APC_LEVEL, DISPATCH_LEVEL with a Timeout of 0; above it the call aborts. Returns
 * STATUS_SUCCESS; STATUS_TIMEOUT, which is a success.
 */
NTSTATUS KeWaitForSingleObject(PVOID Object, KWAIT_REASON WaitReason, KPROCESSOR_MODE WaitMode,
                               BOOLEAN Alertable, PLARGE_INTEGER Timeout);

/*
 * KeDelayExecutionThread: lets the thread sleep.
 *   Interval  as Timeout of KeWaitForSingleObject.
 * IRQL <= APC_LEVEL; above it the call aborts. Returns STATUS_SUCCESS.
 */
NTSTATUS KeDelayExecutionThread(KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                PLARGE_INTEGER Interval);

/*
 * Spin locks of the executive; WDFSPINLOCK is the better one in a WDF driver, since it finds
 * misuse. Acquiring raises to DISPATCH_LEVEL and gives the level from before, to be passed to
 * KeReleaseSpinLock; the forms with DpcLevel expect DISPATCH_LEVEL and leave it. The holder must
 * not acquire it again.
 */
typedef ULONG_PTR KSPIN_LOCK, *PKSPIN_LOCK;
VOID KeInitializeSpinLock(PKSPIN_LOCK SpinLock);
KIRQL KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock);
VOID KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql);
VOID KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock);
VOID KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock);
#define KeAcquireSpinLock(SpinLock, OldIrql) (*(OldIrql) = KeAcquireSpinLockRaiseToDpc(SpinLock))

/*
 * Memory descriptor lists. Here an MDL describes a range of the process's own memory, which is
 * mapped and resident as far as a driver can tell: one is built by MmBuildMdlForNonPagedPool, or
 * comes whole from WdfRequestRetrieveInputWdmMdl and its kin.
 */
struct _MDL {
    struct _MDL *Next; /* the driver's, for chains */
    CSHORT Size;       /* of this structure */
    CSHORT MdlFlags;
    struct _EPROCESS *Process;
    PVOID MappedSystemVa;
    PVOID StartVa; /* the page that the range begins in */
    ULONG ByteCount;
    ULONG ByteOffset; /* of the range's first byte in that page */
};

#define MDL_MAPPED_TO_SYSTEM_VA     0x0001
#define MDL_PAGES_LOCKED            0x0002
#define MDL_SOURCE_IS_NONPAGED_POOL 0x0004
#define MDL_ALLOCATED_FIXED_SIZE    0x0008

/* How much a mapping matters, and what may be done with it; all are the same here. */
typedef enum _MM_PAGE_PRIORITY {
    LowPagePriority = 0,
    NormalPagePriority = 16,
    HighPagePriority = 32,
} MM_PAGE_PRIORITY;
#define MdlMappingNoWrite   0x80000000
#define MdlMappingNoExecute 0x40000000

/* The length of the range in bytes, where it begins in its first page, and its first byte's
 * address. Any level. */
#define MmGetMdlByteCount(Mdl)      ((Mdl)->ByteCount)
#define MmGetMdlByteOffset(Mdl)     ((Mdl)->ByteOffset)
#define MmGetMdlVirtualAddress(Mdl) ((PVOID)((PCHAR)((Mdl)->StartVa) + (Mdl)->ByteOffset))

/* MmInitializeMdl: describes a range, which is not mapped yet. Any level. */
FORCEINLINE VOID MmInitializeMdl(PMDL MemoryDescriptorList, PVOID BaseVa, SIZE_T Length)
{
    memset(MemoryDescriptorList, 0, sizeof(*MemoryDescriptorList));
    MemoryDescriptorList->Size = sizeof(*MemoryDescriptorList);
    MemoryDescriptorList->StartVa = PAGE_ALIGN(BaseVa);
    MemoryDescriptorList->ByteOffset = BYTE_OFFSET(BaseVa);
    MemoryDescriptorList->ByteCount = (ULONG)Length;
}

/* MmBuildMdlForNonPagedPool: maps the range that the MDL describes. IRQL <= DISPATCH_LEVEL. */
FORCEINLINE VOID MmBuildMdlForNonPagedPool(PMDL MemoryDescriptorList)
{
    MemoryDescriptorList->MappedSystemVa = MmGetMdlVirtualAddress(MemoryDescriptorList);
    MemoryDescriptorList->MdlFlags |= MDL_SOURCE_IS_NONPAGED_POOL;
}

/*
 * MmGetSystemAddressForMdlSafe: the address of the range for the driver's use; NULL if the MDL is
 * not mapped.
 *   Priority  one of MM_PAGE_PRIORITY, with MdlMapping* flags.
 * IRQL <= DISPATCH_LEVEL.
 */
FORCEINLINE PVOID MmGetSystemAddressForMdlSafe(PMDL Mdl, ULONG Priority)
{
    (void)Priority;
    return (Mdl->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL))
               ? Mdl->MappedSystemVa
               : NULL;
}

/*
 * IoAllocateMdl: an MDL for a range of the driver's memory, to be built by
 * MmBuildMdlForNonPagedPool and freed by IoFreeMdl.
 *   VirtualAddress, Length  the range; less than 2 GiB.
 *   SecondaryBuffer, Irp    FALSE and NULL: a WDF driver's requests have no chain of MDLs of
 *                           theirs.
 *   ChargeQuota             without effect.
 * IRQL <= DISPATCH_LEVEL. Returns NULL when there is no memory or the range is too long.
 */
PMDL IoAllocateMdl(PVOID VirtualAddress, ULONG Length, BOOLEAN SecondaryBuffer, BOOLEAN ChargeQuota,
                   PIRP Irp);

/* IoFreeMdl: frees an MDL of IoAllocateMdl, not the range. IRQL <= DISPATCH_LEVEL. */
VOID IoFreeMdl(PMDL Mdl);

/*
 * Pool. There is one heap here: paged or not makes no difference to the memory, only to the level
 * at which it may be asked for. A block remembers its tag and its size; freeing what is not a
 * block, or under another tag, aborts.
 */
typedef enum _POOL_TYPE {
    NonPagedPool = 0,
    NonPagedPoolExecute = NonPagedPool,
    PagedPool = 1,
    NonPagedPoolMustSucceed = NonPagedPool + 2,
    DontUseThisType = 3,
    NonPagedPoolCacheAligned = NonPagedPool + 4,
    PagedPoolCacheAligned = 5,
    NonPagedPoolCacheAlignedMustS = NonPagedPool + 6,
    MaxPoolType = 7,
    NonPagedPoolNx = 512,
    NonPagedPoolNxCacheAligned = NonPagedPoolNx + 4,
    NonPagedPoolSessionNx = NonPagedPoolNx + 32,
} POOL_TYPE;

typedef ULONG64 POOL_FLAGS;

#define POOL_FLAG_USE_QUOTA         0x0000000000000001ULL
#define POOL_FLAG_UNINITIALIZED     0x0000000000000002ULL
#define POOL_FLAG_SESSION           0x0000000000000004ULL
#define POOL_FLAG_CACHE_ALIGNED     0x0000000000000008ULL
#define POOL_FLAG_RAISE_ON_FAILURE  0x0000000000000020ULL
#define POOL_FLAG_NON_PAGED         0x0000000000000040ULL
#define POOL_FLAG_NON_PAGED_EXECUTE 0x0000000000000080ULL
#define POOL_FLAG_PAGED             0x0000000000000100ULL

/* Options of ExInitializeDriverRuntime. */
#define DrvRtPoolNxOptIn 0x00000001

/*
 * ExAllocatePool2: a zeroed block (POOL_FLAG_UNINITIALIZED: not zeroed) of NumberOfBytes bytes,
 * aligned to 16 bytes, to the cache line on request, and to a page from PAGE_SIZE bytes on. The
 * caller frees it with ExFreePool(WithTag).
 *   Flags  exactly one of POOL_FLAG_NON_PAGED, POOL_FLAG_NON_PAGED_EXECUTE and POOL_FLAG_PAGED, and
 *          options.
 *   Tag    up to four characters that name the owner; not 0.
 * IRQL <= DISPATCH_LEVEL; paged memory <= APC_LEVEL, above it the call aborts. Returns NULL when
 * there is no memory, or when Flags or Tag are not as above. POOL_FLAG_RAISE_ON_FAILURE aborts
 * then.
 */
PVOID ExAllocatePool2(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag);

/*
 * ExAllocatePoolWithTag: as ExAllocatePool2, by pool type, and the memory is not zeroed.
 * IRQL as for ExAllocatePool2. Returns NULL when there is no memory.
 */
PVOID ExAllocatePoolWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag);

/*
 * ExFreePoolWithTag: frees a block. With a Tag other than 0 the block must have been allocated with
 * that tag. IRQL <= DISPATCH_LEVEL; a paged block <= APC_LEVEL. Aborts on a pointer that is not an
 * allocated block.
 */
VOID ExFreePoolWithTag(PVOID P, ULONG Tag);

/* ExFreePool: ExFreePoolWithTag that does not compare the tag. */
VOID ExFreePool(PVOID P);

/* ExAllocatePoolZero: ExAllocatePoolWithTag and zeroed, the form for drivers of older systems. */
FORCEINLINE PVOID ExAllocatePoolZero(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    PVOID block = ExAllocatePoolWithTag(PoolType, NumberOfBytes, Tag);

    if (block != NULL)
        memset(block, 0, NumberOfBytes);
    return block;
}

/* ExInitializeDriverRuntime: nothing to prepare, since no pool here is executable. */
FORCEINLINE VOID ExInitializeDriverRuntime(ULONG RuntimeFlags)
{
    (void)RuntimeFlags;
}

/* Memory. Copy is for ranges that do not overlap, Move for those that may; any level. */
#define RtlCopyMemory(destination, source, length) memcpy((destination), (source), (length))
#define RtlMoveMemory(destination, source, length) memmove((destination), (source), (length))
#define RtlFillMemory(destination, length, fill)   memset((destination), (fill), (length))
#define RtlZeroMemory(destination, length)         memset((destination), 0, (length))
#define RtlEqualMemory(a, b, length)               (!memcmp((a), (b), (length)))
#define RtlCopyBytes                               RtlCopyMemory
#define RtlZeroBytes                               RtlZeroMemory

/*
 * RtlCompareMemory: how many bytes at the start of both ranges are equal; Length if all of them
 * are. Any level.
 */
SIZE_T RtlCompareMemory(const VOID *Source1, const VOID *Source2, SIZE_T Length);

/*
 * RtlInitUnicodeString: makes Destination describe the zero-terminated Source, which is not copied
 * and must outlive it. A NULL Source gives an empty string without buffer. Any level.
 */
VOID RtlInitUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString);

/* RtlInitAnsiString: the same for 8-bit text. */
VOID RtlInitAnsiString(PANSI_STRING DestinationString, PCSZ SourceString);

/*
 * RtlCopyUnicodeString: copies as much of Source as Destination's MaximumLength allows, and a
 * terminating zero if there is room left. A NULL Source empties Destination. Any level here (WDK:
 * PASSIVE_LEVEL if paged).
 */
VOID RtlCopyUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString);

/*
 * RtlAppendUnicodeStringToString: appends Source to Destination, and a terminating zero if there is
 * room left. Returns STATUS_SUCCESS, or STATUS_BUFFER_TOO_SMALL and leaves Destination as it was.
 */
NTSTATUS RtlAppendUnicodeStringToString(PUNICODE_STRING Destination, PCUNICODE_STRING Source);

/* RtlAppendUnicodeToString: the same for a zero-terminated Source, which may be NULL (nothing is
 * appended). */
NTSTATUS RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source);

/*
 * RtlCompareUnicodeString: below 0, 0, above 0 as String1 is less than, equal to, greater than
 * String2, by 16-bit units. CaseInSensitive folds the letters of ASCII, Latin-1, Greek and
 * Cyrillic. Any level here (WDK: PASSIVE_LEVEL).
 */
LONG RtlCompareUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                             BOOLEAN CaseInSensitive);

/* RtlUpcaseUnicodeChar, RtlDowncaseUnicodeChar: the capital, the small letter, of what
 * CaseInSensitive folds; anything else is its own. Any level. */
WCHAR RtlUpcaseUnicodeChar(WCHAR SourceCharacter);
WCHAR RtlDowncaseUnicodeChar(WCHAR SourceCharacter);

/* RtlEqualUnicodeString: TRUE if RtlCompareUnicodeString gives 0. Any level here (WDK:
 * PASSIVE_LEVEL). */
BOOLEAN RtlEqualUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                              BOOLEAN CaseInSensitive);

/* Says which list entry's neighbours do not point back at it, and aborts. Not to be called by
 * drivers. */
DECLSPEC_NORETURN VOID nt_list_violation(const VOID *Entry);

/* Lists. The head is an entry of the ring; the caller's lock protects them. Any level. */
FORCEINLINE VOID InitializeListHead(PLIST_ENTRY ListHead)
{
    ListHead->Flink = ListHead;
    ListHead->Blink = ListHead;
}

FORCEINLINE BOOLEAN IsListEmpty(const LIST_ENTRY *ListHead)
{
    return ListHead->Flink == ListHead;
}

/* Returns TRUE if the list is empty afterwards. The entry's own pointers are left as they were. */
FORCEINLINE BOOLEAN RemoveEntryList(PLIST_ENTRY Entry)
{
    PLIST_ENTRY next = Entry->Flink;
    PLIST_ENTRY previous = Entry->Blink;

    if (next->Blink != Entry || previous->Flink != Entry)
        nt_list_violation(Entry);
    previous->Flink = next;
    next->Blink = previous;
    return next == previous;
}

/* Removes and returns the first entry; of an empty list the head itself. */
FORCEINLINE PLIST_ENTRY RemoveHeadList(PLIST_ENTRY ListHead)
{
    PLIST_ENTRY entry = ListHead->Flink;

    RemoveEntryList(entry);
    return entry;
}

/* Removes and returns the last entry; of an empty list the head itself. */
FORCEINLINE PLIST_ENTRY RemoveTailList(PLIST_ENTRY ListHead)
{
    PLIST_ENTRY entry = ListHead->Blink;

    RemoveEntryList(entry);
    return entry;
}

FORCEINLINE VOID InsertTailList(PLIST_ENTRY ListHead, PLIST_ENTRY Entry)
{
    PLIST_ENTRY previous = ListHead->Blink;

    if (previous->Flink != ListHead)
        nt_list_violation(ListHead);
    Entry->Flink = ListHead;
    Entry->Blink = previous;
    previous->Flink = Entry;
    ListHead->Blink = Entry;
}

FORCEINLINE VOID InsertHeadList(PLIST_ENTRY ListHead, PLIST_ENTRY Entry)
{
    PLIST_ENTRY next = ListHead->Flink;

    if (next->Blink != ListHead)
        nt_list_violation(ListHead);
    Entry->Flink = next;
    Entry->Blink = ListHead;
    next->Blink = Entry;
    ListHead->Flink = Entry;
}

/*
 * Interlocked operations: atomic and full barriers, at any level. Increment, Decrement and Add
 * return the new value; Exchange, CompareExchange, ExchangeAdd, And, Or and Xor return the value
 * from before.
 */
FORCEINLINE LONG InterlockedIncrement(LONG volatile *Addend)
{
    return __atomic_add_fetch(Addend, 1, __ATOMIC_SEQ_CST);
}

FORCEINLINE LONG InterlockedDecrement(LONG volatile *Addend)
{
    return __atomic_sub_fetch(Addend, 1, __ATOMIC_SEQ_CST);
}

FORCEINLINE LONG InterlockedAdd(LONG volatile *Addend, LONG Value)
{
    return __atomic_add_fetch(Addend, Value, __ATOMIC_SEQ_CST);
}

FORCEINLINE LONG InterlockedExchange(LONG volatile *Target, LONG Value)
{
    return __atomic_exchange_n(Target, Value, __ATOMIC_SEQ_CST);
}

FORCEINLINE LONG InterlockedExchangeAdd(LONG volatile *Addend, LONG Value)
{
    return __atomic_fetch_add(Addend, Value, __ATOMIC_SEQ_CST);
}

FORCEINLINE LONG InterlockedCompareExchange(LONG volatile *Destination, LONG Exchange,
                                            LONG Comperand)
{
    __atomic_compare_exchange_n(Destination, &Comperand, Exchange, 0, __ATOMIC_SEQ_CST,
                                __ATOMIC_SEQ_CST);
    return Comperand;
}

FORCEINLINE LONG InterlockedAnd(LONG volatile *Destination, LONG Value)
{
    return __atomic_fetch_and(Destination, Value, __ATOMIC_SEQ_CST);
}

FORCEINLINE LONG InterlockedOr(LONG volatile *Destination, LONG Value)
{
    return __atomic_fetch_or(Destination, Value, __ATOMIC_SEQ_CST);
}

FORCEINLINE LONG InterlockedXor(LONG volatile *Destination, LONG Value)
{
    return __atomic_fetch_xor(Destination, Value, __ATOMIC_SEQ_CST);
}

FORCEINLINE LONG64 InterlockedIncrement64(LONG64 volatile *Addend)
{
    return __atomic_add_fetch(Addend, 1, __ATOMIC_SEQ_CST);
}

FORCEINLINE LONG64 InterlockedDecrement64(LONG64 volatile *Addend)
{
    return __atomic_sub_fetch(Addend, 1, __ATOMIC_SEQ_CST);
}

FORCEINLINE LONG64 InterlockedAdd64(LONG64 volatile *Addend, LONG64 Value)
{
    return __atomic_add_fetch(Addend, Value, __ATOMIC_SEQ_CST);
}

FORCEINLINE LONG64 InterlockedExchange64(LONG64 volatile *Target, LONG64 Value)
{
    return __atomic_exchange_n(Target, Value, __ATOMIC_SEQ_CST);
}

FORCEINLINE LONG64 InterlockedExchangeAdd64(LONG64 volatile *Addend, LONG64 Value)
{
    return __atomic_fetch_add(Addend, Value, __ATOMIC_SEQ_CST);
}

FORCEINLINE LONG64 InterlockedCompareExchange64(LONG64 volatile *Destination, LONG64 Exchange,
                                                LONG64 Comperand)
{
    __atomic_compare_exchange_n(Destination, &Comperand, Exchange, 0, __ATOMIC_SEQ_CST,
                                __ATOMIC_SEQ_CST);
    return Comperand;
}

FORCEINLINE LONG64 InterlockedAnd64(LONG64 volatile *Destination, LONG64 Value)
{
    return __atomic_fetch_and(Destination, Value, __ATOMIC_SEQ_CST);
}

FORCEINLINE LONG64 InterlockedOr64(LONG64 volatile *Destination, LONG64 Value)
{
    return __atomic_fetch_or(Destination, Value, __ATOMIC_SEQ_CST);
}

FORCEINLINE LONG64 InterlockedXor64(LONG64 volatile *Destination, LONG64 Value)
{
    return __atomic_fetch_xor(Destination, Value, __ATOMIC_SEQ_CST);
}

FORCEINLINE PVOID InterlockedExchangePointer(PVOID volatile *Target, PVOID Value)
{
    return __atomic_exchange_n(Target, Value, __ATOMIC_SEQ_CST);
}

FORCEINLINE PVOID InterlockedCompareExchangePointer(PVOID volatile *Destination, PVOID Exchange,
                                                    PVOID Comperand)
{
    __atomic_compare_exchange_n(Destination, &Comperand, Exchange, 0, __ATOMIC_SEQ_CST,
                                __ATOMIC_SEQ_CST);
    return Comperand;
}

/* Single loads and stores that the compiler neither splits nor repeats. */
FORCEINLINE LONG ReadNoFence(LONG const volatile *Source)
{
    return __atomic_load_n(Source, __ATOMIC_RELAXED);
}

FORCEINLINE LONG ReadAcquire(LONG const volatile *Source)
{
    return __atomic_load_n(Source, __ATOMIC_ACQUIRE);
}

FORCEINLINE VOID WriteNoFence(LONG volatile *Destination, LONG Value)
{
    __atomic_store_n(Destination, Value, __ATOMIC_RELAXED);
}

FORCEINLINE VOID WriteRelease(LONG volatile *Destination, LONG Value)
{
    __atomic_store_n(Destination, Value, __ATOMIC_RELEASE);
}

#define KeMemoryBarrier() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define MemoryBarrier()   __atomic_thread_fence(__ATOMIC_SEQ_CST)

/* KeQuerySystemTime: units of 100 ns since 1 January 1601 UTC; it jumps when the clock is set. Any
 * level. */
VOID KeQuerySystemTime(PLARGE_INTEGER CurrentTime);

/* KeQuerySystemTimePrecise: the same here; on Windows KeQuerySystemTime is coarser. Any level. */
VOID KeQuerySystemTimePrecise(PLARGE_INTEGER CurrentTime);

/* KeQueryInterruptTime: units of 100 ns since an arbitrary start; never goes back. Any level. */
ULONGLONG KeQueryInterruptTime(VOID);

/*
 * KeQueryPerformanceCounter: a monotonic count. PerformanceFrequency, if not NULL, receives the
 * counts in a second. Any level.
 */
LARGE_INTEGER KeQueryPerformanceCounter(PLARGE_INTEGER PerformanceFrequency);

/*
 * DbgPrint: writes text to the log, one line of it for each line of text; DPFLTR_INFO_LEVEL, which
 * is the log's debug level. Text that does not end with a newline waits for the next call of its
 * thread, and is on one line with that; anything else that the thread writes into the log, and its
 * end, end the line. The formats are Microsoft's: %ws %S wide text, %wZ UNICODE_STRING, %Z
 * ANSI_STRING, %Iu %I64x sizes, %ld a 32-bit LONG, %p 16 digits; %n is not performed. At most 512
 * bytes of a call are written. Any level. Returns STATUS_SUCCESS.
 */
ULONG DbgPrint(PCSTR Format, ...);

/*
 * DbgPrintEx: the same with a level: DPFLTR_ERROR_LEVEL and DPFLTR_WARNING_LEVEL become error and
 * warning of the log, DPFLTR_TRACE_LEVEL info, everything else debug. A Level above 31 is a set of
 * bits, its lowest one counts. ComponentId is not used. Any level. Returns STATUS_SUCCESS.
 */
ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...);

/*
 * DbgBreakPoint: stops in the debugger; without one the process ends by SIGTRAP, as Windows would
 * stop. Any level.
 */
VOID DbgBreakPoint(VOID);

/* RtlAssert: what a failed ASSERT calls: logs the expression and the place, then DbgBreakPoint. Any
 * level. */
VOID RtlAssert(PVOID FailedAssertion, PVOID FileName, ULONG LineNumber, PSTR Message);

/* Debug builds (DBG) print and assert; others contain neither, nor the arguments. */
#if DBG
#define KdPrint(arguments)   DbgPrint arguments
#define KdPrintEx(arguments) DbgPrintEx arguments
#define KdBreakPoint()       DbgBreakPoint()
#define ASSERT(expression)                                                                         \
    ((expression) ? (void)0 : RtlAssert((PVOID) #expression, (PVOID)__FILE__, __LINE__, NULL))
#define ASSERTMSG(message, expression)                                                             \
    ((expression) ? (void)0                                                                        \
                  : RtlAssert((PVOID) #expression, (PVOID)__FILE__, __LINE__, (PSTR)(message)))
#define NT_ASSERT(expression) ASSERT(expression)
#else
#define KdPrint(arguments)             ((void)0)
#define KdPrintEx(arguments)           ((void)0)
#define KdBreakPoint()                 ((void)0)
#define ASSERT(expression)             ((void)0)
#define ASSERTMSG(message, expression) ((void)0)
#define NT_ASSERT(expression)          ((void)0)
#endif
#define NT_VERIFY(expression)                                                                      \
    ((expression) ? TRUE : (RtlAssert((PVOID) #expression, (PVOID)__FILE__, __LINE__, NULL), FALSE))

EXTERN_C_END

#include <wdfuse/plugplay.h>
#include <wdfuse/wmikernel.h>

#endif
