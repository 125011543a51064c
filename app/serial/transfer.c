/*
 * Reads and writes. Each goes to its manual queue first; the pump then serves the oldest of both
 * for as long as bytes move. A request that is not done goes back to the head of its queue.
 */
#include "serial.h"

#include <wdfuse/poll.h>

/* ---- timers ---- */

static VOID SerialTimerSet(PSERIAL_TIMER Timer, ULONGLONG Milliseconds)
{
    WdfTimerStart(Timer->Timer, WDF_REL_TIMEOUT_IN_MS(Milliseconds));
    Timer->IsSet = TRUE;
}

static VOID SerialTimerStop(PSERIAL_TIMER Timer)
{
    if (Timer->IsSet && !WdfTimerStop(Timer->Timer, FALSE))
        Timer->StaleExpiries++; /* its callback is on the way */
    Timer->IsSet = FALSE;
}

/* For its callback: whether the expiry is meant. */
static BOOLEAN SerialTimerHasExpired(PSERIAL_TIMER Timer)
{
    if (Timer->StaleExpiries > 0) {
        Timer->StaleExpiries--;
        return FALSE;
    }
    Timer->IsSet = FALSE;
    return TRUE;
}

/* ---- the current read ---- */

static BOOLEAN SerialReturnsAtOnce(const SERIAL_TIMEOUTS *Timeouts)
{
    return Timeouts->ReadIntervalTimeout == MAXULONG && Timeouts->ReadTotalTimeoutMultiplier == 0 &&
           Timeouts->ReadTotalTimeoutConstant == 0;
}

static BOOLEAN SerialWantsAnyByte(const SERIAL_TIMEOUTS *Timeouts)
{
    return Timeouts->ReadIntervalTimeout == MAXULONG &&
           Timeouts->ReadTotalTimeoutMultiplier == MAXULONG;
}

/* The total timeout of a read of that length; 0: none. */
static ULONGLONG SerialTotalTimeout(const SERIAL_TIMEOUTS *Timeouts, size_t Length)
{
    if (SerialWantsAnyByte(Timeouts))
        return Timeouts->ReadTotalTimeoutConstant;
    return (ULONGLONG)Timeouts->ReadTotalTimeoutMultiplier * Length +
           Timeouts->ReadTotalTimeoutConstant;
}

static VOID SerialStopReadTimers(PPORT_CONTEXT Port)
{
    SerialTimerStop(&Port->TotalTimer);
    SerialTimerStop(&Port->IntervalTimer);
}

/* FALSE: it was not the current one. */
static BOOLEAN SerialForgetRead(PPORT_CONTEXT Port, WDFREQUEST Request)
{
    if (Port->CurrentRead != Request)
        return FALSE;
    SerialStopReadTimers(Port);
    Port->CurrentRead = NULL;
    return TRUE;
}

static VOID SerialEndRead(PPORT_CONTEXT Port, WDFREQUEST Request, NTSTATUS Status)
{
    SerialForgetRead(Port, Request);
    WdfRequestCompleteWithInformation(Request, Status, SerialGetRequest(Request)->Done);
}

static VOID SerialBeginRead(PPORT_CONTEXT Port, WDFREQUEST Request, size_t Length)
{
    if (Port->CurrentRead == Request)
        return;
    Port->CurrentRead = Request;
    SerialStopReadTimers(Port);
    ULONGLONG total = SerialTotalTimeout(&Port->Timeouts, Length);
    if (total != 0)
        SerialTimerSet(&Port->TotalTimer, total);
}

/* The time since the last byte, once there was one. */
static VOID SerialRestartInterval(PPORT_CONTEXT Port)
{
    ULONG interval = Port->Timeouts.ReadIntervalTimeout;
    if (interval == 0 || interval == MAXULONG)
        return;
    SerialTimerStop(&Port->IntervalTimer);
    SerialTimerSet(&Port->IntervalTimer, interval);
}

