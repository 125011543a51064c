/*
 * Forwards a request that may be being cancelled: a read waits, cancelable, until a write forwards
 * it to the queue that the timer serves. Forwarding and cancellation race.
 */
#include "race.h"

EVT_WDF_IO_QUEUE_IO_READ Read;
EVT_WDF_IO_QUEUE_IO_WRITE Write;
EVT_WDF_TIMER Serve;

const RACE_DRIVER RaceDriver = {.Dispatch = WdfIoQueueDispatchParallel,
                                .Read = Read,
                                .Write = Write,
                                .Timer = Serve,
                                .HasWaiting = TRUE};

VOID Read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PRACE_DEVICE device = RaceOfQueue(Queue);
    UNREFERENCED_PARAMETER(Length);
    WdfSpinLockAcquire(device->Lock);
    NTSTATUS status = device->Current == NULL ? WdfRequestMarkCancelableEx(Request, RaceCancel)
                                              : STATUS_DEVICE_BUSY;
    if (NT_SUCCESS(status))
        device->Current = Request;
    WdfSpinLockRelease(device->Lock);
    if (!NT_SUCCESS(status))
        WdfRequestComplete(Request, status);
}

VOID Write(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PRACE_DEVICE device = RaceOfQueue(Queue);
    WdfSpinLockAcquire(device->Lock);
    WDFREQUEST waiting = device->Current;
    device->Current = NULL;
    if (waiting != NULL)
        (void)WdfRequestUnmarkCancelable(waiting);
    WdfSpinLockRelease(device->Lock);
    /* PLANTED: the driver may forward only a request that it could unmark. */
    if (waiting != NULL && NT_SUCCESS(WdfRequestForwardToIoQueue(waiting, device->Waiting)))
        WdfTimerStart(device->Timer, WDF_REL_TIMEOUT_IN_MS(RACE_DELAY_MS));
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}

VOID Serve(WDFTIMER Timer)
{
    WDFREQUEST request;
    while (NT_SUCCESS(WdfIoQueueRetrieveNextRequest(RaceOfTimer(Timer)->Waiting, &request)))
        WdfRequestComplete(request, STATUS_SUCCESS);
}
