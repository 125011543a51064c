/* The framework's state (framework/inspect.h), as the JSON of org.wdfuse.control.varlink. */
#ifndef WDFUSE_CONTROL_DESCRIBE_H
#define WDFUSE_CONTROL_DESCRIBE_H

#include <stdbool.h>

#include <jansson.h>

#include "framework/inspect.h"

/* Whether the name is the device's: its node's name, if it is the one that is opened there, or its
 * handle. NULL means every device. */
bool describe_is_meant(const struct inspect_device *device, const char *name);

json_t *describe_devices(void);

/* The answer of a method; NULL: there was no memory. */
struct description {
    json_t *parameters;
    bool is_found; /* the device is there, or none was named */
};
struct description describe_queues(const char *device);
struct description describe_statistics(const char *device);
struct description describe_requests(const char *device);
struct description describe_files(const char *device);
struct description describe_timers(const char *device);
struct description describe_locks(const char *device);
struct description describe_objects(const char *device);

#endif
