/*
 * The echo driver: keeps the last message written and returns it to readers.
 *
 * It is a WDF driver as one would write it for Windows, in the shape of the Windows sample: this
 * file and driver.c hold what belongs to the driver object, device.c what belongs to the device,
 * queue.c what happens to requests.
 */
#ifndef ECHO_DRIVER_H
#define ECHO_DRIVER_H

#include <ntddk.h>
#include <wdf.h>

#include "device.h"
#include "queue.h"

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD EchoEvtDeviceAdd;

#endif
