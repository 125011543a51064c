/* Frees what its timer uses while the timer is still set. */
#include "race.h"

EVT_WDF_IO_QUEUE_IO_WRITE Write;
EVT_WDF_TIMER Count;
EVT_WDF_DEVICE_PREPARE_HARDWARE Prepare;
EVT_WDF_DEVICE_RELEASE_HARDWARE Release;

const RACE_DRIVER RaceDriver = {.Dispatch = WdfIoQueueDispatchSequential,
                                .Write = Write,
                                .Timer = Count,
                                .Prepare = Prepare,
                                .Release = Release};

NTSTATUS Prepare(WDFDEVICE Device, WDFCMRESLIST Raw, WDFCMRESLIST Translated)
{
    UNREFERENCED_PARAMETER(Raw);
    UNREFERENCED_PARAMETER(Translated);
    PULONG memory = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(ULONG), RACE_TAG);
    RaceGetDevice(Device)->Memory = memory;
    return memory != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS Release(WDFDEVICE Device, WDFCMRESLIST Translated)
{
    UNREFERENCED_PARAMETER(Translated);
    /* PLANTED: WdfTimerStop(Timer, TRUE) should come first. */
    ExFreePoolWithTag(RaceGetDevice(Device)->Memory, RACE_TAG);
    return STATUS_SUCCESS;
}

VOID Write(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    WdfTimerStart(RaceOfQueue(Queue)->Timer, WDF_REL_TIMEOUT_IN_MS(RACE_DELAY_MS));
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}

VOID Count(WDFTIMER Timer)
{
    PRACE_DEVICE device = RaceOfTimer(Timer);
    WdfSpinLockAcquire(device->Lock);
    ++*device->Memory;
    WdfSpinLockRelease(device->Lock);
}
