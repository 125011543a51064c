/* Requests to wait for a wake, and arming. See wake.h. */
#include "framework/device/wake.h"

#include "framework/device/call.h"
#include "framework/device/device.h"
#include "framework/device/powercaps.h"
#include "framework/device/turn.h"
#include "framework/device/wakebus.h"

/* ---- the request ---- */

/* True: there was one. */
static bool complete(struct wdf_device *lowest, NTSTATUS status)
{
    IO_LOCK_SCOPE(lowest->io.domain);
    struct wake *wake = &lowest->wake;
    if (wake->waiter == NULL || wake->request_status != STATUS_PENDING)
        return false;
    wake->request_status = status;
    turn_wish(wake->waiter);
    return true;
}

static bool pend(struct wdf_device *lowest, struct wdf_device *owner, bool is_for_system)
{
    IO_LOCK_SCOPE(lowest->io.domain);
    if (lowest->wake.waiter != NULL)
        return false;
    lowest->wake.waiter = owner;
    lowest->wake.is_for_system = is_for_system;
    lowest->wake.request_status = STATUS_PENDING;
    return true;
}

/* STATUS_PENDING: it is not over, or there is none. */
static NTSTATUS take_end(struct wdf_device *lowest)
{
    IO_LOCK_SCOPE(lowest->io.domain);
    struct wake *wake = &lowest->wake;
    if (wake->waiter == NULL || wake->request_status == STATUS_PENDING)
        return STATUS_PENDING;
    wake->waiter = NULL;
    return wake->request_status;
}

static bool is_child_of_other_owner(const struct wdf_device *lowest, const struct wdf_device *owner)
{
    return lowest->init.kind == DEVICE_PDO && lowest != owner;
}

bool wake_send(struct wdf_device *owner, bool is_for_system)
{
    struct wdf_device *lowest = device_lowest(owner);
    owner->wake.status = STATUS_NOT_SUPPORTED;
    if (!pend(lowest, owner, is_for_system))
        return false;
    if (!is_child_of_other_owner(lowest, owner))
        return true;
    (void)machine_send(lowest, MACHINE_POWER, EVENT_WAKE_ARRIVAL);
    if (!lowest->wake.is_armed_at_bus)
        (void)complete(lowest, lowest->wake.status);
    return true;
}

/* The request is over: a child's power machine is told before the policy. */
static enum machine_event end(struct wdf_device *owner, NTSTATUS status)
{
    struct wdf_device *lowest = device_lowest(owner);
    enum machine_event event = NT_SUCCESS(status)           ? EVENT_WAKE_SUCCEEDED
                               : status == STATUS_CANCELLED ? EVENT_WAKE_CANCELED
                                                            : EVENT_WAKE_FAILED;
    owner->wake.status = status;
    if (is_child_of_other_owner(lowest, owner))
        (void)machine_send(lowest, MACHINE_POWER, event);
    return event;
}

enum machine_event wake_event(struct wdf_device *owner)
{
    NTSTATUS status = take_end(device_lowest(owner));
    return status != STATUS_PENDING ? end(owner, status) : EVENT_NONE;
}

bool wake_is_over_well(struct wdf_device *owner)
{
    struct wdf_device *lowest = device_lowest(owner);
    IO_LOCK_SCOPE(lowest->io.domain);
    const struct wake *wake = &lowest->wake;
    return wake->waiter != NULL && wake->request_status != STATUS_PENDING &&
           NT_SUCCESS(wake->request_status);
}

/* STATUS_PENDING: there was none. */
static NTSTATUS take_back(struct wdf_device *lowest)
{
    IO_LOCK_SCOPE(lowest->io.domain);
    struct wake *wake = &lowest->wake;
    if (wake->waiter == NULL)
        return STATUS_PENDING;
    wake->waiter = NULL;
    return wake->request_status == STATUS_PENDING ? STATUS_CANCELLED : wake->request_status;
}

void wake_cancel(struct wdf_device *owner)
{
    NTSTATUS status = take_back(device_lowest(owner));
    if (status != STATUS_PENDING)
        (void)end(owner, status);
}

/* ---- at the device ---- */

