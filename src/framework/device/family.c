/* Parents and children: PnP and power of stacks and of a tree of them. See family.h. */
#include "framework/device/family.h"

#include <wdf.h>

#include "framework/device/call.h"
#include "framework/device/childlist.h"
#include "framework/device/childstack.h"
#include "framework/device/device.h"
#include "framework/device/eject.h"
#include "framework/device/name.h"
#include "framework/device/opentarget.h"
#include "framework/device/pnp.h"
#include "framework/device/policy.h"
#include "framework/device/query.h"
#include "framework/device/turn.h"
#include "nt/status.h"
#include "port/log.h"

void family_init(struct family *family, struct wdf_device *parent)
{
    family->parent = parent;
    InitializeListHead(&family->children);
    InitializeListHead(&family->lists);
    InitializeListHead(&family->held);
}

static void remove_family(struct wdf_device *device, bool is_by_surprise);
static NTSTATUS suspend_stack(struct wdf_device *top, SYSTEM_POWER_STATE state,
                              void (*tell)(struct wdf_device *device));
static NTSTATUS resume_stack(struct wdf_device *top, void (*tell)(struct wdf_device *device));

/* ---- one child; for the thread that has the turn, without locks ---- */

/* From the lowest to that one; a failure stops the rest (S17.11). */
static NTSTATUS start_stack(struct wdf_device *device)
{
    NTSTATUS status = device->init.lower != NULL ? start_stack(device->init.lower) : STATUS_SUCCESS;
    return NT_SUCCESS(status) ? pnp_start(device) : status;
}

/* S11.1. Without a driver of its own a device is started only if it is raw. */
static void start_child(struct wdf_device *child)
{
    struct wdf_device *top = childstack_build(child);
    if (top == child && !child->init.child.is_raw) {
        const char *id = device_child_id(child, 0);
        log_warning("driver %s: the child %s is not started: no driver is for it (%s)",
                    driver_name(child->init.driver), device_node_name(child),
                    id != NULL ? id : "it has no hardware ID");
        return;
    }
    NTSTATUS status = top != NULL ? start_stack(top) : STATUS_SUCCESS;
    if (NT_SUCCESS(status))
        return;
    /* S11.7: it stays until it is removed */
    log_error("driver %s: the child %s does not start: %s", driver_name(child->init.driver),
              device_node_name(child), nt_status_name(status));
    childstack_abandon(top, child);
    if (!pnp_is_started(child))
        return;
    node_withdraw(child);
    remove_family(child, false);
}

/*
 * Takes a child out of the list before its removal: a driver that iterates must not be given a
 * child that is being removed. True: it was marked missing. Waits for iterations, with the lock
 * dropped.
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
    struct wdf_device *top = device_top(child);
    device_names_disable(top);
    node_withdraw(top);
    family_remove_stack(top, is_by_surprise || device_has_failed(top));
    targets_removed(top);
    device_delete_when_closed(top);
}

/* S11.20: for its drivers, a missing device is a surprise removal. */
static void remove_missing(struct wdf_device *child)
{
    if (child->init.child.events.EvtDeviceReportedMissing != NULL) {
        struct callback callback;
        callback_begin(&child->callback, &callback, "EvtDeviceReportedMissing", child);
        child->init.child.events.EvtDeviceReportedMissing(device_handle(child));
        callback_end(&child->callback);
    }
    remove_child(child, true);
}

/* Reports the failed devices of the stack. Returns the status of the first. */
static NTSTATUS settle(struct wdf_device *top, void (*tell)(struct wdf_device *device))
{
    NTSTATUS status = STATUS_SUCCESS;
    for (struct wdf_device *device = top; device != NULL; device = device->init.lower) {
        if (!pnp_take_failure(device))
            continue;
        if (tell != NULL)
            tell(device);
        if (NT_SUCCESS(status))
            status = NT_SUCCESS(device->first_failure) ? STATUS_DEVICE_POWER_FAILURE
                                                       : device->first_failure;
    }
    return status;
}

/* A transition of power has returned: a child that has failed in it goes alone (S11.12, S18.47). */
static void end_transition(struct wdf_device *child, const char *transition, NTSTATUS status)
{
    if (NT_SUCCESS(status))
        return;
    log_error("the child %s does not %s: %s; it is removed", device_node_name(child), transition,
              nt_status_name(status));
    io_lock(child->io.domain);
    (void)unlink_child_locked(child->family.parent, child);
    io_unlock(child->io.domain);
    remove_child(child, true);
}

