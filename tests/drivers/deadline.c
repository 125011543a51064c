/*
 * A filter that gives what it sends down a deadline. A timer of the driver cancels a read; the
 * framework cancels a write (WDF_REQUEST_SEND_OPTION_TIMEOUT); everything else goes down unchanged.
 * While the device is out of D0 nothing goes down: the target is stopped.
 *
 * It shows how to track a sent request: the driver may cancel it if it holds a reference, and
 * leaves completing it to the completion routine.
 */
#include <ntddk.h>
#include <wdf.h>

#define DEADLINE_MS 12
#define SENT_MAX    16

/* All but the lock and the timer are guarded by Lock. */
typedef struct _FILTER_CONTEXT {
    WDFSPINLOCK Lock;
    WDFTIMER Timer;
    WDFREQUEST Sent[SENT_MAX]; /* reads that the target has, the oldest first */
    ULONG SentCount;
} FILTER_CONTEXT, *PFILTER_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(FILTER_CONTEXT, GetFilterContext)

DRIVER_INITIALIZE DriverEntry;
static EVT_WDF_DRIVER_DEVICE_ADD EvtDeviceAdd;
static EVT_WDF_DEVICE_D0_ENTRY EvtD0Entry;
static EVT_WDF_DEVICE_D0_EXIT EvtD0Exit;
static EVT_WDF_IO_QUEUE_IO_READ EvtIoRead;
static EVT_WDF_IO_QUEUE_IO_WRITE EvtIoWrite;
static EVT_WDF_REQUEST_COMPLETION_ROUTINE EvtReadDone;
static EVT_WDF_REQUEST_COMPLETION_ROUTINE EvtWriteDone;
static EVT_WDF_TIMER EvtDeadline;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, EvtDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

static NTSTATUS CreateLockAndTimer(WDFDEVICE Device)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_TIMER_CONFIG config;
    NTSTATUS status;

    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = Device;
    status = WdfSpinLockCreate(&attributes, &GetFilterContext(Device)->Lock);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    WDF_TIMER_CONFIG_INIT(&config, EvtDeadline);
    config.AutomaticSerialization = FALSE;
    return WdfTimerCreate(&config, &attributes, &GetFilterContext(Device)->Timer);
}

static NTSTATUS EvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_IO_QUEUE_CONFIG config;
    WDFDEVICE device;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(Driver);
    WdfFdoInitSetFilter(DeviceInit);
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceD0Entry = EvtD0Entry;
    callbacks.EvtDeviceD0Exit = EvtD0Exit;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, FILTER_CONTEXT);
    status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = CreateLockAndTimer(device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoRead = EvtIoRead;
    config.EvtIoWrite = EvtIoWrite;
    return WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

static NTSTATUS EvtD0Entry(WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState)
{
    UNREFERENCED_PARAMETER(PreviousState);
    return WdfIoTargetStart(WdfDeviceGetIoTarget(Device));
}

/* Reads that wait already stay; new ones wait for EvtD0Entry, or for the removal. */
static NTSTATUS EvtD0Exit(WDFDEVICE Device, WDF_POWER_DEVICE_STATE TargetState)
{
    UNREFERENCED_PARAMETER(TargetState);
    WdfIoTargetStop(WdfDeviceGetIoTarget(Device), WdfIoTargetLeaveSentIoPending);
    return STATUS_SUCCESS;
}

/* ---- reads ---- */

/* Before it is sent, because it may return before WdfRequestSend does. */
static BOOLEAN Remember(PFILTER_CONTEXT Filter, WDFREQUEST Request)
{
    BOOLEAN hasRoom;

    WdfSpinLockAcquire(Filter->Lock);
    hasRoom = Filter->SentCount < SENT_MAX;
    if (hasRoom) {
        Filter->Sent[Filter->SentCount++] = Request;
    }
    WdfSpinLockRelease(Filter->Lock);
    return hasRoom;
}

static VOID Forget(PFILTER_CONTEXT Filter, WDFREQUEST Request)
{
    ULONG i = 0;

    WdfSpinLockAcquire(Filter->Lock);
    while (i < Filter->SentCount && Filter->Sent[i] != Request) {
        i++;
    }
    if (i < Filter->SentCount) {
        RtlMoveMemory(&Filter->Sent[i], &Filter->Sent[i + 1],
                      (--Filter->SentCount - i) * sizeof(Filter->Sent[0]));
    }
    WdfSpinLockRelease(Filter->Lock);
}

static VOID EvtIoRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    WDFDEVICE device = WdfIoQueueGetDevice(Queue);
    PFILTER_CONTEXT filter = GetFilterContext(device);

    UNREFERENCED_PARAMETER(Length);
    if (!Remember(filter, Request)) {
        WdfRequestComplete(Request, STATUS_DEVICE_BUSY);
        return;
    }
    WdfTimerStart(filter->Timer, WDF_REL_TIMEOUT_IN_MS(DEADLINE_MS));
    WdfRequestFormatRequestUsingCurrentType(Request);
    WdfRequestSetCompletionRoutine(Request, EvtReadDone, filter);
    if (!WdfRequestSend(Request, WdfDeviceGetIoTarget(device), WDF_NO_SEND_OPTIONS)) {
        Forget(filter, Request);
        WdfRequestComplete(Request, WdfRequestGetStatus(Request));
    }
}

