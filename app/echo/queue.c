/*
 * Reads and writes of the echo device.
 *
 * A write replaces the message at once and is completed by the timer, `--delay` milliseconds later;
 * until then it can be cancelled. A read is answered at once, except that with manual dispatch one
 * that finds nothing new waits in a queue of its own for the next write.
 */
#include "driver.h"

#include "options.h"
#include "readiness.h"

#define TICKS_PER_MS 10000 /* of 100 ns */

/* ---- creation ---- */

static NTSTATUS EchoTimerCreate(WDFDEVICE Device, WDFQUEUE Queue)
{
    WDF_TIMER_CONFIG config;
    WDF_TIMER_CONFIG_INIT(&config, EchoEvtTimer);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = Queue;
    return WdfTimerCreate(&config, &attributes, &EchoGetDevice(Device)->Timer);
}

static VOID EchoDescribeDefaultQueue(PWDF_IO_QUEUE_CONFIG Config)
{
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(Config, echo_options.dispatch);
    if (echo_options.dispatch == WdfIoQueueDispatchManual)
        return;
    Config->EvtIoRead = EchoEvtIoRead;
    Config->EvtIoWrite = EchoEvtIoWrite;
    if (echo_options.dispatch == WdfIoQueueDispatchParallel && echo_options.presented != 0)
        Config->Settings.Parallel.NumberOfPresentedRequests = echo_options.presented;
}

/* With manual dispatch nothing is presented: the driver is told of requests, and fetches them. */
static NTSTATUS EchoPrepareManualDispatch(WDFDEVICE Device, WDFQUEUE Queue)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    NTSTATUS status = WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES,
                                       &EchoGetDevice(Device)->WaitingReads);
    if (!NT_SUCCESS(status))
        return status;
    EchoSayNothingYet(Device);
    return WdfIoQueueReadyNotify(Queue, EchoEvtQueueReady, Device);
}

NTSTATUS EchoQueuesCreate(WDFDEVICE Device)
{
    WDF_IO_QUEUE_CONFIG config;
    EchoDescribeDefaultQueue(&config);
    WDFQUEUE queue;
    NTSTATUS status = WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES, &queue);
    if (NT_SUCCESS(status))
        status = EchoTimerCreate(Device, queue);
    if (NT_SUCCESS(status) && echo_options.dispatch == WdfIoQueueDispatchManual)
        status = EchoPrepareManualDispatch(Device, queue);
    return status;
}

/* ---- reading ---- */

/* Where the file stands in the present message. With the lock held. */
static size_t EchoPosition(PDEVICE_CONTEXT Device, PFILE_CONTEXT File)
{
    if (File->Generation != Device->Generation) {
        File->Generation = Device->Generation;
        File->Position = 0;
    }
    return echo_options.read_as_sample ? 0 : File->Position;
}

static ULONGLONG EchoGeneration(PDEVICE_CONTEXT Device)
{
    WdfSpinLockAcquire(Device->Lock);
    ULONGLONG generation = Device->Generation;
    WdfSpinLockRelease(Device->Lock);
    return generation;
}

/* Copies what the file has not read yet; 0 when there is nothing. */
static size_t EchoTakeMessage(PDEVICE_CONTEXT Device, WDFFILEOBJECT File, PVOID Buffer,
                              size_t Length)
{
    PFILE_CONTEXT file = EchoGetFile(File);
    WdfSpinLockAcquire(Device->Lock);
    size_t position = EchoPosition(Device, file);
    size_t count = min(Length, Device->Length - position);
    if (count > 0)
        RtlCopyMemory(Buffer, (PUCHAR)Device->Message + position, count);
    file->Position = position + count;
    Device->Statistics.Reads += count > 0;
    Device->Statistics.BytesRead += count;
    if (Device->WaitingReads != NULL && count > 0 && EchoPosition(Device, file) == Device->Length)
        EchoSayAllRead(File);
    WdfSpinLockRelease(Device->Lock);
    return count;
}

/* A read that has to wait is not asked for its buffer: it would take memory meanwhile. */
static BOOLEAN EchoHasToWait(PDEVICE_CONTEXT Device, WDFFILEOBJECT File)
{
    WdfSpinLockAcquire(Device->Lock);
    BOOLEAN isThereNothing = EchoPosition(Device, EchoGetFile(File)) == Device->Length;
    WdfSpinLockRelease(Device->Lock);
    return Device->WaitingReads != NULL && isThereNothing;
}

/* Answers the read. FALSE: it has to wait for a message, and is still the driver's. */
static BOOLEAN EchoAnswerRead(PDEVICE_CONTEXT Device, WDFREQUEST Request)
{
    if (EchoHasToWait(Device, WdfRequestGetFileObject(Request)))
        return FALSE;
    PVOID buffer;
    size_t length;
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, 1, &buffer, &length);
    if (!NT_SUCCESS(status)) {
        WdfRequestComplete(Request, status);
        return TRUE;
    }

    size_t count = EchoTakeMessage(Device, WdfRequestGetFileObject(Request), buffer, length);
    if (count == 0 && Device->WaitingReads != NULL)
        return FALSE;
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, count);
    return TRUE;
}

