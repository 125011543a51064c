/*
 * Device controls of the echo device.
 *
 * One function a code, which returns a status and the number of bytes; EchoEvtIoDeviceControl
 * completes. Only METHOD_NEITHER begins elsewhere: while the caller's memory can be seen,
 * EchoEvtIoInCallerContext locks it.
 */
#include "driver.h"

#include "control.h"
#include "options.h"
#include "public.h"

/* ---- creation ---- */

VOID EchoControlsDescribe(PWDFDEVICE_INIT DeviceInit)
{
    WdfDeviceInitSetIoInCallerContextCallback(DeviceInit, EchoEvtIoInCallerContext);
}

NTSTATUS EchoControlsCreate(WDFDEVICE Device)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDeviceControl = EchoEvtIoDeviceControl;
    WDFQUEUE queue;
    NTSTATUS status = WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES, &queue);
    if (!NT_SUCCESS(status))
        return status;
    return WdfDeviceConfigureRequestDispatching(Device, queue, WdfRequestTypeDeviceControl);
}

/* ---- the device as a whole ---- */

static VOID EchoCountControl(PDEVICE_CONTEXT Device)
{
    WdfSpinLockAcquire(Device->Lock);
    Device->Statistics.Controls++;
    WdfSpinLockRelease(Device->Lock);
}

static NTSTATUS EchoGetStatistics(PDEVICE_CONTEXT Device, WDFREQUEST Request, size_t *Information)
{
    PECHO_STATISTICS statistics;
    NTSTATUS status =
        WdfRequestRetrieveOutputBuffer(Request, sizeof(*statistics), (PVOID *)&statistics, NULL);
    if (!NT_SUCCESS(status))
        return status;

    WdfSpinLockAcquire(Device->Lock);
    *statistics = Device->Statistics;
    statistics->MessageLength = (ULONG)Device->Length;
    statistics->Delay = Device->DelayMs;
    WdfSpinLockRelease(Device->Lock);
    *Information = sizeof(*statistics);
    return STATUS_SUCCESS;
}

static NTSTATUS EchoSetDelay(PDEVICE_CONTEXT Device, WDFREQUEST Request)
{
    uint32_t *milliseconds;
    NTSTATUS status =
        WdfRequestRetrieveInputBuffer(Request, sizeof(*milliseconds), (PVOID *)&milliseconds, NULL);
    if (!NT_SUCCESS(status))
        return status;
    if (*milliseconds > ECHO_DELAY_MAX)
        return STATUS_INVALID_PARAMETER;

    WdfSpinLockAcquire(Device->Lock);
    Device->DelayMs = *milliseconds;
    WdfSpinLockRelease(Device->Lock);
    return STATUS_SUCCESS;
}

/* ---- giving back ---- */

static NTSTATUS EchoStatusOfCopy(size_t InputLength, size_t OutputLength)
{
    return OutputLength < InputLength ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

/* METHOD_BUFFERED: one buffer for both, in which the answer is already. METHOD_OUT_DIRECT: two. */
static NTSTATUS EchoGiveBack(WDFREQUEST Request, size_t *Information)
{
    PVOID input, output;
    size_t inputLength, outputLength;
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, 1, &input, &inputLength);
    if (NT_SUCCESS(status))
        status = WdfRequestRetrieveOutputBuffer(Request, 1, &output, &outputLength);
    if (!NT_SUCCESS(status))
        return status;

    *Information = min(inputLength, outputLength);
    if (output != input)
        RtlCopyMemory(output, input, *Information);
    return EchoStatusOfCopy(inputLength, outputLength);
}

/* METHOD_NEITHER: what EchoEvtIoInCallerContext has locked. */
static NTSTATUS EchoGiveBackLocked(WDFREQUEST Request, size_t *Information)
{
    PREQUEST_CONTEXT context = EchoGetRequest(Request);
    size_t inputLength, outputLength;
    PVOID input = WdfMemoryGetBuffer(context->InputMemory, &inputLength);
    WdfMemoryGetBuffer(context->OutputMemory, &outputLength);
    *Information = min(inputLength, outputLength);
    NTSTATUS status = WdfMemoryCopyFromBuffer(context->OutputMemory, 0, input, *Information);
    return NT_SUCCESS(status) ? EchoStatusOfCopy(inputLength, outputLength) : status;
}

