/* The resource lists of a device: see wdfresource.h. */
#ifndef WDFUSE_FRAMEWORK_DEVICE_RESOURCES_H
#define WDFUSE_FRAMEWORK_DEVICE_RESOURCES_H

struct wdf_device;

/* Makes the lists, unless an earlier start has. They live as long as the device. */
void resources_make(struct wdf_device *device);

#endif
