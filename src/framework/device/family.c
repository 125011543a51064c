/* Parents and children: PnP and power of a family, and the static child list. See family.h. */
#include "framework/device/family.h"

#include <wdf.h>

#include "framework/device/childstack.h"
#include "framework/object/apiresult.h"
#include "framework/device/device.h"
#include "framework/device/name.h"
#include "framework/device/opentarget.h"
#include "framework/device/pnp.h"
#include "framework/object/verifier.h"
#include "nt/status.h"
#include "port/log.h"

static void look_at_children(struct work *work);
static NTSTATUS start_stack(struct wdf_device *device);
static void remove_family(struct wdf_device *device, bool is_by_surprise);
static void remove_stack(struct wdf_device *device, bool is_by_surprise);
static bool may_stack_be_removed(struct wdf_device *device);

void family_init(struct family *family, struct wdf_device *parent, struct work_account *account)
{
    family->parent = parent;
    InitializeListHead(&family->children);
    work_init(&family->look, look_at_children, account);
}

static struct wdf_device *device_from_entry(LIST_ENTRY *entry)
{
    return CONTAINING_RECORD(entry, struct wdf_device, family.entry);
}

/* ---- one child; for the thread inside PnP, without locks ---- */

/* S11.1. Without a driver of its own a device is started only if it is raw. */
static void start_child(struct wdf_device *child)
{
    struct wdf_device *uppermost = childstack_build(child);
    if (uppermost == child && !child->init.child.is_raw) {
        const char *id = device_child_id(child, 0);
        log_warning("driver %s: the child %s is not started: no driver is for it (%s)",
                    driver_name(child->init.driver), device_node_name(child),
                    id != NULL ? id : "it has no hardware ID");
        return;
    }
    NTSTATUS status = uppermost != NULL ? start_stack(uppermost) : STATUS_SUCCESS;
    if (NT_SUCCESS(status))
        return;
    /* S11.7: it stays until it is removed */
    log_error("driver %s: the child %s does not start: %s", driver_name(child->init.driver),
              device_node_name(child), nt_status_name(status));
    childstack_abandon(uppermost, child);
    if (!pnp_is_started(child))
        return;
    node_withdraw(child);
    remove_family(child, false);
}

/*
 * Out of the list, which comes first: who iterates has handles of children in its hands, and must
 * not be given one that is being removed. True: it was marked missing. Waits for iterations, with
 * the lock dropped.
 */
static bool unlink_child_locked(struct wdf_device *parent, struct wdf_device *child)
    REQUIRES(io_lock)
{
    struct port_patience patience = {0};
    while (parent->family.iterations > 0) {
        if (!io_wait_locked(&parent->io, &patience))
            continue;
        io_unlock(parent->io.domain);
        log_warning("removal waits: driver %s has locked the list of children, and not unlocked it",
                    driver_name(parent->init.driver));
        io_lock(parent->io.domain);
    }
    bool is_missing = child->family.state == CHILD_MISSING;
    RemoveEntryList(&child->family.entry);
    child->family.state = CHILD_GONE;
    return is_missing;
}

/* Of a child that is out of the list, with all that is on top of it. */
static void remove_child(struct wdf_device *child, bool is_by_surprise)
{
    struct wdf_device *uppermost = node_uppermost(child);
    device_names_disable(uppermost);
    node_withdraw(uppermost);
    remove_stack(uppermost, is_by_surprise || device_has_failed(uppermost));
    device_delete_when_closed(uppermost);
}

/* S11.20: to its drivers a device that is missing has gone by surprise. */
static void remove_missing(struct wdf_device *child)
{
    if (child->init.child.evt_reported_missing != NULL) {
        struct callback callback;
        callback_begin(&child->callback, &callback, "EvtDeviceReportedMissing", child);
        child->init.child.evt_reported_missing(device_handle(child));
        callback_end(&child->callback);
    }
    remove_child(child, true);
}

/* A transition of power has returned: a child that has failed in it goes alone (S11.12, S18.47).
 * One that was not started, or not suspended, has taken no part. */
