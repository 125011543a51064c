/*
 * A virtual serial port: what is written is received, as with a plug that connects a port with
 * itself.
 *
 * Reads and writes that must wait do so in manual queues, the oldest first. Everything, the timers
 * too, runs under the device's lock (synchronization scope Device), so that the port needs none of
 * its own.
 */
#ifndef SERIAL_H
#define SERIAL_H

#include <ntddk.h>
#include <wdf.h>

#include <ntddser.h>
#include <wdfuse/tty.h>

#define SERIAL_BUFFER_SIZE 4096

/* Bytes between the port's two ends, first in, first out. */
typedef struct _SERIAL_RING {
    ULONG Start;
    ULONG Count;
    UCHAR Bytes[SERIAL_BUFFER_SIZE];
} SERIAL_RING, *PSERIAL_RING;

/* Both move at most Length bytes and return how many. */
size_t SerialRingPut(PSERIAL_RING Ring, const UCHAR *Bytes, size_t Length);
size_t SerialRingGet(PSERIAL_RING Ring, PUCHAR Bytes, size_t Length);

/*
 * A timer that may have expired already when it is stopped: its callback, waiting for the lock,
 * must then do nothing.
 */
typedef struct _SERIAL_TIMER {
    WDFTIMER Timer;
    BOOLEAN IsSet;
    ULONG StaleExpiries;
} SERIAL_TIMER, *PSERIAL_TIMER;

typedef struct _PORT_CONTEXT {
    WDFQUEUE ReadQueue;  /* reads that wait for bytes; the oldest is the current one */
    WDFQUEUE WriteQueue; /* writes that wait for room */
    WDFQUEUE WaitQueue;  /* the client's wait for an event, one at most */
    WDFQUEUE LineQueue;  /* Linux clients' waits for a change of the lines */
    SERIAL_RING Ring;
    WDFREQUEST CurrentRead; /* whose time runs; compared only, since it may be cancelled any time */
    SERIAL_TIMER TotalTimer;    /* of the current read */
    SERIAL_TIMER IntervalTimer; /* since its last byte */
    ULONG WaitMask;
    ULONG Events;       /* that have happened and nobody was told of */
    ULONG ModemControl; /* SERIAL_DTR_STATE, SERIAL_RTS_STATE */
    SERIAL_BAUD_RATE BaudRate;
    SERIAL_LINE_CONTROL LineControl;
    SERIAL_TIMEOUTS Timeouts;
    UCHAR Minimum; /* so many bytes end a read; 0: Timeouts say all. VMIN of termios */
    SERIAL_CHARS Chars;
    SERIAL_HANDFLOW HandFlow;
    WDFUSE_TTY Tty; /* the port as Linux clients see it */
} PORT_CONTEXT, *PPORT_CONTEXT;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(PORT_CONTEXT, SerialGetPort)

typedef struct _REQUEST_CONTEXT {
    size_t Done; /* bytes moved so far */
} REQUEST_CONTEXT, *PREQUEST_CONTEXT;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(REQUEST_CONTEXT, SerialGetRequest)

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD SerialEvtDeviceAdd;

/* transfer.c */
NTSTATUS SerialCreateTransfers(WDFDEVICE Device);
EVT_WDF_IO_QUEUE_IO_READ SerialEvtRead;
EVT_WDF_IO_QUEUE_IO_WRITE SerialEvtWrite;
/* Ends the reads, or the writes, that wait. */
VOID SerialAbort(WDFQUEUE Queue);
/* After bytes were thrown away: there is room for those that wait. */
VOID SerialPump(PPORT_CONTEXT Port);

/* control.c */
NTSTATUS SerialCreateControls(WDFDEVICE Device);
EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL SerialEvtDeviceControl;
/* Of SERIAL_DTR_STATE and SERIAL_RTS_STATE those that Mask has are as On says. */
VOID SerialSetLines(PPORT_CONTEXT Port, ULONG Mask, ULONG On);
/* Tells whoever waits for one of the events (SERIAL_EV_*), or remembers them. */
VOID SerialRaise(PPORT_CONTEXT Port, ULONG Events);

/* terminal.c: what only Linux clients ask for. */
NTSTATUS SerialCreateTerminal(WDFDEVICE Device);
EVT_WDF_DEVICE_FILE_CREATE SerialEvtFileCreate;
EVT_WDF_FILE_CLOSE SerialEvtFileClose;
/* STATUS_PENDING: the request waits. */
NTSTATUS SerialTerminalControl(PPORT_CONTEXT Port, WDFREQUEST Request, ULONG Code);
/* The lines have changed. */
VOID SerialTellLines(PPORT_CONTEXT Port, ULONG ModemStatus);

#endif
