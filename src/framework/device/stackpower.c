/* Power requests to a stack. See stackpower.h. */
#include "framework/device/stackpower.h"

#include "framework/device/device.h"
#include "framework/device/power.h"

/* A device that does not own the policy goes along. A stopped one has nothing to do. */
static bool follow(struct wdf_device *device, enum machine_event event)
{
    device->power_failure = EVENT_NONE;
    (void)machine_send(device, MACHINE_POLICY, event);
    return device->power_failure == EVENT_NONE;
}

/* From the first to the one above `end`. */
static bool follow_down(struct wdf_device *first, const struct wdf_device *end,
                        WDF_POWER_DEVICE_STATE target)
{
    bool is_well = true;
    for (; is_well && first != end; first = first->init.lower) {
        first->power_target = target;
        is_well = follow(first, EVENT_DX);
    }
    return is_well;
}

static bool follow_up_to(struct wdf_device *device)
{
    if (device == NULL)
        return true;
    return follow_up_to(device->init.lower) && follow(device, EVENT_D0);
}

bool stackpower_down(struct wdf_device *owner, WDF_POWER_DEVICE_STATE target)
{
    return follow_down(device_top(owner), owner, target) && power_down(owner, target);
}

bool stackpower_complete_down(struct wdf_device *owner)
{
    return power_complete_down(owner) && follow_down(owner->init.lower, NULL, owner->power_target);
}

bool stackpower_up(struct wdf_device *owner)
{
    return follow_up_to(owner->init.lower) && power_up(owner);
}

bool stackpower_complete_up(struct wdf_device *owner)
{
    bool is_well = power_complete_up(owner);
    for (struct wdf_device *device = owner->upper; is_well && device != NULL;
         device = device->upper)
        is_well = follow(device, EVENT_D0);
    return is_well;
}

bool stackpower_all_down(struct wdf_device *top, WDF_POWER_DEVICE_STATE target)
{
    return follow_down(top, NULL, target);
}

bool stackpower_all_up(struct wdf_device *top)
{
    return follow_up_to(top);
}
