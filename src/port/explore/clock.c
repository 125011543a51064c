/* The clock of an exploration. See port/clock.h and port/explore/clock.h. */
#include "port/explore/clock.h"

#include "port/duration.h"
#include "port/explore/scheduler.h"

/* From 1601-01-01 (NT) to 1970-01-01 (POSIX), in units of 100 ns. */
#define NT_EPOCH_OFFSET 116444736000000000ull

static uint64_t virtual_now = EXPLORE_CLOCK_START;
static uint64_t alarm_due = PORT_CLOCK_NEVER;

void explore_clock_reset(void)
{
    virtual_now = EXPLORE_CLOCK_START;
    alarm_due = PORT_CLOCK_NEVER;
}

uint64_t explore_alarm_due(void)
{
    return alarm_due;
}

uint64_t explore_clock_now(void)
{
    return virtual_now;
}

uint64_t port_clock_now(void)
{
    explore_clock_was_read();
    return virtual_now;
}

/* Nothing that a driver does depends on it. */
uint64_t port_clock_rough(void)
{
    return virtual_now;
}

uint64_t port_clock_deadline(uint64_t nanoseconds)
{
    return port_clock_add(virtual_now, nanoseconds);
}

uint64_t port_clock_system_time(void)
{
    explore_clock_was_read();
    return virtual_now / 100 + NT_EPOCH_OFFSET;
}

void port_clock_use_virtual(void)
{
}

bool port_clock_is_virtual(void)
{
    return true;
}

void port_clock_set_virtual(uint64_t now)
{
    if (now > virtual_now)
        virtual_now = now;
}

int port_alarm_open(void)
{
    return -1;
}

void port_alarm_set(int alarm, uint64_t when)
{
    (void)alarm;
    alarm_due = when;
}

void port_alarm_close(int alarm)
{
    (void)alarm;
}
