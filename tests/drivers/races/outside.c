/*
 * Unmarks outside the lock under which it has looked: between the two the cancel routine completes
 * the request, and what the timer has is a handle of nothing.
 */
#include "race.h"

EVT_WDF_TIMER Answer;

const RACE_DRIVER RaceDriver = {
    .Dispatch = WdfIoQueueDispatchSequential, .Read = RaceRead, .Timer = Answer};

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
