/* WDFIOTARGET: its states (S10.1-S10.11). See target.h. */
#include "framework/target/target.h"

#include <stdlib.h>

#include <wdf.h>

#include "framework/io/fileobject.h"
#include "framework/io/request.h"
#include "framework/object/apiresult.h"
#include "framework/object/attributes.h"
#include "framework/object/callback.h"
#include "framework/object/delivery.h"
#include "framework/object/verifier.h"
#include "framework/target/sent.h"
#include "port/log.h"

static struct sent *sent_from_entry(LIST_ENTRY *entry)
{
    return CONTAINING_RECORD(entry, struct sent, entry);
}

/* ---- waiting ---- */

/* A Stop or Purge that waits until requests sent before it have returned. */
struct target_stop {
    struct target_stop *next;
    port_thread_id thread;
    unsigned starts; /* the target's, when it began */
};

static void await_change_locked(struct wdf_target *target, struct port_patience *patience,
                                const _Atomic(unsigned) *count) REQUIRES(target_lock)
{
    if (!port_condition_wait_aloud(&target->changed, &target->target_lock, patience))
        return;
    unsigned left = *count;
    port_unlock_of(target, target_lock);
    log_warning("I/O target %p waits: %u requests that were sent to it have not come back",
                (void *)&target->object, left);
    port_lock_of(target, target_lock);
}

static void await_none(struct wdf_target *target)
{
    deliveries_make(); /* what this thread has put off may be what it waits for */
    PORT_LOCK_SCOPE_OF(target, target_lock);
    struct port_patience patience = {0};
    target->waiters++;
    while (target->outstanding > 0)
        await_change_locked(target, &patience, &target->outstanding);
    target->waiters--;
}

static void forget_stop_locked(struct wdf_target *target, const struct target_stop *stop)
    REQUIRES(target_lock)
{
    struct target_stop **link = &target->stops;
    while (*link != stop)
        link = &(*link)->next;
    *link = stop->next;
    if (target->waiters > 0)
        port_condition_broadcast(&target->changed);
}

/* Waits until all that was sent has returned, or until the target is started again by a thread that
 * may_start_locked does not delay. */
static void end_stop(struct wdf_target *target, struct target_stop *stop)
{
    deliveries_make(); /* as above */
    PORT_LOCK_SCOPE_OF(target, target_lock);
    struct port_patience patience = {0};
    target->waiters++;
    while (target->awaited > 0 && target->starts == stop->starts)
        await_change_locked(target, &patience, &target->awaited);
    target->waiters--;
    forget_stop_locked(target, stop);
}

static bool is_in_completion_routine(const struct wdf_target *target)
{
    const struct callback *callback = callback_innermost;
    while (callback != NULL && callback->object != target)
        callback = callback->outer;
    return callback != NULL;
}

/* False while a Stop waits (S10.7), unless it waits in this thread, or this thread may not wait. */
static bool may_start_locked(const struct wdf_target *target) REQUIRES(target_lock)
{
    bool is_stopping = false;
    for (const struct target_stop *stop = target->stops; stop != NULL && !is_stopping;
         stop = stop->next)
        is_stopping = stop->thread != port_thread_self();
    return !is_stopping || KeGetCurrentIrql() > PASSIVE_LEVEL || is_in_completion_routine(target);
}

/* ---- what is inside ---- */

/* One after the other, with the lock dropped around what is done with each. */
static struct sent *take_pended(struct wdf_target *target)
{
    PORT_LOCK_SCOPE_OF(target, target_lock);
    if (IsListEmpty(&target->pended))
        return NULL;
    struct sent *sent = sent_from_entry(RemoveHeadList(&target->pended));
    sent->place = PLACE_DRIVER;
    return sent;
}

static void refuse_pended(struct wdf_target *target, NTSTATUS status)
{
    struct sent *sent;
    while ((sent = take_pended(target)) != NULL)
        sent_refuse(sent, status);
}

/*
 * The next one of the list that neither this round nor a later one has cancelled; its request with
 * a reference. It goes behind the others, so that those that are to be cancelled stay in front:
 * what is sent meanwhile is at the end, and of this round (depart_locked).
 */
static struct sent *next_to_cancel_locked(LIST_ENTRY *list, unsigned round, unsigned *serial)
    REQUIRES(target_lock)
{
    if (IsListEmpty(list))
        return NULL;
    struct sent *sent = sent_from_entry(list->Flink);
    if ((int)(sent->cancel_round - round) >= 0)
        return NULL;
    RemoveEntryList(&sent->entry);
    InsertTailList(list, &sent->entry);
    sent->cancel_round = round;
    *serial = sent->serial;
    object_reference(&sent->request->object);
    return sent;
}

