/*
 * I/O targets: where a driver sends requests (S10). A device has one, the device below it in its
 * stack; a driver creates others and opens them by name.
 */
#ifndef WDFIOTARGET_H
#define WDFIOTARGET_H

#include <wdfmemory.h>
#include <wdfrequest.h>
#ifdef UMDF_VERSION_MAJOR
#include <windows.h>
#endif

WDF_EXTERN_C_START

/* What a target does with the requests that it is sent (S10.5). */
typedef enum _WDF_IO_TARGET_STATE {
    WdfIoTargetStateUndefined = 0,
    /* Requests are sent on. */
    WdfIoTargetStarted,
    /* Requests wait until the target is started. */
    WdfIoTargetStopped,
    /* Closed, because its device is perhaps removed; it can be reopened. */
    WdfIoTargetClosedForQueryRemove,
    WdfIoTargetClosed,
    WdfIoTargetDeleted,
    /* Requests are refused. */
    WdfIoTargetPurged,
} WDF_IO_TARGET_STATE,
    *PWDF_IO_TARGET_STATE;

/* How a target is found. */
typedef enum _WDF_IO_TARGET_OPEN_TYPE {
    WdfIoTargetOpenUndefined = 0,
    WdfIoTargetOpenUseExistingDevice = 1,
    WdfIoTargetOpenByName = 2,
    WdfIoTargetOpenReopen = 3,
    WdfIoTargetOpenLocalTargetByFile = 4,
} WDF_IO_TARGET_OPEN_TYPE;

/* What becomes of requests that are at the target when it is stopped. */
typedef enum _WDF_IO_TARGET_SENT_IO_ACTION {
    WdfIoTargetSentIoUndefined = 0,
    WdfIoTargetCancelSentIo,
    WdfIoTargetWaitForSentIoToComplete,
    WdfIoTargetLeaveSentIoPending,
} WDF_IO_TARGET_SENT_IO_ACTION;

/* Whether a purge waits for the requests that it cancels. */
typedef enum _WDF_IO_TARGET_PURGE_IO_ACTION {
    WdfIoTargetPurgeIoUndefined = 0,
    WdfIoTargetPurgeIoAndWait = 1,
    WdfIoTargetPurgeIo = 2,
} WDF_IO_TARGET_PURGE_IO_ACTION;

/* May the target's device be removed? A driver that agrees closes the target for it. */
typedef NTSTATUS EVT_WDF_IO_TARGET_QUERY_REMOVE(WDFIOTARGET IoTarget);
typedef EVT_WDF_IO_TARGET_QUERY_REMOVE *PFN_WDF_IO_TARGET_QUERY_REMOVE;

/* It is not removed after all: the target can be reopened. */
typedef VOID EVT_WDF_IO_TARGET_REMOVE_CANCELED(WDFIOTARGET IoTarget);
typedef EVT_WDF_IO_TARGET_REMOVE_CANCELED *PFN_WDF_IO_TARGET_REMOVE_CANCELED;

/* It is gone: the driver closes the target. */
typedef VOID EVT_WDF_IO_TARGET_REMOVE_COMPLETE(WDFIOTARGET IoTarget);
typedef EVT_WDF_IO_TARGET_REMOVE_COMPLETE *PFN_WDF_IO_TARGET_REMOVE_COMPLETE;

