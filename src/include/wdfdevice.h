/*
 * The device: its init structure (PWDFDEVICE_INIT), its creation, and where its requests go (S3,
 * S4.1, S5).
 */
#ifndef WDFDEVICE_H
#define WDFDEVICE_H

#include <wdfobject.h>
#include <wdfstring.h>
#include <wdfuse/deviceirp.h>
#include <wdfuse/deviceproperty.h>
#include <wdfuse/devicestates.h>
#include <wdfuse/powerpolicy.h>

WDF_EXTERN_C_START

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

/* How the driver accesses the data of reads and writes (S8.1). */
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

/* A file is being opened; the driver completes Request, now or later (S4.7, S4.10). IRQL
 * PASSIVE_LEVEL. */
typedef VOID EVT_WDF_DEVICE_FILE_CREATE(WDFDEVICE Device, WDFREQUEST Request,
                                        WDFFILEOBJECT FileObject);
typedef EVT_WDF_DEVICE_FILE_CREATE *PFN_WDF_DEVICE_FILE_CREATE;

/* The last handle of a file is closed; requests of that file may still be outstanding (S4.18). IRQL
 * PASSIVE_LEVEL. */
typedef VOID EVT_WDF_FILE_CLEANUP(WDFFILEOBJECT FileObject);
typedef EVT_WDF_FILE_CLEANUP *PFN_WDF_FILE_CLEANUP;

/* A file has neither a handle nor a request any more (S4.20). IRQL PASSIVE_LEVEL. */
typedef VOID EVT_WDF_FILE_CLOSE(WDFFILEOBJECT FileObject);
typedef EVT_WDF_FILE_CLOSE *PFN_WDF_FILE_CLOSE;

/*
 * A read, write or device control, seen in the thread of the client's request before any queue
 * (S5.16). The driver completes it or hands it on by WdfDeviceEnqueueRequest (S5.17); its buffers
 * may be retrieved. Runs without a presentation lock, at PASSIVE_LEVEL, for any number of requests
 * at once.
 */
typedef VOID EVT_WDF_IO_IN_CALLER_CONTEXT(WDFDEVICE Device, WDFREQUEST Request);
typedef EVT_WDF_IO_IN_CALLER_CONTEXT *PFN_WDF_IO_IN_CALLER_CONTEXT;

typedef struct _WDF_FILEOBJECT_CONFIG {
    ULONG Size;
    PFN_WDF_DEVICE_FILE_CREATE EvtDeviceFileCreate;
    PFN_WDF_FILE_CLOSE EvtFileClose;
    PFN_WDF_FILE_CLEANUP EvtFileCleanup;
    WDF_TRI_STATE AutoForwardCleanupClose;
    WDF_FILEOBJECT_CLASS FileObjectClass;
} WDF_FILEOBJECT_CONFIG, *PWDF_FILEOBJECT_CONFIG;

/* WDF_FILEOBJECT_CONFIG_INIT: files have objects (CannotUseFsContexts); each callback may be NULL
 * (S4.2). */
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
 * The init structure. All of these are called before WdfDeviceCreate. Bad input is logged and
 * ignored, and the previous value stays (S3.11). Defaults: S3.10. IRQL <= DISPATCH_LEVEL, unless a
 * function says less.
 */

#ifndef UMDF_VERSION_MAJOR
/*
 * WdfDeviceInitFree: frees an init structure that the driver allocated and did not use; the one
 * passed to EvtDriverDeviceAdd belongs to the framework and stays (S3.9).
 */
VOID WdfDeviceInitFree(PWDFDEVICE_INIT DeviceInit);
#endif

/* WdfDeviceInitSetIoType: the transfer type of reads and writes: Neither, Buffered or Direct
 * (S8.1). */
VOID WdfDeviceInitSetIoType(PWDFDEVICE_INIT DeviceInit, WDF_DEVICE_IO_TYPE IoType);

/* WdfDeviceInitSetIoTypeEx: the same by a structure; ignored if its Size is wrong (S8.1).
 * PASSIVE_LEVEL. */
VOID WdfDeviceInitSetIoTypeEx(PWDFDEVICE_INIT DeviceInit, PWDF_IO_TYPE_CONFIG IoTypeConfig);

#ifndef UMDF_VERSION_MAJOR
/* WdfDeviceInitSetDeviceType: one of FILE_DEVICE_*; FILE_DEVICE_UNKNOWN by default (S3.10). */
VOID WdfDeviceInitSetDeviceType(PWDFDEVICE_INIT DeviceInit, DEVICE_TYPE DeviceType);

/*
 * WdfDeviceInitSetCharacteristics: FILE_DEVICE_SECURE_OPEN and others, instead of (OrInValues
 * FALSE) or in addition to those set before; FILE_DEVICE_SECURE_OPEN always stays (S3.10). Asking
 * for a generated name drops one assigned (S3.12).
 */
VOID WdfDeviceInitSetCharacteristics(PWDFDEVICE_INIT DeviceInit, ULONG DeviceCharacteristics,
                                     BOOLEAN OrInValues);

/*
 * WdfDeviceInitSetDeviceClass: the setup class whose security applies. It needs a named device, as
 * a security descriptor does (S3.13). It has no other effect: nothing is installed for a class.
 */
VOID WdfDeviceInitSetDeviceClass(PWDFDEVICE_INIT DeviceInit, CONST GUID *DeviceClassGuid);

/*
 * WdfDeviceInitSetPowerPageable, WdfDeviceInitSetPowerNotPageable, WdfDeviceInitSetPowerInrush:
 * whether the driver may touch paged memory in its power callbacks, which it always may here;
 * WdfDeviceGetDevicePowerState tells which (WdfDevStateIsNP). Pageable at first (S3.10).
 */
VOID WdfDeviceInitSetPowerPageable(PWDFDEVICE_INIT DeviceInit);
VOID WdfDeviceInitSetPowerNotPageable(PWDFDEVICE_INIT DeviceInit);
VOID WdfDeviceInitSetPowerInrush(PWDFDEVICE_INIT DeviceInit);

/* WdfDeviceInitSetExclusive: TRUE allows one open file at a time; another gets STATUS_ACCESS_DENIED
 * (S3.17). */
VOID WdfDeviceInitSetExclusive(PWDFDEVICE_INIT DeviceInit, BOOLEAN IsExclusive);
#endif

/*
 * WdfDeviceInitSetFileObjectConfig: callbacks and objects of open files. Ignored as a whole if
 * anything in it is wrong (S4.1).
 *   FileObjectAttributes  optional; for each file object; no parent; level and scope: S2.14.
 */
VOID WdfDeviceInitSetFileObjectConfig(PWDFDEVICE_INIT DeviceInit,
                                      PWDF_FILEOBJECT_CONFIG FileObjectConfig,
                                      PWDF_OBJECT_ATTRIBUTES FileObjectAttributes);

/*
 * WdfDeviceInitSetRequestAttributes: context and callbacks of each request of the device (S7.47).
 * Attributes with a parent, level or scope are ignored as a whole (S3.11).
 */
VOID WdfDeviceInitSetRequestAttributes(PWDFDEVICE_INIT DeviceInit,
                                       PWDF_OBJECT_ATTRIBUTES RequestAttributes);

#ifndef UMDF_VERSION_MAJOR
/*
 * WdfDeviceInitSetIoInCallerContextCallback: EvtIoInCallerContext (not NULL) sees each read, write
 * and device control first (S5.16).
 */
