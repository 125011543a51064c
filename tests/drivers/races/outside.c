/*
 * Unmarks outside the lock under which it has looked: between the two the cancel routine completes
 * the request, and the timer has an invalid handle.
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
    /* PLANTED: the lock should be held until the request is unmarked and belongs to the timer
     * alone. */
    if (request == NULL || WdfRequestUnmarkCancelable(request) == STATUS_CANCELLED)
        return;
    WdfSpinLockAcquire(device->Lock);
    device->Current = NULL;
    WdfSpinLockRelease(device->Lock);
    WdfRequestComplete(request, STATUS_SUCCESS);
}
