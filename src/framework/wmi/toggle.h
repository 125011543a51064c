/*
 * The framework's own blocks (S19.24): a BOOLEAN of a device, which programs read and write. The
 * driver cannot see them, and cannot have a block of the same GUID.
 */
#ifndef WDFUSE_FRAMEWORK_WMI_TOGGLE_H
#define WDFUSE_FRAMEWORK_WMI_TOGGLE_H

#include <stdbool.h>

#include <wdf.h>

struct io_device;
struct wmi_handler;

/* The setting: called without locks, at PASSIVE_LEVEL, while the device is started. */
struct wmi_toggle {
    GUID guid;
    bool (*is_on)(struct io_device *device);
    void (*turn)(struct io_device *device, bool is_on);
};

/*
 * Shows it to programs, or hides it; either any number of times. IRQL <= DISPATCH_LEVEL.
 * STATUS_WMI_GUID_DISCONNECTED: the driver has a block of that GUID; STATUS_INVALID_DEVICE_STATE:
 * the device is being removed; STATUS_INSUFFICIENT_RESOURCES. `toggle` stays valid as long as the
 * device.
 */
NTSTATUS wmi_toggle_show(struct wmi_handler *handler, const struct wmi_toggle *toggle);
void wmi_toggle_hide(struct wmi_handler *handler, const struct wmi_toggle *toggle);

/* ---- for requests (request.c) ---- */

/* The buffer is large enough, and the data complete. */
void wmi_toggle_read(const struct wmi_toggle *toggle, struct io_device *device, void *buffer,
                     ULONG *used);
NTSTATUS wmi_toggle_write(const struct wmi_toggle *toggle, struct io_device *device,
                          const void *buffer);
NTSTATUS wmi_toggle_write_item(const struct wmi_toggle *toggle, struct io_device *device,
                               ULONG item, const void *buffer, ULONG size);

#endif
