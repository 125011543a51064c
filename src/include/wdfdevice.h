/*
 * The device: its description (PWDFDEVICE_INIT), its creation, and where its requests go (S3, S4.1, S5).
 */
#ifndef WDFDEVICE_H
#define WDFDEVICE_H

#include <wdfobject.h>

/* The kinds of requests; the values up to Pnp are the major codes of NT. */
typedef enum _WDF_REQUEST_TYPE {
    WdfRequestTypeCreate = 0x0,
    WdfRequestTypeCreateNamedPipe = 0x1,
    WdfRequestTypeClose = 0x2,
    WdfRequestTypeRead = 0x3,
    WdfRequestTypeWrite = 0x4,
    WdfRequestTypeQueryInformation = 0x5,
    WdfRequestTypeSetInformation = 0x6,
    WdfRequestTypeQueryEA = 0x7,
    WdfRequestTypeSetEA = 0x8,
    WdfRequestTypeFlushBuffers = 0x9,
    WdfRequestTypeQueryVolumeInformation = 0xa,
    WdfRequestTypeSetVolumeInformation = 0xb,
    WdfRequestTypeDirectoryControl = 0xc,
    WdfRequestTypeFileSystemControl = 0xd,
    WdfRequestTypeDeviceControl = 0xe,
    WdfRequestTypeDeviceControlInternal = 0xf,
    WdfRequestTypeShutdown = 0x10,
    WdfRequestTypeLockControl = 0x11,
    WdfRequestTypeCleanup = 0x12,
    WdfRequestTypeCreateMailSlot = 0x13,
    WdfRequestTypeQuerySecurity = 0x14,
    WdfRequestTypeSetSecurity = 0x15,
    WdfRequestTypePower = 0x16,
    WdfRequestTypeSystemControl = 0x17,
    WdfRequestTypeDeviceChange = 0x18,
    WdfRequestTypeQueryQuota = 0x19,
    WdfRequestTypeSetQuota = 0x1a,
    WdfRequestTypePnp = 0x1b,
    WdfRequestTypeOther = 0x1c,
    WdfRequestTypeUsb = 0x40,
    WdfRequestTypeNoFormat = 0xff,
    WdfRequestTypeMax = 0x100,
} WDF_REQUEST_TYPE;

/* How the driver gets at the data of reads and writes (S8.1). */
typedef enum _WDF_DEVICE_IO_TYPE {
    WdfDeviceIoUndefined = 0,
    WdfDeviceIoNeither,
    WdfDeviceIoBuffered,
    WdfDeviceIoDirect,
    WdfDeviceIoBufferedOrDirect,
    WdfDeviceIoMaximum,
} WDF_DEVICE_IO_TYPE,
    *PWDF_DEVICE_IO_TYPE;

/* Whether an open file has an object, and where its handle is kept (S4.3). */
typedef enum _WDF_FILEOBJECT_CLASS {
    WdfFileObjectInvalid = 0,
    WdfFileObjectNotRequired = 1,
    WdfFileObjectWdfCanUseFsContext = 2,
    WdfFileObjectWdfCanUseFsContext2 = 3,
    WdfFileObjectWdfCannotUseFsContexts = 4,
    WdfFileObjectCanBeOptional = (int)0x80000000,
} WDF_FILEOBJECT_CLASS,
    *PWDF_FILEOBJECT_CLASS;

/* A file is being opened; the driver completes Request, now or later (S4.7, S4.10). IRQL PASSIVE_LEVEL. */
typedef VOID EVT_WDF_DEVICE_FILE_CREATE(WDFDEVICE Device, WDFREQUEST Request, WDFFILEOBJECT FileObject);
typedef EVT_WDF_DEVICE_FILE_CREATE *PFN_WDF_DEVICE_FILE_CREATE;

/* The last handle of a file is gone; requests of that file may still be about (S4.18). IRQL PASSIVE_LEVEL. */
typedef VOID EVT_WDF_FILE_CLEANUP(WDFFILEOBJECT FileObject);
typedef EVT_WDF_FILE_CLEANUP *PFN_WDF_FILE_CLEANUP;

/* A file has no handle and no request any more (S4.20). IRQL PASSIVE_LEVEL. */
typedef VOID EVT_WDF_FILE_CLOSE(WDFFILEOBJECT FileObject);
typedef EVT_WDF_FILE_CLOSE *PFN_WDF_FILE_CLOSE;

