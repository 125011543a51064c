/*
 * Waking: a device in Dx asks to be brought back to D0, or has the system woken (S18.20 to S18.28).
 *
 * The owner of a stack's policy sends a request to wait for that, as Windows' IRP_MN_WAIT_WAKE; it
 * pends at the lowest device of the stack. That is a child, which its bus driver arms
 * (EvtDeviceEnableWakeAtBus) and completes it for (WdfDeviceIndicateWakeStatus), or a device on the
 * bus that the host stands for, which completes it itself (device_wake). The owner hears of it in a
 * turn (wake_event).
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
    /* Of the lowest device: who has sent the request that pends; NULL: there is none. It is over
     * with a status other than STATUS_PENDING, and the owner has not looked yet. */
    struct wdf_device *waiter GUARDED_BY(io_lock);
    NTSTATUS request_status GUARDED_BY(io_lock);
    bool is_for_system GUARDED_BY(io_lock); /* it is to wake that, too */

    /* Of the owner: WdfDeviceAssignSxWakeSettings, with the state that PowerDeviceMaximum means */
    bool has_settings GUARDED_BY(io_lock);
    WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS settings GUARDED_BY(io_lock);
    bool is_enabled GUARDED_BY(io_lock);
    bool user_has_control GUARDED_BY(io_lock); /* as the first settings say (S18.7) */

    /* Of who has the turn. */
    NTSTATUS status;         /* of the owner: how its last request has ended */
    bool is_armed_at_bus;    /* a child (S18.34) */
    unsigned armed_children; /* a parent's */
};

/* ---- for the policy of an owner, in its turn ---- */

/* Whether the device is to wake the system from that state, and from which state of its own. */
bool wake_is_wanted(struct wdf_device *owner, SYSTEM_POWER_STATE system_state);
bool wake_objects(struct wdf_device *owner, SYSTEM_POWER_STATE system_state); /* S18.31 */
WDF_POWER_DEVICE_STATE wake_dx_state(struct wdf_device *owner);

/* Sends the request. False: one pends already. Its end, perhaps at once, is told by wake_event. */
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
