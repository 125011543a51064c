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
    SerialRestartRead(Port);
}

/* ---- lines ---- */

VOID SerialEndLineWaits(PPORT_CONTEXT Port, ULONG Changed)
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

/* ---- controls ---- */

static VOID SerialAct(PPORT_CONTEXT Port, ULONG Actions)
{
    if (Actions & WdfuseTtyApplySettings)
        SerialApplySettings(Port);
    if (Actions & WdfuseTtyFlushOutput)
        SerialDiscardWrites(Port);
    if (Actions & WdfuseTtySendBreak || (Actions & WdfuseTtyApplyBreak && Port->Tty.IsBreaking))
        SerialDeliverBreak(Port);
    if (Actions != 0)
        SerialPump(Port);
}

NTSTATUS SerialTerminalControl(PPORT_CONTEXT Port, WDFREQUEST Request, ULONG Code)
{
    ULONG actions;
    Port->Tty.Unsent = Port->Unsent;
    NTSTATUS status = WdfuseTtyControl(&Port->Tty, Request, Code, &actions);
    if (status != STATUS_PENDING) {
        SerialAct(Port, actions);
        return status;
    }
    BOOLEAN is_for_output = (actions & WdfuseTtyWaitForOutput) != 0;
    status =
        WdfRequestForwardToIoQueue(Request, is_for_output ? Port->WriteQueue : Port->LineQueue);
    Port->Writes += NT_SUCCESS(status) && is_for_output;
    return NT_SUCCESS(status) ? STATUS_PENDING : status;
}

/* Of the writes that are there now, all have come later. */
VOID SerialTerminalResume(PPORT_CONTEXT Port, WDFREQUEST Request, ULONG Code)
{
    ULONG actions;
    Port->Tty.Unsent = 0;
    NTSTATUS status = WdfuseTtyControl(&Port->Tty, Request, Code, &actions);
    WdfRequestComplete(Request, status);
    if (actions & WdfuseTtyApplySettings)
        SerialApplySettings(Port);
    if (actions & (WdfuseTtySendBreak | WdfuseTtyApplyBreak))
        SerialDeliverBreak(Port);
}

/* ---- files ---- */

VOID SerialEvtFileCreate(WDFDEVICE Device, WDFREQUEST Request, WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(FileObject);
    PPORT_CONTEXT port = SerialGetPort(Device);
    SerialLock(port);
    NTSTATUS status = WdfuseTtyOpen(&port->Tty);
    SerialPump(port);
    SerialUnlock(port);
    WdfRequestComplete(Request, status);
}

VOID SerialEvtFileClose(WDFFILEOBJECT FileObject)
{
    PPORT_CONTEXT port = SerialGetPort(WdfFileObjectGetDevice(FileObject));
    SerialLock(port);
    WdfuseTtyClose(&port->Tty);
    SerialPump(port);
    SerialUnlock(port);
}

NTSTATUS SerialCreateTerminal(WDFDEVICE Device)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    return WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES,
                            &SerialGetPort(Device)->LineQueue);
}
