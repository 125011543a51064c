/* Drivers as files: shared objects that bring a DriverEntry. */
#ifndef WDFHOST_DRIVERFILE_H
#define WDFHOST_DRIVERFILE_H

#include <stddef.h>

#include <ntddk.h>

/*
 * Loads the file and returns its DriverEntry. The file stays loaded until the process ends: what a
 * debugger or a sanitizer has to say of it then still has names. Returns NULL with one line in
 * Error if the file is not there, is no driver, or is one that cannot run here.
 */
DRIVER_INITIALIZE *driver_file_load(const char *path, char *error, size_t size);

#endif
