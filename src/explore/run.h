/* One schedule of a scenario: the drivers of a stack are loaded, clients use its device, everything
 * is taken down again. */
#ifndef WDFUSE_EXPLORE_RUN_H
#define WDFUSE_EXPLORE_RUN_H

#include <ntddk.h>

#include "explore/scenario.h"
#include "port/explore/scheduler.h"

/* So many layers of a stack at most. */
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
    const char *file_name; /* what clients open after the device's name; NULL: nothing */
    const struct scenario *scenario;
};

/* Takes over what the process does with the log and with signals of the processor. */
void exploration_prepare(void);

/* Runs one schedule. After a failure no other may follow. */
void exploration_run(const struct exploration *exploration, struct explore_strategy *strategy,
                     struct explore_result *result);

#endif
