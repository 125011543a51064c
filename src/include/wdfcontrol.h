/*
 * Control devices: devices without PnP and power, for a driver's own side channel or for a driver
 * that has no other device (S3.25 to S3.32). Each is a node of its own, named by
 * WdfDeviceInitAssignName.
 */
#ifndef WDFCONTROL_H
#define WDFCONTROL_H

#include <wdfdevice.h>

WDF_EXTERN_C_START

/* The system shuts down. On Linux: the daemon ends in order. IRQL PASSIVE_LEVEL, once (S3.30). */
typedef VOID EVT_WDF_DEVICE_SHUTDOWN_NOTIFICATION(WDFDEVICE Device);
typedef EVT_WDF_DEVICE_SHUTDOWN_NOTIFICATION *PFN_WDF_DEVICE_SHUTDOWN_NOTIFICATION;

typedef enum _WDF_DEVICE_SHUTDOWN_FLAGS {
    WdfDeviceShutdown = 0x01,           /* before the driver's PnP devices are removed */
    WdfDeviceLastChanceShutdown = 0x02, /* after that */
} WDF_DEVICE_SHUTDOWN_FLAGS;

#ifndef UMDF_VERSION_MAJOR
/*
 * WdfControlDeviceInitAllocate: allocates an init structure for a control device, for
 * WdfDeviceCreate. It is the caller's until then, and is freed with WdfDeviceInitFree if it is not
 * used.
 *   Driver      the calling driver.
 *   SDDLString  who may open it, as in <wdmsec.h>; copied. It becomes the node's mode, unless the
 *               daemon's --mode gives another (docs/semantics.md).
 * IRQL PASSIVE_LEVEL. Returns NULL on any failure: no string, a malformed one, no memory, above
 * PASSIVE_LEVEL (S3.25).
 */
PWDFDEVICE_INIT WdfControlDeviceInitAllocate(WDFDRIVER Driver, CONST UNICODE_STRING *SDDLString);

/*
 * WdfControlDeviceInitSetShutdownNotification: a callback for when the system shuts down.
 *   Notification  the callback.
 *   Flags         WdfDeviceShutdown, WdfDeviceLastChanceShutdown or both; others: ignored, with a
 *                 break (S3.30).
 * IRQL PASSIVE_LEVEL.
 */
VOID WdfControlDeviceInitSetShutdownNotification(PWDFDEVICE_INIT DeviceInit,
                                                 PFN_WDF_DEVICE_SHUTDOWN_NOTIFICATION Notification,
                                                 UCHAR Flags);

/*
 * WdfControlFinishInitializing: the control device is complete, and may be opened from now on: its
 * node exists when this returns. Until then opens are refused with STATUS_NO_SUCH_DEVICE. Set up
 * the default queue and dispatching before it (S3.28). For another kind of device: ignored, with a
 * break. IRQL PASSIVE_LEVEL.
 */
VOID WdfControlFinishInitializing(WDFDEVICE Device);
#endif

WDF_EXTERN_C_END

#endif
