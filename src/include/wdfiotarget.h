/*
 * I/O targets: where a driver sends requests (S10). A device has one, the device below it in its
 * stack; a driver makes others and opens them by name.
 */
#ifndef WDFIOTARGET_H
#define WDFIOTARGET_H

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
#else
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

WDF_EXTERN_C_END

#endif
