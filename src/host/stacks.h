/*
 * The stacks of devices that the command line asks for: lower filters, function driver and upper
 * filters, once for each --name; from their drivers' files to their removal.
 */
#ifndef WDFUSE_HOST_STACKS_H
#define WDFUSE_HOST_STACKS_H

#include <stdbool.h>
#include <sys/types.h>

#include "host/options.h"

struct stacks;
struct wdf_device;

/*
 * Each returns 0 or -errno with a line logged. In the order of their calls: reads the
 * configurations of the drivers; loads the drivers, builds the stacks and starts them. Call
 * stacks_destroy in any case, and before it, once stacks_start was called, failed or not,
 * stacks_end and stacks_delete.
 */
int stacks_create(const WDFUSE_HOST *description, const struct host_options *options,
                  struct stacks **result);
int stacks_start(struct stacks *stacks);

/* 0, or -errno with a line logged: the process, with its present user, can't open the devices of
 * Linux that stacks are on. */
int stacks_check_access(const struct stacks *stacks);

/* True: the user has given the mode of that device's node. The context is the stacks. */
bool stacks_mode_is_given(const void *context, const struct wdf_device *device, mode_t *mode);

/* Restarts a device that has failed (S11.12, S18.47). 0, or -errno: it is not to be restarted, or
 * does not start. */
int stacks_suspend(struct stacks *stacks);
int stacks_resume(struct stacks *stacks);

/* The same for those that have failed otherwise (S18.49). */
int stacks_restart_failed(struct stacks *stacks);

/* A wake signal, for every device that waits for one. False: none does. */
bool stacks_wake(struct stacks *stacks);

/* The devices are removed, the control devices as well; the last comes first. */
void stacks_end(struct stacks *stacks);

/* When no node leads to them any more: the devices are deleted, the drivers unloaded. */
void stacks_delete(struct stacks *stacks);

/* NULL: nothing. */
void stacks_destroy(struct stacks *stacks);

#endif