static void end_transition(struct wdf_device *child, const char *transition, NTSTATUS status)
{
    if (NT_SUCCESS(status) || !device_has_failed(node_uppermost(child)))
        return;
    log_error("the child %s does not %s: %s; it is removed", device_node_name(child), transition,
              nt_status_name(status));
    io_lock(child->io.domain);
    (void)unlink_child_locked(child->family.parent, child);
    io_unlock(child->io.domain);
    remove_child(child, true);
}

static void suspend_child(struct wdf_device *child)
{
    end_transition(child, "suspend", device_suspend(node_uppermost(child)));
}

static void resume_child(struct wdf_device *child)
{
    end_transition(child, "resume", device_resume(node_uppermost(child)));
}

/* ---- being inside PnP ---- */

/* The next child of which there is something to be done, with its new state. */
static struct wdf_device *next_to_look_at_locked(const struct wdf_device *parent) REQUIRES(io_lock)
{
    if (parent->family.iterations > 0)
        return NULL;
    for (LIST_ENTRY *entry = parent->family.children.Flink; entry != &parent->family.children;
         entry = entry->Flink) {
        struct wdf_device *child = device_from_entry(entry);
        if (child->family.state == CHILD_MISSING)
            return child;
        if (child->family.state == CHILD_PENDING && parent->state == DEVICE_STARTED)
            return child;
    }
    return NULL;
}

static void look_at_locked(struct wdf_device *parent, struct wdf_device *child) REQUIRES(io_lock)
{
    bool is_missing = child->family.state == CHILD_MISSING;
    if (is_missing)
        (void)unlink_child_locked(parent, child);
    else
        child->family.state = CHILD_PRESENT;
    io_unlock(parent->io.domain);
    if (is_missing)
        remove_missing(child);
    else
        start_child(child);
    io_lock(parent->io.domain);
}

static void enter_pnp(struct wdf_device *parent)
{
    IO_LOCK_SCOPE(parent->io.domain);
    struct port_patience patience = {0};
    while (parent->family.is_in_pnp) {
        if (!io_wait_locked(&parent->io, &patience))
            continue;
        io_unlock(parent->io.domain);
        log_warning("PnP of %s waits: a child of it is being started or removed",
                    device_node_name(parent));
        io_lock(parent->io.domain);
    }
    parent->family.is_in_pnp = true;
}

/* Not without a last look at the children, in the same section of the lock: what is recorded later
 * has a worker look. */
static void leave_pnp_locked(struct wdf_device *parent) REQUIRES(io_lock)
{
    struct wdf_device *child;
    while ((child = next_to_look_at_locked(parent)) != NULL)
        look_at_locked(parent, child);
    parent->family.is_in_pnp = false;
    io_changed_locked(&parent->io);
}

static void leave_pnp(struct wdf_device *parent)
{
    IO_LOCK_SCOPE(parent->io.domain);
    leave_pnp_locked(parent);
}

static void look_at_children(struct work *work)
{
    struct wdf_device *parent = CONTAINING_RECORD(work, struct wdf_device, family.look);
    io_lock(parent->io.domain);
    parent->family.has_looker = false;
    if (!parent->family.is_in_pnp) { /* else whoever is looks before leaving */
        parent->family.is_in_pnp = true;
        leave_pnp_locked(parent);
    }
    io_unlock(parent->io.domain);
    object_release(&parent->io.object);
}

void family_request_look_locked(struct wdf_device *parent)
{
    struct family *family = &parent->family;
    if (family->is_in_pnp || family->has_looker || next_to_look_at_locked(parent) == NULL)
        return;
    family->has_looker = true;
    object_reference(&parent->io.object);
    work_submit(&family->look);
}

/* Children are taken out of the list by whoever is inside PnP, so that only the action itself can
 * do it. */
static void for_each_child(struct wdf_device *parent, void (*action)(struct wdf_device *child))
{
    IO_LOCK_SCOPE(parent->io.domain);
    LIST_ENTRY *entry = parent->family.children.Flink;
    while (entry != &parent->family.children) {
        struct wdf_device *child = device_from_entry(entry);
        entry = entry->Flink;
        io_unlock(parent->io.domain);
        action(child);
        io_lock(parent->io.domain);
    }
}

