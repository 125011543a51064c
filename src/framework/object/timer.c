/* WDFTIMER. See timer.h. */
#include "framework/object/timer.h"

#include <stdatomic.h>
#include <stdlib.h>

#include <wdf.h>

#include "framework/object/apiresult.h"
#include "framework/object/attributes.h"
#include "framework/object/callback.h"
#include "framework/object/constraints.h"
#include "framework/object/identity.h"
#include "framework/io.h"
#include "framework/object/lock.h"
#include "framework/object/verifier.h"
#include "framework/object/worker.h"
#include "nt/irql.h"
#include "port/clock.h"
#include "port/duration.h"
#include "port/thread.h"

/* Guards the list and every timer; a leaf. */
PORT_LOCK_KIND(timers_lock);

struct wdf_timer {
    struct wdf_object object;

    /* Constant once created. */
    WDF_TIMER_CONFIG config;
    WDFOBJECT parent;
    bool is_passive;            /* S9.9: called back by a worker */
    bool is_of_umdf;            /* then there are no levels */
    struct callback_lock *lock; /* S9.11; NULL: not serialised */
    struct wdf_object *lock_owner;

    struct work work;

    /* In service.armed, by due time. */
    LIST_ENTRY entry GUARDED_BY(timers_lock);
    bool is_armed GUARDED_BY(timers_lock);
    uint64_t due GUARDED_BY(timers_lock);
    /* Callbacks that are running, or on their way through a worker. */
    unsigned pending GUARDED_BY(timers_lock);
    /* A worker has the passive timer's callback before it, and has not begun it. */
    bool is_queued GUARDED_BY(timers_lock);
    /* A timer at DISPATCH_LEVEL was due while its callback ran. */
    bool expired_again GUARDED_BY(timers_lock);
    /* Threads that wait in WdfTimerStop: starting is undone (S9.8). */
    unsigned stoppers GUARDED_BY(timers_lock);
    bool was_undone GUARDED_BY(timers_lock);
    bool is_deleted GUARDED_BY(timers_lock);
};

static struct {
    struct port_mutex timers_lock;
    struct port_condition callback_returned;
    /* Constant while it is open. */
    int alarm;
    /* The earliest first; drivers have few timers, so that a list is the best queue. */
    LIST_ENTRY armed GUARDED_BY(timers_lock);
    /* What the alarm is set to. */
    uint64_t alarm_due GUARDED_BY(timers_lock);
    /* Threads that rely on the alarm. */
    unsigned sleepers GUARDED_BY(timers_lock);
} service = {
    .timers_lock = PORT_MUTEX_INITIALIZER,
    .callback_returned = PORT_CONDITION_INITIALIZER,
    .alarm = -1,
    .alarm_due = PORT_CLOCK_NEVER,
};

/* When the earliest timer is due, for a look without the lock. Written under
 * service.timers_lock. */
static _Atomic(uint64_t) next_due = PORT_CLOCK_NEVER;

/* The timer whose callback this thread is inside, the innermost. */
static PORT_THREAD_LOCAL struct wdf_timer *current;

/* This thread looks at the timers as soon as it is done with what it is doing. */
static PORT_THREAD_LOCAL bool looks_soon;

/* How much longer than it wanted such a thread may take. */
#define LOOK_DELAY_MAX_NS 2000000u

/* ---- the list ---- */

static struct wdf_timer *timer_from_entry(LIST_ENTRY *entry)
{
    return CONTAINING_RECORD(entry, struct wdf_timer, entry);
}

/*
 * The list's head has changed. A thread that is awake sees it in next_due, for nothing; the alarm
 * is set for those who sleep. An alarm that comes too early is left alone: a sleeper that wakes in
 * vain now and then costs less than a system call for each timer. Setting it also takes back an
 * expiry that has been seen.
 *
 * A thread that looks soon runs itself what is due at once, unless something holds it up: the alarm
 * is for that case.
 */
