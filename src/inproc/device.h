/* WDFUSEDEVICE, for the files of the in-process transport. */
#ifndef WDFUSE_INPROC_DEVICE_H
#define WDFUSE_INPROC_DEVICE_H

#include <wdfuse/inproc.h>

#include <stdbool.h>

#include "framework/lifecycle.h"
#include "port/thread.h"

struct driver;
struct io_device;
struct wdf_device;

/* A leaf. */
PORT_LOCK_KIND(device_lock);

struct WDFUSEDEVICE__ {
    /* The uppermost of its stack; NULL: its driver only makes control devices. For the thread that
     * started it. */
    struct wdf_device *device;
    /* The same, for threads that open it. */
    struct port_mutex device_lock;
    struct io_device *opened GUARDED_BY(device_lock);
    /* The devices that it has replaced, until they are freed. */
    struct left_device *left;
    struct restarts restarts;
    /* The first device leads to those that were added. */
    WDFUSEDEVICE next;
    /* Before WdfuseInprocStop. */
    bool is_removed;
    /* Of the first device: with the real clock a thread waits for the alarm. */
    struct port_thread timer_thread;
    bool has_timer_thread;
    int stop_event;
    ULONG layer_count;
    struct driver *drivers[]; /* of each layer, the lowest first; NULL: not loaded */
};

/* Clients open the device that is there now. */
void inproc_set_opened(WDFUSEDEVICE device);

#endif