static void cancel_list_locked(struct wdf_target *target, LIST_ENTRY *list) REQUIRES(target_lock)
{
    unsigned round = ++target->cancel_round;
    unsigned serial;
    struct sent *sent;
    while ((sent = next_to_cancel_locked(list, round, &serial)) != NULL) {
        port_unlock_of(target, target_lock);
        (void)sent_cancel(sent, target, &serial);
        object_release(&sent->request->object);
        port_lock_of(target, target_lock);
    }
}

static void cancel_sent(struct wdf_target *target)
{
    PORT_LOCK_SCOPE_OF(target, target_lock);
    cancel_list_locked(target, &target->sent);
}

/* ---- the object ---- */

static void target_dispose(struct wdf_object *object)
{
    struct wdf_target *target = CONTAINING_RECORD(object, struct wdf_target, object);
    target_close(target, WdfIoTargetDeleted);
    IO_LOCK_SCOPE(target->owner->domain);
    RemoveEntryList(&target->owner_entry);
}

static void target_free(struct wdf_object *object)
{
    struct wdf_target *target = CONTAINING_RECORD(object, struct wdf_target, object);
    if (target->opening != NULL)
        target->opening->free(target->opening);
    port_condition_destroy(&target->changed);
    port_mutex_destroy(&target->target_lock);
    free(target);
}

/* S1.35: the default target is the framework's. */
static bool delete_by_driver(struct wdf_object *object)
{
    if (CONTAINING_RECORD(object, struct wdf_target, object)->is_default)
        return false;
    object_delete(object);
    return true;
}

const struct object_class target_class = {
    .name = "WDFIOTARGET",
    .dispose_last = target_dispose, /* S10.4 */
    .free = target_free,
    .disposes_at_passive = true,
    .delete_by_driver = delete_by_driver,
};

static void target_init(struct wdf_target *target, struct io_device *owner)
{
    port_mutex_init(&target->target_lock);
    port_condition_init(&target->changed);
    port_lock_is_not_needed(target_lock); /* nobody knows it yet */
    target->owner = owner;
    target->state = WdfIoTargetClosed;
    InitializeListHead(&target->sent);
    InitializeListHead(&target->ignoring);
    InitializeListHead(&target->pended);
}

/* Below its parent and in its owner's list; or freed. */
static NTSTATUS adopt(struct wdf_target *target, struct wdf_object *parent)
{
    struct io_device *owner = target->owner;
    io_lock(owner->domain);
    InsertTailList(&owner->targets, &target->owner_entry);
    io_unlock(owner->domain);
    NTSTATUS status = object_attach(&target->object, parent);
    if (NT_SUCCESS(status))
        return STATUS_SUCCESS;
    io_lock(owner->domain);
    RemoveEntryList(&target->owner_entry);
    io_unlock(owner->domain);
    object_discard(&target->object);
    return status;
}

