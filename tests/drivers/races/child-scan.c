/*
 * Scans its slots in one thread at a time: a thread that finds a scan under way leaves the work to
 * it.
 */
#define DBG 1
#include "bus.h"

static EVT_WDF_CHILD_LIST_SCAN_FOR_CHILDREN Scan;
static EVT_WDF_IO_QUEUE_IO_WRITE Write;
static EVT_WDF_DEVICE_REPORTED_MISSING Missing;

const BUS_DRIVER BusDriver = {.Scan = Scan, .Write = Write, .Missing = Missing};

static VOID Scan(WDFCHILDLIST List)
{
    PBUS_DEVICE bus = BusGetDevice(WdfChildListGetDevice(List));
    WdfChildListBeginScan(List);
    /* PLANTED: the beginning has discarded what the other thread has reported so far (S16.18). It
     * should check for a scan before it begins. */
    if (InterlockedExchange(&bus->IsScanning, TRUE) == FALSE) {
        for (ULONG slot = 0; slot < BUS_SLOTS; slot++)
            (void)BusReport(List, slot);
        InterlockedExchange(&bus->IsScanning, FALSE);
    }
    WdfChildListEndScan(List);
}

static VOID Write(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    Scan(WdfFdoGetDefaultChildList(WdfIoQueueGetDevice(Queue)));
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}

static VOID Missing(WDFDEVICE Child)
{
    PBUS_DEVICE bus = BusGetDevice(WdfPdoGetParent(Child));
    NT_ASSERT((bus->Slots & (1u << BusGetChild(Child)->Slot)) == 0);
}
