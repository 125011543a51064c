/* Children that are ejected, or locked against it. See eject.h. */
#include "framework/device/eject.h"

#include <wdf.h>

#include "framework/device/call.h"
#include "framework/device/childlist.h"
#include "framework/device/device.h"
#include "framework/device/name.h"
#include "framework/device/opentarget.h"
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
    if (child->family.state == CHILD_PRESENT)
        child->family.state = CHILD_MISSING;
}

/* One that its bus keeps stays, removed. */
void child_eject(struct wdf_device *child)
{
    struct wdf_device *top = device_top(child);
    if (!targets_allow_removal(top) || !query_stack(top)) {
        targets_removal_canceled(top);
        log_warning("the child %s is not ejected: it can't be removed now",
                    device_node_name(child));
        return;
    }
    device_names_disable(top);
    node_withdraw(top);
    family_remove_stack(top, false);
    targets_removed(top);
    NTSTATUS status = CALL_OF(child, child.events, EvtDeviceEject);
    if (NT_SUCCESS(status))
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
