/*
 * wdfuse's own driver for files of Linux: its devices carry out requests on a file.
 *
 * Such a device is at the bottom of a stack on a device of Linux, or behind an I/O target that a
 * driver has opened by a path.
 */
#ifndef WDFUSE_LINUXFILE_LINUXFILE_H
#define WDFUSE_LINUXFILE_LINUXFILE_H

#include <stdbool.h>

#include <wdm.h>

#define LINUXFILE_SERVICE "linuxfile"

DRIVER_INITIALIZE linuxfile_entry;

/*
 * Sets the file of the next device that is added to the driver: an absolute path, which is copied,
 * and whether ioctl(2) numbers that are not in our table are passed, though they may contain
 * addresses. In the thread that adds the device. 0, or -errno with a line logged: it cannot be
 * served.
 */
int linuxfile_next(const char *path, bool passes_all_controls);

/* From now on WdfIoTargetOpen finds files by their paths. */
void linuxfile_serve_targets(void);

/* Unloads the driver that linuxfile_serve_targets has loaded, if only that is left. To be called
 * after drivers are unloaded. */
void linuxfile_unload_if_alone(void);

#endif
