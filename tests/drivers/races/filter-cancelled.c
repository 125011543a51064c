/*
 * A filter that forgets the request that it has cancelled: a timer cancels a read that the target
 * has had for too long, and the completion routine leaves it to the timer.
 */
#include "race.h"

EVT_WDF_IO_QUEUE_IO_READ Read;
EVT_WDF_REQUEST_COMPLETION_ROUTINE ReadDone;
EVT_WDF_TIMER GiveUp;

const RACE_DRIVER RaceDriver = {
    .IsFilter = TRUE, .Dispatch = WdfIoQueueDispatchParallel, .Read = Read, .Timer = GiveUp};

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
    BOOLEAN isGivenUp = device->Current != Request;
    if (!isGivenUp)
        device->Current = NULL;
    WdfSpinLockRelease(device->Lock);
    /* PLANTED: the cancelled request returns as well, and nobody else completes it. */
    if (!isGivenUp)
        WdfRequestCompleteWithInformation(Request, Params->IoStatus.Status,
                                          Params->IoStatus.Information);
}

VOID GiveUp(WDFTIMER Timer)
{
    PRACE_DEVICE device = RaceOfTimer(Timer);
    WdfSpinLockAcquire(device->Lock);
    WDFREQUEST request = device->Current;
    device->Current = NULL;
    if (request != NULL)
        WdfObjectReference(request);
    WdfSpinLockRelease(device->Lock);
    if (request == NULL)
        return;
    WdfRequestCancelSentRequest(request);
    WdfObjectDereference(request);
}
