/*
 * Idling: the power references of a device that owns its stack's policy, and the timer that runs
 * while there is none (S11.27). A reference is held by each power-managed queue that is not empty
 * (queuepower.h), by WdfDeviceStopIdle, by children in D0, and by the framework while a stop or
 * removal is asked for.
 *
 * What is found here becomes events of the policy (idle_event), in a turn that is wished for.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_IDLE_H
#define WDFUSE_FRAMEWORK_DEVICE_IDLE_H

#include <stdbool.h>

#include <wdf.h>

#include "framework/device/machine.h"
#include "framework/device/powertags.h"
#include "framework/io/domain.h"
#include "framework/object/alarm.h"

struct io_device;
struct wdf_device;

/* Part of the device. */
struct idle {
    bool is_started GUARDED_BY(io_lock); /* references count (S11.32) */
    bool has_failed GUARDED_BY(io_lock); /* a power request has */
    bool is_in_d0 GUARDED_BY(io_lock);
    bool has_timer GUARDED_BY(io_lock);   /* it may idle out */
    bool has_changed GUARDED_BY(io_lock); /* the settings have, and the policy does not know */
    uint64_t since GUARDED_BY(io_lock);   /* there is no reference; 0: long ago */
    bool alarm_is_set GUARDED_BY(io_lock);
    struct alarm alarm;

    /* Of WdfDeviceStopIdle, among the io_device's */
    unsigned driver_references GUARDED_BY(io_lock);
    struct power_tags tags GUARDED_BY(io_lock); /* of these */

    /* WdfDeviceAssignS0IdleSettings */
    bool has_settings GUARDED_BY(io_lock);
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS settings GUARDED_BY(io_lock);
    bool is_enabled GUARDED_BY(io_lock);
    bool user_has_control GUARDED_BY(io_lock); /* as the first settings say (S18.7) */
    /* WdfDeviceSetPowerCapabilities */
    WDF_DEVICE_POWER_CAPABILITIES capabilities GUARDED_BY(io_lock);
};

void idle_init(struct wdf_device *device);

/* The device is gone: the log names references that its driver has not released. */
void idle_finish(struct wdf_device *device);

/* ---- for the policy, in its turn ---- */

/* From now on references count, or do not count any more. */
void idle_start(struct wdf_device *device);
void idle_stop(struct wdf_device *device);
void idle_fail(struct wdf_device *device);

/* The device is in D0. IDLE_CAPABLE, WAKE_CAPABLE: it may idle out; DONE: it may not. */
enum machine_event idle_enter_d0(struct wdf_device *device);

/* It leaves D0; with `if_idle` only if there is no reference, else false. */
bool idle_leave_d0(struct wdf_device *device, bool if_idle);

void idle_enable_timer(struct wdf_device *device);
void idle_disable_timer(struct wdf_device *device);

/* There is a reference. */
bool idle_is_wanted(struct wdf_device *device);

/* It is to idle as a device on USB does. */
bool idle_is_over_usb(struct wdf_device *device);

/* S18.30: it need not be in D0 because the system wakes. */
bool idle_may_sleep_on(struct wdf_device *device);

WDF_POWER_DEVICE_STATE idle_dx_state(struct wdf_device *device);
WDF_POWER_DEVICE_STATE idle_sleep_state(struct wdf_device *device); /* S18.29 */

/* The event for the policy: IDLE, IO_PRESENT, POLICY_CHANGED, or NONE. */
enum machine_event idle_event(struct wdf_device *device);

/* ---- references; any thread ---- */

/* STATUS_SUCCESS: in D0; STATUS_PENDING: on its way there; STATUS_POWER_STATE_INVALID: none taken
 * (S11.29). */
NTSTATUS idle_reference(struct wdf_device *device);
void idle_dereference(struct wdf_device *device);

/* As if the timer had run out, if it runs. */
void idle_expire(struct wdf_device *device);

/* The first reference has come, or the last one gone (io_device). */
void idle_references_changed_locked(struct io_device *io) REQUIRES(io_lock);

#endif