VOID WdfDeviceInitSetIoInCallerContextCallback(PWDFDEVICE_INIT DeviceInit,
                                               PFN_WDF_IO_IN_CALLER_CONTEXT EvtIoInCallerContext);

/*
 * WdfDeviceInitAssignName: names the device (\Device\NAME); the text is copied. NULL removes the
 * name again (S3.12). Returns STATUS_SUCCESS; STATUS_INVALID_PARAMETER: the string is malformed;
 * STATUS_INSUFFICIENT_RESOURCES; STATUS_INVALID_DEVICE_REQUEST: above PASSIVE_LEVEL (S13.7).
 */
NTSTATUS WdfDeviceInitAssignName(PWDFDEVICE_INIT DeviceInit, PCUNICODE_STRING DeviceName);

/*
 * WdfDeviceInitAssignSDDLString: who may open the device, as in <wdmsec.h>; the text is copied. It
 * becomes the node's mode, unless the daemon's --mode gives another. NULL removes it again, but not
 * from a control device (S3.26). Returns STATUS_SUCCESS; STATUS_INVALID_DEVICE_REQUEST: that, or
 * above PASSIVE_LEVEL; STATUS_INVALID_PARAMETER: the string is malformed;
 * STATUS_INSUFFICIENT_RESOURCES. A text that is no descriptor fails in WdfDeviceCreate.
 */
NTSTATUS WdfDeviceInitAssignSDDLString(PWDFDEVICE_INIT DeviceInit, PCUNICODE_STRING SDDLString);
#endif

/*
 * WdfDeviceCreate: creates the device that *DeviceInit describes and, if it succeeds, sets
 * *DeviceInit to NULL; if it fails, the init structure stays the caller's, to change or to leave
 * (S3.8).
 *   DeviceAttributes  optional; a parent is not allowed.
 *   Device            receives the handle; the framework deletes the device at removal (S1.35).
 * IRQL PASSIVE_LEVEL. Returns STATUS_SUCCESS; STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED;
 * STATUS_INVALID_DEVICE_STATE: the description was used before; STATUS_OBJECT_NAME_COLLISION: name
 * taken; STATUS_INVALID_SECURITY_DESCR: security without a name; STATUS_OBJECT_NAME_INVALID;
 * STATUS_NO_SUCH_DEVICE; STATUS_INVALID_DEVICE_REQUEST: above PASSIVE_LEVEL, or the scope of the
 * file objects (S2.14); STATUS_INSUFFICIENT_RESOURCES (all S3.13); other refusals of the attributes
 * (S1.25).
 */
NTSTATUS WdfDeviceCreate(PWDFDEVICE_INIT *DeviceInit, PWDF_OBJECT_ATTRIBUTES DeviceAttributes,
                         WDFDEVICE *Device);

/* WdfDeviceGetDriver: the driver of the device. IRQL <= DISPATCH_LEVEL. */
WDFDRIVER WdfDeviceGetDriver(WDFDEVICE Device);

/* WdfDeviceGetDefaultQueue: the default queue, or NULL if there is none (S5.10). IRQL <=
 * DISPATCH_LEVEL. */
WDFQUEUE WdfDeviceGetDefaultQueue(WDFDEVICE Device);

#if defined(UMDF_VERSION_MAJOR) || defined(WDFUSE_BOTH_FRAMEWORKS)
/*
 * WdfDeviceGetDeviceStackIoType: only for the user-mode framework. The I/O types that
 * WdfDeviceInitSetIoTypeEx has set (S8.1, S8.2). No other device of the stack can change them.
 *   ReadWriteIoType, IoControlIoType  receive the types.
 * IRQL <= DISPATCH_LEVEL.
 */
VOID WdfDeviceGetDeviceStackIoType(WDFDEVICE Device, WDF_DEVICE_IO_TYPE *ReadWriteIoType,
                                   WDF_DEVICE_IO_TYPE *IoControlIoType);
#endif

/*
 * WdfDeviceConfigureRequestDispatching: requests of this type go to this queue instead of the
 * default one. One queue may serve several types, one call for each (S5.7).
 *   RequestType  Create, Read, Write, DeviceControl or DeviceControlInternal.
 * IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; STATUS_INVALID_PARAMETER: another type, or Create
 * assigned already; STATUS_WDF_BUSY: the type is assigned already; STATUS_INVALID_DEVICE_REQUEST: a
 * queue of another device, the default queue, or one without a callback for the type;
 * STATUS_INVALID_DEVICE_STATE: the device has started (all S5.6).
 */
NTSTATUS WdfDeviceConfigureRequestDispatching(WDFDEVICE Device, WDFQUEUE Queue,
                                              WDF_REQUEST_TYPE RequestType);

#ifndef UMDF_VERSION_MAJOR
/*
 * WdfDeviceEnqueueRequest: hands a request from EvtIoInCallerContext, and only there, to the queue
 * for its type, which may present it before this call returns. IRQL <= DISPATCH_LEVEL. Returns
 * STATUS_SUCCESS: it is the queue's, also if it was cancelled meanwhile; STATUS_WDF_BUSY: the queue
 * does not accept, the driver still owns it and completes it; STATUS_INVALID_DEVICE_REQUEST: there
 * is no queue for its type (the driver still owns it), or a call from elsewhere (all S5.18).
 */
NTSTATUS WdfDeviceEnqueueRequest(WDFDEVICE Device, WDFREQUEST Request);

/*
 * WdfDeviceGetCharacteristics: the device's characteristics, FILE_DEVICE_SECURE_OPEN and so on.
 * IRQL <= DISPATCH_LEVEL.
 */
ULONG WdfDeviceGetCharacteristics(WDFDEVICE Device);

/* WdfDeviceSetCharacteristics: replaces them. IRQL <= DISPATCH_LEVEL. */
VOID WdfDeviceSetCharacteristics(WDFDEVICE Device, ULONG DeviceCharacteristics);
#endif

/*
 * PnP and power (S11). On Linux a device starts when its daemon does, is suspended and resumed by
 * the host, idles if its driver wants that, and is removed when the daemon ends.
 */
typedef enum _WDF_POWER_DEVICE_STATE {
    WdfPowerDeviceInvalid = 0,
    WdfPowerDeviceD0,
    WdfPowerDeviceD1,
    WdfPowerDeviceD2,
    WdfPowerDeviceD3,
    WdfPowerDeviceD3Final,
    WdfPowerDevicePrepareForHibernation,
    WdfPowerDeviceMaximum,
} WDF_POWER_DEVICE_STATE,
    *PWDF_POWER_DEVICE_STATE;

typedef enum _WDF_SPECIAL_FILE_TYPE {
    WdfSpecialFileUndefined = 0,
    WdfSpecialFilePaging,
    WdfSpecialFileHibernation,
    WdfSpecialFileDump,
    WdfSpecialFileBoot,
    WdfSpecialFilePostDisplay,
    WdfSpecialFileGuestAssigned,
    WdfSpecialFileMax,
} WDF_SPECIAL_FILE_TYPE,
    *PWDF_SPECIAL_FILE_TYPE;

/*
 * The callbacks. All run at PASSIVE_LEVEL, one at a time for each device, without a presentation
 * lock. In the order of S11.1 at start, S11.8 at suspend and resume, S11.17 at removal; what
 * follows a failure: S11.5.
 */
typedef NTSTATUS EVT_WDF_DEVICE_D0_ENTRY(WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState);
typedef EVT_WDF_DEVICE_D0_ENTRY *PFN_WDF_DEVICE_D0_ENTRY;
typedef NTSTATUS EVT_WDF_DEVICE_D0_ENTRY_POST_INTERRUPTS_ENABLED(
    WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState);
