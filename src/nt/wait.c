/*
 * Events, waiting and spin locks of the executive.
 *
 * An event is in the driver's memory and is never destroyed, so it can't hold any resource of the
 * system: one lock and one condition serve all of them. Drivers wait rarely, and few at a time.
 */
#include <wdm.h>

#include "nt/driver.h"
#include "nt/fault.h"
#include "nt/held.h"
#include "nt/irql.h"
#include "port/clock.h"
#include "port/duration.h"
#include "port/thread.h"

static struct port_mutex events_lock =
    PORT_MUTEX_INITIALIZER; /* guards the state of all events; a leaf */
static struct port_condition event_set;
static bool is_prepared GUARDED_BY(events_lock);

/* A condition whose waits are measured on the right clock can't be made at compile time. */
static void prepare_locked(void) REQUIRES(events_lock)
{
    if (!is_prepared)
        port_condition_init(&event_set);
    is_prepared = true;
}

VOID KeInitializeEvent(PRKEVENT Event, EVENT_TYPE Type, BOOLEAN State)
{
    Event->Type = Type;
    Event->State = State ? 1 : 0;
}

static LONG change_state(PRKEVENT event, LONG state)
{
    PORT_LOCK_SCOPE(&events_lock);
    prepare_locked();
    LONG before = event->State;
    event->State = state;
    if (state != 0)
        port_condition_broadcast(&event_set);
    return before;
}

LONG KeSetEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait)
{
    UNREFERENCED_PARAMETER(Increment);
    UNREFERENCED_PARAMETER(Wait);
    return change_state(Event, 1);
}

VOID KeClearEvent(PRKEVENT Event)
{
    change_state(Event, 0);
}

LONG KeResetEvent(PRKEVENT Event)
{
    return change_state(Event, 0);
}

LONG KeReadStateEvent(PRKEVENT Event)
{
    PORT_LOCK_SCOPE(&events_lock);
    return Event->State;
}

NTSTATUS KeWaitForSingleObject(PVOID Object, KWAIT_REASON WaitReason, KPROCESSOR_MODE WaitMode,
                               BOOLEAN Alertable, PLARGE_INTEGER Timeout)
{
    UNREFERENCED_PARAMETER(WaitReason);
    UNREFERENCED_PARAMETER(WaitMode);
    UNREFERENCED_PARAMETER(Alertable);
    PRKEVENT event = Object;
    bool may_wait = Timeout == NULL || Timeout->QuadPart != 0;
    if (may_wait && KeGetCurrentIrql() > APC_LEVEL)
        nt_fault("KeWaitForSingleObject may wait, which is not allowed at IRQL %u",
                 KeGetCurrentIrql());
    uint64_t deadline = Timeout == NULL ? PORT_CLOCK_NEVER
                                        : port_clock_deadline(port_clock_until(Timeout->QuadPart));

    PORT_LOCK_SCOPE(&events_lock);
    prepare_locked();
    while (event->State == 0) {
        if (!may_wait || !port_condition_wait_until(&event_set, &events_lock, deadline))
            return STATUS_TIMEOUT;
    }
    if (event->Type == SynchronizationEvent)
        event->State = 0;
    return STATUS_SUCCESS;
}

NTSTATUS KeDelayExecutionThread(KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                PLARGE_INTEGER Interval)
{
    UNREFERENCED_PARAMETER(WaitMode);
    UNREFERENCED_PARAMETER(Alertable);
    if (KeGetCurrentIrql() > APC_LEVEL)
        nt_fault("KeDelayExecutionThread is not allowed at IRQL %u", KeGetCurrentIrql());
    port_thread_sleep(port_clock_until(Interval->QuadPart));
    return STATUS_SUCCESS;
}

/* ---- spin locks ---- */

VOID KeInitializeSpinLock(PKSPIN_LOCK SpinLock)
{
    __atomic_store_n(SpinLock, 0, __ATOMIC_RELEASE);
}

/* Its holder may be descheduled here, so spinning alone would be a waste. */
VOID KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock)
{
    port_atomic_point(SpinLock);
    while (__atomic_exchange_n(SpinLock, 1, __ATOMIC_ACQUIRE) != 0)
        port_thread_yield();
    held_lock_acquired("KSPIN_LOCK", SpinLock);
}

VOID KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock)
{
    held_lock_released();
    port_atomic_point(SpinLock);
    __atomic_store_n(SpinLock, 0, __ATOMIC_RELEASE);
}

KIRQL KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock)
{
    const struct nt_driver *driver = NT_DRIVER_CALLING();
    bool has_levels = driver == NULL || !driver->is_user_mode;
    KIRQL before = has_levels ? irql_raise(DISPATCH_LEVEL) : KeGetCurrentIrql();
    KeAcquireSpinLockAtDpcLevel(SpinLock);
    return before;
}

VOID KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql)
{
    KeReleaseSpinLockFromDpcLevel(SpinLock);
    irql_lower(NewIrql);
}
