/*
 * Opening I/O targets (S10.2, S10.3): the device is found by its name, or given, and the target
 * gets an open file of its own there. An open target is listed until it is closed, so that its
 * driver is told when the device is to be removed.
 *
 *     removal is asked for    EvtIoTargetQueryRemove, or the target is closed for it
 *     it does not happen      EvtIoTargetRemoveCanceled, or the target is opened again
 *     it has happened         EvtIoTargetRemoveComplete; then the target is closed
 *
 * The callbacks come from the thread that removes the device, without locks.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_OPENTARGET_H
#define WDFUSE_FRAMEWORK_DEVICE_OPENTARGET_H

#include <stdbool.h>

struct wdf_device;
struct wdf_target;

/* The device of ours that the target stands for, with a reference for the caller; NULL: it is
 * closed, or leads to no device of the process. */
struct wdf_device *target_reference_device(struct wdf_target *target);

/* When that stack is removed, the device is, too: it is in the stack or below it. */
bool device_falls_with(const struct wdf_device *device, const struct wdf_device *removed);

/*
 * All targets that lead to a device of that one's stack, or below it in the tree. The first
 * function asks, and returns false at the first objection; one of the others then tells those that
 * were asked how it ended. After targets_removed no target is open any more. Registered
 * notifications (notification.h) follow in each.
 */
bool targets_allow_removal(struct wdf_device *device);
void targets_removal_canceled(struct wdf_device *device);
void targets_removed(struct wdf_device *device);

#endif
