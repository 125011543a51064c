/* Presentation locks, WDFSPINLOCK and WDFWAITLOCK. See lock.h. */
#include "framework/object/lock.h"

#include <stdlib.h>

#include <wdf.h>

#include "framework/object/apiresult.h"
#include "framework/object/creation.h"
#include "framework/object/delivery.h"
#include "framework/object/identity.h"
#include "framework/object/verifier.h"
#include "nt/held.h"
#include "nt/irql.h"
#include "port/clock.h"
#include "port/waiters.h"

/* ---- presentation locks ---- */

void callback_lock_init(struct callback_lock *lock, bool raises_irql)
{
    port_mutex_init(&lock->mutex);
    port_mutex_is_drivers(&lock->mutex);
    lock->owner = PORT_NO_THREAD;
    lock->holder = 0;
    lock->raises_irql = raises_irql;
}

void callback_lock_destroy(struct callback_lock *lock)
{
    port_mutex_destroy(&lock->mutex);
}

/* Who holds it is known at run time (owner), and not to the compiler: there may be none. */
static void acquire(struct callback_lock *lock) NO_THREAD_SAFETY_ANALYSIS
{
    KIRQL entry_irql = KeGetCurrentIrql();
    if (lock->raises_irql)
        irql_raise(DISPATCH_LEVEL);
    port_mutex_lock(&lock->mutex);
    lock->entry_irql = entry_irql;
    atomic_store_explicit(&lock->owner, port_thread_self(), memory_order_relaxed);
    atomic_store_explicit(&lock->holder, port_thread_number(), memory_order_relaxed);
}

static void release(struct callback_lock *lock) NO_THREAD_SAFETY_ANALYSIS
{
    KIRQL entry_irql = lock->entry_irql;
    atomic_store_explicit(&lock->owner, PORT_NO_THREAD, memory_order_relaxed);
    atomic_store_explicit(&lock->holder, 0, memory_order_relaxed);
    port_mutex_unlock(&lock->mutex);
    if (lock->raises_irql)
        irql_lower(entry_irql);
}

void callback_lock_enter(struct callback_lock *lock, struct wdf_object *object)
{
    if (callback_lock_is_held_here(lock))
        verifier_bugcheck(WDF_RECURSIVE_LOCK, __func__,
                          "this thread holds the presentation lock of %s %p already (S2.12)",
                          object->class->name, (void *)object);
    acquire(lock);
    delivery_lock_acquired();
}

void callback_lock_leave(struct callback_lock *lock, struct wdf_object *object)
{
    if (!callback_lock_is_held_here(lock)) {
        verifier_break(__func__, "S2.13",
                       "the presentation lock of %s %p is not held by this thread",
                       object->class->name, (void *)object);
        return;
    }
    release(lock);
    delivery_lock_released();
}

/* ---- WDFSPINLOCK ---- */

struct wdf_spin_lock {
    struct wdf_object object;
    struct callback_lock lock;
};

static void spin_lock_free(struct wdf_object *object)
{
    callback_lock_destroy(&CONTAINING_RECORD(object, struct wdf_spin_lock, object)->lock);
    free(object);
}

static const struct object_class spin_lock_class = {.name = "WDFSPINLOCK", .free = spin_lock_free};

static struct wdf_spin_lock *spin_lock_from_handle(WDFSPINLOCK handle, const char *function)
{
    return CONTAINING_RECORD(object_from_handle(handle, &spin_lock_class, function),
                             struct wdf_spin_lock, object);
}

NTSTATUS WdfSpinLockCreate(PWDF_OBJECT_ATTRIBUTES SpinLockAttributes, WDFSPINLOCK *SpinLock)
{
    REQUIRE_PARAMETER(SpinLock);
    *SpinLock = NULL;

    struct wdf_object *object;
    NTSTATUS status = creation_allocate(sizeof(struct wdf_spin_lock), &spin_lock_class,
                                        SpinLockAttributes, 0, &object);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S9.22");
    callback_lock_init(&CONTAINING_RECORD(object, struct wdf_spin_lock, object)->lock, true);
    status = creation_adopt(object, SpinLockAttributes);
    if (NT_SUCCESS(status) && object_is_of_umdf(object))
        CONTAINING_RECORD(object, struct wdf_spin_lock, object)->lock.raises_irql = false;
    if (NT_SUCCESS(status))
        *SpinLock = (WDFSPINLOCK)object;
    return API_RESULT(status, "S9.22");
}

VOID WdfSpinLockAcquire(WDFSPINLOCK SpinLock)
{
    struct wdf_spin_lock *lock = spin_lock_from_handle(SpinLock, __func__);
    if (callback_lock_is_held_here(&lock->lock))
        verifier_bugcheck(WDF_RECURSIVE_LOCK, __func__,
                          "this thread holds WDFSPINLOCK %p already (S9.23)", (void *)SpinLock);
    acquire(&lock->lock);
    held_lock_acquired("WDFSPINLOCK", SpinLock);
}

VOID WdfSpinLockRelease(WDFSPINLOCK SpinLock)
{
    struct wdf_spin_lock *lock = spin_lock_from_handle(SpinLock, __func__);
    if (!callback_lock_is_held_here(&lock->lock))
        verifier_bugcheck(WDF_INVALID_LOCK_OPERATION, __func__,
                          "WDFSPINLOCK %p is released by a thread that does not hold it (S13.17)",
                          (void *)SpinLock);
    held_lock_released();
    release(&lock->lock);
}

