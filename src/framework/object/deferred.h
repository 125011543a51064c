/*
 * What WDFDPC and WDFWORKITEM have in common: a callback that a worker calls once for any number of
 * requests made before it begins.
 */
#ifndef WDFUSE_FRAMEWORK_OBJECT_DEFERRED_H
#define WDFUSE_FRAMEWORK_OBJECT_DEFERRED_H

#include <stdbool.h>

#include <wdf.h>

#include "framework/object/lock.h"
#include "framework/object/object.h"
#include "framework/object/worker.h"

/* Guards the state of every deferred callback; a leaf above the workers' own. */
PORT_LOCK_KIND(deferred_lock);

struct deferred {
    struct wdf_object object;

    /* Constant once created. */
    WDFOBJECT parent;
    void (*callback)(struct deferred *deferred); /* calls the driver */
    bool is_passive;                             /* else at DISPATCH_LEVEL */
    bool raises_irql;                            /* which there is not for user mode */
    struct callback_lock *lock;                  /* NULL: not serialised */
    struct wdf_object *lock_owner;

    struct work work;
    bool is_queued GUARDED_BY(deferred_lock);
    unsigned running GUARDED_BY(deferred_lock);
    /* It will not run again. */
    bool is_deleted GUARDED_BY(deferred_lock);
};

/*
 * Creates an object of that class and size, which begins with a struct deferred, below the
 * ParentObject of its attributes: the attribute validator's statuses, those of S2.21,
 * STATUS_DELETE_PENDING, STATUS_INSUFFICIENT_RESOURCES.
 */
#define deferred_create(size, class, attributes, is_passive, is_serialized, result)                \
    deferred_create_for((size), (class), (attributes), (is_passive), (is_serialized),              \
                        __builtin_return_address(0), (result))
NTSTATUS deferred_create_for(size_t size, const struct object_class *class,
                             const WDF_OBJECT_ATTRIBUTES *attributes, bool is_passive,
                             bool is_serialized, const void *creator, struct deferred **result);

/* The class's dispose function: takes it off the queue, and waits for what runs (S9.20). */
void deferred_dispose(struct wdf_object *object);

/* True if it was queued now, false if it was already, or, with a break, if it has been deleted. */
bool deferred_enqueue(struct deferred *deferred, const char *function);

/* True if a run was prevented. */
bool deferred_cancel(struct deferred *deferred);

/* Waits until it is neither queued nor running. At once, with a break that cites the rule, from its
 * own callback. */
void deferred_flush(struct deferred *deferred, const char *function, const char *rule);

#endif