static void set_alarm_locked(void) REQUIRES(timers_lock)
{
    uint64_t due =
        IsListEmpty(&service.armed) ? PORT_CLOCK_NEVER : timer_from_entry(service.armed.Flink)->due;
    atomic_store(&next_due, due);
    if (service.sleepers == 0)
        return;
    uint64_t now = port_clock_now();
    if (looks_soon && due <= now)
        due = now + LOOK_DELAY_MAX_NS;
    if (service.alarm_due > now && service.alarm_due <= due)
        return;
    service.alarm_due = due;
    port_alarm_set(service.alarm, due);
}

static void arm_locked(struct wdf_timer *timer, uint64_t due) REQUIRES(timers_lock)
{
    LIST_ENTRY *after = service.armed.Blink;
    while (after != &service.armed && timer_from_entry(after)->due > due)
        after = after->Blink;
    InsertHeadList(after, &timer->entry);
    timer->due = due;
    timer->is_armed = true;
}

static void disarm_locked(struct wdf_timer *timer) REQUIRES(timers_lock)
{
    if (timer->is_armed)
        RemoveEntryList(&timer->entry);
    timer->is_armed = false;
}

/* ---- expiry ---- */

static uint64_t period_of(const struct wdf_timer *timer)
{
    return (uint64_t)timer->config.Period * 1000000u;
}

/* The first multiple of the period after now: a machine that was held up does not catch up with a
 * burst. */
static void rearm_periodic_locked(struct wdf_timer *timer, uint64_t now) REQUIRES(timers_lock)
{
    uint64_t period = period_of(timer);
    uint64_t missed = (now - timer->due) / period;
    arm_locked(timer, timer->due + (missed + 1) * period);
}

static void call_back(struct wdf_timer *timer)
{
    struct callback callback;
    struct wdf_timer *outer = current;
    KIRQL entry_irql = KeGetCurrentIrql();
    current = timer;
    if (!timer->is_passive && !timer->is_of_umdf)
        irql_raise(DISPATCH_LEVEL);
    callback_lock_acquire(timer->lock, timer->lock_owner);
    port_callback("EvtTimerFunc of timer", &timer->object);
    callback_enter(&callback, "EvtTimerFunc", timer);
    timer->config.EvtTimerFunc((WDFTIMER)&timer->object);
    callback_leave(&callback);
    callback_lock_release(timer->lock, timer->lock_owner);
    if (!timer->is_passive && !timer->is_of_umdf)
        irql_lower(entry_irql);
    current = outer;
}

/* Runs the callback of a timer that is counted as pending, and once more for an expiry
 * meanwhile. */
static void run_callback_locked(struct wdf_timer *timer) REQUIRES(timers_lock)
{
    struct work_scope scope;
    bool may_block = timer->is_passive || timer->is_of_umdf; /* S9.9 */
    if (!may_block)
        work_scope_begin(&scope);
    do {
        timer->expired_again = false;
        port_unlock_of(&service, timers_lock);
        call_back(timer);
        port_lock_of(&service, timers_lock);
    } while (timer->expired_again);
    timer->pending--;
    port_condition_broadcast(&service.callback_returned);

    /* Without the lock, and no longer as this timer: the last reference, if the callback has
     * deleted its own timer, and the queues that could not dispatch under the callback's lock. */
    port_unlock_of(&service, timers_lock);
    object_release(&timer->object);
    if (!may_block)
        work_scope_end(&scope);
    port_lock_of(&service, timers_lock);
}

static void run_passive(struct work *work)
{
    struct wdf_timer *timer = CONTAINING_RECORD(work, struct wdf_timer, work);
    PORT_LOCK_SCOPE_OF(&service, timers_lock);
    /* Before the callback, so that what expires meanwhile queues another run (S9.9). */
    timer->is_queued = false;
    run_callback_locked(timer);
}

static void expire_locked(struct wdf_timer *timer, uint64_t now) REQUIRES(timers_lock)
{
    disarm_locked(timer);
    if (timer->config.Period > 0)
        rearm_periodic_locked(timer, now);
    if (timer->is_queued)
        return; /* S9.9: one run for both */
    if (!timer->is_passive && timer->pending > 0) {
        timer->expired_again = true; /* S9.9: never twice at a time */
        return;
    }
    timer->pending++;
    object_reference(&timer->object);
    if (timer->is_passive) {
        timer->is_queued = true;
        work_submit(&timer->work);
    } else {
        run_callback_locked(timer);
    }
}

