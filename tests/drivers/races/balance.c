/* Keeps its device in D0 for each read, and for ever for one that is cancelled. */
#include "race.h"

EVT_WDF_IO_QUEUE_IO_READ Read;
EVT_WDF_REQUEST_CANCEL Cancel;
EVT_WDF_TIMER Answer;

const RACE_DRIVER RaceDriver = {
    .Dispatch = WdfIoQueueDispatchSequential, .Read = Read, .Timer = Answer, .Idles = TRUE};

VOID Read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PRACE_DEVICE device = RaceOfQueue(Queue);
    UNREFERENCED_PARAMETER(Length);
    NTSTATUS status = WdfDeviceStopIdle(WdfIoQueueGetDevice(Queue), FALSE);
    if (!NT_SUCCESS(status)) {
        WdfRequestComplete(Request, status);
        return;
    }
    WdfSpinLockAcquire(device->Lock);
    status = WdfRequestMarkCancelableEx(Request, Cancel);
    if (NT_SUCCESS(status)) {
        device->Current = Request;
        WdfTimerStart(device->Timer, WDF_REL_TIMEOUT_IN_MS(RACE_DELAY_MS));
    }
    WdfSpinLockRelease(device->Lock);
    if (!NT_SUCCESS(status)) {
        WdfDeviceResumeIdle(WdfIoQueueGetDevice(Queue));
        WdfRequestComplete(Request, status);
    }
}

VOID Cancel(WDFREQUEST Request)
{
    PRACE_DEVICE device = RaceOfRequest(Request);
    WdfSpinLockAcquire(device->Lock);
    device->Current = NULL;
    WdfSpinLockRelease(device->Lock);
    /* PLANTED: WdfDeviceResumeIdle is missing, as when the read is answered. */
    WdfRequestComplete(Request, STATUS_CANCELLED);
}

VOID Answer(WDFTIMER Timer)
{
    PRACE_DEVICE device = RaceOfTimer(Timer);
    WdfSpinLockAcquire(device->Lock);
    WDFREQUEST request = device->Current;
    if (request != NULL && WdfRequestUnmarkCancelable(request) == STATUS_CANCELLED)
        request = NULL;
    if (request != NULL)
        device->Current = NULL;
    WdfSpinLockRelease(device->Lock);
    if (request == NULL)
        return;
    WdfDeviceResumeIdle((WDFDEVICE)WdfTimerGetParentObject(Timer));
    WdfRequestComplete(request, STATUS_SUCCESS);
}