/* Offers the message to all waiting reads. Those that find nothing new (the second of two reads of
 * one file) go back. */
static VOID EchoOfferMessage(PDEVICE_CONTEXT Device)
{
    LIST_ENTRY unanswered;
    InitializeListHead(&unanswered);
    WDFREQUEST request;
    while (NT_SUCCESS(WdfIoQueueRetrieveNextRequest(Device->WaitingReads, &request))) {
        if (EchoAnswerRead(Device, request))
            continue;
        EchoGetRequest(request)->Request = request;
        InsertHeadList(&unanswered, &EchoGetRequest(request)->Entry);
    }
    /* Each goes to the head of the queue, the last one first: their order stays. */
    while (!IsListEmpty(&unanswered)) {
        request = CONTAINING_RECORD(RemoveHeadList(&unanswered), REQUEST_CONTEXT, Entry)->Request;
        NTSTATUS status = WdfRequestRequeue(request);
        if (!NT_SUCCESS(status))
            WdfRequestComplete(request, status);
    }
}

/* Again, if another message has come while reads were out of the queue: it was not offered to
 * them. */
static VOID EchoServeWaitingReads(PDEVICE_CONTEXT Device)
{
    ULONGLONG generation;
    do {
        generation = EchoGeneration(Device);
        EchoOfferMessage(Device);
    } while (EchoGeneration(Device) != generation);
}

VOID EchoOfferToWaitingReads(PDEVICE_CONTEXT Device)
{
    if (Device->WaitingReads != NULL)
        EchoServeWaitingReads(Device);
}

static VOID EchoRead(PDEVICE_CONTEXT Device, WDFREQUEST Request)
{
    ULONGLONG generation = EchoGeneration(Device);
    if (EchoAnswerRead(Device, Request))
        return;
    NTSTATUS status = WdfRequestForwardToIoQueue(Request, Device->WaitingReads);
    if (!NT_SUCCESS(status))
        WdfRequestComplete(Request, status);
    else if (EchoGeneration(Device) != generation)
        EchoServeWaitingReads(
            Device); /* the message came before the read was where it is looked for */
}

/* ---- writing ---- */

static VOID EchoExchangeMessage(PDEVICE_CONTEXT Device, PVOID Message, size_t Length)
{
    WDFDEVICE device = (WDFDEVICE)WdfObjectContextGetObject(Device);
    WdfSpinLockAcquire(Device->Lock);
    PVOID before = Device->Message;
    Device->Message = Message;
    Device->Length = Length;
    Device->Generation++;
    Device->Statistics.Messages += Length > 0;
    Device->Statistics.BytesWritten += Length;
    if (Device->WaitingReads != NULL && Length > 0)
        EchoSaySomethingNew(device);
    else if (Device->WaitingReads != NULL)
        EchoSayNothingYet(device);
    WdfSpinLockRelease(Device->Lock);
    if (before != NULL)
        ExFreePoolWithTag(before, ECHO_TAG);
}

NTSTATUS EchoReplaceMessage(PDEVICE_CONTEXT Device, PVOID Buffer, size_t Length)
{
    PVOID message = ExAllocatePool2(POOL_FLAG_NON_PAGED, Length, ECHO_TAG);
    if (message == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(message, Buffer, Length);
    EchoExchangeMessage(Device, message, Length);
    return STATUS_SUCCESS;
}

VOID EchoClearMessage(PDEVICE_CONTEXT Device)
{
    EchoExchangeMessage(Device, NULL, 0);
}

/*
 * Into the list, by due time: the delay may have been made shorter since the last one. With the
 * lock held. Returns whether it is the first now.
 */
static BOOLEAN EchoInsertPendingWrite(PDEVICE_CONTEXT Device, PREQUEST_CONTEXT Write)
{
    PLIST_ENTRY before = Device->PendingWrites.Blink;
    while (before != &Device->PendingWrites &&
           CONTAINING_RECORD(before, REQUEST_CONTEXT, Entry)->DueTime > Write->DueTime)
        before = before->Blink;
    InsertHeadList(before, &Write->Entry);
    return before == &Device->PendingWrites;
}

/* Has the timer complete the request when its time has come. */
static VOID EchoCompleteLater(PDEVICE_CONTEXT Device, WDFREQUEST Request)
{
    PREQUEST_CONTEXT context = EchoGetRequest(Request);
    context->Request = Request;

    WdfSpinLockAcquire(Device->Lock);
    LONGLONG delay = (LONGLONG)Device->DelayMs * TICKS_PER_MS;
    context->DueTime = KeQueryInterruptTime() + (ULONGLONG)delay;
    NTSTATUS status = WdfRequestMarkCancelableEx(Request, EchoEvtRequestCancel);
    if (NT_SUCCESS(status)) {
        BOOLEAN isFirst = EchoInsertPendingWrite(Device, context);
        if (isFirst || !Device->TimerIsSet)
            WdfTimerStart(Device->Timer, -delay);
        Device->TimerIsSet = TRUE;
    }
    WdfSpinLockRelease(Device->Lock);
    if (!NT_SUCCESS(status))
        WdfRequestComplete(Request, status);
}

/* Whether the request is, or may be, a piece of a write that does not fit into one request. */
static BOOLEAN EchoIsPiece(WDFREQUEST Request)
{
    WDF_REQUEST_PARAMETERS parameters;
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(Request, &parameters);
    return parameters.Parameters.Write.Length > ECHO_MESSAGE_MAX ||
           parameters.Parameters.Write.DeviceOffset != 0;
}

static VOID EchoWrite(PDEVICE_CONTEXT Device, WDFREQUEST Request)
{
    PVOID buffer;
    size_t length;
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, 1, &buffer, &length);
    if (NT_SUCCESS(status) && EchoIsPiece(Request))
        status = STATUS_INVALID_BUFFER_SIZE;
    if (NT_SUCCESS(status))
        status = EchoReplaceMessage(Device, buffer, length);
    if (!NT_SUCCESS(status)) {
        WdfRequestComplete(Request, status);
        return;
    }
    WdfRequestSetInformation(Request, length);
    EchoCompleteLater(Device, Request);
    EchoOfferToWaitingReads(Device);
}

