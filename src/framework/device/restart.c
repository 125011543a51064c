/* Devices that have failed, and are started anew (S18.49). See lifecycle.h. */
#include <stdlib.h>

#include "framework/device/device.h"

static bool may_be_restarted(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    return !device->is_failed || device->wants_restart;
}

/* The bus makes a child anew. */
bool device_wants_restart(struct wdf_device *device)
{
    if (!device_has_failed(device) || !device_node_is_lasting(device))
        return false;
    while (device != NULL && may_be_restarted(device))
        device = device->init.lower;
    return device == NULL;
}

void device_give_way(struct wdf_device *device)
{
    device_surprise_remove(device);
    for (struct wdf_device *each = device; each != NULL; each = each->init.lower)
        node_give_way(each);
}

static bool is_stack_open(struct wdf_device *device)
{
    bool is_open = false;
    for (; device != NULL && !is_open; device = device->init.lower) {
        IO_LOCK_SCOPE(device->io.domain);
        is_open = device->io.open_count > 0 || device->family.undeleted > 0;
    }
    return is_open;
}

void devices_delete_left(struct left_device **list, bool are_open_ones_as_well)
{
    while (*list != NULL) {
        struct left_device *left = *list;
        if (!are_open_ones_as_well && is_stack_open(left->device)) {
            list = &left->next;
            continue;
        }
        *list = left->next;
        device_delete(left->device);
        free(left);
    }
}
