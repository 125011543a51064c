/*
 * Device objects: pointers that lead back to our devices, and to nothing else.
 *
 * Below the lowest device of a stack on no child stands a device of a bus driver that does not
 * exist here. Drivers can find it, compare it and pass it back; requests sent to it fail with
 * STATUS_INVALID_DEVICE_REQUEST (S5.2).
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_WDM_H
#define WDFUSE_FRAMEWORK_DEVICE_WDM_H

#include <wdf.h>

struct bus_device;
struct wdf_device;

/* The bus driver's device below a new stack, which stays until each of its users has dropped it;
 * NULL when there is no memory. NULL: nothing. */
struct bus_device *wdm_create_bus_device(void);
struct bus_device *wdm_share_bus_device(struct bus_device *device);
void wdm_drop_bus_device(struct bus_device *device);

/* The device behind the pointer; NULL: a bus driver's. A bug check for any other pointer. */
struct wdf_device *wdm_device_of(PDEVICE_OBJECT device_object);

#endif
