/* Counts in two callbacks without a lock, and asserts that the count is right. */
#define DBG 1
#include "race.h"

EVT_WDF_IO_QUEUE_IO_WRITE Write;

const RACE_DRIVER RaceDriver = {.Dispatch = WdfIoQueueDispatchParallel, .Write = Write};

VOID Write(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PRACE_DEVICE device = RaceOfQueue(Queue);
    /* PLANTED: the increment and the count that it represents should both be under the lock. */
    device->Count++;
    NT_ASSERT(device->Count == 1);
    WdfSpinLockAcquire(device->Lock);
    WdfSpinLockRelease(device->Lock);
    device->Count--;
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}
