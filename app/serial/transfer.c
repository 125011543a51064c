/*
 * Reads and writes. Each goes to its manual queue first; the pump then serves the oldest of both
 * for as long as bytes move, at both ends of the cable. A request that is not done goes back to the
 * head of its queue.
 */
#include "serial.h"

#include <wdfuse/poll.h>

/* Bytes on the cable at a time. */
#define SERIAL_PIECE 256

/* Two ends that echo each other do so for ever: after so many turns they wait. */
#define SERIAL_ECHO_TURNS 4
#define SERIAL_ECHO_PAUSE 10 /* ms */

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

/* What poll(2) says: the one thing here that Windows has no word for. A client whose read or write
 * is completed may poll at once, so it is said before. */
static VOID SerialTellPoll(PPORT_CONTEXT Port)
{
    ULONG events = 0;
    if (WdfuseTtyIsReadable(&Port->Tty))
        events |= WdfusePollIn;
    if (WdfuseTtyMaySend(&Port->Tty) && SerialRoom(Port) > 0)
        events |= WdfusePollOut;
    WdfuseDeviceSetPollEvents(WdfIoQueueGetDevice(Port->ReadQueue), events);
}

static VOID SerialEndRead(PPORT_CONTEXT Port, WDFREQUEST Request, NTSTATUS Status)
{
    Port->Reads--;
    SerialForgetRead(Port, Request);
    SerialTellPoll(Port);
    WdfRequestCompleteWithInformation(Request, Status, SerialGetRequest(Request)->Done);
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

static VOID SerialBeginRead(PPORT_CONTEXT Port, WDFREQUEST Request, size_t Length)
{
    if (Port->CurrentRead == Request)
        return;
    Port->CurrentRead = Request;
    SerialStopReadTimers(Port);
    if (WdfuseTtyIsCanonical(&Port->Tty))
        return; /* a line has all the time in the world */
    ULONGLONG total = SerialTotalTimeout(&Port->Timeouts, Length);
    if (total != 0)
        SerialTimerSet(&Port->TotalTimer, total);
    if (SerialGetRequest(Request)->Done > 0)
        SerialRestartInterval(Port);
}

VOID SerialRestartRead(PPORT_CONTEXT Port)
{
    SerialStopReadTimers(Port);
    Port->CurrentRead = NULL;
}

/* A read that has some bytes ends with them when the terminal becomes canonical. */
static BOOLEAN SerialReadIsDone(PPORT_CONTEXT Port, const REQUEST_CONTEXT *Context, size_t Length,
                                BOOLEAN LineIsEnded)
{
    if (WdfuseTtyIsCanonical(&Port->Tty))
        return LineIsEnded || Context->Done > 0;
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
    if (Port->Reads == 0 || !NT_SUCCESS(WdfIoQueueRetrieveNextRequest(Port->ReadQueue, &request)))
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
    BOOLEAN ended;
    size_t got =
        WdfuseTtyRead(&Port->Tty, (PUCHAR)buffer + context->Done, length - context->Done, &ended);
    context->Done += got;
    if (SerialReadIsDone(Port, context, length, ended)) {
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
    SerialLock(port);
    if (SerialTimerHasExpired(&port->TotalTimer))
        SerialTimeOut(port);
    SerialUnlock(port);
}

static VOID SerialEvtIntervalTimer(WDFTIMER Timer)
{
    PPORT_CONTEXT port = SerialPortOfTimer(Timer);
    SerialLock(port);
    if (SerialTimerHasExpired(&port->IntervalTimer))
        SerialTimeOut(port);
    SerialUnlock(port);
}

static VOID SerialEvtEchoTimer(WDFTIMER Timer)
{
    PPORT_CONTEXT port = SerialPortOfTimer(Timer);
    SerialLock(port);
    SerialPump(port);
    SerialUnlock(port);
}

/* ---- writes ---- */

/* Sends bytes of a write, or what there is to be sent without one. Returns how many are gone. */
static size_t SerialSend(PPORT_CONTEXT Port, const UCHAR *Bytes, size_t Length, PBOOLEAN Moved)
{
    UCHAR wire[SERIAL_PIECE];
    size_t done = 0, used, count;
    do {
        size_t room = min((size_t)SerialRoom(Port), sizeof(wire));
        count = WdfuseTtyTransmit(&Port->Tty, Bytes + done, Length - done, &used, wire, room);
        SerialDeliver(Port, wire, count);
        done += used;
        *Moved |= count > 0 || used > 0;
    } while (done < Length && (count > 0 || used > 0));
    return done;
}

/* TRUE: it waited for the writes before it, which are done. */
static BOOLEAN SerialServeControl(PPORT_CONTEXT Port, WDFREQUEST Request)
{
    WDF_REQUEST_PARAMETERS parameters;
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(Request, &parameters);
    if (parameters.Type != WdfRequestTypeDeviceControl)
        return FALSE;
    Port->Writes--;
    SerialTerminalResume(Port, Request, parameters.Parameters.DeviceIoControl.IoControlCode);
    return TRUE;
}

static VOID SerialEndWrite(PPORT_CONTEXT Port, WDFREQUEST Request, NTSTATUS Status)
{
    PREQUEST_CONTEXT context = SerialGetRequest(Request);
    Port->Writes--;
    Port->Unsent -= (ULONG)(context->Length - context->Done);
    SerialTellPoll(Port);
    WdfRequestCompleteWithInformation(Request, Status, context->Done);
}

/* The request is the oldest write. */
static BOOLEAN SerialContinueWrite(PPORT_CONTEXT Port, WDFREQUEST Request)
{
    PVOID buffer;
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, 1, &buffer, NULL);
    if (!NT_SUCCESS(status)) {
        SerialEndWrite(Port, Request, status);
        return TRUE;
    }
    BOOLEAN moved = FALSE;
    PREQUEST_CONTEXT context = SerialGetRequest(Request);
    size_t sent =
        SerialSend(Port, (PUCHAR)buffer + context->Done, context->Length - context->Done, &moved);
    context->Done += sent;
    Port->Unsent -= (ULONG)sent;
    if (context->Done < context->Length) {
        WdfRequestRequeue(Request);
        return moved;
    }
    SerialEndWrite(Port, Request, STATUS_SUCCESS);
    SerialRaise(Port, SERIAL_EV_TXEMPTY);
    return TRUE;
}

/* Serves the oldest write. TRUE if that changed something. */
static BOOLEAN SerialServeWrite(PPORT_CONTEXT Port)
{
    WDFREQUEST request;
    BOOLEAN moved = FALSE;
    (void)SerialSend(Port, (const UCHAR *)"", 0, &moved);
    if (Port->Writes == 0 || !NT_SUCCESS(WdfIoQueueRetrieveNextRequest(Port->WriteQueue, &request)))
        return moved;
    if (SerialServeControl(Port, request))
        return TRUE;
    if (WdfuseTtyMaySend(&Port->Tty) && SerialRoom(Port) > 0)
        return SerialContinueWrite(Port, request) || moved;
    WdfRequestRequeue(request);
    return moved;
}

/* ---- both ---- */

static BOOLEAN SerialServe(PPORT_CONTEXT Port)
{
    BOOLEAN moved = SerialServeWrite(Port);
    moved |= SerialServeRead(Port);
    SerialTellLines(Port);
    return moved;
}

VOID SerialPump(PPORT_CONTEXT Port)
{
    PPORT_CONTEXT peer = Port->Peer != Port ? Port->Peer : NULL;
    ULONG turns = 0;
    BOOLEAN moved = TRUE;
    SerialTellLines(Port);
    while (moved && turns < SERIAL_ECHO_TURNS) {
        ULONG echoed = Port->Tty.EchoedBytes;
        moved = SerialServe(Port);
        if (peer != NULL)
            moved |= SerialServe(peer);
        turns += Port->Tty.EchoedBytes != echoed;
    }
    if (moved)
        WdfTimerStart(Port->EchoTimer, WDF_REL_TIMEOUT_IN_MS(SERIAL_ECHO_PAUSE));
    SerialTellPoll(Port);
    if (peer != NULL)
        SerialTellPoll(peer);
}

static VOID SerialAccept(WDFQUEUE Queue, WDFREQUEST Request, size_t Length, BOOLEAN IsRead)
{
    PPORT_CONTEXT port = SerialGetPort(WdfIoQueueGetDevice(Queue));
    SerialLock(port);
    SerialGetRequest(Request)->Length = IsRead ? 0 : Length;
    NTSTATUS status =
        WdfRequestForwardToIoQueue(Request, IsRead ? port->ReadQueue : port->WriteQueue);
    if (NT_SUCCESS(status)) {
        port->Reads += IsRead;
        port->Writes += !IsRead;
        port->Unsent += IsRead ? 0 : (ULONG)Length;
        SerialPump(port);
    }
    SerialUnlock(port);
    if (!NT_SUCCESS(status))
        WdfRequestComplete(Request, status);
}

VOID SerialEvtRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    SerialAccept(Queue, Request, Length, TRUE);
}

