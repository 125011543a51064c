/*
 * WMI: blocks of data that a driver offers to management programs, and events. A block has a GUID;
 * a provider offers the block for one device, and has instances of it. Here the programs are wdfctl
 * and tests (<wdfuse/inproc.h>): docs/wmi.md.
 */
#ifndef WDFWMI_H
#define WDFWMI_H

#include <wdfcore.h>
#include <wdfobject.h>

WDF_EXTERN_C_START

/* What is switched on or off: events, or the collection of data. */
typedef enum _WDF_WMI_PROVIDER_CONTROL {
    WdfWmiControlInvalid = 0,
    WdfWmiEventControl,
    WdfWmiInstanceControl,
} WDF_WMI_PROVIDER_CONTROL;

/* Special kinds of providers. */
typedef enum _WDF_WMI_PROVIDER_FLAGS {
    WdfWmiProviderEventOnly = 0x0001,
    WdfWmiProviderExpensive = 0x0002,
    WdfWmiProviderTracing = 0x0004,
    WdfWmiProviderValidFlags =
        WdfWmiProviderEventOnly | WdfWmiProviderExpensive | WdfWmiProviderTracing,
} WDF_WMI_PROVIDER_FLAGS;

/*
 * A program reads the block.
 *   BufferUsed  receives the number of bytes, or those that are needed.
 */
typedef NTSTATUS EVT_WDF_WMI_INSTANCE_QUERY_INSTANCE(WDFWMIINSTANCE WmiInstance,
                                                     ULONG OutBufferSize, PVOID OutBuffer,
                                                     PULONG BufferUsed);
typedef EVT_WDF_WMI_INSTANCE_QUERY_INSTANCE *PFN_WDF_WMI_INSTANCE_QUERY_INSTANCE;

/* A program writes the block. */
typedef NTSTATUS EVT_WDF_WMI_INSTANCE_SET_INSTANCE(WDFWMIINSTANCE WmiInstance, ULONG InBufferSize,
                                                   PVOID InBuffer);
typedef EVT_WDF_WMI_INSTANCE_SET_INSTANCE *PFN_WDF_WMI_INSTANCE_SET_INSTANCE;

/* A program writes one item of the block. */
typedef NTSTATUS EVT_WDF_WMI_INSTANCE_SET_ITEM(WDFWMIINSTANCE WmiInstance, ULONG DataItemId,
                                               ULONG InBufferSize, PVOID InBuffer);
typedef EVT_WDF_WMI_INSTANCE_SET_ITEM *PFN_WDF_WMI_INSTANCE_SET_ITEM;

/* A program calls a method: Buffer holds its input, and receives its output. */
typedef NTSTATUS EVT_WDF_WMI_INSTANCE_EXECUTE_METHOD(WDFWMIINSTANCE WmiInstance, ULONG MethodId,
                                                     ULONG InBufferSize, ULONG OutBufferSize,
                                                     PVOID Buffer, PULONG BufferUsed);
typedef EVT_WDF_WMI_INSTANCE_EXECUTE_METHOD *PFN_WDF_WMI_INSTANCE_EXECUTE_METHOD;

/* Events or collection are switched on for the first program that asks, and off after the last. */
typedef NTSTATUS EVT_WDF_WMI_PROVIDER_FUNCTION_CONTROL(WDFWMIPROVIDER WmiProvider,
                                                       WDF_WMI_PROVIDER_CONTROL Control,
                                                       BOOLEAN Enable);
typedef EVT_WDF_WMI_PROVIDER_FUNCTION_CONTROL *PFN_WDF_WMI_PROVIDER_FUNCTION_CONTROL;

/*
 * How to make a provider.
 *   Flags  of WDF_WMI_PROVIDER_FLAGS.
 */
typedef struct _WDF_WMI_PROVIDER_CONFIG {
    ULONG Size;
    GUID Guid;
    ULONG Flags;
    ULONG MinInstanceBufferSize;
    PFN_WDF_WMI_PROVIDER_FUNCTION_CONTROL EvtWmiProviderFunctionControl;
} WDF_WMI_PROVIDER_CONFIG, *PWDF_WMI_PROVIDER_CONFIG;

