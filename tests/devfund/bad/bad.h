/*
 * What the drivers here share; each of them has one bug: a device with one parallel queue. Each
 * defines some of these.
 */
#ifndef DEVFUND_BAD_H
#define DEVFUND_BAD_H

#include <ntddk.h>
#include <wdf.h>

/* Makes its own settings before the device is made, and after. */
VOID BadSetUp(PWDFDEVICE_INIT DeviceInit, PWDF_IO_QUEUE_CONFIG Queue);
NTSTATUS BadMade(WDFDEVICE Device);

#endif