/* METHOD_IN_DIRECT: the output buffer's bytes are the message. */
static NTSTATUS EchoTakeDirect(PDEVICE_CONTEXT Device, WDFREQUEST Request, size_t InputLength,
                               size_t *Information)
{
    PVOID data;
    size_t length;
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, 1, &data, &length);
    if (NT_SUCCESS(status) && InputLength > 0)
        status = STATUS_INVALID_PARAMETER;
    if (NT_SUCCESS(status) && length > ECHO_MESSAGE_MAX)
        status = STATUS_INVALID_BUFFER_SIZE;
    if (NT_SUCCESS(status))
        status = EchoReplaceMessage(Device, data, length);
    if (NT_SUCCESS(status))
        *Information = length;
    return status;
}

/* ---- what the framework calls ---- */

VOID EchoEvtIoDeviceControl(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
                            size_t InputBufferLength, ULONG IoControlCode)
{
    PDEVICE_CONTEXT device = EchoGetDevice(WdfIoQueueGetDevice(Queue));
    NTSTATUS status = STATUS_SUCCESS;
    size_t information = 0;

    UNREFERENCED_PARAMETER(OutputBufferLength);
    EchoCountControl(device);
    switch (IoControlCode) {
    case IOCTL_ECHO_GET_STATISTICS:
        status = EchoGetStatistics(device, Request, &information);
        break;
    case IOCTL_ECHO_CLEAR:
        EchoClearMessage(device);
        break;
    case IOCTL_ECHO_SET_DELAY:
        status = EchoSetDelay(device, Request);
        break;
    case IOCTL_ECHO_BUFFERED:
    case IOCTL_ECHO_OUT_DIRECT:
        status = EchoGiveBack(Request, &information);
        break;
    case IOCTL_ECHO_NEITHER:
        status = EchoGiveBackLocked(Request, &information);
        break;
    case IOCTL_ECHO_IN_DIRECT:
        status = EchoTakeDirect(device, Request, InputBufferLength, &information);
        break;
    default:
        status = STATUS_INVALID_DEVICE_REQUEST;
        break;
    }
    WdfRequestCompleteWithInformation(Request, status, information);
    if (IoControlCode == IOCTL_ECHO_IN_DIRECT && NT_SUCCESS(status))
        EchoOfferToWaitingReads(device);
}

static BOOLEAN EchoIsNeither(WDFREQUEST Request)
{
    WDF_REQUEST_PARAMETERS parameters;
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(Request, &parameters);
    return parameters.Type == WdfRequestTypeDeviceControl &&
           parameters.Parameters.DeviceIoControl.IoControlCode == IOCTL_ECHO_NEITHER;
}

/* The addresses may be anything; to lock them finds out. */
static NTSTATUS EchoLockBuffers(WDFREQUEST Request)
{
    PREQUEST_CONTEXT context = EchoGetRequest(Request);
    PVOID input, output;
    size_t inputLength, outputLength;
    NTSTATUS status = WdfRequestRetrieveUnsafeUserInputBuffer(Request, 1, &input, &inputLength);
    if (NT_SUCCESS(status))
        status = WdfRequestRetrieveUnsafeUserOutputBuffer(Request, 1, &output, &outputLength);
    if (NT_SUCCESS(status))
        status = WdfRequestProbeAndLockUserBufferForRead(Request, input, inputLength,
                                                         &context->InputMemory);
    if (NT_SUCCESS(status))
        status = WdfRequestProbeAndLockUserBufferForWrite(Request, output, outputLength,
                                                          &context->OutputMemory);
    return status;
}

VOID EchoEvtIoInCallerContext(WDFDEVICE Device, WDFREQUEST Request)
{
    NTSTATUS status = EchoIsNeither(Request) ? EchoLockBuffers(Request) : STATUS_SUCCESS;
    if (NT_SUCCESS(status))
        status = WdfDeviceEnqueueRequest(Device, Request);
    if (!NT_SUCCESS(status))
        WdfRequestComplete(Request, status);
}
