/*
 * A driver that does direct I/O and keeps writes, to check that the memory they came in stays
 * theirs.
 *
 * All bytes of a write must be equal, except for the first, which says what to do: '~' keeps the
 * write; after anything else it is done. A read of one byte ends all writes that are kept, and
 * returns 'r'; a longer one returns their number, as a line. A write in which a byte has changed
 * ends with STATUS_CRC_ERROR, whenever that is noticed.
 */
#include <string.h>

#include <ntddk.h>
#include <wdf.h>
#include <ntstrsafe.h>

#define KEEP '~'

typedef struct _DEVICE_CONTEXT {
    WDFQUEUE Kept; /* manual. Constant */
} DEVICE_CONTEXT, *PDEVICE_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(DEVICE_CONTEXT, GetDeviceContext)

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD HoardDeviceAdd;
EVT_WDF_IO_QUEUE_IO_READ HoardRead;
EVT_WDF_IO_QUEUE_IO_WRITE HoardWrite;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, HoardDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

NTSTATUS HoardDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_IO_QUEUE_CONFIG config;
    WDFDEVICE device;

    UNREFERENCED_PARAMETER(Driver);
    WdfDeviceInitSetIoType(DeviceInit, WdfDeviceIoDirect);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, DEVICE_CONTEXT);
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status))
        return status;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoRead = HoardRead;
    config.EvtIoWrite = HoardWrite;
    status = WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
    if (!NT_SUCCESS(status))
        return status;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    return WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES,
                            &GetDeviceContext(device)->Kept);
}

static BOOLEAN IsUnchanged(const UCHAR *Bytes, size_t Length)
{
    return Length < 3 || RtlEqualMemory(Bytes + 1, Bytes + 2, Length - 2);
}

static VOID EndWrite(WDFREQUEST Request)
{
    PVOID bytes;
    size_t length = 0;
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, 1, &bytes, &length);
    if (NT_SUCCESS(status) && !IsUnchanged(bytes, length))
        status = STATUS_CRC_ERROR;
    WdfRequestCompleteWithInformation(Request, status, NT_SUCCESS(status) ? length : 0);
}

VOID HoardWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PVOID bytes;
    UNREFERENCED_PARAMETER(Length);
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, 1, &bytes, NULL);
    if (NT_SUCCESS(status) && *(PUCHAR)bytes == KEEP) {
        status =
            WdfRequestForwardToIoQueue(Request, GetDeviceContext(WdfIoQueueGetDevice(Queue))->Kept);
        if (!NT_SUCCESS(status))
            WdfRequestComplete(Request, status);
        return;
    }
    EndWrite(Request);
}

static VOID EndKeptWrites(WDFQUEUE Kept)
{
    WDFREQUEST request;
    while (NT_SUCCESS(WdfIoQueueRetrieveNextRequest(Kept, &request)))
        EndWrite(request);
}

static NTSTATUS TellNumber(WDFQUEUE Kept, PCHAR Buffer, size_t Length, size_t *Count)
{
    ULONG number = 0;
    WdfIoQueueGetState(Kept, &number, NULL);
    NTSTATUS status = RtlStringCbPrintfA(Buffer, Length, "%u\n", number);
    *Count = NT_SUCCESS(status) ? strlen(Buffer) : 0;
    return status;
}

VOID HoardRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    WDFQUEUE kept = GetDeviceContext(WdfIoQueueGetDevice(Queue))->Kept;
    PVOID buffer;
    size_t count = 1;
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, 1, &buffer, NULL);
    if (NT_SUCCESS(status) && Length > 1) {
        status = TellNumber(kept, buffer, Length, &count);
    } else if (NT_SUCCESS(status)) {
        EndKeptWrites(kept);
        *(PCHAR)buffer = 'r';
    }
    WdfRequestCompleteWithInformation(Request, status, count);
}
