/* Follows the address of a METHOD_NEITHER control as it comes. */
#include "bad.h"

static EVT_WDF_IO_IN_CALLER_CONTEXT InCallerContext;
static EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL Control;

VOID BadSetUp(PWDFDEVICE_INIT DeviceInit, PWDF_IO_QUEUE_CONFIG Queue)
{
    WdfDeviceInitSetIoInCallerContextCallback(DeviceInit, InCallerContext);
    Queue->EvtIoDeviceControl = Control;
}

NTSTATUS BadMade(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    return STATUS_SUCCESS;
}

static VOID InCallerContext(WDFDEVICE Device, WDFREQUEST Request)
{
    WDF_REQUEST_PARAMETERS parameters;
    PVOID input = NULL;
    volatile UCHAR first = 0;
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(Request, &parameters);
    if (parameters.Type == WdfRequestTypeDeviceControl &&
        METHOD_FROM_CTL_CODE(parameters.Parameters.DeviceIoControl.IoControlCode) ==
            METHOD_NEITHER &&
        NT_SUCCESS(WdfRequestRetrieveUnsafeUserInputBuffer(Request, 1, &input, NULL)))
        first = *(PUCHAR)input;
    NTSTATUS status =
        first == 0xFF ? STATUS_INVALID_PARAMETER : WdfDeviceEnqueueRequest(Device, Request);
    if (!NT_SUCCESS(status))
        WdfRequestComplete(Request, status);
}

static VOID Control(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputLength, size_t InputLength,
                    ULONG Code)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(OutputLength);
    UNREFERENCED_PARAMETER(InputLength);
    UNREFERENCED_PARAMETER(Code);
    WdfRequestComplete(Request, STATUS_SUCCESS);
}
