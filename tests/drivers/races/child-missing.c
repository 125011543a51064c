/* Releases a child's hardware as soon as the child is reported missing. */
#include "bus.h"

static EVT_WDF_DEVICE_REPORTED_MISSING Missing;

const BUS_DRIVER BusDriver = {.Missing = Missing};

static VOID Missing(WDFDEVICE Child)
{
    PBUS_CHILD child = BusGetChild(Child);
    child->HasLostHardware = TRUE;
    /* PLANTED: its drivers have not been told yet, and a read may be under way. It should be done
     * in EvtDeviceReleaseHardware, or when the device is cleaned up. */
    ExFreePoolWithTag(child->Hardware, BUS_TAG);
}
