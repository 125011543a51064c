/*
 * A driver that keeps what it is given in a file, like Windows samples that open files by Zw
 * functions. It has one control device, \Device\JOURNAL, which one client can open at a time. What
 * a client opens after its name is the file's name in \SystemRoot\temp. A write is appended. A read
 * goes on where the previous one ended, and starts again after a write.
 */
#include <ntddk.h>
#include <wdf.h>
#include <wdmsec.h>

typedef struct _JOURNAL {
    HANDLE FileHandle;
} JOURNAL, *PJOURNAL;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(JOURNAL, GetJournal)

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_UNLOAD JournalUnload;
EVT_WDF_DEVICE_FILE_CREATE JournalCreate;
EVT_WDF_FILE_CLOSE JournalClose;
EVT_WDF_IO_QUEUE_IO_READ JournalRead;
EVT_WDF_IO_QUEUE_IO_WRITE JournalWrite;

static NTSTATUS OpenFile(IN PUNICODE_STRING Path, OUT PHANDLE Handle)
{
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK block;
    InitializeObjectAttributes(&attributes, Path, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL,
                               NULL);
    NTSTATUS status =
        ZwCreateFile(Handle, SYNCHRONIZE | GENERIC_WRITE | GENERIC_READ, &attributes, &block, NULL,
                     FILE_ATTRIBUTE_NORMAL, FILE_SHARE_READ, FILE_OPEN_IF,
                     FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE, NULL, 0);
#if DBG
    DbgPrint("journal: %wZ: 0x%08x\n", Path, status);
#endif
    return status;
}

VOID JournalCreate(WDFDEVICE Device, WDFREQUEST Request, WDFFILEOBJECT FileObject)
{
    DECLARE_CONST_UNICODE_STRING(folder, L"\\SystemRoot\\temp");
    PUNICODE_STRING name = WdfFileObjectGetFileName(FileObject);
    UNICODE_STRING path;
    PAGED_CODE();
    path.Length = 0;
    path.MaximumLength = folder.Length + name->Length;
    path.Buffer = ExAllocatePool2(POOL_FLAG_PAGED, path.MaximumLength, 'nruJ');
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    if (path.Buffer != NULL)
        status = RtlAppendUnicodeStringToString(&path, &folder);
    if (NT_SUCCESS(status))
        status = RtlAppendUnicodeStringToString(&path, name);
    if (NT_SUCCESS(status))
        status = OpenFile(&path, &GetJournal(Device)->FileHandle);
    if (path.Buffer != NULL)
        ExFreePool(path.Buffer);
    WdfRequestComplete(Request, status);
}

VOID JournalClose(WDFFILEOBJECT FileObject)
{
    PJOURNAL journal = GetJournal(WdfFileObjectGetDevice(FileObject));
    if (journal->FileHandle != NULL)
        ZwClose(journal->FileHandle);
    journal->FileHandle = NULL;
}

/* How many bytes precede the first line feed, or all: the part of a write that is shown. */
static size_t FirstLine(_In_reads_(Length) const CHAR *Text, _In_ size_t Length)
{
    size_t count = 0;
    _Analysis_assume_(Text != NULL);
    while (count < Length && Text[count] != '\n')
        count++;
    return count;
}

VOID JournalRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PJOURNAL journal = GetJournal(WdfIoQueueGetDevice(Queue));
    IO_STATUS_BLOCK block = {.Information = 0};
    PVOID buffer;
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, 1, &buffer, NULL);
    if (NT_SUCCESS(status))
        status = ZwReadFile(journal->FileHandle, NULL, NULL, NULL, &block, buffer, (ULONG)Length,
                            NULL, NULL);
    WdfRequestCompleteWithInformation(Request, status, block.Information);
}

VOID JournalWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PJOURNAL journal = GetJournal(WdfIoQueueGetDevice(Queue));
    LARGE_INTEGER end = {.LowPart = FILE_WRITE_TO_END_OF_FILE, .HighPart = -1};
    FILE_POSITION_INFORMATION position = {.CurrentByteOffset.QuadPart = 0};
    IO_STATUS_BLOCK block = {.Information = 0};
    ULONG_PTR written = 0;
    PVOID buffer;
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, 1, &buffer, NULL);
    if (NT_SUCCESS(status))
        status = ZwWriteFile(journal->FileHandle, NULL, NULL, NULL, &block, buffer, (ULONG)Length,
                             &end, NULL);
    KdPrint(("journal: a line of %Iu bytes\n", NT_SUCCESS(status) ? FirstLine(buffer, Length) : 0));
    if (NT_SUCCESS(status)) {
        written = block.Information;
        status = ZwSetInformationFile(journal->FileHandle, &block, &position, sizeof(position),
                                      FilePositionInformation);
    }
    WdfRequestCompleteWithInformation(Request, status, written);
}

VOID JournalUnload(WDFDRIVER Driver)
{
    UNREFERENCED_PARAMETER(Driver);
    KdPrint(("journal: unload\n"));
}

static NTSTATUS CreateQueue(WDFDEVICE Device)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoRead = JournalRead;
    config.EvtIoWrite = JournalWrite;
    __analysis_assume(config.EvtIoStop != 0);
    NTSTATUS status = WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
    __analysis_assume(config.EvtIoStop == 0);
    return status;
}

static NTSTATUS CreateDevice(PWDFDEVICE_INIT Init)
{
    DECLARE_CONST_UNICODE_STRING(name, L"\\Device\\JOURNAL");
    WDF_FILEOBJECT_CONFIG files;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFDEVICE device;
    WdfDeviceInitSetExclusive(Init, TRUE);
    WdfDeviceInitSetIoType(Init, WdfDeviceIoBuffered);
    WDF_FILEOBJECT_CONFIG_INIT(&files, JournalCreate, JournalClose, WDF_NO_EVENT_CALLBACK);
    WdfDeviceInitSetFileObjectConfig(Init, &files, WDF_NO_OBJECT_ATTRIBUTES);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    WDF_OBJECT_ATTRIBUTES_SET_CONTEXT_TYPE(&attributes, JOURNAL);
    NTSTATUS status = WdfDeviceInitAssignName(Init, &name);
    if (NT_SUCCESS(status))
        status = WdfDeviceCreate(&Init, &attributes, &device);
    if (!NT_SUCCESS(status)) {
        WdfDeviceInitFree(Init);
        return status;
    }
    status = CreateQueue(device);
    if (NT_SUCCESS(status))
        WdfControlFinishInitializing(device);
    return status;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDFDRIVER driver;
    WDF_DRIVER_CONFIG_INIT(&config, WDF_NO_EVENT_CALLBACK);
    config.DriverInitFlags |= WdfDriverInitNonPnpDriver;
    config.EvtDriverUnload = JournalUnload;
    NTSTATUS status =
        WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config, &driver);
    if (!NT_SUCCESS(status))
        return status;
    PWDFDEVICE_INIT init =
        WdfControlDeviceInitAllocate(driver, &SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_RW_RES_R);
    return init != NULL ? CreateDevice(init) : STATUS_INSUFFICIENT_RESOURCES;
}
