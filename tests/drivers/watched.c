/*
 * A driver with something of each kind that wdfctl(8) shows: a WMI block, a timer, a wait lock.
 *
 *     write "fire TEXT"   fires a WMI event with that text
 *     write "hold"        holds the wait lock, and does not return before a read has come
 *     read                takes memory from the pool, and answers "ok"
 *
 * The block holds a number of four bytes, which can be set; item 2 is its lowest byte. Method 1
 * reverses its input, method 2 acquires the wait lock and releases it.
 */
#include <ntddk.h>
#include <wdf.h>
#include <initguid.h>

#define LOOK_MS     5
#define PERIOD_MS   60000
#define WATCHED_TAG 'hctW'

DEFINE_GUID(GUID_WATCHED, 0x2c8c4d1a, 0x7a3b, 0x4d55, 0x9b, 0x11, 0x10, 0x27, 0x3e, 0x5c, 0x44,
            0x01);

typedef struct _DEVICE_CONTEXT {
    WDFWMIINSTANCE Instance;
    WDFWAITLOCK Lock;
    ULONG Value;
    volatile LONG IsReleased;
} DEVICE_CONTEXT, *PDEVICE_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(DEVICE_CONTEXT, GetDeviceContext)

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD WatchedDeviceAdd;
EVT_WDF_IO_QUEUE_IO_READ WatchedRead;
EVT_WDF_IO_QUEUE_IO_WRITE WatchedWrite;
EVT_WDF_TIMER WatchedTimer;
EVT_WDF_WMI_INSTANCE_QUERY_INSTANCE WatchedQuery;
EVT_WDF_WMI_INSTANCE_SET_INSTANCE WatchedSet;
EVT_WDF_WMI_INSTANCE_SET_ITEM WatchedSetItem;
EVT_WDF_WMI_INSTANCE_EXECUTE_METHOD WatchedExecute;

/* ---- WMI ---- */

static PDEVICE_CONTEXT ContextOf(WDFWMIINSTANCE Instance)
{
    return GetDeviceContext(WdfWmiInstanceGetDevice(Instance));
}

NTSTATUS WatchedQuery(WDFWMIINSTANCE Instance, ULONG Size, PVOID Buffer, PULONG Used)
{
    UNREFERENCED_PARAMETER(Size); /* the framework has checked it */
    *Used = sizeof(ULONG);
    RtlCopyMemory(Buffer, &ContextOf(Instance)->Value, sizeof(ULONG));
    return STATUS_SUCCESS;
}

NTSTATUS WatchedSet(WDFWMIINSTANCE Instance, ULONG Size, PVOID Buffer)
{
    if (Size != sizeof(ULONG))
        return STATUS_WMI_SET_FAILURE;
    RtlCopyMemory(&ContextOf(Instance)->Value, Buffer, sizeof(ULONG));
    return STATUS_SUCCESS;
}

NTSTATUS WatchedSetItem(WDFWMIINSTANCE Instance, ULONG Item, ULONG Size, PVOID Buffer)
{
    if (Item != 2)
        return STATUS_WMI_ITEMID_NOT_FOUND;
    if (Size != 1)
        return STATUS_WMI_SET_FAILURE;
    PULONG value = &ContextOf(Instance)->Value;
    *value = (*value & ~0xFFu) | *(PUCHAR)Buffer;
    return STATUS_SUCCESS;
}

NTSTATUS WatchedExecute(WDFWMIINSTANCE Instance, ULONG Method, ULONG InSize, ULONG OutSize,
                        PVOID Buffer, PULONG Used)
{
    PUCHAR bytes = Buffer;
    PDEVICE_CONTEXT context = ContextOf(Instance);
    if (Method == 2) {
        (VOID) WdfWaitLockAcquire(context->Lock, NULL);
        WdfWaitLockRelease(context->Lock);
        *Used = 0;
        return STATUS_SUCCESS;
    }
    if (Method != 1)
        return STATUS_WMI_ITEMID_NOT_FOUND;
    *Used = InSize;
    if (OutSize < InSize)
        return STATUS_BUFFER_TOO_SMALL;
    for (ULONG i = 0; i < InSize / 2; i++) {
        UCHAR byte = bytes[i];
        bytes[i] = bytes[InSize - 1 - i];
        bytes[InSize - 1 - i] = byte;
    }
    return STATUS_SUCCESS;
}

/* ---- requests ---- */

