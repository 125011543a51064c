/*
 * What drivers hear of the devices of others: interfaces that come and go, and the removal of a
 * device that they have open.
 *
 * Of interfaces each registration has a queue, which a worker empties: a driver is told of one
 * event after the other, in order, without any lock. Of a removal the thread that removes tells, as
 * it tells I/O targets (opentarget.h), which come before.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_NOTIFICATION_H
#define WDFUSE_FRAMEWORK_DEVICE_NOTIFICATION_H

#include <stdbool.h>

#include <wdf.h>

struct driver;
struct wdf_device;

/* An interface of that class can be opened by that name, in UTF-8, or not any more. Any thread at
 * PASSIVE_LEVEL, also with a device's names_lock held. */
void notification_post(const GUID *class, const char *name, bool has_come);

/* As those of opentarget.h. */
bool notifications_allow_removal(struct wdf_device *device);
void notifications_removal_canceled(struct wdf_device *device);
void notifications_removed(struct wdf_device *device);

/* The driver is unloaded: what it has forgotten to take back is taken back, and told in the log. */
void notifications_forget(struct driver *driver);

#endif
