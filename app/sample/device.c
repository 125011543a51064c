/* What both forms of the sample share: the device, its queue and timer, and the message. */
#include <initguid.h>

#include "sample.h"

#include "../echo/public.h"

typedef struct _SAMPLE_DEVICE {
    WDFQUEUE Queue;
} SAMPLE_DEVICE;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(SAMPLE_DEVICE, SampleGetDevice)

static EVT_WDF_DRIVER_DEVICE_ADD EvtDeviceAdd;
static EVT_WDF_DEVICE_SELF_MANAGED_IO_INIT EvtSelfManagedIoStart;
static EVT_WDF_DEVICE_SELF_MANAGED_IO_SUSPEND EvtSelfManagedIoSuspend;
static EVT_WDF_OBJECT_CONTEXT_DESTROY EvtQueueDestroy;

NTSTATUS SampleDriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, EvtDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config, NULL);
}

/* ---- the device, its queue and its timer ---- */

static NTSTATUS CreateTimer(WDFQUEUE Queue, const SAMPLE_FORM *Form)
{
    WDF_TIMER_CONFIG config;
    WDF_TIMER_CONFIG_INIT_PERIODIC(&config, Form->EvtTimer, SampleOptions.PeriodMs);
    config.AutomaticSerialization = Form->Scope == WdfSynchronizationScopeQueue;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = Queue;
    return WdfTimerCreate(&config, &attributes, &SampleGetQueue(Queue)->Timer);
}

static NTSTATUS CreateLock(WDFQUEUE Queue)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = Queue;
    return WdfSpinLockCreate(&attributes, &SampleGetQueue(Queue)->Lock);
}

/* Reads and writes alone: the framework fails what has no queue. */
static NTSTATUS DispatchToQueue(WDFDEVICE Device, WDFQUEUE Queue)
{
    NTSTATUS status = WdfDeviceConfigureRequestDispatching(Device, Queue, WdfRequestTypeRead);
    return NT_SUCCESS(status)
               ? WdfDeviceConfigureRequestDispatching(Device, Queue, WdfRequestTypeWrite)
               : status;
}

/* It is not power-managed: the driver stops and starts it itself. */
static NTSTATUS CreateQueue(WDFDEVICE Device, const SAMPLE_FORM *Form, WDFQUEUE *Queue)
{
    WDF_IO_QUEUE_CONFIG config;
    if (SampleOptions.IsManual) {
        WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    } else {
        WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
        config.EvtIoRead = Form->EvtIoRead;
        config.EvtIoWrite = Form->EvtIoWrite;
    }
    config.PowerManaged = WdfFalse;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, SAMPLE_QUEUE);
    attributes.SynchronizationScope = Form->Scope;
    attributes.EvtDestroyCallback = EvtQueueDestroy;
    NTSTATUS status = WdfIoQueueCreate(Device, &config, &attributes, Queue);
    if (NT_SUCCESS(status) && SampleOptions.IsManual)
        status = DispatchToQueue(Device, *Queue);
    return status;
}

static NTSTATUS CreateQueueAndTimer(WDFDEVICE Device)
{
    const SAMPLE_FORM *form = SampleOptions.HasLock ? &DriverSyncForm : &AutoSyncForm;
    WDFQUEUE queue;
    NTSTATUS status = CreateQueue(Device, form, &queue);
    if (NT_SUCCESS(status) && SampleOptions.HasLock)
        status = CreateLock(queue);
    if (NT_SUCCESS(status))
        status = CreateTimer(queue, form);
    SampleGetDevice(Device)->Queue = queue;
    return status;
}

static NTSTATUS EvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceSelfManagedIoInit = EvtSelfManagedIoStart;
    callbacks.EvtDeviceSelfManagedIoSuspend = EvtSelfManagedIoSuspend;
    callbacks.EvtDeviceSelfManagedIoRestart = EvtSelfManagedIoStart;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, SAMPLE_DEVICE);
    WDFDEVICE device;
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (NT_SUCCESS(status))
        status = WdfDeviceCreateDeviceInterface(device, &GUID_DEVINTERFACE_ECHO, NULL);
    return NT_SUCCESS(status) ? CreateQueueAndTimer(device) : status;
}

