/* What the installation of a device says of it (lifecycle.h). */
#include "framework/device/device.h"
#include "framework/lifecycle.h"

/* S20.28: of all devices of the stack; the type is that of what the lowest stands on. S20.38: of
 * UMDF alone. */
void device_install(struct wdf_device *device, const struct device_installation *installation)
{
    for (; device != NULL; device = device->init.lower) {
        if (installation->is_exclusive)
            device->io.settings.is_exclusive = true;
        device->init.characteristics |= installation->characteristics;
        if (installation->has_type && device->init.lower == NULL)
            device->init.device_type = installation->type;
        if (device->init.kind != DEVICE_PDO) /* that is its bus driver's */
            io_device_reject_neither(&device->io, installation->rejects_neither);
    }
}
