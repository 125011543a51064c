/* One schedule of a scenario: the drivers of a stack are loaded, clients use its device, everything
 * is removed again. */
#ifndef WDFUSE_EXPLORE_RUN_H
#define WDFUSE_EXPLORE_RUN_H

#include <ntddk.h>

#include "explore/scenario.h"
#include "port/explore/scheduler.h"

/* The maximum number of layers of a stack. */
#define EXPLORE_DRIVERS_MAX 16

/* The name of the stack's node. */
#define EXPLORE_NODE_NAME "explored"

struct explored_driver {
    DRIVER_INITIALIZE *driver_entry;
    char service_name[128];
};

struct exploration {
    struct explored_driver drivers[EXPLORE_DRIVERS_MAX]; /* of the stack, the lowest first */
    unsigned driver_count;
    const char *file_name; /* what clients append to its name; NULL: nothing */
    const struct scenario *scenario;
};

/* Takes over the log and the signals of CPU faults of the process. */
void exploration_prepare(void);

/* Runs one schedule. After a failure no other may follow. */
void exploration_run(const struct exploration *exploration, struct explore_strategy *strategy,
                     struct explore_result *result);

#endif
