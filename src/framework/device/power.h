/*
 * The power machine of a device: which callbacks take it into D0 and out of it (S11.1, S11.8,
 * S11.17). The policy sends its events; docs/states.md shows it.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_POWER_H
#define WDFUSE_FRAMEWORK_DEVICE_POWER_H

#include <stdbool.h>

#include <wdf.h>

struct machine_table;
struct wdf_device;

extern const struct machine_table power_table;

/* Sends the event. False: a callback has failed; power_failure tells how. True too if
 * the device has nothing to do. */
bool power_up(struct wdf_device *device);
bool power_complete_up(struct wdf_device *device);
bool power_down(struct wdf_device *device, WDF_POWER_DEVICE_STATE target);
bool power_complete_down(struct wdf_device *device);
bool power_start(struct wdf_device *device);
bool power_stop(struct wdf_device *device);

/* S11.13: only I/O that was started is flushed, or cleaned up. */
void power_flush_self_managed_io(struct wdf_device *device);
void power_clean_up_self_managed_io(struct wdf_device *device);

#endif
