/*
 * Forgets what WdfRequestUnmarkCancelable returns: a request that is being cancelled when the timer
 * comes is completed twice, by the timer and by the cancel routine.
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
    device->Current = NULL;
    /* PLANTED: after STATUS_CANCELLED the request belongs to the cancel routine. */
    if (request != NULL)
        (void)WdfRequestUnmarkCancelable(request);
    WdfSpinLockRelease(device->Lock);
    if (request != NULL)
        WdfRequestComplete(request, STATUS_SUCCESS);
}
