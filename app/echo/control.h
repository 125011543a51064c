/* The control codes of the echo device (public.h). */
#ifndef ECHO_CONTROL_H
#define ECHO_CONTROL_H

#include <ntddk.h>
#include <wdf.h>

/* Has the framework call EchoEvtIoInCallerContext. Before the device is created. */
VOID EchoControlsDescribe(PWDFDEVICE_INIT DeviceInit);

/*
 * Creates the queue of control requests: they don't wait behind writes. Returns what the
 * framework's functions return.
 */
NTSTATUS EchoControlsCreate(WDFDEVICE Device);

EVT_WDF_IO_IN_CALLER_CONTEXT EchoEvtIoInCallerContext;
EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL EchoEvtIoDeviceControl;

#endif
