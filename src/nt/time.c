/* The clocks of NT over those of the port layer. */
#include <wdm.h>

#include "port/clock.h"

#define NANOSECONDS_IN_A_UNIT 100
#define UNITS_IN_A_SECOND     10000000

VOID KeQuerySystemTime(PLARGE_INTEGER CurrentTime)
{
    CurrentTime->QuadPart = (LONGLONG)port_clock_system_time();
}

VOID KeQuerySystemTimePrecise(PLARGE_INTEGER CurrentTime)
{
    KeQuerySystemTime(CurrentTime);
}

ULONGLONG KeQueryInterruptTime(VOID)
{
    return port_clock_now() / NANOSECONDS_IN_A_UNIT;
}

/* Counts units of 100 ns, as current Windows does: drivers that assume this frequency are right
 * here too. */
LARGE_INTEGER KeQueryPerformanceCounter(PLARGE_INTEGER PerformanceFrequency)
{
    LARGE_INTEGER counter = {.QuadPart = (LONGLONG)(port_clock_now() / NANOSECONDS_IN_A_UNIT)};

    if (PerformanceFrequency != NULL)
        PerformanceFrequency->QuadPart = UNITS_IN_A_SECOND;
    return counter;
}
