/*
 * A driver without a lock of its own: synchronization scope Queue serializes its callbacks and the
 * timer's (S2.7, S2.20). A periodic timer answers requests, one per beat, since the queue presents
 * one at a time.
 */
#include <ntddk.h>
#include <wdf.h>
#include <initguid.h>
#include <ntstrsafe.h>
#include "public.h"

#define BEAT_MS 5
#define TAG     'sAtT'

typedef struct _DEVICE_CONTEXT {
    ULONG Suspensions;
    volatile LONG IsLeaving; /* D0: nothing is kept any longer */
} DEVICE_CONTEXT, *PDEVICE_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE(DEVICE_CONTEXT)

/* Guarded by the queue's presentation lock. */
typedef struct _QUEUE_CONTEXT {
    PUCHAR Message; /* from pool, MESSAGE_MAX bytes */
    size_t Length;
    WDFTIMER Timer;
    WDFREQUEST Current; /* what the next beat completes, cancelable; or NULL */
    NTSTATUS CurrentStatus;
} QUEUE_CONTEXT, *PQUEUE_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(QUEUE_CONTEXT, GetQueueContext)

typedef struct _REQUEST_CONTEXT {
    WDFMEMORY Copy; /* a write's data */
    BOOLEAN IsKept;
} REQUEST_CONTEXT, *PREQUEST_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(REQUEST_CONTEXT, GetRequestContext)

C_ASSERT(sizeof(WCHAR) == 2);

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD AutoSyncDeviceAdd;
EVT_WDF_DRIVER_UNLOAD AutoSyncUnload;
EVT_WDF_DEVICE_SELF_MANAGED_IO_INIT AutoSyncStart;
EVT_WDF_DEVICE_SELF_MANAGED_IO_SUSPEND AutoSyncSuspend;
EVT_WDF_DEVICE_SELF_MANAGED_IO_RESTART AutoSyncRestart;
EVT_WDF_IO_QUEUE_CONTEXT_DESTROY_CALLBACK AutoSyncQueueDestroy;
EVT_WDF_IO_QUEUE_IO_READ AutoSyncRead;
EVT_WDF_IO_QUEUE_IO_WRITE AutoSyncWrite;
EVT_WDF_REQUEST_CANCEL AutoSyncCancel;
EVT_WDF_TIMER AutoSyncBeat;

#ifdef ALLOC_PRAGMA
#pragma alloc_text(INIT, DriverEntry)
#pragma alloc_text(PAGE, AutoSyncDeviceAdd)
#endif
#pragma warning(disable : 4127)
#pragma prefast(disable : 28118, "no such analyser here")

static NTSTATUS PrintVersion(WDFDRIVER Driver)
{
    WDFSTRING string;
    UNICODE_STRING text;
    NTSTATUS status = WdfStringCreate(NULL, WDF_NO_OBJECT_ATTRIBUTES, &string);
    if (!NT_SUCCESS(status))
        return status;
    status = WdfDriverRetrieveVersionString(Driver, string);
    if (NT_SUCCESS(status)) {
        WdfStringGetUnicodeString(string, &text);
        KdPrint(("autosync runs on %wZ\n", &text));
    }
    WdfObjectDelete(string);
    return status;
}

_Use_decl_annotations_ NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject,
                                            PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_VERSION_AVAILABLE_PARAMS version;
    WDFDRIVER driver;
    ExInitializeDriverRuntime(DrvRtPoolNxOptIn);
    WDF_DRIVER_CONFIG_INIT(&config, AutoSyncDeviceAdd);
    config.EvtDriverUnload = AutoSyncUnload;
    config.DriverPoolTag = TAG;
    NTSTATUS status =
        WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config, &driver);
    if (!NT_SUCCESS(status)) {
        KdPrint(("WdfDriverCreate failed: 0x%x\n", status));
        return status;
    }
    WDF_DRIVER_VERSION_AVAILABLE_PARAMS_INIT(&version, 1, 0);
    if (!WdfDriverIsVersionAvailable(driver, &version))
        WdfVerifierDbgBreakPoint();
    return PrintVersion(driver);
}

