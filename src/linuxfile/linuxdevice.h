/*
 * The device whose files are those of one Linux path. The path must keep leading to the same file;
 * when that is gone, the device is removed.
 */
#ifndef WDFUSE_LINUXFILE_LINUXDEVICE_H
#define WDFUSE_LINUXFILE_LINUXDEVICE_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <wdf.h>

#include "framework/object/worker.h"

/* The context of the device. */
typedef struct linux_device {
    char *path;
    dev_t number; /* of the file when the device was made */
    ino_t inode;
    mode_t type;
    WDFQUEUE reads, writes; /* requests that wait until the file can be read, written */
    bool passes_all_controls;
    struct work ending; /* of a target's */
    _Atomic(bool) is_gone;
    _Atomic(bool) has_warned; /* of an unknown ioctl number */
} linux_device;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(linux_device, linux_device_of)

/* Whether the file can be served: 0, or the errno with a line logged. */
int linux_device_check(const char *path, struct linux_device *device);

/* Whether it is still the same file. */
bool linux_device_is(const struct linux_device *device, const struct stat *file);

/* To be called after a failed call: it may mean that the device was unplugged. */
void linux_device_look_after(WDFDEVICE handle, int error);

/* The same; returns the status of the call. */
NTSTATUS linux_device_status(WDFDEVICE handle, int error, bool is_control);

#endif
