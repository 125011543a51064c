/*
 * What hardware resources a device could do with (S16.52): WDFIORESREQLIST, a list of
 * WDFIORESLISTs, each of which describes one whole set. The framework lends a driver a copy for as
 * long as a callback lasts, and takes it if the callback succeeds.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_REQUIREMENTS_H
#define WDFUSE_FRAMEWORK_DEVICE_REQUIREMENTS_H

#include <stdbool.h>

#include <wdf.h>

#include "framework/device/valuelist.h"

struct requirements;
struct wdf_device;

/* A copy of the other's, or with NULL an empty one, for callbacks of that device. NULL: no
 * memory. */
struct requirements *requirements_create(struct wdf_device *device,
                                         const struct requirements *original);
void requirements_delete(struct requirements *requirements);

WDFIORESREQLIST requirements_handle(struct requirements *requirements);
bool requirements_are_empty(const struct requirements *requirements);

/*
 * Takes the first set all of whose descriptors can be had, and appends what the device gets to the
 * list (CM_PARTIAL_RESOURCE_DESCRIPTOR). What `boot` has is taken where it fits. Nothing is had by
 * somebody else. STATUS_CONFLICTING_ADDRESSES: there is no such set, or a range that is too small
 * for its length; STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS requirements_choose(const struct requirements *requirements, const struct value_list *boot,
                             struct value_list *chosen);

#endif
