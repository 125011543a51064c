/*
 * A driver that finds another driver's devices. It gets notifications of the interfaces of a class
 * that come and go (IoRegisterPlugPlayNotification), opens each device, and learns when it goes; a
 * read lists them. The number that have come since the driver was first installed is a persistent
 * property of its device, and an instance of a WMI block, which fires an event for each.
 */
#include <initguid.h>
#include <ntddk.h>
#include <wdf.h>
#include <ntstrsafe.h>
#include <wdmguid.h>

/* The interfaces of the echo driver's devices (app/echo/public.h). */
DEFINE_GUID(GUID_DEVINTERFACE_FOUND, 0x3b7d1c52, 0x96e4, 0x4f0a, 0x8a, 0x5d, 0xc2, 0x1e, 0x6f, 0x90,
            0xb7, 0x43);
DEFINE_GUID(FINDER_BLOCK_GUID, 0x5ef0a9d4, 0x0c41, 0x4d0f, 0x9a, 0x1b, 0x3d, 0x70, 0x8e, 0x55, 0x62,
            0x17);
static const DEVPROPKEY FinderCount = {
    {0x5ef0a9d5, 0x0c41, 0x4d0f, {0x9a, 0x1b, 0x3d, 0x70, 0x8e, 0x55, 0x62, 0x17}}, 2};

typedef struct _FINDER {
    WDFWAITLOCK Lock;
    WDFCOLLECTION Targets; /* of the devices that are open */
    WDFWMIINSTANCE Block;
    PVOID Notification;
    ULONG Count;
} FINDER, *PFINDER;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(FINDER, GetFinder)

typedef struct _FOUND {
    WDFDEVICE Finder;
    CHAR Name[64];
} FOUND, *PFOUND;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(FOUND, GetFound)

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD FinderDeviceAdd;
EVT_WDF_OBJECT_CONTEXT_CLEANUP FinderCleanup;
EVT_WDF_IO_QUEUE_IO_READ FinderRead;
EVT_WDF_IO_TARGET_REMOVE_COMPLETE FinderTargetRemoved;
EVT_WDF_WMI_INSTANCE_QUERY_INSTANCE FinderQueryBlock;
DRIVER_NOTIFICATION_CALLBACK_ROUTINE FinderInterfaceChange;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, FinderDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config, NULL);
}

/* ---- persistent data ---- */

static VOID TakeCount(WDFDEVICE Device)
{
    WDF_DEVICE_PROPERTY_DATA data;
    ULONG length;
    DEVPROPTYPE type;
    PFINDER finder = GetFinder(Device);
    WDF_DEVICE_PROPERTY_DATA_INIT(&data, &FinderCount);
    if (!NT_SUCCESS(WdfDeviceQueryPropertyEx(Device, &data, sizeof(finder->Count), &finder->Count,
                                             &length, &type)) ||
        type != DEVPROP_TYPE_UINT32)
        finder->Count = 0;
}

static VOID KeepCount(WDFDEVICE Device)
{
    WDF_DEVICE_PROPERTY_DATA data;
    WDF_DEVICE_PROPERTY_DATA_INIT(&data, &FinderCount);
    data.Flags = PLUGPLAY_PROPERTY_PERSISTENT;
    (void)WdfDeviceAssignProperty(Device, &data, DEVPROP_TYPE_UINT32, sizeof(ULONG),
                                  &GetFinder(Device)->Count);
}

NTSTATUS FinderQueryBlock(WDFWMIINSTANCE WmiInstance, ULONG OutBufferSize, PVOID OutBuffer,
                          PULONG BufferUsed)
{
    UNREFERENCED_PARAMETER(OutBufferSize); /* at least MinInstanceBufferSize */
    *(PULONG)OutBuffer = GetFinder(WdfWmiInstanceGetDevice(WmiInstance))->Count;
    *BufferUsed = sizeof(ULONG);
    return STATUS_SUCCESS;
}

static NTSTATUS CreateBlock(WDFDEVICE Device)
{
    WDF_WMI_PROVIDER_CONFIG provider;
    WDF_WMI_INSTANCE_CONFIG config;
    WDF_WMI_PROVIDER_CONFIG_INIT(&provider, &FINDER_BLOCK_GUID);
    provider.MinInstanceBufferSize = sizeof(ULONG);
    WDF_WMI_INSTANCE_CONFIG_INIT_PROVIDER_CONFIG(&config, &provider);
    config.Register = TRUE;
    config.EvtWmiInstanceQueryInstance = FinderQueryBlock;
    return WdfWmiInstanceCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES,
                                &GetFinder(Device)->Block);
}

/* ---- devices that come and go ---- */

VOID FinderTargetRemoved(WDFIOTARGET IoTarget)
{
    PFINDER finder = GetFinder(GetFound(IoTarget)->Finder);
    WdfWaitLockAcquire(finder->Lock, NULL);
    WdfCollectionRemove(finder->Targets, IoTarget);
    WdfWaitLockRelease(finder->Lock);
    WdfObjectDelete(IoTarget);
}