/* What is to be opened, and how; made by one of the functions below. */
typedef struct _WDF_IO_TARGET_OPEN_PARAMS {
    ULONG Size;
    WDF_IO_TARGET_OPEN_TYPE Type;
    /* Optional: what the driver wants to hear of the removal of the target's device. */
    PFN_WDF_IO_TARGET_QUERY_REMOVE EvtIoTargetQueryRemove;
    PFN_WDF_IO_TARGET_REMOVE_CANCELED EvtIoTargetRemoveCanceled;
    PFN_WDF_IO_TARGET_REMOVE_COMPLETE EvtIoTargetRemoveComplete;
    /* Of WdfIoTargetOpenUseExistingDevice. */
    PDEVICE_OBJECT TargetDeviceObject;
    PFILE_OBJECT TargetFileObject;
    /* Of WdfIoTargetOpenByName: the name, and how the file is to be created or opened. */
    UNICODE_STRING TargetDeviceName;
    ACCESS_MASK DesiredAccess;
    ULONG ShareAccess;
    ULONG FileAttributes;
    ULONG CreateDisposition;
    ULONG CreateOptions;
    PVOID EaBuffer;
    ULONG EaBufferLength;
    PLONGLONG AllocationSize;
    /* Receives what was done: FILE_OPENED, FILE_CREATED ... */
    ULONG FileInformation;
    /* Of WdfIoTargetOpenLocalTargetByFile. */
    UNICODE_STRING FileName;
} WDF_IO_TARGET_OPEN_PARAMS, *PWDF_IO_TARGET_OPEN_PARAMS;

#ifndef UMDF_VERSION_MAJOR
/* WDF_IO_TARGET_OPEN_PARAMS_INIT_EXISTING_DEVICE: a device object that the driver has already. */
FORCEINLINE VOID WDF_IO_TARGET_OPEN_PARAMS_INIT_EXISTING_DEVICE(PWDF_IO_TARGET_OPEN_PARAMS Params,
                                                                PDEVICE_OBJECT DeviceObject)
{
    RtlZeroMemory(Params, sizeof(*Params));
    Params->Size = sizeof(*Params);
    Params->Type = WdfIoTargetOpenUseExistingDevice;
    Params->TargetDeviceObject = DeviceObject;
}
#endif

#if defined(UMDF_VERSION_MAJOR) || defined(WDFUSE_BOTH_FRAMEWORKS)
/*
 * WDF_IO_TARGET_OPEN_PARAMS_INIT_OPEN_BY_FILE: the device below, with a file of its own there.
 *   FileName  optional; its characters must stay until the target is open.
 */
FORCEINLINE VOID WDF_IO_TARGET_OPEN_PARAMS_INIT_OPEN_BY_FILE(PWDF_IO_TARGET_OPEN_PARAMS Params,
                                                             PCUNICODE_STRING FileName)
{
    RtlZeroMemory(Params, sizeof(*Params));
    Params->Size = sizeof(*Params);
    Params->Type = WdfIoTargetOpenLocalTargetByFile;
    if (FileName)
        Params->FileName = *FileName;
}
#endif

/* WDF_IO_TARGET_OPEN_PARAMS_INIT_CREATE_BY_NAME: a name; how it is created, the driver fills in.
 * The name's characters must stay until the target is open. */
FORCEINLINE VOID WDF_IO_TARGET_OPEN_PARAMS_INIT_CREATE_BY_NAME(PWDF_IO_TARGET_OPEN_PARAMS Params,
                                                               PCUNICODE_STRING TargetDeviceName,
                                                               ACCESS_MASK DesiredAccess)
{
    RtlZeroMemory(Params, sizeof(*Params));
    Params->Size = sizeof(*Params);
    Params->Type = WdfIoTargetOpenByName;
    Params->TargetDeviceName = *TargetDeviceName;
    Params->DesiredAccess = DesiredAccess;
#ifndef UMDF_VERSION_MAJOR
    Params->CreateOptions = FILE_NON_DIRECTORY_FILE;
#else
    Params->FileAttributes = FILE_ATTRIBUTE_NORMAL;
#endif
}

