/*
 * A filter that shows what goes through it: each open, read, write and control with its lengths,
 * status, duration and the first bytes of its data, a line in the log when it is answered.
 *
 * Parameters: Bytes, how many bytes of the data are shown (default 16, at most 48; 0: none).
 */
#include <ntddk.h>
#include <ntstrsafe.h>
#include <wdf.h>

#define BYTES_DEFAULT 16
#define BYTES_MAX     48
#define LINE_SIZE     512

typedef struct _FILTER_CONTEXT {
    ULONG Bytes;
} FILTER_CONTEXT, *PFILTER_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(FILTER_CONTEXT, GetFilterContext)

/* Of a request: what came, until its answer is there. */
typedef struct _TRACE_CONTEXT {
    ULONGLONG Began;
    WDF_REQUEST_TYPE Type;
    ULONG ControlCode;
    size_t InputLength;
    size_t OutputLength;
    UCHAR Input[BYTES_MAX];
    size_t InputShown;
} TRACE_CONTEXT, *PTRACE_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(TRACE_CONTEXT, GetTraceContext)

DRIVER_INITIALIZE DriverEntry;
static EVT_WDF_DRIVER_DEVICE_ADD EvtDeviceAdd;
static EVT_WDF_DEVICE_FILE_CREATE EvtFileCreate;
static EVT_WDF_FILE_CLOSE EvtFileClose;
static EVT_WDF_IO_QUEUE_IO_DEFAULT EvtIoDefault;
static EVT_WDF_REQUEST_COMPLETION_ROUTINE EvtDone;

DECLARE_CONST_UNICODE_STRING(bytesName, L"Bytes");

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, EvtDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

static ULONG ReadBytes(WDFDRIVER Driver)
{
    ULONG bytes = BYTES_DEFAULT;
    WDFKEY key;

    if (NT_SUCCESS(
            WdfDriverOpenParametersRegistryKey(Driver, KEY_READ, WDF_NO_OBJECT_ATTRIBUTES, &key))) {
        (void)WdfRegistryQueryULong(key, &bytesName, &bytes);
        WdfRegistryClose(key);
    }
    return min(bytes, BYTES_MAX);
}

static NTSTATUS EvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_FILEOBJECT_CONFIG files;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_IO_QUEUE_CONFIG config;
    WDFDEVICE device;
    NTSTATUS status;

    WdfFdoInitSetFilter(DeviceInit);
    WDF_FILEOBJECT_CONFIG_INIT(&files, EvtFileCreate, EvtFileClose, WDF_NO_EVENT_CALLBACK);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &files, WDF_NO_OBJECT_ATTRIBUTES);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, TRACE_CONTEXT);
    WdfDeviceInitSetRequestAttributes(DeviceInit, &attributes);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, FILTER_CONTEXT);
    status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    GetFilterContext(device)->Bytes = ReadBytes(Driver);
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDefault = EvtIoDefault;
    config.AllowZeroLengthRequests = TRUE;
    return WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

/* ---- what is shown ---- */

static PCSTR TypeName(WDF_REQUEST_TYPE Type)
{
    switch (Type) {
    case WdfRequestTypeCreate:
        return "open";
    case WdfRequestTypeRead:
        return "read";
    case WdfRequestTypeWrite:
        return "write";
    default:
        return "control";
    }
}

/* Appends; what does not fit is cut. */
static VOID Append(PSTR Line, PCSTR Format, ...)
{
    size_t length = 0;
    va_list arguments;

    if (NT_SUCCESS(RtlStringCbLengthA(Line, LINE_SIZE, &length))) {
        va_start(arguments, Format);
        (void)RtlStringCbVPrintfA(Line + length, LINE_SIZE - length, Format, arguments);
        va_end(arguments);
    }
}

static VOID AppendBytes(PSTR Line, PCSTR What, const UCHAR *Bytes, size_t Shown, size_t Length)
{
    size_t i;

    if (Shown == 0) {
        return;
    }
    Append(Line, ", %s", What);
    for (i = 0; i < Shown; i++) {
        Append(Line, " %02x", Bytes[i]);
    }
    Append(Line, "%s |", Shown < Length ? " ..." : "");
    for (i = 0; i < Shown; i++) {
        Append(Line, "%c", Bytes[i] >= ' ' && Bytes[i] < 0x7f ? Bytes[i] : '.');
    }
    Append(Line, "|");
}

