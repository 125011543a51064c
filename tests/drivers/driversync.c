/*
 * A driver with its own locking: synchronization scope None, and one WDFSPINLOCK for the slots in
 * which requests wait for the timer. The queue is parallel, so callbacks, cancellations and the
 * timer really meet.
 */
#include <ntddk.h>
#include <wdf.h>
#include <initguid.h>
#include "public.h"

#define BEAT_MS    5
#define SLOT_COUNT 64
#define TAG        'sDtT'

/* All but the locks and the timer are guarded by Lock. */
typedef struct _DEVICE_CONTEXT {
    WDFSPINLOCK Lock;
    WDFWAITLOCK PowerLock; /* one suspend or restart at a time; outside of Lock */
    WDFTIMER Timer;
    WDFREQUEST Slots[SLOT_COUNT]; /* cancelable requests, or NULL */
    BOOLEAN IsLeaving;            /* D0: nothing is kept any longer */
    PUCHAR Message;               /* from pool; NULL before the first write */
    size_t Length;
} DEVICE_CONTEXT, *PDEVICE_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(DEVICE_CONTEXT, GetDeviceContext)

typedef struct _REQUEST_CONTEXT {
    ULONG Slot;
    BOOLEAN IsKept;
} REQUEST_CONTEXT, *PREQUEST_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(REQUEST_CONTEXT, GetRequestContext)

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD DriverSyncDeviceAdd;
EVT_WDF_OBJECT_CONTEXT_DESTROY DriverSyncDestroy;
EVT_WDF_DEVICE_SELF_MANAGED_IO_INIT DriverSyncStart;
EVT_WDF_DEVICE_SELF_MANAGED_IO_SUSPEND DriverSyncSuspend;
EVT_WDF_DEVICE_SELF_MANAGED_IO_RESTART DriverSyncRestart;
EVT_WDF_IO_QUEUE_IO_READ DriverSyncRead;
EVT_WDF_IO_QUEUE_IO_WRITE DriverSyncWrite;
EVT_WDF_REQUEST_CANCEL DriverSyncCancel;
EVT_WDF_TIMER DriverSyncBeat;

NTSTATUS DriverEntry(IN PDRIVER_OBJECT DriverObject, IN PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, DriverSyncDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

/* ---- the device ---- */

static NTSTATUS CreateLocks(WDFDEVICE Device)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = Device;
    NTSTATUS status = WdfSpinLockCreate(&attributes, &GetDeviceContext(Device)->Lock);
    return NT_SUCCESS(status) ? WdfWaitLockCreate(&attributes, &GetDeviceContext(Device)->PowerLock)
                              : status;
}

static NTSTATUS CreateTimer(WDFDEVICE Device)
{
    WDF_TIMER_CONFIG config;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_TIMER_CONFIG_INIT(&config, DriverSyncBeat);
    config.Period = BEAT_MS;
    config.AutomaticSerialization = FALSE;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = Device;
    return WdfTimerCreate(&config, &attributes, &GetDeviceContext(Device)->Timer);
}

static NTSTATUS CreateQueue(WDFDEVICE Device)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.Settings.Parallel.NumberOfPresentedRequests = SLOT_COUNT;
    config.EvtIoRead = DriverSyncRead;
    config.EvtIoWrite = DriverSyncWrite;
    config.PowerManaged = WdfFalse; /* the driver stops it itself */
    return WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

NTSTATUS DriverSyncDeviceAdd(IN WDFDRIVER Driver, IN PWDFDEVICE_INIT DeviceInit)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFDEVICE device;
    UNREFERENCED_PARAMETER(Driver);
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceSelfManagedIoInit = DriverSyncStart;
    callbacks.EvtDeviceSelfManagedIoSuspend = DriverSyncSuspend;
    callbacks.EvtDeviceSelfManagedIoRestart = DriverSyncRestart;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, REQUEST_CONTEXT);
    WdfDeviceInitSetRequestAttributes(DeviceInit, &attributes);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, DEVICE_CONTEXT);
    attributes.SynchronizationScope = WdfSynchronizationScopeNone;
    attributes.EvtDestroyCallback = DriverSyncDestroy;
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (NT_SUCCESS(status))
        status = WdfDeviceCreateDeviceInterface(device, &GUID_DEVINTERFACE_TEST_ECHO, NULL);
    if (NT_SUCCESS(status))
        status = CreateLocks(device);
    if (NT_SUCCESS(status))
        status = CreateTimer(device);
    return NT_SUCCESS(status) ? CreateQueue(device) : status;
}

