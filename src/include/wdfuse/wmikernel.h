/*
 * How a kernel-mode driver receives other drivers' WMI events. Included by <wdm.h>. Source: WDK
 * documentation.
 */
#ifndef WDFUSE_WMIKERNEL_H
#define WDFUSE_WMIKERNEL_H

#include <ntdef.h>

EXTERN_C_START

struct _DEVICE_OBJECT; /* <wdm.h> */

/* The access that a block is opened for. */
#define WMIGUID_QUERY        0x0001
#define WMIGUID_SET          0x0002
#define WMIGUID_NOTIFICATION 0x0004

/* An event: a WNODE_SINGLE_INSTANCE of <wmistr.h> with WNODE_FLAG_EVENT_ITEM, which stays valid
 * until the callback returns. */
typedef VOID FWMI_NOTIFICATION_CALLBACK(PVOID Wnode, PVOID Context);
typedef FWMI_NOTIFICATION_CALLBACK *WMI_NOTIFICATION_CALLBACK;

/*
 * IoWMIOpenBlock: opens the blocks of that GUID, of all drivers of the process, for events: the
 * providers are told that somebody listens. A provider may come later.
 *   DesiredAccess    WMIGUID_NOTIFICATION; nothing else is done here with an open block.
 *   DataBlockObject  receives what IoWMISetNotificationCallback takes; ObDereferenceObject ends it.
 * IRQL: PASSIVE_LEVEL. Returns STATUS_SUCCESS; STATUS_NOT_SUPPORTED: another DesiredAccess;
 * STATUS_INVALID_DEVICE_REQUEST: above PASSIVE_LEVEL; STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS IoWMIOpenBlock(const GUID *Guid, ULONG DesiredAccess, PVOID *DataBlockObject);

/*
 * IoWMISetNotificationCallback: sets the callback for events. A worker calls it at PASSIVE_LEVEL,
 * for one event after the other. IRQL <= APC_LEVEL. Returns STATUS_SUCCESS;
 * STATUS_INVALID_DEVICE_REQUEST: above APC_LEVEL.
 */
NTSTATUS IoWMISetNotificationCallback(PVOID Object, WMI_NOTIFICATION_CALLBACK Callback,
                                      PVOID Context);

/*
 * ObDereferenceObject: closes what IoWMIOpenBlock has opened, after waiting for a callback that
 * runs in another thread. Other objects are ignored, with a break: they have no count. IRQL:
 * PASSIVE_LEVEL.
 */
VOID ObDereferenceObject(PVOID Object);

/* IoWMIDeviceObjectToProviderId: the ProviderId of that device's events. Any IRQL. */
ULONG IoWMIDeviceObjectToProviderId(struct _DEVICE_OBJECT *DeviceObject);

EXTERN_C_END

#endif
