/*
 * Waking: a device in Dx asks to return to D0, or wakes the system (S18.20 to S18.28).
 *
 * The owner of a stack's policy sends a request to wait for that, like Windows' IRP_MN_WAIT_WAKE;
 * it pends at the lowest device of the stack. If that is a child, its bus driver arms it
 * (EvtDeviceEnableWakeAtBus) and completes the request (WdfDeviceIndicateWakeStatus). Otherwise the
 * host stands for the bus and completes it (device_wake). The owner learns of it in a turn
 * (wake_event).
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_WAKE_H
#define WDFUSE_FRAMEWORK_DEVICE_WAKE_H

#include <stdbool.h>

#include <wdf.h>

#include "framework/device/machine.h"
#include "framework/io/domain.h"

struct wdf_device;

/* Part of the device. */
struct wake {
    /* Of the lowest device: the sender of the pending request; NULL: none. With a status other than
     * STATUS_PENDING it is over, and the owner has not looked yet. */
    struct wdf_device *waiter GUARDED_BY(io_lock);
    NTSTATUS request_status GUARDED_BY(io_lock);
    bool is_for_system GUARDED_BY(io_lock); /* it is to wake the system, too */

    /* Of the owner: WdfDeviceAssignSxWakeSettings, with the state that PowerDeviceMaximum means */
    bool has_settings GUARDED_BY(io_lock);
    WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS settings GUARDED_BY(io_lock);
    bool is_enabled GUARDED_BY(io_lock);
    bool user_has_control GUARDED_BY(io_lock); /* as the first settings say (S18.7) */

    /* For the thread that has the turn. */
    NTSTATUS status;         /* of the owner: how its last request has ended */
    bool is_armed_at_bus;    /* a child (S18.34) */
    unsigned armed_children; /* a parent's */
};

/* ---- for the policy of an owner, in its turn ---- */

/* Whether the device is to wake the system from that state, and from which state of its own. */
bool wake_is_wanted(struct wdf_device *owner, SYSTEM_POWER_STATE system_state);
bool wake_objects(struct wdf_device *owner, SYSTEM_POWER_STATE system_state); /* S18.31 */
WDF_POWER_DEVICE_STATE wake_dx_state(struct wdf_device *owner);

/* Sends the request. False: one pends already. wake_event tells its end, perhaps at once. */
bool wake_send(struct wdf_device *owner, bool is_for_system);

/* How the request has ended: WAKE_SUCCEEDED, WAKE_FAILED; NONE: it has not, or that is known. */
enum machine_event wake_event(struct wdf_device *owner);

/* It has ended with success, which wake_event will tell. */
bool wake_is_over_well(struct wdf_device *owner);

void wake_cancel(struct wdf_device *owner);

/* Calls the driver to arm its device; an owner that is a child is armed at the bus as well. */
NTSTATUS wake_arm_for_s0(struct wdf_device *owner);
NTSTATUS wake_arm_for_sx(struct wdf_device *owner);
void wake_disarm_from_s0(struct wdf_device *owner);
void wake_disarm_from_sx(struct wdf_device *owner); /* then the children may wake, too (S18.27) */

#endif
