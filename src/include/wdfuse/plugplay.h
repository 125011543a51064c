/*
 * What a driver of kernel mode hears of the devices of others: interfaces that come and go, and the
 * removal of a device that it has open. Included by <wdm.h>. Source: WDK documentation.
 */
#ifndef WDFUSE_PLUGPLAY_H
#define WDFUSE_PLUGPLAY_H

#include <ntdef.h>

EXTERN_C_START

struct _DEVICE_OBJECT; /* <wdm.h> */
struct _DRIVER_OBJECT;

/* What is to be heard of. */
typedef enum _IO_NOTIFICATION_EVENT_CATEGORY {
    EventCategoryReserved,
    EventCategoryHardwareProfileChange,
    EventCategoryDeviceInterfaceChange,
    EventCategoryTargetDeviceChange,
} IO_NOTIFICATION_EVENT_CATEGORY;

/* Also the interfaces that are there already. */
#define PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES 0x00000001

/* What every notification begins with: which event it is (<wdmguid.h>). */
typedef struct _PLUGPLAY_NOTIFICATION_HEADER {
    USHORT Version;
    USHORT Size;
    GUID Event;
} PLUGPLAY_NOTIFICATION_HEADER, *PPLUGPLAY_NOTIFICATION_HEADER;

/* GUID_DEVICE_INTERFACE_ARRIVAL, _REMOVAL. SymbolicLinkName: by which it is opened; it stays until
 * the callback returns. */
typedef struct _DEVICE_INTERFACE_CHANGE_NOTIFICATION {
    USHORT Version;
    USHORT Size;
    GUID Event;
    GUID InterfaceClassGuid;
    PUNICODE_STRING SymbolicLinkName;
} DEVICE_INTERFACE_CHANGE_NOTIFICATION, *PDEVICE_INTERFACE_CHANGE_NOTIFICATION;

/* GUID_TARGET_DEVICE_QUERY_REMOVE, _REMOVE_CANCELLED, _REMOVE_COMPLETE. FileObject: what was
 * registered. */
typedef struct _TARGET_DEVICE_REMOVAL_NOTIFICATION {
    USHORT Version;
    USHORT Size;
    GUID Event;
    struct _FILE_OBJECT *FileObject;
} TARGET_DEVICE_REMOVAL_NOTIFICATION, *PTARGET_DEVICE_REMOVAL_NOTIFICATION;

/* Only the answer to GUID_TARGET_DEVICE_QUERY_REMOVE counts: a failure forbids the removal. */
typedef NTSTATUS DRIVER_NOTIFICATION_CALLBACK_ROUTINE(PVOID NotificationStructure, PVOID Context);
typedef DRIVER_NOTIFICATION_CALLBACK_ROUTINE *PDRIVER_NOTIFICATION_CALLBACK_ROUTINE;

/*
 * IoRegisterPlugPlayNotification: has the driver told of events.
 *   EventCategory       EventCategoryDeviceInterfaceChange: of interfaces of a class;
 *                       EventCategoryTargetDeviceChange: of the removal of a device;
 *                       EventCategoryHardwareProfileChange: there is one profile, which stays.
 *   EventCategoryFlags  PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES: the callback is
 *                       called for what is there before this function returns.
 *   EventCategoryData   the class, a GUID; or the file object of a device that the driver has open;
 *                       or NULL.
 *   CallbackRoutine     called at PASSIVE_LEVEL: of interfaces by a worker, one event after the
 *                       other; of a removal by who removes.
 *   NotificationEntry   receives what IoUnregisterPlugPlayNotification is given.
 * IRQL: PASSIVE_LEVEL. Returns STATUS_SUCCESS; STATUS_INVALID_PARAMETER: no such category, no data
 * where it needs some, a driver object that is nobody's, or what is no open file of a driver's
 * device; STATUS_INVALID_DEVICE_REQUEST: above PASSIVE_LEVEL; STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS IoRegisterPlugPlayNotification(IO_NOTIFICATION_EVENT_CATEGORY EventCategory,
                                        ULONG EventCategoryFlags, PVOID EventCategoryData,
                                        struct _DRIVER_OBJECT *DriverObject,
                                        PDRIVER_NOTIFICATION_CALLBACK_ROUTINE CallbackRoutine,
                                        PVOID Context, PVOID *NotificationEntry);

/*
 * IoUnregisterPlugPlayNotification, IoUnregisterPlugPlayNotificationEx: the end of it. A callback
 * that runs in another thread is awaited, here in both. IRQL: PASSIVE_LEVEL. Return STATUS_SUCCESS;
 * STATUS_INVALID_DEVICE_REQUEST: above PASSIVE_LEVEL.
 */
NTSTATUS IoUnregisterPlugPlayNotification(PVOID NotificationEntry);
NTSTATUS IoUnregisterPlugPlayNotificationEx(PVOID NotificationEntry);

/* Also interfaces that are not enabled. */
#define DEVICE_INTERFACE_INCLUDE_NONACTIVE 0x00000001

/*
 * IoGetDeviceInterfaces: the names of the interfaces of a class, by which they are opened.
 *   PhysicalDeviceObject  of one stack of devices alone; NULL: of all.
 *   Flags                 0, or DEVICE_INTERFACE_INCLUDE_NONACTIVE.
 *   SymbolicLinkList      receives the names, each with a zero behind it and one more at the end,
 *                         in a block that the driver frees (ExFreePool).
 * IRQL: PASSIVE_LEVEL. Returns STATUS_SUCCESS, also when there is none;
 * STATUS_INVALID_DEVICE_REQUEST: above PASSIVE_LEVEL; STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS IoGetDeviceInterfaces(const GUID *InterfaceClassGuid,
                               struct _DEVICE_OBJECT *PhysicalDeviceObject, ULONG Flags,
                               PWSTR *SymbolicLinkList);

EXTERN_C_END

#endif