typedef EVT_WDF_DEVICE_D0_ENTRY_POST_INTERRUPTS_ENABLED
    *PFN_WDF_DEVICE_D0_ENTRY_POST_INTERRUPTS_ENABLED;
/* No structure takes this one and its counterpart at power-down: never called. */
typedef NTSTATUS EVT_WDF_DEVICE_D0_ENTRY_POST_HARDWARE_ENABLED(
    WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState);
typedef EVT_WDF_DEVICE_D0_ENTRY_POST_HARDWARE_ENABLED
    *PFN_WDF_DEVICE_D0_ENTRY_POST_HARDWARE_ENABLED;
typedef NTSTATUS EVT_WDF_DEVICE_D0_EXIT_PRE_HARDWARE_DISABLED(WDFDEVICE Device,
                                                              WDF_POWER_DEVICE_STATE TargetState);
typedef EVT_WDF_DEVICE_D0_EXIT_PRE_HARDWARE_DISABLED *PFN_WDF_DEVICE_D0_EXIT_PRE_HARDWARE_DISABLED;
typedef NTSTATUS EVT_WDF_DEVICE_D0_EXIT(WDFDEVICE Device, WDF_POWER_DEVICE_STATE TargetState);
typedef EVT_WDF_DEVICE_D0_EXIT *PFN_WDF_DEVICE_D0_EXIT;
typedef NTSTATUS EVT_WDF_DEVICE_D0_EXIT_PRE_INTERRUPTS_DISABLED(WDFDEVICE Device,
                                                                WDF_POWER_DEVICE_STATE TargetState);
typedef EVT_WDF_DEVICE_D0_EXIT_PRE_INTERRUPTS_DISABLED
    *PFN_WDF_DEVICE_D0_EXIT_PRE_INTERRUPTS_DISABLED;
/* Both lists are empty, except for a child whose bus driver reports resources (<wdfpdo.h>). */
typedef NTSTATUS EVT_WDF_DEVICE_PREPARE_HARDWARE(WDFDEVICE Device, WDFCMRESLIST ResourcesRaw,
                                                 WDFCMRESLIST ResourcesTranslated);
typedef EVT_WDF_DEVICE_PREPARE_HARDWARE *PFN_WDF_DEVICE_PREPARE_HARDWARE;
typedef NTSTATUS EVT_WDF_DEVICE_RELEASE_HARDWARE(WDFDEVICE Device,
                                                 WDFCMRESLIST ResourcesTranslated);
typedef EVT_WDF_DEVICE_RELEASE_HARDWARE *PFN_WDF_DEVICE_RELEASE_HARDWARE;
typedef VOID EVT_WDF_DEVICE_SELF_MANAGED_IO_CLEANUP(WDFDEVICE Device);
typedef EVT_WDF_DEVICE_SELF_MANAGED_IO_CLEANUP *PFN_WDF_DEVICE_SELF_MANAGED_IO_CLEANUP;
typedef VOID EVT_WDF_DEVICE_SELF_MANAGED_IO_FLUSH(WDFDEVICE Device);
typedef EVT_WDF_DEVICE_SELF_MANAGED_IO_FLUSH *PFN_WDF_DEVICE_SELF_MANAGED_IO_FLUSH;
typedef NTSTATUS EVT_WDF_DEVICE_SELF_MANAGED_IO_INIT(WDFDEVICE Device);
typedef EVT_WDF_DEVICE_SELF_MANAGED_IO_INIT *PFN_WDF_DEVICE_SELF_MANAGED_IO_INIT;
typedef NTSTATUS EVT_WDF_DEVICE_SELF_MANAGED_IO_SUSPEND(WDFDEVICE Device);
typedef EVT_WDF_DEVICE_SELF_MANAGED_IO_SUSPEND *PFN_WDF_DEVICE_SELF_MANAGED_IO_SUSPEND;
typedef NTSTATUS EVT_WDF_DEVICE_SELF_MANAGED_IO_RESTART(WDFDEVICE Device);
typedef EVT_WDF_DEVICE_SELF_MANAGED_IO_RESTART *PFN_WDF_DEVICE_SELF_MANAGED_IO_RESTART;
typedef VOID EVT_WDF_DEVICE_SURPRISE_REMOVAL(WDFDEVICE Device);
typedef EVT_WDF_DEVICE_SURPRISE_REMOVAL *PFN_WDF_DEVICE_SURPRISE_REMOVAL;
typedef NTSTATUS EVT_WDF_DEVICE_QUERY_REMOVE(WDFDEVICE Device);
typedef EVT_WDF_DEVICE_QUERY_REMOVE *PFN_WDF_DEVICE_QUERY_REMOVE;
typedef NTSTATUS EVT_WDF_DEVICE_QUERY_STOP(WDFDEVICE Device);
typedef EVT_WDF_DEVICE_QUERY_STOP *PFN_WDF_DEVICE_QUERY_STOP;
typedef VOID EVT_WDF_DEVICE_USAGE_NOTIFICATION(WDFDEVICE Device,
                                               WDF_SPECIAL_FILE_TYPE NotificationType,
                                               BOOLEAN IsInNotificationPath);
typedef EVT_WDF_DEVICE_USAGE_NOTIFICATION *PFN_WDF_DEVICE_USAGE_NOTIFICATION;
typedef VOID EVT_WDF_DEVICE_RELATIONS_QUERY(WDFDEVICE Device, DEVICE_RELATION_TYPE RelationType);
typedef EVT_WDF_DEVICE_RELATIONS_QUERY *PFN_WDF_DEVICE_RELATIONS_QUERY;
typedef NTSTATUS EVT_WDF_DEVICE_USAGE_NOTIFICATION_EX(WDFDEVICE Device,
                                                      WDF_SPECIAL_FILE_TYPE NotificationType,
                                                      BOOLEAN IsInNotificationPath);
typedef EVT_WDF_DEVICE_USAGE_NOTIFICATION_EX *PFN_WDF_DEVICE_USAGE_NOTIFICATION_EX;

/* When a device that has failed releases its hardware: at once, or after its children. */
typedef enum _WDF_RELEASE_HARDWARE_ORDER_ON_FAILURE {
    WdfReleaseHardwareOrderOnFailureInvalid = 0,
    WdfReleaseHardwareOrderOnFailureEarly,
    WdfReleaseHardwareOrderOnFailureAfterDescendants,
} WDF_RELEASE_HARDWARE_ORDER_ON_FAILURE,
    *PWDF_RELEASE_HARDWARE_ORDER_ON_FAILURE;

/* EvtDeviceRelationsQuery is asked for BusRelations, from the uppermost device of a stack: after
 * the start, and when children have come or gone, before the driver makes them (S16.29); for
 * RemovalRelations and EjectionRelations, before these are looked at, if the device has ever had
 * any (S17.40). EvtDeviceUsageNotification and EvtDeviceUsageNotificationEx, of kernel-mode drivers
 * alone, say that a special file is put on the device or taken off; the second may fail (S17.45).
 * They and EvtDeviceQueryStop are called when somebody asks by wdfctl(8) or <wdfuse/inproc.h>. */
