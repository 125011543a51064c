/* Children that are ejected, or locked against it. See eject.h. */
#include "framework/device/eject.h"

#include <wdf.h>

#include "framework/device/call.h"
#include "framework/device/childlist.h"
#include "framework/device/device.h"
#include "framework/device/name.h"
#include "framework/device/opentarget.h"
#include "framework/device/pnp.h"
#include "framework/device/query.h"
#include "framework/device/turn.h"
#include "port/log.h"

bool child_wish_ejection(struct wdf_device *child)
{
    struct wdf_device *parent = child->family.parent;
    IO_LOCK_SCOPE(parent->io.domain);
    if (child->family.state != CHILD_PENDING && child->family.state != CHILD_PRESENT)
        return false;
    child->family.is_to_be_ejected = true;
    turn_wish(parent);
    return true;
}

static void mark_ejected(struct wdf_device *child)
{
    if (child->init.child.list != NULL) {
        (void)child_list_mark_pdo_missing(child);
        return;
    }
    IO_LOCK_SCOPE(child->io.domain);
    if (child->family.state != CHILD_PRESENT)
        return;
    child->family.state = CHILD_MISSING;
    /* Its parent may be another one than the one in turn, if it is here by a relation. */
    family_invalidate(child->family.parent);
}

static bool allows_ejection(struct wdf_device *top)
{
    bool is_allowed = targets_allow_removal(top) && query_stack(top);
    if (!is_allowed)
        targets_removal_canceled(top);
    return is_allowed;
}

/* One that has come to the relations meanwhile, of a tree whose turn is not ours, stays. */
static bool is_ejected_with(struct wdf_device *related)
{
    return turn_is_mine(related) && pnp_is_started(related);
}

static bool ask_related(struct wdf_device *related, void *unused)
{
    (void)unused;
    return !is_ejected_with(related) || allows_ejection(related);
}

static bool cancel_related(struct wdf_device *related, void *unused)
{
    (void)unused;
    if (is_ejected_with(related)) {
        query_cancel_stack(related);
        targets_removal_canceled(related);
    }
    return true;
}

static void remove_ejected(struct wdf_device *top)
{
    device_names_disable(top);
    node_withdraw(top);
    family_remove_stack(top, false);
    targets_removed(top);
}

static bool remove_related(struct wdf_device *related, void *unused)
{
    struct wdf_device *child = device_lowest(related);
    (void)unused;
    if (!is_ejected_with(related) || child->init.kind != DEVICE_PDO)
        return true;
    remove_ejected(related);
    mark_ejected(child);
    return true;
}

/* With what is to be ejected with it (S17.40). One that its bus keeps stays, removed. */
static void eject(struct wdf_device *child)
{
    struct wdf_device *top = device_top(child);
    if (!relations_for_each(child, RELATION_EJECTION, ask_related, NULL) || !allows_ejection(top)) {
        (void)relations_for_each(child, RELATION_EJECTION, cancel_related, NULL);
        log_warning("the child %s is not ejected: it can't be removed now",
                    device_node_name(child));
        return;
    }
    remove_ejected(top);
    NTSTATUS status = CALL_OF(child, child.events, EvtDeviceEject);
    if (!NT_SUCCESS(status))
        return;
    (void)relations_for_each(child, RELATION_EJECTION, remove_related, NULL);
    mark_ejected(child);
}

/* ---- with devices of other trees ---- */

/* More trees take no part. */
#define TREES_MAX 16

struct trees {
    struct wdf_device *devices[TREES_MAX]; /* a device of each, with a reference */
    unsigned count;
};

static bool add_tree(struct wdf_device *related, void *context)
{
    struct trees *trees = context;
    if (trees->count == TREES_MAX)
        return false;
    object_reference(&related->io.object);
    trees->devices[trees->count++] = related;
    return true;
}

static bool begins_ejection(struct wdf_device *child)
{
    IO_LOCK_SCOPE(child->io.domain);
    bool is_news = !child->family.is_ejecting;
    child->family.is_ejecting = true;
    return is_news;
}

static bool is_still_there(struct wdf_device *child)
{
    IO_LOCK_SCOPE(child->io.domain);
    child->family.is_ejecting = false;
    return child->family.state == CHILD_PRESENT;
}

void child_eject_later(struct work *work)
{
    struct wdf_device *child = CONTAINING_RECORD(work, struct wdf_device, family.ejection);
    struct trees trees = {.devices = {child}, .count = 1}; /* with the reference of the work */
    (void)relations_for_each(child, RELATION_EJECTION, add_tree, &trees);
    turn_enter_all(trees.devices, trees.count);
    if (is_still_there(child))
        eject(child);
    turn_leave_all(trees.devices, trees.count);
    for (unsigned i = 0; i < trees.count; i++)
        object_release(&trees.devices[i]->io.object);
}

static bool is_of_this_tree(struct wdf_device *related, void *unused)
{
    (void)unused;
    return turn_is_mine(related);
}

/* Whoever has a turn does not wait for another one: two such would wait for each other. */
void child_eject(struct wdf_device *child)
{
    relations_query(child, RELATION_EJECTION);
    if (relations_for_each(child, RELATION_EJECTION, is_of_this_tree, NULL)) {
        eject(child);
        return;
    }
    if (!begins_ejection(child))
        return;
    object_reference(&child->io.object);
    work_submit(&child->family.ejection);
}

NTSTATUS device_set_lock(struct wdf_device *device, bool is_locked)
{
    struct wdf_device *child = device_lowest(device);
    if (child->init.kind != DEVICE_PDO)
        return STATUS_INVALID_PARAMETER;
    if (child->init.child.events.EvtDeviceSetLock == NULL)
        return STATUS_UNSUCCESSFUL;
    turn_enter(child);
    NTSTATUS status = CALL_OF(child, child.events, EvtDeviceSetLock, is_locked);
    turn_leave(child);
    return status;
}
