/* State-change callbacks of a driver (S18.41,
 * S18.42): WdfDeviceInitRegister...StateChangeCallback. */
#ifndef WDFUSE_FRAMEWORK_DEVICE_STATEWATCH_H
#define WDFUSE_FRAMEWORK_DEVICE_STATEWATCH_H

#include <wdf.h>

#include "framework/device/machine.h"

/* One state of one machine; a list in the WDFDEVICE_INIT, and then in the device. */
struct state_watch;

void state_watches_free(struct state_watch *first);

/* Calls the driver if it has registered for this. `next` counts for leaving and entering. */
void state_watch_tell(struct wdf_device *device, enum machine_id id,
                      WDF_STATE_NOTIFICATION_TYPE type, unsigned current, unsigned next);

/* A state's number for the driver: a device that is not pageable has numbers of its own. */
unsigned state_seen_by_driver(const struct wdf_device *device, enum machine_id id, unsigned state);

#endif
