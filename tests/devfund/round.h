/* One round in this process: a stack of drivers is started, used and removed. */
#ifndef DEVFUND_ROUND_H
#define DEVFUND_ROUND_H

#include <stdatomic.h>

#include "client.h"

#define DRIVERS_MAX 16

struct driver_file {
    const char *path;
    const char *child_id; /* NULL: a layer of the stack; else for children with that ID */
};

struct round_options {
    struct driver_file drivers[DRIVERS_MAX]; /* the lowest layer first */
    unsigned driver_count;
    const char *nodes[NODES_MAX]; /* besides the stack's own */
    unsigned node_count;
    const char *texts[TEXTS_MAX]; /* what clients write */
    unsigned text_count;
    unsigned clients;
    unsigned operations; /* of each client */
    unsigned events;     /* of PnP and power */
    unsigned patience_s; /* how long the round may take */
    bool may_fail;       /* the round does not fail if its drivers fail the device */
};

/* All counts only rise; they are shared with the process that watches. */
struct round_counts {
    _Atomic(unsigned long) operations, events;
};

/* Returns when all is well; ends the process when it is not. */
void round_run(const struct round_options *options, uint64_t seed, struct round_counts *counts);

#endif