typedef struct _WDF_PNPPOWER_EVENT_CALLBACKS {
    ULONG Size;
    PFN_WDF_DEVICE_D0_ENTRY EvtDeviceD0Entry;
    PFN_WDF_DEVICE_D0_ENTRY_POST_INTERRUPTS_ENABLED EvtDeviceD0EntryPostInterruptsEnabled;
    PFN_WDF_DEVICE_D0_EXIT EvtDeviceD0Exit;
    PFN_WDF_DEVICE_D0_EXIT_PRE_INTERRUPTS_DISABLED EvtDeviceD0ExitPreInterruptsDisabled;
    PFN_WDF_DEVICE_PREPARE_HARDWARE EvtDevicePrepareHardware;
    PFN_WDF_DEVICE_RELEASE_HARDWARE EvtDeviceReleaseHardware;
    PFN_WDF_DEVICE_SELF_MANAGED_IO_CLEANUP EvtDeviceSelfManagedIoCleanup;
    PFN_WDF_DEVICE_SELF_MANAGED_IO_FLUSH EvtDeviceSelfManagedIoFlush;
    PFN_WDF_DEVICE_SELF_MANAGED_IO_INIT EvtDeviceSelfManagedIoInit;
    PFN_WDF_DEVICE_SELF_MANAGED_IO_SUSPEND EvtDeviceSelfManagedIoSuspend;
    PFN_WDF_DEVICE_SELF_MANAGED_IO_RESTART EvtDeviceSelfManagedIoRestart;
    PFN_WDF_DEVICE_SURPRISE_REMOVAL EvtDeviceSurpriseRemoval;
    PFN_WDF_DEVICE_QUERY_REMOVE EvtDeviceQueryRemove;
    PFN_WDF_DEVICE_QUERY_STOP EvtDeviceQueryStop;
    PFN_WDF_DEVICE_USAGE_NOTIFICATION EvtDeviceUsageNotification;
    PFN_WDF_DEVICE_RELATIONS_QUERY EvtDeviceRelationsQuery;
    PFN_WDF_DEVICE_USAGE_NOTIFICATION_EX EvtDeviceUsageNotificationEx;
} WDF_PNPPOWER_EVENT_CALLBACKS, *PWDF_PNPPOWER_EVENT_CALLBACKS;

FORCEINLINE VOID WDF_PNPPOWER_EVENT_CALLBACKS_INIT(PWDF_PNPPOWER_EVENT_CALLBACKS Callbacks)
{
    RtlZeroMemory(Callbacks, sizeof(*Callbacks));
    Callbacks->Size = sizeof(*Callbacks);
}

/*
 * WdfDeviceInitSetPnpPowerEventCallbacks: the PnP and power callbacks of the driver. The call is
 * ignored as a whole, with a break, for a wrong Size or both usage notifications (S3.11).
 */
VOID WdfDeviceInitSetPnpPowerEventCallbacks(PWDFDEVICE_INIT DeviceInit,
                                            PWDF_PNPPOWER_EVENT_CALLBACKS PnpPowerEventCallbacks);

/*
 * WdfDeviceInitSetReleaseHardwareOrderOnFailure: when EvtDeviceReleaseHardware is called for a
 * device that has failed: at once (WdfReleaseHardwareOrderOnFailureEarly, as without this call), or
 * in the removal that follows, after its children are gone. Another value: ignored, with a break
 * (S18.47).
 */
VOID WdfDeviceInitSetReleaseHardwareOrderOnFailure(
    PWDFDEVICE_INIT DeviceInit,
    WDF_RELEASE_HARDWARE_ORDER_ON_FAILURE ReleaseHardwareOrderOnFailure);

#ifndef UMDF_VERSION_MAJOR
/*
 * WdfDeviceInitSetRemoveLockOptions: whether each request prevents the removal of the device. Here
 * removal always waits for all of them. A wrong Size or flag, or a control device: ignored, with a
 * break (S18.51).
 */
VOID WdfDeviceInitSetRemoveLockOptions(PWDFDEVICE_INIT DeviceInit,
                                       PWDF_REMOVE_LOCK_OPTIONS Options);
#endif

/*
 * WdfDeviceInitSetPowerPolicyOwnership: whether the device owns the power policy of its stack; the
 * default is TRUE, except for a filter (S18.4). Of several owners in a stack the uppermost decides,
 * and the others follow.
 *   IsPowerPolicyOwner  TRUE: it does.
 */
VOID WdfDeviceInitSetPowerPolicyOwnership(PWDFDEVICE_INIT DeviceInit, BOOLEAN IsPowerPolicyOwner);

/*
 * WdfDeviceInitSetPowerPolicyEventCallbacks: the driver's callbacks for waking; copied. A wrong
 * Size, or both EvtDeviceArmWakeFromSx and EvtDeviceArmWakeFromSxWithReason: ignored, with a break
 * (S18.4). Those of a device that does not own its stack's policy are not called.
 *   PowerPolicyEventCallbacks  the callbacks; each may be NULL.
 */
VOID WdfDeviceInitSetPowerPolicyEventCallbacks(
    PWDFDEVICE_INIT DeviceInit, PWDF_POWER_POLICY_EVENT_CALLBACKS PowerPolicyEventCallbacks);

#ifndef UMDF_VERSION_MAJOR
/*
 * WdfDeviceInitRegisterPnpStateChangeCallback, WdfDeviceInitRegisterPowerStateChangeCallback,
 * WdfDeviceInitRegisterPowerPolicyStateChangeCallback: the callback is called when the device
 * enters that state, has finished its work, or leaves it (S18.41). One callback for each state: a
 * later call replaces an earlier one, and a state of a device that is not pageable shares the
 * callback of the plain state (S18.42). docs/states.md shows which states a device passes. The
 * callback runs like those of PnP, in their thread; it must not wait for PnP or power.
 *   PnpState, PowerState, PowerPolicyState  the state.
 *   EvtDevicePnpStateChange, EvtDevicePowerStateChange, EvtDevicePowerPolicyStateChange  the
 *                                           callback.
 *   CallbackTypes                           WDF_STATE_NOTIFICATION_TYPE, ORed.
 * Return STATUS_SUCCESS; STATUS_INVALID_PARAMETER: there is no such state, or no or another bit in
 * CallbackTypes, or no memory (S18.42).
 */
NTSTATUS WdfDeviceInitRegisterPnpStateChangeCallback(
    PWDFDEVICE_INIT DeviceInit, WDF_DEVICE_PNP_STATE PnpState,
    PFN_WDF_DEVICE_PNP_STATE_CHANGE_NOTIFICATION EvtDevicePnpStateChange, ULONG CallbackTypes);
NTSTATUS WdfDeviceInitRegisterPowerStateChangeCallback(
    PWDFDEVICE_INIT DeviceInit, WDF_DEVICE_POWER_STATE PowerState,
    PFN_WDF_DEVICE_POWER_STATE_CHANGE_NOTIFICATION EvtDevicePowerStateChange, ULONG CallbackTypes);
NTSTATUS WdfDeviceInitRegisterPowerPolicyStateChangeCallback(
    PWDFDEVICE_INIT DeviceInit, WDF_DEVICE_POWER_POLICY_STATE PowerPolicyState,
    PFN_WDF_DEVICE_POWER_POLICY_STATE_CHANGE_NOTIFICATION EvtDevicePowerPolicyStateChange,
    ULONG CallbackTypes);
#endif

/*
 * Names by which clients find the device (S3.18 to S3.24). The host makes each a link in the file
 * system, as docs/operation.md says.
 */

/*
 * WdfDeviceCreateDeviceInterface: registers the device as one of that class. It is enabled when the
 * device has started, and disabled at removal.
 *   InterfaceClassGUID  the class; copied.
 *   ReferenceString     tells several interfaces of one class apart; NULL or empty for none.
 *                       Copied.
 * PASSIVE_LEVEL. Returns STATUS_SUCCESS; STATUS_INVALID_PARAMETER: ReferenceString is malformed;
 * STATUS_INVALID_DEVICE_REQUEST: it has a slash or a backslash, or above PASSIVE_LEVEL;
 * STATUS_OBJECT_NAME_INVALID: it is "." or "..", or too long; STATUS_INSUFFICIENT_RESOURCES
 * (S3.21).
 */