/* What follows the last slash. */
static VOID NameFound(PFOUND Found, PCUNICODE_STRING Name)
{
    ULONG count = Name->Length / sizeof(WCHAR), first = count, length = 0;
    while (first > 0 && Name->Buffer[first - 1] != L'/')
        first--;
    for (; first < count && length < sizeof(Found->Name) - 1; first++)
        Found->Name[length++] = (CHAR)Name->Buffer[first];
}

static NTSTATUS Open(WDFDEVICE Device, PCUNICODE_STRING Name, WDFIOTARGET *Target)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_IO_TARGET_OPEN_PARAMS params;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, FOUND);
    NTSTATUS status = WdfIoTargetCreate(Device, &attributes, Target);
    if (!NT_SUCCESS(status))
        return status;
    GetFound(*Target)->Finder = Device;
    NameFound(GetFound(*Target), Name);
    WDF_IO_TARGET_OPEN_PARAMS_INIT_OPEN_BY_NAME(&params, Name, STANDARD_RIGHTS_ALL);
    params.EvtIoTargetRemoveComplete = FinderTargetRemoved;
    status = WdfIoTargetOpen(*Target, &params);
    if (!NT_SUCCESS(status))
        WdfObjectDelete(*Target);
    return status;
}

static VOID Note(WDFDEVICE Device, WDFIOTARGET Target)
{
    PFINDER finder = GetFinder(Device);
    WdfWaitLockAcquire(finder->Lock, NULL);
    NTSTATUS status = WdfCollectionAdd(finder->Targets, Target);
    if (NT_SUCCESS(status))
        finder->Count++;
    WdfWaitLockRelease(finder->Lock);
    if (!NT_SUCCESS(status)) {
        WdfObjectDelete(Target);
        return;
    }
    KeepCount(Device);
    (void)WdfWmiInstanceFireEvent(finder->Block, sizeof(finder->Count), &finder->Count);
}

NTSTATUS FinderInterfaceChange(PVOID NotificationStructure, PVOID Context)
{
    PDEVICE_INTERFACE_CHANGE_NOTIFICATION change = NotificationStructure;
    WDFIOTARGET target;
    if (IsEqualGUID(&change->Event, &GUID_DEVICE_INTERFACE_ARRIVAL) &&
        NT_SUCCESS(Open((WDFDEVICE)Context, change->SymbolicLinkName, &target)))
        Note((WDFDEVICE)Context, target);
    return STATUS_SUCCESS;
}

/* ---- the device ---- */

/* "NAME\n" for each device, then how many have come. */
static NTSTATUS Describe(PFINDER Finder, PSTR Text, size_t Size)
{
    CHAR line[80];
    NTSTATUS status = RtlStringCbCopyA(Text, Size, "");
    WdfWaitLockAcquire(Finder->Lock, NULL);
    for (ULONG i = 0; i < WdfCollectionGetCount(Finder->Targets) && NT_SUCCESS(status); i++) {
        status = RtlStringCbPrintfA(line, sizeof(line), "%s\n",
                                    GetFound(WdfCollectionGetItem(Finder->Targets, i))->Name);
        if (NT_SUCCESS(status))
            status = RtlStringCbCatA(Text, Size, line);
    }
    if (NT_SUCCESS(status))
        status =
            RtlStringCbPrintfA(line, sizeof(line), "%lu have come\n", (unsigned long)Finder->Count);
    if (NT_SUCCESS(status))
        status = RtlStringCbCatA(Text, Size, line);
    WdfWaitLockRelease(Finder->Lock);
    return status;
}

VOID FinderRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PVOID buffer;
    size_t used = 0;
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, 1, &buffer, NULL);
    if (NT_SUCCESS(status))
        status = Describe(GetFinder(WdfIoQueueGetDevice(Queue)), buffer, Length);
    if (NT_SUCCESS(status))
        status = RtlStringCbLengthA(buffer, Length, &used);
    WdfRequestCompleteWithInformation(Request, status, used);
}

VOID FinderCleanup(WDFOBJECT Object)
{
    PFINDER finder = GetFinder((WDFDEVICE)Object);
    if (finder->Notification != NULL)
        (void)IoUnregisterPlugPlayNotificationEx(finder->Notification);
}

static NTSTATUS CreateParts(WDFDEVICE Device)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_IO_QUEUE_CONFIG config;
    PFINDER finder = GetFinder(Device);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = Device;
    NTSTATUS status = WdfWaitLockCreate(&attributes, &finder->Lock);
    if (NT_SUCCESS(status))
        status = WdfCollectionCreate(&attributes, &finder->Targets);
    if (NT_SUCCESS(status))
        status = CreateBlock(Device);
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoRead = FinderRead;
    if (NT_SUCCESS(status))
        status = WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES, NULL);
    return status;
}

NTSTATUS FinderDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFDEVICE device;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, FINDER);
    attributes.EvtCleanupCallback = FinderCleanup;
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (NT_SUCCESS(status))
        status = CreateParts(device);
    if (!NT_SUCCESS(status))
        return status;
    TakeCount(device);
    return IoRegisterPlugPlayNotification(
        EventCategoryDeviceInterfaceChange, PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES,
        (PVOID)&GUID_DEVINTERFACE_FOUND, WdfDriverWdmGetDriverObject(Driver), FinderInterfaceChange,
        device, &GetFinder(device)->Notification);
}