/* S11.34: likewise, by its driver. */
static void remove_given_up(struct wdf_device *child)
{
    log_error("the child %s is given up by its driver; it is removed", device_node_name(child));
    remove_child(child, true);
}

static bool is_asleep(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    return device->is_asleep;
}

/* A child is the whole of its stack. One that was not started, or not suspended, takes no part. */
static void suspend_child(struct wdf_device *child)
{
    struct wdf_device *top = device_top(child);
    if (pnp_is_started(top) && !is_asleep(top))
        end_transition(child, "suspend",
                       suspend_stack(top, child->family.parent->system_state, NULL));
}

static void resume_child(struct wdf_device *child)
{
    struct wdf_device *top = device_top(child);
    if (pnp_is_started(top) && is_asleep(top))
        end_transition(child, "resume", resume_stack(top, NULL));
}

/* ---- looking ---- */

static bool may_start_children_locked(const struct wdf_device *parent) REQUIRES(io_lock)
{
    return parent->state == DEVICE_STARTED && !parent->is_asleep && !parent->is_failed;
}

/* The next child that needs an action, with its new state. */
static struct wdf_device *next_to_look_at_locked(const struct wdf_device *parent) REQUIRES(io_lock)
{
    if (parent->family.iterations > 0)
        return NULL;
    for (LIST_ENTRY *entry = parent->family.children.Flink; entry != &parent->family.children;
         entry = entry->Flink) {
        struct wdf_device *child = device_from_family_entry(entry);
        if (child->family.state == CHILD_MISSING)
            return child;
        if (child->family.state == CHILD_PENDING && may_start_children_locked(parent))
            return child;
        if (child->family.state == CHILD_PRESENT &&
            (child->family.is_given_up || child->family.is_to_be_ejected))
            return child;
    }
    return NULL;
}

typedef void child_action(struct wdf_device *child);

/* Does what has been noted for a child in the list. */
static child_action *begin_look_locked(struct wdf_device *parent, struct wdf_device *child)
    REQUIRES(io_lock)
{
    enum child_state state = child->family.state;
    if (state == CHILD_MISSING || child->family.is_given_up) {
        (void)unlink_child_locked(parent, child);
        return state == CHILD_MISSING ? remove_missing : remove_given_up;
    }
    if (state == CHILD_PENDING) {
        child->family.state = CHILD_PRESENT;
        return start_child;
    }
    child->family.is_to_be_ejected = false;
    return child_eject;
}

static void look_at_locked(struct wdf_device *parent, struct wdf_device *child) REQUIRES(io_lock)
{
    child_action *action = begin_look_locked(parent, child);
    io_unlock(parent->io.domain);
    action(child);
    io_lock(parent->io.domain);
}

static void look_at_known_children(struct wdf_device *parent)
{
    IO_LOCK_SCOPE(parent->io.domain);
    struct wdf_device *child;
    while ((child = next_to_look_at_locked(parent)) != NULL)
        look_at_locked(parent, child);
}

static bool may_start_children(struct wdf_device *parent)
{
    IO_LOCK_SCOPE(parent->io.domain);
    return may_start_children_locked(parent);
}

/* S16.29, S17.40: of a device whose children may have changed, from the uppermost of its stack. */
static void query_bus_relations(struct wdf_device *device)
{
    if (!atomic_exchange(&device_lowest(device)->family.is_stale, false))
        return;
    for (device = device_top(device); device != NULL; device = device->init.lower)
        CALL_VOID(device, EvtDeviceRelationsQuery, BusRelations);
}

/* Removals first: a child that comes back has the name of the old one. */
static void look_at_children(struct wdf_device *parent)
{
    if (may_start_children(parent))
        query_bus_relations(parent);
    child_lists_mark_missing(parent);
    look_at_known_children(parent);
    if (!may_start_children(parent))
        return;
    child_lists_make(parent);
    look_at_known_children(parent);
}

