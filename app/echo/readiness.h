/* What poll(2) is told with manual dispatch: the one part of the driver that is not for Windows. */
#ifndef ECHO_READINESS_H
#define ECHO_READINESS_H

#include <ntddk.h>
#include <wdf.h>

/* There is no message: a read would wait. */
VOID EchoSayNothingYet(WDFDEVICE Device);

/* Each open file has something to read. With the device's lock held, as is the next one. */
VOID EchoSaySomethingNew(WDFDEVICE Device);

/* This one has read it all. */
VOID EchoSayAllRead(WDFFILEOBJECT File);

#endif
