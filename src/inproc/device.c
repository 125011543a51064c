/* Events of a device: sleep, idling, wake, queries, removal. See <wdfuse/inproc.h>. */
#include <wdfuse/inproc.h>

#include <stdlib.h>

#include "framework/device/device.h"
#include "framework/lifecycle.h"
#include "inproc/device.h"

/* ---- sleep, idling, wake ---- */

NTSTATUS WdfuseInprocSuspend(WDFUSEDEVICE Device)
{
    return device_suspend(Device->device, PowerSystemSleeping3);
}

NTSTATUS WdfuseInprocSleep(WDFUSEDEVICE Device, SYSTEM_POWER_STATE State)
{
    return device_suspend(Device->device, State);
}

NTSTATUS WdfuseInprocQuerySleep(WDFUSEDEVICE Device, SYSTEM_POWER_STATE State)
{
    return device_query_sleep(Device->device, State);
}

NTSTATUS WdfuseInprocResume(WDFUSEDEVICE Device)
{
    return device_resume(Device->device);
}

VOID WdfuseInprocIdle(WDFUSEDEVICE Device)
{
    device_expire_idle(Device->device);
}

VOID WdfuseInprocSetWake(DEVICE_POWER_STATE DeviceWake, SYSTEM_POWER_STATE SystemWake)
{
    driver_set_wake(DeviceWake, SystemWake);
}

NTSTATUS WdfuseInprocWake(WDFUSEDEVICE Device, NTSTATUS Status)
{
    return device_wake(Device->device, Status);
}

/* ---- queries ---- */

NTSTATUS WdfuseInprocQueryRemove(WDFUSEDEVICE Device)
{
    return device_query_remove(Device->device) ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

VOID WdfuseInprocCancelRemove(WDFUSEDEVICE Device)
{
    device_cancel_remove(Device->device);
}

NTSTATUS WdfuseInprocQueryStop(WDFUSEDEVICE Device)
{
    return device_query_stop(Device->device);
}

VOID WdfuseInprocCancelStop(WDFUSEDEVICE Device)
{
    device_cancel_stop(Device->device);
}

NTSTATUS WdfuseInprocRebalanceStop(WDFUSEDEVICE Device)
{
    return device_rebalance_stop(Device->device);
}

NTSTATUS WdfuseInprocRebalanceStart(WDFUSEDEVICE Device)
{
    return device_rebalance_start(Device->device);
}

/* ---- removal ---- */

BOOLEAN WdfuseInprocHasFailed(WDFUSEDEVICE Device)
{
    return device_has_failed(Device->device);
}

static VOID remove_now(WDFUSEDEVICE device, void (*remove)(struct wdf_device *device))
{
    if (device->device == NULL || device->is_removed)
        return;
    device->is_removed = true;
    if (device_has_failed(device->device))
        device_surprise_remove(device->device);
    else
        remove(device->device);
}

VOID WdfuseInprocRemove(WDFUSEDEVICE Device)
{
    remove_now(Device, device_remove);
}

VOID WdfuseInprocSurpriseRemove(WDFUSEDEVICE Device)
{
    remove_now(Device, device_surprise_remove);
}

/* ---- starting anew (S18.49) ---- */

/* Of the same drivers, from the lowest to that one. */
static NTSTATUS stack_again(const struct wdf_device *before, const char *name,
                            struct wdf_device **device)
{
    const struct wdf_device *lower = before->init.lower;
    NTSTATUS status = lower != NULL ? stack_again(lower, name, device) : STATUS_SUCCESS;
    if (!NT_SUCCESS(status))
        return status;
    return driver_stack_device(before->init.driver, name, NULL, *device, device);
}

static NTSTATUS make_again(const struct wdf_device *before, struct wdf_device **device)
{
    *device = NULL;
    NTSTATUS status = stack_again(before, device_node_name(before), device);
    if (!NT_SUCCESS(status) && *device != NULL)
        device_abandon(*device);
    else if (NT_SUCCESS(status))
        status = *device != NULL ? device_start(*device) : STATUS_NO_SUCH_DEVICE;
    return status;
}

void inproc_set_opened(WDFUSEDEVICE device)
{
    PORT_LOCK_SCOPE_OF(device, device_lock);
    device->opened = device->device != NULL ? device_io(device->device) : NULL;
}

static void put_in_place(WDFUSEDEVICE device, struct wdf_device *next, struct left_device *left)
{
    *left = (struct left_device){.next = device->left, .device = device->device};
    device->left = left;
    device->device = next;
    device->is_removed = false;
    inproc_set_opened(device);
}

NTSTATUS WdfuseInprocRestart(WDFUSEDEVICE Device)
{
    struct wdf_device *before = Device->device, *next;
    if (before == NULL || Device->is_removed || !device_wants_restart(before) ||
        !restarts_allow(&Device->restarts))
        return STATUS_INVALID_DEVICE_STATE;
    struct left_device *left = calloc(1, sizeof(*left));
    if (left == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    Device->is_removed = true;
    device_give_way(before);
    NTSTATUS status = make_again(before, &next);
    if (NT_SUCCESS(status))
        put_in_place(Device, next, left);
    else
        free(left);
    devices_delete_left(&Device->left, false);
    return status;
}
