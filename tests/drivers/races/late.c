/* Its timer uses the hardware when that is already in Dx. */
#define DBG 1
#include "race.h"

EVT_WDF_IO_QUEUE_IO_WRITE Write;
EVT_WDF_TIMER Work;
EVT_WDF_DEVICE_D0_ENTRY Entry;
EVT_WDF_DEVICE_D0_EXIT Exit;

const RACE_DRIVER RaceDriver = {.Dispatch = WdfIoQueueDispatchSequential,
                                .Write = Write,
                                .Timer = Work,
                                .Entry = Entry,
                                .Exit = Exit,
                                .Idles = TRUE};

static VOID SetPowered(WDFDEVICE Device, BOOLEAN IsPowered)
{
    WdfSpinLockAcquire(RaceGetDevice(Device)->Lock);
    RaceGetDevice(Device)->IsPowered = IsPowered;
    WdfSpinLockRelease(RaceGetDevice(Device)->Lock);
}

NTSTATUS Entry(WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState)
{
    UNREFERENCED_PARAMETER(PreviousState);
    SetPowered(Device, TRUE);
    return STATUS_SUCCESS;
}

NTSTATUS Exit(WDFDEVICE Device, WDF_POWER_DEVICE_STATE TargetState)
{
    UNREFERENCED_PARAMETER(TargetState);
    /* PLANTED: WdfTimerStop(Timer, TRUE) should come first. */
    SetPowered(Device, FALSE);
    return STATUS_SUCCESS;
}

VOID Write(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    WdfTimerStart(RaceOfQueue(Queue)->Timer, WDF_REL_TIMEOUT_IN_MS(RACE_DELAY_MS));
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}

VOID Work(WDFTIMER Timer)
{
    PRACE_DEVICE device = RaceOfTimer(Timer);
    WdfSpinLockAcquire(device->Lock);
    NT_ASSERT(device->IsPowered);
    WdfSpinLockRelease(device->Lock);
}