NTSTATUS WdfDeviceCreateDeviceInterface(WDFDEVICE Device, const GUID *InterfaceClassGUID,
                                        PCUNICODE_STRING ReferenceString);

/*
 * WdfDeviceSetDeviceInterfaceState: enables or disables interfaces of that class and reference
 * string (NULL: those without one). If none matches, the string is malformed, or above
 * PASSIVE_LEVEL, nothing happens (S3.22). PASSIVE_LEVEL.
 */
VOID WdfDeviceSetDeviceInterfaceState(WDFDEVICE Device, const GUID *InterfaceClassGUID,
                                      PCUNICODE_STRING ReferenceString, BOOLEAN IsInterfaceEnabled);

/*
 * WdfDeviceSetDeviceInterfaceStateEx: the same. In addition the start of the device no longer
 * enables the interface: the driver decides when it can be found (S3.22, S18.52). For a control
 * device: ignored, with a break. PASSIVE_LEVEL.
 */
VOID WdfDeviceSetDeviceInterfaceStateEx(WDFDEVICE Device, const GUID *InterfaceClassGUID,
                                        PCUNICODE_STRING ReferenceString,
                                        BOOLEAN IsInterfaceEnabled);

/*
 * WdfDeviceRetrieveDeviceInterfaceString: the name of an interface as a client sees it.
 *   String  a WDFSTRING that receives it.
 * PASSIVE_LEVEL. Returns STATUS_SUCCESS; STATUS_INVALID_PARAMETER: ReferenceString is malformed;
 * STATUS_OBJECT_NAME_NOT_FOUND: no such interface (S3.23); STATUS_INVALID_DEVICE_REQUEST: a control
 * device, or above PASSIVE_LEVEL; STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS WdfDeviceRetrieveDeviceInterfaceString(WDFDEVICE Device, const GUID *InterfaceClassGUID,
                                                PCUNICODE_STRING ReferenceString, WDFSTRING String);

/*
 * WdfDeviceCreateSymbolicLink: a further name of the device.
 *   SymbolicLinkName  its last part counts: "\DosDevices\Global\Echo" gives Echo.
 * PASSIVE_LEVEL. Returns STATUS_SUCCESS; STATUS_INVALID_PARAMETER: the string is malformed;
 * STATUS_INVALID_DEVICE_REQUEST: the name is empty, the device has a link already (S3.19), or above
 * PASSIVE_LEVEL; STATUS_OBJECT_PATH_SYNTAX_BAD: it does not begin with a backslash;
 * STATUS_OBJECT_PATH_NOT_FOUND: there is no such folder of the object manager;
 * STATUS_OBJECT_NAME_INVALID: the last part is missing, or no name for a file;
 * STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS WdfDeviceCreateSymbolicLink(WDFDEVICE Device, PCUNICODE_STRING SymbolicLinkName);

/* With PLUGPLAY_REGKEY_DEVICE or _DRIVER: a key of this driver's own. Here those keys belong to the
 * driver anyway, so the flag changes nothing. */
#ifdef UMDF_VERSION_MAJOR
#define WDF_REGKEY_DEVICE_SUBKEY 256
#define WDF_REGKEY_DRIVER_SUBKEY 256
#else
#define WDF_REGKEY_DEVICE_SUBKEY 0
#define WDF_REGKEY_DRIVER_SUBKEY 0
#endif

/*
 * WdfDeviceOpenRegistryKey: the device's key "Device Parameters" (PLUGPLAY_REGKEY_DEVICE), or that
 * of its driver, "Driver" (PLUGPLAY_REGKEY_DRIVER); both are always there (docs/configuration.md).
 *   DeviceInstanceKeyType  one of the two, ORed with WDF_REGKEY_DEVICE_SUBKEY if need be;
 *                          PLUGPLAY_REGKEY_CURRENT_HWPROFILE changes nothing.
 *   DesiredAccess          KEY_READ, KEY_SET_VALUE ...
 *   KeyAttributes          optional; the parent is the driver unless they name another.
 *   Key                    receives the handle, for WdfRegistryClose.
 * PASSIVE_LEVEL. Returns STATUS_SUCCESS; STATUS_INVALID_PARAMETER: another type of key;
 * STATUS_INVALID_DEVICE_REQUEST: above PASSIVE_LEVEL; refusals of the attributes (S1.25);
 * STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS WdfDeviceOpenRegistryKey(WDFDEVICE Device, ULONG DeviceInstanceKeyType,
                                  ACCESS_MASK DesiredAccess, PWDF_OBJECT_ATTRIBUTES KeyAttributes,
                                  WDFKEY *Key);

/*
 * WdfDeviceOpenDevicemapKey: the key KeyName below DEVICEMAP, created if it does not exist. All of
 * DEVICEMAP is volatile. PASSIVE_LEVEL. Returns STATUS_SUCCESS; STATUS_INVALID_PARAMETER: KeyName
 * is empty or malformed; STATUS_OBJECT_NAME_NOT_FOUND: it has several names, and one before the
 * last does not exist; others as WdfDeviceOpenRegistryKey.
 */
NTSTATUS WdfDeviceOpenDevicemapKey(WDFDEVICE Device, PCUNICODE_STRING KeyName,
                                   ACCESS_MASK DesiredAccess, PWDF_OBJECT_ATTRIBUTES KeyAttributes,
                                   WDFKEY *Key);

/*
 * The state of the device, as the driver sets it (S11.34 to S11.37).
 */
typedef struct _WDF_DEVICE_STATE {
    ULONG Size;
    WDF_TRI_STATE Disabled;
    WDF_TRI_STATE DontDisplayInUI;
    WDF_TRI_STATE Failed;
    WDF_TRI_STATE NotDisableable;
    WDF_TRI_STATE Removed;
    WDF_TRI_STATE ResourcesChanged;
    WDF_TRI_STATE AssignedToGuest;
} WDF_DEVICE_STATE, *PWDF_DEVICE_STATE;

/* WDF_DEVICE_STATE_INIT: nothing is set by the driver (WdfUseDefault). */
FORCEINLINE VOID WDF_DEVICE_STATE_INIT(PWDF_DEVICE_STATE PnpDeviceState)
{
    RtlZeroMemory(PnpDeviceState, sizeof(*PnpDeviceState));
    PnpDeviceState->Size = sizeof(*PnpDeviceState);
    PnpDeviceState->Disabled = WdfUseDefault;
    PnpDeviceState->DontDisplayInUI = WdfUseDefault;
    PnpDeviceState->Failed = WdfUseDefault;
    PnpDeviceState->NotDisableable = WdfUseDefault;
    PnpDeviceState->Removed = WdfUseDefault;
    PnpDeviceState->ResourcesChanged = WdfUseDefault;
    PnpDeviceState->AssignedToGuest = WdfUseDefault;
}

/*
 * WdfDeviceGetDeviceState: what WdfDeviceSetDeviceState has set. A wrong Size: ignored, with a
 * break. IRQL <= DISPATCH_LEVEL.
 */
VOID WdfDeviceGetDeviceState(WDFDEVICE Device, PWDF_DEVICE_STATE DeviceState);

