/*
 * The hardware resources of a device (S11.5). When a stack starts for the first time it is found
 * out what it gets (S16.52):
 *
 *     EvtDeviceResourcesQuery                    the bus driver: what the child has by itself
 *     EvtDeviceResourceRequirementsQuery         the bus driver: what it could do with
 *     EvtDeviceFilterRemoveResourceRequirements  each function and filter driver, top down
 *     EvtDeviceFilterAddResourceRequirements     the same, bottom up
 *
 * With requirements it is what is chosen of them (requirements.h), else what it has by itself. That
 * is handed down from the top at each start: a driver that has added something takes it out before
 * those below are given it (EvtDeviceRemoveAddedResources). Raw and translated are alike: nothing
 * here translates.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_RESOURCES_H
#define WDFUSE_FRAMEWORK_DEVICE_RESOURCES_H

#include <stdbool.h>

#include <wdf.h>

#include "framework/device/valuelist.h"
#include "framework/object/object.h"
#include "port/thread.h"

struct wdf_device;

/* Of all lists, those of requirements.h, too; a leaf. */
extern struct port_mutex resources_lock;

/* WDFCMRESLIST: an object inside its device. */
struct resource_list {
    struct wdf_object object;
    struct value_list values GUARDED_BY(resources_lock); /* CM_PARTIAL_RESOURCE_DESCRIPTOR */
    bool is_open GUARDED_BY(resources_lock);             /* the driver may change it */
};

/* Part of the device. */
struct resources {
    struct resource_list raw;
    struct resource_list translated;
    /* Of the lowest device: what its stack gets, of those who have the turn. */
    struct resource_list assigned;
    bool are_there;    /* the lists are objects; of who has the turn */
    bool are_assigned; /* of the lowest: it is known what it gets; likewise */
};

/* Before the driver prepares its hardware, in its turn. STATUS_INSUFFICIENT_RESOURCES,
 * STATUS_CONFLICTING_ADDRESSES: it can't have what it needs; what EvtDeviceRemoveAddedResources of
 * a driver of its stack says. */
NTSTATUS resources_assign(struct wdf_device *device);

void resources_finish(struct wdf_device *device);

#endif
