/* What poll(2) is told. See readiness.h. */
#include "readiness.h"

#include <wdfuse/poll.h>

VOID EchoSayNothingYet(WDFDEVICE Device)
{
    WdfuseDeviceSetPollEvents(Device, WdfusePollOut);
}

VOID EchoSaySomethingNew(WDFDEVICE Device)
{
    WdfuseDeviceSetPollEvents(Device, WdfusePollIn | WdfusePollOut);
}

VOID EchoSayAllRead(WDFFILEOBJECT File)
{
    WdfuseFileObjectSetPollEvents(File, WdfusePollOut);
}
