/*
 * The port as a Linux terminal: stty, picocom and other programs use ioctl numbers of their own,
 * which <wdfuse/tty.h> answers. What they set also applies to clients that use the Windows codes.
 */
#include "serial.h"

/* VMIN and VTIME, by their numbers in Characters. */
#define SERIAL_VTIME 5
#define SERIAL_VMIN  6

/* Of ControlFlags. */
#define SERIAL_TWO_STOP_BITS 0x0040
#define SERIAL_PARITY        0x0100
#define SERIAL_ODD_PARITY    0x0200

/* ---- settings ---- */

static UCHAR SerialParity(ULONG ControlFlags)
{
    if (!(ControlFlags & SERIAL_PARITY))
        return NO_PARITY;
    return ControlFlags & SERIAL_ODD_PARITY ? ODD_PARITY : EVEN_PARITY;
}

/* When a read ends. VTIME is in tenths of a second, from the start of the read if VMIN is 0, else
 * from the last byte. */
static VOID SerialApplyTiming(PPORT_CONTEXT Port)
{
    ULONG time = Port->Tty.Settings.Characters[SERIAL_VTIME] * 100;
    SERIAL_TIMEOUTS *timeouts = &Port->Timeouts;
    RtlZeroMemory(timeouts, sizeof(*timeouts));
    Port->Minimum = Port->Tty.Settings.Characters[SERIAL_VMIN];
    if (Port->Minimum > 0) {
        timeouts->ReadIntervalTimeout = time;
        return;
    }
    timeouts->ReadIntervalTimeout = MAXULONG;
    if (time > 0) {
        timeouts->ReadTotalTimeoutMultiplier = MAXULONG;
        timeouts->ReadTotalTimeoutConstant = time;
    }
}

static VOID SerialApplySettings(PPORT_CONTEXT Port)
{
    ULONG flags = Port->Tty.Settings.ControlFlags;
    if (Port->Tty.Settings.OutputSpeed != 0)
        Port->BaudRate.BaudRate = Port->Tty.Settings.OutputSpeed;
    Port->LineControl.WordLength = (UCHAR)(5 + (flags >> 4 & 3));
    Port->LineControl.StopBits = flags & SERIAL_TWO_STOP_BITS ? STOP_BITS_2 : STOP_BIT_1;
    Port->LineControl.Parity = SerialParity(flags);
    SerialApplyTiming(Port);
}

/* ---- lines ---- */

static VOID SerialApplyLines(PPORT_CONTEXT Port)
{
    ULONG lines = 0;
    if (Port->Tty.Outputs & WdfuseTtyDtr)
        lines |= SERIAL_DTR_STATE;
    if (Port->Tty.Outputs & WdfuseTtyRts)
        lines |= SERIAL_RTS_STATE;
    SerialSetLines(Port, SERIAL_DTR_STATE | SERIAL_RTS_STATE, lines);
}

/* Completes the waits for one of these lines. */
static VOID SerialEndLineWaits(PPORT_CONTEXT Port, ULONG Changed)
{
    WDFREQUEST before = NULL, found, request;
    while (NT_SUCCESS(WdfIoQueueFindRequest(Port->LineQueue, before, NULL, NULL, &found))) {
        if (before != NULL)
            WdfObjectDereference(before);
        before = found;
        if (!WdfuseTtyIsAwaited(found, Changed))
            continue;
        if (NT_SUCCESS(WdfIoQueueRetrieveFoundRequest(Port->LineQueue, found, &request)))
            WdfRequestComplete(request, STATUS_SUCCESS);
        WdfObjectDereference(found);
        before = NULL; /* from the beginning: it is gone */
    }
    if (before != NULL)
        WdfObjectDereference(before);
}

VOID SerialTellLines(PPORT_CONTEXT Port, ULONG ModemStatus)
{
    ULONG lines = 0;
    if (ModemStatus & SERIAL_CTS_STATE)
        lines |= WdfuseTtyCts;
    if (ModemStatus & SERIAL_DSR_STATE)
        lines |= WdfuseTtyDsr;
    if (ModemStatus & SERIAL_DCD_STATE)
        lines |= WdfuseTtyDcd;
    Port->Tty.Outputs = 0;
    if (Port->ModemControl & SERIAL_DTR_STATE)
        Port->Tty.Outputs |= WdfuseTtyDtr;
    if (Port->ModemControl & SERIAL_RTS_STATE)
        Port->Tty.Outputs |= WdfuseTtyRts;
    ULONG changed = WdfuseTtySetInputs(&Port->Tty, lines);
    if (changed != 0)
        SerialEndLineWaits(Port, changed);
}

/* ---- controls ---- */

/* The plug returns a break to the port itself. There is no output to discard: bytes that are not
 * sent belong to writes that wait. */
static VOID SerialAct(PPORT_CONTEXT Port, ULONG Actions)
{
    if (Actions & WdfuseTtyApplySettings)
        SerialApplySettings(Port);
    if (Actions & WdfuseTtyApplyLines)
        SerialApplyLines(Port);
    if (Actions & WdfuseTtyFlushInput)
        Port->Ring.Count = 0;
    if (Actions & WdfuseTtySendBreak || (Actions & WdfuseTtyApplyBreak && Port->Tty.IsBreaking))
        SerialRaise(Port, SERIAL_EV_BREAK);
    if (Actions & (WdfuseTtyApplySettings | WdfuseTtyFlushInput | WdfuseTtyApplyStop))
        SerialPump(Port);
}

NTSTATUS SerialTerminalControl(PPORT_CONTEXT Port, WDFREQUEST Request, ULONG Code)
{
    ULONG actions;
    Port->Tty.Received = Port->Ring.Count;
    NTSTATUS status = WdfuseTtyControl(&Port->Tty, Request, Code, &actions);
    SerialAct(Port, actions);
    if (status != STATUS_PENDING)
        return status;
    status = WdfRequestForwardToIoQueue(Request, Port->LineQueue);
    return NT_SUCCESS(status) ? STATUS_PENDING : status;
}

/* ---- files ---- */

/* With the lock of the device, under which the other callbacks run. */
VOID SerialEvtFileCreate(WDFDEVICE Device, WDFREQUEST Request, WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(FileObject);
    WdfObjectAcquireLock(Device);
    NTSTATUS status = WdfuseTtyOpen(&SerialGetPort(Device)->Tty);
    WdfObjectReleaseLock(Device);
    WdfRequestComplete(Request, status);
}

VOID SerialEvtFileClose(WDFFILEOBJECT FileObject)
{
    WDFDEVICE device = WdfFileObjectGetDevice(FileObject);
    WdfObjectAcquireLock(device);
    WdfuseTtyClose(&SerialGetPort(device)->Tty);
    WdfObjectReleaseLock(device);
}

NTSTATUS SerialCreateTerminal(WDFDEVICE Device)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    return WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES,
                            &SerialGetPort(Device)->LineQueue);
}
