/* The registry values that an INF installs, as the defaults of a driver's configuration. */
#ifndef WDFUSE_HOST_INFREGISTRY_H
#define WDFUSE_HOST_INFREGISTRY_H

#include "inf/registry.h"

/*
 * The text for configuration_set_defaults, malloc'ed, for the driver with that service: the values
 * of the device's two keys, and those of the service. Returns 0 or -errno, with a line logged that
 * begins with `name`.
 */
int inf_registry_defaults(const char *name, const struct inf_registry *registry,
                          const char *service, char **text);

#endif
