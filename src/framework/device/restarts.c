/* How often a device is started anew (S18.49). See lifecycle.h. */
#include "framework/lifecycle.h"
#include "port/clock.h"

/* So many within that time of the first, in nanoseconds. */
#define RESTARTS_MAX   5
#define RESTART_PERIOD (60 * UINT64_C(1000000000))

bool restarts_allow(struct restarts *restarts)
{
    uint64_t now = port_clock_now();
    if (restarts->count > 0 && now - restarts->first > RESTART_PERIOD)
        restarts->count = 0;
    if (restarts->count == 0)
        restarts->first = now;
    if (restarts->count == RESTARTS_MAX)
        return false;
    restarts->count++;
    return true;
}
