/*
 * Properties of a device by key (<devpkey.h>), and of its interfaces. Included by <wdfdevice.h>.
 * What a driver assigns belongs to the device stack: each of its drivers sees it
 * (docs/configuration.md). WDF documentation.
 */
#ifndef WDFUSE_DEVICEPROPERTY_H
#define WDFUSE_DEVICEPROPERTY_H

#include <devpropdef.h>
#include <wdfobject.h>

WDF_EXTERN_C_START

/* A property: its key, its language (0 for none), and whether it is kept (0, or
 * PLUGPLAY_PROPERTY_PERSISTENT). */
typedef struct _WDF_DEVICE_PROPERTY_DATA {
    ULONG Size;
    const DEVPROPKEY *PropertyKey;
    LCID Lcid;
    ULONG Flags;
} WDF_DEVICE_PROPERTY_DATA, *PWDF_DEVICE_PROPERTY_DATA;

/* WDF_DEVICE_PROPERTY_DATA_INIT: no language, not kept. */
FORCEINLINE VOID WDF_DEVICE_PROPERTY_DATA_INIT(PWDF_DEVICE_PROPERTY_DATA PropertyData,
                                               const DEVPROPKEY *PropertyKey)
{
    RtlZeroMemory(PropertyData, sizeof(*PropertyData));
    PropertyData->Size = sizeof(*PropertyData);
    PropertyData->PropertyKey = PropertyKey;
}

/*
 * WdfDeviceQueryPropertyEx: a property of the device's stack: what a driver has assigned, or else
 * what the system knows (WdfDeviceQueryProperty).
 *   PropertyBuffer  BufferLength bytes; NULL with a BufferLength of 0 asks for the length.
 *   RequiredSize    receives the length of the value in bytes.
 *   Type            receives DEVPROP_TYPE_*, also if the buffer is too small.
 * IRQL <= APC_LEVEL. Returns STATUS_SUCCESS; STATUS_BUFFER_TOO_SMALL; STATUS_OBJECT_NAME_NOT_FOUND:
 * there is no such property; STATUS_INFO_LENGTH_MISMATCH: a wrong Size; STATUS_INVALID_PARAMETER:
 * no PropertyKey, a length without a buffer, or a buffer without a length;
 * STATUS_INVALID_DEVICE_REQUEST: a control device; STATUS_INVALID_DEVICE_STATE: a child that was
 * not reported yet; STATUS_INSUFFICIENT_RESOURCES (S17.36).
 */
NTSTATUS WdfDeviceQueryPropertyEx(WDFDEVICE Device, PWDF_DEVICE_PROPERTY_DATA DeviceProperty,
                                  ULONG BufferLength, PVOID PropertyBuffer, PULONG RequiredSize,
                                  PDEVPROPTYPE Type);

/*
 * WdfDeviceAllocAndQueryPropertyEx: the same in a new memory object of that size, as with
 * WdfDeviceAllocAndQueryProperty; NULL, with a success, for a value without bytes. IRQL <=
 * APC_LEVEL. Returns what WdfDeviceQueryPropertyEx and WdfMemoryCreate do (S17.35, S17.36).
 */
NTSTATUS WdfDeviceAllocAndQueryPropertyEx(WDFDEVICE Device,
                                          PWDF_DEVICE_PROPERTY_DATA DeviceProperty,
                                          POOL_TYPE PoolType,
                                          PWDF_OBJECT_ATTRIBUTES PropertyMemoryAttributes,
                                          WDFMEMORY *PropertyMemory, PDEVPROPTYPE Type);

/*
 * WdfDeviceAssignProperty: sets or replaces a property of the stack.
 *   DeviceProperty  with PLUGPLAY_PROPERTY_PERSISTENT in Flags it is kept in the registry; else it
 *                   goes with the daemon.
 *   Data            Size bytes; NULL with a Size of 0 removes the property.
 * IRQL <= APC_LEVEL. Returns STATUS_SUCCESS; STATUS_INFO_LENGTH_MISMATCH: a wrong Size of
 * DeviceProperty; STATUS_INVALID_PARAMETER: no PropertyKey, Data without Size or Size without Data,
 * or no value of that Type; STATUS_INVALID_DEVICE_REQUEST: a control device;
 * STATUS_INVALID_DEVICE_STATE: a child that was not reported yet; STATUS_INSUFFICIENT_RESOURCES, or
 * what the registry's file says (S17.37).
 */