VOID AutoSyncUnload(WDFDRIVER Driver)
{
    UNREFERENCED_PARAMETER(Driver);
    KdPrintEx((DPFLTR_IHVDRIVER_ID, DPFLTR_TRACE_LEVEL, "autosync is unloaded\n"));
}

static NTSTATUS CreateTimer(WDFQUEUE Queue)
{
    WDF_TIMER_CONFIG config;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_TIMER_CONFIG_INIT_PERIODIC(&config, AutoSyncBeat, BEAT_MS);
    config.AutomaticSerialization = TRUE;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = Queue;
    return WdfTimerCreate(&config, &attributes, &GetQueueContext(Queue)->Timer);
}

static NTSTATUS CreateQueue(WDFDEVICE Device)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFQUEUE queue;
    PAGED_CODE();
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoRead = AutoSyncRead;
    config.EvtIoWrite = AutoSyncWrite;
    config.PowerManaged = WdfFalse; /* the driver stops it itself */
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, QUEUE_CONTEXT);
    attributes.SynchronizationScope = WdfSynchronizationScopeQueue;
    attributes.EvtDestroyCallback = AutoSyncQueueDestroy;
    NTSTATUS status = WdfIoQueueCreate(Device, &config, &attributes, &queue);
    if (!NT_SUCCESS(status))
        return status;
    GetQueueContext(queue)->Message = ExAllocatePool2(POOL_FLAG_NON_PAGED, MESSAGE_MAX, TAG);
    if (GetQueueContext(queue)->Message == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    return CreateTimer(queue);
}

NTSTATUS AutoSyncDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFDEVICE device;
    UNREFERENCED_PARAMETER(Driver);
    PAGED_CODE();
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceSelfManagedIoInit = AutoSyncStart;
    callbacks.EvtDeviceSelfManagedIoSuspend = AutoSyncSuspend;
#pragma prefast(suppress : 28024, "in the middle of a function, too")
    callbacks.EvtDeviceSelfManagedIoRestart = AutoSyncRestart;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, REQUEST_CONTEXT);
    WdfDeviceInitSetRequestAttributes(DeviceInit, &attributes);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, DEVICE_CONTEXT);
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (NT_SUCCESS(status))
        status = WdfDeviceCreateDeviceInterface(device, &GUID_DEVINTERFACE_TEST_ECHO, NULL);
    return NT_SUCCESS(status) ? CreateQueue(device) : status;
}

VOID AutoSyncQueueDestroy(WDFOBJECT Object)
{
    PQUEUE_CONTEXT context = GetQueueContext(Object);
    if (context->Message != NULL)
        ExFreePool(context->Message);
}

/* ---- suspending ---- */

static VOID StartBeat(WDFQUEUE Queue)
{
    WdfTimerStart(GetQueueContext(Queue)->Timer, WDF_REL_TIMEOUT_IN_MS(BEAT_MS));
}

NTSTATUS AutoSyncStart(WDFDEVICE Device)
{
    StartBeat(WdfDeviceGetDefaultQueue(Device));
    return STATUS_SUCCESS;
}

/* The queue first: the timer answers the request that the driver has. */
NTSTATUS AutoSyncSuspend(WDFDEVICE Device)
{
    WDFQUEUE queue = WdfDeviceGetDefaultQueue(Device);
    InterlockedExchange(&WdfObjectGet_DEVICE_CONTEXT(Device)->IsLeaving, TRUE);
    WdfIoQueueStopSynchronously(queue);
    WdfTimerStop(GetQueueContext(queue)->Timer, TRUE);
    WdfObjectGet_DEVICE_CONTEXT(Device)->Suspensions++;
    KdPrintEx((DPFLTR_IHVDRIVER_ID, DPFLTR_TRACE_LEVEL, "autosync is suspended\n"));
    return STATUS_SUCCESS;
}

NTSTATUS AutoSyncRestart(WDFDEVICE Device)
{
    WDFQUEUE queue = WdfDeviceGetDefaultQueue(Device);
    InterlockedExchange(&WdfObjectGet_DEVICE_CONTEXT(Device)->IsLeaving, FALSE);
    WdfIoQueueStart(queue);
    StartBeat(queue);
    KdPrintEx((DPFLTR_IHVDRIVER_ID, DPFLTR_TRACE_LEVEL, "autosync is restarted\n"));
    return STATUS_SUCCESS;
}

