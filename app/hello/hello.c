/* hello: a write leaves a message, a read takes it or waits for one, a control code measures it. */
#include <wdf.h>
#define IOCTL_HELLO_LENGTH CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)

static WDFQUEUE waiting; /* reads that have found no message */
static UCHAR message[80];
static ULONG length; /* 0: there is no message */
static VOID EvtRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PVOID buffer;
    if (length == 0 && NT_SUCCESS(WdfRequestForwardToIoQueue(Request, waiting)))
        return; /* a write answers it, or the framework when its client gives up */
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, 1, &buffer, &Length);
    Length = min(Length, length);
    if (NT_SUCCESS(status))
        RtlCopyMemory(buffer, message, Length);
    length = 0;
    WdfRequestCompleteWithInformation(Request, status, Length);
}
static VOID EvtWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PVOID text;
    WDFREQUEST read;
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, 1, &text, &Length);
    length = Length = min(Length, sizeof(message));
    if (NT_SUCCESS(status))
        RtlCopyMemory(message, text, Length);
    if (length > 0 && NT_SUCCESS(WdfIoQueueRetrieveNextRequest(waiting, &read)))
        EvtRead(Queue, read, 0);
    WdfRequestCompleteWithInformation(Request, status, Length); /* the next request comes */
}
static VOID EvtControl(WDFQUEUE Queue, WDFREQUEST Request, size_t Out, size_t In, ULONG Code)
{
    WDFMEMORY answer;
    NTSTATUS status = Code == IOCTL_HELLO_LENGTH ? WdfRequestRetrieveOutputMemory(Request, &answer)
                                                 : STATUS_INVALID_DEVICE_REQUEST;
    if (NT_SUCCESS(status))
        status = WdfMemoryCopyFromBuffer(answer, 0, &length, sizeof(length));
    WdfRequestCompleteWithInformation(Request, status, sizeof(length));
}
static NTSTATUS EvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDFDEVICE device;
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &device);
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    if (NT_SUCCESS(status))
        status = WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, &waiting);
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoRead = EvtRead; /* one request at a time */
    config.EvtIoWrite = EvtWrite;
    config.EvtIoDeviceControl = EvtControl;
    return NT_SUCCESS(status) ? WdfIoQueueCreate(device, &config, NULL, NULL) : status;
}
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, EvtDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config, NULL);
}