typedef struct _WDF_FILEOBJECT_CONFIG {
    ULONG Size;
    PFN_WDF_DEVICE_FILE_CREATE EvtDeviceFileCreate;
    PFN_WDF_FILE_CLOSE EvtFileClose;
    PFN_WDF_FILE_CLEANUP EvtFileCleanup;
    WDF_TRI_STATE AutoForwardCleanupClose;
    WDF_FILEOBJECT_CLASS FileObjectClass;
} WDF_FILEOBJECT_CONFIG, *PWDF_FILEOBJECT_CONFIG;

/* WDF_FILEOBJECT_CONFIG_INIT: files have objects (CannotUseFsContexts); each callback may be NULL (S4.2). */
FORCEINLINE VOID WDF_FILEOBJECT_CONFIG_INIT(PWDF_FILEOBJECT_CONFIG FileEventCallbacks,
                                            PFN_WDF_DEVICE_FILE_CREATE EvtDeviceFileCreate,
                                            PFN_WDF_FILE_CLOSE EvtFileClose,
                                            PFN_WDF_FILE_CLEANUP EvtFileCleanup)
{
    RtlZeroMemory(FileEventCallbacks, sizeof(*FileEventCallbacks));
    FileEventCallbacks->Size = sizeof(*FileEventCallbacks);
    FileEventCallbacks->EvtDeviceFileCreate = EvtDeviceFileCreate;
    FileEventCallbacks->EvtFileClose = EvtFileClose;
    FileEventCallbacks->EvtFileCleanup = EvtFileCleanup;
    FileEventCallbacks->AutoForwardCleanupClose = WdfUseDefault;
    FileEventCallbacks->FileObjectClass = WdfFileObjectWdfCannotUseFsContexts;
}

typedef struct _WDF_IO_TYPE_CONFIG {
    ULONG Size;
    WDF_DEVICE_IO_TYPE ReadWriteIoType;
    /* These two matter to UMDF drivers only (S8.1). The threshold is in bytes. */
    WDF_DEVICE_IO_TYPE DeviceControlIoType;
    ULONG DirectTransferThreshold;
} WDF_IO_TYPE_CONFIG, *PWDF_IO_TYPE_CONFIG;

/* WDF_IO_TYPE_CONFIG_INIT: buffered, both. */
FORCEINLINE VOID WDF_IO_TYPE_CONFIG_INIT(PWDF_IO_TYPE_CONFIG IoTypeConfig)
{
    RtlZeroMemory(IoTypeConfig, sizeof(*IoTypeConfig));
    IoTypeConfig->Size = sizeof(*IoTypeConfig);
    IoTypeConfig->ReadWriteIoType = WdfDeviceIoBuffered;
    IoTypeConfig->DeviceControlIoType = WdfDeviceIoBuffered;
}

/*
 * The description. All of these are called before WdfDeviceCreate at PASSIVE_LEVEL; bad input is logged and
 * ignored, and the value from before stays (S3.11). Defaults: S3.10.
 */

/*
 * WdfDeviceInitFree: frees a description that the driver allocated and did not use; the one passed to
 * EvtDriverDeviceAdd is the framework's and stays (S3.9).
 */
VOID WdfDeviceInitFree(PWDFDEVICE_INIT DeviceInit);

/* WdfDeviceInitSetIoType: the transfer type of reads and writes: Neither, Buffered or Direct (S8.1). */
VOID WdfDeviceInitSetIoType(PWDFDEVICE_INIT DeviceInit, WDF_DEVICE_IO_TYPE IoType);

/* WdfDeviceInitSetIoTypeEx: the same by a structure; ignored if its Size is wrong (S8.1). */
VOID WdfDeviceInitSetIoTypeEx(PWDFDEVICE_INIT DeviceInit, PWDF_IO_TYPE_CONFIG IoTypeConfig);

/* WdfDeviceInitSetDeviceType: one of FILE_DEVICE_*; FILE_DEVICE_UNKNOWN by default (S3.10). */
VOID WdfDeviceInitSetDeviceType(PWDFDEVICE_INIT DeviceInit, DEVICE_TYPE DeviceType);

/*
 * WdfDeviceInitSetCharacteristics: FILE_DEVICE_SECURE_OPEN and others, instead of (OrInValues FALSE) or in
 * addition to those set before; FILE_DEVICE_SECURE_OPEN always stays (S3.10). Asking for a generated name
 * drops one assigned (S3.12).
 */
VOID WdfDeviceInitSetCharacteristics(PWDFDEVICE_INIT DeviceInit, ULONG DeviceCharacteristics,
                                     BOOLEAN OrInValues);

