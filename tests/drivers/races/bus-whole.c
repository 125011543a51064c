/* A bus driver without a planted race: how the others should have been. A write makes it look at
 * its slots, and counts in the first child. */
#include "bus.h"

static EVT_WDF_IO_QUEUE_IO_WRITE Write;
static EVT_WDF_DEVICE_REPORTED_MISSING Missing;

const BUS_DRIVER BusDriver = {.Write = Write, .Missing = Missing};

static VOID Write(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    WDFCHILDLIST list = WdfFdoGetDefaultChildList(WdfIoQueueGetDevice(Queue));
    BUS_ID id = BusIdOf(0);
    WDF_CHILD_RETRIEVE_INFO info;
    WDF_CHILD_LIST_ITERATOR iterator;
    WDF_CHILD_RETRIEVE_INFO_INIT(&info, &id.Header);
    WDF_CHILD_LIST_ITERATOR_INIT(&iterator, WdfRetrievePresentChildren);
    BusScan(list);
    WdfChildListBeginIteration(list, &iterator);
    WDFDEVICE child = WdfChildListRetrievePdo(list, &info);
    if (child != NULL)
        BusGetChild(child)->Count++;
    WdfChildListEndIteration(list, &iterator);
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}

static VOID Missing(WDFDEVICE Child)
{
    BusGetChild(Child)->Count = 0;
}
