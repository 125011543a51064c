/*
 * A virtual serial port. What is written is received: by the port itself, as with a plug that
 * connects a port with itself, or by another port at the other end of a null-modem cable.
 *
 * Bytes go through the line disciplines of both ends (<wdfuse/tty.h>). Reads and writes that must
 * wait do so in manual queues, the oldest first. Two ports of a cable change together, so one lock,
 * the driver's, is held for everything; no callback is serialized by the framework.
 */
#ifndef SERIAL_H
#define SERIAL_H

#include <ntddk.h>
#include <wdf.h>

#include <ntddser.h>
#include <wdfuse/tty.h>

/* So many bytes a port holds that were received and not read. */
#define SERIAL_BUFFER_SIZE 4096

/*
 * A timer that may have expired already when it is stopped: its callback, waiting for the lock,
 * must then do nothing.
 */
typedef struct _SERIAL_TIMER {
    WDFTIMER Timer;
    BOOLEAN IsSet;
    ULONG StaleExpiries;
} SERIAL_TIMER, *PSERIAL_TIMER;

typedef struct _PORT_CONTEXT PORT_CONTEXT, *PPORT_CONTEXT;

typedef struct _DRIVER_CONTEXT {
    WDFSPINLOCK Lock;         /* around everything below, and all ports */
    WDFSPINLOCK CanceledLock; /* around the lists of cancelled requests; inside the other */
    BOOLEAN HasNullModems;    /* two ports each are connected, in the order in which they start */
    PPORT_CONTEXT Single;     /* the port that waits for another one */
} DRIVER_CONTEXT, *PDRIVER_CONTEXT;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(DRIVER_CONTEXT, SerialGetDriver)

struct _PORT_CONTEXT {
    PDRIVER_CONTEXT Driver;
    PPORT_CONTEXT Peer;     /* the other end: itself, another port, or NULL: nothing is connected */
    WDFQUEUE ReadQueue;     /* reads that wait for bytes; the oldest is the current one */
    WDFQUEUE WriteQueue;    /* writes that wait for room, and controls that wait for them */
    WDFQUEUE WaitQueue;     /* the client's wait for an event, one at most */
    WDFQUEUE LineQueue;     /* Linux clients' waits for a change of the lines */
    ULONG Reads;            /* in the first queue */
    ULONG Writes;           /* in the second one */
    ULONG Unsent;           /* bytes of the writes */
    WDFREQUEST CurrentRead; /* whose time runs; compared only, since it may be cancelled any time */
    SERIAL_TIMER TotalTimer;    /* of the current read */
    SERIAL_TIMER IntervalTimer; /* since its last byte */
    WDFTIMER EchoTimer;         /* until echoes go on */
    WDFDPC CanceledDpc;         /* completes them */
    LIST_ENTRY Canceled;        /* requests that were given up, under the other lock */
    ULONG WaitMask;
    ULONG Events; /* that have happened and nobody was told of */
    SERIAL_BAUD_RATE BaudRate;
    SERIAL_LINE_CONTROL LineControl;
    SERIAL_TIMEOUTS Timeouts;
    UCHAR Minimum; /* so many bytes end a read; 0: Timeouts say all. VMIN of termios */
    SERIAL_CHARS Chars;
    SERIAL_HANDFLOW HandFlow;
    WDFUSE_TTY Tty; /* the port as Linux clients see it, and its lines */
};
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(PORT_CONTEXT, SerialGetPort)

typedef struct _REQUEST_CONTEXT {
    size_t Done;   /* bytes moved so far */
    size_t Length; /* of a write; 0: it is none */
    /* Once it is cancelled */
    WDFREQUEST Request;
    WDFQUEUE Queue;
    LIST_ENTRY Entry; /* Canceled of the port */
} REQUEST_CONTEXT, *PREQUEST_CONTEXT;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(REQUEST_CONTEXT, SerialGetRequest)

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD SerialEvtDeviceAdd;

/* Everything below is called with the lock, except callbacks and what creates. */
VOID SerialLock(PPORT_CONTEXT Port);
VOID SerialUnlock(PPORT_CONTEXT Port);

/* cable.c: which port is the other end, and what goes over. */
EVT_WDF_DEVICE_PREPARE_HARDWARE SerialEvtPlugIn;
EVT_WDF_DEVICE_RELEASE_HARDWARE SerialEvtPlugOut;
/* How many bytes the other end takes. */
ULONG SerialRoom(const PORT_CONTEXT *Port);
/* Bytes, and a break, arrive at the other end. */
VOID SerialDeliver(PPORT_CONTEXT Port, const UCHAR *Bytes, size_t Count);
VOID SerialDeliverBreak(PPORT_CONTEXT Port);
/* Both ends learn how the lines are now. */
VOID SerialTellLines(PPORT_CONTEXT Port);

/* transfer.c */
NTSTATUS SerialCreateTransfers(WDFDEVICE Device);
EVT_WDF_IO_QUEUE_IO_READ SerialEvtRead;
EVT_WDF_IO_QUEUE_IO_WRITE SerialEvtWrite;
/* Ends the reads, or the writes, that wait. */
VOID SerialAbort(PPORT_CONTEXT Port, WDFQUEUE Queue);
/* Ends the writes that wait as if their bytes had been sent. */
VOID SerialDiscardWrites(PPORT_CONTEXT Port);
/* The current read's time begins anew. */
VOID SerialRestartRead(PPORT_CONTEXT Port);
/* After a change of settings, lines or bytes: moves what can move now, at both ends. */
VOID SerialPump(PPORT_CONTEXT Port);

/* control.c */
NTSTATUS SerialCreateControls(WDFDEVICE Device);
EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL SerialEvtDeviceControl;
/* Tells whoever waits for one of the events (SERIAL_EV_*), or remembers them. */
VOID SerialRaise(PPORT_CONTEXT Port, ULONG Events);

/* terminal.c: what only Linux clients ask for. */
NTSTATUS SerialCreateTerminal(WDFDEVICE Device);
EVT_WDF_DEVICE_FILE_CREATE SerialEvtFileCreate;
EVT_WDF_FILE_CLOSE SerialEvtFileClose;
/* STATUS_PENDING: the request waits. */
NTSTATUS SerialTerminalControl(PPORT_CONTEXT Port, WDFREQUEST Request, ULONG Code);
/* One that waited for the writes before it. */
VOID SerialTerminalResume(PPORT_CONTEXT Port, WDFREQUEST Request, ULONG Code);
/* Completes the waits for one of these lines (WDFUSE_TTY_LINES). */
VOID SerialEndLineWaits(PPORT_CONTEXT Port, ULONG Changed);

#endif