VOID EchoEvtRequestCancel(WDFREQUEST Request)
{
    PDEVICE_CONTEXT device = EchoGetDevice(WdfIoQueueGetDevice(WdfRequestGetIoQueue(Request)));
    WdfSpinLockAcquire(device->Lock);
    RemoveEntryList(&EchoGetRequest(Request)->Entry);
    WdfSpinLockRelease(device->Lock);
    WdfRequestCompleteWithInformation(Request, STATUS_CANCELLED, 0);
}

/* Moves the writes whose time has come to the list, and sets the timer for the rest. With the lock
 * held. */
static VOID EchoTakeDueWrites(PDEVICE_CONTEXT Device, PLIST_ENTRY DueWrites)
{
    ULONGLONG now = KeQueryInterruptTime();
    Device->TimerIsSet = FALSE;
    PLIST_ENTRY entry = Device->PendingWrites.Flink;
    while (entry != &Device->PendingWrites) {
        PREQUEST_CONTEXT context = CONTAINING_RECORD(entry, REQUEST_CONTEXT, Entry);
        entry = entry->Flink;
        if (context->DueTime > now) {
            WdfTimerStart(Device->Timer, -(LONGLONG)(context->DueTime - now));
            Device->TimerIsSet = TRUE;
            return;
        }
        /* One that is being cancelled stays in the list for EchoEvtRequestCancel. */
        if (NT_SUCCESS(WdfRequestUnmarkCancelable(context->Request))) {
            RemoveEntryList(&context->Entry);
            InsertTailList(DueWrites, &context->Entry);
        }
    }
}

VOID EchoEvtTimer(WDFTIMER Timer)
{
    WDFQUEUE queue = (WDFQUEUE)WdfTimerGetParentObject(Timer);
    PDEVICE_CONTEXT device = EchoGetDevice(WdfIoQueueGetDevice(queue));
    LIST_ENTRY dueWrites;
    InitializeListHead(&dueWrites);

    WdfSpinLockAcquire(device->Lock);
    EchoTakeDueWrites(device, &dueWrites);
    WdfSpinLockRelease(device->Lock);

    while (!IsListEmpty(&dueWrites)) {
        WDFREQUEST request =
            CONTAINING_RECORD(RemoveHeadList(&dueWrites), REQUEST_CONTEXT, Entry)->Request;
        WdfRequestComplete(request, STATUS_SUCCESS);
    }
}

/* ---- what the framework calls ---- */

VOID EchoEvtIoRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Length);
    EchoRead(EchoGetDevice(WdfIoQueueGetDevice(Queue)), Request);
}

VOID EchoEvtIoWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Length);
    EchoWrite(EchoGetDevice(WdfIoQueueGetDevice(Queue)), Request);
}

/* Manual dispatch: fetches all there is, and does what the queue would have done. */
VOID EchoEvtQueueReady(WDFQUEUE Queue, WDFCONTEXT Context)
{
    PDEVICE_CONTEXT device = EchoGetDevice((WDFDEVICE)Context);
    WDFREQUEST request;
    while (NT_SUCCESS(WdfIoQueueRetrieveNextRequest(Queue, &request))) {
        WDF_REQUEST_PARAMETERS parameters;
        WDF_REQUEST_PARAMETERS_INIT(&parameters);
        WdfRequestGetParameters(request, &parameters);
        if (parameters.Type == WdfRequestTypeRead)
            EchoRead(device, request);
        else if (parameters.Type == WdfRequestTypeWrite)
            EchoWrite(device, request);
        else
            WdfRequestComplete(request, STATUS_INVALID_DEVICE_REQUEST);
    }
}
