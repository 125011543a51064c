/*
 * The hardware resources of a device (S11.5), as its bus driver has said what the device has
 * (S16.52). Nothing here hands resources out or translates them: all devices of a stack get what
 * its lowest one has, raw and translated alike.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_RESOURCES_H
#define WDFUSE_FRAMEWORK_DEVICE_RESOURCES_H

#include <stdbool.h>

#include <wdf.h>

#include "framework/object/object.h"
#include "port/thread.h"

struct wdf_device;

/* Of all lists; a leaf. */
extern struct port_mutex resources_lock;

/* WDFCMRESLIST: an object inside its device. */
struct resource_list {
    struct wdf_object object;
    LIST_ENTRY entries GUARDED_BY(resources_lock);
    ULONG count GUARDED_BY(resources_lock);
    bool is_open GUARDED_BY(resources_lock); /* the driver may change it */
};

/* Part of the device. */
struct resources {
    struct resource_list raw;
    struct resource_list translated;
    bool are_there; /* the lists are objects; of who has the turn */
    bool are_asked; /* of a child: the bus driver has been; likewise */
};

/* Before the driver prepares its hardware, in its turn: a child asks its bus driver, the first
 * time. STATUS_INSUFFICIENT_RESOURCES. */
NTSTATUS resources_assign(struct wdf_device *device);

void resources_finish(struct wdf_device *device);

#endif
