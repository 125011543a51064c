/*
 * A filter that stops its target and loses what is pending there: during a write nothing goes down;
 * afterwards the target is started again if a read waits in it.
 */
#include "race.h"

EVT_WDF_IO_QUEUE_IO_READ Read;
EVT_WDF_IO_QUEUE_IO_WRITE Write;
EVT_WDF_REQUEST_COMPLETION_ROUTINE ReadDone;

const RACE_DRIVER RaceDriver = {
    .IsFilter = TRUE, .Dispatch = WdfIoQueueDispatchParallel, .Read = Read, .Write = Write};

VOID Read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PRACE_DEVICE device = RaceOfQueue(Queue);
    UNREFERENCED_PARAMETER(Length);
    WdfSpinLockAcquire(device->Lock);
    BOOLEAN isStopped = WdfIoTargetGetState(RaceTarget(Queue)) == WdfIoTargetStopped;
    WdfSpinLockRelease(device->Lock);
    RaceSend(Queue, Request, ReadDone);
    WdfSpinLockAcquire(device->Lock);
    if (isStopped)
        device->Count++;
    WdfSpinLockRelease(device->Lock);
}

VOID ReadDone(WDFREQUEST Request, WDFIOTARGET Target, PWDF_REQUEST_COMPLETION_PARAMS Params,
              WDFCONTEXT Context)
{
    UNREFERENCED_PARAMETER(Target);
    UNREFERENCED_PARAMETER(Context);
    WdfRequestCompleteWithInformation(Request, Params->IoStatus.Status,
                                      Params->IoStatus.Information);
}

VOID Write(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PRACE_DEVICE device = RaceOfQueue(Queue);
    WdfIoTargetStop(RaceTarget(Queue), WdfIoTargetLeaveSentIoPending);
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
    WdfSpinLockAcquire(device->Lock);
    BOOLEAN isWanted = device->Count > 0;
    device->Count = 0;
    WdfSpinLockRelease(device->Lock);
    /* PLANTED: a read may have entered the stopped target, and not be counted yet. */
    if (isWanted)
        (void)WdfIoTargetStart(RaceTarget(Queue));
}