/* ---- WDFWAITLOCK ---- */

/* A leaf. */
PORT_LOCK_KIND(wait_lock_mutex);

/* Not a mutex but a flag and a condition: acquiring has a time limit on the monotonic clock. */
struct wdf_wait_lock {
    struct wdf_object object;
    struct port_mutex wait_lock_mutex;
    struct port_condition released;
    port_thread_id owner GUARDED_BY(wait_lock_mutex);
    _Atomic(unsigned) holder; /* as of a callback_lock */
};

static void wait_lock_free(struct wdf_object *object)
{
    struct wdf_wait_lock *lock = CONTAINING_RECORD(object, struct wdf_wait_lock, object);
    port_condition_destroy(&lock->released);
    port_mutex_destroy(&lock->wait_lock_mutex);
    free(object);
}

static const struct object_class wait_lock_class = {.name = "WDFWAITLOCK", .free = wait_lock_free};

static struct wdf_wait_lock *wait_lock_from_handle(WDFWAITLOCK handle, const char *function)
{
    return CONTAINING_RECORD(object_from_handle(handle, &wait_lock_class, function),
                             struct wdf_wait_lock, object);
}

NTSTATUS WdfWaitLockCreate(PWDF_OBJECT_ATTRIBUTES LockAttributes, WDFWAITLOCK *Lock)
{
    REQUIRE_PARAMETER(Lock);
    *Lock = NULL;

    struct wdf_object *object;
    NTSTATUS status = creation_allocate(sizeof(struct wdf_wait_lock), &wait_lock_class,
                                        LockAttributes, 0, &object);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S9.22");
    struct wdf_wait_lock *lock = CONTAINING_RECORD(object, struct wdf_wait_lock, object);
    port_mutex_init(&lock->wait_lock_mutex);
    port_condition_init(&lock->released);
    status = creation_adopt(object, LockAttributes);
    if (NT_SUCCESS(status))
        *Lock = (WDFWAITLOCK)object;
    return API_RESULT(status, "S9.22");
}

/* False: it is later. */
static bool wait_for_release_locked(struct wdf_wait_lock *lock, uint64_t deadline)
    REQUIRES(wait_lock_mutex)
{
    bool is_in_time = true;
    unsigned place = waiters_add(&lock->object);
    if (deadline == PORT_CLOCK_NEVER)
        port_condition_wait(&lock->released, &lock->wait_lock_mutex);
    else
        is_in_time = port_condition_wait_until(&lock->released, &lock->wait_lock_mutex, deadline);
    waiters_remove(place);
    return is_in_time;
}

NTSTATUS WdfWaitLockAcquire(WDFWAITLOCK Lock, PLONGLONG Timeout)
{
    struct wdf_wait_lock *lock = wait_lock_from_handle(Lock, __func__);
    bool may_wait = Timeout == NULL || *Timeout != 0;
    if (may_wait && !verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S9.24");

    PORT_LOCK_SCOPE_OF(lock, wait_lock_mutex);
    if (lock->owner == port_thread_self())
        verifier_break(__func__, "S9.25", "this thread holds WDFWAITLOCK %p already", (void *)Lock);
    uint64_t deadline = PORT_CLOCK_NEVER;
    if (may_wait && Timeout != NULL)
        deadline = port_clock_deadline(port_clock_until(*Timeout));
    while (lock->owner != PORT_NO_THREAD) {
        if (!may_wait)
            return STATUS_TIMEOUT;
        if (!wait_for_release_locked(lock, deadline) && lock->owner != PORT_NO_THREAD)
            return STATUS_TIMEOUT;
    }
    lock->owner = port_thread_self();
    lock->holder = port_thread_number();
    return STATUS_SUCCESS;
}

VOID WdfWaitLockRelease(WDFWAITLOCK Lock)
{
    struct wdf_wait_lock *lock = wait_lock_from_handle(Lock, __func__);
    PORT_LOCK_SCOPE_OF(lock, wait_lock_mutex);
    if (lock->owner != port_thread_self())
        verifier_break(__func__, "S9.25",
                       "WDFWAITLOCK %p is released by a thread that does not hold it",
                       (void *)Lock);
    lock->owner = PORT_NO_THREAD;
    lock->holder = 0;
    port_condition_signal(&lock->released);
}

/* ---- for inspection ---- */

void callback_lock_look(const struct callback_lock *lock, struct lock_look *look)
{
    look->holder = atomic_load_explicit(&lock->holder, memory_order_relaxed);
    look->waiter_count = waiters_of(&lock->mutex, look->waiters, LOCK_WAITERS_MAX);
}

void lock_look(const struct wdf_object *object, struct lock_look *look)
{
    *look = (struct lock_look){.holder = 0};
    if (object->class == &spin_lock_class) {
        callback_lock_look(&CONTAINING_RECORD(object, const struct wdf_spin_lock, object)->lock,
                           look);
    } else if (object->class == &wait_lock_class) {
        look->holder = CONTAINING_RECORD(object, const struct wdf_wait_lock, object)->holder;
        look->waiter_count = waiters_of(object, look->waiters, LOCK_WAITERS_MAX);
    }
}
