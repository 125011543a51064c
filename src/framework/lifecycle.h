/*
 * Loading, starting and removing a driver: the seam between the host (or a test) and the framework.
 *
 * One driver a process. The calls come from one thread, in this order:
 *     driver_load, driver_add_device, ... requests ..., device_remove, (transports close), device_delete,
 * driver_unload.
 */
#ifndef WDFUSE_FRAMEWORK_LIFECYCLE_H
#define WDFUSE_FRAMEWORK_LIFECYCLE_H

#include <wdf.h>

struct wdf_device;

/*
 * Runs DriverEntry. On failure everything the driver had created is deleted again (S3.6), and the status is
 * the driver's. `service_name` names the driver in messages and in its registry path; it is copied.
 */
NTSTATUS driver_load(DRIVER_INITIALIZE *driver_entry, const char *service_name);

/*
 * Reports one device to the driver: EvtDriverDeviceAdd, then start, so that power-managed queues dispatch. On
 * success *device is the device, or NULL when the driver chose not to create one (S3.7).
 */
NTSTATUS driver_add_device(struct wdf_device **device);

/*
 * Orderly removal: queues stop accepting, queued requests and cancelable ones are cancelled, the other
 * driver-owned ones are awaited. Requests that arrive from now on are answered STATUS_DEVICE_REMOVED. Every
 * request that was submitted has been answered when this returns. The device stays, for files to be released.
 */
void device_remove(struct wdf_device *device);

/* Deletes a removed device and all below it (S11.17 steps 9-11). Every file must have been released. */
void device_delete(struct wdf_device *device);

/* EvtDriverUnload, then the driver object is deleted (S3.5). Every device must have been deleted. */
void driver_unload(void);

#endif
