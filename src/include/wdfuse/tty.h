/*
 * Terminals, for drivers of serial ports: settings and modem lines, as answers to the numbers of
 * ioctl_tty(2), and a line discipline.
 *
 * The driver keeps a WDFUSE_TTY in its device context and calls WdfuseDeviceInitSetNativeControls
 * (<wdfuse/deviceinit.h>) before it creates the device. It passes the device controls that it does
 * not handle itself to WdfuseTtyControl, which stores and returns what can be, and tells the driver
 * what remains to be done:
 *
 *     ULONG actions;
 *     status = WdfuseTtyControl(&port->Tty, Request, IoControlCode, &actions);
 *     if (actions & WdfuseTtyFlushInput)
 *         ...
 *
 * WdfuseTtyCreateLine gives the terminal a line discipline, which treats bytes as that of Linux
 * does, and as chapter 11 of POSIX says: lines that can be edited, echo, translated characters,
 * flow control. The driver brings the bytes:
 *
 *     from the wire     WdfuseTtyRoom, WdfuseTtyReceive, WdfuseTtyReceiveBreak
 *     to a read         WdfuseTtyRead
 *     of a write, and of echoes, to the wire   WdfuseTtyTransmit
 *
 * There is no buffer for output: a write is completed when its bytes are on the wire. Signals
 * cannot be sent: a device of this kind is nobody's controlling terminal. With ISIG the characters
 * of signals discard what is there, as for such a terminal of Linux, and that is all.
 *
 * Without a line discipline the terminal is raw: it has no line editing, no echo, and translates no
 * characters. Settings that ask for what is not there are ignored, as tcsetattr(3) allows; a client
 * that reads the settings back sees this.
 *
 * This works on a device node. For a file in a FUSE mount the kernel carries only numbers that
 * contain the size of their data; clients get ENOTTY for most of those of terminals.
 *
 * The driver makes the calls for one WDFUSE_TTY one at a time, under its lock or in its
 * synchronization scope. IRQL <= DISPATCH_LEVEL.
 */
#ifndef WDFUSE_TTY_H
#define WDFUSE_TTY_H

#include <ntddk.h>
#include <wdf.h>

WDF_EXTERN_C_START

/* The settings, as struct termios2 of Linux has them. */
typedef struct _WDFUSE_TTY_SETTINGS {
    ULONG InputFlags;
    ULONG OutputFlags;
    ULONG ControlFlags;
    ULONG LocalFlags;
    UCHAR Line;
    /* VMIN, VTIME, VSTART and others are their numbers */
    UCHAR Characters[19];
    /* bits in a second; an output speed of 0 hangs up */
    ULONG InputSpeed;
    ULONG OutputSpeed;
} WDFUSE_TTY_SETTINGS, *PWDFUSE_TTY_SETTINGS;

/* Modem lines: TIOCM_* of ioctl_tty(2). */
typedef enum _WDFUSE_TTY_LINES {
    WdfuseTtyDtr = 0x0002,
    WdfuseTtyRts = 0x0004,
    WdfuseTtyCts = 0x0020,
    WdfuseTtyDcd = 0x0040,
    WdfuseTtyRing = 0x0080,
    WdfuseTtyDsr = 0x0100,
} WDFUSE_TTY_LINES;

/* What remains to be done by the driver. */
typedef enum _WDFUSE_TTY_ACTIONS {
    /* Settings has changed */
    WdfuseTtyApplySettings = 0x01,
    /* Outputs has changed */
    WdfuseTtyApplyLines = 0x02,
    /* discard what was received and not read yet, or what was written and not sent yet */
    WdfuseTtyFlushInput = 0x04,
    WdfuseTtyFlushOutput = 0x08,
    /* IsBreaking has changed; a break of BreakMilliseconds */
    WdfuseTtyApplyBreak = 0x10,
    WdfuseTtySendBreak = 0x20,
    /* IsStopped has changed: send nothing while it is TRUE */
    WdfuseTtyApplyStop = 0x40,
    /* keep the request until a modem line changes: WdfuseTtyIsAwaited */
    WdfuseTtyWaitForLines = 0x80,
    /* with a line discipline only: keep the request until the writes that came before it are done,
     * then call WdfuseTtyControl again */
    WdfuseTtyWaitForOutput = 0x100,
} WDFUSE_TTY_ACTIONS;

typedef struct _WDFUSE_TTY {
    /* Set by these functions; the driver reads them. */
    WDFUSE_TTY_SETTINGS Settings;
    /* of WDFUSE_TTY_LINES those that the port sets: Dtr, Rts */
    ULONG Outputs;
    ULONG BreakMilliseconds;
    BOOLEAN IsBreaking;
    BOOLEAN IsStopped;
    BOOLEAN IsExclusive;
    USHORT WindowSize[4];
    ULONG OpenFiles;

    /* Set by the driver before it calls WdfuseTtyControl. */
    ULONG Received; /* bytes that a read would return; the line discipline knows itself */
    ULONG Unsent;   /* bytes that were written and are not sent yet */

    /* Set by WdfuseTtySetInputs: the lines that are on, and how often each of Cts, Dsr, Ring and
     * Dcd has changed */
    ULONG Inputs;
    ULONG Changes[4];

    /* Set by WdfuseTtyCreateLine; not for the driver. */
    PVOID Line;
    /* How many bytes of echo have been sent. Two terminals that echo each other go on for ever: the
     * driver paces them by this count. */
    ULONG EchoedBytes;
} WDFUSE_TTY, *PWDFUSE_TTY;

