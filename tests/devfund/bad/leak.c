/* Allocates memory for each open file, and frees only that of files that were written to. */
#include "bad.h"

#define TAG 'dBfD'

typedef struct _FILE_CONTEXT {
    PVOID Memory;
    BOOLEAN IsWritten;
} FILE_CONTEXT, *PFILE_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(FILE_CONTEXT, GetFileContext)

static EVT_WDF_DEVICE_FILE_CREATE Create;
static EVT_WDF_FILE_CLOSE Close;
static EVT_WDF_IO_QUEUE_IO_WRITE Write;

VOID BadSetUp(PWDFDEVICE_INIT DeviceInit, PWDF_IO_QUEUE_CONFIG Queue)
{
    WDF_FILEOBJECT_CONFIG config;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_FILEOBJECT_CONFIG_INIT(&config, Create, Close, WDF_NO_EVENT_CALLBACK);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, FILE_CONTEXT);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &config, &attributes);
    Queue->EvtIoWrite = Write;
}

NTSTATUS BadMade(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    return STATUS_SUCCESS;
}

static VOID Create(WDFDEVICE Device, WDFREQUEST Request, WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(Device);
    GetFileContext(FileObject)->Memory = ExAllocatePool2(POOL_FLAG_NON_PAGED, 32, TAG);
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static VOID Close(WDFFILEOBJECT FileObject)
{
    PFILE_CONTEXT context = GetFileContext(FileObject);
    if (context->IsWritten && context->Memory != NULL)
        ExFreePoolWithTag(context->Memory, TAG);
}

static VOID Write(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
    GetFileContext(WdfRequestGetFileObject(Request))->IsWritten = TRUE;
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}
