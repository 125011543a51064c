/* WDFTIMER (S9.1-S9.14). */
#include "framework/object/timer.h"

#include <stdlib.h>

#include <wdf.h>

#include "framework/object/alarm.h"
#include "framework/object/apiresult.h"
#include "framework/object/attributes.h"
#include "framework/object/callback.h"
#include "framework/object/constraints.h"
#include "framework/object/identity.h"
#include "framework/object/lock.h"
#include "framework/object/verifier.h"
#include "framework/object/worker.h"
#include "nt/irql.h"
#include "port/clock.h"
#include "port/duration.h"
#include "port/thread.h"

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

    struct alarm alarm;
    /* Callbacks that are running, or on their way through a worker. */
    unsigned pending GUARDED_BY(alarms_lock);
    /* A worker has the passive timer's callback before it, and has not begun it. */
    bool is_queued GUARDED_BY(alarms_lock);
    /* A timer at DISPATCH_LEVEL was due while its callback ran. */
    bool expired_again GUARDED_BY(alarms_lock);
    /* Threads that wait in WdfTimerStop: starting is undone (S9.8). */
    unsigned stoppers GUARDED_BY(alarms_lock);
    bool was_undone GUARDED_BY(alarms_lock);
    bool is_deleted GUARDED_BY(alarms_lock);
};

/* Of any timer. */
static struct port_condition callback_returned = PORT_CONDITION_INITIALIZER;

/* The timer whose callback this thread is inside, the innermost. */
static PORT_THREAD_LOCAL struct wdf_timer *current;

/* ---- expiry ---- */

static uint64_t period_of(const struct wdf_timer *timer)
{
    return (uint64_t)timer->config.Period * 1000000u;
}

/* The first multiple of the period after now: a machine that was held up does not catch up with a
 * burst. */
