/*
 * A user-mode driver: what a device control puts into its output leaves its input unchanged
 * (S8.15), and everything runs at PASSIVE_LEVEL. A timer answers a write; it is started again each
 * time, because a passive timer can't be periodic.
 */
#define INITGUID
#include <windows.h>
#include <wdf.h>
#include <strsafe.h>
#include <intsafe.h>
#include "public.h"

#define DELAY_MS 10

typedef struct _QUEUE_CONTEXT {
    BYTE *Message; /* from the heap, MESSAGE_MAX bytes */
    size_t Length;
    WDFTIMER Timer;
    WDFREQUEST Current;
} QUEUE_CONTEXT, *PQUEUE_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(QUEUE_CONTEXT, GetQueueContext)

EXTERN_C_START
DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD UmdfDeviceAdd;
EVT_WDF_OBJECT_CONTEXT_DESTROY UmdfQueueDestroy;
EVT_WDF_IO_QUEUE_IO_READ UmdfRead;
EVT_WDF_IO_QUEUE_IO_WRITE UmdfWrite;
EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL UmdfControl;
EVT_WDF_IO_QUEUE_IO_STOP UmdfStop;
EVT_WDF_REQUEST_CANCEL UmdfCancel;
EVT_WDF_TIMER UmdfAnswer;
EXTERN_C_END

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_VERSION_AVAILABLE_PARAMS version;
    WDFDRIVER driver;
    WDF_DRIVER_CONFIG_INIT(&config, UmdfDeviceAdd);
    NTSTATUS status =
        WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config, &driver);
    if (!NT_SUCCESS(status))
        return status;
    WDF_DRIVER_VERSION_AVAILABLE_PARAMS_INIT(&version, 2, 0);
    if (!WdfDriverIsVersionAvailable(driver, &version))
        DebugBreak();
    OutputDebugString(TEXT("umdf: the driver is there\n"));
    return status;
}

static NTSTATUS CreateTimer(WDFQUEUE Queue)
{
    WDF_TIMER_CONFIG config;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_TIMER_CONFIG_INIT(&config, UmdfAnswer);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = Queue;
    attributes.ExecutionLevel = WdfExecutionLevelPassive;
    return WdfTimerCreate(&config, &attributes, &GetQueueContext(Queue)->Timer);
}

static NTSTATUS CreateQueue(WDFDEVICE Device)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFQUEUE queue;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoRead = UmdfRead;
    config.EvtIoWrite = UmdfWrite;
    config.EvtIoDeviceControl = UmdfControl;
    config.EvtIoStop = UmdfStop;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, QUEUE_CONTEXT);
    attributes.SynchronizationScope = WdfSynchronizationScopeQueue;
    attributes.EvtDestroyCallback = UmdfQueueDestroy;
    NTSTATUS status = WdfIoQueueCreate(Device, &config, &attributes, &queue);
    if (!NT_SUCCESS(status))
        return status;
    GetQueueContext(queue)->Message =
        (BYTE *)HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, MESSAGE_MAX);
    return GetQueueContext(queue)->Message != NULL ? CreateTimer(queue)
                                                   : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS UmdfDeviceAdd(_In_ WDFDRIVER Driver, _Inout_ PWDFDEVICE_INIT DeviceInit)
{
    WDFDEVICE device;
    UNREFERENCED_PARAMETER(Driver);
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &device);
    if (NT_SUCCESS(status))
        status = WdfDeviceCreateDeviceInterface(device, &GUID_DEVINTERFACE_TEST_ECHO, NULL);
    return NT_SUCCESS(status) ? CreateQueue(device) : status;
}

VOID UmdfQueueDestroy(_In_ WDFOBJECT Object)
{
    HeapFree(GetProcessHeap(), 0, GetQueueContext(Object)->Message);
}

