/*
 * A filter that makes trouble: every Nth request of a kind fails, is late, is cut short, or has a
 * wrong byte in it. For programs whose way through trouble is to be tested.
 *
 * Parameters:
 *     Requests      "read", "write", "control" or "all" (the default)
 *     Every         the number N; 0: none (default 10)
 *     Fault         "fail" (the default), "delay", "shorten" or "corrupt"
 *     Status        of "fail": an NTSTATUS (default STATUS_IO_DEVICE_ERROR, which is EIO)
 *     Milliseconds  of "delay" (default 100)
 *
 * What shortens or corrupts concerns reads and writes that have bytes.
 */
#include <ntddk.h>
#include <wdf.h>

#define POOL_TAG 'tluF'

typedef enum _FAULT { FaultFail, FaultDelay, FaultShorten, FaultCorrupt, FaultCount } FAULT;

/* All but the lock's are constant while requests come. */
typedef struct _FILTER_CONTEXT {
    BOOLEAN Concerns[WdfRequestTypeMax]; /* by type */
    ULONG Every;
    FAULT Fault;
    NTSTATUS Status;
    ULONG Milliseconds;
    WDFQUEUE Late; /* what is delayed, the oldest first */
    WDFTIMER Timer;
    volatile LONG Seen;
    volatile LONG Armed; /* the timer is */
} FILTER_CONTEXT, *PFILTER_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(FILTER_CONTEXT, GetFilterContext)

/* Of a request. */
typedef struct _TROUBLE {
    ULONGLONG Due;     /* of a delayed one */
    BOOLEAN IsCorrupt; /* its answer is to be */
} TROUBLE, *PTROUBLE;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(TROUBLE, GetTrouble)

DRIVER_INITIALIZE DriverEntry;
static EVT_WDF_DRIVER_DEVICE_ADD EvtDeviceAdd;
static EVT_WDF_IO_QUEUE_IO_DEFAULT EvtIoDefault;
static EVT_WDF_REQUEST_COMPLETION_ROUTINE EvtDone;
static EVT_WDF_TIMER EvtDue;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, EvtDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

/* ---- parameters ---- */

static ULONG QueryNumber(WDFKEY Key, PCUNICODE_STRING Name, ULONG Default)
{
    ULONG value;

    return NT_SUCCESS(WdfRegistryQueryULong(Key, Name, &value)) ? value : Default;
}

/* Which of the words the value is; Default if there is no value; Count: it is none of them. */
static ULONG QueryWord(WDFKEY Key, PCUNICODE_STRING Name, const UNICODE_STRING *Words, ULONG Count,
                       ULONG Default)
{
    WCHAR buffer[16];
    UNICODE_STRING value = {.MaximumLength = sizeof(buffer), .Buffer = buffer};
    ULONG i;
    NTSTATUS status = WdfRegistryQueryUnicodeString(Key, Name, NULL, &value);

    if (status == STATUS_OBJECT_NAME_NOT_FOUND) {
        return Default;
    }
    for (i = 0; NT_SUCCESS(status) && i < Count; i++) {
        if (RtlEqualUnicodeString(&value, &Words[i], TRUE)) {
            return i;
        }
    }
    DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL,
               "the parameter %wZ is none of the words that it may be\n", Name);
    return Count;
}

static NTSTATUS ReadWords(WDFKEY Key, PFILTER_CONTEXT Filter)
{
    DECLARE_CONST_UNICODE_STRING(requestsName, L"Requests");
    DECLARE_CONST_UNICODE_STRING(faultName, L"Fault");
    static const UNICODE_STRING kinds[] = {
        RTL_CONSTANT_STRING(L"read"), RTL_CONSTANT_STRING(L"write"),
        RTL_CONSTANT_STRING(L"control"), RTL_CONSTANT_STRING(L"all")};
    static const UNICODE_STRING faults[FaultCount] = {
        RTL_CONSTANT_STRING(L"fail"), RTL_CONSTANT_STRING(L"delay"),
        RTL_CONSTANT_STRING(L"shorten"), RTL_CONSTANT_STRING(L"corrupt")};
    ULONG all = ARRAYSIZE(kinds) - 1;
    ULONG kind = QueryWord(Key, &requestsName, kinds, ARRAYSIZE(kinds), all);

    Filter->Fault = (FAULT)QueryWord(Key, &faultName, faults, FaultCount, FaultFail);
    if (kind > all || Filter->Fault == FaultCount) {
        return STATUS_INVALID_PARAMETER;
    }
    Filter->Concerns[WdfRequestTypeRead] = kind == 0 || kind == all;
    Filter->Concerns[WdfRequestTypeWrite] = kind == 1 || kind == all;
    Filter->Concerns[WdfRequestTypeDeviceControl] = kind == 2 || kind == all;
    return STATUS_SUCCESS;
}

