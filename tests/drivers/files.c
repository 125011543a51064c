/*
 * A driver that counts its open files, for the shell tests: the first read of each open file
 * returns how many files have a handle, and how many are not closed yet, including itself ("handles
 * 1 files 1"). A write makes EvtDeviceFileCreate refuse the next open. Compiled twice: `exclusive`
 * allows one open file at a time.
 */
#include <ntddk.h>
#include <ntstrsafe.h>
#include <wdf.h>

typedef struct _FILE_CONTEXT {
    BOOLEAN WasRead;
} FILE_CONTEXT, *PFILE_CONTEXT;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(FILE_CONTEXT, GetFileContext)

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD FilesDeviceAdd;
EVT_WDF_DEVICE_FILE_CREATE FilesCreate;
EVT_WDF_FILE_CLEANUP FilesCleanup;
EVT_WDF_FILE_CLOSE FilesClose;
EVT_WDF_IO_QUEUE_IO_READ FilesRead;
EVT_WDF_IO_QUEUE_IO_WRITE FilesWrite;

static volatile LONG Handles; /* created, and not cleaned up */
static volatile LONG Files;   /* created, and not closed */
static volatile LONG Refuse;  /* how many opens are refused from now on */

VOID FilesCreate(WDFDEVICE Device, WDFREQUEST Request, WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(FileObject);
    if (ReadNoFence(&Refuse) > 0) {
        InterlockedDecrement(&Refuse);
        WdfRequestComplete(Request, STATUS_SHARING_VIOLATION);
        return;
    }
    InterlockedIncrement(&Handles);
    InterlockedIncrement(&Files);
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

VOID FilesCleanup(WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(FileObject);
    InterlockedDecrement(&Handles);
}

VOID FilesClose(WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(FileObject);
    InterlockedDecrement(&Files);
}

VOID FilesRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
    PFILE_CONTEXT file = GetFileContext(WdfRequestGetFileObject(Request));
    CHAR text[64];
    PVOID buffer;
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, sizeof(text), &buffer, NULL);
    if (!NT_SUCCESS(status) || file->WasRead) {
        WdfRequestCompleteWithInformation(Request, status, 0);
        return;
    }
    UNREFERENCED_PARAMETER(Length);
    file->WasRead = TRUE;
    status = RtlStringCbPrintfA(text, sizeof(text), "handles %d files %d\n", ReadNoFence(&Handles),
                                ReadNoFence(&Files));
    RtlCopyMemory(buffer, text, strlen(text));
    WdfRequestCompleteWithInformation(Request, status, strlen(text));
}

/* Any write refuses the next open. */
VOID FilesWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
    InterlockedIncrement(&Refuse);
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}

NTSTATUS FilesDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDF_FILEOBJECT_CONFIG files;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_FILEOBJECT_CONFIG_INIT(&files, FilesCreate, FilesClose, FilesCleanup);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, FILE_CONTEXT);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &files, &attributes);
#ifdef FILES_EXCLUSIVE
    WdfDeviceInitSetExclusive(DeviceInit, TRUE);
#endif
    WDFDEVICE device;
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &device);
    if (!NT_SUCCESS(status))
        return status;

    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoRead = FilesRead;
    config.EvtIoWrite = FilesWrite;
    return WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, FilesDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}