static VOID EvtReadDone(WDFREQUEST Request, WDFIOTARGET Target,
                        PWDF_REQUEST_COMPLETION_PARAMS Params, WDFCONTEXT Context)
{
    UNREFERENCED_PARAMETER(Target);
    Forget(Context, Request);
    WdfRequestCompleteWithInformation(Request, Params->IoStatus.Status,
                                      Params->IoStatus.Information);
}

/*
 * One at a time, the oldest first. The reference keeps the handle valid if the request returns
 * meanwhile. The timer is restarted under the lock, because the device may go when the last request
 * has been forgotten.
 */
static VOID EvtDeadline(WDFTIMER Timer)
{
    PFILTER_CONTEXT filter = GetFilterContext(WdfTimerGetParentObject(Timer));
    WDFREQUEST oldest = NULL;

    WdfSpinLockAcquire(filter->Lock);
    if (filter->SentCount > 0) {
        oldest = filter->Sent[0];
        WdfObjectReference(oldest);
    }
    if (filter->SentCount > 1) {
        WdfTimerStart(Timer, WDF_REL_TIMEOUT_IN_MS(DEADLINE_MS));
    }
    WdfSpinLockRelease(filter->Lock);
    if (oldest != NULL) {
        WdfRequestCancelSentRequest(oldest);
        WdfObjectDereference(oldest);
    }
}

/* ---- writes ---- */

static VOID EvtIoWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    WDF_REQUEST_SEND_OPTIONS options;

    UNREFERENCED_PARAMETER(Length);
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, WDF_REQUEST_SEND_OPTION_TIMEOUT);
    WDF_REQUEST_SEND_OPTIONS_SET_TIMEOUT(&options, WDF_REL_TIMEOUT_IN_MS(DEADLINE_MS));
    WdfRequestFormatRequestUsingCurrentType(Request);
    WdfRequestSetCompletionRoutine(Request, EvtWriteDone, NULL);
    if (!WdfRequestSend(Request, WdfDeviceGetIoTarget(WdfIoQueueGetDevice(Queue)), &options)) {
        WdfRequestComplete(Request, WdfRequestGetStatus(Request));
    }
}

static VOID EvtWriteDone(WDFREQUEST Request, WDFIOTARGET Target,
                         PWDF_REQUEST_COMPLETION_PARAMS Params, WDFCONTEXT Context)
{
    UNREFERENCED_PARAMETER(Target);
    UNREFERENCED_PARAMETER(Context);
    WdfRequestCompleteWithInformation(Request, Params->IoStatus.Status,
                                      Params->IoStatus.Information);
}