/* WDF_WMI_PROVIDER_CONFIG_INIT: a provider of that class of blocks. */
FORCEINLINE VOID WDF_WMI_PROVIDER_CONFIG_INIT(PWDF_WMI_PROVIDER_CONFIG Config, CONST GUID *Guid)
{
    RtlZeroMemory(Config, sizeof(*Config));
    Config->Size = sizeof(*Config);
    Config->Guid = *Guid;
}

/* How to make an instance: of an existing provider, or of one that is made with it. */
typedef struct _WDF_WMI_INSTANCE_CONFIG {
    ULONG Size;
    WDFWMIPROVIDER Provider;
    PWDF_WMI_PROVIDER_CONFIG ProviderConfig;
    BOOLEAN UseContextForQuery;
    BOOLEAN Register;
    PFN_WDF_WMI_INSTANCE_QUERY_INSTANCE EvtWmiInstanceQueryInstance;
    PFN_WDF_WMI_INSTANCE_SET_INSTANCE EvtWmiInstanceSetInstance;
    PFN_WDF_WMI_INSTANCE_SET_ITEM EvtWmiInstanceSetItem;
    PFN_WDF_WMI_INSTANCE_EXECUTE_METHOD EvtWmiInstanceExecuteMethod;
} WDF_WMI_INSTANCE_CONFIG, *PWDF_WMI_INSTANCE_CONFIG;

#ifndef UMDF_VERSION_MAJOR

/* WDF_WMI_INSTANCE_CONFIG_INIT_PROVIDER: an instance of an existing provider. */
FORCEINLINE VOID WDF_WMI_INSTANCE_CONFIG_INIT_PROVIDER(PWDF_WMI_INSTANCE_CONFIG Config,
                                                       WDFWMIPROVIDER Provider)
{
    RtlZeroMemory(Config, sizeof(*Config));
    Config->Size = sizeof(*Config);
    Config->Provider = Provider;
}

/*
 * WDF_WMI_INSTANCE_CONFIG_INIT_PROVIDER_CONFIG: an instance with a provider of its own.
 * ProviderConfig must stay valid until the instance is made.
 */
FORCEINLINE VOID WDF_WMI_INSTANCE_CONFIG_INIT_PROVIDER_CONFIG(
    PWDF_WMI_INSTANCE_CONFIG Config, PWDF_WMI_PROVIDER_CONFIG ProviderConfig)
{
    RtlZeroMemory(Config, sizeof(*Config));
    Config->Size = sizeof(*Config);
    Config->ProviderConfig = ProviderConfig;
}

/*
 * WDF_WMI_BUFFER_APPEND_STRING: writes a string as blocks hold it: its length in bytes, then its
 * characters.
 *   RequiredSize  receives the bytes that it takes.
 * Returns STATUS_SUCCESS; STATUS_BUFFER_TOO_SMALL: nothing is written.
 */
FORCEINLINE NTSTATUS WDF_WMI_BUFFER_APPEND_STRING(PVOID Buffer, ULONG BufferLength,
                                                  PCUNICODE_STRING String, PULONG RequiredSize)
{
    *RequiredSize = (ULONG)(sizeof(USHORT) + String->Length);
    if (BufferLength < *RequiredSize)
        return STATUS_BUFFER_TOO_SMALL;
    RtlCopyMemory(Buffer, &String->Length, sizeof(USHORT));
    RtlCopyMemory((PUCHAR)Buffer + sizeof(USHORT), String->Buffer, String->Length);
    return STATUS_SUCCESS;
}

/*
 * WdfWmiProviderCreate: a provider of the block Guid for the device, which is its parent.
 *   ProviderAttributes  optional, without a parent.
 *   WmiProvider         receives the handle; the driver must not delete it. NULL after a failure.
 * IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; STATUS_INFO_LENGTH_MISMATCH: a wrong Size;
 * STATUS_INVALID_PARAMETER: unknown flags, WdfWmiProviderTracing beside others,
 * EvtWmiProviderFunctionControl without WdfWmiProviderExpensive or WdfWmiProviderTracing, or a GUID
 * of zeros; STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED; STATUS_INVALID_DEVICE_STATE: the device is
 * being removed; where the device has such a provider already, STATUS_SUCCESS, and nobody reaches
 * this one; STATUS_INVALID_DEVICE_REQUEST: a control device; STATUS_INSUFFICIENT_RESOURCES
 * (S12.1, S19.2, S19.3).
 */
