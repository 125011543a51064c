/*
 * A driver whose EvtIoRead does not return until somebody has written more than a byte, or the
 * device leaves D0. Its queue is parallel, so each reader occupies a thread.
 */
#include <ntddk.h>
#include <wdf.h>

#define LOOK_MS 5

typedef struct _DEVICE_CONTEXT {
    volatile LONG IsReleased;
} DEVICE_CONTEXT, *PDEVICE_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(DEVICE_CONTEXT, GetDeviceContext)

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD StuckDeviceAdd;
EVT_WDF_IO_QUEUE_IO_READ StuckRead;
EVT_WDF_IO_QUEUE_IO_WRITE StuckWrite;
EVT_WDF_DEVICE_SELF_MANAGED_IO_SUSPEND StuckSuspend;

static PDEVICE_CONTEXT ContextOf(WDFQUEUE Queue)
{
    return GetDeviceContext(WdfIoQueueGetDevice(Queue));
}

VOID StuckRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PDEVICE_CONTEXT context = ContextOf(Queue);
    LARGE_INTEGER pause;
    PVOID buffer;

    pause.QuadPart = WDF_REL_TIMEOUT_IN_MS(LOOK_MS);
    while (InterlockedCompareExchange(&context->IsReleased, 0, 0) == 0)
        KeDelayExecutionThread(KernelMode, FALSE, &pause);
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, 3, &buffer, NULL);
    if (NT_SUCCESS(status))
        RtlCopyMemory(buffer, "ok\n", 3);
    UNREFERENCED_PARAMETER(Length);
    WdfRequestCompleteWithInformation(Request, status, NT_SUCCESS(status) ? 3 : 0);
}

VOID StuckWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    if (Length > 1)
        InterlockedExchange(&ContextOf(Queue)->IsReleased, 1);
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}

NTSTATUS StuckSuspend(WDFDEVICE Device)
{
    InterlockedExchange(&GetDeviceContext(Device)->IsReleased, 1);
    return STATUS_SUCCESS;
}

NTSTATUS StuckDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_PNPPOWER_EVENT_CALLBACKS power;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_IO_QUEUE_CONFIG config;
    WDFDEVICE device;

    UNREFERENCED_PARAMETER(Driver);
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&power);
    power.EvtDeviceSelfManagedIoSuspend = StuckSuspend;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &power);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, DEVICE_CONTEXT);
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status))
        return status;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoRead = StuckRead;
    config.EvtIoWrite = StuckWrite;
    return WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, StuckDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}
