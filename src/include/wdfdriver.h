/*
 * The driver: what DriverEntry tells the framework (S3.1 to S3.6).
 */
#ifndef WDFDRIVER_H
#define WDFDRIVER_H

#include <wdfobject.h>
#include <wdfstring.h>

WDF_EXTERN_C_START

/* A device was found: describe it in DeviceInit and create it. IRQL PASSIVE_LEVEL. Outcomes:
 * S3.7. */
typedef NTSTATUS EVT_WDF_DRIVER_DEVICE_ADD(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit);
typedef EVT_WDF_DRIVER_DEVICE_ADD *PFN_WDF_DRIVER_DEVICE_ADD;

/* The driver is about to go; its objects still exist (S3.5). IRQL PASSIVE_LEVEL. */
typedef VOID EVT_WDF_DRIVER_UNLOAD(WDFDRIVER Driver);
typedef EVT_WDF_DRIVER_UNLOAD *PFN_WDF_DRIVER_UNLOAD;

typedef enum _WDF_DRIVER_INIT_FLAGS {
    WdfDriverInitNonPnpDriver = 0x00000001,
    WdfDriverInitNoDispatchOverride = 0x00000002,
    WdfVerifyOn = 0x00000004,
    WdfVerifierOn = 0x00000008,
    WdfDriverInitCompanion = 0x00000010,
} WDF_DRIVER_INIT_FLAGS;

typedef struct _WDF_DRIVER_CONFIG {
    ULONG Size;
    PFN_WDF_DRIVER_DEVICE_ADD EvtDriverDeviceAdd;
    PFN_WDF_DRIVER_UNLOAD EvtDriverUnload;
    /* WDF_DRIVER_INIT_FLAGS, ORed. */
    ULONG DriverInitFlags;
    /* Tag of the framework's allocations for this driver; 0: made from its name (S3.3). */
    ULONG DriverPoolTag;
} WDF_DRIVER_CONFIG, *PWDF_DRIVER_CONFIG;

/* WDF_DRIVER_CONFIG_INIT: everything zero but Size and the callback, which may be NULL for a
 * non-PnP driver. */
FORCEINLINE VOID WDF_DRIVER_CONFIG_INIT(PWDF_DRIVER_CONFIG Config,
                                        PFN_WDF_DRIVER_DEVICE_ADD EvtDriverDeviceAdd)
{
    RtlZeroMemory(Config, sizeof(*Config));
    Config->Size = sizeof(*Config);
    Config->EvtDriverDeviceAdd = EvtDriverDeviceAdd;
}

#ifdef UMDF_VERSION_MAJOR
/* WDF_DRIVER_CONFIG_COMPANION_INIT: the same for a companion, which WdfDriverCreate refuses. */
FORCEINLINE VOID WDF_DRIVER_CONFIG_COMPANION_INIT(PWDF_DRIVER_CONFIG Config,
                                                  PFN_WDF_DRIVER_DEVICE_ADD EvtDriverDeviceAdd)
{
    WDF_DRIVER_CONFIG_INIT(Config, EvtDriverDeviceAdd);
    Config->DriverInitFlags |= WdfDriverInitCompanion;
}
#endif

/* Would be asked for trace messages. Never called. */
typedef NTSTATUS EVT_WDF_TRACE_CALLBACK(UCHAR MinorFunction, PVOID DataPath, ULONG BufferLength,
                                        PVOID Buffer, PVOID Context, PULONG Size);
typedef EVT_WDF_TRACE_CALLBACK *PFN_WDF_TRACE_CALLBACK;
#define WDF_TRACE_ID ('TRAC')

typedef struct _WDF_DRIVER_VERSION_AVAILABLE_PARAMS {
    ULONG Size;
    ULONG MajorVersion;
    ULONG MinorVersion;
} WDF_DRIVER_VERSION_AVAILABLE_PARAMS, *PWDF_DRIVER_VERSION_AVAILABLE_PARAMS;

/* WDF_DRIVER_VERSION_AVAILABLE_PARAMS_INIT: the version to ask WdfDriverIsVersionAvailable for. */
FORCEINLINE VOID WDF_DRIVER_VERSION_AVAILABLE_PARAMS_INIT(
    PWDF_DRIVER_VERSION_AVAILABLE_PARAMS Params, ULONG MajorVersion, ULONG MinorVersion)
{
    RtlZeroMemory(Params, sizeof(*Params));
    Params->Size = sizeof(*Params);
    Params->MajorVersion = MajorVersion;
    Params->MinorVersion = MinorVersion;
}

