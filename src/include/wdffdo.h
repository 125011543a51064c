/*
 * Function devices and their children: the static child list, and the default list of
 * <wdfchildlist.h>. A child is created from an init structure (WdfPdoInitAllocate, <wdfpdo.h>) by
 * WdfDeviceCreate, and is the driver's until it is added to the list.
 *
 * Once its parent has started, the framework starts a child that is raw or has drivers, and the
 * child gets a node. A child is removed, or suspended, before its parent.
 */
#ifndef WDFFDO_H
#define WDFFDO_H

#include <wdfchildlist.h>
#include <wdfdevice.h>

WDF_EXTERN_C_START

/* What hardware resources could the device do with? The driver changes the list
 * (<wdfresource.h>): in EvtDeviceFilterRemoveResourceRequirements, which drivers further up get
 * first, it takes something out; then, those further down first, in
 * EvtDeviceFilterAddResourceRequirements it adds something. Once, before the stack starts for the
 * first time. After a failure its changes do not count (S17.11). IRQL PASSIVE_LEVEL. */
typedef NTSTATUS EVT_WDF_DEVICE_FILTER_RESOURCE_REQUIREMENTS(
    WDFDEVICE Device, WDFIORESREQLIST IoResourceRequirementsList);
typedef EVT_WDF_DEVICE_FILTER_RESOURCE_REQUIREMENTS *PFN_WDF_DEVICE_FILTER_RESOURCE_REQUIREMENTS;

/* The device has got these resources; the driver takes out of both lists what it has added, before
 * the drivers below are given them. At each start, unless there is nothing; a failure fails the
 * start. IRQL PASSIVE_LEVEL. */
typedef NTSTATUS EVT_WDF_DEVICE_REMOVE_ADDED_RESOURCES(WDFDEVICE Device, WDFCMRESLIST ResourcesRaw,
                                                       WDFCMRESLIST ResourcesTranslated);
typedef EVT_WDF_DEVICE_REMOVE_ADDED_RESOURCES *PFN_WDF_DEVICE_REMOVE_ADDED_RESOURCES;

typedef struct _WDF_FDO_EVENT_CALLBACKS {
    ULONG Size;
    PFN_WDF_DEVICE_FILTER_RESOURCE_REQUIREMENTS EvtDeviceFilterAddResourceRequirements;
    PFN_WDF_DEVICE_FILTER_RESOURCE_REQUIREMENTS EvtDeviceFilterRemoveResourceRequirements;
    PFN_WDF_DEVICE_REMOVE_ADDED_RESOURCES EvtDeviceRemoveAddedResources;
} WDF_FDO_EVENT_CALLBACKS, *PWDF_FDO_EVENT_CALLBACKS;

/* WDF_FDO_EVENT_CALLBACKS_INIT: no callback. */
FORCEINLINE VOID WDF_FDO_EVENT_CALLBACKS_INIT(PWDF_FDO_EVENT_CALLBACKS Callbacks)
{
    RtlZeroMemory(Callbacks, sizeof(*Callbacks));
    Callbacks->Size = sizeof(*Callbacks);
}

/*
 * WdfFdoInitSetFilter: the device is a filter. Requests of a type that it has no queue for go to
 * the next lower device of the stack (S5.12); so do create, cleanup and close, unless
 * WDF_FILEOBJECT_CONFIG says otherwise (S4.6). Its device type, characteristics and I/O type are
 * those of the device below (S17.6).
 *   DeviceInit  what EvtDriverDeviceAdd was given; of another one this is a break, and ignored.
 * IRQL PASSIVE_LEVEL. (WDF documentation.)
 */
VOID WdfFdoInitSetFilter(PWDFDEVICE_INIT DeviceInit);

#ifndef UMDF_VERSION_MAJOR
/*
 * WdfFdoInitSetEventCallbacks: what the driver wants to hear of hardware resources.
 *   DeviceInit         what EvtDriverDeviceAdd was given.
 *   FdoEventCallbacks  of WDF_FDO_EVENT_CALLBACKS_INIT.
 * A wrong Size, or another DeviceInit: ignored, with a break (S3.11). IRQL PASSIVE_LEVEL. (WDF
 * documentation.)
 */