/*
 * WdfDeviceSetDeviceState: sets the state of the device. Ignored as a whole, with a break, if the
 * Size or a value is wrong (S11.35). Failed or Removed WdfTrue has the device removed, as
 * WdfDeviceSetFailed does; the others are only kept for WdfDeviceGetDeviceState, since there is no
 * device manager to show them. IRQL <= DISPATCH_LEVEL.
 */
VOID WdfDeviceSetDeviceState(WDFDEVICE Device, PWDF_DEVICE_STATE DeviceState);

typedef enum _WDF_DEVICE_FAILED_ACTION {
    WdfDeviceFailedUndefined = 0,
    WdfDeviceFailedAttemptRestart,
    WdfDeviceFailedNoRestart,
} WDF_DEVICE_FAILED_ACTION;

/*
 * WdfDeviceSetFailed: the driver cannot go on with the device. It is removed by surprise
 * (EvtDeviceSurpriseRemoval first). With WdfDeviceFailedAttemptRestart its whole stack is then
 * built and started again under the same node, up to five times within a minute. Otherwise, and
 * after that, the daemon ends with status 1 (docs/semantics.md). Another FailedAction: ignored,
 * with a break (S11.34). IRQL <= DISPATCH_LEVEL; returns at once.
 */
VOID WdfDeviceSetFailed(WDFDEVICE Device, WDF_DEVICE_FAILED_ACTION FailedAction);

/*
 * WdfDeviceSetStaticStopRemove: FALSE forbids the device's orderly removal until as many calls with
 * TRUE have allowed it again (S11.36). A daemon that is told to end then removes it by surprise.
 * IRQL <= DISPATCH_LEVEL.
 */
VOID WdfDeviceSetStaticStopRemove(WDFDEVICE Device, BOOLEAN Stoppable);

/* WdfDevStateNormalize, WdfDevStateIsNP: a power state without the bit of a device that is not
 * pageable, and whether it has the bit. */
FORCEINLINE ULONG WdfDevStateNormalize(ULONG State)
{
    return State & ~(ULONG)WdfDevStateNP;
}

FORCEINLINE BOOLEAN WdfDevStateIsNP(ULONG State)
{
    return (State & WdfDevStateNP) != 0;
}

#ifndef UMDF_VERSION_MAJOR
/*
 * WdfDeviceGetDevicePnpState, WdfDeviceGetDevicePowerState, WdfDeviceGetDevicePowerPolicyState: the
 * current state (S11.37); docs/states.md shows the states and the transitions. A device that is not
 * pageable has power states of its own (WdfDevStateIsNP). A control device stays in ObjectCreated
 * (S3.27). IRQL <= DISPATCH_LEVEL.
 */
WDF_DEVICE_PNP_STATE WdfDeviceGetDevicePnpState(WDFDEVICE Device);
WDF_DEVICE_POWER_STATE WdfDeviceGetDevicePowerState(WDFDEVICE Device);
WDF_DEVICE_POWER_POLICY_STATE WdfDeviceGetDevicePowerPolicyState(WDFDEVICE Device);
#endif

/*
 * WdfDeviceGetSystemPowerAction: PowerActionSleep from the moment at which the device begins to be
 * suspended until it is resumed, PowerActionShutdown once the daemon ends, else PowerActionNone.
 * IRQL <= DISPATCH_LEVEL.
 */
POWER_ACTION WdfDeviceGetSystemPowerAction(WDFDEVICE Device);

/*
 * WdfDeviceSetPowerCapabilities: sets the device's power states. Ignored as a whole, with a break,
 * if the Size or a value is wrong, or if a device that does not own the power policy sets
 * IdealDxStateForSx. DeviceWake, SystemWake and IdealDxStateForSx that are not set keep their
 * previous values (S18.1). IdealDxStateForSx and DeviceState of the system's state choose the state
 * in which the device sleeps with the system (S18.29); DeviceWake and SystemWake say from which
 * states it can wake (S18.3). A child has its own values, or those of its parent. Another device
 * can only narrow what lies below it (S18.2), which allows D3 alone, and wakes from the states that
 * the host gives. The other values are only kept. IRQL <= DISPATCH_LEVEL.
 *   PowerCapabilities  the power states.
 */
VOID WdfDeviceSetPowerCapabilities(WDFDEVICE Device,
                                   PWDF_DEVICE_POWER_CAPABILITIES PowerCapabilities);

/*
 * WdfDeviceAssignS0IdleSettings: has the device go to a low-power state when it has been idle for a
 * while, and come back when it is needed: when a request arrives for a power-managed queue, which
 * waits meanwhile, or by WdfDeviceStopIdle (S11.27, S11.28). May be called again at any time; a
 * device that is in Dx then comes to D0, and the timeout starts again (S18.8). Without this call
 * the device never idles. With IdleCanWakeFromS0 or IdleUsbSelectiveSuspend it is armed on its way
 * to Dx, and a wake signal also brings it back (S18.20); there is no USB bus that could refuse.
 *   Settings  copied. Enabled WdfUseDefault: the value WdfDefaultIdleInWorkingState in the key
 *             "Device Parameters\\WDF" decides and, with IdleAllowUserControl, IdleInWorkingState;
 *             without these values it is enabled (S18.6).
 * IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; STATUS_INVALID_DEVICE_REQUEST: the device does
 * not own the power policy, or IdleTimeoutType changes between DriverManagedIdleTimeout and the
 * others, or is one of the others for the first time after the start; STATUS_INFO_LENGTH_MISMATCH:
 * the Size; STATUS_INVALID_PARAMETER: a value is out of range, or PowerUpIdleDeviceOnSystemWake is
 * given with other IdleCaps than IdleCannotWakeFromS0; STATUS_POWER_STATE_INVALID: the device
 * cannot wake from DxState, nor from any state with PowerDeviceMaximum, nor over USB from D3 (all
 * S11.25, S18.5, S18.10).
 */
NTSTATUS WdfDeviceAssignS0IdleSettings(WDFDEVICE Device,
                                       PWDF_DEVICE_POWER_POLICY_IDLE_SETTINGS Settings);

/*
 * WdfDeviceAssignSxWakeSettings: has the device wake the system: it is armed when the system goes
 * to a state from which it can (S18.24). May be called again; what it says of children stays as the
 * first call has it.
 *   Settings  copied. Enabled WdfUseDefault: as above, WdfDefaultWakeFromSleepState and
 *             WakeFromSleepState.
 * IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; STATUS_INVALID_DEVICE_REQUEST: the device does
 * not own the power policy; STATUS_INFO_LENGTH_MISMATCH: the Size; STATUS_INVALID_PARAMETER: a
 * value is out of range; STATUS_POWER_STATE_INVALID: the device cannot wake the system, or not from
 * DxState (S18.22).
 */
NTSTATUS WdfDeviceAssignSxWakeSettings(WDFDEVICE Device,
                                       PWDF_DEVICE_POWER_POLICY_WAKE_SETTINGS Settings);

/*
 * WdfDeviceWdmAssignPowerFrameworkSettings: for a device with a system-managed IdleTimeoutType. The
 * device's one component goes to its deepest F-state before the device leaves D0, and to F0 when it
 * is back; the callbacks are told (S18.17 to S18.19). Once, before the device starts.
 *   PowerFrameworkSettings  copied. Component: NULL is one with F0 alone. PowerControlCallback is
 *                           never called: nobody would send a code.
 * PASSIVE_LEVEL. Returns STATUS_SUCCESS; STATUS_INVALID_DEVICE_REQUEST: above PASSIVE_LEVEL, the
 * device does not own the power policy, or it is the second call, or too late;
 * STATUS_INFO_LENGTH_MISMATCH: the Size; STATUS_INVALID_PARAMETER: Component has no idle states, or
 * a UMDF driver has given more than flags (all S18.16).
 */
