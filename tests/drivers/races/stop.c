/*
 * Stops without acknowledging: a read waits until a write comes. If the device is suspended
 * meanwhile, EvtIoStop does nothing. The suspension waits for the read, the read for a write, the
 * write for the device.
 */
#include "race.h"

EVT_WDF_IO_QUEUE_IO_READ Read;
EVT_WDF_IO_QUEUE_IO_WRITE Write;
EVT_WDF_IO_QUEUE_IO_STOP Stop;

const RACE_DRIVER RaceDriver = {
    .Dispatch = WdfIoQueueDispatchParallel, .Read = Read, .Write = Write, .Stop = Stop};

VOID Read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PRACE_DEVICE device = RaceOfQueue(Queue);
    UNREFERENCED_PARAMETER(Length);
    WdfSpinLockAcquire(device->Lock);
    /* A write and a read answer each other, whichever comes first. */
    BOOLEAN isAnswered = device->Count > 0;
    NTSTATUS status = STATUS_SUCCESS;
    if (isAnswered)
        device->Count--;
    else
        status = device->Current == NULL ? WdfRequestMarkCancelableEx(Request, RaceCancel)
                                         : STATUS_DEVICE_BUSY;
    if (!isAnswered && NT_SUCCESS(status))
        device->Current = Request;
    WdfSpinLockRelease(device->Lock);
    if (isAnswered || !NT_SUCCESS(status))
        WdfRequestComplete(Request, status);
}

VOID Write(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PRACE_DEVICE device = RaceOfQueue(Queue);
    WdfSpinLockAcquire(device->Lock);
    WDFREQUEST waiting = device->Current;
    if (waiting != NULL && WdfRequestUnmarkCancelable(waiting) == STATUS_CANCELLED)
        waiting = NULL;
    device->Current = NULL;
    if (waiting == NULL)
        device->Count++;
    WdfSpinLockRelease(device->Lock);
    if (waiting != NULL)
        WdfRequestComplete(waiting, STATUS_SUCCESS);
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}

VOID Stop(WDFQUEUE Queue, WDFREQUEST Request, ULONG ActionFlags)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(Request);
    UNREFERENCED_PARAMETER(ActionFlags);
    /* PLANTED: WdfRequestStopAcknowledge(Request, FALSE) lets the read wait through the
     * suspension. */
}
