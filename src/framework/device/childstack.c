/* The stack on top of a child. See childstack.h. */
#include "framework/device/childstack.h"

#include <wdf.h>

#include "framework/device/device.h"
#include "framework/device/family.h"
#include "framework/lifecycle.h"
#include "nt/status.h"
#include "port/log.h"

/* Set while there are no devices. */
static const struct child_drivers *child_drivers;

void driver_serve_children(const struct child_drivers *drivers)
{
    child_drivers = drivers;
}

static struct wdf_device *put_on(struct wdf_device *lower, struct driver *driver,
                                 struct wdf_device *child)
{
    struct wdf_device *upper;
    NTSTATUS status = driver_stack_device(driver, device_node_name(child), NULL, lower, &upper);
    if (NT_SUCCESS(status))
        return upper;
    log_error("the driver %s does not add its device for the child %s: %s", driver_name(driver),
              device_node_name(child), nt_status_name(status));
    childstack_abandon(lower, child);
    return NULL;
}

struct wdf_device *childstack_build(struct wdf_device *child)
{
    struct driver *drivers[CHILD_DRIVERS_MAX];
    const struct device_installation *installation = NULL;
    int count = 0;
    if (child_drivers != NULL)
        count = child_drivers->find(child_drivers->context, child, drivers, &installation);
    child->init.installation = installation;
    struct wdf_device *uppermost = count >= 0 ? child : NULL;
    for (int i = 0; i < count && uppermost != NULL; i++)
        uppermost = put_on(uppermost, drivers[i], child);
    if (uppermost != NULL && installation != NULL)
        device_install(uppermost, installation);
    return uppermost;
}

void childstack_abandon(struct wdf_device *uppermost, struct wdf_device *child)
{
    if (uppermost != child)
        family_abandon(uppermost, child);
}
