/* What happens to a device while it is there: sleep, idling, wake, queries, removal. See
 * <wdfuse/inproc.h>. */
#include <wdfuse/inproc.h>

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
