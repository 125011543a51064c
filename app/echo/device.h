/* The echo device: the message, and where each open file stands in it. */
#ifndef ECHO_DEVICE_H
#define ECHO_DEVICE_H

#include <ntddk.h>
#include <wdf.h>

#include "public.h"

typedef struct _DEVICE_CONTEXT {
    /* Guards all that follows, and every FILE_CONTEXT. */
    WDFSPINLOCK Lock;

    PVOID Message;
    size_t Length;
    /* Counts the messages: 0 before the first. */
    ULONGLONG Generation;

    /* Writes that wait for their completion, by due time: REQUEST_CONTEXT.Entry. */
    LIST_ENTRY PendingWrites;
    WDFTIMER Timer;
    BOOLEAN TimerIsSet;
    ULONG DelayMs; /* from a write to its completion */

    /* But for what stands elsewhere: MessageLength, Delay. */
    ECHO_STATISTICS Statistics;

    /* Manual dispatch: reads that found nothing new. NULL otherwise. Constant. */
    WDFQUEUE WaitingReads;
} DEVICE_CONTEXT, *PDEVICE_CONTEXT;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(DEVICE_CONTEXT, EchoGetDevice)

/* Where an open file stands. */
typedef struct _FILE_CONTEXT {
    ULONGLONG Generation; /* the message that it reads */
    size_t Position;      /* the first byte that it has not read */
} FILE_CONTEXT, *PFILE_CONTEXT;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(FILE_CONTEXT, EchoGetFile)

typedef struct _REQUEST_CONTEXT {
    WDFREQUEST Request;
    LIST_ENTRY Entry;
    ULONGLONG DueTime; /* interrupt time, 100 ns */

    /* IOCTL_ECHO_NEITHER: the caller's buffers. */
    WDFMEMORY InputMemory;
    WDFMEMORY OutputMemory;
} REQUEST_CONTEXT, *PREQUEST_CONTEXT;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(REQUEST_CONTEXT, EchoGetRequest)

/* Creates the device with its queues. PASSIVE_LEVEL. Returns what the framework's create functions
 * return. */
NTSTATUS EchoDeviceCreate(PWDFDEVICE_INIT DeviceInit);

EVT_WDF_OBJECT_CONTEXT_CLEANUP EchoEvtDeviceCleanup;

#endif