NTSTATUS WdfDeviceWdmAssignPowerFrameworkSettings(
    WDFDEVICE Device, PWDF_POWER_FRAMEWORK_SETTINGS PowerFrameworkSettings);

/*
 * WdfDeviceStopIdleActual: takes a power reference, which keeps the device from idling and brings
 * an idle one to D0; called through WdfDeviceStopIdle and WdfDeviceStopIdleWithTag.
 * WdfDeviceStopIdleNoTrack is the same without a tag. It does not hold off system sleep, stop or
 * removal (S18.15).
 *   WaitForD0        TRUE: waits until the device is in D0. PASSIVE_LEVEL; not in a callback of PnP
 *                    or power, nor with a lock that those need (S11.31).
 *   Tag, Line, File  who and where: shown by `wdfctl refs` (S18.14). File stays with the driver.
 * IRQL <= DISPATCH_LEVEL. Return STATUS_SUCCESS: it is in D0; STATUS_PENDING: it is not there yet;
 * and without a reference STATUS_INVALID_DEVICE_STATE: the device does not own the power policy;
 * STATUS_POWER_STATE_INVALID: it is not started, or has failed to change its power state;
 * STATUS_INVALID_DEVICE_REQUEST: waiting above PASSIVE_LEVEL, or in a callback of PnP or power,
 * with a break (all S11.29).
 */
NTSTATUS WdfDeviceStopIdleActual(WDFDEVICE Device, BOOLEAN WaitForD0, PVOID Tag, LONG Line,
                                 PCCH File);
NTSTATUS WdfDeviceStopIdleNoTrack(WDFDEVICE Device, BOOLEAN WaitForD0);
#define WdfDeviceStopIdle(Device, WaitForD0) WdfDeviceStopIdleWithTag(Device, WaitForD0, NULL)
#define WdfDeviceStopIdleWithTag(Device, WaitForD0, Tag)                                           \
    WdfDeviceStopIdleActual((Device), (WaitForD0), (Tag), __LINE__, __FILE__)

/*
 * WdfDeviceResumeIdleActual, WdfDeviceResumeIdleNoTrack: release such a reference. One call too
 * many is ignored, with a break (S11.30). No effect for a device that does not own the power
 * policy. IRQL <= DISPATCH_LEVEL.
 *   Tag              as it was taken with; with another one it is released, with a break (S18.14).
 *   Line, File       not kept.
 */
VOID WdfDeviceResumeIdleActual(WDFDEVICE Device, PVOID Tag, LONG Line, PCCH File);
VOID WdfDeviceResumeIdleNoTrack(WDFDEVICE Device);
#define WdfDeviceResumeIdle(Device) WdfDeviceResumeIdleWithTag(Device, NULL)
#define WdfDeviceResumeIdleWithTag(Device, Tag)                                                    \
    WdfDeviceResumeIdleActual((Device), (Tag), __LINE__, __FILE__)

#ifndef UMDF_VERSION_MAJOR
/*
 * WdfDeviceIndicateWakeStatus: a child has woken, and with it its stack, or the system; or it can
 * no longer wake.
 *   WaitWakeStatus  STATUS_SUCCESS, or the failure.
 * IRQL <= DISPATCH_LEVEL. Returns
 * STATUS_SUCCESS; STATUS_INVALID_PARAMETER: STATUS_PENDING or STATUS_CANCELLED;
 * STATUS_INVALID_DEVICE_STATE: the device is no child; STATUS_INVALID_DEVICE_REQUEST: it is not
 * armed (S18.26).
 */
NTSTATUS WdfDeviceIndicateWakeStatus(WDFDEVICE Device, NTSTATUS WaitWakeStatus);
#endif

#ifndef UMDF_VERSION_MAJOR
/*
 * WdfDeviceGetAlignmentRequirement, WdfDeviceSetAlignmentRequirement: a mask of FILE_*_ALIGNMENT, 0
 * at first, for the driver's own use: buffers of requests are always aligned to 16 bytes
 * (FILE_OCTA_ALIGNMENT). IRQL <= DISPATCH_LEVEL.
 */
ULONG WdfDeviceGetAlignmentRequirement(WDFDEVICE Device);
VOID WdfDeviceSetAlignmentRequirement(WDFDEVICE Device, ULONG AlignmentRequirement);

/*
 * WdfDeviceRetrieveDeviceName: the name that WdfDeviceInitAssignName gave.
 *   String  a WDFSTRING that receives it.
 * PASSIVE_LEVEL. Returns STATUS_SUCCESS; STATUS_INVALID_PARAMETER: it has none (S3.18);
 * STATUS_INVALID_DEVICE_REQUEST: above PASSIVE_LEVEL; STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS WdfDeviceRetrieveDeviceName(WDFDEVICE Device, WDFSTRING String);

/*
 * The device as the rest of the system would see it: a pointer that leads only back to the device.
 * Valid as long as the device. WdfWdmDeviceGetWdfDeviceHandle of another pointer: a bug check; of a
 * bus driver's device: NULL. IRQL <= DISPATCH_LEVEL.
 */
PDEVICE_OBJECT WdfDeviceWdmGetDeviceObject(WDFDEVICE Device);
WDFDEVICE WdfWdmDeviceGetWdfDeviceHandle(PDEVICE_OBJECT DeviceObject);

/*
 * WdfDeviceWdmGetAttachedDevice: the next lower device of the stack. WdfDeviceWdmGetPhysicalDevice:
 * the lowest, which a bus driver has created (S17.9); for a child its own. If there is no bus
 * driver, they return a device that can be compared, and opened as an I/O target: what is sent
 * there comes back with STATUS_INVALID_DEVICE_REQUEST. Both return NULL for a control device, the
 * first one for a child as well. Valid as long as the device. IRQL <= DISPATCH_LEVEL.
 */
PDEVICE_OBJECT WdfDeviceWdmGetAttachedDevice(WDFDEVICE Device);
PDEVICE_OBJECT WdfDeviceWdmGetPhysicalDevice(WDFDEVICE Device);

/*
 * WdfDeviceGetFileObject: the file object that WdfFileObjectWdmGetFileObject has given the pointer
 * of; NULL if it is not one of the device's files. IRQL <= DISPATCH_LEVEL.
 */
WDFFILEOBJECT WdfDeviceGetFileObject(WDFDEVICE Device, PFILE_OBJECT FileObject);
#endif

/*
 * What a device can do. Kept, and not shown: there is no device manager, and nothing to undock or
 * to eject.
 */
typedef struct _WDF_DEVICE_PNP_CAPABILITIES {
    ULONG Size;
    WDF_TRI_STATE LockSupported;
    WDF_TRI_STATE EjectSupported;
    WDF_TRI_STATE Removable;
    WDF_TRI_STATE DockDevice;
    WDF_TRI_STATE UniqueID;
    WDF_TRI_STATE SilentInstall;
    WDF_TRI_STATE SurpriseRemovalOK;
    WDF_TRI_STATE HardwareDisabled;
    WDF_TRI_STATE NoDisplayInUI;
    ULONG Address;
    ULONG UINumber;
} WDF_DEVICE_PNP_CAPABILITIES, *PWDF_DEVICE_PNP_CAPABILITIES;

