/* Arithmetic of time, the same for every clock. See clock.h. */
#include "port/clock.h"

uint64_t port_clock_add(uint64_t when, uint64_t nanoseconds)
{
    return nanoseconds < PORT_CLOCK_NEVER - when ? when + nanoseconds : PORT_CLOCK_NEVER;
}

uint64_t port_clock_until(int64_t nt_time)
{
    uint64_t units;
    if (nt_time < 0) {
        units = -(uint64_t)nt_time;
    } else {
        uint64_t now = port_clock_system_time();
        units = (uint64_t)nt_time > now ? (uint64_t)nt_time - now : 0;
    }
    return units < PORT_CLOCK_NEVER / 100 ? units * 100 : PORT_CLOCK_NEVER;
}
