/*
 * PnP and power of a device (S11): the order in which the driver hears of start, suspend, resume and removal.
 *
 *     CREATED --start--> STARTED <--suspend, resume--> SUSPENDED
 *        |                  |                             |
 *        +------------------+--------- remove ------------+---> REMOVING ---> REMOVED
 *
 * All of these are called by the thread of the host, one after the other.
 */
#ifndef WDFUSE_FRAMEWORK_PNP_H
#define WDFUSE_FRAMEWORK_PNP_H

#include <wdf.h>

struct wdf_device;

/* S11.1; a failure undoes what went before (S11.5), and is returned. */
NTSTATUS pnp_start(struct wdf_device *device);

/* What deletion of a device owes the driver before the objects go: EvtDeviceSelfManagedIoCleanup (S11.17 step
 * 9). */
void pnp_clean_up(struct wdf_device *device);

#endif
