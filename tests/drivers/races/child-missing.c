/* Gives the hardware of a child back as soon as that is reported missing. */
#include "bus.h"

static EVT_WDF_DEVICE_REPORTED_MISSING Missing;

const BUS_DRIVER BusDriver = {.Missing = Missing};

static VOID Missing(WDFDEVICE Child)
{
    PBUS_CHILD child = BusGetChild(Child);
    child->HasLostHardware = TRUE;
    /* PLANTED: its drivers have not heard of it yet, and a read may be under way. It should be done
     * in EvtDeviceReleaseHardware, or when the device is cleaned up. */
    ExFreePoolWithTag(child->Hardware, BUS_TAG);
}
