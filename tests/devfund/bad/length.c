/* Fills in a structure, however small the client's buffer is. */
#include "bad.h"

typedef struct _ANSWER {
    ULONG Numbers[8];
} ANSWER;

static EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL Control;

VOID BadSetUp(PWDFDEVICE_INIT DeviceInit, PWDF_IO_QUEUE_CONFIG Queue)
{
    UNREFERENCED_PARAMETER(DeviceInit);
    Queue->EvtIoDeviceControl = Control;
}

NTSTATUS BadMade(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    return STATUS_SUCCESS;
}

static VOID Control(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputLength, size_t InputLength,
                    ULONG Code)
{
    PVOID output;
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(OutputLength);
    UNREFERENCED_PARAMETER(InputLength);
    UNREFERENCED_PARAMETER(Code);
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, sizeof(ULONG), &output, NULL);
    if (NT_SUCCESS(status))
        *(PULONG)output = 1;
    WdfRequestCompleteWithInformation(Request, status, sizeof(ANSWER));
}
