/*
 * What a driver of user mode hears of the devices of others. Source: Windows documentation.
 */
#ifndef CFGMGR32_H
#define CFGMGR32_H

#include <windows.h>

EXTERN_C_START

typedef DWORD CONFIGRET;
#define CR_SUCCESS         0x00000000
#define CR_OUT_OF_MEMORY   0x00000002
#define CR_INVALID_POINTER 0x00000003
#define CR_INVALID_FLAG    0x00000004
#define CR_INVALID_DATA    0x0000001F
#define CR_BUFFER_SMALL    0x0000001A
#define CR_FAILURE         0x00000013

DECLARE_HANDLE(HCMNOTIFICATION);
typedef HCMNOTIFICATION *PHCMNOTIFICATION;

#define MAX_DEVICE_ID_LEN 200
typedef WCHAR *DEVINSTID_W;

/* What is to be heard of. */
typedef enum _CM_NOTIFY_FILTER_TYPE {
    CM_NOTIFY_FILTER_TYPE_DEVICEINTERFACE = 0,
    CM_NOTIFY_FILTER_TYPE_DEVICEHANDLE,
    CM_NOTIFY_FILTER_TYPE_DEVICEINSTANCE,
    CM_NOTIFY_FILTER_TYPE_MAX,
} CM_NOTIFY_FILTER_TYPE;

#define CM_NOTIFY_FILTER_FLAG_ALL_INTERFACE_CLASSES 0x00000001
#define CM_NOTIFY_FILTER_FLAG_ALL_DEVICE_INSTANCES  0x00000002

/* Interfaces of a class, or the device that a handle leads to
 * (WdfIoTargetWdmGetTargetFileHandle). */
typedef struct _CM_NOTIFY_FILTER {
    DWORD cbSize;
    DWORD Flags;
    CM_NOTIFY_FILTER_TYPE FilterType;
    DWORD Reserved;
    union {
        struct {
            GUID ClassGuid;
        } DeviceInterface;
        struct {
            HANDLE hTarget;
        } DeviceHandle;
        struct {
            WCHAR InstanceId[MAX_DEVICE_ID_LEN];
        } DeviceInstance;
    } u;
} CM_NOTIFY_FILTER, *PCM_NOTIFY_FILTER;

typedef enum _CM_NOTIFY_ACTION {
    CM_NOTIFY_ACTION_DEVICEINTERFACEARRIVAL = 0,
    CM_NOTIFY_ACTION_DEVICEINTERFACEREMOVAL,
    CM_NOTIFY_ACTION_DEVICEQUERYREMOVE,
    CM_NOTIFY_ACTION_DEVICEQUERYREMOVEFAILED,
    CM_NOTIFY_ACTION_DEVICEREMOVEPENDING,
    CM_NOTIFY_ACTION_DEVICEREMOVECOMPLETE,
    CM_NOTIFY_ACTION_DEVICECUSTOMEVENT,
    CM_NOTIFY_ACTION_DEVICEINSTANCEENUMERATED,
    CM_NOTIFY_ACTION_DEVICEINSTANCESTARTED,
    CM_NOTIFY_ACTION_DEVICEINSTANCEREMOVED,
    CM_NOTIFY_ACTION_MAX,
} CM_NOTIFY_ACTION;

/* What the callback is told: of an interface its class and its name, by which it is opened. */
typedef struct _CM_NOTIFY_EVENT_DATA {
    CM_NOTIFY_FILTER_TYPE FilterType;
    DWORD Reserved;
    union {
        struct {
            GUID ClassGuid;
            WCHAR SymbolicLink[1];
        } DeviceInterface;
        struct {
            GUID EventGuid;
            LONG NameOffset;
            DWORD DataSize;
            BYTE Data[1];
        } DeviceHandle;
        struct {
            WCHAR InstanceId[1];
        } DeviceInstance;
    } u;
} CM_NOTIFY_EVENT_DATA, *PCM_NOTIFY_EVENT_DATA;

/* Of CM_NOTIFY_ACTION_DEVICEQUERYREMOVE another answer than ERROR_SUCCESS forbids the removal; no
 * other answer counts. */
typedef DWORD (*PCM_NOTIFY_CALLBACK)(HCMNOTIFICATION hNotify, PVOID Context,
                                     CM_NOTIFY_ACTION Action, PCM_NOTIFY_EVENT_DATA EventData,
                                     DWORD EventDataSize);

/*
 * CM_Register_Notification: has the driver told of interfaces that come and go, or of the removal
 * of a device that it has open. Interfaces that are there already are not told: look with
 * CM_Get_Device_Interface_List afterwards.
 *   pFilter         with CM_NOTIFY_FILTER_FLAG_ALL_INTERFACE_CLASSES of each class.
 *   pCallback       of interfaces called by a worker, one event after the other; of a removal by
 *                   who removes.
 *   pNotifyContext  receives what CM_Unregister_Notification is given.
 * Returns CR_SUCCESS; CR_INVALID_POINTER; CR_INVALID_DATA: a wrong size or type, no device, or a
 * device instance, of which nobody is told; CR_INVALID_FLAG; CR_OUT_OF_MEMORY.
 */
CONFIGRET CM_Register_Notification(PCM_NOTIFY_FILTER pFilter, PVOID pContext,
                                   PCM_NOTIFY_CALLBACK pCallback, PHCMNOTIFICATION pNotifyContext);

/* CM_Unregister_Notification: the end of it. A callback that runs in another thread is awaited; not
 * from the callback itself, where CR_FAILURE is returned. Returns CR_SUCCESS. */
CONFIGRET CM_Unregister_Notification(HCMNOTIFICATION NotifyContext);

#define CM_GET_DEVICE_INTERFACE_LIST_PRESENT     0x00000000
#define CM_GET_DEVICE_INTERFACE_LIST_ALL_DEVICES 0x00000001

/*
 * CM_Get_Device_Interface_List_SizeW, CM_Get_Device_Interface_ListW: the names of the interfaces of
 * a class, each with a zero behind it and one more at the end; lengths are in characters.
 *   pDeviceID  NULL: of all devices; another one is refused.
 * Return CR_SUCCESS; CR_INVALID_POINTER; CR_INVALID_DATA: a device was named; CR_BUFFER_SMALL;
 * CR_OUT_OF_MEMORY.
 */
CONFIGRET CM_Get_Device_Interface_List_SizeW(ULONG *pulLen, GUID *InterfaceClassGuid,
                                             DEVINSTID_W pDeviceID, ULONG ulFlags);
CONFIGRET CM_Get_Device_Interface_ListW(GUID *InterfaceClassGuid, DEVINSTID_W pDeviceID,
                                        PWCHAR Buffer, ULONG BufferLen, ULONG ulFlags);
#define CM_Get_Device_Interface_List_Size CM_Get_Device_Interface_List_SizeW
#define CM_Get_Device_Interface_List      CM_Get_Device_Interface_ListW

EXTERN_C_END

#endif
