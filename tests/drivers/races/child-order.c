/* Compares children under a lock that it also holds while it counts them. */
#include "bus.h"

static EVT_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_COMPARE Compare;
static EVT_WDF_IO_QUEUE_IO_WRITE Write;

const BUS_DRIVER BusDriver = {.Compare = Compare, .Write = Write};

/* Called with the list locked (S16.3). */
static BOOLEAN Compare(WDFCHILDLIST List, PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER First,
                       PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER Second)
{
    PBUS_DEVICE bus = BusGetDevice(WdfChildListGetDevice(List));
    WdfSpinLockAcquire(bus->Lock);
    BOOLEAN isSame = CONTAINING_RECORD(First, BUS_ID, Header)->Slot ==
                     CONTAINING_RECORD(Second, BUS_ID, Header)->Slot;
    WdfSpinLockRelease(bus->Lock);
    return isSame;
}

static VOID Write(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    WDFDEVICE device = WdfIoQueueGetDevice(Queue), child;
    WDFCHILDLIST list = WdfFdoGetDefaultChildList(device);
    WDF_CHILD_LIST_ITERATOR iterator;
    WDF_CHILD_LIST_ITERATOR_INIT(&iterator, WdfRetrievePresentChildren);
    WdfChildListBeginIteration(list, &iterator);
    WdfSpinLockAcquire(BusGetDevice(device)->Lock);
    /* PLANTED: this takes the list's lock inside this one; Compare takes this one inside the
     * list's. Counting should not hold the lock. */
    while (NT_SUCCESS(WdfChildListRetrieveNextDevice(list, &iterator, &child, NULL)))
        BusGetDevice(device)->Slots++;
    WdfSpinLockRelease(BusGetDevice(device)->Lock);
    WdfChildListEndIteration(list, &iterator);
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}