static void rearm_periodic_locked(struct wdf_timer *timer, uint64_t now) REQUIRES(alarms_lock)
{
    uint64_t period = period_of(timer);
    uint64_t missed = (now - timer->alarm.due) / period;
    alarm_arm_locked(&timer->alarm, timer->alarm.due + (missed + 1) * period);
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
static void run_callback_locked(struct wdf_timer *timer) REQUIRES(alarms_lock)
{
    struct work_scope scope;
    bool may_block = timer->is_passive || timer->is_of_umdf; /* S9.9 */
    if (!may_block)
        work_scope_begin(&scope);
    do {
        timer->expired_again = false;
        port_unlock_of(&alarms, alarms_lock);
        call_back(timer);
        port_lock_of(&alarms, alarms_lock);
    } while (timer->expired_again);
    timer->pending--;
    port_condition_broadcast(&callback_returned);

    /* Without the lock, and no longer as this timer: the last reference, if the callback has
     * deleted its own timer, and the queues that could not dispatch under the callback's lock. */
    port_unlock_of(&alarms, alarms_lock);
    object_release(&timer->object);
    if (!may_block)
        work_scope_end(&scope);
    port_lock_of(&alarms, alarms_lock);
}

static void run_passive(struct work *work)
{
    struct wdf_timer *timer = CONTAINING_RECORD(work, struct wdf_timer, work);
    PORT_LOCK_SCOPE_OF(&alarms, alarms_lock);
    /* Before the callback, so that what expires meanwhile queues another run (S9.9). */
    timer->is_queued = false;
    run_callback_locked(timer);
}

static void expire_locked(struct alarm *alarm, uint64_t now) REQUIRES(alarms_lock)
{
    struct wdf_timer *timer = CONTAINING_RECORD(alarm, struct wdf_timer, alarm);
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

/* ---- stopping ---- */

static void wait_for_callback_locked(struct wdf_timer *timer) REQUIRES(alarms_lock)
{
    timer->stoppers++;
    while (timer->pending > 0)
        port_condition_wait(&callback_returned, &alarms.alarms_lock);
    timer->stoppers--;
}

/* Takes the timer off the list: true if an expiry will not happen therefore (S9.5). */
static bool stop_locked(struct wdf_timer *timer) REQUIRES(alarms_lock)
{
    bool was_armed = alarm_disarm_locked(&timer->alarm);
    history_add_step(TIMER_STOPPED, &timer->object, 0, 0, 0);
    timer->expired_again = false;
    if (was_armed)
        alarms_changed_locked();
    return was_armed;
}

/* S9.12: from the own callback, at PASSIVE_LEVEL, Windows would wait for itself. At DISPATCH_LEVEL
 * another thread comes here. */
static void timer_dispose(struct wdf_object *object)
{
    struct wdf_timer *timer = CONTAINING_RECORD(object, struct wdf_timer, object);
    VERIFIER_SAYS_AT_END();
    PORT_LOCK_SCOPE_OF(&alarms, alarms_lock);
    timer->is_deleted = true;
    stop_locked(timer);
    if (current == timer)
        verifier_find("WdfObjectDelete", "S9.12",
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
    timer->alarm.expire_locked = expire_locked;
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
    VERIFIER_SAYS_AT_END();
    PORT_LOCK_SCOPE_OF(&alarms, alarms_lock);
    if (timer->is_deleted) {
        verifier_find(__func__, "S9.12", "WDFTIMER %p is being deleted", (void *)Timer);
        return FALSE;
    }
    bool was_armed = timer->alarm.is_armed;
    if (timer->stoppers > 0 && current != timer) {
        timer->was_undone = true; /* S9.8 */
        return was_armed;
    }
    alarm_arm_locked(&timer->alarm,
                     port_clock_add(port_clock_now(), port_clock_until(DueTime))); /* S9.3 */
    history_add_step(TIMER_SET, &timer->object, port_clock_until(DueTime), 0, 0);
    alarms_changed_locked();
    return was_armed;
}

BOOLEAN WdfTimerStop(WDFTIMER Timer, BOOLEAN Wait)
{
    struct wdf_timer *timer = timer_from_handle(Timer, __func__);
    if (Wait && !verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return FALSE;
    VERIFIER_SAYS_AT_END();
    PORT_LOCK_SCOPE_OF(&alarms, alarms_lock);
    if (Wait && current == timer) {
        verifier_find(__func__, "S9.6", "WDFTIMER %p is stopped with Wait from its own callback",
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

/* ---- for inspection ---- */

struct timer_copies {
    struct inspect_timer *timers;
    unsigned capacity;
    unsigned count;
    uint64_t now;
};

static struct inspect_timer describe_locked(const struct wdf_timer *timer, uint64_t now)
    REQUIRES(alarms_lock)
{
    return (struct inspect_timer){
        .handle = &timer->object,
        .parent = timer->object.parent,
        .is_armed = timer->alarm.is_armed,
        .due = timer->alarm.is_armed ? (int64_t)(timer->alarm.due - now) : 0,
        .period_ms = timer->config.Period,
        .running = timer->pending,
        .callback = (const void *)(uintptr_t)timer->config.EvtTimerFunc,
    };
}

static void copy_timer(const struct wdf_object *object, void *context)
{
    struct timer_copies *copies = context;
    if (object->class != &timer_class)
        return;
    port_lock_is_not_needed(alarms_lock); /* timer_look has it */
    const struct wdf_timer *timer = CONTAINING_RECORD(object, const struct wdf_timer, object);
    if (copies->count < copies->capacity)
        copies->timers[copies->count] = describe_locked(timer, copies->now);
    copies->count++;
}

unsigned timer_look(struct wdf_object *object, struct inspect_timer *timers, unsigned capacity)
{
    struct timer_copies copies = {timers, capacity, 0, port_clock_now()};
    PORT_LOCK_SCOPE_OF(&alarms, alarms_lock);
    object_visit_tree(object, copy_timer, &copies);
    return copies.count;
}