/* WDF_IO_TARGET_OPEN_PARAMS_INIT_OPEN_BY_NAME: a name that is there already. */
FORCEINLINE VOID WDF_IO_TARGET_OPEN_PARAMS_INIT_OPEN_BY_NAME(PWDF_IO_TARGET_OPEN_PARAMS Params,
                                                             PCUNICODE_STRING TargetDeviceName,
                                                             ACCESS_MASK DesiredAccess)
{
    WDF_IO_TARGET_OPEN_PARAMS_INIT_CREATE_BY_NAME(Params, TargetDeviceName, DesiredAccess);
#ifndef UMDF_VERSION_MAJOR
    Params->CreateDisposition = FILE_OPEN;
#else
    Params->CreateDisposition = OPEN_EXISTING;
#endif
}

/* WDF_IO_TARGET_OPEN_PARAMS_INIT_REOPEN: what was open before it was closed for a query-remove. */
FORCEINLINE VOID WDF_IO_TARGET_OPEN_PARAMS_INIT_REOPEN(PWDF_IO_TARGET_OPEN_PARAMS Params)
{
    RtlZeroMemory(Params, sizeof(*Params));
    Params->Size = sizeof(*Params);
    Params->Type = WdfIoTargetOpenReopen;
}

/*
 * WdfDeviceGetIoTarget: the device's default target, which stands for the next lower device of its
 * stack; started from the beginning (S10.1). Any IRQL. Returns NULL for a control device and a PDO.
 */
WDFIOTARGET WdfDeviceGetIoTarget(WDFDEVICE Device);

/*
 * WdfIoTargetCreate: a further target, closed until WdfIoTargetOpen (S10.2).
 *   IoTargetAttributes  optional; the parent is the device, or what leads to it.
 *   IoTarget            receives the handle; the driver's to delete, or gone with its parent.
 * IRQL PASSIVE_LEVEL. Returns STATUS_SUCCESS; STATUS_INVALID_DEVICE_REQUEST: the parent does not
 * lead to the device; STATUS_DELETE_PENDING; STATUS_INSUFFICIENT_RESOURCES; what
 * WDF_OBJECT_ATTRIBUTES are refused with.
 */
NTSTATUS WdfIoTargetCreate(WDFDEVICE Device, PWDF_OBJECT_ATTRIBUTES IoTargetAttributes,
                           WDFIOTARGET *IoTarget);

/*
 * WdfIoTargetOpen: from now on a closed target stands for a device of the process or for a file of
 * Linux (docs/linux-devices.md), and is started (S10.2, S10.3). CreateDisposition, ShareAccess and
 * the other ways to create a file are ignored.
 *   OpenParams  how the device is found; made by one of the functions above. By name:
 *               \Device\NAME, \DosDevices\NAME, \??\NAME, or the string of a device interface;
 *               the target gets an open file of its own, of the uppermost device of the stack: a
 *               create request arrives there, and is awaited; FileInformation is FILE_OPENED then.
 *               An existing device: that one, whatever is on top of it; as if by
 *               TargetFileObject, which is optional and must be one of it. Local, by file: the
 *               device below in the own stack, with an open file of its own; FileName is not
 *               looked at. Reopen: the name that it was opened by the last time.
 * The callbacks say when the device is to go (opened by name, or with a file): not given, the
 * target is closed and reopened by itself. Once the device is gone it is closed in any case. IRQL
 * PASSIVE_LEVEL. Returns STATUS_SUCCESS; STATUS_INFO_LENGTH_MISMATCH: Size;
 * STATUS_INVALID_PARAMETER: no name, no device, a Type or callbacks that do not go together;
 * STATUS_INVALID_DEVICE_STATE: it is open, being opened, or deleted; STATUS_INVALID_DEVICE_REQUEST:
 * reopen of what was not opened by name, or nothing is below; STATUS_OBJECT_NAME_NOT_FOUND: no
 * device that has started has that name; STATUS_FILE_CLOSED: TargetFileObject is;
 * STATUS_INSUFFICIENT_RESOURCES; what the create is answered with.
 */
NTSTATUS WdfIoTargetOpen(WDFIOTARGET IoTarget, PWDF_IO_TARGET_OPEN_PARAMS OpenParams);