static VOID Show(WDFREQUEST Request, ULONG Bytes, NTSTATUS Status, size_t Information)
{
    PTRACE_CONTEXT trace = GetTraceContext(Request);
    ULONGLONG microseconds = (KeQueryInterruptTime() - trace->Began) / 10;
    CHAR line[LINE_SIZE] = "";
    PVOID output;
    size_t length;

    Append(line, "%s", TypeName(trace->Type));
    if (trace->Type == WdfRequestTypeDeviceControl) {
        Append(line, " 0x%x, %zu bytes in, %zu out", trace->ControlCode, trace->InputLength,
               trace->OutputLength);
    } else if (trace->Type != WdfRequestTypeCreate) {
        Append(line, " of %zu bytes",
               trace->Type == WdfRequestTypeRead ? trace->OutputLength : trace->InputLength);
    }
    Append(line, ": status 0x%08x, %zu bytes, %llu us", (ULONG)Status, Information, microseconds);
    AppendBytes(line, "in", trace->Input, trace->InputShown, trace->InputLength);
    if (Bytes > 0 && NT_SUCCESS(Status) && Information > 0 && trace->OutputLength > 0 &&
        NT_SUCCESS(WdfRequestRetrieveOutputBuffer(Request, 1, &output, &length))) {
        AppendBytes(line, "out", output, min(min(Bytes, Information), length), Information);
    }
    DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_TRACE_LEVEL, "%s\n", line);
}

/* ---- what goes through ---- */

static VOID Note(WDFREQUEST Request, ULONG Bytes)
{
    PTRACE_CONTEXT trace = GetTraceContext(Request);
    WDF_REQUEST_PARAMETERS parameters;
    PVOID input;
    size_t length;

    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(Request, &parameters);
    trace->Type = parameters.Type;
    if (parameters.Type == WdfRequestTypeRead) {
        trace->OutputLength = parameters.Parameters.Read.Length;
    } else if (parameters.Type == WdfRequestTypeWrite) {
        trace->InputLength = parameters.Parameters.Write.Length;
    } else if (parameters.Type == WdfRequestTypeDeviceControl) {
        trace->ControlCode = parameters.Parameters.DeviceIoControl.IoControlCode;
        trace->InputLength = parameters.Parameters.DeviceIoControl.InputBufferLength;
        trace->OutputLength = parameters.Parameters.DeviceIoControl.OutputBufferLength;
    }
    if (Bytes > 0 && trace->InputLength > 0 &&
        NT_SUCCESS(WdfRequestRetrieveInputBuffer(Request, 1, &input, &length))) {
        trace->InputShown = min(Bytes, length);
        RtlCopyMemory(trace->Input, input, trace->InputShown);
    }
    trace->Began = KeQueryInterruptTime();
}

static VOID SendOn(WDFDEVICE Device, WDFREQUEST Request)
{
    PFILTER_CONTEXT filter = GetFilterContext(Device);

    Note(Request, filter->Bytes);
    WdfRequestFormatRequestUsingCurrentType(Request);
    WdfRequestSetCompletionRoutine(Request, EvtDone, filter);
    if (!WdfRequestSend(Request, WdfDeviceGetIoTarget(Device), WDF_NO_SEND_OPTIONS)) {
        WdfRequestComplete(Request, WdfRequestGetStatus(Request));
    }
}

static VOID EvtDone(WDFREQUEST Request, WDFIOTARGET Target, PWDF_REQUEST_COMPLETION_PARAMS Params,
                    WDFCONTEXT Context)
{
    PFILTER_CONTEXT filter = Context;
    NTSTATUS status = Params->IoStatus.Status;
    size_t information = Params->IoStatus.Information;

    UNREFERENCED_PARAMETER(Target);
    Show(Request, filter->Bytes, status, information);
    WdfRequestCompleteWithInformation(Request, status, information);
}

static VOID EvtIoDefault(WDFQUEUE Queue, WDFREQUEST Request)
{
    SendOn(WdfIoQueueGetDevice(Queue), Request);
}

static VOID EvtFileCreate(WDFDEVICE Device, WDFREQUEST Request, WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(FileObject);
    SendOn(Device, Request);
}

static VOID EvtFileClose(WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(FileObject);
    DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_TRACE_LEVEL, "close\n");
}
