/* Shared by the bus drivers with a planted race. See bus.h; nothing is wrong here. */
#include "bus.h"

DRIVER_INITIALIZE DriverEntry;
static EVT_WDF_DRIVER_DEVICE_ADD BusDeviceAdd;
static EVT_WDF_CHILD_LIST_CREATE_DEVICE BusCreateChild;
static EVT_WDF_IO_QUEUE_IO_READ BusChildRead;
static EVT_WDF_TIMER BusChildAnswer;
static EVT_WDF_OBJECT_CONTEXT_CLEANUP BusChildCleanup;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, BusDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

static NTSTATUS CreateQueue(WDFDEVICE Device, PFN_WDF_IO_QUEUE_IO_READ Read,
                            PFN_WDF_IO_QUEUE_IO_WRITE Write)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoRead = Read;
    config.EvtIoWrite = Write;
    return WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

static NTSTATUS BusDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDF_CHILD_LIST_CONFIG list;
    WDF_CHILD_LIST_CONFIG_INIT(&list, sizeof(BUS_ID), BusCreateChild);
    list.EvtChildListScanForChildren = BusDriver.Scan != NULL ? BusDriver.Scan : BusScan;
    list.EvtChildListIdentificationDescriptionCompare = BusDriver.Compare;
    WdfFdoInitSetDefaultChildListConfig(DeviceInit, &list, WDF_NO_OBJECT_ATTRIBUTES);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, BUS_DEVICE);
    WDFDEVICE device;
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status))
        return status;
    BusGetDevice(device)->Slots = (1 << BUS_SLOTS) - 1;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = device;
    status = WdfSpinLockCreate(&attributes, &BusGetDevice(device)->Lock);
    if (!NT_SUCCESS(status) || BusDriver.Write == NULL)
        return status;
    return CreateQueue(device, NULL, BusDriver.Write);
}

/* ---- the list ---- */

BUS_ID BusIdOf(ULONG Slot)
{
    BUS_ID id;
    WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER_INIT(&id.Header, sizeof(id));
    id.Slot = Slot;
    return id;
}

NTSTATUS BusReport(WDFCHILDLIST List, ULONG Slot)
{
    BUS_ID id = BusIdOf(Slot);
    return WdfChildListAddOrUpdateChildDescriptionAsPresent(List, &id.Header, NULL);
}

VOID BusScan(WDFCHILDLIST List)
{
    WdfChildListBeginScan(List);
    for (ULONG slot = 0; slot < BUS_SLOTS; slot++)
        (void)BusReport(List, slot);
    WdfChildListEndScan(List);
}

/* ---- a child ---- */

static NTSTATUS PrepareChild(WDFDEVICE Child, ULONG Slot)
{
    PBUS_CHILD child = BusGetChild(Child);
    child->Slot = Slot;
    child->Hardware = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*child->Hardware), BUS_TAG);
    if (child->Hardware == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = Child;
    WDF_TIMER_CONFIG timer;
    WDF_TIMER_CONFIG_INIT(&timer, BusChildAnswer);
    timer.AutomaticSerialization = FALSE;
    NTSTATUS status = WdfTimerCreate(&timer, &attributes, &child->Timer);
    return NT_SUCCESS(status) ? CreateQueue(Child, BusChildRead, NULL) : status;
}

static NTSTATUS BusCreateChild(WDFCHILDLIST List,
                               PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER Description,
                               PWDFDEVICE_INIT ChildInit)
{
    static const GUID class = {0x2f36b5d1, 0x6a1c, 0x4f0e, {1, 2, 3, 4, 5, 6, 7, 8}};
    ULONG slot = CONTAINING_RECORD(Description, BUS_ID, Header)->Slot;
    WCHAR digits[] = {(WCHAR)(L'0' + slot), 0};
    UNICODE_STRING instance;
    UNREFERENCED_PARAMETER(List);
    RtlInitUnicodeString(&instance, digits);
    NTSTATUS status = WdfPdoInitAssignInstanceID(ChildInit, &instance);
    if (NT_SUCCESS(status))
        status = WdfPdoInitAssignRawDevice(ChildInit, &class);
    if (!NT_SUCCESS(status))
        return status;
    WDF_PDO_EVENT_CALLBACKS events;
    WDF_PDO_EVENT_CALLBACKS_INIT(&events);
    events.EvtDeviceReportedMissing = BusDriver.Missing;
    WdfPdoInitSetEventCallbacks(ChildInit, &events);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, BUS_CHILD);
    attributes.EvtCleanupCallback = BusChildCleanup;
    WDFDEVICE child;
    status = WdfDeviceCreate(&ChildInit, &attributes, &child);
    return NT_SUCCESS(status) ? PrepareChild(child, slot) : status;
}

static VOID BusChildRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PBUS_CHILD child = BusGetChild(WdfIoQueueGetDevice(Queue));
    UNREFERENCED_PARAMETER(Length);
    child->Current = Request;
    WdfTimerStart(child->Timer, WDF_REL_TIMEOUT_IN_MS(BUS_DELAY_MS));
}

static VOID BusChildAnswer(WDFTIMER Timer)
{
    PBUS_CHILD child = BusGetChild((WDFDEVICE)WdfTimerGetParentObject(Timer));
    *child->Hardware += 1;
    WdfRequestComplete(child->Current, STATUS_SUCCESS);
}

static VOID BusChildCleanup(WDFOBJECT Child)
{
    PBUS_CHILD child = BusGetChild((WDFDEVICE)Child);
    if (child->Hardware != NULL && !child->HasLostHardware)
        ExFreePoolWithTag(child->Hardware, BUS_TAG);
}