VOID WatchedRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PVOID buffer, note = ExAllocatePool2(POOL_FLAG_NON_PAGED, 16, WATCHED_TAG);
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    UNREFERENCED_PARAMETER(Length);
    InterlockedExchange(&GetDeviceContext(WdfIoQueueGetDevice(Queue))->IsReleased, 1);
    if (note != NULL)
        status = WdfRequestRetrieveOutputBuffer(Request, 3, &buffer, NULL);
    if (NT_SUCCESS(status))
        RtlCopyMemory(buffer, "ok\n", 3);
    if (note != NULL)
        ExFreePoolWithTag(note, WATCHED_TAG);
    WdfRequestCompleteWithInformation(Request, status, NT_SUCCESS(status) ? 3 : 0);
}

static VOID Hold(PDEVICE_CONTEXT Context)
{
    LARGE_INTEGER pause;
    pause.QuadPart = WDF_REL_TIMEOUT_IN_MS(LOOK_MS);
    InterlockedExchange(&Context->IsReleased, 0);
    (VOID) WdfWaitLockAcquire(Context->Lock, NULL);
    while (InterlockedCompareExchange(&Context->IsReleased, 0, 0) == 0)
        KeDelayExecutionThread(KernelMode, FALSE, &pause);
    WdfWaitLockRelease(Context->Lock);
}

static BOOLEAN Is(PCSTR Word, PCSTR Data, size_t Length)
{
    return Length >= strlen(Word) && memcmp(Data, Word, strlen(Word)) == 0;
}

VOID WatchedWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PDEVICE_CONTEXT context = GetDeviceContext(WdfIoQueueGetDevice(Queue));
    PVOID data;
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, 1, &data, NULL);
    if (!NT_SUCCESS(status)) {
        WdfRequestComplete(Request, status);
        return;
    }
    if (Is("fire ", data, Length))
        status = WdfWmiInstanceFireEvent(context->Instance, (ULONG)Length - 5, (PUCHAR)data + 5);
    else if (Is("hold", data, Length))
        Hold(context);
    WdfRequestCompleteWithInformation(Request, status, Length);
}

VOID WatchedTimer(WDFTIMER Timer)
{
    UNREFERENCED_PARAMETER(Timer);
}

/* ---- the device ---- */

static NTSTATUS AddBlock(WDFDEVICE Device)
{
    WDF_WMI_PROVIDER_CONFIG provider;
    WDF_WMI_INSTANCE_CONFIG instance;
    WDF_WMI_PROVIDER_CONFIG_INIT(&provider, &GUID_WATCHED);
    provider.MinInstanceBufferSize = sizeof(ULONG);
    WDF_WMI_INSTANCE_CONFIG_INIT_PROVIDER_CONFIG(&instance, &provider);
    instance.Register = TRUE;
    instance.EvtWmiInstanceQueryInstance = WatchedQuery;
    instance.EvtWmiInstanceSetInstance = WatchedSet;
    instance.EvtWmiInstanceSetItem = WatchedSetItem;
    instance.EvtWmiInstanceExecuteMethod = WatchedExecute;
    return WdfWmiInstanceCreate(Device, &instance, WDF_NO_OBJECT_ATTRIBUTES,
                                &GetDeviceContext(Device)->Instance);
}

static NTSTATUS AddTimer(WDFDEVICE Device)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_TIMER_CONFIG config;
    WDFTIMER timer;
    WDF_TIMER_CONFIG_INIT_PERIODIC(&config, WatchedTimer, PERIOD_MS);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = Device;
    NTSTATUS status = WdfTimerCreate(&config, &attributes, &timer);
    if (NT_SUCCESS(status))
        (VOID) WdfTimerStart(timer, WDF_REL_TIMEOUT_IN_MS(PERIOD_MS));
    return status;
}

static NTSTATUS AddQueue(WDFDEVICE Device)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoRead = WatchedRead;
    config.EvtIoWrite = WatchedWrite;
    return WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

NTSTATUS WatchedDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFDEVICE device;
    UNREFERENCED_PARAMETER(Driver);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, DEVICE_CONTEXT);
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status))
        return status;
    GetDeviceContext(device)->Value = 7;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = device;
    status = WdfWaitLockCreate(&attributes, &GetDeviceContext(device)->Lock);
    if (NT_SUCCESS(status))
        status = AddBlock(device);
    if (NT_SUCCESS(status))
        status = AddTimer(device);
    return NT_SUCCESS(status) ? AddQueue(device) : status;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, WatchedDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}
