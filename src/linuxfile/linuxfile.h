/*
 * A driver of our own for files of Linux: its devices do to a file what is asked of them.
 *
 * One is at the bottom of a stack on a device of Linux, another one behind an I/O target that a
 * driver has opened by a path.
 */
#ifndef WDFUSE_LINUXFILE_LINUXFILE_H
#define WDFUSE_LINUXFILE_LINUXFILE_H

#include <stdbool.h>

#include <wdm.h>

#define LINUXFILE_SERVICE "linuxfile"

DRIVER_INITIALIZE linuxfile_entry;

/*
 * What the next device that is added to the driver is for: an absolute path, which is copied, and
 * whether numbers of ioctl(2) are passed of which nobody knows that they hold no addresses. In the
 * thread that adds it. 0 or -errno with a line logged: there is nothing that could be served.
 */
int linuxfile_next(const char *path, bool passes_all_controls);

/* Has WdfIoTargetOpen find files by their paths. */
void linuxfile_serve_targets(void);

/* Unloads what linuxfile_serve_targets has loaded, if nobody but that is left: for who unloads
 * drivers, afterwards. */
void linuxfile_unload_if_alone(void);

#endif