#ifndef UMDF_VERSION_MAJOR
/*
 * WdfIoTargetWdmGetTargetDeviceObject, ...PhysicalDevice, ...FileObject: the device that it stands
 * for, the lowest of that one's stack, and the target's own open file there (S17.9). NULL: it is
 * closed; the last one also for a default target, and when that device has no file objects. IRQL <=
 * DISPATCH_LEVEL.
 */
PDEVICE_OBJECT WdfIoTargetWdmGetTargetDeviceObject(WDFIOTARGET IoTarget);
PDEVICE_OBJECT WdfIoTargetWdmGetTargetPhysicalDevice(WDFIOTARGET IoTarget);
PFILE_OBJECT WdfIoTargetWdmGetTargetFileObject(WDFIOTARGET IoTarget);
#endif

/*
 * WdfIoTargetWdmGetTargetFileHandle: what stands for the target's open file in
 * CM_Register_Notification (<cfgmgr32.h>), and in nothing else: it is no handle of a Zw function.
 * NULL as WdfIoTargetWdmGetTargetFileObject. IRQL <= DISPATCH_LEVEL.
 */
HANDLE WdfIoTargetWdmGetTargetFileHandle(WDFIOTARGET IoTarget);

/* WdfIoTargetGetDevice: the device whose driver sends. WdfIoTargetGetState: what happens to what it
 * sends (S10.6). Any IRQL. */
WDFDEVICE WdfIoTargetGetDevice(WDFIOTARGET IoTarget);
WDF_IO_TARGET_STATE WdfIoTargetGetState(WDFIOTARGET IoTarget);

/*
 * WdfIoTargetStart: requests are sent on again; those that waited in the stopped target first, in
 * order (S10.7). A started target stays so. While another thread's Stop or Purge waits, it waits
 * for that thread; at a raised IRQL, and in a completion routine of the target, it ends that
 * wait. IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; STATUS_INVALID_DEVICE_STATE: it is closed
 * or deleted.
 */
NTSTATUS WdfIoTargetStart(WDFIOTARGET IoTarget);

/*
 * WdfIoTargetStop: requests wait in the target from now on (S10.8). Action: those that were sent
 * are cancelled and awaited, or awaited, or left alone; not those that were sent whatever the
 * target's state. IRQL PASSIVE_LEVEL, with WdfIoTargetLeaveSentIoPending <= DISPATCH_LEVEL. Not
 * from a completion routine of the target, but with that Action (S10.10).
 */
VOID WdfIoTargetStop(WDFIOTARGET IoTarget, WDF_IO_TARGET_SENT_IO_ACTION Action);

/*
 * WdfIoTargetPurge: requests are refused from now on (S10.9). Those that waited in the target come
 * back with STATUS_WDF_DEVICE_REMOVED_NOT_SENT, those that were sent are cancelled; Action says
 * whether they are awaited. IRQL PASSIVE_LEVEL, without waiting <= DISPATCH_LEVEL.
 */
VOID WdfIoTargetPurge(WDFIOTARGET IoTarget, WDF_IO_TARGET_PURGE_IO_ACTION Action);

/*
 * WdfIoTargetClose: cancels what was sent, awaits it, closes (S10.4). It can be opened again.
 * WdfIoTargetCloseForQueryRemove: the same, and what was opened is kept for
 * WDF_IO_TARGET_OPEN_PARAMS_INIT_REOPEN. Of a default target both are a bug check. IRQL
 * PASSIVE_LEVEL.
 */
VOID WdfIoTargetClose(WDFIOTARGET IoTarget);
VOID WdfIoTargetCloseForQueryRemove(WDFIOTARGET IoTarget);