/* Initializes a terminal with 115200 bits per second, 8 bits, no parity, and all lines off. */
VOID WdfuseTtyInitialize(PWDFUSE_TTY Tty);

/*
 * Handles a device control of a terminal. It does not complete the request: the driver does, with
 * the returned status, after it has done what Actions says. The request's Information is set.
 *   Actions   receives a combination of WDFUSE_TTY_ACTIONS, or 0.
 * Returns STATUS_SUCCESS; STATUS_PENDING: the driver is to keep the request
 * (WdfuseTtyWaitForLines); STATUS_INVALID_DEVICE_REQUEST: the code is not that of a terminal, or
 * its data are missing; STATUS_INVALID_PARAMETER: the argument is not valid; STATUS_ACCESS_DENIED:
 * the code is one that only an administrator may use.
 */
NTSTATUS WdfuseTtyControl(PWDFUSE_TTY Tty, WDFREQUEST Request, ULONG IoControlCode, PULONG Actions);

/*
 * Sets which of Cts, Dsr, Ring and Dcd are on. Returns those that have changed. The driver then
 * completes the requests that wait for one of them (WdfuseTtyIsAwaited).
 */
ULONG WdfuseTtySetInputs(PWDFUSE_TTY Tty, ULONG Lines);

/* Returns TRUE if a kept request (TIOCMIWAIT) waits for one of these lines. The driver completes it
 * with STATUS_SUCCESS. */
BOOLEAN WdfuseTtyIsAwaited(WDFREQUEST Request, ULONG Lines);

/*
 * For EvtDeviceFileCreate and EvtFileClose. WdfuseTtyOpen returns STATUS_SUCCESS, or
 * STATUS_DEVICE_BUSY if a client has made the terminal exclusive (TIOCEXCL); WdfuseTtyClose must
 * not be called for a file that was refused. The first open sets Dtr and Rts in Outputs, unless the
 * speed is 0. The last close clears them if the settings say so (HUPCL), starts output that was
 * stopped, and ends the exclusive mode. The driver then applies the lines.
 */
NTSTATUS WdfuseTtyOpen(PWDFUSE_TTY Tty);
VOID WdfuseTtyClose(PWDFUSE_TTY Tty);

/*
 * Gives the terminal a line discipline, after WdfuseTtyInitialize. The settings stay raw until a
 * client changes them. IRQL PASSIVE_LEVEL.
 *   Parent   the object, as a rule the device, with which the memory of it goes.
 * Returns STATUS_SUCCESS or STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS WdfuseTtyCreateLine(PWDFUSE_TTY Tty, WDFOBJECT Parent);

/* The functions below need a line discipline, except WdfuseTtyLines and WdfuseTtyMaySend. */

/* Returns how many bytes WdfuseTtyReceive takes. */
ULONG WdfuseTtyRoom(const WDFUSE_TTY *Tty);

/*
 * Bytes have come from the wire. What does not fit is lost: at most WdfuseTtyRoom. Echoes, and
 * bytes of flow control, wait for WdfuseTtyTransmit; Outputs as WdfuseTtyLines shows them may have
 * changed (CRTSCTS).
 */
VOID WdfuseTtyReceive(PWDFUSE_TTY Tty, const UCHAR *Bytes, size_t Count);

/* A break has come from the wire. It is ignored, discards what is there, or is a byte, as IGNBRK,
 * BRKINT and PARMRK say. */
VOID WdfuseTtyReceiveBreak(PWDFUSE_TTY Tty);

/*
 * Takes what is to be sent: flow control, echoes, then bytes of a write as the output flags say.
 *   Bytes, Length   of the write; NULL and 0: there is none.
 *   Used            receives how many of them are on their way.
 *   Wire, Size      receives what goes out.
 * Returns how many bytes go out. While output is stopped (WdfuseTtyMaySend) only flow control does.
 */
size_t WdfuseTtyTransmit(PWDFUSE_TTY Tty, const UCHAR *Bytes, size_t Length, size_t *Used,
                         PUCHAR Wire, size_t Size);

/*
 * Takes received bytes for a read: with ICANON of one line, otherwise what there is.
 *   IsEnded   receives TRUE if the read is complete: the buffer is full, or a line or a file ends.
 *             When other reads end is the driver's affair: VMIN and VTIME, unless the terminal is
 *             canonical.
 * Returns how many bytes are in the buffer; after it, WdfuseTtyLines may have changed.
 */
size_t WdfuseTtyRead(PWDFUSE_TTY Tty, PUCHAR Buffer, size_t Length, PBOOLEAN IsEnded);

/* Returns TRUE if a read would not wait, as poll(2) says it: there is a line, or VMIN bytes. */
BOOLEAN WdfuseTtyIsReadable(const WDFUSE_TTY *Tty);

/* Returns TRUE if reads get lines (ICANON). */
BOOLEAN WdfuseTtyIsCanonical(const WDFUSE_TTY *Tty);

/* Discards what was received and not read. */
VOID WdfuseTtyDiscard(PWDFUSE_TTY Tty);

/* Returns TRUE if bytes of writes may be sent: TCOOFF, VSTOP (IXON) or a Cts that is off (CRTSCTS)
 * stop them. */
BOOLEAN WdfuseTtyMaySend(const WDFUSE_TTY *Tty);

/* Returns Outputs as they are on the wire: with CRTSCTS Rts is off while there is little room. */
ULONG WdfuseTtyLines(const WDFUSE_TTY *Tty);

WDF_EXTERN_C_END

#endif