static BOOLEAN SerialReadIsDone(PPORT_CONTEXT Port, const REQUEST_CONTEXT *Context, size_t Length)
{
    if (Port->Minimum > 0 && Context->Done >= Port->Minimum)
        return TRUE;
    if (Context->Done == Length || SerialReturnsAtOnce(&Port->Timeouts))
        return TRUE;
    return Context->Done > 0 && SerialWantsAnyByte(&Port->Timeouts);
}

/* Serves the oldest read. TRUE if that changed something. */
static BOOLEAN SerialServeRead(PPORT_CONTEXT Port)
{
    WDFREQUEST request;
    if (!NT_SUCCESS(WdfIoQueueRetrieveNextRequest(Port->ReadQueue, &request)))
        return FALSE;
    PVOID buffer;
    size_t length;
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(request, 1, &buffer, &length);
    if (!NT_SUCCESS(status)) {
        SerialEndRead(Port, request, status);
        return TRUE;
    }
    PREQUEST_CONTEXT context = SerialGetRequest(request);
    SerialBeginRead(Port, request, length);
    size_t got = SerialRingGet(&Port->Ring, (PUCHAR)buffer + context->Done, length - context->Done);
    context->Done += got;
    if (SerialReadIsDone(Port, context, length)) {
        SerialEndRead(Port, request, STATUS_SUCCESS);
        return TRUE;
    }
    if (got > 0)
        SerialRestartInterval(Port);
    WdfRequestRequeue(request);
    return got > 0;
}

static PPORT_CONTEXT SerialPortOfTimer(WDFTIMER Timer)
{
    return SerialGetPort(WdfTimerGetParentObject(Timer));
}

/* The current read has had its time. */
static VOID SerialTimeOut(PPORT_CONTEXT Port)
{
    WDFREQUEST request;
    if (!NT_SUCCESS(WdfIoQueueRetrieveNextRequest(Port->ReadQueue, &request)))
        return;
    if (Port->CurrentRead == request)
        SerialEndRead(Port, request, STATUS_TIMEOUT);
    else
        WdfRequestRequeue(request); /* the one that was meant has just been cancelled */
    SerialPump(Port);
}

static VOID SerialEvtTotalTimer(WDFTIMER Timer)
{
    PPORT_CONTEXT port = SerialPortOfTimer(Timer);
    if (SerialTimerHasExpired(&port->TotalTimer))
        SerialTimeOut(port);
}

static VOID SerialEvtIntervalTimer(WDFTIMER Timer)
{
    PPORT_CONTEXT port = SerialPortOfTimer(Timer);
    if (SerialTimerHasExpired(&port->IntervalTimer))
        SerialTimeOut(port);
}

/* ---- writes ---- */

static VOID SerialTellReceived(PPORT_CONTEXT Port, const UCHAR *Bytes, size_t Count)
{
    ULONG events = SERIAL_EV_RXCHAR;
    for (size_t i = 0; i < Count && Port->Chars.EventChar != 0; i++) {
        if (Bytes[i] == Port->Chars.EventChar)
            events |= SERIAL_EV_RXFLAG;
    }
    if (Port->Ring.Count >= SERIAL_BUFFER_SIZE / 5 * 4)
        events |= SERIAL_EV_RX80FULL;
    SerialRaise(Port, events);
}

static BOOLEAN SerialServeWrite(PPORT_CONTEXT Port)
{
    WDFREQUEST request;
    if (Port->Tty.IsStopped ||
        !NT_SUCCESS(WdfIoQueueRetrieveNextRequest(Port->WriteQueue, &request)))
        return FALSE;
    PVOID buffer;
    size_t length;
    NTSTATUS status = WdfRequestRetrieveInputBuffer(request, 1, &buffer, &length);
    if (!NT_SUCCESS(status)) {
        WdfRequestComplete(request, status);
        return TRUE;
    }
    PREQUEST_CONTEXT context = SerialGetRequest(request);
    const UCHAR *rest = (PUCHAR)buffer + context->Done;
    size_t put = SerialRingPut(&Port->Ring, rest, length - context->Done);
    context->Done += put;
    if (put > 0)
        SerialTellReceived(Port, rest, put);
    if (context->Done < length) {
        WdfRequestRequeue(request);
        return put > 0;
    }
    WdfRequestCompleteWithInformation(request, STATUS_SUCCESS, length);
    SerialRaise(Port, SERIAL_EV_TXEMPTY);
    return TRUE;
}

