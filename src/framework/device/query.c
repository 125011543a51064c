/* Asking before a device is removed, sleeps, or is stopped. See query.h. */
#include "framework/device/query.h"

#include <wdf.h>

#include "framework/device/device.h"
#include "framework/device/opentarget.h"
#include "framework/device/pnp.h"
#include "framework/device/policy.h"
#include "framework/device/turn.h"
#include "framework/device/wake.h"

/* ---- removal ---- */

static void cancel_child(struct wdf_device *child);

/* Those that were asked, bottom up. */
static void cancel_stack(struct wdf_device *top, const struct wdf_device *last)
{
    if (top != last)
        cancel_stack(top->init.lower, last);
    pnp_cancel_remove(top);
    family_for_each_child(top, cancel_child);
}

static void cancel_child(struct wdf_device *child)
{
    cancel_stack(device_top(child), child);
}

/* A device that has agreed is not asked again: it may be in several relations. */
static bool ask(struct wdf_device *device)
{
    if (machine_state(device, MACHINE_PNP) == WdfDevStatePnpQueryRemovePending)
        return true;
    return NT_SUCCESS(pnp_query_remove(device)) || !pnp_is_started(device);
}

/* The children are asked first; one objection is enough. */
static bool ask_family_locked(struct wdf_device *device) REQUIRES(io_lock)
{
    bool is_allowed = true;
    LIST_ENTRY *entry = device->family.children.Flink;
    while (is_allowed) {
        struct wdf_device *asked =
            entry != &device->family.children ? device_from_family_entry(entry) : device;
        io_unlock(device->io.domain);
        is_allowed = asked == device ? ask(device) : query_stack(device_top(asked));
        io_lock(device->io.domain);
        if (asked == device)
            break;
        entry = entry->Flink;
    }
    return is_allowed;
}

static bool ask_family(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    return ask_family_locked(device);
}

/* The first objection is enough: those below are not asked (S17.11). */
bool query_stack(struct wdf_device *top)
{
    bool is_allowed = true;
    for (struct wdf_device *asked = top; asked != NULL && is_allowed; asked = asked->init.lower) {
        is_allowed = ask_family(asked);
        if (!is_allowed)
            cancel_stack(top, asked);
    }
    return is_allowed;
}

static bool ask_stack_in_turn(struct wdf_device *top)
{
    turn_enter(top);
    bool is_allowed = query_stack(top);
    turn_leave(top);
    return is_allowed;
}

void query_cancel_stack(struct wdf_device *top)
{
    cancel_stack(top, device_lowest(top));
}

/* Those who have it open are asked before the drivers of the device. */
static bool allows_removal(struct wdf_device *top, void *unused)
{
    (void)unused;
    bool is_allowed = targets_allow_removal(top) && ask_stack_in_turn(top);
    if (!is_allowed)
        targets_removal_canceled(top);
    return is_allowed;
}

static void cancel_removal(struct wdf_device *top)
{
    turn_enter(top);
    query_cancel_stack(top);
    turn_leave(top);
    targets_removal_canceled(top);
}

/* Who has not been asked stays as it is. */
static bool cancel_related(struct wdf_device *related, void *unused)
{
    (void)unused;
    cancel_removal(related);
    return true;
}

/* S17.40: what is to be removed with it is asked first. */
bool device_query_remove(struct wdf_device *device)
{
    turn_enter(device);
    relations_query(device, RELATION_REMOVAL);
    turn_leave(device);
    bool is_allowed = relations_for_each(device, RELATION_REMOVAL, allows_removal, NULL) &&
                      allows_removal(device, NULL);
    if (!is_allowed)
        (void)relations_for_each(device, RELATION_REMOVAL, cancel_related, NULL);
    return is_allowed;
}

void device_cancel_remove(struct wdf_device *device)
{
    cancel_removal(device);
    (void)relations_for_each(device, RELATION_REMOVAL, cancel_related, NULL);
}

void query_removed(struct wdf_device *device)
{
    (void)relations_for_each(device, RELATION_REMOVAL, cancel_related, NULL);
}

/* ---- sleep ---- */

/* S18.31: of a device that is started; the children's stacks as well. */
static bool stack_objects_to_sleep(struct wdf_device *top, SYSTEM_POWER_STATE state)
{
    struct wdf_device *owner = policy_owner_of(top);
    if (owner != NULL && pnp_is_started(owner) && wake_objects(owner, state))
        return true;
    for (; top != NULL; top = top->init.lower) {
        bool is_objected = false;
        IO_LOCK_SCOPE(top->io.domain);
        for (LIST_ENTRY *entry = top->family.children.Flink;
             entry != &top->family.children && !is_objected; entry = entry->Flink) {
            struct wdf_device *child = device_from_family_entry(entry);
            io_unlock(top->io.domain);
            is_objected = stack_objects_to_sleep(device_top(child), state);
            io_lock(top->io.domain);
        }
        if (is_objected)
            return true;
    }
    return false;
}

NTSTATUS device_query_sleep(struct wdf_device *device, SYSTEM_POWER_STATE state)
{
    turn_enter(device);
    bool is_objected = stack_objects_to_sleep(device, state);
    turn_leave(device);
    return is_objected ? STATUS_POWER_STATE_INVALID : STATUS_SUCCESS;
}

/* ---- a stop for a rebalance ---- */

static void cancel_stop_up_to(struct wdf_device *device)
{
    if (device == NULL)
        return;
    cancel_stop_up_to(device->init.lower);
    pnp_cancel_stop(device);
}

void device_cancel_stop(struct wdf_device *device)
{
    turn_enter(device);
    cancel_stop_up_to(device);
    turn_leave(device);
}

NTSTATUS device_query_stop(struct wdf_device *device)
{
    turn_enter(device);
    NTSTATUS status = STATUS_SUCCESS;
    for (struct wdf_device *asked = device; asked != NULL && NT_SUCCESS(status);
         asked = asked->init.lower)
        status = pnp_query_stop(asked);
    if (!NT_SUCCESS(status))
        cancel_stop_up_to(device);
    turn_leave(device);
    return status;
}

/* A device that has failed is left to its bus, or reported to the code that added it. */
static void tell_if_failed(struct wdf_device *device, NTSTATUS status)
{
    if (!NT_SUCCESS(status) && device_has_failed(device) && !child_give_up(device))
        node_tell_failed(device);
}

NTSTATUS device_rebalance_stop(struct wdf_device *device)
{
    turn_enter(device);
    NTSTATUS status = STATUS_SUCCESS;
    for (struct wdf_device *each = device; each != NULL && NT_SUCCESS(status);
         each = each->init.lower)
        status = pnp_stop(each);
    turn_leave(device);
    tell_if_failed(device, status);
    return status;
}

static NTSTATUS restart_up_to(struct wdf_device *device)
{
    NTSTATUS status =
        device->init.lower != NULL ? restart_up_to(device->init.lower) : STATUS_SUCCESS;
    return NT_SUCCESS(status) ? pnp_restart(device) : status;
}

NTSTATUS device_rebalance_start(struct wdf_device *device)
{
    turn_enter(device);
    NTSTATUS status = restart_up_to(device);
    turn_leave(device);
    tell_if_failed(device, status);
    return status;
}
