/* Becoming --user, for good. */
#ifndef WDFUSE_HOST_PRIVILEGES_H
#define WDFUSE_HOST_PRIVILEGES_H

#include "host/options.h"

/*
 * Before anything is started: refuses a --user that we can't become. For this process and its
 * children, gives up gaining privileges from set-user-ID programs. Returns 0, or -errno with a line
 * logged.
 */
int privileges_prepare(const struct host_options *options);

/* Once the device is open. Does nothing without --user. Returns 0, or -errno with a line logged. */
int privileges_drop(const struct host_options *options);

#endif
