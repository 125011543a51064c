/* Keeps reads, which can be cancelled, and forgets to handle them when the device leaves D0. */
#include "bad.h"

static EVT_WDF_IO_QUEUE_IO_READ Read;
static EVT_WDF_IO_QUEUE_IO_STOP Stop;
static EVT_WDF_REQUEST_CANCEL Cancel;

VOID BadSetUp(PWDFDEVICE_INIT DeviceInit, PWDF_IO_QUEUE_CONFIG Queue)
{
    UNREFERENCED_PARAMETER(DeviceInit);
    Queue->EvtIoRead = Read;
    Queue->EvtIoStop = Stop;
}

NTSTATUS BadMade(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    return STATUS_SUCCESS;
}

static VOID Read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(Length);
    NTSTATUS status = WdfRequestMarkCancelableEx(Request, Cancel);
    if (!NT_SUCCESS(status))
        WdfRequestComplete(Request, status);
}

static VOID Stop(WDFQUEUE Queue, WDFREQUEST Request, ULONG ActionFlags)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(Request);
    UNREFERENCED_PARAMETER(ActionFlags);
}

static VOID Cancel(WDFREQUEST Request)
{
    WdfRequestComplete(Request, STATUS_CANCELLED);
}