/*
 * WdfIoTargetFormatRequestForRead, ...ForWrite, ...ForIoctl, ...ForInternalIoctl: what Request will
 * be when it is sent (S10.27).
 *   OutputBuffer, InputBuffer  optional: memory that takes what is read, or holds what is written.
 *                              Referenced until the request is completed, deleted, reused or
 *                              formatted anew (S10.25).
 *   ...Offset                  optional: which part of it; a length of 0: to its end (S10.29).
 *   DeviceOffset               optional: where to read or write; NULL: at 0.
 * IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; STATUS_INTEGER_OVERFLOW: the part is not inside
 * the memory; STATUS_INVALID_DEVICE_STATE: the target is closed; STATUS_INVALID_DEVICE_REQUEST: the
 * request was completed already; STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS WdfIoTargetFormatRequestForRead(WDFIOTARGET IoTarget, WDFREQUEST Request,
                                         WDFMEMORY OutputBuffer,
                                         PWDFMEMORY_OFFSET OutputBufferOffset,
                                         PLONGLONG DeviceOffset);
NTSTATUS WdfIoTargetFormatRequestForWrite(WDFIOTARGET IoTarget, WDFREQUEST Request,
                                          WDFMEMORY InputBuffer,
                                          PWDFMEMORY_OFFSET InputBufferOffset,
                                          PLONGLONG DeviceOffset);
NTSTATUS WdfIoTargetFormatRequestForIoctl(WDFIOTARGET IoTarget, WDFREQUEST Request, ULONG IoctlCode,
                                          WDFMEMORY InputBuffer,
                                          PWDFMEMORY_OFFSET InputBufferOffset,
                                          WDFMEMORY OutputBuffer,
                                          PWDFMEMORY_OFFSET OutputBufferOffset);
#ifndef UMDF_VERSION_MAJOR
NTSTATUS WdfIoTargetFormatRequestForInternalIoctl(WDFIOTARGET IoTarget, WDFREQUEST Request,
                                                  ULONG IoctlCode, WDFMEMORY InputBuffer,
                                                  PWDFMEMORY_OFFSET InputBufferOffset,
                                                  WDFMEMORY OutputBuffer,
                                                  PWDFMEMORY_OFFSET OutputBufferOffset);

/*
 * WdfIoTargetQueryForInterface: WdfFdoQueryForInterface for the stack that the target leads to; of
 * the default target that is the device's own.
 * IRQL: PASSIVE_LEVEL. Returns what that does; STATUS_INVALID_DEVICE_STATE: the target is closed
 * (S17.27).
 */
NTSTATUS WdfIoTargetQueryForInterface(WDFIOTARGET IoTarget, LPCGUID InterfaceType,
                                      PINTERFACE Interface, USHORT Size, USHORT Version,
                                      PVOID InterfaceSpecificData);

/*
 * WdfIoTargetQueryTargetProperty, WdfIoTargetAllocAndQueryTargetProperty: WdfDeviceQueryProperty
 * and WdfDeviceAllocAndQueryProperty of the stack of devices that the target leads to.
 * IRQL: PASSIVE_LEVEL. Return what those do; STATUS_INVALID_DEVICE_REQUEST: the target is closed,
 * or leads to no PnP device of a driver (S17.34, S17.35).
 */
NTSTATUS WdfIoTargetQueryTargetProperty(WDFIOTARGET IoTarget,
                                        DEVICE_REGISTRY_PROPERTY DeviceProperty, ULONG BufferLength,
                                        PVOID PropertyBuffer, PULONG ResultLength);
NTSTATUS WdfIoTargetAllocAndQueryTargetProperty(WDFIOTARGET IoTarget,
                                                DEVICE_REGISTRY_PROPERTY DeviceProperty,
                                                POOL_TYPE PoolType,
                                                PWDF_OBJECT_ATTRIBUTES PropertyMemoryAttributes,
                                                WDFMEMORY *PropertyMemory);

/*
 * WdfIoTargetFormatRequestForInternalIoctlOthers: an internal control whose arguments 1, 2 and 4
 * are the addresses of those memories; WdfRequestGetParameters shows them as Others. As the above.
 */
