/*
 * A driver that fails its device on demand, and asks for a restart: a write of "restart" does that,
 * and a read returns the number of the device as a digit.
 */
#include <ntddk.h>
#include <wdf.h>

typedef struct _DEVICE_CONTEXT {
    ULONG Number;
} DEVICE_CONTEXT, *PDEVICE_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(DEVICE_CONTEXT, GetDeviceContext)

DRIVER_INITIALIZE DriverEntry;
static EVT_WDF_DRIVER_DEVICE_ADD FailingDeviceAdd;
static EVT_WDF_IO_QUEUE_IO_READ FailingRead;
static EVT_WDF_IO_QUEUE_IO_WRITE FailingWrite;

static ULONG Devices; /* so far */

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, FailingDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

static NTSTATUS FailingDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_IO_QUEUE_CONFIG config;
    WDFDEVICE device;
    UNREFERENCED_PARAMETER(Driver);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, DEVICE_CONTEXT);
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status))
        return status;
    GetDeviceContext(device)->Number = ++Devices;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoRead = FailingRead;
    config.EvtIoWrite = FailingWrite;
    return WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

static VOID FailingRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PVOID buffer;
    UNREFERENCED_PARAMETER(Length);
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, 1, &buffer, NULL);
    if (NT_SUCCESS(status))
        *(PCHAR)buffer = (CHAR)('0' + GetDeviceContext(WdfIoQueueGetDevice(Queue))->Number % 10);
    WdfRequestCompleteWithInformation(Request, status, NT_SUCCESS(status) ? 1 : 0);
}

static VOID FailingWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    static const CHAR word[] = "restart";
    PVOID data;
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, sizeof(word) - 1, &data, NULL);
    BOOLEAN fails = NT_SUCCESS(status) && memcmp(data, word, sizeof(word) - 1) == 0;
    WdfRequestCompleteWithInformation(Request, status, NT_SUCCESS(status) ? Length : 0);
    if (fails)
        WdfDeviceSetFailed(WdfIoQueueGetDevice(Queue), WdfDeviceFailedAttemptRestart);
}
