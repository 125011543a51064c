/* Devices of the process by the names that drivers call them by. */
#ifndef WDFUSE_FRAMEWORK_DEVICE_FIND_H
#define WDFUSE_FRAMEWORK_DEVICE_FIND_H

#include <ntdef.h>

struct wdf_device;

/*
 * The uppermost device of the stack that has that name, in UTF-8, with a reference for the caller:
 *
 *     \Device\NAME                   as a driver has named a device, or a node's name
 *     \DosDevices\NAME, \??\NAME     a symbolic link, or a node's name
 *     \\.\NAME, \\?\NAME             the same, as the user-mode framework writes it
 *     by-interface/{GUID}/REFERENCE  what WdfDeviceRetrieveDeviceInterfaceString gives
 *
 *     /dev/ttyUSB0                   a file of Linux
 *
 * The last two may follow one of the prefixes. Names do not tell capitals from small letters. NULL:
 * there is none, or it has not started, or is being removed.
 */
struct wdf_device *device_find(const char *name);

/*
 * Sets the function that returns a device for a file of Linux (linuxfile/linuxfile.h), with a
 * reference for the caller, or NULL. It is called in any thread at PASSIVE_LEVEL. Call this once,
 * before anything runs.
 */
void device_find_files_by(struct wdf_device *(*find)(const char *path));

#endif
