/* Completes in D0Exit the request that it has kept, while the client may cancel it. */
#include "race.h"

EVT_WDF_IO_QUEUE_IO_READ Read;
EVT_WDF_IO_QUEUE_IO_STOP Stop;
EVT_WDF_DEVICE_D0_EXIT Exit;

const RACE_DRIVER RaceDriver = {
    .Dispatch = WdfIoQueueDispatchParallel, .Read = Read, .Stop = Stop, .Exit = Exit};

VOID Read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PRACE_DEVICE device = RaceOfQueue(Queue);
    UNREFERENCED_PARAMETER(Length);
    WdfSpinLockAcquire(device->Lock);
    NTSTATUS status = WdfRequestMarkCancelableEx(Request, RaceCancel);
    if (NT_SUCCESS(status))
        device->Current = Request;
    WdfSpinLockRelease(device->Lock);
    if (!NT_SUCCESS(status))
        WdfRequestComplete(Request, status);
}

VOID Stop(WDFQUEUE Queue, WDFREQUEST Request, ULONG ActionFlags)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(ActionFlags);
    WdfRequestStopAcknowledge(Request, FALSE);
}

NTSTATUS Exit(WDFDEVICE Device, WDF_POWER_DEVICE_STATE TargetState)
{
    PRACE_DEVICE device = RaceGetDevice(Device);
    UNREFERENCED_PARAMETER(TargetState);
    WdfSpinLockAcquire(device->Lock);
    WDFREQUEST request = device->Current;
    device->Current = NULL;
    WdfSpinLockRelease(device->Lock);
    if (request == NULL)
        return STATUS_SUCCESS;
    /* The work before it gives the client time. */
    for (unsigned i = 0; i < 8; i++) {
        WdfSpinLockAcquire(device->Lock);
        WdfSpinLockRelease(device->Lock);
    }
    /* PLANTED: after STATUS_CANCELLED here, the request belongs to RaceCancel. */
    (void)WdfRequestUnmarkCancelable(request);
    WdfRequestComplete(request, STATUS_DEVICE_NOT_READY);
    return STATUS_SUCCESS;
}