/* Those below that have failed with it, of each tree level. */
static void look_at_policy(struct wdf_device *device)
{
    policy_look(device);
    struct wdf_device *lowest = device_lowest(device), *parent;
    while ((parent = lowest->family.parent) != NULL) {
        end_transition(lowest, "change its power state", settle(device_top(lowest), NULL));
        lowest = device_lowest(parent);
    }
    (void)settle(device_top(lowest), node_tell_failed);
}

void family_look(struct wdf_device *device)
{
    look_at_children(device);
    if (device->is_policy_owner)
        look_at_policy(device);
}

void family_invalidate(struct wdf_device *parent)
{
    device_lowest(parent)->family.is_stale = true;
    turn_wish(parent);
}

void family_invalidate_later(struct wdf_device *parent)
{
    device_lowest(parent)->family.is_stale = true;
    turn_wish_again(parent);
}

void family_for_each_child(struct wdf_device *parent, void (*action)(struct wdf_device *child))
{
    IO_LOCK_SCOPE(parent->io.domain);
    LIST_ENTRY *entry = parent->family.children.Flink;
    while (entry != &parent->family.children) {
        struct wdf_device *child = device_from_family_entry(entry);
        entry = entry->Flink;
        io_unlock(parent->io.domain);
        action(child);
        io_lock(parent->io.domain);
    }
}

/* ---- the events ---- */

NTSTATUS device_start(struct wdf_device *device)
{
    turn_enter(device);
    NTSTATUS status = start_stack(device);
    turn_leave(device);
    if (!NT_SUCCESS(status))
        device_abandon(device);
    return status;
}

static void set_asleep(struct wdf_device *top, bool is_asleep)
{
    for (struct wdf_device *device = top; device != NULL; device = device->init.lower) {
        IO_LOCK_SCOPE(device->io.domain);
        device->is_asleep = is_asleep;
        if (!is_asleep)
            turn_wish(device); /* children may have been reported meanwhile */
    }
}

/* For all devices of the stack: a new operation begins, in which nothing has failed yet. */
static void begin_transition(struct wdf_device *top)
{
    for (; top != NULL; top = top->init.lower)
        top->first_failure = STATUS_SUCCESS;
}

static void set_system_action(struct wdf_device *top, POWER_ACTION action)
{
    for (; top != NULL; top = top->init.lower)
        pnp_set_system_action(top, action);
}

static void set_system_state(struct wdf_device *top, SYSTEM_POWER_STATE state)
{
    for (; top != NULL; top = top->init.lower)
        top->system_state = state;
}

static void for_each_child_of_stack(struct wdf_device *top,
                                    void (*action)(struct wdf_device *child))
{
    for (; top != NULL; top = top->init.lower)
        family_for_each_child(top, action);
}

/* NULL: failed devices are not reported. */
static NTSTATUS suspend_stack(struct wdf_device *top, SYSTEM_POWER_STATE state,
                              void (*tell)(struct wdf_device *device))
{
    if (!pnp_is_started(top) || is_asleep(top))
        return STATUS_INVALID_DEVICE_STATE;
    set_system_action(top, state == PowerSystemHibernate ? PowerActionHibernate : PowerActionSleep);
    set_system_state(top, state);
    for_each_child_of_stack(top, suspend_child);
    begin_transition(top);
    (void)policy_sleep(top);
    set_asleep(top, true);
    return settle(top, tell);
}

static NTSTATUS resume_stack(struct wdf_device *top, void (*tell)(struct wdf_device *device))
{
    if (!pnp_is_started(top) || !is_asleep(top))
        return STATUS_INVALID_DEVICE_STATE;
    begin_transition(top);
    set_system_state(top, PowerSystemWorking);
    (void)policy_wake(top);
    set_system_action(top, PowerActionNone);
    NTSTATUS status = settle(top, tell);
    if (!NT_SUCCESS(status))
        return status;
    set_asleep(top, false);
    for_each_child_of_stack(top, resume_child);
    return status;
}

NTSTATUS device_suspend(struct wdf_device *device, SYSTEM_POWER_STATE state)
{
    turn_enter(device);
    NTSTATUS status = suspend_stack(device, state, node_note_failed);
    turn_leave(device);
    return status;
}

NTSTATUS device_resume(struct wdf_device *device)
{
    turn_enter(device);
    NTSTATUS status = resume_stack(device, node_note_failed);
    turn_leave(device);
    return status;
}

