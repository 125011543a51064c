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
    /* Its parent need not be the one whose turn it is: of a relation it is another one. */
    family_invalidate(child->family.parent);
}

static bool allows_ejection(struct wdf_device *top)
{
    bool is_allowed = targets_allow_removal(top) && query_stack(top);
    if (!is_allowed)
        targets_removal_canceled(top);
    return is_allowed;
}

/* What is to be ejected with another one: of the same tree, whose turn it is. */
static bool is_ejected_with(struct wdf_device *related)
{
    return turn_is_mine(related) && pnp_is_started(related);
}

static bool ask_related(struct wdf_device *related)
{
    return !is_ejected_with(related) || allows_ejection(related);
}

static bool cancel_related(struct wdf_device *related)
{
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

static bool remove_related(struct wdf_device *related)
{
    struct wdf_device *child = device_lowest(related);
    if (!is_ejected_with(related) || child->init.kind != DEVICE_PDO)
        return true;
    remove_ejected(related);
    mark_ejected(child);
    return true;
}

/* With what is to be ejected with it (S17.40). One that its bus keeps stays, removed. */
void child_eject(struct wdf_device *child)
{
    struct wdf_device *top = device_top(child);
    if (!relations_for_each(child, RELATION_EJECTION, ask_related) || !allows_ejection(top)) {
        (void)relations_for_each(child, RELATION_EJECTION, cancel_related);
        log_warning("the child %s is not ejected: it can't be removed now",
                    device_node_name(child));
        return;
    }
    remove_ejected(top);
    NTSTATUS status = CALL_OF(child, child.events, EvtDeviceEject);
    if (!NT_SUCCESS(status))
        return;
    (void)relations_for_each(child, RELATION_EJECTION, remove_related);
    mark_ejected(child);
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