/* WdfDeviceInitSetExclusive: TRUE allows one open file at a time; another gets STATUS_ACCESS_DENIED (S3.17).
 */
VOID WdfDeviceInitSetExclusive(PWDFDEVICE_INIT DeviceInit, BOOLEAN IsExclusive);

/*
 * WdfDeviceInitSetFileObjectConfig: callbacks and objects of open files. Ignored as a whole if anything in it
 * is wrong (S4.1). FileObjectAttributes  optional; for each file object; no parent; level and scope: S2.14.
 */
VOID WdfDeviceInitSetFileObjectConfig(PWDFDEVICE_INIT DeviceInit, PWDF_FILEOBJECT_CONFIG FileObjectConfig,
                                      PWDF_OBJECT_ATTRIBUTES FileObjectAttributes);

/*
 * WdfDeviceInitSetRequestAttributes: context and callbacks of each request of the device (S7.47). Attributes
 * with a parent, level or scope are ignored as a whole (S3.11).
 */
VOID WdfDeviceInitSetRequestAttributes(PWDFDEVICE_INIT DeviceInit, PWDF_OBJECT_ATTRIBUTES RequestAttributes);

/*
 * WdfDeviceInitAssignName: names the device (\Device\NAME); the text is copied. NULL takes the name away
 * again (S3.12). Returns STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES; STATUS_INVALID_DEVICE_REQUEST: above
 * PASSIVE_LEVEL (S13.7).
 */
NTSTATUS WdfDeviceInitAssignName(PWDFDEVICE_INIT DeviceInit, PCUNICODE_STRING DeviceName);

/*
 * WdfDeviceCreate: makes the device that *DeviceInit describes and, if it succeeds, sets *DeviceInit to NULL;
 * if it fails the description stays the caller's to change or to leave (S3.8). DeviceAttributes  optional; a
 * parent is not allowed. Device            receives the handle; the framework deletes the device at removal
 * (S1.35). IRQL PASSIVE_LEVEL. Returns STATUS_SUCCESS; STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED;
 * STATUS_INVALID_DEVICE_STATE: the description was used before; STATUS_OBJECT_NAME_COLLISION: name taken;
 * STATUS_INVALID_SECURITY_DESCR: security without a name; STATUS_OBJECT_NAME_INVALID; STATUS_NO_SUCH_DEVICE;
 * STATUS_INVALID_DEVICE_REQUEST: above PASSIVE_LEVEL, or the scope of the file objects (S2.14);
 * STATUS_INSUFFICIENT_RESOURCES (all S3.13); other refusals of the attributes (S1.25).
 */
NTSTATUS WdfDeviceCreate(PWDFDEVICE_INIT *DeviceInit, PWDF_OBJECT_ATTRIBUTES DeviceAttributes,
                         WDFDEVICE *Device);

/* WdfDeviceGetDriver: the driver of the device. IRQL <= DISPATCH_LEVEL. */
WDFDRIVER WdfDeviceGetDriver(WDFDEVICE Device);

/* WdfDeviceGetDefaultQueue: the default queue, or NULL if there is none (S5.10). IRQL <= DISPATCH_LEVEL. */
WDFQUEUE WdfDeviceGetDefaultQueue(WDFDEVICE Device);

/*
 * WdfDeviceConfigureRequestDispatching: requests of this type go to this queue instead of the default one.
 * One queue may serve several types, one call for each (S5.7). RequestType  Create, Read, Write,
 * DeviceControl or DeviceControlInternal. IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS;
 * STATUS_INVALID_PARAMETER: another type, or Create assigned already; STATUS_WDF_BUSY: the type is assigned
 * already; STATUS_INVALID_DEVICE_REQUEST: a queue of another device, the default queue, or one without a
 * callback for the type; STATUS_INVALID_DEVICE_STATE: the device has started (all S5.6).
 */
NTSTATUS WdfDeviceConfigureRequestDispatching(WDFDEVICE Device, WDFQUEUE Queue, WDF_REQUEST_TYPE RequestType);

/*
 * WdfDeviceGetCharacteristics: the device's characteristics, FILE_DEVICE_SECURE_OPEN and so on. IRQL <=
 * DISPATCH_LEVEL.
 */
ULONG WdfDeviceGetCharacteristics(WDFDEVICE Device);

/* WdfDeviceSetCharacteristics: replaces them. IRQL <= DISPATCH_LEVEL. */
VOID WdfDeviceSetCharacteristics(WDFDEVICE Device, ULONG DeviceCharacteristics);

#endif
