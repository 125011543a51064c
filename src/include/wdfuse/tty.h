/*
 * Terminal settings and modem lines, for drivers of serial ports: answers to the numbers of
 * ioctl_tty(2).
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
 * The terminal is always raw: it has no line editing, no echo, no signals, and translates no
 * characters. Settings that ask for these are ignored, as tcsetattr(3) allows; a client that reads
 * the settings back sees this.
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
    ULONG Received; /* bytes that a read would return */
    ULONG Unsent;   /* bytes that were written and are not sent yet */

    /* Set by WdfuseTtySetInputs: the lines that are on, and how often each of Cts, Dsr, Ring and
     * Dcd has changed */
    ULONG Inputs;
    ULONG Changes[4];
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
 * not be called for a file that was refused. The last close ends the exclusive mode.
 */
NTSTATUS WdfuseTtyOpen(PWDFUSE_TTY Tty);
VOID WdfuseTtyClose(PWDFUSE_TTY Tty);

WDF_EXTERN_C_END

#endif
