/*
 * The device whose files are those of one path of Linux: what is there must stay the same file, and
 * when it has gone, the device goes.
 */
#ifndef WDFUSE_LINUXFILE_LINUXDEVICE_H
#define WDFUSE_LINUXFILE_LINUXDEVICE_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <wdf.h>

#include "framework/object/worker.h"

/* What the driver gives its device. */
typedef struct linux_device {
    char *path;
    dev_t number; /* what was there when the device was made */
    ino_t inode;
    mode_t type;
    WDFQUEUE reads, writes; /* what waits until the file can be read, written */
    bool passes_all_controls;
    struct work ending; /* of a target's */
    _Atomic(bool) is_gone;
    _Atomic(bool) has_warned; /* of a number that nobody knows */
} linux_device;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(linux_device, linux_device_of)

/* 0, or the errno with a line logged: whether it is a file that can be served. */
int linux_device_check(const char *path, struct linux_device *device);

/* Not another file that has come to its place. */
bool linux_device_is(const struct linux_device *device, const struct stat *file);

/* A call failed so: it may be the last that is heard of a device which was pulled out. */
void linux_device_look_after(WDFDEVICE handle, int error);

/* The same, and the status that the call has. */
NTSTATUS linux_device_status(WDFDEVICE handle, int error, bool is_control);

#endif
