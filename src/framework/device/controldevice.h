/* Control devices (S3.25 to S3.32). */
#ifndef WDFUSE_FRAMEWORK_DEVICE_CONTROLDEVICE_H
#define WDFUSE_FRAMEWORK_DEVICE_CONTROLDEVICE_H

struct wdf_device;

/* Removes one as if no client had it open: its targets are told. At PASSIVE_LEVEL. */
void control_device_end(struct wdf_device *device);

#endif
