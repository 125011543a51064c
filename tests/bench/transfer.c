/*
 * A minimal driver, to measure what is around it: one message of up to 128 KiB, a parallel queue,
 * every request completed in its callback. Compiled several times (meson.build):
 *
 *     BENCH_IO_TYPE     WdfDeviceIoBuffered or WdfDeviceIoDirect
 *     BENCH_DROPS       a write is discarded, and a read returns whatever its buffer holds: no copy
 *                       at all
 *     BENCH_COMPUTE_US  how long a read computes before it answers
 *     BENCH_WAIT_US     how long a read sleeps before it answers
 *
 * A device control sends its input back.
 */
#include <unistd.h>

#include <ntddk.h>
#include <wdf.h>

#define MESSAGE_MAX (128 * 1024)

typedef struct _DEVICE_CONTEXT {
    WDFSPINLOCK Lock; /* guards what follows */
    size_t Length;
    UCHAR Message[MESSAGE_MAX];
} DEVICE_CONTEXT, *PDEVICE_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(DEVICE_CONTEXT, TransferGetDevice)

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD TransferDeviceAdd;
EVT_WDF_IO_QUEUE_IO_READ TransferRead;
EVT_WDF_IO_QUEUE_IO_WRITE TransferWrite;
EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL TransferControl;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, TransferDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

NTSTATUS TransferDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WdfDeviceInitSetIoType(DeviceInit, BENCH_IO_TYPE);

    WDF_OBJECT_ATTRIBUTES attributes;
    WDFDEVICE device;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, DEVICE_CONTEXT);
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status))
        return status;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = device;
    status = WdfSpinLockCreate(&attributes, &TransferGetDevice(device)->Lock);
    if (!NT_SUCCESS(status))
        return status;

    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoRead = TransferRead;
    config.EvtIoWrite = TransferWrite;
    config.EvtIoDeviceControl = TransferControl;
    return WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

/* Does what BENCH_COMPUTE_US and BENCH_WAIT_US say. */
static VOID Work(VOID)
{
#if defined(BENCH_COMPUTE_US)
    ULONGLONG end = KeQueryInterruptTime() + BENCH_COMPUTE_US * 10;
    while (KeQueryInterruptTime() < end)
        ;
#elif defined(BENCH_WAIT_US)
    usleep(BENCH_WAIT_US);
#endif
}

static size_t TakeMessage(PDEVICE_CONTEXT Device, PVOID Buffer, size_t Length)
{
#ifdef BENCH_DROPS
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Buffer);
    return Length;
#else
    WdfSpinLockAcquire(Device->Lock);
    size_t count = min(Length, Device->Length);
    RtlCopyMemory(Buffer, Device->Message, count);
    WdfSpinLockRelease(Device->Lock);
    return count;
#endif
}

static VOID ReplaceMessage(PDEVICE_CONTEXT Device, const VOID *Buffer, size_t Length)
{
#ifdef BENCH_DROPS
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Buffer);
    UNREFERENCED_PARAMETER(Length);
#else
    WdfSpinLockAcquire(Device->Lock);
    RtlCopyMemory(Device->Message, Buffer, Length);
    Device->Length = Length;
    WdfSpinLockRelease(Device->Lock);
#endif
}

VOID TransferRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PVOID buffer;
    Work();
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, 1, &buffer, NULL);
    if (NT_SUCCESS(status))
        Length = TakeMessage(TransferGetDevice(WdfIoQueueGetDevice(Queue)), buffer, Length);
    WdfRequestCompleteWithInformation(Request, status, Length);
}

VOID TransferWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PVOID buffer;
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, 1, &buffer, NULL);
    if (NT_SUCCESS(status) && Length > MESSAGE_MAX)
        status = STATUS_INVALID_BUFFER_SIZE;
    if (NT_SUCCESS(status))
        ReplaceMessage(TransferGetDevice(WdfIoQueueGetDevice(Queue)), buffer, Length);
    WdfRequestCompleteWithInformation(Request, status, Length);
}

VOID TransferControl(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
                     size_t InputBufferLength, ULONG IoControlCode)
{
    PVOID input, output;
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(IoControlCode);
    size_t count = min(InputBufferLength, OutputBufferLength);
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, 1, &input, NULL);
    if (NT_SUCCESS(status))
        status = WdfRequestRetrieveOutputBuffer(Request, 1, &output, NULL);
    if (NT_SUCCESS(status))
        RtlMoveMemory(output, input, count);
    WdfRequestCompleteWithInformation(Request, status, count);
}