NTSTATUS WdfDeviceAssignProperty(WDFDEVICE Device, PWDF_DEVICE_PROPERTY_DATA DeviceProperty,
                                 DEVPROPTYPE Type, ULONG Size, PVOID Data);

#if defined(UMDF_VERSION_MAJOR) || defined(WDFUSE_BOTH_FRAMEWORKS)
/*
 * The same for an interface of that class.
 *   ReferenceString  as it was registered.
 */
typedef struct _WDF_DEVICE_INTERFACE_PROPERTY_DATA {
    ULONG Size;
    const GUID *InterfaceClassGUID;
    PCUNICODE_STRING ReferenceString;
    const DEVPROPKEY *PropertyKey;
    LCID Lcid;
    ULONG Flags;
} WDF_DEVICE_INTERFACE_PROPERTY_DATA, *PWDF_DEVICE_INTERFACE_PROPERTY_DATA;

/* WDF_DEVICE_INTERFACE_PROPERTY_DATA_INIT: no reference string, no language, not kept. */
FORCEINLINE VOID WDF_DEVICE_INTERFACE_PROPERTY_DATA_INIT(
    PWDF_DEVICE_INTERFACE_PROPERTY_DATA PropertyData, const GUID *InterfaceClassGUID,
    const DEVPROPKEY *PropertyKey)
{
    RtlZeroMemory(PropertyData, sizeof(*PropertyData));
    PropertyData->Size = sizeof(*PropertyData);
    PropertyData->InterfaceClassGUID = InterfaceClassGUID;
    PropertyData->PropertyKey = PropertyKey;
}

/* Events for WdfDeviceRegisterForEvent, which is obsolete. */
typedef enum _WDF_EVENT_TYPE {
    WdfEventReserved = 0,
    WdfEventBroadcast = 1,
    WdfEventMaximum,
} WDF_EVENT_TYPE;

/*
 * WdfDeviceQueryInterfaceProperty, WdfDeviceAllocAndQueryInterfaceProperty,
 * WdfDeviceAssignInterfaceProperty: the same for a property of an interface that the device has
 * registered (WdfDeviceCreateDeviceInterface), enabled or not.
 * IRQL: PASSIVE_LEVEL. Return what those do; STATUS_OBJECT_NAME_NOT_FOUND: there is no such
 * interface, or no such property of it (S17.36, S17.37).
 */
NTSTATUS WdfDeviceQueryInterfaceProperty(WDFDEVICE Device,
                                         PWDF_DEVICE_INTERFACE_PROPERTY_DATA PropertyData,
                                         ULONG BufferLength, PVOID PropertyBuffer,
                                         PULONG ResultLength, PDEVPROPTYPE Type);
NTSTATUS WdfDeviceAllocAndQueryInterfaceProperty(WDFDEVICE Device,
                                                 PWDF_DEVICE_INTERFACE_PROPERTY_DATA PropertyData,
                                                 POOL_TYPE PoolType,
                                                 PWDF_OBJECT_ATTRIBUTES PropertyMemoryAttributes,
                                                 WDFMEMORY *PropertyMemory, PDEVPROPTYPE Type);
NTSTATUS WdfDeviceAssignInterfaceProperty(WDFDEVICE Device,
                                          PWDF_DEVICE_INTERFACE_PROPERTY_DATA PropertyData,
                                          DEVPROPTYPE Type, ULONG BufferLength,
                                          PVOID PropertyBuffer);

/*
 * WdfDevicePostEvent: sends an event to those in the process that have the device open and have
 * registered for it by their handle (CM_Register_Notification, CM_NOTIFY_ACTION_DEVICECUSTOMEVENT).
 *   WdfEventType  WdfEventBroadcast.
 *   Data          DataSizeCb bytes, copied; optional with 0.
 * IRQL: PASSIVE_LEVEL. Returns STATUS_SUCCESS, even if nobody listens; STATUS_INVALID_PARAMETER:
 * another type; STATUS_INVALID_DEVICE_REQUEST: above PASSIVE_LEVEL; STATUS_INSUFFICIENT_RESOURCES.
 * (WDF documentation.)
 */
NTSTATUS WdfDevicePostEvent(WDFDEVICE Device, REFGUID EventGuid, WDF_EVENT_TYPE WdfEventType,
                            BYTE *Data, ULONG DataSizeCb);
#endif

WDF_EXTERN_C_END

#endif
