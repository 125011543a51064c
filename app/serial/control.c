/* Device controls: settings, the lines of the port, and waiting for events. */
#include "serial.h"

#define SERIAL_EVENTS                                                                              \
    (SERIAL_EV_RXCHAR | SERIAL_EV_RXFLAG | SERIAL_EV_TXEMPTY | SERIAL_EV_CTS | SERIAL_EV_DSR |     \
     SERIAL_EV_RLSD | SERIAL_EV_BREAK | SERIAL_EV_ERR | SERIAL_EV_RING | SERIAL_EV_PERR |          \
     SERIAL_EV_RX80FULL | SERIAL_EV_EVENT1 | SERIAL_EV_EVENT2)

#define SERIAL_PURGES                                                                              \
    (SERIAL_PURGE_TXABORT | SERIAL_PURGE_RXABORT | SERIAL_PURGE_TXCLEAR | SERIAL_PURGE_RXCLEAR)

/* ---- input and output ---- */

static NTSTATUS SerialGetInput(WDFREQUEST Request, PVOID Value, size_t Size)
{
    PVOID input;
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, Size, &input, NULL);
    if (NT_SUCCESS(status))
        RtlCopyMemory(Value, input, Size);
    return status;
}

static NTSTATUS SerialPutOutput(WDFREQUEST Request, const VOID *Value, size_t Size)
{
    PVOID output;
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, Size, &output, NULL);
    if (!NT_SUCCESS(status))
        return status;
    RtlCopyMemory(output, Value, Size);
    WdfRequestSetInformation(Request, Size);
    return status;
}

static NTSTATUS SerialPutNumber(WDFREQUEST Request, ULONG Number)
{
    return SerialPutOutput(Request, &Number, sizeof(Number));
}

/* ---- waiting for events ---- */

static BOOLEAN SerialEndWait(PPORT_CONTEXT Port, ULONG Events)
{
    WDFREQUEST request;
    if (!NT_SUCCESS(WdfIoQueueRetrieveNextRequest(Port->WaitQueue, &request)))
        return FALSE;
    WdfRequestComplete(request, SerialPutNumber(request, Events));
    return TRUE;
}

VOID SerialRaise(PPORT_CONTEXT Port, ULONG Events)
{
    Port->Events |= Events & Port->WaitMask;
    if (Port->Events != 0 && SerialEndWait(Port, Port->Events))
        Port->Events = 0;
}

static NTSTATUS SerialSetWaitMask(PPORT_CONTEXT Port, WDFREQUEST Request)
{
    ULONG mask;
    NTSTATUS status = SerialGetInput(Request, &mask, sizeof(mask));
    if (!NT_SUCCESS(status))
        return status;
    if (mask & ~(ULONG)SERIAL_EVENTS)
        return STATUS_INVALID_PARAMETER;
    SerialEndWait(Port, 0); /* whoever waits for the old mask waits no longer */
    Port->WaitMask = mask;
    Port->Events = 0;
    return STATUS_SUCCESS;
}

/* STATUS_PENDING: the request waits. */
static NTSTATUS SerialWaitOnMask(PPORT_CONTEXT Port, WDFREQUEST Request)
{
    PVOID output;
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, sizeof(ULONG), &output, NULL);
    if (!NT_SUCCESS(status))
        return status;
    ULONG waiting;
    WdfIoQueueGetState(Port->WaitQueue, &waiting, NULL);
    if (Port->WaitMask == 0 || waiting > 0)
        return STATUS_INVALID_PARAMETER;
    if (Port->Events != 0) {
        status = SerialPutNumber(Request, Port->Events);
        Port->Events = 0;
        return status;
    }
    status = WdfRequestForwardToIoQueue(Request, Port->WaitQueue);
    return NT_SUCCESS(status) ? STATUS_PENDING : status;
}

/* ---- lines ---- */