/*
 * WdfDriverCreate: introduces the driver to the framework; once, from DriverEntry (S3.1).
 *   DriverObject, RegistryPath  as DriverEntry got them.
 *   DriverAttributes            optional; a parent is not allowed.
 *   Driver                      optional, receives the handle; the framework deletes it after
 *                               EvtDriverUnload.
 * IRQL PASSIVE_LEVEL. Returns STATUS_SUCCESS; STATUS_INFO_LENGTH_MISMATCH: Size of DriverConfig;
 * STATUS_INVALID_PARAMETER: unknown flags, a non-PnP driver with EvtDriverDeviceAdd, or a malformed
 * RegistryPath; STATUS_DRIVER_INTERNAL_ERROR: called twice;
 * STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED; STATUS_INVALID_DEVICE_REQUEST: above PASSIVE_LEVEL (all
 * S3.2); other refusals of the attributes (S1.25); STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS WdfDriverCreate(PDRIVER_OBJECT DriverObject, PCUNICODE_STRING RegistryPath,
                         PWDF_OBJECT_ATTRIBUTES DriverAttributes, PWDF_DRIVER_CONFIG DriverConfig,
                         WDFDRIVER *Driver);

/*
 * WdfDriverCreate in a source with UMDF_VERSION_MAJOR: the driver gets the rules of the user-mode
 * framework where they differ (docs/porting.md), above all the execution level Passive.
 */
NTSTATUS WdfuseDriverCreateUmdf(PDRIVER_OBJECT DriverObject, PCUNICODE_STRING RegistryPath,
                                PWDF_OBJECT_ATTRIBUTES DriverAttributes,
                                PWDF_DRIVER_CONFIG DriverConfig, WDFDRIVER *Driver);
#ifdef UMDF_VERSION_MAJOR
#define WdfDriverCreate WdfuseDriverCreateUmdf
#endif

/* WdfGetDriver: the handle of the calling driver; NULL before WdfDriverCreate. Any level. */
WDFDRIVER WdfGetDriver(VOID);

/*
 * WdfDriverGetRegistryPath: the registry path DriverEntry got, zero-terminated; the driver object
 * owns it and keeps it as long as it lives. IRQL PASSIVE_LEVEL; above it NULL.
 */
PWSTR WdfDriverGetRegistryPath(WDFDRIVER Driver);

/*
 * WdfDriverIsVersionAvailable: TRUE if the framework is of at least that version. FALSE also for a
 * wrong Size, and above PASSIVE_LEVEL. IRQL PASSIVE_LEVEL.
 */
BOOLEAN WdfDriverIsVersionAvailable(WDFDRIVER Driver,
                                    PWDF_DRIVER_VERSION_AVAILABLE_PARAMS VersionAvailableParams);

/*
 * WdfDriverRetrieveVersionString: a text that names the framework and its version.
 *   String  a WDFSTRING that receives it.
 * PASSIVE_LEVEL. Returns STATUS_SUCCESS; STATUS_INVALID_DEVICE_REQUEST: above PASSIVE_LEVEL;
 * STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS WdfDriverRetrieveVersionString(WDFDRIVER Driver, WDFSTRING String);

/*
 * WdfDriverOpenParametersRegistryKey: the driver's key "Parameters", which is always there
 * (docs/configuration.md).
 *   DesiredAccess  KEY_READ, KEY_SET_VALUE ...
 *   KeyAttributes  optional; the parent is the driver unless they name another.
 *   Key            receives the handle, for WdfRegistryClose.
 * PASSIVE_LEVEL. Returns STATUS_SUCCESS; STATUS_INVALID_DEVICE_REQUEST: above PASSIVE_LEVEL;
 * refusals of the attributes (S1.25); STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS WdfDriverOpenParametersRegistryKey(WDFDRIVER Driver, ACCESS_MASK DesiredAccess,
                                            PWDF_OBJECT_ATTRIBUTES KeyAttributes, WDFKEY *Key);

/* WdfDriverOpenPersistentStateRegistryKey: the same for its key "State", for what it wants to find
 * again. */
NTSTATUS WdfDriverOpenPersistentStateRegistryKey(WDFDRIVER Driver, ACCESS_MASK DesiredAccess,
                                                 PWDF_OBJECT_ATTRIBUTES KeyAttributes, WDFKEY *Key);

#ifndef UMDF_VERSION_MAJOR
/*
 * The driver as the rest of the system sees it: what DriverEntry got, and back.
 * WdfWdmDriverGetWdfDriverHandle of another pointer: NULL. Any level.
 */
PDRIVER_OBJECT WdfDriverWdmGetDriverObject(WDFDRIVER Driver);
WDFDRIVER WdfWdmDriverGetWdfDriverHandle(PDRIVER_OBJECT DriverObject);
#endif

#if defined(UMDF_VERSION_MAJOR) || defined(WDFUSE_BOTH_FRAMEWORKS)
/*
 * WdfDriverRetrieveDriverDataDirectoryString: the folder for the files of the driver, shared by all
 * its devices (docs/semantics.md).
 *   String  receives its path on Linux.
 * IRQL: PASSIVE_LEVEL. Returns STATUS_SUCCESS; STATUS_OBJECT_PATH_NOT_FOUND: the daemon has no such
 * folder (--state-dir); STATUS_INSUFFICIENT_RESOURCES; why it could not be made. (WDF
 * documentation.)
 */
NTSTATUS WdfDriverRetrieveDriverDataDirectoryString(WDFDRIVER Driver, WDFSTRING String);
#endif

WDF_EXTERN_C_END

#endif
