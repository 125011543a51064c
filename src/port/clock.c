/* The two clocks and the alarm. See clock.h. */
#include "port/clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "port/duration.h"

#define NANOSECONDS_PER_SECOND 1000000000ull

/* From 1601-01-01 (NT) to 1970-01-01 (POSIX), in units of 100 ns. */
#define NT_EPOCH_OFFSET 116444736000000000ull

/* The virtual clock's own beginning of time: any value that is not zero and not near the end will
 * do. */
#define VIRTUAL_CLOCK_START NANOSECONDS_PER_SECOND

/* 0 while the real clock is in use; otherwise the virtual time. */
static _Atomic(uint64_t) virtual_now;

static uint64_t read_clock(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (uint64_t)now.tv_sec * NANOSECONDS_PER_SECOND + (uint64_t)now.tv_nsec;
}

uint64_t port_clock_now(void)
{
    uint64_t now = atomic_load(&virtual_now);
    return now != 0 ? now : read_clock(CLOCK_MONOTONIC);
}

uint64_t port_clock_rough(void)
{
    uint64_t now = atomic_load_explicit(&virtual_now, memory_order_relaxed);
    return now != 0 ? now : read_clock(CLOCK_MONOTONIC_COARSE);
}

uint64_t port_clock_deadline(uint64_t nanoseconds)
{
    return port_clock_add(read_clock(CLOCK_MONOTONIC), nanoseconds);
}

uint64_t port_clock_system_time(void)
{
    uint64_t now = atomic_load(&virtual_now);
    return (now != 0 ? now : read_clock(CLOCK_REALTIME)) / 100 + NT_EPOCH_OFFSET;
}

void port_clock_use_virtual(void)
{
    uint64_t real = 0;
    atomic_compare_exchange_strong(&virtual_now, &real, VIRTUAL_CLOCK_START);
}

bool port_clock_is_virtual(void)
{
    return atomic_load(&virtual_now) != 0;
}

void port_clock_set_virtual(uint64_t now)
{
    if (now > atomic_load(&virtual_now))
        atomic_store(&virtual_now, now);
}

int port_alarm_open(void)
{
    if (port_clock_is_virtual())
        return -1;
    int alarm = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    return alarm >= 0 ? alarm : -errno;
}

void port_alarm_set(int alarm, uint64_t when)
{
    if (alarm < 0)
        return;
    struct itimerspec setting = {0};
    if (when != PORT_CLOCK_NEVER) {
        /* All zero would disarm: a point in the past is as good as now. */
        setting.it_value.tv_sec = (time_t)(when / NANOSECONDS_PER_SECOND);
        setting.it_value.tv_nsec = (long)(when % NANOSECONDS_PER_SECOND);
    }
    timerfd_settime(alarm, TFD_TIMER_ABSTIME, &setting, NULL);
}

void port_alarm_close(int alarm)
{
    if (alarm >= 0)
        close(alarm);
}