static ULONG SerialModemStatus(const PORT_CONTEXT *Port)
{
    ULONG status = 0;
    if (Port->Tty.Inputs & WdfuseTtyDsr)
        status |= SERIAL_DSR_STATE;
    if (Port->Tty.Inputs & WdfuseTtyDcd)
        status |= SERIAL_DCD_STATE;
    if (Port->Tty.Inputs & WdfuseTtyCts)
        status |= SERIAL_CTS_STATE;
    return status;
}

static ULONG SerialModemControl(const PORT_CONTEXT *Port)
{
    ULONG outputs = WdfuseTtyLines(&Port->Tty);
    ULONG control = 0;
    if (outputs & WdfuseTtyDtr)
        control |= SERIAL_DTR_STATE;
    if (outputs & WdfuseTtyRts)
        control |= SERIAL_RTS_STATE;
    return control;
}

static NTSTATUS SerialSetLine(PPORT_CONTEXT Port, ULONG Line, BOOLEAN IsOn)
{
    if (IsOn)
        Port->Tty.Outputs |= Line;
    else
        Port->Tty.Outputs &= ~Line;
    SerialTellLines(Port);
    SerialPump(Port);
    return STATUS_SUCCESS;
}

/* ---- settings ---- */

static NTSTATUS SerialSetBaudRate(PPORT_CONTEXT Port, WDFREQUEST Request)
{
    SERIAL_BAUD_RATE rate;
    NTSTATUS status = SerialGetInput(Request, &rate, sizeof(rate));
    if (NT_SUCCESS(status) && rate.BaudRate == 0)
        status = STATUS_INVALID_PARAMETER;
    if (NT_SUCCESS(status))
        Port->BaudRate = rate;
    return status;
}

static NTSTATUS SerialSetLineControl(PPORT_CONTEXT Port, WDFREQUEST Request)
{
    SERIAL_LINE_CONTROL control;
    NTSTATUS status = SerialGetInput(Request, &control, sizeof(control));
    if (!NT_SUCCESS(status))
        return status;
    if (control.WordLength < 5 || control.WordLength > 8 || control.Parity > SPACE_PARITY ||
        control.StopBits > STOP_BITS_2)
        return STATUS_INVALID_PARAMETER;
    Port->LineControl = control;
    return STATUS_SUCCESS;
}

static NTSTATUS SerialSetTimeouts(PPORT_CONTEXT Port, WDFREQUEST Request)
{
    SERIAL_TIMEOUTS timeouts;
    NTSTATUS status = SerialGetInput(Request, &timeouts, sizeof(timeouts));
    if (!NT_SUCCESS(status))
        return status;
    if (timeouts.ReadIntervalTimeout == MAXULONG &&
        timeouts.ReadTotalTimeoutMultiplier == MAXULONG &&
        timeouts.ReadTotalTimeoutConstant == MAXULONG)
        return STATUS_INVALID_PARAMETER;
    Port->Timeouts = timeouts;
    Port->Minimum = 0;
    return STATUS_SUCCESS;
}

static NTSTATUS SerialPurge(PPORT_CONTEXT Port, WDFREQUEST Request)
{
    ULONG purges;
    NTSTATUS status = SerialGetInput(Request, &purges, sizeof(purges));
    if (!NT_SUCCESS(status))
        return status;
    if (purges == 0 || (purges & ~(ULONG)SERIAL_PURGES))
        return STATUS_INVALID_PARAMETER;
    if (purges & SERIAL_PURGE_TXABORT)
        SerialAbort(Port, Port->WriteQueue);
    if (purges & SERIAL_PURGE_RXABORT)
        SerialAbort(Port, Port->ReadQueue);
    if (purges & SERIAL_PURGE_RXCLEAR)
        WdfuseTtyDiscard(&Port->Tty);
    SerialPump(Port);
    return STATUS_SUCCESS;
}

static NTSTATUS SerialGetCommStatus(PPORT_CONTEXT Port, WDFREQUEST Request)
{
    SERIAL_STATUS state;
    RtlZeroMemory(&state, sizeof(state));
    state.AmountInInQueue = SERIAL_BUFFER_SIZE - WdfuseTtyRoom(&Port->Tty);
    state.AmountInOutQueue = Port->Unsent;
    return SerialPutOutput(Request, &state, sizeof(state));
}

