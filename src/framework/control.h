/* Control devices (S3.25 to S3.32). */
#ifndef WDFUSE_FRAMEWORK_CONTROL_H
#define WDFUSE_FRAMEWORK_CONTROL_H

struct wdf_device;

/*
 * WdfObjectDelete: no open from now on. The objects go at once if no file is open, else after the last one is
 * closed (S3.29).
 */
void control_delete(struct wdf_device *device);

#endif