VOID UmdfRead(_In_ WDFQUEUE Queue, _In_ WDFREQUEST Request, _In_ size_t Length)
{
    PQUEUE_CONTEXT context = GetQueueContext(Queue);
    WDFMEMORY memory;
    /* In user mode there is a file object even if nobody asked for one (S4.4). */
    NTSTATUS status =
        WdfRequestGetFileObject(Request) != NULL ? STATUS_SUCCESS : STATUS_INTERNAL_ERROR;
    Length = Length < context->Length ? Length : context->Length;
    if (NT_SUCCESS(status) && Length > 0)
        status = WdfRequestRetrieveOutputMemory(Request, &memory);
    if (NT_SUCCESS(status) && Length > 0)
        status = WdfMemoryCopyFromBuffer(memory, 0, context->Message, Length);
    WdfRequestCompleteWithInformation(Request, status, NT_SUCCESS(status) ? Length : 0);
}

VOID UmdfWrite(_In_ WDFQUEUE Queue, _In_ WDFREQUEST Request, _In_ size_t Length)
{
    PQUEUE_CONTEXT context = GetQueueContext(Queue);
    WDFMEMORY memory;
    NTSTATUS status = Length <= MESSAGE_MAX ? WdfRequestRetrieveInputMemory(Request, &memory)
                                            : STATUS_BUFFER_OVERFLOW;
    if (NT_SUCCESS(status))
        status = WdfMemoryCopyToBuffer(memory, 0, context->Message, Length);
    if (!NT_SUCCESS(status)) {
        WdfRequestComplete(Request, status);
        return;
    }
    context->Length = Length;
    context->Current = Request;
    WdfRequestSetInformation(Request, Length);
    WdfRequestMarkCancelable(Request, UmdfCancel);
    if (context->Message[0] != MESSAGE_KEEP)
        WdfTimerStart(context->Timer, WDF_REL_TIMEOUT_IN_MS(DELAY_MS));
}

/* What is kept is answered when the device leaves D0. */
VOID UmdfStop(_In_ WDFQUEUE Queue, _In_ WDFREQUEST Request, _In_ ULONG ActionFlags)
{
    UNREFERENCED_PARAMETER(Request);
    UNREFERENCED_PARAMETER(ActionFlags);
    WdfTimerStart(GetQueueContext(Queue)->Timer, WDF_REL_TIMEOUT_IN_MS(DELAY_MS));
}

VOID UmdfCancel(_In_ WDFREQUEST Request)
{
    GetQueueContext(WdfRequestGetIoQueue(Request))->Current = NULL;
    WdfRequestComplete(Request, STATUS_CANCELLED);
}

VOID UmdfAnswer(_In_ WDFTIMER Timer)
{
    PQUEUE_CONTEXT context = GetQueueContext(WdfTimerGetParentObject(Timer));
    WDFREQUEST request = context->Current;
    SwitchToThread();
    if (request == NULL || WdfRequestUnmarkCancelable(request) == STATUS_CANCELLED)
        return;
    context->Current = NULL;
    WdfRequestComplete(request, STATUS_SUCCESS);
}

/* Answers with the sum of the input's bytes as text, which would be wrong if the output overwrote
 * the input. */
VOID UmdfControl(_In_ WDFQUEUE Queue, _In_ WDFREQUEST Request, _In_ size_t OutputBufferLength,
                 _In_ size_t InputBufferLength, _In_ ULONG IoControlCode)
{
    PVOID input;
    PVOID output;
    ULONG sum = 0;
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(IoControlCode);
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, 16, &output, NULL);
    if (NT_SUCCESS(status))
        status = WdfRequestRetrieveInputBuffer(Request, 1, &input, NULL);
    if (!NT_SUCCESS(status)) {
        WdfRequestComplete(Request, status);
        return;
    }
    ZeroMemory(output, OutputBufferLength);
    for (size_t i = 0; i < InputBufferLength; i++) {
        if (FAILED(ULongAdd(sum, ((BYTE *)input)[i], &sum)))
            status = STATUS_INTEGER_OVERFLOW;
    }
    if (FAILED(StringCbPrintfA((LPSTR)output, OutputBufferLength, "%lu", sum)))
        status = STATUS_BUFFER_TOO_SMALL;
    WdfRequestCompleteWithInformation(Request, status, OutputBufferLength);
}
