/*
 * The echo of Microsoft's sample: a write leaves a message, a read gets it from its first byte on,
 * and both are completed later, one at each beat of a periodic timer, which stands for a device's
 * interrupt. Until then they can be cancelled. The timer beats in D0 only.
 *
 * Two forms of it show two ways to keep callbacks apart: autosync.c leaves that to the framework
 * (synchronization scope Queue), driversync.c has a lock of its own. What follows is what they
 * share; it is in device.c.
 */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <ntddk.h>
#include <wdf.h>

#define SAMPLE_TAG         'pmaS'
#define SAMPLE_MESSAGE_MAX (40 * 1024)

typedef struct _SAMPLE_OPTIONS {
    ULONG PeriodMs;
    BOOLEAN IsManual; /* the timer takes the next request from a queue with manual dispatch */
    BOOLEAN HasLock;  /* DriverSync; else AutoSync */
} SAMPLE_OPTIONS;

/* Constant from DriverEntry on. */
extern SAMPLE_OPTIONS SampleOptions;

/* Context of the queue. Its callbacks and the timer's exclude each other: by the
 * framework, or by the lock. */
typedef struct _SAMPLE_QUEUE {
    PUCHAR Message; /* from pool; NULL: nothing was written yet */
    size_t Length;
    WDFREQUEST Current; /* what the next beat completes, cancelable; NULL: nothing */
    WDFTIMER Timer;
    WDFSPINLOCK Lock; /* of DriverSync */
} SAMPLE_QUEUE, *PSAMPLE_QUEUE;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(SAMPLE_QUEUE, SampleGetQueue)

/* What makes a form of it. */
typedef struct _SAMPLE_FORM {
    WDF_SYNCHRONIZATION_SCOPE Scope;
    PFN_WDF_IO_QUEUE_IO_READ EvtIoRead;
    PFN_WDF_IO_QUEUE_IO_WRITE EvtIoWrite;
    PFN_WDF_TIMER EvtTimer;
} SAMPLE_FORM;

extern const SAMPLE_FORM AutoSyncForm, DriverSyncForm;

DRIVER_INITIALIZE SampleDriverEntry;

/* Moves the bytes of a read or write, and sets the request's Information. */
NTSTATUS SampleRead(PSAMPLE_QUEUE Queue, WDFREQUEST Request, size_t Length);
NTSTATUS SampleWrite(PSAMPLE_QUEUE Queue, WDFREQUEST Request, size_t Length);

/* With manual dispatch: does the next request of the queue, if there is one, and completes it. */
VOID SampleTakeNext(WDFQUEUE Queue);

#endif