static bool children_want_locked(const struct wdf_device *owner) REQUIRES(io_lock)
{
    return owner->wake.settings.ArmForWakeIfChildrenAreArmedForWake &&
           owner->wake.armed_children > 0;
}

static bool is_enabled(struct wdf_device *owner)
{
    IO_LOCK_SCOPE(owner->io.domain);
    return owner->wake.has_settings && (owner->wake.is_enabled || children_want_locked(owner));
}

static bool can_wake_from(struct wdf_device *owner, SYSTEM_POWER_STATE system_state)
{
    return system_state <= powercaps_of(device_top(owner)).system_wake;
}

bool wake_is_wanted(struct wdf_device *owner, SYSTEM_POWER_STATE system_state)
{
    return is_enabled(owner) && can_wake_from(owner, system_state);
}

bool wake_objects(struct wdf_device *owner, SYSTEM_POWER_STATE system_state)
{
    return system_state < PowerSystemHibernate && is_enabled(owner) &&
           !can_wake_from(owner, system_state);
}

WDF_POWER_DEVICE_STATE wake_dx_state(struct wdf_device *owner)
{
    IO_LOCK_SCOPE(owner->io.domain);
    return powercaps_target(owner->wake.settings.DxState);
}

static NTSTATUS enable_if_child(struct wdf_device *owner, NTSTATUS status)
{
    return NT_SUCCESS(status) && owner->init.kind == DEVICE_PDO ? wake_enable_at_bus(owner)
                                                                : status;
}

NTSTATUS wake_arm_for_s0(struct wdf_device *owner)
{
    return enable_if_child(owner, CALL_OF(owner, policy, EvtDeviceArmWakeFromS0));
}

/* S18.23 */
static NTSTATUS arm_for_sx(struct wdf_device *owner)
{
    if (owner->init.policy.EvtDeviceArmWakeFromSxWithReason == NULL)
        return CALL_OF(owner, policy, EvtDeviceArmWakeFromSx);
    io_lock(owner->io.domain);
    BOOLEAN is_enabled = owner->wake.is_enabled;
    BOOLEAN are_children_armed = children_want_locked(owner);
    io_unlock(owner->io.domain);
    return CALL_OF(owner, policy, EvtDeviceArmWakeFromSxWithReason, is_enabled, are_children_armed);
}

NTSTATUS wake_arm_for_sx(struct wdf_device *owner)
{
    return enable_if_child(owner, arm_for_sx(owner));
}

void wake_disarm_from_s0(struct wdf_device *owner)
{
    if (owner->init.kind == DEVICE_PDO)
        wake_disable_at_bus(owner);
    CALL_VOID_OF(owner, policy, EvtDeviceDisarmWakeFromS0);
}

static bool tells_children(struct wdf_device *owner)
{
    IO_LOCK_SCOPE(owner->io.domain);
    return owner->wake.settings.IndicateChildWakeOnParentWake &&
           owner->wake.status != STATUS_CANCELLED;
}

static void tell_child(struct wdf_device *child)
{
    (void)complete(child, child->family.parent->wake.status);
}

void wake_disarm_from_sx(struct wdf_device *owner)
{
    if (owner->init.kind == DEVICE_PDO)
        wake_disable_at_bus(owner);
    CALL_VOID_OF(owner, policy, EvtDeviceDisarmWakeFromSx);
    if (tells_children(owner))
        family_for_each_child(owner, tell_child);
    owner->wake.status = STATUS_NOT_SUPPORTED;
}

/* ---- events from the host ---- */

static bool wakes_system(struct wdf_device *lowest)
{
    IO_LOCK_SCOPE(lowest->io.domain);
    return lowest->wake.waiter != NULL && lowest->wake.is_for_system;
}

NTSTATUS device_wake(struct wdf_device *device, NTSTATUS status)
{
    struct wdf_device *lowest = device_lowest(device);
    if (status == STATUS_PENDING || status == STATUS_CANCELLED)
        return STATUS_INVALID_PARAMETER;
    bool is_for_system = wakes_system(lowest);
    if (!complete(lowest, status))
        return STATUS_INVALID_DEVICE_REQUEST;
    if (is_for_system && NT_SUCCESS(status))
        node_tell_woken();
    return STATUS_SUCCESS;
}
