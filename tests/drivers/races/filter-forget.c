/*
 * A filter that completes what it has sent and forgotten: a read is sent for good, and if that
 * takes too long, a timer answers it.
 */
#include "race.h"

EVT_WDF_IO_QUEUE_IO_READ Read;
EVT_WDF_TIMER GiveUp;

const RACE_DRIVER RaceDriver = {
    .IsFilter = TRUE, .Dispatch = WdfIoQueueDispatchParallel, .Read = Read, .Timer = GiveUp};

VOID Read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PRACE_DEVICE device = RaceOfQueue(Queue);
    WDF_REQUEST_SEND_OPTIONS options;
    UNREFERENCED_PARAMETER(Length);
    WdfSpinLockAcquire(device->Lock);
    device->Current = Request;
    WdfSpinLockRelease(device->Lock);
    WdfTimerStart(device->Timer, WDF_REL_TIMEOUT_IN_MS(RACE_DELAY_MS));
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET);
    if (!WdfRequestSend(Request, RaceTarget(Queue), &options))
        WdfRequestComplete(Request, WdfRequestGetStatus(Request));
}

VOID GiveUp(WDFTIMER Timer)
{
    PRACE_DEVICE device = RaceOfTimer(Timer);
    WdfSpinLockAcquire(device->Lock);
    WDFREQUEST request = device->Current;
    device->Current = NULL;
    WdfSpinLockRelease(device->Lock);
    /* PLANTED: after send-and-forget the filter never gets the request back. A completion routine
     * does. */
    if (request != NULL)
        WdfRequestComplete(request, STATUS_IO_TIMEOUT);
}
