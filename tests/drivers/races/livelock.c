/* Two callbacks that wait for ever, each politely, for the other one to go first. */
#include "race.h"

EVT_WDF_IO_QUEUE_IO_WRITE Write;

const RACE_DRIVER RaceDriver = {.Dispatch = WdfIoQueueDispatchParallel, .Write = Write};

VOID Write(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PRACE_DEVICE device = RaceOfQueue(Queue);
    LARGE_INTEGER moment = {.QuadPart = 0};
    InterlockedIncrement(&device->Count);
    /* PLANTED: one of them should have the right to go on. */
    KeDelayExecutionThread(KernelMode, FALSE, &moment);
    while (device->Count > 1)
        KeDelayExecutionThread(KernelMode, FALSE, &moment);
    InterlockedDecrement(&device->Count);
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}
