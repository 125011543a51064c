/* The power states of devices, and those they can wake from. See powercaps.h. */
#include "framework/device/powercaps.h"

#include <stdatomic.h>

#include "framework/device/device.h"

/* What the host has said. */
static _Atomic DEVICE_POWER_STATE root_device_wake = PowerDeviceUnspecified;
static _Atomic SYSTEM_POWER_STATE root_system_wake = PowerSystemUnspecified;

void driver_set_wake(DEVICE_POWER_STATE device_wake, SYSTEM_POWER_STATE system_wake)
{
    root_device_wake = device_wake;
    root_system_wake = system_wake;
}

/* ---- composing ---- */

/* S18.5 */
static struct power_caps caps_of_root(void)
{
    struct power_caps caps = {.device_wake = root_device_wake, .system_wake = root_system_wake};
    for (int state = PowerSystemWorking; state < PowerSystemMaximum; state++)
        caps.device_state[state] = state == PowerSystemWorking ? PowerDeviceD0 : PowerDeviceD3;
    return caps;
}

/* S16.50: its own, else its parent's. Filters above the parent have no say. */
static void be_child_locked(const struct wdf_device *child, struct power_caps *caps)
    REQUIRES(io_lock)
{
    const WDF_DEVICE_POWER_CAPABILITIES *said = &child->idle.capabilities;
    for (int state = PowerSystemWorking; state < PowerSystemMaximum; state++) {
        if (said->DeviceState[state] != PowerDeviceMaximum)
            caps->device_state[state] = said->DeviceState[state];
    }
    if (said->DeviceWake != PowerDeviceMaximum)
        caps->device_wake = said->DeviceWake;
    if (said->SystemWake != PowerSystemMaximum)
        caps->system_wake = said->SystemWake;
}

/* S18.2: deeper states, lighter wake. */
static void narrow_locked(const struct wdf_device *device, struct power_caps *caps)
    REQUIRES(io_lock)
{
    const WDF_DEVICE_POWER_CAPABILITIES *said = &device->idle.capabilities;
    for (int state = PowerSystemWorking; state < PowerSystemMaximum; state++) {
        if (said->DeviceState[state] != PowerDeviceMaximum &&
            said->DeviceState[state] > caps->device_state[state])
            caps->device_state[state] = said->DeviceState[state];
    }
    if (said->DeviceWake < caps->device_wake)
        caps->device_wake = said->DeviceWake;
    if (said->SystemWake < caps->system_wake)
        caps->system_wake = said->SystemWake;
}

struct power_caps powercaps_of(struct wdf_device *device)
{
    struct wdf_device *below = device->init.lower;
    struct power_caps caps = {.device_wake = PowerDeviceUnspecified};
    if (below != NULL)
        caps = powercaps_of(below);
    else if (device->init.kind == DEVICE_PDO)
        caps = powercaps_of(device->family.parent);
    else
        caps = caps_of_root();
    IO_LOCK_SCOPE(device->io.domain);
    if (below == NULL && device->init.kind == DEVICE_PDO)
        be_child_locked(device, &caps);
    else
        narrow_locked(device, &caps);
    return caps;
}

DEVICE_POWER_STATE powercaps_deepest_wake(const struct power_caps *caps, SYSTEM_POWER_STATE state)
{
    return state >= PowerSystemWorking && state <= caps->system_wake ? caps->device_wake
                                                                     : PowerDeviceD0;
}

WDF_POWER_DEVICE_STATE powercaps_target(DEVICE_POWER_STATE state)
{
    return state == PowerDeviceMaximum ? WdfPowerDeviceD3 : (WDF_POWER_DEVICE_STATE)state;
}
