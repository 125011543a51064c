/* Arithmetic of time. See duration.h. */
#include "port/duration.h"

#include "port/clock.h"

#define NANOSECONDS_PER_SECOND 1000000000ull

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

unsigned port_clock_seconds(uint64_t nanoseconds)
{
    return (unsigned)((nanoseconds + NANOSECONDS_PER_SECOND / 2) / NANOSECONDS_PER_SECOND);
}

#define FIRST_PERIOD_NANOSECONDS 5000000000ull

void port_patience_begin(struct port_patience *patience, uint64_t now)
{
    patience->began = now;
    if (patience->period == 0)
        patience->period = FIRST_PERIOD_NANOSECONDS;
}

uint64_t port_patience_deadline(const struct port_patience *patience)
{
    return port_clock_add(patience->began, patience->period);
}

bool port_patience_is_over(struct port_patience *patience, uint64_t now)
{
    if (now < port_patience_deadline(patience))
        return false;
    patience->period *= 2;
    return true;
}
