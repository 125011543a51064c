/* The cancel routine touches memory that the timer frees before it knows that the request is its
 * own. */
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
    PULONG memory = ExAllocatePool2(POOL_FLAG_NON_PAGED, 64, RACE_TAG);
    if (memory == NULL) {
        WdfRequestComplete(Request, STATUS_INSUFFICIENT_RESOURCES);
        return;
    }
    RaceGetRequest(Request)->Memory = memory;
    WdfSpinLockAcquire(device->Lock);
    NTSTATUS status = WdfRequestMarkCancelableEx(Request, Cancel);
    if (NT_SUCCESS(status)) {
        device->Current = Request;
        WdfTimerStart(device->Timer, WDF_REL_TIMEOUT_IN_MS(RACE_DELAY_MS));
    }
    WdfSpinLockRelease(device->Lock);
    if (!NT_SUCCESS(status)) {
        ExFreePoolWithTag(memory, RACE_TAG);
        WdfRequestComplete(Request, status);
    }
}

VOID Cancel(WDFREQUEST Request)
{
    PRACE_DEVICE device = RaceOfRequest(Request);
    PULONG memory = RaceGetRequest(Request)->Memory;
    WdfSpinLockAcquire(device->Lock);
    BOOLEAN isMine = device->Current == Request;
    device->Current = NULL;
    memory[0] = 1;
    WdfSpinLockRelease(device->Lock);
    if (isMine)
        ExFreePoolWithTag(memory, RACE_TAG);
    WdfRequestComplete(Request, STATUS_CANCELLED);
}

VOID Answer(WDFTIMER Timer)
{
    PRACE_DEVICE device = RaceOfTimer(Timer);
    WdfSpinLockAcquire(device->Lock);
    WDFREQUEST request = device->Current;
    device->Current = NULL;
    BOOLEAN isMine = FALSE;
    if (request != NULL) {
        /* PLANTED: the memory is the timer's only after WdfRequestUnmarkCancelable has
         * succeeded. */
        ExFreePoolWithTag(RaceGetRequest(request)->Memory, RACE_TAG);
        isMine = WdfRequestUnmarkCancelable(request) != STATUS_CANCELLED;
    }
    WdfSpinLockRelease(device->Lock);
    if (isMine)
        WdfRequestComplete(request, STATUS_SUCCESS);
}
