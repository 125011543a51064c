/*
 * A driver that follows its clients' pointers: the argument of an ioctl points to a structure, and
 * that to the data (store.h). Both are probed and locked in EvtIoInCallerContext, where the
 * client's memory is accessible; the queue moves the bytes later.
 */
#include <ntddk.h>
#include <wdf.h>
#include <ntintsafe.h>
#include <wdfuse/deviceinit.h>
#include "store.h"

#define TAG          'rotS'
#define SIZE_MAXIMUM (16 * 1024 * 1024)

/* Guarded by the presentation lock of the one queue. */
typedef struct _DEVICE_CONTEXT {
    PUCHAR Bytes; /* from pool; NULL: none */
    size_t Size;
    WDFQUEUE Waiting; /* manual: requests that only their client ends. Constant */
} DEVICE_CONTEXT, *PDEVICE_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(DEVICE_CONTEXT, GetDevice)

/* For STORE_READ and STORE_WRITE: what EvtIoInCallerContext has found. */
typedef struct _REQUEST_CONTEXT {
    WDFMEMORY Structure; /* the client's, to be written to at the end */
    STORE_TRANSFER Transfer;
    WDFMEMORY Data; /* NULL: Transfer.Size is 0 */
} REQUEST_CONTEXT, *PREQUEST_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(REQUEST_CONTEXT, GetRequest)

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD StoreDeviceAdd;
EVT_WDF_OBJECT_CONTEXT_CLEANUP StoreCleanup;
EVT_WDF_IO_IN_CALLER_CONTEXT StoreInCallerContext;
EVT_WDF_IO_QUEUE_IO_READ StoreRead;
EVT_WDF_IO_QUEUE_IO_WRITE StoreWrite;
EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL StoreControl;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, StoreDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

NTSTATUS StoreDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_IO_QUEUE_CONFIG config;
    WDFDEVICE device;

    UNREFERENCED_PARAMETER(Driver);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, REQUEST_CONTEXT);
    WdfDeviceInitSetRequestAttributes(DeviceInit, &attributes);
    WdfDeviceInitSetIoInCallerContextCallback(DeviceInit, StoreInCallerContext);
    WdfuseDeviceInitSetNativeControls(DeviceInit);

    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, DEVICE_CONTEXT);
    attributes.SynchronizationScope = WdfSynchronizationScopeQueue;
    attributes.EvtCleanupCallback = StoreCleanup;
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status))
        return status;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoRead = StoreRead;
    config.EvtIoWrite = StoreWrite;
    config.EvtIoDeviceControl = StoreControl;
    status = WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
    if (!NT_SUCCESS(status))
        return status;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    return WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, &GetDevice(device)->Waiting);
}

VOID StoreCleanup(WDFOBJECT Device)
{
    PDEVICE_CONTEXT store = GetDevice(Device);
    if (store->Bytes != NULL)
        ExFreePoolWithTag(store->Bytes, TAG);
}

/* ---- the bytes ---- */

/* New bytes are zero. */
static NTSTATUS Resize(PDEVICE_CONTEXT Store, size_t Size)
{
    PUCHAR bytes = NULL;
    if (Size > SIZE_MAXIMUM)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (Size > 0) {
        bytes = ExAllocatePool2(POOL_FLAG_NON_PAGED, Size, TAG);
        if (bytes == NULL)
            return STATUS_INSUFFICIENT_RESOURCES;
        if (Store->Bytes != NULL)
            RtlCopyMemory(bytes, Store->Bytes, min(Size, Store->Size));
    }
    if (Store->Bytes != NULL)
        ExFreePoolWithTag(Store->Bytes, TAG);
    Store->Bytes = bytes;
    Store->Size = Size;
    return STATUS_SUCCESS;
}

/* How many of `Size` bytes exist at that offset. */
static size_t CountAt(const DEVICE_CONTEXT *Store, LONGLONG Offset, size_t Size)
{
    if (Offset < 0 || (ULONGLONG)Offset >= Store->Size)
        return 0;
    return min(Size, Store->Size - (size_t)Offset);
}

