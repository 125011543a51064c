/* The reports of what is under way in the driver. See underway.h and lifecycle.h. */
#include "framework/device/underway.h"

#include <stdio.h>

#include "framework/device/device.h"
#include "framework/io/held.h"
#include "framework/lifecycle.h"
#include "port/log.h"

static const char *name_of(const struct wdf_device *device)
{
    const char *name = device_node_name(device);
    return name != NULL ? name : "a device without a name";
}

/* True if there was a line to write. */
static bool report_callback(const struct driver *driver, const struct callback_note *note,
                            const char *of)
{
    const char *callback = atomic_load(&note->callback);
    if (callback == NULL)
        return false;
    unsigned seconds = port_clock_seconds(port_clock_rough() - atomic_load(&note->began));
    log_warning("driver %s: %s%s%s has not returned for %u s", driver_name(driver), callback,
                of[0] != '\0' ? " of " : "", of, seconds);
    return true;
}

static void report_callback_of_device(struct wdf_device *device, void *context)
{
    bool *is_anything_there = context;
    *is_anything_there |= report_callback(device->init.driver, &device->callback, name_of(device));
}

static bool report_callbacks_of_drivers(void)
{
    bool is_anything_there = false;
    const struct nt_driver *driver = NULL;
    PORT_LOCK_SCOPE(&nt_drivers_lock); /* one may be loaded for a child */
    while ((driver = nt_driver_next_locked(driver)) != NULL) {
        const struct driver *loaded = CONTAINING_RECORD(driver, const struct driver, nt);
        is_anything_there |= report_callback(loaded, &loaded->callback, "");
    }
    return is_anything_there;
}

static bool report_callbacks(void)
{
    bool is_anything_there = report_callbacks_of_drivers();
    node_for_each_device(NODE_WALK_ALL, report_callback_of_device, &is_anything_there);
    return is_anything_there;
}

static void report_requests(struct wdf_device *device, void *context)
{
    bool *is_anything_there = context;
    struct held_list list = {0};
    io_lock(device->io.domain);
    held_list_add_device_locked(&list, &device->io, NULL);
    io_unlock(device->io.domain);
    held_list_log(&list, name_of(device));
    *is_anything_there |= list.count > 0;
}

static void report_nothing_held(void)
{
    const struct nt_driver *driver = NULL;
    PORT_LOCK_SCOPE(&nt_drivers_lock);
    while ((driver = nt_driver_next_locked(driver)) != NULL)
        log_warning(
            "driver %s holds no request: a callback of a timer, DPC, work item, file or object may "
            "not have returned",
            driver->name);
}

void driver_report_callbacks(void)
{
    (void)report_callbacks();
}

void driver_report_held(void)
{
    bool is_anything_there = report_callbacks();
    node_for_each_device(NODE_WALK_ALL, report_requests, &is_anything_there);
    if (!is_anything_there)
        report_nothing_held();
}
