/*
 * The file of a driver's configuration: read at start, written back whenever the driver changes
 * something (docs/configuration.md).
 *
 * It is replaced whole, by a new file in its folder that is renamed over it, with its mode and
 * owner. Several daemons may share one: a record lock on the file is held from reading it again to
 * replacing it. The file is read before privileges are dropped; it is written with the rights that
 * the daemon has then.
 */
#ifndef WDFUSE_HOST_CONFIGFILE_H
#define WDFUSE_HOST_CONFIGFILE_H

#include <stdbool.h>

struct config_file;

/*
 * Loads a configuration from that file, or an empty one that is not kept when the path is NULL.
 * Returns 0 or -errno, with a line in the log.
 */
int config_file_open(const char *path, struct config_file **result);

/* For the driver (framework/lifecycle.h), until the file is closed. */
struct configuration *config_file_configuration(struct config_file *file);

/* Both are kept in one file of the system: two drivers must not share one. */
bool config_file_is_same(const struct config_file *one, const struct config_file *other);

/* Call it after the driver is unloaded. NULL is allowed. */
void config_file_close(struct config_file *file);

#endif