NTSTATUS WdfWmiProviderCreate(WDFDEVICE Device, PWDF_WMI_PROVIDER_CONFIG WmiProviderConfig,
                              PWDF_OBJECT_ATTRIBUTES ProviderAttributes,
                              WDFWMIPROVIDER *WmiProvider);

/* WdfWmiProviderGetDevice: the device it was created for. IRQL <= DISPATCH_LEVEL. */
WDFDEVICE WdfWmiProviderGetDevice(WDFWMIPROVIDER WmiProvider);

/* WdfWmiProviderIsEnabled: whether a program listens to events, or collects data. FALSE for another
 * ProviderControl. IRQL <= DISPATCH_LEVEL. (S19.7) */
BOOLEAN WdfWmiProviderIsEnabled(WDFWMIPROVIDER WmiProvider,
                                WDF_WMI_PROVIDER_CONTROL ProviderControl);

/* WdfWmiProviderGetTracingHandle: the handle from the last switch of a tracing provider; 0 before,
 * and after a switch that failed. IRQL <= DISPATCH_LEVEL. (S19.7) */
ULONGLONG WdfWmiProviderGetTracingHandle(WDFWMIPROVIDER WmiProvider);

/*
 * WdfWmiInstanceCreate: an instance of a provider, which is its parent.
 *   InstanceConfig      Register: programs reach it at once; else WdfWmiInstanceRegister.
 *   InstanceAttributes  optional, without a parent.
 *   Instance            optional; receives the handle; the driver may delete it or leave it to its
 *                       parent.
 * IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; STATUS_INFO_LENGTH_MISMATCH: a wrong Size;
 * STATUS_INVALID_PARAMETER: not just one of Provider and ProviderConfig; a callback or
 * UseContextForQuery with an event-only provider; UseContextForQuery with a callback that sets, or
 * without a context; STATUS_BUFFER_TOO_SMALL: a context below MinInstanceBufferSize;
 * STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED; what WdfWmiProviderCreate and WdfWmiInstanceRegister
 * fail with (S12.3, S12.4, S19.5).
 */
NTSTATUS WdfWmiInstanceCreate(WDFDEVICE Device, PWDF_WMI_INSTANCE_CONFIG InstanceConfig,
                              PWDF_OBJECT_ATTRIBUTES InstanceAttributes, WDFWMIINSTANCE *Instance);

/*
 * WdfWmiInstanceRegister: programs reach it from now on, as the last one of its provider. IRQL:
 * PASSIVE_LEVEL. Returns STATUS_SUCCESS; STATUS_INVALID_DEVICE_REQUEST: it is registered already,
 * or belongs to a tracing provider; STATUS_INVALID_DEVICE_STATE: the device has cleaned up (S12.5).
 */
NTSTATUS WdfWmiInstanceRegister(WDFWMIINSTANCE WmiInstance);

/* WdfWmiInstanceDeregister: programs no longer reach it; later ones move up. IRQL: PASSIVE_LEVEL.
 * (S12.5) */
VOID WdfWmiInstanceDeregister(WDFWMIINSTANCE WmiInstance);

/* WdfWmiInstanceGetDevice, WdfWmiInstanceGetProvider: those it was created for. IRQL <=
 * DISPATCH_LEVEL. */
WDFDEVICE WdfWmiInstanceGetDevice(WDFWMIINSTANCE WmiInstance);
WDFWMIPROVIDER WdfWmiInstanceGetProvider(WDFWMIINSTANCE WmiInstance);

/*
 * WdfWmiInstanceFireEvent: sends an event to the programs that listen.
 *   EventData  copied; NULL: no data.
 * IRQL <= APC_LEVEL. Returns STATUS_SUCCESS, even if none listens; STATUS_BUFFER_OVERFLOW: more
 * than 1024 bytes; STATUS_UNSUCCESSFUL: the device is not started;
 * STATUS_INVALID_DEVICE_REQUEST: above APC_LEVEL; STATUS_INSUFFICIENT_RESOURCES (S12.11, S19.21).
 */
NTSTATUS WdfWmiInstanceFireEvent(WDFWMIINSTANCE WmiInstance, ULONG EventDataSize, PVOID EventData);
#endif

WDF_EXTERN_C_END

#endif