static NTSTATUS MakeRoom(PDEVICE_CONTEXT Store, LONGLONG Offset, size_t Size)
{
    size_t end;
    if (Offset < 0)
        return STATUS_INVALID_PARAMETER;
    if (!NT_SUCCESS(RtlSizeTAdd((size_t)Offset, Size, &end)))
        return STATUS_INSUFFICIENT_RESOURCES;
    return end > Store->Size ? Resize(Store, end) : STATUS_SUCCESS;
}

VOID StoreRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PDEVICE_CONTEXT store = GetDevice(WdfIoQueueGetDevice(Queue));
    size_t count = CountAt(store, 0, Length);
    PVOID buffer;
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, 1, &buffer, NULL);
    if (NT_SUCCESS(status) && count > 0)
        RtlCopyMemory(buffer, store->Bytes, count);
    WdfRequestCompleteWithInformation(Request, status, count);
}

VOID StoreWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PDEVICE_CONTEXT store = GetDevice(WdfIoQueueGetDevice(Queue));
    PVOID buffer;
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, 1, &buffer, NULL);
    if (NT_SUCCESS(status))
        status = MakeRoom(store, 0, Length);
    if (NT_SUCCESS(status))
        RtlCopyMemory(store->Bytes, buffer, Length);
    WdfRequestCompleteWithInformation(Request, status, Length);
}

/* ---- the client's memory ---- */

static size_t StructureSize(WDFREQUEST Request)
{
    return WdfRequestIsFrom32BitProcess(Request) ? sizeof(STORE_TRANSFER_32)
                                                 : sizeof(STORE_TRANSFER);
}

static STORE_TRANSFER Widened(const STORE_TRANSFER_32 *Transfer)
{
    STORE_TRANSFER wide = {
        .Offset = Transfer->Offset, .Buffer = UlongToPtr(Transfer->Buffer), .Size = Transfer->Size};
    return wide;
}

static NTSTATUS LockStructure(WDFREQUEST Request, PREQUEST_CONTEXT Context)
{
    PVOID argument, structure;
    NTSTATUS status = WdfRequestRetrieveUnsafeUserInputBuffer(Request, 0, &argument, NULL);
    if (NT_SUCCESS(status))
        status = WdfRequestProbeAndLockUserBufferForWrite(Request, argument, StructureSize(Request),
                                                          &Context->Structure);
    if (!NT_SUCCESS(status))
        return status;
    structure = WdfMemoryGetBuffer(Context->Structure, NULL);
    Context->Transfer = WdfRequestIsFrom32BitProcess(Request)
                            ? Widened((PSTORE_TRANSFER_32)structure)
                            : *(PSTORE_TRANSFER)structure;
    return STATUS_SUCCESS;
}

static NTSTATUS LockData(WDFREQUEST Request, PREQUEST_CONTEXT Context, BOOLEAN IsRead)
{
    PVOID buffer = Context->Transfer.Buffer;
    size_t size = Context->Transfer.Size;
    if (size == 0)
        return STATUS_SUCCESS;
    return IsRead ? WdfRequestProbeAndLockUserBufferForWrite(Request, buffer, size, &Context->Data)
                  : WdfRequestProbeAndLockUserBufferForRead(Request, buffer, size, &Context->Data);
}

static ULONG ControlCode(WDFREQUEST Request)
{
    WDF_REQUEST_PARAMETERS parameters;
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(Request, &parameters);
    return parameters.Type == WdfRequestTypeDeviceControl
               ? parameters.Parameters.DeviceIoControl.IoControlCode
               : 0;
}

VOID StoreInCallerContext(WDFDEVICE Device, WDFREQUEST Request)
{
    ULONG code = ControlCode(Request);
    NTSTATUS status = STATUS_SUCCESS;
    if (code == STORE_READ || code == STORE_WRITE) {
        PREQUEST_CONTEXT context = GetRequest(Request);
        status = LockStructure(Request, context);
        if (NT_SUCCESS(status))
            status = LockData(Request, context, code == STORE_READ);
    }
    if (NT_SUCCESS(status))
        status = WdfDeviceEnqueueRequest(Device, Request);
    if (!NT_SUCCESS(status))
        WdfRequestComplete(Request, status);
}

