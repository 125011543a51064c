/*
 * The names of a device beside its node: device interfaces and the symbolic link (S3.18 to S3.24).
 *
 * The framework keeps the list and reports changes; the listener decides where a name is in the
 * file system.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_NAME_H
#define WDFUSE_FRAMEWORK_DEVICE_NAME_H

#include <stdbool.h>

#include <wdf.h>

struct wdf_device;

#define DEVICE_NAME_PATH_SIZE 256

struct device_name {
    LIST_ENTRY entry;
    /* "by-interface/{GUID}/REFERENCE" (no reference: "by-interface/{GUID}/") or "by-name/NAME":
     * where clients look. */
    char path[DEVICE_NAME_PATH_SIZE];
    bool is_interface;
    bool is_enabled;
    bool is_announced; /* to drivers (notification.h): it can be opened */
    GUID class;        /* of an interface */
    bool waits;        /* the start does not enable it (WdfDeviceSetDeviceInterfaceStateEx) */
};

/* The path of an interface. STATUS_INVALID_PARAMETER, after a break: no string;
 * STATUS_OBJECT_NAME_INVALID: too long, or no part of a path; STATUS_INSUFFICIENT_RESOURCES. */
NTSTATUS device_interface_path(const GUID *class, PCUNICODE_STRING reference,
                               char path[DEVICE_NAME_PATH_SIZE], const char *function);

/* Whether the device has such an interface, enabled or not. */
bool device_has_interface(struct wdf_device *device, const char *path);

/* The device has started: its interfaces are enabled (S3.21). The device leaves: all names are
 * removed (S3.20). */
void device_names_enable(struct wdf_device *device);
void device_names_disable(struct wdf_device *device);

/* An open of the stack of that device now reaches it: its enabled interfaces and those of the
 * devices below it are announced. Not with a lock held. */
void device_names_announce(struct wdf_device *device);

/* Calls the function for the name of each interface of that class that can be opened, or of all,
 * with the names_lock held. */
void device_for_each_interface(struct wdf_device *device, const GUID *class, bool with_inactive,
                               void (*function)(void *context, const char *name), void *context);

/* Whether that is its symbolic link, or where clients find an interface of it that is enabled. Case
 * does not matter. */
bool device_has_name(struct wdf_device *device, const char *link, const char *interface_path);

void device_names_free(struct wdf_device *device);

#endif
