/* The folder in which each driver has one of its own, for the files that it opens (nt/folder.h). */
#ifndef WDFUSE_HOST_STATEFOLDER_H
#define WDFUSE_HOST_STATEFOLDER_H

#include "host/options.h"

/* Sets it to --state-dir; else to /var/lib/wdfuse for root, and none for others. Returns 0, or
 * -errno with a line logged. */
int state_folder_choose(const struct host_options *options);

/*
 * Makes the folder of a driver, for the user that the daemon is about to become, if that one could
 * not. Otherwise it is made when the driver first needs it. Returns 0, or -errno with a line
 * logged.
 */
int state_folder_make(const char *service);

#endif
