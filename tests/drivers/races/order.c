/* Takes two locks in one order for reads and in the other for writes. */
#include "race.h"

EVT_WDF_IO_QUEUE_IO_READ Read;
EVT_WDF_IO_QUEUE_IO_WRITE Write;
EVT_WDF_DEVICE_PREPARE_HARDWARE Prepare;

const RACE_DRIVER RaceDriver = {
    .Dispatch = WdfIoQueueDispatchParallel, .Read = Read, .Write = Write, .Prepare = Prepare};

static WDFSPINLOCK Second;

NTSTATUS Prepare(WDFDEVICE Device, WDFCMRESLIST Raw, WDFCMRESLIST Translated)
{
    UNREFERENCED_PARAMETER(Raw);
    UNREFERENCED_PARAMETER(Translated);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = Device;
    return WdfSpinLockCreate(&attributes, &Second);
}

VOID Read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Length);
    WdfSpinLockAcquire(RaceOfQueue(Queue)->Lock);
    WdfSpinLockAcquire(Second);
    WdfSpinLockRelease(Second);
    WdfSpinLockRelease(RaceOfQueue(Queue)->Lock);
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

VOID Write(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    /* PLANTED: the device's lock should come first here, too. */
    WdfSpinLockAcquire(Second);
    WdfSpinLockAcquire(RaceOfQueue(Queue)->Lock);
    WdfSpinLockRelease(RaceOfQueue(Queue)->Lock);
    WdfSpinLockRelease(Second);
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}