VOID DriverSyncDestroy(IN WDFOBJECT Object)
{
    PDEVICE_CONTEXT context = GetDeviceContext(Object);
    if (context->Message != NULL)
        ExFreePoolWithTag(context->Message, TAG);
}

/* ---- suspending ---- */

NTSTATUS DriverSyncStart(IN WDFDEVICE Device)
{
    WdfTimerStart(GetDeviceContext(Device)->Timer, WDF_REL_TIMEOUT_IN_MS(BEAT_MS));
    return STATUS_SUCCESS;
}

static VOID SetLeaving(PDEVICE_CONTEXT Context, BOOLEAN IsLeaving)
{
    WdfSpinLockAcquire(Context->Lock);
    Context->IsLeaving = IsLeaving;
    WdfSpinLockRelease(Context->Lock);
}

NTSTATUS DriverSyncSuspend(IN WDFDEVICE Device)
{
    PDEVICE_CONTEXT context = GetDeviceContext(Device);
    WdfWaitLockAcquire(context->PowerLock, NULL);
    SetLeaving(context, TRUE); /* the beats complete what the queue waits for */
    WdfIoQueueStopSynchronously(WdfDeviceGetDefaultQueue(Device));
    WdfTimerStop(context->Timer, TRUE);
    WdfWaitLockRelease(context->PowerLock);
    return STATUS_SUCCESS;
}

NTSTATUS DriverSyncRestart(IN WDFDEVICE Device)
{
    PDEVICE_CONTEXT context = GetDeviceContext(Device);
    WdfWaitLockAcquire(context->PowerLock, NULL);
    SetLeaving(context, FALSE);
    WdfIoQueueStart(WdfDeviceGetDefaultQueue(Device));
    WdfTimerStart(context->Timer, WDF_REL_TIMEOUT_IN_MS(BEAT_MS));
    WdfWaitLockRelease(context->PowerLock);
    return STATUS_SUCCESS;
}

/* ---- requests ---- */

/* Puts the request into a slot, where a beat or its cancellation finds it. All of it holds the
 * lock, even the cancellation: whoever takes a request out of its slot completes it. */
static NTSTATUS KeepUntilBeat(PDEVICE_CONTEXT Context, WDFREQUEST Request)
{
    ULONG slot = 0;
    WdfSpinLockAcquire(Context->Lock);
    while (slot < SLOT_COUNT && Context->Slots[slot] != NULL)
        slot++;
    NTSTATUS status = slot < SLOT_COUNT ? WdfRequestMarkCancelableEx(Request, DriverSyncCancel)
                                        : STATUS_INSUFFICIENT_RESOURCES;
    if (NT_SUCCESS(status)) {
        GetRequestContext(Request)->Slot = slot;
        Context->Slots[slot] = Request;
    }
    WdfSpinLockRelease(Context->Lock);
    return status;
}

static VOID KeepOrComplete(WDFQUEUE Queue, WDFREQUEST Request, NTSTATUS Status, size_t Information)
{
    WdfRequestSetInformation(Request, Information);
    if (NT_SUCCESS(Status))
        Status = KeepUntilBeat(GetDeviceContext(WdfIoQueueGetDevice(Queue)), Request);
    if (!NT_SUCCESS(Status))
        WdfRequestCompleteWithInformation(Request, Status, 0);
}