static VOID EvtQueueDestroy(WDFOBJECT Queue)
{
    if (SampleGetQueue(Queue)->Message != NULL)
        ExFreePoolWithTag(SampleGetQueue(Queue)->Message, SAMPLE_TAG);
}

/* ---- D0 ---- */

/* Into D0, the first time and again. */
static NTSTATUS EvtSelfManagedIoStart(WDFDEVICE Device)
{
    WDFQUEUE queue = SampleGetDevice(Device)->Queue;
    WdfIoQueueStart(queue);
    WdfTimerStart(SampleGetQueue(queue)->Timer, WDF_REL_TIMEOUT_IN_MS(SampleOptions.PeriodMs));
    return STATUS_SUCCESS;
}

/* The queue first: the timer completes the request that the driver has. */
static NTSTATUS EvtSelfManagedIoSuspend(WDFDEVICE Device)
{
    WDFQUEUE queue = SampleGetDevice(Device)->Queue;
    WdfIoQueueStopSynchronously(queue);
    WdfTimerStop(SampleGetQueue(queue)->Timer, TRUE);
    return STATUS_SUCCESS;
}

/* ---- the message ---- */

/* AutoSync has the framework's lock. */
static VOID Lock(PSAMPLE_QUEUE Queue)
{
    if (Queue->Lock != NULL)
        WdfSpinLockAcquire(Queue->Lock);
}

static VOID Unlock(PSAMPLE_QUEUE Queue)
{
    if (Queue->Lock != NULL)
        WdfSpinLockRelease(Queue->Lock);
}

NTSTATUS SampleRead(PSAMPLE_QUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PVOID buffer;
    NTSTATUS status =
        Length == 0 ? STATUS_SUCCESS : WdfRequestRetrieveOutputBuffer(Request, 1, &buffer, NULL);
    if (!NT_SUCCESS(status))
        return status;
    Lock(Queue);
    Length = min(Length, Queue->Length);
    if (Length > 0)
        RtlCopyMemory(buffer, Queue->Message, Length);
    Unlock(Queue);
    WdfRequestSetInformation(Request, Length);
    return STATUS_SUCCESS;
}

static VOID ReplaceMessage(PSAMPLE_QUEUE Queue, PUCHAR Message, size_t Length)
{
    Lock(Queue);
    PUCHAR before = Queue->Message;
    Queue->Message = Message;
    Queue->Length = Length;
    Unlock(Queue);
    if (before != NULL)
        ExFreePoolWithTag(before, SAMPLE_TAG);
}

NTSTATUS SampleWrite(PSAMPLE_QUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PVOID data;
    if (Length > SAMPLE_MESSAGE_MAX)
        return STATUS_BUFFER_OVERFLOW;
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, Length, &data, NULL);
    if (!NT_SUCCESS(status))
        return status;
    PUCHAR message = ExAllocatePool2(POOL_FLAG_NON_PAGED, Length, SAMPLE_TAG);
    if (message == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(message, data, Length);
    ReplaceMessage(Queue, message, Length);
    WdfRequestSetInformation(Request, Length);
    return STATUS_SUCCESS;
}

VOID SampleTakeNext(WDFQUEUE Queue)
{
    WDFREQUEST request;
    if (!SampleOptions.IsManual || !NT_SUCCESS(WdfIoQueueRetrieveNextRequest(Queue, &request)))
        return;
    WDF_REQUEST_PARAMETERS parameters;
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(request, &parameters);
    PSAMPLE_QUEUE context = SampleGetQueue(Queue);
    NTSTATUS status = parameters.Type == WdfRequestTypeRead
                          ? SampleRead(context, request, parameters.Parameters.Read.Length)
                          : SampleWrite(context, request, parameters.Parameters.Write.Length);
    WdfRequestComplete(request, status);
}
