/*
 * A driver with WPP trace messages: of each function that its configuration block (traced.h) and
 * its build (-func) name. A write is kept, a read returns it; device controls are refused. With
 * TRACED_CRASHES, built for the flight recorder, the read crashes.
 */
#include <ntddk.h>
#include <wdf.h>
#include "traced.h"
#include "traced.tmh"

#define TEXT_MAX 64

typedef struct _DEVICE_CONTEXT {
    CHAR Text[TEXT_MAX];
    size_t Length;
    PCHAR Nowhere;
} DEVICE_CONTEXT, *PDEVICE_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(DEVICE_CONTEXT, GetDeviceContext)

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD TracedDeviceAdd;
EVT_WDF_DRIVER_UNLOAD TracedUnload;
EVT_WDF_IO_QUEUE_IO_READ TracedRead;
EVT_WDF_IO_QUEUE_IO_WRITE TracedWrite;
EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL TracedControl;

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WPP_INIT_TRACING(DriverObject, RegistryPath);
    TraceEvents(TRACE_LEVEL_INFORMATION, TRACE_START, "%!FUNC! of %wZ", RegistryPath);
    WDF_DRIVER_CONFIG_INIT(&config, TracedDeviceAdd);
    config.EvtDriverUnload = TracedUnload;
    NTSTATUS status = WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                                      WDF_NO_HANDLE);
    if (!NT_SUCCESS(status)) {
        TraceEvents(TRACE_LEVEL_ERROR, TRACE_START, "WdfDriverCreate: %!STATUS!", status);
        WPP_CLEANUP(DriverObject);
    }
    return status;
}

VOID TracedUnload(_In_ WDFDRIVER Driver)
{
    TraceEvents(TRACE_LEVEL_INFORMATION, TRACE_START, "%!FUNC!");
    WPP_CLEANUP(WdfDriverWdmGetDriverObject(Driver));
}

NTSTATUS TracedDeviceAdd(_In_ WDFDRIVER Driver, _Inout_ PWDFDEVICE_INIT DeviceInit)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_IO_QUEUE_CONFIG config;
    WDFDEVICE device;

    UNREFERENCED_PARAMETER(Driver);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, DEVICE_CONTEXT);
    RETURN_IF_FAILED(WdfDeviceCreate(&DeviceInit, &attributes, &device));
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoRead = TracedRead;
    config.EvtIoWrite = TracedWrite;
    config.EvtIoDeviceControl = TracedControl;
    RETURN_IF_FAILED(WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE));
    DoTraceMessage(TRACE_OTHER, "there is a device, %!bool!", device != NULL);
    return STATUS_SUCCESS;
}

VOID TracedRead(_In_ WDFQUEUE Queue, _In_ WDFREQUEST Request, _In_ size_t Length)
{
    PDEVICE_CONTEXT context = GetDeviceContext(WdfIoQueueGetDevice(Queue));
    PVOID buffer;

    TraceEntry();
    TraceEvents(TRACE_LEVEL_VERBOSE, TRACE_REQUEST, "%!KIND! of %Iu bytes", KindRead, Length);
#ifdef TRACED_CRASHES
    *(volatile char *)context->Nowhere = 0;
#endif
    Length = min(Length, context->Length);
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, Length, &buffer, NULL);
    if (NT_SUCCESS(status))
        RtlCopyMemory(buffer, context->Text, Length);
    WdfRequestCompleteWithInformation(Request, status, NT_SUCCESS(status) ? Length : 0);
}

VOID TracedWrite(_In_ WDFQUEUE Queue, _In_ WDFREQUEST Request, _In_ size_t Length)
{
    PDEVICE_CONTEXT context = GetDeviceContext(WdfIoQueueGetDevice(Queue));
    PVOID buffer = NULL;

    TraceEntry();
    DoTrace(TRACE_LEVEL_INFORMATION, TRACE_REQUEST, ("%!KIND! of %Iu bytes", KindWrite, Length));
    NTSTATUS status = Length <= TEXT_MAX
                          ? WdfRequestRetrieveInputBuffer(Request, Length, &buffer, NULL)
                          : STATUS_BUFFER_OVERFLOW;
    if (NT_SUCCESS(status)) {
        RtlCopyMemory(context->Text, buffer, Length);
        context->Length = Length;
    } else {
        TraceEvents(TRACE_LEVEL_WARNING, TRACE_REQUEST, "%!FUNC!: %!STATUS!", status);
    }
    WdfRequestCompleteWithInformation(Request, status, NT_SUCCESS(status) ? Length : 0);
}

VOID TracedControl(_In_ WDFQUEUE Queue, _In_ WDFREQUEST Request, _In_ size_t OutputBufferLength,
                   _In_ size_t InputBufferLength, _In_ ULONG IoControlCode)
{
    UNREFERENCED_PARAMETER(Queue);
    TraceEntry();
    TraceEvents(TRACE_LEVEL_ERROR, TRACE_REQUEST, "%!KIND! 0x%x, %Iu bytes and %Iu: refused",
                KindControl, IoControlCode, InputBufferLength, OutputBufferLength);
    WdfRequestComplete(Request, STATUS_INVALID_DEVICE_REQUEST);
}
