/*
 * A driver whose reads wait until somebody rings for their open file. A file takes a number by
 * writing it as a ULONGLONG. A write of the number as a ULONG completes the read that waits for
 * that file, and the read returns the number. For measuring the cost of a wake-up.
 */
#include <ntddk.h>
#include <wdf.h>

#define FILES_MAX 4096

typedef struct _DEVICE_CONTEXT {
    WDFSPINLOCK Lock;               /* guards Files and the contexts of files */
    WDFFILEOBJECT Files[FILES_MAX]; /* guarded by Lock */
} DEVICE_CONTEXT, *PDEVICE_CONTEXT;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(DEVICE_CONTEXT, GetDeviceContext)

typedef struct _FILE_CONTEXT {
    ULONG Number;
    WDFREQUEST Read; /* it waits, cancelable; NULL: none */
} FILE_CONTEXT, *PFILE_CONTEXT;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(FILE_CONTEXT, GetFileContext)

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD BellDeviceAdd;
EVT_WDF_FILE_CLOSE BellFileClose;
EVT_WDF_IO_QUEUE_IO_READ BellRead;
EVT_WDF_IO_QUEUE_IO_WRITE BellWrite;
EVT_WDF_REQUEST_CANCEL BellCancel;

NTSTATUS DriverEntry(IN PDRIVER_OBJECT DriverObject, IN PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, BellDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

static NTSTATUS CreateQueue(WDFDEVICE Device)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoRead = BellRead;
    config.EvtIoWrite = BellWrite;
    config.PowerManaged = WdfFalse; /* a read may wait for ever */
    return WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

NTSTATUS BellDeviceAdd(IN WDFDRIVER Driver, IN PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDF_FILEOBJECT_CONFIG files;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_FILEOBJECT_CONFIG_INIT(&files, WDF_NO_EVENT_CALLBACK, BellFileClose, WDF_NO_EVENT_CALLBACK);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, FILE_CONTEXT);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &files, &attributes);

    WDFDEVICE device;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, DEVICE_CONTEXT);
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status))
        return status;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = device;
    status = WdfSpinLockCreate(&attributes, &GetDeviceContext(device)->Lock);
    return NT_SUCCESS(status) ? CreateQueue(device) : status;
}

VOID BellFileClose(IN WDFFILEOBJECT FileObject)
{
    PDEVICE_CONTEXT device = GetDeviceContext(WdfFileObjectGetDevice(FileObject));
    WdfSpinLockAcquire(device->Lock);
    ULONG number = GetFileContext(FileObject)->Number;
    if (device->Files[number] == FileObject)
        device->Files[number] = NULL;
    WdfSpinLockRelease(device->Lock);
}

static NTSTATUS TakeNumber(PDEVICE_CONTEXT Device, WDFFILEOBJECT File, ULONGLONG Number)
{
    if (Number >= FILES_MAX)
        return STATUS_INVALID_PARAMETER;
    WdfSpinLockAcquire(Device->Lock);
    Device->Files[Number] = File;
    GetFileContext(File)->Number = (ULONG)Number;
    WdfSpinLockRelease(Device->Lock);
    return STATUS_SUCCESS;
}

/* The read that waits for that file. */
static NTSTATUS TakeRead(PDEVICE_CONTEXT Device, ULONG Number, WDFREQUEST *Read)
{
    NTSTATUS status = STATUS_NOT_FOUND;
    WdfSpinLockAcquire(Device->Lock);
    WDFFILEOBJECT file = Number < FILES_MAX ? Device->Files[Number] : NULL;
    PFILE_CONTEXT context = file != NULL ? GetFileContext(file) : NULL;
    if (context != NULL && context->Read != NULL) {
        *Read = context->Read;
        status = WdfRequestUnmarkCancelable(*Read);
        context->Read = NULL;
    }
    WdfSpinLockRelease(Device->Lock);
    return status;
}

static NTSTATUS Ring(PDEVICE_CONTEXT Device, ULONG Number)
{
    PVOID output;
    WDFREQUEST read;
    NTSTATUS status = TakeRead(Device, Number, &read);
    if (!NT_SUCCESS(status))
        return status;
    NTSTATUS read_status = WdfRequestRetrieveOutputBuffer(read, sizeof(Number), &output, NULL);
    if (NT_SUCCESS(read_status))
        RtlCopyMemory(output, &Number, sizeof(Number));
    WdfRequestCompleteWithInformation(read, read_status,
                                      NT_SUCCESS(read_status) ? sizeof(Number) : 0);
    return STATUS_SUCCESS;
}

VOID BellRead(IN WDFQUEUE Queue, IN WDFREQUEST Request, IN size_t Length)
{
    UNREFERENCED_PARAMETER(Length);
    PDEVICE_CONTEXT device = GetDeviceContext(WdfIoQueueGetDevice(Queue));
    PFILE_CONTEXT file = GetFileContext(WdfRequestGetFileObject(Request));
    NTSTATUS status = STATUS_DEVICE_BUSY;
    WdfSpinLockAcquire(device->Lock);
    if (file->Read == NULL)
        status = WdfRequestMarkCancelableEx(Request, BellCancel);
    if (NT_SUCCESS(status))
        file->Read = Request;
    WdfSpinLockRelease(device->Lock);
    KdPrint(("bell: EvtIoRead\n"));
    if (!NT_SUCCESS(status))
        WdfRequestComplete(Request, status);
}

VOID BellCancel(IN WDFREQUEST Request)
{
    PDEVICE_CONTEXT device = GetDeviceContext(WdfIoQueueGetDevice(WdfRequestGetIoQueue(Request)));
    PFILE_CONTEXT file = GetFileContext(WdfRequestGetFileObject(Request));
    WdfSpinLockAcquire(device->Lock);
    if (file->Read == Request)
        file->Read = NULL;
    WdfSpinLockRelease(device->Lock);
    KdPrint(("bell: EvtRequestCancel\n"));
    WdfRequestComplete(Request, STATUS_CANCELLED);
}

VOID BellWrite(IN WDFQUEUE Queue, IN WDFREQUEST Request, IN size_t Length)
{
    PDEVICE_CONTEXT device = GetDeviceContext(WdfIoQueueGetDevice(Queue));
    PVOID buffer;
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, sizeof(ULONG), &buffer, NULL);
    if (NT_SUCCESS(status) && Length == sizeof(ULONGLONG))
        status = TakeNumber(device, WdfRequestGetFileObject(Request), *(PULONGLONG)buffer);
    else if (NT_SUCCESS(status))
        status = Ring(device, *(PULONG)buffer);
    WdfRequestCompleteWithInformation(Request, status, NT_SUCCESS(status) ? Length : 0);
}
