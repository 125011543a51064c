/*
 * Power capabilities of a stack: which states its devices can be in, and from which they can wake
 * (S18.1 to S18.5). A child states its own, or has its parent's; for other stacks the host states
 * them (driver_set_wake). Each device on the way up may narrow them.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_POWERCAPS_H
#define WDFUSE_FRAMEWORK_DEVICE_POWERCAPS_H

#include <stdbool.h>

#include <wdf.h>

struct wdf_device;

struct power_caps {
    DEVICE_POWER_STATE device_state[PowerSystemMaximum]; /* the lightest in each system state */
    DEVICE_POWER_STATE device_wake;                      /* PowerDeviceUnspecified: no wake */
    SYSTEM_POWER_STATE system_wake;                      /* PowerSystemUnspecified: no wake */
};

/* Of the stack up to that device. */
struct power_caps powercaps_of(struct wdf_device *device);

/* The deepest state from which a device can wake a system that is in `state`; PowerDeviceD0 or
 * PowerDeviceUnspecified: from none (S18.3). */
DEVICE_POWER_STATE powercaps_deepest_wake(const struct power_caps *caps, SYSTEM_POWER_STATE state);

/* D1 to D3 have the same order in both enumerations; PowerDeviceMaximum is D3. */
WDF_POWER_DEVICE_STATE powercaps_target(DEVICE_POWER_STATE state);

#endif