/* ---- dispatch ---- */

static NTSTATUS SerialControl(PPORT_CONTEXT Port, WDFREQUEST Request, ULONG Code)
{
    switch (Code) {
    case IOCTL_SERIAL_SET_BAUD_RATE:
        return SerialSetBaudRate(Port, Request);
    case IOCTL_SERIAL_GET_BAUD_RATE:
        return SerialPutOutput(Request, &Port->BaudRate, sizeof(Port->BaudRate));
    case IOCTL_SERIAL_SET_LINE_CONTROL:
        return SerialSetLineControl(Port, Request);
    case IOCTL_SERIAL_GET_LINE_CONTROL:
        return SerialPutOutput(Request, &Port->LineControl, sizeof(Port->LineControl));
    case IOCTL_SERIAL_SET_TIMEOUTS:
        return SerialSetTimeouts(Port, Request);
    case IOCTL_SERIAL_GET_TIMEOUTS:
        return SerialPutOutput(Request, &Port->Timeouts, sizeof(Port->Timeouts));
    case IOCTL_SERIAL_SET_CHARS:
        return SerialGetInput(Request, &Port->Chars, sizeof(Port->Chars));
    case IOCTL_SERIAL_GET_CHARS:
        return SerialPutOutput(Request, &Port->Chars, sizeof(Port->Chars));
    case IOCTL_SERIAL_SET_HANDFLOW:
        return SerialGetInput(Request, &Port->HandFlow, sizeof(Port->HandFlow));
    case IOCTL_SERIAL_GET_HANDFLOW:
        return SerialPutOutput(Request, &Port->HandFlow, sizeof(Port->HandFlow));
    case IOCTL_SERIAL_SET_DTR:
    case IOCTL_SERIAL_CLR_DTR:
        return SerialSetLine(Port, WdfuseTtyDtr, Code == IOCTL_SERIAL_SET_DTR);
    case IOCTL_SERIAL_SET_RTS:
    case IOCTL_SERIAL_CLR_RTS:
        return SerialSetLine(Port, WdfuseTtyRts, Code == IOCTL_SERIAL_SET_RTS);
    case IOCTL_SERIAL_GET_DTRRTS:
        return SerialPutNumber(Request, SerialModemControl(Port));
    case IOCTL_SERIAL_GET_MODEMSTATUS:
        return SerialPutNumber(Request, SerialModemStatus(Port));
    case IOCTL_SERIAL_GET_COMMSTATUS:
        return SerialGetCommStatus(Port, Request);
    case IOCTL_SERIAL_GET_WAIT_MASK:
        return SerialPutNumber(Request, Port->WaitMask);
    case IOCTL_SERIAL_SET_WAIT_MASK:
        return SerialSetWaitMask(Port, Request);
    case IOCTL_SERIAL_WAIT_ON_MASK:
        return SerialWaitOnMask(Port, Request);
    case IOCTL_SERIAL_PURGE:
        return SerialPurge(Port, Request);
    default:
        return SerialTerminalControl(Port, Request, Code);
    }
}

VOID SerialEvtDeviceControl(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
                            size_t InputBufferLength, ULONG IoControlCode)
{
    UNREFERENCED_PARAMETER(OutputBufferLength);
    UNREFERENCED_PARAMETER(InputBufferLength);
    PPORT_CONTEXT port = SerialGetPort(WdfIoQueueGetDevice(Queue));
    SerialLock(port);
    NTSTATUS status = SerialControl(port, Request, IoControlCode);
    SerialUnlock(port);
    if (status != STATUS_PENDING)
        WdfRequestComplete(Request, status);
}

NTSTATUS SerialCreateControls(WDFDEVICE Device)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    return WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES,
                            &SerialGetPort(Device)->WaitQueue);
}
