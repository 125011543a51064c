/*
 * A driver with its own locking that misses one lock: slots hold the requests that wait for the
 * timer, and the timer looks into them without the lock.
 */
#include "race.h"

EVT_WDF_IO_QUEUE_IO_READ Read;
EVT_WDF_REQUEST_CANCEL Cancel;
EVT_WDF_TIMER Beat;

const RACE_DRIVER RaceDriver = {
    .Dispatch = WdfIoQueueDispatchParallel, .Read = Read, .Timer = Beat};

#define SLOTS 4

static WDFREQUEST Slots[SLOTS];

VOID Read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PRACE_DEVICE device = RaceOfQueue(Queue);
    UNREFERENCED_PARAMETER(Length);
    ULONG slot = 0;
    WdfSpinLockAcquire(device->Lock);
    while (slot < SLOTS && Slots[slot] != NULL)
        slot++;
    NTSTATUS status =
        slot < SLOTS ? WdfRequestMarkCancelableEx(Request, Cancel) : STATUS_INSUFFICIENT_RESOURCES;
    if (NT_SUCCESS(status)) {
        Slots[slot] = Request;
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
    for (ULONG slot = 0; slot < SLOTS; slot++) {
        if (Slots[slot] == Request)
            Slots[slot] = NULL;
    }
    WdfSpinLockRelease(device->Lock);
    WdfRequestComplete(Request, STATUS_CANCELLED);
}

VOID Beat(WDFTIMER Timer)
{
    UNREFERENCED_PARAMETER(Timer);
    for (ULONG slot = 0; slot < SLOTS; slot++) {
        /* PLANTED: the lock should be held while a request is taken out of its slot. */
        WDFREQUEST request = Slots[slot];
        if (request == NULL || WdfRequestUnmarkCancelable(request) == STATUS_CANCELLED)
            continue;
        Slots[slot] = NULL;
        WdfRequestComplete(request, STATUS_SUCCESS);
    }
}
