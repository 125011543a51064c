/* What the installation of a device says of it (lifecycle.h). */
#include "framework/device/device.h"
#include "framework/lifecycle.h"

/* S20.28: a client opens the uppermost; the others are its as well. S20.38: of UMDF alone. */
void device_install(struct wdf_device *device, const struct device_installation *installation)
{
    if (installation->is_exclusive)
        device->io.settings.is_exclusive = true;
    for (; device != NULL; device = device->init.lower) {
        device->init.characteristics |= installation->characteristics;
        if (installation->has_type && device->init.lower == NULL)
            device->init.device_type = installation->type;
        device->io.rejects_neither = device->io.is_umdf && installation->rejects_neither;
    }
}