static void run_due_locked(void) REQUIRES(timers_lock)
{
    uint64_t now = port_clock_now();
    while (!IsListEmpty(&service.armed) && timer_from_entry(service.armed.Flink)->due <= now)
        expire_locked(timer_from_entry(service.armed.Flink), now);
    set_alarm_locked();
}

void io_timers_run(void)
{
    PORT_LOCK_SCOPE_OF(&service, timers_lock);
    run_due_locked();
}

void io_timers_sleep_begin(void)
{
    PORT_LOCK_SCOPE_OF(&service, timers_lock);
    service.sleepers++;
    set_alarm_locked();
}

void io_timers_sleep_end(void)
{
    PORT_LOCK_SCOPE_OF(&service, timers_lock);
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
    return service.alarm;
}

void timers_advance(uint64_t nanoseconds)
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

NTSTATUS timers_open(void)
{
    port_lock_is_not_needed(timers_lock);
    InitializeListHead(&service.armed);
    service.alarm = port_alarm_open();
    service.alarm_due = PORT_CLOCK_NEVER;
    return service.alarm >= 0 || port_clock_is_virtual() ? STATUS_SUCCESS
                                                         : STATUS_INSUFFICIENT_RESOURCES;
}

void timers_close(void)
{
    port_alarm_close(service.alarm);
    service.alarm = -1;
}

/* ---- stopping ---- */

static void wait_for_callback_locked(struct wdf_timer *timer) REQUIRES(timers_lock)
{
    timer->stoppers++;
    while (timer->pending > 0)
        port_condition_wait(&service.callback_returned, &service.timers_lock);
    timer->stoppers--;
}

/* Takes the timer off the list: true if an expiry will not happen therefore (S9.5). */
static bool stop_locked(struct wdf_timer *timer) REQUIRES(timers_lock)
{
    bool was_armed = timer->is_armed;
    disarm_locked(timer);
    timer->expired_again = false;
    if (was_armed)
        set_alarm_locked();
    return was_armed;
}

/* S9.12: from the own callback, at PASSIVE_LEVEL, Windows would wait for itself. At DISPATCH_LEVEL
 * another thread comes here. */
static void timer_dispose(struct wdf_object *object)
{
    struct wdf_timer *timer = CONTAINING_RECORD(object, struct wdf_timer, object);
    PORT_LOCK_SCOPE_OF(&service, timers_lock);
    timer->is_deleted = true;
    stop_locked(timer);
    if (current == timer)
        verifier_break("WdfObjectDelete", "S9.12",
                       "WDFTIMER %p is deleted in its own callback: a deadlock on Windows",
                       (void *)timer);
    else
        wait_for_callback_locked(timer);
}

static const struct object_class timer_class = {
    .name = "WDFTIMER",
    .dispose = timer_dispose,
    .disposes_at_passive = true,
};

static struct wdf_timer *timer_from_handle(WDFTIMER handle, const char *function)
{
    return CONTAINING_RECORD(object_from_handle(handle, &timer_class, function), struct wdf_timer,
                             object);
}

/* ---- WdfTimer* ---- */

/* S9.1, in its order. */
static NTSTATUS validate_config(const WDF_TIMER_CONFIG *config,
                                const WDF_OBJECT_ATTRIBUTES *attributes, bool is_of_umdf)
{
    if (config->Size != sizeof(*config))
        return STATUS_INFO_LENGTH_MISMATCH;
    if (config->Period > 0x7FFFFFFF)
        return STATUS_INVALID_PARAMETER;
    if (config->UseHighResolutionTimer == WdfTrue && config->TolerableDelay > 0)
        return STATUS_INVALID_PARAMETER;
    if (config->UseHighResolutionTimer == WdfTrue && is_of_umdf)
        return STATUS_NOT_IMPLEMENTED;
    NTSTATUS status =
        attributes_validate(attributes, ATTRIBUTES_PARENT_REQUIRED | ATTRIBUTES_LEVEL_ALLOWED);
    if (!NT_SUCCESS(status))
        return status;
    if (config->Period > 0 && attributes->ExecutionLevel == WdfExecutionLevelPassive)
        return STATUS_NOT_SUPPORTED;
    return STATUS_SUCCESS;
}

