/*
 * The nodes of the driver's devices: makes one when a device appears, removes it when the device
 * goes, and tells the keeper of the links.
 */
#ifndef WDFUSE_HOST_NODES_H
#define WDFUSE_HOST_NODES_H

#include <stdbool.h>
#include <sys/types.h>

#include "transport/transport.h"

struct links;
struct nodes;
struct wdf_device;

struct nodes_options {
    struct transport_options transport;
    /* True: that is the mode of that device's node, whatever its driver says of it. */
    bool (*mode_is_given)(const void *context, const struct wdf_device *device, mode_t *mode);
    const void *mode_context;
    struct links *links;
};

/*
 * Makes a node for each device, and from then on for each new one. When this returns 0 all can be
 * opened. Returns -errno with a line logged, also when there is no device to open; call nodes_close
 * in any case.
 */
int nodes_open(const struct nodes_options *options, struct nodes **result);

/* Says in the log that each of them is ready. */
void nodes_log_ready(struct nodes *nodes);

/* Become readable when the connection to the kernel has ended, and when a driver has given a device
 * up. nodes_take_failures resets the latter. It is true if all that have failed until then are to
 * be restarted: their nodes stay for the devices that replace them. */
int nodes_ended_descriptor(const struct nodes *nodes);
int nodes_failed_descriptor(const struct nodes *nodes);
bool nodes_take_failures(struct nodes *nodes);

/* Becomes readable, until nodes_take_waking, when a device wakes the system while that sleeps. */
int nodes_woken_descriptor(const struct nodes *nodes);
void nodes_take_waking(struct nodes *nodes);

/* No device gets a node any more, and all nodes are removed. Call it when no request is
 * outstanding. NULL: nothing. */
void nodes_close(struct nodes *nodes);

#endif