VOID SerialEvtWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    SerialAccept(Queue, Request, Length, FALSE);
}

/* The client has given up. Bytes that were moved are moved: it is told how many. */
static VOID SerialGiveUp(PPORT_CONTEXT Port, WDFQUEUE Queue, WDFREQUEST Request)
{
    if (Queue == Port->ReadQueue)
        Port->Reads--;
    else
        Port->Writes--;
    PREQUEST_CONTEXT context = SerialGetRequest(Request);
    BOOLEAN was_current_read = SerialForgetRead(Port, Request);
    Port->Unsent -= context->Length > 0 ? (ULONG)(context->Length - context->Done) : 0;
    if (was_current_read)
        SerialPump(Port); /* the next one's time begins */
    WdfRequestCompleteWithInformation(
        Request, context->Done > 0 ? STATUS_SUCCESS : STATUS_CANCELLED, context->Done);
}

/*
 * The framework may call this inside WdfRequestForwardToIoQueue or WdfRequestRequeue, that is with
 * the lock: the rest has to be done by somebody else.
 */
static VOID SerialEvtCanceledOnQueue(WDFQUEUE Queue, WDFREQUEST Request)
{
    PPORT_CONTEXT port = SerialGetPort(WdfIoQueueGetDevice(Queue));
    SerialGetRequest(Request)->Queue = Queue;
    SerialGetRequest(Request)->Request = Request;
    WdfSpinLockAcquire(port->Driver->CanceledLock);
    InsertTailList(&port->Canceled, &SerialGetRequest(Request)->Entry);
    WdfSpinLockRelease(port->Driver->CanceledLock);
    WdfDpcEnqueue(port->CanceledDpc);
}