/* Which lock, if any, is around the callback. */
static NTSTATUS resolve_lock(struct wdf_timer *timer, struct wdf_object *parent)
{
    if (object_device_above(parent) == NULL)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (!timer->config.AutomaticSerialization)
        return STATUS_SUCCESS;
    return constraints_serialize(parent, timer->is_passive, &timer->lock, &timer->lock_owner);
}

static NTSTATUS create_timer(const WDF_TIMER_CONFIG *config,
                             const WDF_OBJECT_ATTRIBUTES *attributes, WDFTIMER *result)
{
    struct wdf_object *parent =
        object_from_handle(attributes->ParentObject, NULL, "WdfTimerCreate");
    struct wdf_timer *timer = object_allocate(sizeof(*timer), &timer_class, attributes);
    if (timer == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    timer->config = *config;
    timer->parent = attributes->ParentObject;
    timer->is_passive = attributes->ExecutionLevel == WdfExecutionLevelPassive;
    timer->is_of_umdf = object_is_of_umdf(parent);
    work_init(&timer->work, run_passive, driver_works(object_driver(parent)));

    NTSTATUS status = resolve_lock(timer, parent);
    if (NT_SUCCESS(status))
        status = object_attach(&timer->object, parent);
    if (!NT_SUCCESS(status)) {
        object_discard(&timer->object);
        return status;
    }
    *result = (WDFTIMER)&timer->object;
    return STATUS_SUCCESS;
}

NTSTATUS WdfTimerCreate(PWDF_TIMER_CONFIG Config, PWDF_OBJECT_ATTRIBUTES Attributes,
                        WDFTIMER *Timer)
{
    REQUIRE_PARAMETER(Config);
    REQUIRE_PARAMETER(Timer);
    *Timer = NULL;
    if (Attributes == NULL)
        return API_RESULT(STATUS_WDF_PARENT_NOT_SPECIFIED, "S9.1");
    NTSTATUS status = validate_config(Config, Attributes, driver_is_umdf(DRIVER_CALLING()));
    return API_RESULT(NT_SUCCESS(status) ? create_timer(Config, Attributes, Timer) : status,
                      "S9.1");
}

BOOLEAN WdfTimerStart(WDFTIMER Timer, LONGLONG DueTime)
{
    struct wdf_timer *timer = timer_from_handle(Timer, __func__);
    PORT_LOCK_SCOPE_OF(&service, timers_lock);
    if (timer->is_deleted) {
        verifier_break(__func__, "S9.12", "WDFTIMER %p is being deleted", (void *)Timer);
        return FALSE;
    }
    bool was_armed = timer->is_armed;
    if (timer->stoppers > 0 && current != timer) {
        timer->was_undone = true; /* S9.8 */
        return was_armed;
    }
    disarm_locked(timer);
    arm_locked(timer, port_clock_add(port_clock_now(), port_clock_until(DueTime))); /* S9.3 */
    set_alarm_locked();
    return was_armed;
}

BOOLEAN WdfTimerStop(WDFTIMER Timer, BOOLEAN Wait)
{
    struct wdf_timer *timer = timer_from_handle(Timer, __func__);
    if (Wait && !verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return FALSE;
    PORT_LOCK_SCOPE_OF(&service, timers_lock);
    if (Wait && current == timer) {
        verifier_break(__func__, "S9.6", "WDFTIMER %p is stopped with Wait from its own callback",
                       (void *)Timer);
        return FALSE;
    }
    bool was_stopped = stop_locked(timer);
    if (Wait) {
        timer->was_undone = false;
        wait_for_callback_locked(timer);
        /* The callback may have started the timer anew (S9.10). */
        was_stopped |= stop_locked(timer) || timer->was_undone;
    }
    return was_stopped;
}

WDFOBJECT WdfTimerGetParentObject(WDFTIMER Timer)
{
    return timer_from_handle(Timer, __func__)->parent;
}
