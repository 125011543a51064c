/*
 * A driver whose EvtIoRead sleeps, as many side by side as there are threads for them; who reads is told how
 * many have been inside at once until now, at most. What is written is how long a read sleeps, in
 * microseconds; a device that leaves D0 wakes them all.
 */
#include <ntddk.h>
#include <wdf.h>

#include <stdio.h>
#include <stdlib.h>

/* A number and a newline. */
#define ANSWER_SIZE 16

/* How long one that is woken sleeps on, in microseconds. */
#define LOOK 5000

typedef struct _DEVICE_CONTEXT {
    volatile LONG Pause;
    volatile LONG Inside;
    volatile LONG MostInside;
} DEVICE_CONTEXT, *PDEVICE_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(DEVICE_CONTEXT, GetDeviceContext)

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD CrowdedDeviceAdd;
EVT_WDF_IO_QUEUE_IO_READ CrowdedRead;
EVT_WDF_IO_QUEUE_IO_WRITE CrowdedWrite;
EVT_WDF_DEVICE_SELF_MANAGED_IO_SUSPEND CrowdedSuspend;

static void NoteInside(PDEVICE_CONTEXT Context)
{
    LONG inside = InterlockedIncrement(&Context->Inside);
    LONG most = Context->MostInside;

    while (most < inside) {
        LONG seen = InterlockedCompareExchange(&Context->MostInside, inside, most);
        if (seen == most)
            break;
        most = seen;
    }
}

static VOID SleepInside(PDEVICE_CONTEXT Context)
{
    LARGE_INTEGER pause;
    LONG slept, left;

    for (slept = 0; (left = Context->Pause - slept) > 0; slept += LOOK) {
        pause.QuadPart = WDF_REL_TIMEOUT_IN_US(left < LOOK ? left : LOOK);
        KeDelayExecutionThread(KernelMode, FALSE, &pause);
    }
}

VOID CrowdedRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PDEVICE_CONTEXT context = GetDeviceContext(WdfIoQueueGetDevice(Queue));
    char text[ANSWER_SIZE + 1];
    PVOID buffer;

    NoteInside(context);
    SleepInside(context);
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, ANSWER_SIZE, &buffer, NULL);
    snprintf(text, sizeof(text), "%15ld\n", (long)context->MostInside);
    if (NT_SUCCESS(status))
        RtlCopyMemory(buffer, text, ANSWER_SIZE);
    UNREFERENCED_PARAMETER(Length);
    InterlockedDecrement(&context->Inside);
    WdfRequestCompleteWithInformation(Request, status, NT_SUCCESS(status) ? ANSWER_SIZE : 0);
}

VOID CrowdedWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    char text[16] = "";
    PVOID buffer;

    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, 1, &buffer, NULL);
    if (NT_SUCCESS(status) && Length < sizeof(text)) {
        RtlCopyMemory(text, buffer, Length);
        InterlockedExchange(&GetDeviceContext(WdfIoQueueGetDevice(Queue))->Pause,
                            (LONG)strtol(text, NULL, 10));
    }
    WdfRequestCompleteWithInformation(Request, status, Length);
}

NTSTATUS CrowdedSuspend(WDFDEVICE Device)
{
    InterlockedExchange(&GetDeviceContext(Device)->Pause, 0);
    return STATUS_SUCCESS;
}

NTSTATUS CrowdedDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_PNPPOWER_EVENT_CALLBACKS power;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_IO_QUEUE_CONFIG config;
    WDFDEVICE device;

    UNREFERENCED_PARAMETER(Driver);
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&power);
    power.EvtDeviceSelfManagedIoSuspend = CrowdedSuspend;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &power);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, DEVICE_CONTEXT);
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status))
        return status;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoRead = CrowdedRead;
    config.EvtIoWrite = CrowdedWrite;
    return WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, CrowdedDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config, WDF_NO_HANDLE);
}