static PREQUEST_CONTEXT SerialTakeCanceled(PPORT_CONTEXT Port)
{
    PREQUEST_CONTEXT context = NULL;
    WdfSpinLockAcquire(Port->Driver->CanceledLock);
    if (!IsListEmpty(&Port->Canceled))
        context = CONTAINING_RECORD(RemoveHeadList(&Port->Canceled), REQUEST_CONTEXT, Entry);
    WdfSpinLockRelease(Port->Driver->CanceledLock);
    return context;
}

static VOID SerialEvtCanceledDpc(WDFDPC Dpc)
{
    PPORT_CONTEXT port = SerialGetPort(WdfDpcGetParentObject(Dpc));
    SerialLock(port);
    for (PREQUEST_CONTEXT context; (context = SerialTakeCanceled(port)) != NULL;)
        SerialGiveUp(port, context->Queue, context->Request);
    SerialUnlock(port);
}

VOID SerialAbort(PPORT_CONTEXT Port, WDFQUEUE Queue)
{
    WDFREQUEST request;
    while (NT_SUCCESS(WdfIoQueueRetrieveNextRequest(Queue, &request)))
        SerialGiveUp(Port, Queue, request);
}

VOID SerialDiscardWrites(PPORT_CONTEXT Port)
{
    WDFREQUEST request;
    while (NT_SUCCESS(WdfIoQueueRetrieveNextRequest(Port->WriteQueue, &request))) {
        if (SerialServeControl(Port, request))
            continue;
        PREQUEST_CONTEXT context = SerialGetRequest(request);
        Port->Unsent -= (ULONG)(context->Length - context->Done);
        context->Done = context->Length;
        SerialEndWrite(Port, request, STATUS_SUCCESS);
    }
}

static NTSTATUS SerialCreateWaitingQueue(WDFDEVICE Device, WDFQUEUE *Queue)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    config.EvtIoCanceledOnQueue = SerialEvtCanceledOnQueue;
    return WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES, Queue);
}

static NTSTATUS SerialCreateCanceled(WDFDEVICE Device)
{
    PPORT_CONTEXT port = SerialGetPort(Device);
    WDF_DPC_CONFIG config;
    WDF_DPC_CONFIG_INIT(&config, SerialEvtCanceledDpc);
    config.AutomaticSerialization = FALSE;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = Device;
    InitializeListHead(&port->Canceled);
    return WdfDpcCreate(&config, &attributes, &port->CanceledDpc);
}

static NTSTATUS SerialCreateTimer(WDFDEVICE Device, PFN_WDF_TIMER EvtTimer, WDFTIMER *Timer)
{
    WDF_TIMER_CONFIG config;
    WDF_TIMER_CONFIG_INIT(&config, EvtTimer);
    config.AutomaticSerialization = FALSE;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = Device;
    return WdfTimerCreate(&config, &attributes, Timer);
}

NTSTATUS SerialCreateTransfers(WDFDEVICE Device)
{
    PPORT_CONTEXT port = SerialGetPort(Device);
    NTSTATUS status = SerialCreateCanceled(Device);
    if (NT_SUCCESS(status))
        status = SerialCreateWaitingQueue(Device, &port->ReadQueue);
    if (NT_SUCCESS(status))
        status = SerialCreateWaitingQueue(Device, &port->WriteQueue);
    if (NT_SUCCESS(status))
        status = SerialCreateTimer(Device, SerialEvtTotalTimer, &port->TotalTimer.Timer);
    if (NT_SUCCESS(status))
        status = SerialCreateTimer(Device, SerialEvtIntervalTimer, &port->IntervalTimer.Timer);
    if (NT_SUCCESS(status))
        status = SerialCreateTimer(Device, SerialEvtEchoTimer, &port->EchoTimer);
    if (NT_SUCCESS(status))
        SerialTellPoll(port);
    return status;
}