static NTSTATUS ReadParameters(WDFDRIVER Driver, PFILTER_CONTEXT Filter)
{
    DECLARE_CONST_UNICODE_STRING(everyName, L"Every");
    DECLARE_CONST_UNICODE_STRING(statusName, L"Status");
    DECLARE_CONST_UNICODE_STRING(millisecondsName, L"Milliseconds");
    WDFKEY key;
    NTSTATUS status =
        WdfDriverOpenParametersRegistryKey(Driver, KEY_READ, WDF_NO_OBJECT_ATTRIBUTES, &key);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    Filter->Every = QueryNumber(key, &everyName, 10);
    Filter->Status = (NTSTATUS)QueryNumber(key, &statusName, (ULONG)STATUS_IO_DEVICE_ERROR);
    Filter->Milliseconds = QueryNumber(key, &millisecondsName, 100);
    status = ReadWords(key, Filter);
    WdfRegistryClose(key);
    return status;
}

/* ---- the device ---- */

static NTSTATUS CreateQueuesAndTimer(WDFDEVICE Device, PFILTER_CONTEXT Filter)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_TIMER_CONFIG timer;
    WDF_OBJECT_ATTRIBUTES attributes;
    NTSTATUS status;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDefault = EvtIoDefault;
    config.AllowZeroLengthRequests = TRUE;
    status = WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    status = WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES, &Filter->Late);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    WDF_TIMER_CONFIG_INIT(&timer, EvtDue);
    timer.AutomaticSerialization = FALSE;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = Device;
    return WdfTimerCreate(&timer, &attributes, &Filter->Timer);
}

static NTSTATUS EvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFDEVICE device;
    NTSTATUS status;

    WdfFdoInitSetFilter(DeviceInit);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, TROUBLE);
    WdfDeviceInitSetRequestAttributes(DeviceInit, &attributes);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, FILTER_CONTEXT);
    status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = ReadParameters(Driver, GetFilterContext(device));
    return NT_SUCCESS(status) ? CreateQueuesAndTimer(device, GetFilterContext(device)) : status;
}

/* ---- requests ---- */

static VOID Flip(PVOID Bytes)
{
    *(PUCHAR)Bytes ^= 1;
}

static VOID Send(WDFDEVICE Device, WDFREQUEST Request)
{
    WdfRequestSetCompletionRoutine(Request, EvtDone, NULL);
    if (!WdfRequestSend(Request, WdfDeviceGetIoTarget(Device), WDF_NO_SEND_OPTIONS)) {
        WdfRequestComplete(Request, WdfRequestGetStatus(Request));
    }
}

static VOID SendAsItCame(WDFDEVICE Device, WDFREQUEST Request)
{
    WdfRequestFormatRequestUsingCurrentType(Request);
    Send(Device, Request);
}

static VOID EvtDone(WDFREQUEST Request, WDFIOTARGET Target, PWDF_REQUEST_COMPLETION_PARAMS Params,
                    WDFCONTEXT Context)
{
    NTSTATUS status = Params->IoStatus.Status;
    size_t information = Params->IoStatus.Information;
    PVOID output;

    UNREFERENCED_PARAMETER(Target);
    UNREFERENCED_PARAMETER(Context);
    if (GetTrouble(Request)->IsCorrupt && NT_SUCCESS(status) && information > 0 &&
        NT_SUCCESS(WdfRequestRetrieveOutputBuffer(Request, 1, &output, NULL))) {
        Flip(output);
    }
    WdfRequestCompleteWithInformation(Request, status, information);
}

static BOOLEAN IsTroubled(PFILTER_CONTEXT Filter, WDF_REQUEST_TYPE Type)
{
    if (Type >= WdfRequestTypeMax || !Filter->Concerns[Type] || Filter->Every == 0) {
        return FALSE;
    }
    return (ULONG)InterlockedIncrement(&Filter->Seen) % Filter->Every == 0;
}

/* Not again while it runs: those that come later would put off those that wait. */
static VOID Arm(PFILTER_CONTEXT Filter, LONGLONG DueTime)
{
    if (InterlockedCompareExchange(&Filter->Armed, 1, 0) == 0) {
        WdfTimerStart(Filter->Timer, DueTime);
    }
}

