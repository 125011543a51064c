/* What the installation of a device says about it (lifecycle.h). */
#include "framework/device/device.h"
#include "framework/lifecycle.h"

/* S20.38: the policy is for clients other than UMDF drivers of the same stack. A child's device
 * belongs to its bus driver. */
static void reject(struct wdf_device *device, bool is_below_kernel,
                   const struct device_installation *installation)
{
    if (!device->io.is_umdf || device->init.kind == DEVICE_PDO)
        return;
    io_device_reject(&device->io, installation->rejects_neither,
                     is_below_kernel && installation->rejects_no_file);
}

/* S20.28: of all devices of the stack; the type is that of what the lowest stands on. */
void device_install(struct wdf_device *device, const struct device_installation *installation)
{
    bool is_below_kernel = false;
    for (; device != NULL; device = device->init.lower) {
        if (installation->is_exclusive)
            device->io.settings.is_exclusive = true;
        device->init.characteristics |= installation->characteristics;
        if (installation->has_type && device->init.lower == NULL)
            device->init.device_type = installation->type;
        reject(device, is_below_kernel, installation);
        is_below_kernel = !device->io.is_umdf;
    }
}
