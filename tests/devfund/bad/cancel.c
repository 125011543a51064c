/* Keeps reads until there is a write, and does not let them be cancelled. */
#include "bad.h"

static EVT_WDF_IO_QUEUE_IO_READ Read;
static EVT_WDF_IO_QUEUE_IO_WRITE Write;

static volatile PVOID Kept;

VOID BadSetUp(PWDFDEVICE_INIT DeviceInit, PWDF_IO_QUEUE_CONFIG Queue)
{
    UNREFERENCED_PARAMETER(DeviceInit);
    Queue->EvtIoRead = Read;
    Queue->EvtIoWrite = Write;
    Queue->PowerManaged = WdfFalse;
}

NTSTATUS BadMade(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    return STATUS_SUCCESS;
}

static VOID CompleteInPlace(WDFREQUEST Next)
{
    WDFREQUEST before = (WDFREQUEST)InterlockedExchangePointer(&Kept, Next);
    if (before != NULL)
        WdfRequestComplete(before, STATUS_SUCCESS);
}

static VOID Read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(Length);
    CompleteInPlace(Request);
}

static VOID Write(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
    CompleteInPlace(NULL);
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}