/* ---- the events ---- */

static NTSTATUS start_family(struct wdf_device *device)
{
    enter_pnp(device);
    NTSTATUS status = pnp_start(device);
    leave_pnp(device);
    return status;
}

/* From the lowest to that one; a failure stops the rest (S17.11). */
static NTSTATUS start_stack(struct wdf_device *device)
{
    NTSTATUS status = device->init.lower != NULL ? start_stack(device->init.lower) : STATUS_SUCCESS;
    return NT_SUCCESS(status) ? start_family(device) : status;
}

NTSTATUS device_start(struct wdf_device *device)
{
    NTSTATUS status = start_stack(device);
    if (!NT_SUCCESS(status))
        device_abandon(device);
    return status;
}

static NTSTATUS suspend_family(struct wdf_device *device)
{
    enter_pnp(device);
    NTSTATUS status = STATUS_INVALID_DEVICE_STATE;
    if (pnp_is_started(device)) {
        for_each_child(device, suspend_child);
        status = pnp_suspend(device);
    }
    leave_pnp(device);
    return status;
}

static NTSTATUS resume_family(struct wdf_device *device)
{
    enter_pnp(device);
    NTSTATUS status = pnp_resume(device);
    if (NT_SUCCESS(status))
        for_each_child(device, resume_child);
    leave_pnp(device);
    return status;
}

NTSTATUS device_suspend(struct wdf_device *device)
{
    NTSTATUS status = STATUS_SUCCESS;
    for (; device != NULL && NT_SUCCESS(status); device = device->init.lower)
        status = suspend_family(device);
    return status;
}

NTSTATUS device_resume(struct wdf_device *device)
{
    NTSTATUS status =
        device->init.lower != NULL ? device_resume(device->init.lower) : STATUS_SUCCESS;
    return NT_SUCCESS(status) ? resume_family(device) : status;
}

static void close_list(struct wdf_device *parent)
{
    IO_LOCK_SCOPE(parent->io.domain);
    parent->family.is_closed = true;
}

static struct wdf_device *take_first_child(struct wdf_device *parent, bool *is_missing)
{
    IO_LOCK_SCOPE(parent->io.domain);
    if (IsListEmpty(&parent->family.children))
        return NULL;
    struct wdf_device *child = device_from_entry(parent->family.children.Flink);
    *is_missing = unlink_child_locked(parent, child);
    return child;
}

static void remove_children(struct wdf_device *parent, bool is_by_surprise)
{
    struct wdf_device *child;
    bool is_missing;
    close_list(parent);
    while ((child = take_first_child(parent, &is_missing)) != NULL) {
        if (is_missing) /* and nobody has come to look */
            remove_missing(child);
        else
            remove_child(child, is_by_surprise);
    }
}

static void remove_children_of(struct wdf_device *parent, bool is_by_surprise)
{
    enter_pnp(parent);
    remove_children(parent, is_by_surprise);
    leave_pnp(parent);
}

void device_delete_unstarted(struct wdf_device *device)
{
    remove_children_of(device, false);
    device_delete_alone(device);
}

static bool is_removed(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    return device->state == DEVICE_REMOVED;
}

static void remove_device(struct wdf_device *device, bool is_by_surprise)
{
    if (is_removed(device)) /* a child whose stack did not start */
        return;
    if (is_by_surprise)
        pnp_surprise_remove(device);
    else
        pnp_remove(device);
}

static void remove_family(struct wdf_device *device, bool is_by_surprise)
{
    enter_pnp(device);
    remove_children(device, is_by_surprise);
    remove_device(device, is_by_surprise);
    leave_pnp(device);
}

/* From that one to the lowest, the children before (S17.11). */
static void remove_stack(struct wdf_device *device, bool is_by_surprise)
{
    for (struct wdf_device *lower = device->init.lower; lower != NULL; lower = lower->init.lower) {
        device_names_disable(lower); /* they lead to the uppermost, which goes first */
        remove_children_of(lower, is_by_surprise);
    }
    for (struct wdf_device *each = device; each != NULL; each = each->init.lower)
        remove_family(each, is_by_surprise);
    targets_removed(device);
}