/* WDF_DEVICE_PNP_CAPABILITIES_INIT: everything as the bus says. */
FORCEINLINE VOID WDF_DEVICE_PNP_CAPABILITIES_INIT(PWDF_DEVICE_PNP_CAPABILITIES Caps)
{
    RtlZeroMemory(Caps, sizeof(*Caps));
    Caps->Size = sizeof(*Caps);
    Caps->LockSupported = WdfUseDefault;
    Caps->EjectSupported = WdfUseDefault;
    Caps->Removable = WdfUseDefault;
    Caps->DockDevice = WdfUseDefault;
    Caps->UniqueID = WdfUseDefault;
    Caps->SilentInstall = WdfUseDefault;
    Caps->SurpriseRemovalOK = WdfUseDefault;
    Caps->HardwareDisabled = WdfUseDefault;
    Caps->NoDisplayInUI = WdfUseDefault;
    Caps->Address = (ULONG)-1;
    Caps->UINumber = (ULONG)-1;
}

/* WdfDeviceSetPnpCapabilities: ignored, with a break, if the Size or a value is wrong. IRQL <=
 * DISPATCH_LEVEL. */
VOID WdfDeviceSetPnpCapabilities(WDFDEVICE Device, PWDF_DEVICE_PNP_CAPABILITIES PnpCapabilities);

/*
 * WdfDeviceQueryProperty: a property of the lowest device of the stack. For a child its bus driver
 * has set it: description, location, hardware and compatible IDs, enumerator, object name,
 * UINumber, Address, removal policy. Another device has its enumerator, ROOT, and the install
 * state.
 *   PropertyBuffer  BufferLength bytes; NULL with a BufferLength of 0 asks for the length.
 *   ResultLength    receives the length of the value in bytes, zeros after texts included.
 * IRQL: PASSIVE_LEVEL. Returns STATUS_SUCCESS; STATUS_BUFFER_TOO_SMALL;
 * STATUS_OBJECT_NAME_NOT_FOUND: the device does not have it; STATUS_INVALID_PARAMETER_2: there is
 * no such property; STATUS_INVALID_DEVICE_REQUEST: a control device; STATUS_INVALID_DEVICE_STATE: a
 * child that was not reported yet; STATUS_INSUFFICIENT_RESOURCES (S17.34, S17.38).
 */
NTSTATUS WdfDeviceQueryProperty(WDFDEVICE Device, DEVICE_REGISTRY_PROPERTY DeviceProperty,
                                ULONG BufferLength, PVOID PropertyBuffer, PULONG ResultLength);

/*
 * WdfDeviceAllocAndQueryProperty: the same in a memory object of just that size.
 *   PoolType                  as of WdfMemoryCreate.
 *   PropertyMemoryAttributes  optional; the parent is the driver unless they name another.
 *   PropertyMemory            receives the handle, the driver's to delete or to leave to its
 *                             parent; NULL after a failure.
 * IRQL: PASSIVE_LEVEL. Returns STATUS_SUCCESS; what WdfDeviceQueryProperty and WdfMemoryCreate fail
 * with (S17.35).
 */
NTSTATUS WdfDeviceAllocAndQueryProperty(WDFDEVICE Device, DEVICE_REGISTRY_PROPERTY DeviceProperty,
                                        POOL_TYPE PoolType,
                                        PWDF_OBJECT_ATTRIBUTES PropertyMemoryAttributes,
                                        WDFMEMORY *PropertyMemory);

#ifndef UMDF_VERSION_MAJOR
/*
 * WdfDeviceAddRemovalRelationsPhysicalDevice: the other device is to be removed with this one: it
 * is asked before, and its objection counts.
 *   PhysicalDevice  WdfDeviceWdmGetPhysicalDevice of the other stack, which is not kept by that.
 * IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; STATUS_DUPLICATE_OBJECTID: it is in the list;
 * STATUS_INVALID_DEVICE_REQUEST: a control device; STATUS_INSUFFICIENT_RESOURCES (S17.39).
 */
NTSTATUS WdfDeviceAddRemovalRelationsPhysicalDevice(WDFDEVICE Device,
                                                    PDEVICE_OBJECT PhysicalDevice);

/* WdfDeviceRemoveRemovalRelationsPhysicalDevice, WdfDeviceClearRemovalRelationsDevices: removes one
 * from the list, or all. IRQL <= DISPATCH_LEVEL. (S17.39) */
VOID WdfDeviceRemoveRemovalRelationsPhysicalDevice(WDFDEVICE Device, PDEVICE_OBJECT PhysicalDevice);
VOID WdfDeviceClearRemovalRelationsDevices(WDFDEVICE Device);

/*
 * WdfDeviceAddDependentUsageDeviceObject: usage of this device is usage of the other one, too,
 * which is told first (S17.45).
 * IRQL <= DISPATCH_LEVEL. Returns as WdfDeviceAddRemovalRelationsPhysicalDevice (S17.44).
 */
NTSTATUS WdfDeviceAddDependentUsageDeviceObject(WDFDEVICE Device, PDEVICE_OBJECT DependentDevice);
VOID WdfDeviceRemoveDependentUsageDeviceObject(WDFDEVICE Device, PDEVICE_OBJECT DependentDevice);

/* WdfDeviceSetSpecialFileSupport: the device may be used so, or not (the default). Another FileType
 * than WdfSpecialFilePaging to WdfSpecialFileBoot, and WdfSpecialFileGuestAssigned, is a break, and
 * ignored. IRQL <= DISPATCH_LEVEL. (S17.44) */
VOID WdfDeviceSetSpecialFileSupport(WDFDEVICE Device, WDF_SPECIAL_FILE_TYPE FileType,
                                    BOOLEAN FileTypeIsSupported);

/*
 * WdfDeviceSetBusInformationForChildren: the bus of the children: their properties
 * DevicePropertyBusTypeGuid, DevicePropertyLegacyBusType and DevicePropertyBusNumber, unless the
 * first 32 bits of BusTypeGuid are 0. IRQL <= DISPATCH_LEVEL. (S17.42)
 */
VOID WdfDeviceSetBusInformationForChildren(WDFDEVICE Device, PPNP_BUS_INFORMATION BusInformation);

/*
 * WdfDeviceAssignMofResourceName: where the description of the device's WMI blocks is, in the
 * driver's file. Of a child without a name it is its parent's. To be called before the device
 * starts. IRQL: PASSIVE_LEVEL. Returns STATUS_SUCCESS; STATUS_INVALID_PARAMETER: malformed;
 * STATUS_INVALID_DEVICE_REQUEST: it has one, or above PASSIVE_LEVEL; STATUS_INSUFFICIENT_RESOURCES
 * (S19.9).
 */
NTSTATUS WdfDeviceAssignMofResourceName(WDFDEVICE Device, PCUNICODE_STRING MofResourceName);
#endif

#if defined(UMDF_VERSION_MAJOR) || defined(WDFUSE_BOTH_FRAMEWORKS)
/*
 * WdfDeviceRetrieveDeviceDirectoryString: the folder for the files of the device, which belongs to
 * its driver (docs/semantics.md). It is created at the daemon's start, or by this call.
 *   String  receives its path on Linux.
 * IRQL: PASSIVE_LEVEL. Returns STATUS_SUCCESS; STATUS_INVALID_DEVICE_REQUEST: a control device;
 * STATUS_OBJECT_PATH_NOT_FOUND: the daemon has no such folder (--state-dir);
 * STATUS_INSUFFICIENT_RESOURCES; why it could not be made. (WDF documentation.)
 */
NTSTATUS WdfDeviceRetrieveDeviceDirectoryString(WDFDEVICE Device, WDFSTRING String);
#endif

WDF_EXTERN_C_END

#endif
