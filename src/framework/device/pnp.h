/*
 * PnP of one device (S11): the state machine of start, stop and removal (docs/states.md). Stacks,
 * parents and children are in family.h.
 *
 * All of these are called by the thread that has the turn of the device's tree (turn.h).
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_PNP_H
#define WDFUSE_FRAMEWORK_DEVICE_PNP_H

#include <stdbool.h>

#include <wdf.h>

struct machine_table;
struct wdf_device;

extern const struct machine_table pnp_table;

/* The device is created. */
void pnp_add(struct wdf_device *device);

/* S11.1; a failure undoes what went before (S11.5), and its status is that of S18.48. */
NTSTATUS pnp_start(struct wdf_device *device);

/* S11.15, S11.16: asks the driver, and has the device stay in D0 until it is stopped or removed, or
 * that is cancelled. Returns the driver's refusal, or why it has not come to D0. */
NTSTATUS pnp_query_remove(struct wdf_device *device);
NTSTATUS pnp_query_stop(struct wdf_device *device);
void pnp_cancel_remove(struct wdf_device *device);
void pnp_cancel_stop(struct wdf_device *device);

/* S11.22, after pnp_query_stop. After a failure it is a failed device. */
NTSTATUS pnp_stop(struct wdf_device *device);
NTSTATUS pnp_restart(struct wdf_device *device);

/* Has started and not failed, stopped or been removed. */
bool pnp_is_started(struct wdf_device *device);

/* A power request has failed on the way through the device: it is to be removed (S11.12, S18.47).
 * False: none has. */
bool pnp_take_failure(struct wdf_device *device);

/* S11.17, S11.20, up to where no request is outstanding. */
void pnp_remove(struct wdf_device *device);
void pnp_surprise_remove(struct wdf_device *device);

/* What WdfDeviceGetSystemPowerAction says. */
void pnp_set_system_action(struct wdf_device *device, POWER_ACTION action);

/* Before the objects of a deleted device go: EvtDeviceSelfManagedIoCleanup (S11.17 step 9). */
void pnp_clean_up(struct wdf_device *device);

#endif