void device_abandon_alone(struct wdf_device *device)
{
    if (pnp_is_started(device))
        remove_family(device, false);
    device_delete_unstarted(device);
}

/* S17.13: what has started is removed, what has not is only deleted. */
void device_abandon(struct wdf_device *device)
{
    for (struct wdf_device *lower; device != NULL; device = lower) {
        lower = device->init.lower;
        device_abandon_alone(device);
    }
}

void device_remove(struct wdf_device *device)
{
    remove_stack(device, false);
}

void device_surprise_remove(struct wdf_device *device)
{
    remove_stack(device, true);
}

/* The children are asked first; one objection is enough. */
static bool may_family_be_removed_locked(struct wdf_device *device) REQUIRES(io_lock)
{
    bool is_allowed = true;
    LIST_ENTRY *entry = device->family.children.Flink;
    while (is_allowed) {
        struct wdf_device *asked =
            entry != &device->family.children ? device_from_entry(entry) : device;
        io_unlock(device->io.domain);
        is_allowed = asked == device ? pnp_may_be_removed(device)
                                     : may_stack_be_removed(node_uppermost(asked));
        io_lock(device->io.domain);
        if (asked == device)
            break;
        entry = entry->Flink;
    }
    return is_allowed;
}

static bool may_family_be_removed(struct wdf_device *device)
{
    enter_pnp(device);
    io_lock(device->io.domain);
    bool is_allowed = may_family_be_removed_locked(device);
    io_unlock(device->io.domain);
    leave_pnp(device);
    return is_allowed;
}

/* The first objection is enough: those below are not asked (S17.11). */
static bool may_stack_be_removed(struct wdf_device *device)
{
    bool is_allowed = true;
    for (; device != NULL && is_allowed; device = device->init.lower)
        is_allowed = may_family_be_removed(device);
    return is_allowed;
}

/* Those who have it open are asked before the drivers of the device. */
bool device_may_be_removed(struct wdf_device *device)
{
    bool is_allowed = targets_allow_removal(device) && may_stack_be_removed(device);
    if (!is_allowed)
        targets_removal_canceled(device);
    return is_allowed;
}

static bool has_failed(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    return device->is_failed;
}

bool device_has_failed(struct wdf_device *device)
{
    for (; device != NULL; device = device->init.lower) {
        if (has_failed(device))
            return true;
    }
    return false;
}

void device_end(struct wdf_device *device)
{
    for (struct wdf_device *each = device; each != NULL; each = each->init.lower)
        pnp_set_system_action(each, PowerActionShutdown);
    if (device_has_failed(device)) {
        device_surprise_remove(device);
    } else if (device_may_be_removed(device)) {
        device_remove(device);
    } else {
        log_warning("the driver objects to the removal: it is removed by surprise");
        device_surprise_remove(device);
    }
}

/* ---- deletion ---- */

bool family_is_gone(struct wdf_device *child)
{
    IO_LOCK_SCOPE(child->io.domain);
    return child->family.state == CHILD_GONE;
}

void family_child_deleted(struct wdf_device *parent)
{
    IO_LOCK_SCOPE(parent->io.domain);
    parent->family.undeleted--;
    io_changed_locked(&parent->io);
    device_delete_if_unused_locked(parent);
}

void family_wait_for_children(struct wdf_device *parent)
{
    IO_LOCK_SCOPE(parent->io.domain);
    struct port_patience patience = {0};
    while (parent->family.undeleted > 0) {
        if (!io_wait_locked(&parent->io, &patience))
            continue;
        unsigned count = parent->family.undeleted;
        io_unlock(parent->io.domain);
        log_warning("removal waits: %u children have open files, or are being deleted", count);
        io_lock(parent->io.domain);
    }
}

bool family_delete_by_driver(struct wdf_device *child)
{
    io_lock(child->io.domain);
    bool is_drivers = child->family.state == CHILD_UNREPORTED;
    io_unlock(child->io.domain);
    if (is_drivers)
        device_delete_when_closed(child);
    return is_drivers;
}