VOID WdfFdoInitSetEventCallbacks(PWDFDEVICE_INIT DeviceInit,
                                 PWDF_FDO_EVENT_CALLBACKS FdoEventCallbacks);
#endif

/*
 * WdfFdoInitOpenRegistryKey: WdfDeviceOpenRegistryKey, before there is a device.
 *   DeviceInit             what EvtDriverDeviceAdd was given.
 *   DeviceInstanceKeyType  PLUGPLAY_REGKEY_DEVICE or PLUGPLAY_REGKEY_DRIVER, as there.
 *   DesiredAccess          KEY_READ, KEY_SET_VALUE ...
 *   KeyAttributes          optional; the parent is the driver unless they name another.
 *   Key                    receives the handle, for WdfRegistryClose.
 * IRQL PASSIVE_LEVEL. Returns what that does; STATUS_INVALID_DEVICE_REQUEST: another DeviceInit.
 * (WDF documentation.)
 */
NTSTATUS WdfFdoInitOpenRegistryKey(PWDFDEVICE_INIT DeviceInit, ULONG DeviceInstanceKeyType,
                                   ACCESS_MASK DesiredAccess, PWDF_OBJECT_ATTRIBUTES KeyAttributes,
                                   WDFKEY *Key);

/*
 * WdfFdoInitQueryProperty, WdfFdoInitAllocAndQueryProperty: WdfDeviceQueryProperty and
 * WdfDeviceAllocAndQueryProperty before the device exists: properties of the device that it will be
 * attached to.
 *   DeviceInit  what EvtDriverDeviceAdd was given.
 * IRQL: PASSIVE_LEVEL. Return what those do; STATUS_INVALID_DEVICE_REQUEST: another DeviceInit
 * (S17.34, S17.35).
 */
NTSTATUS WdfFdoInitQueryProperty(PWDFDEVICE_INIT DeviceInit,
                                 DEVICE_REGISTRY_PROPERTY DeviceProperty, ULONG BufferLength,
                                 PVOID PropertyBuffer, PULONG ResultLength);
NTSTATUS WdfFdoInitAllocAndQueryProperty(PWDFDEVICE_INIT DeviceInit,
                                         DEVICE_REGISTRY_PROPERTY DeviceProperty,
                                         POOL_TYPE PoolType,
                                         PWDF_OBJECT_ATTRIBUTES PropertyMemoryAttributes,
                                         WDFMEMORY *PropertyMemory);

/*
 * WdfFdoInitQueryPropertyEx, WdfFdoInitAllocAndQueryPropertyEx: WdfDeviceQueryPropertyEx and
 * WdfDeviceAllocAndQueryPropertyEx in the same way. IRQL <= APC_LEVEL (S17.36).
 */
NTSTATUS WdfFdoInitQueryPropertyEx(PWDFDEVICE_INIT DeviceInit,
                                   PWDF_DEVICE_PROPERTY_DATA DeviceProperty, ULONG BufferLength,
                                   PVOID PropertyBuffer, PULONG ResultLength, PDEVPROPTYPE Type);
NTSTATUS WdfFdoInitAllocAndQueryPropertyEx(PWDFDEVICE_INIT DeviceInit,
                                           PWDF_DEVICE_PROPERTY_DATA DeviceProperty,
                                           POOL_TYPE PoolType,
                                           PWDF_OBJECT_ATTRIBUTES PropertyMemoryAttributes,
                                           WDFMEMORY *PropertyMemory, PDEVPROPTYPE Type);

#ifndef UMDF_VERSION_MAJOR
/*
 * WdfFdoInitWdmGetPhysicalDevice: the lowest device of the stack that is being built, which is what
 * WdfDeviceWdmGetPhysicalDevice returns later.
 *   DeviceInit  what EvtDriverDeviceAdd was given; of another one this is a break.
 * Returns NULL after a break. IRQL <= DISPATCH_LEVEL. (WDF documentation.)
 */
