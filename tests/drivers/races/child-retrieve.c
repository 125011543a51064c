/* Looks a child up in its list, and uses the device after it has left the list. */
#include "bus.h"

static EVT_WDF_IO_QUEUE_IO_WRITE Write;

const BUS_DRIVER BusDriver = {.Write = Write};

static VOID Write(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    WDFCHILDLIST list = WdfFdoGetDefaultChildList(WdfIoQueueGetDevice(Queue));
    BUS_ID id = BusIdOf(0);
    WDF_CHILD_RETRIEVE_INFO info;
    WDF_CHILD_LIST_ITERATOR iterator;
    WDF_CHILD_RETRIEVE_INFO_INIT(&info, &id.Header);
    WDF_CHILD_LIST_ITERATOR_INIT(&iterator, WdfRetrievePresentChildren);
    WdfChildListBeginIteration(list, &iterator);
    WDFDEVICE child = WdfChildListRetrievePdo(list, &info);
    WdfChildListEndIteration(list, &iterator);
    /* PLANTED: nothing keeps the child from here on. It should be used before the iteration ends,
     * or with a reference that was taken in it. */
    if (child != NULL)
        BusGetChild(child)->Count++;
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}
