/* Leaks an object if the request that it belongs to is cancelled before it could be marked. */
#include "race.h"

EVT_WDF_IO_QUEUE_IO_READ Read;
EVT_WDF_REQUEST_CANCEL Cancel;
EVT_WDF_TIMER Answer;

const RACE_DRIVER RaceDriver = {
    .Dispatch = WdfIoQueueDispatchSequential, .Read = Read, .Timer = Answer};

VOID Read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PRACE_DEVICE device = RaceOfQueue(Queue);
    UNREFERENCED_PARAMETER(Length);
    WdfObjectReference(Request); /* until the timer has seen it */
    WdfSpinLockAcquire(device->Lock);
    NTSTATUS status = WdfRequestMarkCancelableEx(Request, Cancel);
    if (NT_SUCCESS(status)) {
        device->Current = Request;
        WdfTimerStart(device->Timer, WDF_REL_TIMEOUT_IN_MS(RACE_DELAY_MS));
    }
    WdfSpinLockRelease(device->Lock);
    /* PLANTED: the reference should be dropped here. */
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
    WdfObjectDereference(Request);
}

VOID Answer(WDFTIMER Timer)
{
    PRACE_DEVICE device = RaceOfTimer(Timer);
    WdfSpinLockAcquire(device->Lock);
    WDFREQUEST request = device->Current;
    if (request != NULL && WdfRequestUnmarkCancelable(request) == STATUS_CANCELLED)
        request = NULL;
    if (request != NULL)
        device->Current = NULL;
    WdfSpinLockRelease(device->Lock);
    if (request == NULL)
        return;
    WdfRequestComplete(request, STATUS_SUCCESS);
    WdfObjectDereference(request);
}