static VOID Delay(PFILTER_CONTEXT Filter, WDFREQUEST Request)
{
    NTSTATUS status;

    GetTrouble(Request)->Due = KeQueryInterruptTime() + Filter->Milliseconds * 10000ull;
    status = WdfRequestForwardToIoQueue(Request, Filter->Late);
    if (NT_SUCCESS(status)) {
        Arm(Filter, WDF_REL_TIMEOUT_IN_MS(Filter->Milliseconds));
    } else {
        WdfRequestComplete(Request, status);
    }
}

/* They are all delayed by the same time: the first that is not due is the next to be. */
static VOID EvtDue(WDFTIMER Timer)
{
    WDFDEVICE device = WdfTimerGetParentObject(Timer);
    PFILTER_CONTEXT filter = GetFilterContext(device);
    WDFREQUEST request;
    LONGLONG left = 0;

    InterlockedExchange(&filter->Armed, 0); /* before the look: what comes now arms it again */
    while (left <= 0 && NT_SUCCESS(WdfIoQueueRetrieveNextRequest(filter->Late, &request))) {
        left = (LONGLONG)(GetTrouble(request)->Due - KeQueryInterruptTime());
        if (left <= 0 || !NT_SUCCESS(WdfRequestRequeue(request))) {
            SendAsItCame(device, request);
        }
    }
    if (left > 0) {
        Arm(filter, -left);
    }
}

/* Half of a read is asked for, half of a write is written: what is left is not lost. */
static NTSTATUS FormatShorter(WDFDEVICE Device, WDFREQUEST Request, BOOLEAN IsRead)
{
    WDFIOTARGET target = WdfDeviceGetIoTarget(Device);
    WDFMEMORY_OFFSET part = {0};
    WDFMEMORY memory;
    size_t length;
    NTSTATUS status = IsRead ? WdfRequestRetrieveOutputMemory(Request, &memory)
                             : WdfRequestRetrieveInputMemory(Request, &memory);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    (void)WdfMemoryGetBuffer(memory, &length);
    part.BufferLength = length > 1 ? length / 2 : length;
    return IsRead ? WdfIoTargetFormatRequestForRead(target, Request, memory, &part, NULL)
                  : WdfIoTargetFormatRequestForWrite(target, Request, memory, &part, NULL);
}

/* A copy is what goes down: the client's own bytes are not the driver's to change. */
static NTSTATUS FormatCorrupt(WDFDEVICE Device, WDFREQUEST Request)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFMEMORY copy;
    PVOID input, bytes;
    size_t length;
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, 1, &input, &length);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = Request;
    status = WdfMemoryCreate(&attributes, NonPagedPoolNx, POOL_TAG, length, &copy, &bytes);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    RtlCopyMemory(bytes, input, length);
    Flip(bytes);
    return WdfIoTargetFormatRequestForWrite(WdfDeviceGetIoTarget(Device), Request, copy, NULL,
                                            NULL);
}

/* Reads and writes that have bytes; everything else goes through as it came. */
static VOID SendChanged(WDFDEVICE Device, WDFREQUEST Request, WDF_REQUEST_TYPE Type, FAULT Fault)
{
    BOOLEAN isRead = Type == WdfRequestTypeRead;
    NTSTATUS status = STATUS_SUCCESS;

    if (Fault == FaultShorten) {
        status = FormatShorter(Device, Request, isRead);
    } else if (isRead) {
        GetTrouble(Request)->IsCorrupt = TRUE;
        WdfRequestFormatRequestUsingCurrentType(Request);
    } else {
        status = FormatCorrupt(Device, Request);
    }
    if (NT_SUCCESS(status)) {
        Send(Device, Request);
    } else {
        WdfRequestComplete(Request, status);
    }
}

static BOOLEAN HasBytes(const WDF_REQUEST_PARAMETERS *Parameters)
{
    return (Parameters->Type == WdfRequestTypeRead && Parameters->Parameters.Read.Length > 0) ||
           (Parameters->Type == WdfRequestTypeWrite && Parameters->Parameters.Write.Length > 0);
}

static VOID EvtIoDefault(WDFQUEUE Queue, WDFREQUEST Request)
{
    WDFDEVICE device = WdfIoQueueGetDevice(Queue);
    PFILTER_CONTEXT filter = GetFilterContext(device);
    WDF_REQUEST_PARAMETERS parameters;

    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(Request, &parameters);
    if (!IsTroubled(filter, parameters.Type)) {
        SendAsItCame(device, Request);
    } else if (filter->Fault == FaultFail) {
        WdfRequestComplete(Request, filter->Status);
    } else if (filter->Fault == FaultDelay) {
        Delay(filter, Request);
    } else if (HasBytes(&parameters)) {
        SendChanged(device, Request, parameters.Type, filter->Fault);
    } else {
        SendAsItCame(device, Request);
    }
}
