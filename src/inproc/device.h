/* What a WDFUSEDEVICE is, for the files of the in-process transport. */
#ifndef WDFUSE_INPROC_DEVICE_H
#define WDFUSE_INPROC_DEVICE_H

#include <wdfuse/inproc.h>

#include <stdbool.h>

#include "port/thread.h"

struct driver;
struct wdf_device;

struct WDFUSEDEVICE__ {
    /* The uppermost of its stack; NULL: of a driver that only makes control devices. */
    struct wdf_device *device;
    /* The first one leads to those that were added. */
    WDFUSEDEVICE next;
    /* Before WdfuseInprocStop. */
    bool is_removed;
    /* The first one's; with the real clock, somebody must wait for the alarm. */
    struct port_thread timer_thread;
    bool has_timer_thread;
    int stop_event;
    ULONG layer_count;
    struct driver *drivers[]; /* of each layer, the lowest first; NULL: not loaded */
};

#endif
