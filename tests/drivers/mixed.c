/*
 * A correct driver for explorations of the framework: reads wait in a manual queue until a write
 * serves each, while controls stop, start, purge and drain that queue. With MIXED_IN_CALLER_CONTEXT
 * it sees them all before any queue does, and serves writes there.
 */
#include <ntddk.h>
#include <wdf.h>

/* 0x222004, 0x222008, 0x22200C, 0x222010 in scenarios. */
#define IOCTL_PURGE CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_START CTL_CODE(FILE_DEVICE_UNKNOWN, 0x802, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_STOP  CTL_CODE(FILE_DEVICE_UNKNOWN, 0x803, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_DRAIN CTL_CODE(FILE_DEVICE_UNKNOWN, 0x804, METHOD_BUFFERED, FILE_ANY_ACCESS)

typedef struct _DEVICE_CONTEXT {
    WDFSPINLOCK Lock; /* guards Written */
    WDFQUEUE Waiting;
    ULONG Written; /* writes that have not served a read yet */
} DEVICE_CONTEXT, *PDEVICE_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(DEVICE_CONTEXT, GetDeviceContext)

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD MixedDeviceAdd;
EVT_WDF_IO_QUEUE_IO_READ MixedRead;
EVT_WDF_IO_QUEUE_IO_WRITE MixedWrite;
EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL MixedControl;
EVT_WDF_IO_IN_CALLER_CONTEXT MixedInCallerContext;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, MixedDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

NTSTATUS MixedDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
#ifdef MIXED_IN_CALLER_CONTEXT
    WdfDeviceInitSetIoInCallerContextCallback(DeviceInit, MixedInCallerContext);
#endif
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, DEVICE_CONTEXT);
    WDFDEVICE device;
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status))
        return status;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = device;
    status = WdfSpinLockCreate(&attributes, &GetDeviceContext(device)->Lock);
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoRead = MixedRead;
    config.EvtIoWrite = MixedWrite;
    config.EvtIoDeviceControl = MixedControl;
    if (NT_SUCCESS(status))
        status = WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    if (NT_SUCCESS(status))
        status = WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES,
                                  &GetDeviceContext(device)->Waiting);
    return status;
}

/* Takes a write and a read that it serves; FALSE if either is missing. */
static BOOLEAN TakePair(PDEVICE_CONTEXT Context, WDFREQUEST *Read)
{
    BOOLEAN isTaken = FALSE;
    WdfSpinLockAcquire(Context->Lock);
    if (Context->Written > 0 && NT_SUCCESS(WdfIoQueueRetrieveNextRequest(Context->Waiting, Read))) {
        Context->Written--;
        isTaken = TRUE;
    }
    WdfSpinLockRelease(Context->Lock);
    return isTaken;
}

static VOID Serve(PDEVICE_CONTEXT Context)
{
    WDFREQUEST read;
    while (TakePair(Context, &read))
        WdfRequestComplete(read, STATUS_SUCCESS);
}

VOID MixedRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PDEVICE_CONTEXT context = GetDeviceContext(WdfIoQueueGetDevice(Queue));
    UNREFERENCED_PARAMETER(Length);
    NTSTATUS status = WdfRequestForwardToIoQueue(Request, context->Waiting);
    if (NT_SUCCESS(status))
        Serve(context);
    else
        WdfRequestComplete(Request, status);
}

static VOID Write(PDEVICE_CONTEXT Context, WDFREQUEST Request, size_t Length)
{
    WdfSpinLockAcquire(Context->Lock);
    Context->Written++;
    WdfSpinLockRelease(Context->Lock);
    Serve(Context);
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}

VOID MixedWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    Write(GetDeviceContext(WdfIoQueueGetDevice(Queue)), Request, Length);
}

VOID MixedInCallerContext(WDFDEVICE Device, WDFREQUEST Request)
{
    WDF_REQUEST_PARAMETERS parameters;
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(Request, &parameters);
    if (parameters.Type == WdfRequestTypeWrite) {
        Write(GetDeviceContext(Device), Request, parameters.Parameters.Write.Length);
        return;
    }
    NTSTATUS status = WdfDeviceEnqueueRequest(Device, Request);
    if (!NT_SUCCESS(status))
        WdfRequestComplete(Request, status);
}

VOID MixedControl(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
                  size_t InputBufferLength, ULONG IoControlCode)
{
    PDEVICE_CONTEXT context = GetDeviceContext(WdfIoQueueGetDevice(Queue));
    NTSTATUS status = STATUS_SUCCESS;
    UNREFERENCED_PARAMETER(OutputBufferLength);
    UNREFERENCED_PARAMETER(InputBufferLength);
    switch (IoControlCode) {
    case IOCTL_PURGE:
        WdfIoQueuePurge(context->Waiting, NULL, NULL);
        break;
    case IOCTL_START:
        WdfIoQueueStart(context->Waiting);
        Serve(context);
        break;
    case IOCTL_STOP:
        WdfIoQueueStop(context->Waiting, NULL, NULL);
        break;
    case IOCTL_DRAIN:
        WdfIoQueueDrain(context->Waiting, NULL, NULL);
        break;
    default:
        status = STATUS_INVALID_DEVICE_REQUEST;
        break;
    }
    WdfRequestComplete(Request, status);
}
