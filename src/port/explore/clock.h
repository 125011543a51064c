/* The clock of an exploration: virtual, and one alarm that the scheduler knows. */
#ifndef WDFUSE_PORT_EXPLORE_CLOCK_H
#define WDFUSE_PORT_EXPLORE_CLOCK_H

#include <stdint.h>

#include "port/clock.h"

#define EXPLORE_CLOCK_START 1000000000ull

/* Back to the beginning of time, with no alarm set. */
void explore_clock_reset(void);

/* The time, without anybody having asked for it. */
uint64_t explore_clock_now(void);

/* What port_alarm_set was last told. */
uint64_t explore_alarm_due(void);

#endif
