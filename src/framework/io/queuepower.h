/* Power-managed queues (S6.63 to S6.75): held while the device is not in D0. For the thread that
 * runs PnP. */
#ifndef WDFUSE_FRAMEWORK_IO_QUEUEPOWER_H
#define WDFUSE_FRAMEWORK_IO_QUEUEPOWER_H

#include <stdbool.h>

#include <wdf.h>

#include "framework/io/domain.h"

struct io_device;
struct wdf_queue;

/*
 * Holds the power-managed queues: nothing more is presented, EvtIoStop is called for each request
 * that the driver has, and the call returns when each of them is completed, moved away or
 * acknowledged (S6.64, S6.66).
 */
void queues_power_down(struct io_device *device, WDF_REQUEST_STOP_ACTION_FLAGS action);

/* EvtIoResume for each request that the driver has kept, then the queues dispatch again (S6.70). */
void queues_power_up(struct io_device *device);

/* S6.71: shuts the managed, or the other, queues down for good, with EvtIoStop(Purge). Waits for
 * what the driver has. */
void queues_purge_for_removal(struct io_device *device, bool power_managed);

/* Whether each power-managed queue keeps the device in D0 while it is not empty (S6.72). */
void queues_watch_power_locked(struct io_device *device, bool do_watch) REQUIRES(io_lock);

/* The queue has got a request, or may be empty and at rest: its power reference follows. */
void queue_follow_power_locked(struct wdf_queue *queue) REQUIRES(io_lock);

#endif
