/* The timer writes into a buffer before it knows that the request is still its own: the cancel
 * routine may have completed it. */
#include "race.h"

EVT_WDF_IO_QUEUE_IO_READ Read;
EVT_WDF_REQUEST_CANCEL Cancel;
EVT_WDF_TIMER Answer;

const RACE_DRIVER RaceDriver = {
    .Dispatch = WdfIoQueueDispatchSequential, .Read = Read, .Timer = Answer};

VOID Read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PRACE_DEVICE device = RaceOfQueue(Queue);
    PVOID buffer;
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, Length, &buffer, NULL);
    WdfSpinLockAcquire(device->Lock);
    if (NT_SUCCESS(status))
        status = WdfRequestMarkCancelableEx(Request, Cancel);
    if (NT_SUCCESS(status)) {
        device->Current = Request;
        device->Memory = buffer;
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
    /* PLANTED: the buffer is valid only after WdfRequestUnmarkCancelable has succeeded. */
    if (device->Memory != NULL)
        device->Memory[0] = 1;
    WdfSpinLockAcquire(device->Lock);
    WDFREQUEST request = device->Current;
    device->Current = NULL;
    device->Memory = NULL;
    BOOLEAN isMine = request != NULL && WdfRequestUnmarkCancelable(request) != STATUS_CANCELLED;
    WdfSpinLockRelease(device->Lock);
    if (isMine)
        WdfRequestComplete(request, STATUS_SUCCESS);
}