/* ---- both ---- */

/* What poll(2) says: the one thing here that Windows has no word for. */
static VOID SerialTellPoll(PPORT_CONTEXT Port)
{
    ULONG events = 0;
    if (Port->Ring.Count > 0)
        events |= WdfusePollIn;
    if (Port->Ring.Count < SERIAL_BUFFER_SIZE && !Port->Tty.IsStopped)
        events |= WdfusePollOut;
    WdfuseDeviceSetPollEvents(WdfIoQueueGetDevice(Port->ReadQueue), events);
}

VOID SerialPump(PPORT_CONTEXT Port)
{
    BOOLEAN moved = TRUE;
    while (moved) {
        moved = SerialServeWrite(Port);
        moved |= SerialServeRead(Port);
    }
    SerialTellPoll(Port);
}

static VOID SerialAccept(WDFQUEUE Queue, WDFREQUEST Request, BOOLEAN IsRead)
{
    PPORT_CONTEXT port = SerialGetPort(WdfIoQueueGetDevice(Queue));
    NTSTATUS status =
        WdfRequestForwardToIoQueue(Request, IsRead ? port->ReadQueue : port->WriteQueue);
    if (NT_SUCCESS(status))
        SerialPump(port);
    else
        WdfRequestComplete(Request, status);
}

VOID SerialEvtRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Length);
    SerialAccept(Queue, Request, TRUE);
}

VOID SerialEvtWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Length);
    SerialAccept(Queue, Request, FALSE);
}

/* The client has given up. Bytes that were moved are moved: it is told how many. */
static VOID SerialEvtCanceledOnQueue(WDFQUEUE Queue, WDFREQUEST Request)
{
    PPORT_CONTEXT port = SerialGetPort(WdfIoQueueGetDevice(Queue));
    PREQUEST_CONTEXT context = SerialGetRequest(Request);
    BOOLEAN was_current_read = SerialForgetRead(port, Request);
    WdfRequestCompleteWithInformation(
        Request, context->Done > 0 ? STATUS_SUCCESS : STATUS_CANCELLED, context->Done);
    if (was_current_read)
        SerialPump(port); /* the next one's time begins */
}

VOID SerialAbort(WDFQUEUE Queue)
{
    WDFREQUEST request;
    while (NT_SUCCESS(WdfIoQueueRetrieveNextRequest(Queue, &request)))
        SerialEvtCanceledOnQueue(Queue, request);
}

static NTSTATUS SerialCreateWaitingQueue(WDFDEVICE Device, WDFQUEUE *Queue)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    config.EvtIoCanceledOnQueue = SerialEvtCanceledOnQueue;
    return WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES, Queue);
}

static NTSTATUS SerialCreateTimer(WDFDEVICE Device, PFN_WDF_TIMER EvtTimer, PSERIAL_TIMER Timer)
{
    WDF_TIMER_CONFIG config;
    WDF_TIMER_CONFIG_INIT(&config, EvtTimer);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = Device;
    return WdfTimerCreate(&config, &attributes, &Timer->Timer);
}

NTSTATUS SerialCreateTransfers(WDFDEVICE Device)
{
    PPORT_CONTEXT port = SerialGetPort(Device);
    NTSTATUS status = SerialCreateWaitingQueue(Device, &port->ReadQueue);
    if (NT_SUCCESS(status))
        status = SerialCreateWaitingQueue(Device, &port->WriteQueue);
    if (NT_SUCCESS(status))
        status = SerialCreateTimer(Device, SerialEvtTotalTimer, &port->TotalTimer);
    if (NT_SUCCESS(status))
        status = SerialCreateTimer(Device, SerialEvtIntervalTimer, &port->IntervalTimer);
    if (NT_SUCCESS(status))
        SerialTellPoll(port);
    return status;
}