/* ---- requests ---- */

/* Leaves the request to the next beat, or to its cancellation. */
static VOID KeepUntilBeat(WDFQUEUE Queue, WDFREQUEST Request, NTSTATUS Status)
{
    PQUEUE_CONTEXT context = GetQueueContext(Queue);
    context->Current = Request;
    context->CurrentStatus = Status;
    WdfRequestMarkCancelable(Request, AutoSyncCancel);
}

VOID AutoSyncRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PQUEUE_CONTEXT context = GetQueueContext(Queue);
    WDFMEMORY memory;
    if (Length > context->Length)
        Length = context->Length;
    if (Length == 0) {
        WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, 0);
        return;
    }
    NTSTATUS status = WdfRequestRetrieveOutputMemory(Request, &memory);
    if (NT_SUCCESS(status))
        status = WdfMemoryCopyFromBuffer(memory, 0, context->Message, Length);
    if (!NT_SUCCESS(status)) {
        WdfVerifierDbgBreakPoint();
        WdfRequestComplete(Request, status);
        return;
    }
    WdfRequestSetInformation(Request, Length);
    KeepUntilBeat(Queue, Request, STATUS_SUCCESS);
}

/* Sets *Copy to a memory object that goes with the request. */
static NTSTATUS CopyData(WDFREQUEST Request, size_t Length, WDFMEMORY *Copy, PVOID *Buffer)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFMEMORY memory;
    NTSTATUS status = WdfRequestRetrieveInputMemory(Request, &memory);
    if (!NT_SUCCESS(status))
        return status;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = Request;
    status = WdfMemoryCreate(&attributes, NonPagedPoolNx, TAG, Length, Copy, Buffer);
    return NT_SUCCESS(status) ? WdfMemoryCopyToBuffer(memory, 0, *Buffer, Length) : status;
}

VOID AutoSyncWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PQUEUE_CONTEXT context = GetQueueContext(Queue);
    PREQUEST_CONTEXT request = GetRequestContext(Request);
    PVOID data;
    if (Length > MESSAGE_MAX) {
        WdfRequestComplete(Request, STATUS_BUFFER_OVERFLOW);
        return;
    }
    NTSTATUS status = CopyData(Request, Length, &request->Copy, &data);
    if (!NT_SUCCESS(status)) {
        WdfRequestComplete(Request, status);
        return;
    }
    request->IsKept = *(PUCHAR)data == MESSAGE_KEEP;
    if (!request->IsKept) {
        RtlCopyMemory(context->Message, data, Length);
        context->Length = Length;
    }
    WdfRequestSetInformation(Request, Length);
    KeepUntilBeat(Queue, Request, STATUS_SUCCESS);
}

VOID AutoSyncCancel(WDFREQUEST Request)
{
    PQUEUE_CONTEXT context = GetQueueContext(WdfRequestGetIoQueue(Request));
    ASSERT(context->Current == Request);
    context->Current = NULL;
    WdfRequestCompleteWithInformation(Request, STATUS_CANCELLED, 0);
}

VOID AutoSyncBeat(WDFTIMER Timer)
{
    WDFQUEUE queue = (WDFQUEUE)WdfTimerGetParentObject(Timer);
    PQUEUE_CONTEXT context = GetQueueContext(queue);
    WDFREQUEST request = context->Current;
    BOOLEAN isLeaving =
        ReadAcquire(&WdfObjectGet_DEVICE_CONTEXT(WdfIoQueueGetDevice(queue))->IsLeaving) != 0;
    if (request == NULL || (GetRequestContext(request)->IsKept && !isLeaving))
        return;
    /* Otherwise AutoSyncCancel waits for our lock, and completes it. */
    if (WdfRequestUnmarkCancelable(request) != STATUS_CANCELLED) {
        context->Current = NULL;
        KdPrint(("autosync completes %p, %Iu bytes\n", request, WdfRequestGetInformation(request)));
        WdfRequestComplete(request, context->CurrentStatus);
    }
}
