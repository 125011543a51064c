/*
 * Drivers that are installed by an INF: its contents become options, including some that the
 * command line does not have.
 */
#ifndef WDFUSE_HOST_INFINSTALL_H
#define WDFUSE_HOST_INFINSTALL_H

#include <stdbool.h>
#include <sys/types.h>

#include "framework/lifecycle.h"
#include "host/options.h"

struct inf;
struct inf_device_ids;

/* What an INF sets besides files and names. */
struct host_installation {
    struct inf *inf;     /* in which all of it lives */
    const char *section; /* of the device: "Echo_Device.NT" */
    struct device_installation device;
    bool has_mode; /* of the stack's nodes */
    mode_t mode;
};

/*
 * For each operand that is an INF: reads it, finds the files of its drivers beside it or in
 * --driver-path, and puts stack, names and settings into the options. Returns 0 or -errno, with one
 * line logged; nothing is started. Call infs_forget in any case.
 */
int infs_install(struct host_options *options);
void infs_forget(struct host_options *options);

/*
 * The same for one of them, whose operand is the INF's path: for the device that it names, or, with
 * IDs, for the child that has them. The path must last. Call inf_forget in any case, after its
 * drivers are unloaded.
 */
int inf_install(const struct host_options *options, const struct inf_device_ids *ids,
                struct host_driver_options *driver);
void inf_forget(struct host_driver_options *driver);

#endif
