/*
 * Interfaces between drivers: a table of functions that one driver gives to others, which ask for
 * it with WdfFdoQueryForInterface and WdfIoTargetQueryForInterface. Each holds a reference until it
 * calls InterfaceDereference; a provider that goes does not take its table back (S17.28).
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

/*
 * WdfDeviceAddQueryInterface: offers an interface. It is copied; of several of a type the first one
 * counts, and none is taken back.
 * IRQL: PASSIVE_LEVEL. Returns STATUS_SUCCESS; STATUS_INVALID_DEVICE_REQUEST: a control device;
 * STATUS_INFO_LENGTH_MISMATCH: a wrong Size; STATUS_INVALID_PARAMETER: a table that is shorter than
 * an INTERFACE, none without SendQueryToParentStack or ImportInterface, SendQueryToParentStack of a
 * device that is no child, ImportInterface without a callback; STATUS_INSUFFICIENT_RESOURCES
 * (S17.21).
 */
NTSTATUS WdfDeviceAddQueryInterface(WDFDEVICE Device, PWDF_QUERY_INTERFACE_CONFIG InterfaceConfig);

/*
 * WdfDeviceInterfaceReferenceNoOp, WdfDeviceInterfaceDereferenceNoOp: do nothing, for interfaces
 * whose provider lives longer than who uses them. Any IRQL. (S17.22.)
 */
VOID WdfDeviceInterfaceReferenceNoOp(PVOID Context);
VOID WdfDeviceInterfaceDereferenceNoOp(PVOID Context);
#endif

WDF_EXTERN_C_END

#endif