static void close_list(struct wdf_device *parent)
{
    child_lists_close(parent);
    IO_LOCK_SCOPE(parent->io.domain);
    parent->family.is_closed = true;
}

static struct wdf_device *take_first_child(struct wdf_device *parent, bool *is_missing)
{
    IO_LOCK_SCOPE(parent->io.domain);
    if (IsListEmpty(&parent->family.children))
        return NULL;
    struct wdf_device *child = device_from_family_entry(parent->family.children.Flink);
    *is_missing = unlink_child_locked(parent, child);
    return child;
}

static void remove_children(struct wdf_device *parent, bool is_by_surprise)
{
    struct wdf_device *child;
    bool is_missing;
    close_list(parent);
    while ((child = take_first_child(parent, &is_missing)) != NULL) {
        if (is_missing) /* and not looked at yet */
            remove_missing(child);
        else
            remove_child(child, is_by_surprise);
    }
}

static bool is_removed(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    return device->state == DEVICE_REMOVED;
}

static void remove_family(struct wdf_device *device, bool is_by_surprise)
{
    remove_children(device, is_by_surprise);
    if (is_removed(device)) /* a child whose stack did not start */
        return;
    if (is_by_surprise)
        pnp_surprise_remove(device);
    else
        pnp_remove(device);
}

/* From that one to the lowest, the children before (S17.11). */
void family_remove_stack(struct wdf_device *top, bool is_by_surprise)
{
    for (struct wdf_device *lower = top->init.lower; lower != NULL; lower = lower->init.lower) {
        device_names_disable(lower); /* they lead to the uppermost, which is removed first */
        remove_children(lower, is_by_surprise);
    }
    for (struct wdf_device *each = top; each != NULL; each = each->init.lower)
        remove_family(each, is_by_surprise);
}

/* S17.13: what has started is removed, what has not is only deleted. */
void device_abandon_alone(struct wdf_device *device)
{
    bool is_entered = turn_join(device);
    if (pnp_is_started(device))
        remove_family(device, false);
    else
        remove_children(device, false);
    turn_quit(device, is_entered);
    device_delete_alone(device);
}

/* What has not started may have requests all the same. */
void family_abandon(struct wdf_device *uppermost, struct wdf_device *child)
{
    for (struct wdf_device *device = uppermost; device != child; device = device->init.lower)
        remove_family(device, false);
    device_delete_abandoned(uppermost, child);
}

void device_abandon(struct wdf_device *device)
{
    for (struct wdf_device *lower; device != NULL; device = lower) {
        lower = device->init.lower;
        device_abandon_alone(device);
    }
}

static void remove_in_turn(struct wdf_device *device, bool is_by_surprise)
{
    turn_enter(device);
    family_remove_stack(device, is_by_surprise);
    turn_leave(device);
    targets_removed(device);
}

void device_remove(struct wdf_device *device)
{
    remove_in_turn(device, false);
}

void device_surprise_remove(struct wdf_device *device)
{
    remove_in_turn(device, true);
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
    set_system_action(device, PowerActionShutdown);
    if (device_has_failed(device)) {
        device_surprise_remove(device);
    } else if (device_query_remove(device)) {
        device_remove(device);
        query_removed(device);
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
    bool is_drivers =
        child->family.state == CHILD_UNREPORTED && child->init.child.list == NULL; /* S16.32 */
    io_unlock(child->io.domain);
    if (is_drivers)
        device_delete_when_closed(child);
    return is_drivers;
}

/* ---- what its driver wishes for it ---- */

NTSTATUS child_mark_missing(struct wdf_device *child)
{
    if (child->init.child.list != NULL)
        return child_list_mark_pdo_missing(child);
    struct wdf_device *parent = child->family.parent;
    IO_LOCK_SCOPE(parent->io.domain);
    if (child->family.state == CHILD_UNREPORTED || child->family.state == CHILD_GONE)
        return STATUS_NO_SUCH_DEVICE;
    child->family.state = CHILD_MISSING;
    family_invalidate(parent);
    return STATUS_SUCCESS;
}

bool child_give_up(struct wdf_device *device)
{
    struct wdf_device *child = device_lowest(device), *parent = child->family.parent;
    if (parent == NULL)
        return false;
    IO_LOCK_SCOPE(parent->io.domain);
    child->family.is_given_up = true;
    turn_wish(parent);
    return true;
}
