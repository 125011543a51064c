/*
 * A filter that touches a request that its target has: if the request has not returned, a timer
 * puts it into the retry queue.
 */
#include "race.h"

EVT_WDF_IO_QUEUE_IO_READ Read;
EVT_WDF_REQUEST_COMPLETION_ROUTINE ReadDone;
EVT_WDF_TIMER TryAgain;

const RACE_DRIVER RaceDriver = {.IsFilter = TRUE,
                                .Dispatch = WdfIoQueueDispatchParallel,
                                .Read = Read,
                                .Timer = TryAgain,
                                .HasWaiting = TRUE};

VOID Read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PRACE_DEVICE device = RaceOfQueue(Queue);
    UNREFERENCED_PARAMETER(Length);
    WdfSpinLockAcquire(device->Lock);
    device->Current = Request;
    WdfSpinLockRelease(device->Lock);
    WdfTimerStart(device->Timer, WDF_REL_TIMEOUT_IN_MS(RACE_DELAY_MS));
    RaceSend(Queue, Request, ReadDone);
}

VOID ReadDone(WDFREQUEST Request, WDFIOTARGET Target, PWDF_REQUEST_COMPLETION_PARAMS Params,
              WDFCONTEXT Context)
{
    PRACE_DEVICE device = Context;
    UNREFERENCED_PARAMETER(Target);
    WdfSpinLockAcquire(device->Lock);
    if (device->Current == Request)
        device->Current = NULL;
    WdfSpinLockRelease(device->Lock);
    WdfRequestCompleteWithInformation(Request, Params->IoStatus.Status,
                                      Params->IoStatus.Information);
}

VOID TryAgain(WDFTIMER Timer)
{
    PRACE_DEVICE device = RaceOfTimer(Timer);
    WdfSpinLockAcquire(device->Lock);
    WDFREQUEST request = device->Current;
    device->Current = NULL;
    /* PLANTED: a sent request may be cancelled (WdfRequestCancelSentRequest), and nothing else. */
    if (request != NULL)
        (void)WdfRequestForwardToIoQueue(request, device->Waiting);
    WdfSpinLockRelease(device->Lock);
}
