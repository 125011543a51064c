/*
 * Loading, starting and removing a driver: the seam between the host (or a test) and the framework.
 *
 * One driver a process. The calls come from one thread, in this order:
 *     driver_load, driver_add_device, ... requests ..., device_remove, (transports close), device_delete,
 * driver_unload.
 */
#ifndef WDFUSE_FRAMEWORK_LIFECYCLE_H
#define WDFUSE_FRAMEWORK_LIFECYCLE_H

#include <stdbool.h>

#include <wdf.h>

struct wdf_device;

/*
 * Runs DriverEntry. On failure everything the driver had created is deleted again (S3.6), and the status is
 * the driver's. `service_name` names the driver in messages and in its registry path; it is copied.
 */
NTSTATUS driver_load(DRIVER_INITIALIZE *driver_entry, const char *service_name);

/*
 * Reports one device to the driver: EvtDriverDeviceAdd, then start (S11.1). On
 * success *device is the device, or NULL when the driver chose not to create one (S3.7).
 */
NTSTATUS driver_add_device(struct wdf_device **device);

/*
 * Orderly removal: queues stop accepting, queued requests and cancelable ones are cancelled, the other
 * driver-owned ones are awaited. Opens that arrive from now on are answered STATUS_DEVICE_REMOVED, other
 * requests once the device is removed. Every request that was submitted has been answered when this returns.
 * The device stays, for files to be released.
 */
void device_remove(struct wdf_device *device);

/* As device_remove, of a device that is gone already: EvtDeviceSurpriseRemoval comes first (S11.20). */
void device_surprise_remove(struct wdf_device *device);

/* Asks the driver (EvtDeviceQueryRemove, S11.15): false if it objects. */
bool device_may_be_removed(struct wdf_device *device);

/*
 * Takes the device out of D0 and back (S11.8). Requests that arrive meanwhile wait.
 * STATUS_INVALID_DEVICE_STATE when it is not started, or not suspended; a failed resume returns what the
 * driver returned, and the device is to be removed.
 */
NTSTATUS device_suspend(struct wdf_device *device);
NTSTATUS device_resume(struct wdf_device *device);

/*
 * Has the listener called for each name that clients may find the device by (device interfaces, symbolic
 * links): now for those that are there, and whenever one comes or goes, until removal takes them all away.
 * `path` is relative: "by-interface/{GUID}/REFERENCE" or "by-name/NAME"; a path that ends in a slash leaves
 * the last part to the listener. Called in any thread at PASSIVE_LEVEL, one call at a time; it must not call
 * the framework.
 */
typedef void device_name_listener(void *context, const char *path, bool is_there);
void device_listen_to_names(struct wdf_device *device, device_name_listener *listener, void *context);

/* Deletes a removed device and all below it (S11.17 steps 9-11). Every file must have been released. */
void device_delete(struct wdf_device *device);

/* EvtDriverUnload, then the driver object is deleted (S3.5). Every device must have been deleted. */
void driver_unload(void);

#endif
