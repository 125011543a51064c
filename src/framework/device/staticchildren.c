/* The functions of the static child list of an FDO (S16.38-S16.42). The children's PnP is in
 * family.c. */
#include "framework/device/family.h"

#include <wdf.h>

#include "framework/device/childlist.h"
#include "framework/device/device.h"
#include "framework/object/apiresult.h"
#include "framework/object/verifier.h"

NTSTATUS WdfFdoAddStaticChild(WDFDEVICE Fdo, WDFDEVICE Child)
{
    struct wdf_device *parent = device_from_handle(Fdo);
    struct wdf_device *child = device_from_handle(Child);
    if (parent->init.kind != DEVICE_FDO || child->family.parent != parent)
        return API_RESULT(STATUS_INVALID_PARAMETER, "S16.42");

    IO_LOCK_SCOPE(parent->io.domain);
    if (child->family.state == CHILD_PENDING || child->family.state == CHILD_PRESENT)
        return API_RESULT(STATUS_OBJECT_NAME_EXISTS, "S16.42");
    if (child->is_deleted || child->family.state != CHILD_UNREPORTED)
        return API_RESULT(STATUS_INVALID_DEVICE_STATE, "S16.42");
    if (parent->family.is_closed)
        return API_RESULT(STATUS_DELETE_PENDING, "S16.42");
    child->family.state = CHILD_PENDING;
    InsertTailList(&parent->family.children, &child->family.entry);
    parent->family.undeleted++;
    family_invalidate(parent);
    return STATUS_SUCCESS;
}

NTSTATUS WdfPdoMarkMissing(WDFDEVICE Device)
{
    struct wdf_device *child = device_from_handle(Device);
    bool is_child = child->family.parent != NULL;
    return API_RESULT(is_child ? child_mark_missing(child) : STATUS_INVALID_PARAMETER, "S16.39");
}

/* Only function devices have such a list. */
static bool has_list(const struct wdf_device *device, const char *function)
{
    if (device->init.kind == DEVICE_FDO)
        return true;
    verifier_break(function, "S13.5", "device %p is no function device: it has no children",
                   (const void *)&device->io.object);
    return false;
}

VOID WdfFdoLockStaticChildListForIteration(WDFDEVICE Fdo)
{
    struct wdf_device *parent = device_from_handle(Fdo);
    if (!has_list(parent, __func__))
        return;
    IO_LOCK_SCOPE(parent->io.domain);
    parent->family.iterations++;
}

VOID WdfFdoUnlockStaticChildListFromIteration(WDFDEVICE Fdo)
{
    struct wdf_device *parent = device_from_handle(Fdo);
    VERIFIER_SAYS_AT_END();
    IO_LOCK_SCOPE(parent->io.domain);
    if (parent->family.iterations == 0) { /* as for a device that is no parent */
        verifier_find(__func__, "S13.5", "device %p: the list of children is not locked",
                      (void *)Fdo);
        return;
    }
    parent->family.iterations--;
    turn_wish(parent);
    io_changed_locked(&parent->io);
}

static bool is_wanted_locked(const struct wdf_device *child, ULONG flags) REQUIRES(io_lock)
{
    switch (child->family.state) {
    case CHILD_PRESENT:
        return (flags & WdfRetrievePresentChildren) != 0;
    case CHILD_PENDING:
        return (flags & WdfRetrievePendingChildren) != 0;
    case CHILD_MISSING:
        return (flags & WdfRetrieveMissingChildren) != 0;
    default:
        return false;
    }
}

/* The reason not to go on from there. */
static const char *problem_of_iteration_locked(const struct wdf_device *parent,
                                               const struct wdf_device *previous, ULONG flags)
    REQUIRES(io_lock)
{
    if (flags == 0 || (flags & ~(ULONG)WdfRetrieveAllChildren) != 0)
        return "the Flags name no children";
    if (parent->family.iterations == 0)
        return "the list of children is not locked";
    if (previous == NULL)
        return NULL;
    bool is_listed = previous->family.parent == parent &&
                     previous->family.state != CHILD_UNREPORTED &&
                     previous->family.state != CHILD_GONE;
    return is_listed ? NULL : "PreviousChild is not in its list of children";
}

WDFDEVICE WdfFdoRetrieveNextStaticChild(WDFDEVICE Fdo, WDFDEVICE PreviousChild, ULONG Flags)
{
    struct wdf_device *parent = device_from_handle(Fdo);
    struct wdf_device *previous = PreviousChild != NULL ? device_from_handle(PreviousChild) : NULL;
    VERIFIER_SAYS_AT_END();
    IO_LOCK_SCOPE(parent->io.domain);
    const char *problem = problem_of_iteration_locked(parent, previous, Flags);
    if (problem != NULL) {
        verifier_find(__func__, "S13.5", "device %p: %s", (void *)Fdo, problem);
        return NULL;
    }
    LIST_ENTRY *entry =
        previous != NULL ? previous->family.entry.Flink : parent->family.children.Flink;
    for (; entry != &parent->family.children; entry = entry->Flink) {
        struct wdf_device *child = device_from_family_entry(entry);
        if (is_wanted_locked(child, Flags))
            return device_handle(child);
    }
    return NULL;
}
