/*
 * The cable. A single port has a plug that connects DTR with DSR and DCD, RTS with CTS, and what it
 * sends with what it receives. A null-modem cable does so between two ports.
 */
#include "serial.h"

VOID SerialLock(PPORT_CONTEXT Port)
{
    WdfSpinLockAcquire(Port->Driver->Lock);
}

VOID SerialUnlock(PPORT_CONTEXT Port)
{
    WdfSpinLockRelease(Port->Driver->Lock);
}

/* ---- lines ---- */

static ULONG SerialLinesFrom(const PORT_CONTEXT *Peer)
{
    ULONG outputs = Peer != NULL ? WdfuseTtyLines(&Peer->Tty) : 0;
    ULONG lines = 0;
    if (outputs & WdfuseTtyDtr)
        lines |= WdfuseTtyDsr | WdfuseTtyDcd;
    if (outputs & WdfuseTtyRts)
        lines |= WdfuseTtyCts;
    return lines;
}

static VOID SerialTellEnd(PPORT_CONTEXT Port)
{
    ULONG changed = WdfuseTtySetInputs(&Port->Tty, SerialLinesFrom(Port->Peer));
    ULONG events = 0;
    if (changed == 0)
        return;
    if (changed & WdfuseTtyDsr)
        events |= SERIAL_EV_DSR;
    if (changed & WdfuseTtyDcd)
        events |= SERIAL_EV_RLSD;
    if (changed & WdfuseTtyCts)
        events |= SERIAL_EV_CTS;
    SerialRaise(Port, events);
    SerialEndLineWaits(Port, changed);
}

VOID SerialTellLines(PPORT_CONTEXT Port)
{
    SerialTellEnd(Port);
    if (Port->Peer != NULL && Port->Peer != Port)
        SerialTellEnd(Port->Peer);
}

/* ---- data ---- */

/* Into a cable that ends nowhere goes everything. */
ULONG SerialRoom(const PORT_CONTEXT *Port)
{
    return Port->Peer != NULL ? WdfuseTtyRoom(&Port->Peer->Tty) : SERIAL_BUFFER_SIZE;
}

static VOID SerialTellReceived(PPORT_CONTEXT Port, const UCHAR *Bytes, size_t Count)
{
    ULONG events = SERIAL_EV_RXCHAR;
    for (size_t i = 0; i < Count && Port->Chars.EventChar != 0; i++) {
        if (Bytes[i] == Port->Chars.EventChar)
            events |= SERIAL_EV_RXFLAG;
    }
    if (WdfuseTtyRoom(&Port->Tty) <= SERIAL_BUFFER_SIZE / 5)
        events |= SERIAL_EV_RX80FULL;
    SerialRaise(Port, events);
}

VOID SerialDeliver(PPORT_CONTEXT Port, const UCHAR *Bytes, size_t Count)
{
    if (Port->Peer == NULL || Count == 0)
        return;
    WdfuseTtyReceive(&Port->Peer->Tty, Bytes, Count);
    SerialTellReceived(Port->Peer, Bytes, Count);
    SerialTellLines(Port);
}

VOID SerialDeliverBreak(PPORT_CONTEXT Port)
{
    if (Port->Peer == NULL)
        return;
    WdfuseTtyReceiveBreak(&Port->Peer->Tty);
    SerialRaise(Port->Peer, SERIAL_EV_BREAK);
}

/* ---- plugs ---- */

static VOID SerialConnect(PPORT_CONTEXT Port)
{
    PDRIVER_CONTEXT driver = Port->Driver;
    if (!driver->HasNullModems) {
        Port->Peer = Port;
    } else if (driver->Single == NULL) {
        driver->Single = Port;
    } else {
        Port->Peer = driver->Single;
        Port->Peer->Peer = Port;
        driver->Single = NULL;
    }
}

static VOID SerialDisconnect(PPORT_CONTEXT Port)
{
    PDRIVER_CONTEXT driver = Port->Driver;
    PPORT_CONTEXT peer = Port->Peer;
    Port->Peer = NULL;
    if (driver->Single == Port)
        driver->Single = NULL;
    if (peer == NULL || peer == Port)
        return;
    peer->Peer = NULL;
    SerialTellLines(peer);
    SerialPump(peer);
    if (driver->Single == NULL)
        driver->Single = peer;
}

NTSTATUS SerialEvtPlugIn(WDFDEVICE Device, WDFCMRESLIST ResourcesRaw,
                         WDFCMRESLIST ResourcesTranslated)
{
    UNREFERENCED_PARAMETER(ResourcesRaw);
    UNREFERENCED_PARAMETER(ResourcesTranslated);
    PPORT_CONTEXT port = SerialGetPort(Device);
    SerialLock(port);
    SerialConnect(port);
    SerialTellLines(port);
    SerialPump(port);
    SerialUnlock(port);
    return STATUS_SUCCESS;
}

NTSTATUS SerialEvtPlugOut(WDFDEVICE Device, WDFCMRESLIST ResourcesTranslated)
{
    UNREFERENCED_PARAMETER(ResourcesTranslated);
    PPORT_CONTEXT port = SerialGetPort(Device);
    SerialLock(port);
    SerialDisconnect(port);
    SerialUnlock(port);
    return STATUS_SUCCESS;
}
