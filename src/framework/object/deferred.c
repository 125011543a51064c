/* Deferred callbacks. See deferred.h. */
#include "framework/object/deferred.h"

#include <wdf.h>

#include "framework/object/attributes.h"
#include "framework/object/callback.h"
#include "framework/object/constraints.h"
#include "framework/object/identity.h"
#include "framework/object/verifier.h"
#include "nt/irql.h"

/* By all deferred callbacks. */
static struct {
    struct port_mutex deferred_lock;
    struct port_condition settled;
} shared = {PORT_MUTEX_INITIALIZER, PORT_CONDITION_INITIALIZER};

/* The one whose callback this thread is inside, the innermost. */
static PORT_THREAD_LOCAL struct deferred *current;

static void call_back(struct deferred *deferred)
{
    struct deferred *outer = current;
    KIRQL entry_irql = KeGetCurrentIrql();
    current = deferred;
    if (deferred->raises_irql)
        irql_raise(DISPATCH_LEVEL);
    callback_lock_acquire(deferred->lock, deferred->lock_owner);
    port_callback("deferred callback of", &deferred->object);
    struct callback callback;
    callback_enter(&callback, deferred->is_passive ? "EvtWorkItem" : "EvtDpcFunc",
                   &deferred->object);
    deferred->callback(deferred);
    callback_leave(&callback);
    callback_lock_release(deferred->lock, deferred->lock_owner);
    if (deferred->raises_irql)
        irql_lower(entry_irql);
    current = outer;
}

static void run(struct work *work)
{
    struct deferred *deferred = CONTAINING_RECORD(work, struct deferred, work);
    struct work_scope scope;
    bool may_block = deferred->is_passive;
    if (!may_block)
        work_scope_begin(&scope);
    port_lock_of(&shared, deferred_lock);
    deferred->is_queued =
        false; /* before the callback, so that this can queue another run (S9.18) */
    deferred->running++;
    port_unlock_of(&shared, deferred_lock);

    call_back(deferred);

    port_lock_of(&shared, deferred_lock);
    deferred->running--;
    port_condition_broadcast(&shared.settled);
    port_unlock_of(&shared, deferred_lock);
    object_release(&deferred->object);
    if (!may_block)
        work_scope_end(&scope);
}

static NTSTATUS resolve_lock(struct deferred *deferred, struct wdf_object *parent,
                             bool is_serialized)
{
    if (object_device_above(parent) == NULL)
        return STATUS_INVALID_DEVICE_REQUEST; /* S1.17 */
    if (!is_serialized)
        return STATUS_SUCCESS;
    return constraints_serialize(parent, deferred->is_passive, &deferred->lock,
                                 &deferred->lock_owner);
}

NTSTATUS deferred_create_for(size_t size, const struct object_class *class,
                             const WDF_OBJECT_ATTRIBUTES *attributes, bool is_passive,
                             bool is_serialized, const void *creator, struct deferred **result)
{
    NTSTATUS status = attributes_validate(attributes, ATTRIBUTES_PARENT_REQUIRED);
    if (!NT_SUCCESS(status))
        return status;
    struct wdf_object *parent = object_from_handle(attributes->ParentObject, NULL, class->name);
    struct deferred *deferred = object_allocate_for(size, class, attributes, creator);
    if (deferred == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    deferred->parent = attributes->ParentObject;
    deferred->is_passive = is_passive;
    deferred->raises_irql = !is_passive && !object_is_of_umdf(parent);
    work_init(&deferred->work, run, driver_works(object_driver(parent)));

    status = resolve_lock(deferred, parent, is_serialized);
    if (NT_SUCCESS(status))
        status = object_attach(&deferred->object, parent);
    if (!NT_SUCCESS(status)) {
        object_discard(&deferred->object);
        return status;
    }
    *result = deferred;
    return STATUS_SUCCESS;
}

bool deferred_enqueue(struct deferred *deferred, const char *function)
{
    VERIFIER_SAYS_AT_END();
    PORT_LOCK_SCOPE_OF(&shared, deferred_lock);
    if (deferred->is_deleted) {
        verifier_find(function, "S9.20", "%s %p has been deleted", deferred->object.class->name,
                      (void *)deferred);
        return false;
    }
    if (deferred->is_queued)
        return false;
    deferred->is_queued = true;
    object_reference(&deferred->object);
    history_add_step(SUBMITTED, &deferred->object, 0, 0,
                     history_name(deferred->is_passive ? "EvtWorkItem" : "EvtDpcFunc"));
    work_submit(&deferred->work);
    return true;
}

bool deferred_cancel(struct deferred *deferred)
{
    port_lock_of(&shared, deferred_lock);
    /* A worker may have it in its hands already, and waits for our lock to say so: too late
     * then. */
    bool is_cancelled = deferred->is_queued && work_cancel(&deferred->work);
    if (is_cancelled) {
        deferred->is_queued = false;
        port_condition_broadcast(&shared.settled);
    }
    port_unlock_of(&shared, deferred_lock);
    if (is_cancelled)
        object_release(&deferred->object);
    return is_cancelled;
}

void deferred_flush(struct deferred *deferred, const char *function, const char *rule)
{
    if (current == deferred) {
        verifier_break(function, rule, "%s %p waits for its own callback",
                       deferred->object.class->name, (void *)deferred);
        return;
    }
    PORT_LOCK_SCOPE_OF(&shared, deferred_lock);
    while (deferred->is_queued || deferred->running > 0)
        port_condition_wait(&shared.settled, &shared.deferred_lock);
}

void deferred_dispose(struct wdf_object *object)
{
    struct deferred *deferred = CONTAINING_RECORD(object, struct deferred, object);
    port_lock_of(&shared, deferred_lock);
    deferred->is_deleted = true; /* what were enqueued from here on would outlive the device */
    port_unlock_of(&shared, deferred_lock);
    deferred_cancel(deferred);
    if (current != deferred)
        deferred_flush(deferred, __func__, "S9.20");
}
