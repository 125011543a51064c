/*
 * A driver whose EvtIoRead sleeps, in as many threads at once as there are. A reader is told the
 * largest number that have been inside at once. A write says how long a read sleeps (the next one
 * twice as long, the third three times, and so on) and, if a timer is to answer it afterwards, when
 * that is due; both in microseconds. Other writes have no effect. A device that leaves D0 wakes all
 * sleepers.
 */
#include <ntddk.h>
#include <wdf.h>

#include <stdio.h>

/* A number and a newline. */
#define ANSWER_SIZE 16

#define COMMAND_SIZE 32

/* How long a woken one goes on sleeping, in microseconds. */
#define LOOK 5000

#define NO_TIMER (-1)

typedef struct _DEVICE_CONTEXT {
    volatile LONG Pause;
    volatile LONG Delay; /* of the answer, or NO_TIMER */
    volatile LONG Turn;
    volatile LONG Inside;
    volatile LONG MostInside;
    WDFQUEUE Waiting; /* for the timer */
    WDFTIMER Timer;
} DEVICE_CONTEXT, *PDEVICE_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(DEVICE_CONTEXT, GetDeviceContext)

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD CrowdedDeviceAdd;
EVT_WDF_IO_QUEUE_IO_READ CrowdedRead;
EVT_WDF_IO_QUEUE_IO_WRITE CrowdedWrite;
EVT_WDF_DEVICE_SELF_MANAGED_IO_SUSPEND CrowdedSuspend;
EVT_WDF_TIMER CrowdedTimer;

static LONG Read(volatile LONG *Value)
{
    return InterlockedCompareExchange(Value, 0, 0);
}

static VOID NoteInside(PDEVICE_CONTEXT Context)
{
    LONG inside = InterlockedIncrement(&Context->Inside);
    LONG most = Read(&Context->MostInside);

    while (most < inside) {
        LONG seen = InterlockedCompareExchange(&Context->MostInside, inside, most);
        if (seen == most)
            break;
        most = seen;
    }
}

static VOID SleepInside(PDEVICE_CONTEXT Context)
{
    LONG times = 1 + (InterlockedIncrement(&Context->Turn) & 0xffff) % 3;
    LARGE_INTEGER pause;
    LONG slept, left;

    for (slept = 0; (left = times * Read(&Context->Pause) - slept) > 0; slept += LOOK) {
        pause.QuadPart = WDF_REL_TIMEOUT_IN_US(left < LOOK ? left : LOOK);
        KeDelayExecutionThread(KernelMode, FALSE, &pause);
    }
}

static VOID Answer(PDEVICE_CONTEXT Context, WDFREQUEST Request)
{
    char text[ANSWER_SIZE + 1];
    PVOID buffer;

    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, ANSWER_SIZE, &buffer, NULL);
    snprintf(text, sizeof(text), "%15ld\n", (long)Read(&Context->MostInside));
    if (NT_SUCCESS(status))
        RtlCopyMemory(buffer, text, ANSWER_SIZE);
    WdfRequestCompleteWithInformation(Request, status, NT_SUCCESS(status) ? ANSWER_SIZE : 0);
}

static VOID AnswerLater(PDEVICE_CONTEXT Context, WDFREQUEST Request, LONG Delay)
{
    NTSTATUS status = WdfRequestForwardToIoQueue(Request, Context->Waiting);
    if (NT_SUCCESS(status))
        WdfTimerStart(Context->Timer, WDF_REL_TIMEOUT_IN_US(Delay));
    else
        WdfRequestComplete(Request, status);
}

VOID CrowdedTimer(WDFTIMER Timer)
{
    PDEVICE_CONTEXT context = GetDeviceContext(WdfTimerGetParentObject(Timer));
    WDFREQUEST request;

    while (NT_SUCCESS(WdfIoQueueRetrieveNextRequest(context->Waiting, &request)))
        Answer(context, request);
}

VOID CrowdedRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PDEVICE_CONTEXT context = GetDeviceContext(WdfIoQueueGetDevice(Queue));

    UNREFERENCED_PARAMETER(Length);
    NoteInside(context);
    SleepInside(context);
    InterlockedDecrement(&context->Inside);
    LONG delay = Read(&context->Delay);
    if (delay == NO_TIMER)
        Answer(context, Request);
    else
        AnswerLater(context, Request, delay);
}

static VOID Obey(PDEVICE_CONTEXT Context, const char *Text)
{
    int pause, delay;
    int count = sscanf(Text, "%d %d", &pause, &delay);

    if (count >= 1) {
        InterlockedExchange(&Context->Pause, pause);
        InterlockedExchange(&Context->Delay, count == 2 ? delay : NO_TIMER);
    }
}

VOID CrowdedWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PDEVICE_CONTEXT context = GetDeviceContext(WdfIoQueueGetDevice(Queue));
    char text[COMMAND_SIZE] = "";
    PVOID buffer;

    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, 1, &buffer, NULL);
    if (NT_SUCCESS(status) && Length >= sizeof(text))
        status = STATUS_INVALID_PARAMETER;
    if (NT_SUCCESS(status)) {
        RtlCopyMemory(text, buffer, Length);
        Obey(context, text);
    }
    WdfRequestCompleteWithInformation(Request, status, NT_SUCCESS(status) ? Length : 0);
}

NTSTATUS CrowdedSuspend(WDFDEVICE Device)
{
    InterlockedExchange(&GetDeviceContext(Device)->Pause, 0);
    return STATUS_SUCCESS;
}

static NTSTATUS CreateTimer(WDFDEVICE Device)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_TIMER_CONFIG config;

    WDF_TIMER_CONFIG_INIT(&config, CrowdedTimer);
    config.AutomaticSerialization = FALSE;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = Device;
    return WdfTimerCreate(&config, &attributes, &GetDeviceContext(Device)->Timer);
}

static NTSTATUS CreateQueues(WDFDEVICE Device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    NTSTATUS status = WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES,
                                       &GetDeviceContext(Device)->Waiting);
    if (!NT_SUCCESS(status))
        return status;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoRead = CrowdedRead;
    config.EvtIoWrite = CrowdedWrite;
    return WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

NTSTATUS CrowdedDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_PNPPOWER_EVENT_CALLBACKS power;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFDEVICE device;

    UNREFERENCED_PARAMETER(Driver);
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&power);
    power.EvtDeviceSelfManagedIoSuspend = CrowdedSuspend;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &power);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, DEVICE_CONTEXT);
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status))
        return status;
    GetDeviceContext(device)->Delay = NO_TIMER;
    status = CreateTimer(device);
    return NT_SUCCESS(status) ? CreateQueues(device) : status;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, CrowdedDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}