NTSTATUS target_create_default(struct io_device *owner)
{
    struct wdf_target *target = object_allocate(sizeof(*target), &target_class, NULL);
    if (target == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    target_init(target, owner);
    port_lock_is_not_needed(target_lock);
    target->is_default = true;
    target->state = WdfIoTargetStarted; /* S10.1 */
    target->place.device = owner->lower;
    if (owner->lower != NULL)
        object_reference(&owner->lower->object);
    owner->default_target = target;
    return adopt(target, &owner->object);
}

/* ---- open and closed ---- */

static bool is_open_locked(const struct wdf_target *target) REQUIRES(target_lock)
{
    return target->state != WdfIoTargetClosed && target->state != WdfIoTargetDeleted &&
           target->state != WdfIoTargetClosedForQueryRemove;
}

bool target_is_open(struct wdf_target *target)
{
    PORT_LOCK_SCOPE_OF(target, target_lock);
    return is_open_locked(target);
}

bool target_begin_opening(struct wdf_target *target)
{
    PORT_LOCK_SCOPE_OF(target, target_lock);
    if (target->is_opening || target->closers > 0 || target->state == WdfIoTargetDeleted ||
        is_open_locked(target))
        return false;
    target->is_opening = true;
    return true;
}

void target_end_opening(struct wdf_target *target, const struct target_place *place)
{
    PORT_LOCK_SCOPE_OF(target, target_lock);
    if (place != NULL) {
        target->place = *place;
        target->state = WdfIoTargetStarted;
    }
    target->is_opening = false;
    if (target->waiters > 0)
        port_condition_broadcast(&target->changed);
}

static void await_opening_locked(struct wdf_target *target) REQUIRES(target_lock)
{
    struct port_patience patience = {0};
    target->waiters++;
    while (target->is_opening) {
        if (!port_condition_wait_aloud(&target->changed, &target->target_lock, &patience))
            continue;
        port_unlock_of(target, target_lock);
        log_warning("closing I/O target %p waits: it is being opened", (void *)&target->object);
        port_lock_of(target, target_lock);
    }
    target->waiters--;
}

void target_await_opening(struct wdf_target *target)
{
    PORT_LOCK_SCOPE_OF(target, target_lock);
    await_opening_locked(target);
}

static void leave_place(const struct target_place *place)
{
    if (place->file_kind == TARGET_FILE_OPENED)
        io_file_release(place->file);
    else if (place->file_kind == TARGET_FILE_HELD)
        file_let_go(place->file);
    if (place->device != NULL)
        object_release(&place->device->object);
}

void target_close(struct wdf_target *target, WDF_IO_TARGET_STATE state)
{
    port_lock_of(target, target_lock);
    await_opening_locked(target);
    if (!is_open_locked(target) && state == WdfIoTargetClosedForQueryRemove)
        state = WdfIoTargetClosed;
    target->state = state;
    target->closers++;
    port_unlock_of(target, target_lock);
    refuse_pended(target, STATUS_WDF_DEVICE_REMOVED_NOT_SENT);

    port_lock_of(target, target_lock);
    cancel_list_locked(target, &target->sent);
    cancel_list_locked(target, &target->ignoring);
    port_unlock_of(target, target_lock);
    await_none(target);

    port_lock_of(target, target_lock);
    struct target_place place = target->place;
    target->place = (struct target_place){0};
    target->closers--;
    port_unlock_of(target, target_lock);
    leave_place(&place);
    if (target->opening != NULL)
        target->opening->closed(target->opening, state);
}

/* The next of the owner's that is not removed yet, with a reference. */
static struct wdf_target *next_to_remove(struct io_device *owner)
{
    IO_LOCK_SCOPE(owner->domain);
    for (LIST_ENTRY *entry = owner->targets.Flink; entry != &owner->targets; entry = entry->Flink) {
        struct wdf_target *target = CONTAINING_RECORD(entry, struct wdf_target, owner_entry);
        PORT_LOCK_SCOPE_OF(target, target_lock);
        if (target->state == WdfIoTargetDeleted)
            continue;
        object_reference(&target->object);
        return target;
    }
    return NULL;
}

void targets_remove(struct io_device *owner)
{
    struct wdf_target *target;
    while ((target = next_to_remove(owner)) != NULL) {
        target_close(target, WdfIoTargetDeleted);
        object_release(&target->object);
    }
}

/* ---- WdfIoTarget* ---- */

WDFIOTARGET WdfDeviceGetIoTarget(WDFDEVICE Device)
{
    struct wdf_target *target = io_device_from_handle(Device)->default_target;
    return target != NULL ? target_handle(target) : NULL;
}

WDFDEVICE WdfIoTargetGetDevice(WDFIOTARGET IoTarget)
{
    return io_device_handle(target_from_handle(IoTarget)->owner);
}

WDF_IO_TARGET_STATE WdfIoTargetGetState(WDFIOTARGET IoTarget)
{
    struct wdf_target *target = target_from_handle(IoTarget);
    PORT_LOCK_SCOPE_OF(target, target_lock);
    return target->state;
}

NTSTATUS WdfIoTargetCreate(WDFDEVICE Device, PWDF_OBJECT_ATTRIBUTES IoTargetAttributes,
                           WDFIOTARGET *IoTarget)
{
    struct io_device *owner = io_device_from_handle(Device);
    REQUIRE_PARAMETER(IoTarget);
    *IoTarget = NULL;
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S10.2");
    NTSTATUS status = attributes_validate(IoTargetAttributes, 0);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S10.2");
    struct wdf_object *parent = &owner->object;
    if (IoTargetAttributes != NULL && IoTargetAttributes->ParentObject != NULL)
        parent = object_from_handle(IoTargetAttributes->ParentObject, NULL, __func__);
    if (object_device_above(parent) != &owner->object)
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S1.15");
    struct wdf_target *target = object_allocate(sizeof(*target), &target_class, IoTargetAttributes);
    if (target == NULL)
        return API_RESULT(STATUS_INSUFFICIENT_RESOURCES, "S10.2");
    target_init(target, owner);
    status = adopt(target, parent);
    if (NT_SUCCESS(status))
        *IoTarget = target_handle(target);
    return API_RESULT(status, "S10.2");
}

static bool may_start(struct wdf_target *target)
{
    PORT_LOCK_SCOPE_OF(target, target_lock);
    return may_start_locked(target);
}

/* S10.7. STATUS_INVALID_DEVICE_STATE: it is closed, or deleted. */
static NTSTATUS start(struct wdf_target *target)
{
    if (!may_start(target))
        deliveries_make(); /* as above */
    PORT_LOCK_SCOPE_OF(target, target_lock);
    struct port_patience patience = {0};
    target->waiters++;
    while (is_open_locked(target) && !may_start_locked(target))
        await_change_locked(target, &patience, &target->awaited);
    target->waiters--;
    if (!is_open_locked(target))
        return STATUS_INVALID_DEVICE_STATE;
    target->state = WdfIoTargetStarted;
    target->starts++;
    if (target->stops != NULL)
        port_condition_broadcast(&target->changed);
    return STATUS_SUCCESS;
}

NTSTATUS WdfIoTargetStart(WDFIOTARGET IoTarget)
{
    struct wdf_target *target = target_from_handle(IoTarget);
    object_reference(&target->object);
    NTSTATUS status = start(target);
    while (NT_SUCCESS(status) && sent_launch_next(target))
        ;
    object_release(&target->object);
    return API_RESULT(status, "S10.7");
}

/* True: it is in that state now. A closed target stays closed. With `stop`, end_stop follows. */
static bool leave_started(struct wdf_target *target, WDF_IO_TARGET_STATE state,
                          struct target_stop *stop)
{
    PORT_LOCK_SCOPE_OF(target, target_lock);
    if (!is_open_locked(target))
        return false;
    target->state = state;
    if (stop == NULL)
        return true;
    *stop = (struct target_stop){
        .next = target->stops, .thread = port_thread_self(), .starts = target->starts};
    target->stops = stop;
    return true;
}

VOID WdfIoTargetStop(WDFIOTARGET IoTarget, WDF_IO_TARGET_SENT_IO_ACTION Action)
{
    struct wdf_target *target = target_from_handle(IoTarget);
    if (Action < WdfIoTargetCancelSentIo || Action > WdfIoTargetLeaveSentIoPending) {
        verifier_break(__func__, "S10.8", "Action %d is none", (int)Action);
        return;
    }
    if (Action != WdfIoTargetLeaveSentIoPending &&
        !verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return;
    struct target_stop stop;
    bool waits = Action != WdfIoTargetLeaveSentIoPending;
    if (!leave_started(target, WdfIoTargetStopped, waits ? &stop : NULL))
        return;
    if (Action == WdfIoTargetCancelSentIo)
        cancel_sent(target);
    if (waits)
        end_stop(target, &stop);
}

VOID WdfIoTargetPurge(WDFIOTARGET IoTarget, WDF_IO_TARGET_PURGE_IO_ACTION Action)
{
    struct wdf_target *target = target_from_handle(IoTarget);
    if (Action != WdfIoTargetPurgeIoAndWait && Action != WdfIoTargetPurgeIo) {
        verifier_break(__func__, "S10.9", "Action %d is none", (int)Action);
        return;
    }
    if (Action == WdfIoTargetPurgeIoAndWait && !verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return;
    struct target_stop stop;
    bool waits = Action == WdfIoTargetPurgeIoAndWait;
    if (!leave_started(target, WdfIoTargetPurged, waits ? &stop : NULL))
        return;
    refuse_pended(target, STATUS_WDF_DEVICE_REMOVED_NOT_SENT);
    cancel_sent(target);
    if (waits)
        end_stop(target, &stop);
}

static void close_remote(struct wdf_target *target, WDF_IO_TARGET_STATE state, const char *function)
{
    if (target->is_default)
        verifier_bugcheck(WDF_INVALID_HANDLE, function,
                          "WDFIOTARGET %p is a device's default target: it is never closed (S10.4)",
                          (void *)&target->object);
    if (verifier_irql_is_at_most(PASSIVE_LEVEL, function))
        target_close(target, state);
}

VOID WdfIoTargetClose(WDFIOTARGET IoTarget)
{
    close_remote(target_from_handle(IoTarget), WdfIoTargetClosed, __func__);
}

VOID WdfIoTargetCloseForQueryRemove(WDFIOTARGET IoTarget)
{
    close_remote(target_from_handle(IoTarget), WdfIoTargetClosedForQueryRemove, __func__);
}
