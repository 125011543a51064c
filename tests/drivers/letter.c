/*
 * A driver between others: appends a letter to what a read returns from below, if there is room.
 * Everything else goes down unchanged.
 *
 *     LETTER          the letter; the value Letter of the key Parameters overrides it
 *     LETTER_FILTER   it is a filter; else a function driver, which has to send requests on
 *     LETTER_FAILS    EvtDriverDeviceAdd fails after creating the device
 *
 * It works like Microsoft's filter samples: with a completion routine for what it changes, and
 * send-and-forget for the rest.
 */
#include <ntddk.h>
#include <wdf.h>

DRIVER_INITIALIZE DriverEntry;
static EVT_WDF_DRIVER_DEVICE_ADD EvtDeviceAdd;
static EVT_WDF_IO_QUEUE_IO_READ EvtIoRead;
static EVT_WDF_IO_QUEUE_IO_DEFAULT EvtIoDefault;
static EVT_WDF_REQUEST_COMPLETION_ROUTINE EvtReadDone;
#ifndef LETTER_FILTER
static EVT_WDF_DEVICE_FILE_CREATE EvtFileCreate;
static EVT_WDF_REQUEST_COMPLETION_ROUTINE EvtCreateDone;
#endif

typedef struct _LAYER_CONTEXT {
    CHAR Letter;
} LAYER_CONTEXT, *PLAYER_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(LAYER_CONTEXT, GetLayerContext)

DECLARE_CONST_UNICODE_STRING(letterName, L"Letter");

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, EvtDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

static CHAR LetterOf(WDFDRIVER Driver)
{
    WDFKEY parameters;
    ULONG letter = LETTER;
    NTSTATUS status =
        WdfDriverOpenParametersRegistryKey(Driver, KEY_READ, WDF_NO_OBJECT_ATTRIBUTES, &parameters);

    if (NT_SUCCESS(status)) {
        if (!NT_SUCCESS(WdfRegistryQueryULong(parameters, &letterName, &letter))) {
            letter = LETTER;
        }
        WdfRegistryClose(parameters);
    }
    return (CHAR)letter;
}

static NTSTATUS EvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_IO_QUEUE_CONFIG queueConfig;
    WDFDEVICE device;
    NTSTATUS status;
#ifndef LETTER_FILTER
    WDF_FILEOBJECT_CONFIG fileConfig;
#endif

#ifdef LETTER_FILTER
    WdfFdoInitSetFilter(DeviceInit);
#else
    WDF_FILEOBJECT_CONFIG_INIT(&fileConfig, EvtFileCreate, WDF_NO_EVENT_CALLBACK,
                               WDF_NO_EVENT_CALLBACK);
    fileConfig.AutoForwardCleanupClose = WdfTrue;
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &fileConfig, WDF_NO_OBJECT_ATTRIBUTES);
#endif
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, LAYER_CONTEXT);
    status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    GetLayerContext(device)->Letter = LetterOf(Driver);

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&queueConfig, WdfIoQueueDispatchParallel);
    queueConfig.EvtIoRead = EvtIoRead;
    queueConfig.EvtIoDefault = EvtIoDefault;
    status = WdfIoQueueCreate(device, &queueConfig, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
#ifdef LETTER_FAILS
    status = STATUS_DEVICE_CONFIGURATION_ERROR;
#endif
    return status;
}

static VOID EvtIoRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    WDFIOTARGET below = WdfDeviceGetIoTarget(WdfIoQueueGetDevice(Queue));

    UNREFERENCED_PARAMETER(Length);
    WdfRequestFormatRequestUsingCurrentType(Request);
    WdfRequestSetCompletionRoutine(Request, EvtReadDone,
                                   GetLayerContext(WdfIoQueueGetDevice(Queue)));
    if (!WdfRequestSend(Request, below, WDF_NO_SEND_OPTIONS)) {
        WdfRequestComplete(Request, WdfRequestGetStatus(Request));
    }
}

static VOID EvtReadDone(WDFREQUEST Request, WDFIOTARGET Target,
                        PWDF_REQUEST_COMPLETION_PARAMS Params, WDFCONTEXT Context)
{
    size_t length = Params->IoStatus.Information, capacity;
    PLAYER_CONTEXT layer = Context;
    PVOID buffer;

    UNREFERENCED_PARAMETER(Target);
    if (NT_SUCCESS(Params->IoStatus.Status) && length > 0 &&
        NT_SUCCESS(WdfRequestRetrieveOutputBuffer(Request, 1, &buffer, &capacity)) &&
        length < capacity) {
        ((PCHAR)buffer)[length++] = layer->Letter;
    }
    WdfRequestCompleteWithInformation(Request, Params->IoStatus.Status, length);
}

static VOID EvtIoDefault(WDFQUEUE Queue, WDFREQUEST Request)
{
    WDF_REQUEST_SEND_OPTIONS options;

    WDF_REQUEST_SEND_OPTIONS_INIT(&options, WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET);
    WdfRequestFormatRequestUsingCurrentType(Request);
    if (!WdfRequestSend(Request, WdfDeviceGetIoTarget(WdfIoQueueGetDevice(Queue)), &options)) {
        WdfRequestComplete(Request, WdfRequestGetStatus(Request));
    }
}

#ifndef LETTER_FILTER
static VOID EvtCreateDone(WDFREQUEST Request, WDFIOTARGET Target,
                          PWDF_REQUEST_COMPLETION_PARAMS Params, WDFCONTEXT Context)
{
    UNREFERENCED_PARAMETER(Target);
    UNREFERENCED_PARAMETER(Context);
    WdfRequestComplete(Request, Params->IoStatus.Status);
}

/* A filter's opens are sent down by the framework. */
static VOID EvtFileCreate(WDFDEVICE Device, WDFREQUEST Request, WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(FileObject);
    WdfRequestFormatRequestUsingCurrentType(Request);
    WdfRequestSetCompletionRoutine(Request, EvtCreateDone, NULL);
    if (!WdfRequestSend(Request, WdfDeviceGetIoTarget(Device), WDF_NO_SEND_OPTIONS)) {
        WdfRequestComplete(Request, WdfRequestGetStatus(Request));
    }
}
#endif
