/*
 * Unmarks outside the lock under which it has looked: between the two the cancel routine completes the
 * request, and what the timer has is a handle of nothing.
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
    WdfSpinLockRelease(device->Lock);
    /* PLANTED: the lock should be held until the request is unmarked and nobody else's. */
    if (request == NULL || WdfRequestUnmarkCancelable(request) == STATUS_CANCELLED)
        return;
    WdfSpinLockAcquire(device->Lock);
    device->Current = NULL;
    WdfSpinLockRelease(device->Lock);
    WdfRequestComplete(request, STATUS_SUCCESS);
}