VOID DriverSyncRead(IN WDFQUEUE Queue, IN WDFREQUEST Request, IN size_t Length)
{
    PDEVICE_CONTEXT context = GetDeviceContext(WdfIoQueueGetDevice(Queue));
    PVOID buffer;
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, 1, &buffer, NULL);
    if (!NT_SUCCESS(status)) {
        WdfRequestComplete(Request, status);
        return;
    }
    WdfSpinLockAcquire(context->Lock);
    Length = min(Length, context->Length);
    if (Length > 0)
        RtlCopyMemory(buffer, context->Message, Length);
    WdfSpinLockRelease(context->Lock);
    KeepOrComplete(Queue, Request, STATUS_SUCCESS, Length);
}

static VOID ReplaceMessage(PDEVICE_CONTEXT Context, PUCHAR Message, size_t Length)
{
    WdfSpinLockAcquire(Context->Lock);
    PUCHAR before = Context->Message;
    Context->Message = Message;
    Context->Length = Length;
    WdfSpinLockRelease(Context->Lock);
    if (before != NULL)
        ExFreePoolWithTag(before, TAG);
}

VOID DriverSyncWrite(IN WDFQUEUE Queue, IN WDFREQUEST Request, IN size_t Length)
{
    PVOID data;
    NTSTATUS status = Length <= MESSAGE_MAX
                          ? WdfRequestRetrieveInputBuffer(Request, Length, &data, NULL)
                          : STATUS_BUFFER_OVERFLOW;
    if (!NT_SUCCESS(status)) {
        WdfRequestComplete(Request, status);
        return;
    }
    GetRequestContext(Request)->IsKept = *(PUCHAR)data == MESSAGE_KEEP;
    if (!GetRequestContext(Request)->IsKept) {
        PUCHAR message = ExAllocatePoolZero(NonPagedPoolNx, Length, TAG);
        if (message == NULL) {
            WdfRequestComplete(Request, STATUS_INSUFFICIENT_RESOURCES);
            return;
        }
        RtlCopyMemory(message, data, Length);
        ReplaceMessage(GetDeviceContext(WdfIoQueueGetDevice(Queue)), message, Length);
    }
    KeepOrComplete(Queue, Request, STATUS_SUCCESS, Length);
}

/* The slot still holds the request, unless a beat has taken it; that beat then notices the
 * cancellation. */
VOID DriverSyncCancel(IN WDFREQUEST Request)
{
    PDEVICE_CONTEXT context = GetDeviceContext(WdfIoQueueGetDevice(WdfRequestGetIoQueue(Request)));
    WdfSpinLockAcquire(context->Lock);
    context->Slots[GetRequestContext(Request)->Slot] = NULL;
    WdfSpinLockRelease(context->Lock);
    WdfRequestComplete(Request, STATUS_CANCELLED);
}

/* Takes the next request that may be completed out of its slot, starting at `slot`. */
static WDFREQUEST TakeNext(PDEVICE_CONTEXT Context, ULONG *Slot)
{
    WDFREQUEST taken = NULL;
    WdfSpinLockAcquire(Context->Lock);
    for (; *Slot < SLOT_COUNT && taken == NULL; ++*Slot) {
        WDFREQUEST request = Context->Slots[*Slot];
        if (request == NULL || (GetRequestContext(request)->IsKept && !Context->IsLeaving) ||
            WdfRequestUnmarkCancelable(request) == STATUS_CANCELLED)
            continue;
        Context->Slots[*Slot] = NULL;
        taken = request;
    }
    WdfSpinLockRelease(Context->Lock);
    return taken;
}

VOID DriverSyncBeat(IN WDFTIMER Timer)
{
    PDEVICE_CONTEXT context = GetDeviceContext(WdfTimerGetParentObject(Timer));
    ULONG slot = 0;
    WDFREQUEST request;
    /* No request is completed under the lock: the framework may call us for the next one. */
    while ((request = TakeNext(context, &slot)) != NULL)
        WdfRequestComplete(request, STATUS_SUCCESS);
}
