/*
 * The power framework, for one component of a device (S18.16 to S18.19). The system's choice of
 * states is simulated: an idle component goes to its deepest F-state, and the device then leaves
 * D0; a needed one returns to F0 once the device is in D0.
 *
 *     registered, active --idle condition, F-state--> idle --F0, active condition--> active
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_POWERFRAMEWORK_H
#define WDFUSE_FRAMEWORK_DEVICE_POWERFRAMEWORK_H

#include <stdbool.h>

#include <wdf.h>

#include "framework/io/domain.h"

struct wdf_device;

enum po_fx_awaited { PO_FX_NOTHING, PO_FX_IDLE_CONDITION, PO_FX_IDLE_STATE };

/* Part of the device. */
struct power_framework {
    /* WdfDeviceWdmAssignPowerFrameworkSettings; constant once the device is frozen */
    bool has_settings GUARDED_BY(io_lock);
    bool is_frozen GUARDED_BY(io_lock); /* the device has come to D0 once */
    WDF_POWER_FRAMEWORK_SETTINGS settings;
    ULONG state_count;
    ULONG deepest_wakeable_state;

    /* What the driver has to complete. */
    enum po_fx_awaited awaited GUARDED_BY(io_lock);

    /* For the thread that has the turn. */
    bool is_registered;
    bool is_active;
    ULONG state; /* the F-state */
};

/* All of these are for the policy, in its turn. The device has come to D0 for the first time: the
 * settings are frozen, and the component registered. False: the driver does not want it so. */
bool powerframework_register(struct wdf_device *device);
void powerframework_unregister(struct wdf_device *device);

/* They do nothing without a component, and return when the driver has completed them. */
void powerframework_idle(struct wdf_device *device);
void powerframework_activate(struct wdf_device *device);

#endif
