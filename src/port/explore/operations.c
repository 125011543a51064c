/*
 * What threads do: locks, conditions, atomics, events, time. Each operation is announced, which is
 * a point, and carried out when the thread is chosen. See scheduler.c.
 */
#include "port/explore/internal.h"

struct explore_history explore_clock_history;

/* Of what is atomic, by address. Two that share one are taken for one: that only costs
 * equivalences. */
static struct explore_history atomic_histories[64];

void explore_thread_yield(const struct explore_site *site)
{
    struct explore_thread *self = scheduler.current;
    if (scheduler.strategy->yielded != NULL)
        scheduler.strategy->yielded(scheduler.strategy, self->id, false);
    announce(self, OPERATION_YIELD, site, NULL);
    record(OPERATION_YIELD, site, NULL);
}

void explore_thread_sleep(uint64_t nanoseconds, const struct explore_site *site)
{
    struct explore_thread *self = scheduler.current;
    self->deadline = port_clock_deadline(nanoseconds);
    self->mutex = NULL;
    scheduler.sleepers |= self->bit;
    block(self, OPERATION_WAIT, site, NULL);
    self->was_timeout = false;
    record(OPERATION_TIMEOUT, site, NULL);
}

/* ---- locks ---- */

void explore_mutex_init(struct port_mutex *mutex)
{
    mutex->owner = NULL;
    mutex->is_drivers = false;
    history_begin(&mutex->history);
}

void explore_mutex_destroy(struct port_mutex *mutex, const struct explore_site *site)
{
    if (mutex->owner != NULL && scheduler.current != NULL)
        explore_fail(EXPLORE_VIOLATION, "the lock %s is destroyed in %s while %s holds it",
                     site->object, site->function, mutex->owner->name);
}

static void own(struct explore_thread *self, struct port_mutex *mutex,
                const struct explore_site *site)
{
    mutex->owner = self;
    ++*(mutex->is_drivers ? &self->driver_locks : &self->internal_locks);
    history_meet(self, &mutex->history);
    record(OPERATION_LOCK, site, mutex);
}

void explore_mutex_lock(struct port_mutex *mutex, const struct explore_site *site)
{
    struct explore_thread *self = scheduler.current;
    if (self == NULL)
        return;
    if (mutex->owner != NULL && !is_thread(mutex->owner))
        explore_fail(EXPLORE_VIOLATION, "%s takes the lock %s in %s, whose memory was freed",
                     self->name, site->object, site->function);
    announce(self, OPERATION_LOCK, site, mutex);
    own(self, mutex, site);
}

bool explore_mutex_try_lock(struct port_mutex *mutex, const struct explore_site *site)
{
    struct explore_thread *self = scheduler.current;
    announce(self, OPERATION_RUN, site, NULL);
    bool is_free = mutex->owner == NULL;
    if (is_free)
        own(self, mutex, site);
    else
        history_meet(self, &mutex->history);
    return is_free;
}

static void disown(struct explore_thread *self, struct port_mutex *mutex,
                   const struct explore_site *site)
{
    if (mutex->owner != self)
        explore_fail(EXPLORE_VIOLATION, "%s unlocks %s in %s, which %s holds", self->name,
                     site->object, site->function,
                     mutex->owner != NULL ? mutex->owner->name : "nobody");
    history_meet(self, &mutex->history);
    mutex->owner = NULL;
    --*(mutex->is_drivers ? &self->driver_locks : &self->internal_locks);
}

void explore_mutex_unlock(struct port_mutex *mutex, const struct explore_site *site)
{
    struct explore_thread *self = scheduler.current;
    if (self == NULL)
        return;
    disown(self, mutex, site);
    record(OPERATION_UNLOCK, site, mutex);
    announce(self, OPERATION_RUN, site, NULL);
}

/* ---- conditions ---- */

void explore_condition_init(struct port_condition *condition)
{
    history_begin(&condition->history);
}

bool explore_condition_wait(struct port_condition *condition, struct port_mutex *mutex,
                            uint64_t deadline, const struct explore_site *site)
{
    struct explore_thread *self = scheduler.current;
    record(OPERATION_WAIT, site, condition);
    disown(self, mutex, site);
    history_meet(self, &condition->history);
    self->mutex = mutex;
    self->deadline = deadline;
    self->waits_since = scheduler.waits++;
    self->was_timeout = false;
    if (deadline != PORT_CLOCK_NEVER)
        scheduler.sleepers |= self->bit;
    block(self, OPERATION_WAIT, site, condition);
    own(self, mutex, site);
    return !self->was_timeout;
}

static struct explore_thread *longest_waiting(const struct port_condition *condition)
{
    struct explore_thread *longest = NULL;
    for (unsigned i = 0; i < scheduler.live_count; i++) {
        struct explore_thread *thread = scheduler.live[i];
        if (thread->operation == OPERATION_WAIT && thread->object == condition &&
            thread->mutex != NULL &&
            (longest == NULL || thread->waits_since < longest->waits_since))
            longest = thread;
    }
    return longest;
}

