/*
 * What the drivers here have in common, which do something wrong each: a device with one parallel
 * queue. Each defines what it has of these.
 */
#ifndef DEVFUND_BAD_H
#define DEVFUND_BAD_H

#include <ntddk.h>
#include <wdf.h>

/* Sets its own before the device is made, and after. */
VOID BadSetUp(PWDFDEVICE_INIT DeviceInit, PWDF_IO_QUEUE_CONFIG Queue);
NTSTATUS BadMade(WDFDEVICE Device);

#endif
