/* Alarms. See alarm.h. */
#include "framework/object/alarm.h"

#include <stdatomic.h>

#include "framework/io.h"
#include "framework/object/worker.h"
#include "port/clock.h"

struct alarms alarms = {.alarms_lock = PORT_MUTEX_INITIALIZER};

static struct {
    /* Constant while it is open. */
    int descriptor;
    /* The earliest first; drivers have few timers, so that a list is the best queue. */
    LIST_ENTRY armed GUARDED_BY(alarms_lock);
    /* What the descriptor is set to. */
    uint64_t descriptor_due GUARDED_BY(alarms_lock);
    /* Threads that rely on the descriptor. */
    unsigned sleepers GUARDED_BY(alarms_lock);
} service = {
    .descriptor = -1,
    .descriptor_due = PORT_CLOCK_NEVER,
};

/* When the earliest alarm is due, for a look without the lock. Written under the lock. */
static _Atomic(uint64_t) next_due = PORT_CLOCK_NEVER;

/* This thread looks at the alarms as soon as it has finished its present work. */
static PORT_THREAD_LOCAL bool looks_soon;

/* How much longer than it wanted such a thread may take. */
#define LOOK_DELAY_MAX_NS 2000000u

static struct alarm *alarm_from_entry(LIST_ENTRY *entry)
{
    return CONTAINING_RECORD(entry, struct alarm, entry);
}

/*
 * A thread that is awake sees the list's head in next_due, for nothing; the descriptor is set for
 * those who sleep. A descriptor that wakes too early is left alone: a sleeper that wakes in vain
 * now and then costs less than a system call for each alarm. Setting it also takes back an expiry
 * that has been seen.
 *
 * A thread that looks soon runs what is due itself, unless something holds it up; the descriptor is
 * for that case.
 */
void alarms_changed_locked(void)
{
    uint64_t due =
        IsListEmpty(&service.armed) ? PORT_CLOCK_NEVER : alarm_from_entry(service.armed.Flink)->due;
    atomic_store(&next_due, due);
    if (service.sleepers == 0)
        return;
    uint64_t now = port_clock_now();
    if (looks_soon && due <= now)
        due = now + LOOK_DELAY_MAX_NS;
    if (service.descriptor_due > now && service.descriptor_due <= due)
        return;
    service.descriptor_due = due;
    port_alarm_set(service.descriptor, due);
}

void alarm_arm_locked(struct alarm *alarm, uint64_t due)
{
    (void)alarm_disarm_locked(alarm);
    LIST_ENTRY *after = service.armed.Blink;
    while (after != &service.armed && alarm_from_entry(after)->due > due)
        after = after->Blink;
    InsertHeadList(after, &alarm->entry);
    alarm->due = due;
    alarm->is_armed = true;
}

bool alarm_disarm_locked(struct alarm *alarm)
{
    bool was_armed = alarm->is_armed;
    if (was_armed)
        RemoveEntryList(&alarm->entry);
    alarm->is_armed = false;
    return was_armed;
}

static void run_due_locked(void) REQUIRES(alarms_lock)
{
    uint64_t now = port_clock_now();
    while (!IsListEmpty(&service.armed) && alarm_from_entry(service.armed.Flink)->due <= now) {
        struct alarm *alarm = alarm_from_entry(service.armed.Flink);
        (void)alarm_disarm_locked(alarm);
        alarm->expire_locked(alarm, now);
    }
    alarms_changed_locked();
}

void io_timers_run(void)
{
    PORT_LOCK_SCOPE_OF(&alarms, alarms_lock);
    run_due_locked();
}

void io_timers_sleep_begin(void)
{
    PORT_LOCK_SCOPE_OF(&alarms, alarms_lock);
    service.sleepers++;
    alarms_changed_locked();
}

void io_timers_sleep_end(void)
{
    PORT_LOCK_SCOPE_OF(&alarms, alarms_lock);
    service.sleepers--;
}

void io_timers_set_looks_soon(bool value)
{
    looks_soon = value;
}

bool io_timers_are_due(void)
{
    uint64_t due = atomic_load_explicit(&next_due, memory_order_relaxed);
    return due != PORT_CLOCK_NEVER && due <= port_clock_now();
}

int io_timers_descriptor(void)
{
    return service.descriptor;
}

void alarms_advance(uint64_t nanoseconds)
{
    uint64_t target = port_clock_now() + nanoseconds;
    for (;;) {
        uint64_t due = atomic_load(&next_due);
        if (due > target)
            break;
        port_clock_set_virtual(due);
        io_timers_run();
        workers_wait_until_idle();
    }
    port_clock_set_virtual(target);
}

NTSTATUS alarms_open(void)
{
    port_lock_is_not_needed(alarms_lock);
    InitializeListHead(&service.armed);
    service.descriptor = port_alarm_open();
    service.descriptor_due = PORT_CLOCK_NEVER;
    return service.descriptor >= 0 || port_clock_is_virtual() ? STATUS_SUCCESS
                                                              : STATUS_INSUFFICIENT_RESOURCES;
}

void alarms_close(void)
{
    port_alarm_close(service.descriptor);
    service.descriptor = -1;
}
