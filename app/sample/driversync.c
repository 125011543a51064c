/*
 * The sample with a lock of its own: the framework calls these functions at any time, and whoever
 * takes the request out of Current, under the lock, completes it.
 */
#include "sample.h"

static EVT_WDF_IO_QUEUE_IO_READ EvtIoRead;
static EVT_WDF_IO_QUEUE_IO_WRITE EvtIoWrite;
static EVT_WDF_REQUEST_CANCEL EvtRequestCancel;
static EVT_WDF_TIMER EvtTimer;

const SAMPLE_FORM DriverSyncForm = {WdfSynchronizationScopeNone, EvtIoRead, EvtIoWrite, EvtTimer};

/* Leaves the request to the next beat, or to its cancellation. A request that is cancelled already
 * is not marked. */
static VOID Keep(PSAMPLE_QUEUE Queue, WDFREQUEST Request, NTSTATUS Status)
{
    if (NT_SUCCESS(Status)) {
        WdfSpinLockAcquire(Queue->Lock);
        Status = WdfRequestMarkCancelableEx(Request, EvtRequestCancel);
        if (NT_SUCCESS(Status))
            Queue->Current = Request;
        WdfSpinLockRelease(Queue->Lock);
    }
    if (!NT_SUCCESS(Status))
        WdfRequestCompleteWithInformation(Request, Status, 0);
}

static VOID EvtIoRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PSAMPLE_QUEUE context = SampleGetQueue(Queue);
    Keep(context, Request, SampleRead(context, Request, Length));
}

static VOID EvtIoWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PSAMPLE_QUEUE context = SampleGetQueue(Queue);
    Keep(context, Request, SampleWrite(context, Request, Length));
}

static VOID EvtRequestCancel(WDFREQUEST Request)
{
    PSAMPLE_QUEUE context = SampleGetQueue(WdfRequestGetIoQueue(Request));
    WdfSpinLockAcquire(context->Lock);
    context->Current = NULL;
    WdfSpinLockRelease(context->Lock);
    WdfRequestCompleteWithInformation(Request, STATUS_CANCELLED, 0);
}

/* What the beat may complete; NULL: nothing, or what EvtRequestCancel is about to complete. */
static WDFREQUEST TakeCurrent(PSAMPLE_QUEUE Queue)
{
    WdfSpinLockAcquire(Queue->Lock);
    WDFREQUEST request = Queue->Current;
    if (request != NULL && WdfRequestUnmarkCancelable(request) == STATUS_CANCELLED)
        request = NULL;
    if (request != NULL)
        Queue->Current = NULL;
    WdfSpinLockRelease(Queue->Lock);
    return request;
}

static VOID EvtTimer(WDFTIMER Timer)
{
    WDFQUEUE queue = (WDFQUEUE)WdfTimerGetParentObject(Timer);
    WDFREQUEST request = TakeCurrent(SampleGetQueue(queue));
    /* Without the lock: the framework may call EvtIoRead for the next request. */
    if (request != NULL)
        WdfRequestComplete(request, STATUS_SUCCESS);
    else
        SampleTakeNext(queue);
}
