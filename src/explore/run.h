/* One schedule of a scenario: a driver is loaded, clients use its device, everything is taken down
 * again. */
#ifndef WDFUSE_EXPLORE_RUN_H
#define WDFUSE_EXPLORE_RUN_H

#include <ntddk.h>

#include "explore/scenario.h"
#include "port/explore/scheduler.h"

struct exploration {
    DRIVER_INITIALIZE *driver_entry;
    const char *service_name;
    const struct scenario *scenario;
};

/* Takes over what the process does with the log and with signals of the processor. */
void exploration_prepare(void);

/* Runs one schedule. After a failure no other may follow. */
void exploration_run(const struct exploration *exploration, struct explore_strategy *strategy,
                     struct explore_result *result);

#endif
