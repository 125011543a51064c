/*
 * Interfaces between drivers: a table of functions that one driver gives to others of its stack.
 * The functions are not there, and not declared: drivers do not call each other yet
 * (docs/api.md).
 */
#ifndef WDFQUERYINTERFACE_H
#define WDFQUERYINTERFACE_H

#include <wdfobject.h>
#include <wdfuse/resources.h>

WDF_EXTERN_C_START

/*
 * Another driver asks for the interface.
 *   ExposedInterface  the table that it gets; the driver may still change it.
 */
typedef NTSTATUS EVT_WDF_DEVICE_PROCESS_QUERY_INTERFACE_REQUEST(WDFDEVICE Device,
                                                                LPGUID InterfaceType,
                                                                PINTERFACE ExposedInterface,
                                                                PVOID ExposedInterfaceSpecificData);
typedef EVT_WDF_DEVICE_PROCESS_QUERY_INTERFACE_REQUEST
    *PFN_WDF_DEVICE_PROCESS_QUERY_INTERFACE_REQUEST;

/* What is offered. */
typedef struct _WDF_QUERY_INTERFACE_CONFIG {
    ULONG Size;
    PINTERFACE Interface;
    CONST GUID *InterfaceType;
    BOOLEAN SendQueryToParentStack;
    PFN_WDF_DEVICE_PROCESS_QUERY_INTERFACE_REQUEST EvtDeviceProcessQueryInterfaceRequest;
    BOOLEAN ImportInterface;
} WDF_QUERY_INTERFACE_CONFIG, *PWDF_QUERY_INTERFACE_CONFIG;

#ifndef UMDF_VERSION_MAJOR

/*
 * WDF_QUERY_INTERFACE_CONFIG_INIT:
 *   Interface  may be NULL if EvtDeviceProcessQueryInterfaceRequest is not.
 */
FORCEINLINE VOID WDF_QUERY_INTERFACE_CONFIG_INIT(
    PWDF_QUERY_INTERFACE_CONFIG InterfaceConfig, PINTERFACE Interface, CONST GUID *InterfaceType,
    PFN_WDF_DEVICE_PROCESS_QUERY_INTERFACE_REQUEST EvtDeviceProcessQueryInterfaceRequest)
{
    RtlZeroMemory(InterfaceConfig, sizeof(*InterfaceConfig));
    InterfaceConfig->Size = sizeof(*InterfaceConfig);
    InterfaceConfig->Interface = Interface;
    InterfaceConfig->InterfaceType = InterfaceType;
    InterfaceConfig->EvtDeviceProcessQueryInterfaceRequest = EvtDeviceProcessQueryInterfaceRequest;
}
#endif

WDF_EXTERN_C_END

#endif
