/*
 * Special files on a device (S17.44 to S17.46): for paging, hibernation or a dump, to boot from; or
 * it is a guest's. A stack, its parents and what depends on it are told of each that comes and
 * goes. Nobody puts such a file on a device here; whoever stands for it does (device_use).
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_USAGE_H
#define WDFUSE_FRAMEWORK_DEVICE_USAGE_H

#include <stdbool.h>

#include <wdf.h>

#include "framework/io/domain.h"

struct wdf_device;

/* Part of the device. */
struct usage {
    bool are_supported[WdfSpecialFileMax] GUARDED_BY(io_lock); /* WdfDeviceSetSpecialFileSupport */
    unsigned counts[WdfSpecialFileMax] GUARDED_BY(io_lock);    /* of files that are there */
    unsigned dump_references GUARDED_BY(io_lock);              /* of power, for dump files */
    bool is_being_told; /* of the one thread that tells (lifecycle.h): a circle ends here */
};

/* S17.46: it is in the path of paging, hibernation or a dump. */
bool usage_forbids_removal(struct wdf_device *device);

#endif
