/* A filter that sends everything on, in each possible way. See filter.h. */
#include "filter.h"

#include <wdf.h>

#define LIMIT_MS 30

static EVT_WDF_DRIVER_DEVICE_ADD add_device;
static EVT_WDF_IO_QUEUE_IO_DEFAULT send_on;
static EVT_WDF_REQUEST_COMPLETION_ROUTINE came_back;

BOOLEAN filter_forgets;
static ULONG sent;

NTSTATUS FilterDriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, add_device);
    sent = 0;
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

static NTSTATUS add_device(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDFDEVICE device;
    WDF_IO_QUEUE_CONFIG config;
    UNREFERENCED_PARAMETER(Driver);
    WdfFdoInitSetFilter(DeviceInit);
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &device);
    if (!NT_SUCCESS(status))
        return status;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDefault = send_on;
    return WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

static VOID send_on(WDFQUEUE Queue, WDFREQUEST Request)
{
    WDFIOTARGET target = WdfDeviceGetIoTarget(WdfIoQueueGetDevice(Queue));
    WDF_REQUEST_SEND_OPTIONS options;
    ULONG number = sent++;
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, 0);
    WdfRequestFormatRequestUsingCurrentType(Request);
    if (filter_forgets && number % 2 == 0) {
        options.Flags = WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET;
    } else {
        WdfRequestSetCompletionRoutine(Request, came_back, NULL);
        if (number % 3 == 0)
            WDF_REQUEST_SEND_OPTIONS_SET_TIMEOUT(&options, WDF_REL_TIMEOUT_IN_MS(LIMIT_MS));
    }
    if (!WdfRequestSend(Request, target, &options))
        WdfRequestComplete(Request, WdfRequestGetStatus(Request));
}

static VOID came_back(WDFREQUEST Request, WDFIOTARGET Target, PWDF_REQUEST_COMPLETION_PARAMS Params,
                      WDFCONTEXT Context)
{
    UNREFERENCED_PARAMETER(Target);
    UNREFERENCED_PARAMETER(Context);
    WdfRequestCompleteWithInformation(Request, Params->IoStatus.Status,
                                      Params->IoStatus.Information);
}
