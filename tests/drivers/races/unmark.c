/*
 * Forgets what WdfRequestUnmarkCancelable returns: a request that is being cancelled when the timer comes is
 * completed twice, by the timer and by the cancel routine.
 */
#include "race.h"

EVT_WDF_IO_QUEUE_IO_READ Read;
EVT_WDF_REQUEST_CANCEL Cancel;
EVT_WDF_TIMER Answer;

const RACE_DRIVER RaceDriver = {.Dispatch = WdfIoQueueDispatchSequential, .Read = Read, .Timer = Answer};

VOID Read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PRACE_DEVICE device = RaceOfQueue(Queue);
    UNREFERENCED_PARAMETER(Length);
    WdfSpinLockAcquire(device->Lock);
    NTSTATUS status = WdfRequestMarkCancelableEx(Request, Cancel);
    if (NT_SUCCESS(status)) {
        device->Current = Request;
        WdfTimerStart(device->Timer, WDF_REL_TIMEOUT_IN_MS(RACE_DELAY_MS));
    }
    WdfSpinLockRelease(device->Lock);
    if (!NT_SUCCESS(status))
        WdfRequestComplete(Request, status);
}

VOID Cancel(WDFREQUEST Request)
{
    PRACE_DEVICE device = RaceOfRequest(Request);
    WdfSpinLockAcquire(device->Lock);
    device->Current = NULL;
    WdfSpinLockRelease(device->Lock);
    WdfRequestComplete(Request, STATUS_CANCELLED);
}

VOID Answer(WDFTIMER Timer)
{
    PRACE_DEVICE device = RaceOfTimer(Timer);
    WdfSpinLockAcquire(device->Lock);
    WDFREQUEST request = device->Current;
    device->Current = NULL;
    /* PLANTED: with STATUS_CANCELLED the request is the cancel routine's. */
    if (request != NULL)
        (void)WdfRequestUnmarkCancelable(request);
    WdfSpinLockRelease(device->Lock);
    if (request != NULL)
        WdfRequestComplete(request, STATUS_SUCCESS);
}
