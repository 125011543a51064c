/*
 * Properties of a device, and of its interfaces. Included by <wdfdevice.h>. The functions that
 * take these are not there, and not declared (docs/api.md). WDF documentation.
 */
#ifndef WDFUSE_DEVICEPROPERTY_H
#define WDFUSE_DEVICEPROPERTY_H

#include <devpropdef.h>
#include <wdftypes.h>

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

#ifdef UMDF_VERSION_MAJOR
/*
 * The same of an interface of that class;
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

/* What a driver is told of by WdfDeviceRegisterForEvent of old. */
typedef enum _WDF_EVENT_TYPE {
    WdfEventReserved = 0,
    WdfEventBroadcast = 1,
    WdfEventMaximum,
} WDF_EVENT_TYPE;
#endif

WDF_EXTERN_C_END

#endif