NTSTATUS WdfIoTargetFormatRequestForInternalIoctlOthers(
    WDFIOTARGET IoTarget, WDFREQUEST Request, ULONG IoctlCode, WDFMEMORY OtherArg1,
    PWDFMEMORY_OFFSET OtherArg1Offset, WDFMEMORY OtherArg2, PWDFMEMORY_OFFSET OtherArg2Offset,
    WDFMEMORY OtherArg4, PWDFMEMORY_OFFSET OtherArg4Offset);
#endif

/*
 * WdfIoTargetSendReadSynchronously, ...Write..., ...Ioctl..., ...InternalIoctl...: formats, sends,
 * waits (S10.30).
 *   Request         optional: one of the driver's to be used; NULL: one for the occasion.
 *   descriptors     optional: a buffer, an MDL or a memory object (S10.32).
 *   RequestOptions  optional; no SEND_AND_FORGET. A timeout cancels the request (S10.18).
 *   BytesRead ...   optional: receives the request's Information, 0 if it was not sent.
 * IRQL PASSIVE_LEVEL. Returns the status with which the request was completed, STATUS_IO_TIMEOUT;
 * or it was not sent: STATUS_INVALID_PARAMETER: a descriptor, or unknown Flags;
 * STATUS_INFO_LENGTH_MISMATCH: the options' Size; STATUS_INTEGER_OVERFLOW: offsets beyond the
 * memory; STATUS_INVALID_DEVICE_STATE: the target takes none (S10.5);
 * STATUS_INVALID_DEVICE_REQUEST: the IRQL; STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS WdfIoTargetSendReadSynchronously(WDFIOTARGET IoTarget, WDFREQUEST Request,
                                          PWDF_MEMORY_DESCRIPTOR OutputBuffer,
                                          PLONGLONG DeviceOffset,
                                          PWDF_REQUEST_SEND_OPTIONS RequestOptions,
                                          PULONG_PTR BytesRead);
NTSTATUS WdfIoTargetSendWriteSynchronously(WDFIOTARGET IoTarget, WDFREQUEST Request,
                                           PWDF_MEMORY_DESCRIPTOR InputBuffer,
                                           PLONGLONG DeviceOffset,
                                           PWDF_REQUEST_SEND_OPTIONS RequestOptions,
                                           PULONG_PTR BytesWritten);
NTSTATUS WdfIoTargetSendIoctlSynchronously(WDFIOTARGET IoTarget, WDFREQUEST Request,
                                           ULONG IoctlCode, PWDF_MEMORY_DESCRIPTOR InputBuffer,
                                           PWDF_MEMORY_DESCRIPTOR OutputBuffer,
                                           PWDF_REQUEST_SEND_OPTIONS RequestOptions,
                                           PULONG_PTR BytesReturned);
#ifndef UMDF_VERSION_MAJOR
NTSTATUS WdfIoTargetSendInternalIoctlSynchronously(WDFIOTARGET IoTarget, WDFREQUEST Request,
                                                   ULONG IoctlCode,
                                                   PWDF_MEMORY_DESCRIPTOR InputBuffer,
                                                   PWDF_MEMORY_DESCRIPTOR OutputBuffer,
                                                   PWDF_REQUEST_SEND_OPTIONS RequestOptions,
                                                   PULONG_PTR BytesReturned);
NTSTATUS WdfIoTargetSendInternalIoctlOthersSynchronously(
    WDFIOTARGET IoTarget, WDFREQUEST Request, ULONG IoctlCode, PWDF_MEMORY_DESCRIPTOR OtherArg1,
    PWDF_MEMORY_DESCRIPTOR OtherArg2, PWDF_MEMORY_DESCRIPTOR OtherArg4,
    PWDF_REQUEST_SEND_OPTIONS RequestOptions, PULONG_PTR BytesReturned);
#endif

WDF_EXTERN_C_END

#endif
