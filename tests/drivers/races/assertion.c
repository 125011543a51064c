/* Counts without a lock what two callbacks count, and asserts that the count is right. */
#define DBG 1
#include "race.h"

EVT_WDF_IO_QUEUE_IO_WRITE Write;

const RACE_DRIVER RaceDriver = {.Dispatch = WdfIoQueueDispatchParallel, .Write = Write};

VOID Write(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PRACE_DEVICE device = RaceOfQueue(Queue);
    /* PLANTED: both the increment and what it stands for should be under the lock. */
    device->Count++;
    NT_ASSERT(device->Count == 1);
    WdfSpinLockAcquire(device->Lock);
    WdfSpinLockRelease(device->Lock);
    device->Count--;
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}
