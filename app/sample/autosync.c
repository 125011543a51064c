/*
 * The sample without a lock of its own: with synchronization scope Queue the framework calls none
 * of these functions while another one runs, EvtRequestCancel and the timer's included.
 */
#include "sample.h"

static EVT_WDF_IO_QUEUE_IO_READ EvtIoRead;
static EVT_WDF_IO_QUEUE_IO_WRITE EvtIoWrite;
static EVT_WDF_REQUEST_CANCEL EvtRequestCancel;
static EVT_WDF_TIMER EvtTimer;

const SAMPLE_FORM AutoSyncForm = {WdfSynchronizationScopeQueue, EvtIoRead, EvtIoWrite, EvtTimer};

/* Leaves the request to the next beat, or to its cancellation. */
static VOID Keep(PSAMPLE_QUEUE Queue, WDFREQUEST Request, NTSTATUS Status)
{
    if (!NT_SUCCESS(Status)) {
        WdfRequestComplete(Request, Status);
        return;
    }
    Queue->Current = Request;
    WdfRequestMarkCancelable(Request, EvtRequestCancel);
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
    SampleGetQueue(WdfRequestGetIoQueue(Request))->Current = NULL;
    WdfRequestCompleteWithInformation(Request, STATUS_CANCELLED, 0);
}

static VOID EvtTimer(WDFTIMER Timer)
{
    WDFQUEUE queue = (WDFQUEUE)WdfTimerGetParentObject(Timer);
    PSAMPLE_QUEUE context = SampleGetQueue(queue);
    WDFREQUEST request = context->Current;
    if (request == NULL) {
        SampleTakeNext(queue);
        return;
    }
    /* A request that is being cancelled is EvtRequestCancel's, which waits until we return. */
    if (WdfRequestUnmarkCancelable(request) == STATUS_CANCELLED)
        return;
    context->Current = NULL;
    WdfRequestComplete(request, STATUS_SUCCESS);
}
