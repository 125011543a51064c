/*
 * PnP and power of one device (S11), whatever its parent and children do (family.h): the order in
 * which the driver hears of start, suspend, resume and removal.
 *
 *     CREATED --start--> STARTED <--suspend, resume--> SUSPENDED
 *        |                  |            |                |
 *        |                  |            +-- fails --> FAILED
 *        |                  |                             |
 *        +------------------+--------- remove ------------+---> REMOVING ---> REMOVED
 *
 * All of these are called by the thread that is inside PnP of the family, one after the other.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_PNP_H
#define WDFUSE_FRAMEWORK_DEVICE_PNP_H

#include <stdbool.h>

#include <wdf.h>

struct wdf_device;

/* S11.1; a failure undoes what went before (S11.5), and is returned. */
NTSTATUS pnp_start(struct wdf_device *device);

/* S11.8: STATUS_INVALID_DEVICE_STATE when it is not started, or not suspended; what the driver has
 * returned, and then the device has failed (S18.47). */
NTSTATUS pnp_suspend(struct wdf_device *device);
NTSTATUS pnp_resume(struct wdf_device *device);

/* In D0. */
bool pnp_is_started(struct wdf_device *device);

/* S11.15 */
bool pnp_may_be_removed(struct wdf_device *device);

/* S11.17, S11.20, up to where no request is outstanding. */
void pnp_remove(struct wdf_device *device);
void pnp_surprise_remove(struct wdf_device *device);

/* What WdfDeviceGetSystemPowerAction says. */
void pnp_set_system_action(struct wdf_device *device, POWER_ACTION action);

/* What deletion of a device owes the driver before the objects go: EvtDeviceSelfManagedIoCleanup
 * (S11.17 step 9). */
void pnp_clean_up(struct wdf_device *device);

#endif
