/*
 * Shared by the bus drivers with a planted race: a bus with two slots, which are always occupied by
 * raw children with a queue each. A child's timer answers its reads, and looks at its hardware.
 * Each driver decides what a write to the bus does. Each file plants one race, marked by "PLANTED",
 * and says how it should have been.
 */
#ifndef BUS_H
#define BUS_H

#include <ntddk.h>
#include <wdf.h>

#define BUS_SLOTS    2
#define BUS_TAG      'suBR'
#define BUS_DELAY_MS 5

typedef struct _BUS_ID {
    WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER Header;
    ULONG Slot;
} BUS_ID, *PBUS_ID;

typedef struct _BUS_DEVICE {
    WDFSPINLOCK Lock;
    LONG IsScanning; /* used as each driver likes */
    ULONG Slots;     /* occupied ones: a bit each */
} BUS_DEVICE, *PBUS_DEVICE;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(BUS_DEVICE, BusGetDevice)

typedef struct _BUS_CHILD {
    ULONG Slot;
    PULONG Hardware;
    BOOLEAN HasLostHardware;
    WDFTIMER Timer;
    WDFREQUEST Current;
    LONG Count;
} BUS_CHILD, *PBUS_CHILD;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(BUS_CHILD, BusGetChild)

/* What a driver provides. Unset callbacks are not registered, except that Scan is then BusScan. */
typedef struct _BUS_DRIVER {
    PFN_WDF_CHILD_LIST_SCAN_FOR_CHILDREN Scan;
    PFN_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_COMPARE Compare;
    PFN_WDF_DEVICE_REPORTED_MISSING Missing;
    PFN_WDF_IO_QUEUE_IO_WRITE Write;
} BUS_DRIVER;

extern const BUS_DRIVER BusDriver;

BUS_ID BusIdOf(ULONG Slot);
NTSTATUS BusReport(WDFCHILDLIST List, ULONG Slot);

/* Reports all slots, as one scan. */
EVT_WDF_CHILD_LIST_SCAN_FOR_CHILDREN BusScan;

#endif
