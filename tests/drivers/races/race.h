/*
 * Shared by the drivers with a planted race: DriverEntry, and a device with one lock, one timer and
 * contexts. Each file plants one race, marked by "PLANTED", and says how it should have been.
 */
#ifndef RACE_H
#define RACE_H

#include <ntddk.h>
#include <wdf.h>

typedef struct _RACE_DEVICE {
    WDFSPINLOCK Lock;
    WDFTIMER Timer;
    WDFQUEUE Waiting;   /* a manual queue, if the driver makes one */
    WDFREQUEST Current; /* used as each driver likes */
    PULONG Memory;
    LONG Count;
    BOOLEAN IsPowered;
} RACE_DEVICE, *PRACE_DEVICE;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(RACE_DEVICE, RaceGetDevice)

typedef struct _RACE_REQUEST {
    PULONG Memory;
} RACE_REQUEST, *PRACE_REQUEST;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(RACE_REQUEST, RaceGetRequest)

/* The device of a queue or of a request that the driver has. */
#define RaceOfQueue(Queue)     RaceGetDevice(WdfIoQueueGetDevice(Queue))
#define RaceOfRequest(Request) RaceOfQueue(WdfRequestGetIoQueue(Request))
#define RaceOfTimer(Timer)     RaceGetDevice(WdfTimerGetParentObject(Timer))
/* The target to which a filter sends a queue's requests. */
#define RaceTarget(Queue) WdfDeviceGetIoTarget(WdfIoQueueGetDevice(Queue))

#define RACE_TAG      'ecaR'
#define RACE_DELAY_MS 5

/* What a driver provides: its callbacks. Unset ones are not registered. */
typedef struct _RACE_DRIVER {
    WDF_IO_QUEUE_DISPATCH_TYPE Dispatch;
    PFN_WDF_IO_QUEUE_IO_READ Read;
    PFN_WDF_IO_QUEUE_IO_WRITE Write;
    PFN_WDF_IO_QUEUE_IO_STOP Stop;
    PFN_WDF_TIMER Timer;
    PFN_WDF_DEVICE_PREPARE_HARDWARE Prepare;
    PFN_WDF_DEVICE_RELEASE_HARDWARE Release;
    PFN_WDF_DEVICE_D0_ENTRY Entry;
    PFN_WDF_DEVICE_D0_EXIT Exit;
    BOOLEAN Idles; /* the device idles, and can wake */
    BOOLEAN HasWaiting;
    BOOLEAN IsFilter;
} RACE_DRIVER;

extern const RACE_DRIVER RaceDriver;

/* For drivers whose race is elsewhere: keeps a read as Current, cancelable, until the timer answers
 * it; and the routine that cancels it. */
EVT_WDF_IO_QUEUE_IO_READ RaceRead;
EVT_WDF_REQUEST_CANCEL RaceCancel;

/* For a filter: sends the request unchanged; Routine gets the RACE_DEVICE as its context. */
VOID RaceSend(WDFQUEUE Queue, WDFREQUEST Request, PFN_WDF_REQUEST_COMPLETION_ROUTINE Routine);

#endif
