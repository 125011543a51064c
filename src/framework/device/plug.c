/* Events of a bus and of time, sent by what stands for these: a test, an exploration. See
 * lifecycle.h. */
#include <wdf.h>

#include "framework/device/childlist.h"
#include "framework/device/device.h"
#include "framework/device/eject.h"
#include "framework/device/family.h"
#include "framework/device/policy.h"
#include "framework/device/turn.h"

/* In a turn. */
static bool is_in_d0(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    return device->state == DEVICE_STARTED && !device->is_asleep && !device->is_failed &&
           device->power_state == WdfPowerDeviceD0;
}

static NTSTATUS scan_stack(struct wdf_device *device)
{
    NTSTATUS status = STATUS_INVALID_DEVICE_STATE;
    for (; device != NULL; device = device->init.lower) {
        if (!is_in_d0(device))
            continue;
        child_lists_scan(device);
        status = STATUS_SUCCESS;
    }
    return status;
}

NTSTATUS device_plug(struct wdf_device *device)
{
    turn_enter(device);
    NTSTATUS status = scan_stack(device);
    turn_leave(device);
    return status;
}

NTSTATUS device_unplug(struct wdf_device *device)
{
    struct wdf_device *child = device_lowest(device);
    return child->init.kind == DEVICE_PDO ? child_mark_missing(child) : STATUS_INVALID_PARAMETER;
}

NTSTATUS device_eject(struct wdf_device *device)
{
    struct wdf_device *child = device_lowest(device);
    if (child->init.kind != DEVICE_PDO)
        return STATUS_INVALID_PARAMETER;
    return child_wish_ejection(child) ? STATUS_SUCCESS : STATUS_NO_SUCH_DEVICE;
}

void device_expire_idle(struct wdf_device *device)
{
    turn_enter(device);
    struct wdf_device *owner = policy_owner_of(device);
    if (owner != NULL)
        idle_expire(owner);
    turn_leave(device);
}

unsigned device_stop_idles(struct wdf_device *device)
{
    unsigned count = 0;
    for (; device != NULL; device = device->init.lower) {
        IO_LOCK_SCOPE(device->io.domain);
        count += device->idle.driver_references;
    }
    return count;
}