/* No point: what comes before it is one, and nobody sees the difference before the next. */
void explore_condition_wake(struct port_condition *condition, bool all,
                            const struct explore_site *site)
{
    struct explore_thread *self = scheduler.current;
    if (self == NULL)
        return;
    struct explore_thread *waiting;
    history_meet(self, &condition->history);
    while ((waiting = longest_waiting(condition)) != NULL) {
        history_meet(waiting, &condition->history);
        waiting->operation = OPERATION_LOCK;
        waiting->object = waiting->mutex;
        make_ready(waiting);
        record(OPERATION_WAKE, site, condition);
        if (!all)
            break;
    }
}

/* ---- atomics, notes ---- */

void explore_atomic_point(const void *object, const struct explore_site *site)
{
    struct explore_thread *self = scheduler.current;
    if (self == NULL)
        return;
    announce(self, OPERATION_ATOMIC, site, NULL);
    history_meet(self, &atomic_histories[(uintptr_t)object / 8 % 64]);
    record(OPERATION_ATOMIC, site, object);
}

void explore_call_point(const char *function, const void *handle)
{
    struct explore_thread *self = scheduler.current;
    /* One that is looked at twice on its way is one call. */
    if (self == NULL || (self->called == function && self->called_at == scheduler.step))
        return;
    announce(self, OPERATION_CALL, NULL, NULL);
    self->called = function;
    self->called_at = scheduler.step;
    record(OPERATION_CALL, NULL, handle);
    scheduler.trace[(scheduler.trace_count - 1) % TRACE_LENGTH].text = function;
}

void explore_note(const struct explore_site *site, const void *object)
{
    if (scheduler.current != NULL)
        record(OPERATION_NOTE, site, object);
}

void explore_note_text(const char *text)
{
    if (scheduler.current != NULL)
        record(OPERATION_TEXT, NULL, text);
}

void explore_callback(const struct explore_site *site, const void *object)
{
    struct explore_thread *self = scheduler.current;
    if (self == NULL)
        return;
    record(OPERATION_NOTE, site, object);
    if (self->internal_locks > 0)
        explore_fail(EXPLORE_VIOLATION,
                     "%s is called back in %s with %u locks of the framework held", self->name,
                     site->function, self->internal_locks);
}

void explore_check_no_lock(const char *after)
{
    struct explore_thread *self = scheduler.current;
    if (self->internal_locks + self->driver_locks > 0)
        explore_fail(EXPLORE_VIOLATION,
                     "%s holds %u locks after \"%s\": a callback has not released them", self->name,
                     self->internal_locks + self->driver_locks, after);
}

/* ---- events ---- */

void explore_event_reset(struct explore_event *event)
{
    event->is_set = false;
    event->waiter = NULL;
    history_begin(&event->history);
}

/* No point, as explore_condition_wake. */
void explore_event_set(struct explore_event *event)
{
    event->is_set = true;
    if (event->waiter != NULL)
        make_ready(event->waiter);
    if (event->waiter == scheduler.idle)
        scheduler.idle = NULL;
    event->waiter = NULL;
    if (scheduler.current != NULL)
        history_meet(scheduler.current, &event->history);
}

void explore_event_wait(struct explore_event *event, const struct explore_site *site)
{
    struct explore_thread *self = scheduler.current;
    if (event->is_set) {
        announce(self, OPERATION_EVENT, site, event);
    } else {
        event->waiter = self;
        block(self, OPERATION_EVENT, site, event);
    }
    record(OPERATION_EVENT, site, event);
    history_meet(self, &event->history);
}

/* ---- time and idleness ---- */

void explore_clock_was_read(void)
{
    if (scheduler.current != NULL)
        history_meet(scheduler.current, &explore_clock_history);
}

bool explore_alarm_wait(void)
{
    struct explore_thread *self = scheduler.current;
    if (scheduler.strategy->yielded != NULL)
        scheduler.strategy->yielded(scheduler.strategy, self->id, true);
    if (scheduler.alarms_are_stopped)
        return false;
    scheduler.alarm_waiters |= self->bit;
    block(self, OPERATION_ALARM, NULL, NULL);
    if (scheduler.alarms_are_stopped)
        return false;
    record(OPERATION_ALARM, NULL, (void *)(uintptr_t)explore_clock_now());
    return true;
}

void explore_alarms_stop(void)
{
    scheduler.alarms_are_stopped = true;
    scheduler.ready |= scheduler.alarm_waiters;
    scheduler.alarm_waiters = 0;
}

void explore_wait_until_idle(struct explore_event *event)
{
    struct explore_thread *self = scheduler.current;
    if (event->is_set) {
        announce(self, OPERATION_IDLE, NULL, event);
    } else {
        scheduler.idle = event->waiter = self;
        block(self, OPERATION_IDLE, NULL, event);
        event->waiter = NULL;
    }
    record(OPERATION_IDLE, NULL, NULL);
    history_meet(self, &event->history);
}