PDEVICE_OBJECT WdfFdoInitWdmGetPhysicalDevice(PWDFDEVICE_INIT DeviceInit);

/*
 * WdfFdoInitSetDefaultChildListConfig: the device gets a child list (<wdfchildlist.h>) when it is
 * created. If it is no function device, or an argument is wrong: ignored, with a break. IRQL
 * PASSIVE_LEVEL. (WDF documentation.)
 */
VOID WdfFdoInitSetDefaultChildListConfig(PWDFDEVICE_INIT DeviceInit, PWDF_CHILD_LIST_CONFIG Config,
                                         PWDF_OBJECT_ATTRIBUTES DefaultDeviceListAttributes);

/* WdfFdoGetDefaultChildList: that list. NULL: it has none, or, with a break, is no function device.
 * IRQL <= DISPATCH_LEVEL. (WDF documentation.) */
WDFCHILDLIST WdfFdoGetDefaultChildList(WDFDEVICE Fdo);

/*
 * WdfFdoQueryForInterface: asks the device's own stack, from its uppermost device down to the bus
 * driver's, for an interface (<wdfqueryinterface.h>).
 *   Interface              Size bytes, zeroed by the caller; on success the table, with a reference
 *                          that InterfaceDereference gives back.
 *   Version                the highest that the caller knows.
 *   InterfaceSpecificData  for the provider's callback; optional.
 * IRQL: PASSIVE_LEVEL. Returns STATUS_SUCCESS; STATUS_NOT_SUPPORTED: nobody has it, in that Size
 * and Version; STATUS_INVALID_BUFFER_SIZE: the bus driver has it, and it is longer or newer;
 * STATUS_INVALID_PARAMETER: a control device or child; or what the provider's callback has returned
 * (S17.26).
 */
NTSTATUS WdfFdoQueryForInterface(WDFDEVICE Fdo, LPCGUID InterfaceType, PINTERFACE Interface,
                                 USHORT Size, USHORT Version, PVOID InterfaceSpecificData);

/*
 * WdfFdoAddStaticChild: adds a child to its parent's list. If the parent has started, a worker
 * starts the child, perhaps before this returns; else it is started right after its parent.
 *   Fdo    the parent.
 *   Child  made from WdfPdoInitAllocate(Fdo). The framework's after a success; after a failure the
 *          driver deletes it (WdfObjectDelete).
 * IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; STATUS_OBJECT_NAME_EXISTS, a success: it is in
 * the list already; STATUS_INVALID_PARAMETER: Fdo is no function device, or not the parent;
 * STATUS_INVALID_DEVICE_STATE: it was in the list; STATUS_DELETE_PENDING: the parent is being
 * removed. (WDF documentation.)
 */
NTSTATUS WdfFdoAddStaticChild(WDFDEVICE Fdo, WDFDEVICE Child);

/*
 * WdfFdoLockStaticChildListForIteration, WdfFdoUnlockStaticChildListFromIteration: in between no
 * child is started or removed; children that are added or marked missing meanwhile show that at
 * once, and are looked at afterwards. Nests. Removal of the parent waits. IRQL <= DISPATCH_LEVEL.
 * (WDF documentation.)
 */
VOID WdfFdoLockStaticChildListForIteration(WDFDEVICE Fdo);
VOID WdfFdoUnlockStaticChildListFromIteration(WDFDEVICE Fdo);

/*
 * WdfFdoRetrieveNextStaticChild: the next child of the locked list.
 *   PreviousChild  where to go on, NULL to begin.
 *   Flags          WDF_RETRIEVE_CHILD_FLAGS, not 0.
 * IRQL <= DISPATCH_LEVEL. Returns NULL at the end, and, with a break, if the list is not locked,
 * PreviousChild is not in it or the Flags are wrong. The handle is good until the list is unlocked.
 * (WDF documentation.)
 */
WDFDEVICE WdfFdoRetrieveNextStaticChild(WDFDEVICE Fdo, WDFDEVICE PreviousChild, ULONG Flags);
#endif

WDF_EXTERN_C_END

#endif