/* ---- ioctl ---- */

static NTSTATUS ReadPart(PDEVICE_CONTEXT Store, PREQUEST_CONTEXT Context, size_t *Count)
{
    *Count = CountAt(Store, Context->Transfer.Offset, Context->Transfer.Size);
    if (*Count == 0)
        return STATUS_SUCCESS;
    return WdfMemoryCopyFromBuffer(Context->Data, 0, Store->Bytes + Context->Transfer.Offset,
                                   *Count);
}

static NTSTATUS WritePart(PDEVICE_CONTEXT Store, PREQUEST_CONTEXT Context, size_t *Count)
{
    NTSTATUS status = MakeRoom(Store, Context->Transfer.Offset, Context->Transfer.Size);
    if (NT_SUCCESS(status) && Context->Transfer.Size > 0)
        status = WdfMemoryCopyToBuffer(Context->Data, 0, Store->Bytes + Context->Transfer.Offset,
                                       Context->Transfer.Size);
    *Count = Context->Transfer.Size;
    return status;
}

/* Into the client's own structure. */
static VOID TellSizes(WDFREQUEST Request, PREQUEST_CONTEXT Context, size_t Before, size_t After)
{
    PVOID structure = WdfMemoryGetBuffer(Context->Structure, NULL);
    if (WdfRequestIsFrom32BitProcess(Request)) {
        PSTORE_TRANSFER_32 transfer = structure;
        transfer->SizeBefore = (uint32_t)Before;
        transfer->SizeAfter = (uint32_t)After;
    } else {
        PSTORE_TRANSFER transfer = structure;
        transfer->SizeBefore = Before;
        transfer->SizeAfter = After;
    }
}

static NTSTATUS MovePart(PDEVICE_CONTEXT Store, WDFREQUEST Request, BOOLEAN IsRead, size_t *Count)
{
    PREQUEST_CONTEXT context = GetRequest(Request);
    size_t before = Store->Size;
    NTSTATUS status = IsRead ? ReadPart(Store, context, Count) : WritePart(Store, context, Count);
    if (NT_SUCCESS(status))
        TellSizes(Request, context, before, Store->Size);
    return status;
}

/* A client's size_t, in its width. */
static NTSTATUS GetSize(PDEVICE_CONTEXT Store, WDFREQUEST Request, size_t Width)
{
    PVOID size;
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, Width, &size, NULL);
    if (NT_SUCCESS(status))
        RtlCopyMemory(size, &Store->Size, Width); /* the lower half comes first */
    return status;
}

static NTSTATUS SetSize(PDEVICE_CONTEXT Store, WDFREQUEST Request, size_t Width)
{
    PVOID wanted;
    size_t size = 0;
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, Width, &wanted, NULL);
    if (!NT_SUCCESS(status))
        return status;
    RtlCopyMemory(&size, wanted, Width);
    return Resize(Store, size);
}

VOID StoreControl(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
                  size_t InputBufferLength, ULONG IoControlCode)
{
    PDEVICE_CONTEXT store = GetDevice(WdfIoQueueGetDevice(Queue));
    NTSTATUS status;
    size_t information = 0;

    switch (IoControlCode) {
    case STORE_GET_SIZE:
    case STORE_GET_SIZE_32:
        status = GetSize(store, Request, OutputBufferLength);
        information = OutputBufferLength;
        break;
    case STORE_SET_SIZE:
    case STORE_SET_SIZE_32:
        status = SetSize(store, Request, InputBufferLength);
        break;
    case STORE_READ:
    case STORE_WRITE:
        status = MovePart(store, Request, IoControlCode == STORE_READ, &information);
        break;
    case IOCTL_STORE_WAIT:
        status = WdfRequestForwardToIoQueue(Request, store->Waiting);
        if (NT_SUCCESS(status))
            return;
        break;
    default:
        status = STATUS_INVALID_DEVICE_REQUEST;
        break;
    }
    WdfRequestCompleteWithInformation(Request, status, information);
}
