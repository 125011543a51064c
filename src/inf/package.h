/* An INF as a whole: what it is for, and what it does for each of its devices. */
#ifndef WDFUSE_INF_PACKAGE_H
#define WDFUSE_INF_PACKAGE_H

#include "inf/install.h"
#include "inf/read.h"

struct inf_package {
    struct inf *inf;
    struct inf_version version;
    struct inf_models models;
    /* One for each model, in their order. */
    struct inf_install **installs;
};

/* Reads all of it, and adds complaints about all faults. Returns 0, or the arena's error; the INF
 * stays the caller's. */
int inf_package_read(struct inf *inf, struct inf_package *package);

/*
 * What is done for a device with these IDs, and how well it fits; NULL: the package is not for it.
 */
const struct inf_install *inf_package_match(const struct inf_package *package,
                                            const struct inf_device_ids *ids,
                                            struct inf_rank *rank);

#endif
