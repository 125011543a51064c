/* Arming a child at its bus. See wakebus.h. */
#include "framework/device/wakebus.h"

#include "framework/device/call.h"

NTSTATUS wake_enable_at_bus(struct wdf_device *child)
{
    NTSTATUS status = STATUS_SUCCESS;
    if (child->init.child.events.EvtDeviceEnableWakeAtBus != NULL) {
        struct callback callback;
        callback_begin(&child->callback, &callback, "EvtDeviceEnableWakeAtBus", child);
        status = call_end(child,
                          child->init.child.events.EvtDeviceEnableWakeAtBus(device_handle(child),
                                                                            child->system_state),
                          "EvtDeviceEnableWakeAtBus");
    }
    if (!NT_SUCCESS(status))
        return status;
    child->wake.is_armed_at_bus = true;
    child->family.parent->wake.armed_children++;
    return STATUS_SUCCESS;
}

void wake_disable_at_bus(struct wdf_device *child)
{
    if (!child->wake.is_armed_at_bus)
        return;
    child->wake.is_armed_at_bus = false;
    child->family.parent->wake.armed_children--;
    if (child->init.child.events.EvtDeviceDisableWakeAtBus == NULL)
        return;
    struct callback callback;
    callback_begin(&child->callback, &callback, "EvtDeviceDisableWakeAtBus", child);
    child->init.child.events.EvtDeviceDisableWakeAtBus(device_handle(child));
    callback_end(&child->callback);
}
