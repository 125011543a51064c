/*
 * The file of the driver's configuration: read at start, written back whenever the driver changes
 * something (docs/configuration.md).
 *
 * It is replaced whole, by a new file in its folder that is renamed over it, with its mode and
 * owner. Several daemons may share one: a record lock on the file is held from reading it anew to
 * replacing it. The file is read before privileges are dropped; it is written with the rights that
 * the daemon has then.
 */
#ifndef WDFUSE_HOST_CONFIGFILE_H
#define WDFUSE_HOST_CONFIGFILE_H

struct config_file;

/*
 * Loads the configuration from that file, or an empty one that nobody keeps when the path is NULL.
 * Returns 0 or -errno, with a line in the log.
 */
int config_file_open(const char *path, struct config_file **file);

/* After the driver is gone. NULL is fine. */
void config_file_close(struct config_file *file);

#endif
