/* The drivers of one stack: lower filters, function driver and upper filters, from options. */
#ifndef WDFUSE_HOST_STACK_H
#define WDFUSE_HOST_STACK_H

#include <stdbool.h>

#include "framework/lifecycle.h"
#include "host/options.h"

struct driver;
struct drivers;
struct host_driver;
struct wdf_device;

/* And a device for each of its names. */
struct stack {
    const struct host_driver_options *options;
    bool is_for_children; /* they come from a bus driver; else it has devices of its own */
    struct host_driver *layers[HOST_FILTERS_MAX + 1]; /* from the lowest to the uppermost */
    unsigned layer_count;
    struct host_driver *function;
    struct wdf_device *devices[HOST_NAMES_MAX]; /* the uppermost of each, in order */
    unsigned device_count;
    struct restarts restarts[HOST_NAMES_MAX]; /* of each, and of the devices it has replaced */
};

/*
 * Enters its drivers among the others, those of its options, or of the program, which has the
 * service's name. Returns 0 or -errno with a line logged. A stack for children shares drivers with
 * any other.
 */
int stack_enter(struct stack *stack, struct drivers *drivers, const char *program_service);

/* False, with a line logged: a driver that makes only control devices can't be in a stack. For
 * loaded drivers. */
bool stack_is_pnp(const struct stack *stack);

bool stack_has_driver(const struct stack *stack, const struct driver *driver);

#endif
