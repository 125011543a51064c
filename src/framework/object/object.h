/*
 * Objects: what every WDF handle stands for (S1).
 *
 * An object has a class, a reference count, a place in the tree of parents and children, and typed
 * contexts. Every framework type starts with a struct wdf_object, so that a handle is a pointer to
 * it.
 *
 * States:
 *
 *     CREATED --delete--> DISPOSING --cleanup callbacks ran--> DISPOSED --last reference--> ENDED
 *
 * Only a CREATED object accepts children and contexts (S1.36).
 */
#ifndef WDFUSE_FRAMEWORK_OBJECT_OBJECT_H
#define WDFUSE_FRAMEWORK_OBJECT_OBJECT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include <ntdef.h>
#include <wdf.h>

#include "framework/object/worker.h"
#include "port/thread.h"

struct constraints;
struct driver;
struct wdf_object;

struct object_class {
    const char *name; /* the handle's type name, "WDFQUEUE" */

    /* Called once, before EvtCleanupCallback: stops whatever the object does and waits for it. May
     * be NULL. */
    void (*dispose)(struct wdf_object *object);

    /* The same, after EvtCleanupCallback. Usually NULL. */
    void (*dispose_last)(struct wdf_object *object);

    /* Frees the memory, and whatever else the object holds. NULL: free(). */
    void (*free)(struct wdf_object *object);

    /* Called when the last reference is gone: true when the object lives on (object_revive) and may
     * already belong to somebody else. Usually NULL. */
    bool (*revive)(struct wdf_object *object);

    /* dispose or the callbacks may block: above PASSIVE_LEVEL deletion moves to a worker
     * (S1.37). */
    bool disposes_at_passive;

    /* WdfObjectDelete is not the driver's to call (S1.35). */
    bool is_framework_owned;

    /* WdfObjectDelete of an object that is not always the driver's: false if it is not (S1.35).
     * NULL: it always is, or never (is_framework_owned). */
    bool (*delete_by_driver)(struct wdf_object *object);

    /* Of what has callback constraints (constraints.h); else NULL. */
    const struct constraints *(*constraints)(struct wdf_object *object);

    /* The driver of an object that stands in no tree (a request). NULL: as its `driver` says. */
    struct driver *(*driver)(const struct wdf_object *object);

    /* The class that this one is a kind of, or NULL: a handle of that class may be one of this. */
    const struct object_class *base;
};

enum object_state {
    OBJECT_CREATED,
    OBJECT_DISPOSING,
    OBJECT_DISPOSED,
    OBJECT_ENDED, /* the last reference is gone */
};

/* One typed context, or, with a NULL type, only the callbacks of the attributes that the object was
 * created with. */
struct object_context {
    _Atomic(struct object_context *) next;
    const WDF_OBJECT_CONTEXT_TYPE_INFO *type;
    struct wdf_object *object;
    PFN_WDF_OBJECT_CONTEXT_CLEANUP evt_cleanup;
    PFN_WDF_OBJECT_CONTEXT_DESTROY evt_destroy;
    size_t size;
    _Alignas(max_align_t) unsigned char data[];
};

/* What marks the memory of an object, and what that of a dead one which is kept (object_bury). */
#define OBJECT_MAGIC        0x57444630u /* "WDF0" */
#define OBJECT_BURIED_MAGIC 0x67726176u /* "grav" */

/* Of the whole tree (object.c); a leaf: nothing is called with it held. */
PORT_LOCK_KIND(tree_lock);

struct wdf_object {
    unsigned magic;    /* OBJECT_MAGIC while the memory is an object's */
    unsigned ended_by; /* of a buried one: the number of the thread (port_thread_number) */
    union {
        const struct object_class *class;
        const void *ended_at; /* of a buried one: where the driver has ended it; NULL: it has not */
    };
    /* To here it is OBJECT_GRAVE_SIZE bytes. */
    _Atomic(unsigned) references;
    bool is_embedded;         /* lives inside its parent and dies with it (S1.1, S8.11) */
    bool disposes_at_passive; /* because of its class, or of the level in its attributes (S1.37) */

    /* Changed under the tree lock, but for object_dispose_unlinked. */
    _Atomic(enum object_state) state;
    /* A child or a further context, at any time. Likewise. */
    _Atomic(bool) had_additions;

    /* Linked and unlinked under the tree lock. Without it, a holder of a reference may look at its
     * ancestors. */
    unsigned depth; /* parents above it; constant once it is linked */
    struct wdf_object *parent;
    LIST_ENTRY children GUARDED_BY(tree_lock);
    LIST_ENTRY sibling_entry GUARDED_BY(tree_lock);
    /* The thread that is deleting this object as the root of a deletion. */
    port_thread_id deleter GUARDED_BY(tree_lock);

    /* First the one of the creating attributes, then in order of allocation. Appended under the
     * tree lock, read without. */
    struct object_context *contexts;

    /* Its parent's, from when it is linked (object_driver); NULL: not yet. Not of a request. */
    struct driver *driver;

    /* For what is said of an object that is left (S13.18): code addresses, or NULL. */
    const void *creator; /* of what the driver creates; written before others know the object */
    _Atomic(const void *) referencer; /* the last WdfObjectReference */

    /* The deletion, and after it the destruction, when it has to wait for PASSIVE_LEVEL (S1.37). */
    struct work deferred;
};

/* So much of an object is left when it is buried. */
#define OBJECT_GRAVE_SIZE offsetof(struct wdf_object, references)

/* ---- creating ---- */

/* Bytes that an object of that size needs together with the context of its attributes (which may be
 * NULL). */
size_t object_allocation_size(size_t object_size, const WDF_OBJECT_ATTRIBUTES *attributes);

/*
 * Makes an object in that memory: one reference, no parent, contexts zeroed. The memory is
 * object_allocation_size bytes; the part of the object's own type beyond struct wdf_object is left
 * alone.
 */
void object_init(struct wdf_object *object, size_t object_size, const struct object_class *class,
                 const WDF_OBJECT_ATTRIBUTES *attributes);

/*
 * Makes an object that lives inside its parent (a request's memory): without contexts, never
 * deleted or destroyed by itself; its children are the parent's. Its class is NULL before.
 */
void object_init_embedded(struct wdf_object *object, const struct object_class *class,
                          struct wdf_object *parent);

/*
 * Allocates, zeroes and initialises. NULL when there is no memory. To be called by the public
 * function itself: its caller is the creator.
 */
#define object_allocate(object_size, class, attributes)                                            \
    object_allocate_for((object_size), (class), (attributes), __builtin_return_address(0))
void *object_allocate_for(size_t object_size, const struct object_class *class,
                          const WDF_OBJECT_ATTRIBUTES *attributes, const void *creator);

/* Parents above parents: deleting a tree takes stack for each. */
#define OBJECT_DEPTH_MAX 1000

/*
 * Links the object below its parent: STATUS_SUCCESS, STATUS_DELETE_PENDING (S1.14). A bug check
 * when it would have more than OBJECT_DEPTH_MAX parents above it.
 */
NTSTATUS object_attach(struct wdf_object *object, struct wdf_object *parent);

/* The driver whose object it is; NULL while it is linked nowhere. */
struct driver *object_driver(const struct wdf_object *object);

/* What each device's class is a kind of. */
extern const struct object_class object_device_class;

/* The nearest device at or above an object, which may be on its way out of the tree; or NULL
 * (S1.17). */
struct wdf_object *object_device_above(struct wdf_object *object);

/* Undoes a creation that failed: no callback of the object runs (S1.32). Only for objects without
 * children. */
void object_discard(struct wdf_object *object);

/* Makes the object forget its callbacks (S7.12). */
void object_clear_callbacks(struct wdf_object *object);

/* ---- living ---- */

/* The bug check for a handle that is not an object of that class: says what it is instead
 * (S1.2). */
_Noreturn void object_reject_handle(const void *handle, const struct object_class *class,
                                    const char *function);

static inline bool object_is_of_class(const struct wdf_object *object,
                                      const struct object_class *class)
{
    return object != NULL && object->magic == OBJECT_MAGIC &&
           (class == NULL || object->class == class || object->class->base == class);
}

/* The object behind a handle, or a bug check when it is not of that class (S1.2). A NULL class
 * takes any. */
static inline struct wdf_object *object_from_handle(const void *handle,
                                                    const struct object_class *class,
                                                    const char *function)
{
    struct wdf_object *object = (struct wdf_object *)(uintptr_t)handle;
    port_call_point(function, handle);
    if (!object_is_of_class(object, class))
        object_reject_handle(handle, class, function);
    return object;
}

/*
 * For memory that is kept for reuse. A buried object is dead, and tells a user of its handle who
 * has ended it, where and in which thread. An exhumed one is an object of that class again.
 */
static inline void object_bury(struct wdf_object *object, const void *ended_at, unsigned ended_by)
{
    object->magic = OBJECT_BURIED_MAGIC;
    object->ended_by = ended_by;
    object->ended_at = ended_at;
}

static inline void object_exhume(struct wdf_object *object, const struct object_class *class)
{
    object->magic = OBJECT_MAGIC;
    object->class = class;
}

static inline bool object_is_buried(const struct wdf_object *object)
{
    return object->magic == OBJECT_BURIED_MAGIC;
}

static inline void object_reference(struct wdf_object *object)
{
    atomic_fetch_add_explicit(&object->references, 1, memory_order_relaxed);
}

/*
 * Drops a reference; the last one destroys (S1.10). A bug check if the object was never deleted
 * (S1.9). A load is enough to see that it is the last one: nobody else has a reference from which
 * to make another. The load acquires what the others have released. The count may stay at 1 then,
 * so the state shows a dereference too many.
 */
void object_end(struct wdf_object *object); /* the last one is gone */
static inline void object_release(struct wdf_object *object)
{
    port_atomic_point(&object->references);
    if (atomic_load_explicit(&object->references, memory_order_acquire) == 1 ||
        atomic_fetch_sub_explicit(&object->references, 1, memory_order_acq_rel) == 1)
        object_end(object);
}

/* The same for a thread that calls no driver: what the last reference leads to is a worker's. */
void object_release_elsewhere(struct wdf_object *object);

/* The context of that type, or NULL (S1.22). */
void *object_find_context(struct wdf_object *object, const WDF_OBJECT_CONTEXT_TYPE_INFO *type);

/*
 * Adds a context (S1.24): STATUS_SUCCESS; STATUS_OBJECT_NAME_EXISTS, a success, with the one that
 * is there; STATUS_DELETE_PENDING; STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS object_add_context(struct wdf_object *object, const WDF_OBJECT_ATTRIBUTES *attributes,
                            void **data);

/* Has each object of the tree that this one is in visited, parents before children, with the tree
 * lock held: the visitor makes copies, and calls nothing. */
typedef void object_visitor(const struct wdf_object *object, void *context);
void object_visit_tree(struct wdf_object *object, object_visitor *visit, void *context);

/* ---- dying ---- */

/* Objects of one class that were deleted, and that the driver still has references to. */
#define OBJECT_LEFT_PLACES 3
struct object_left {
    const char *class;
    unsigned count;
    /* Of the first ones. */
    const void *creators[OBJECT_LEFT_PLACES];
    const void *referencers[OBJECT_LEFT_PLACES];
};

/*
 * What is left of that driver, by class, in at most that many entries; forgets it, and has `heir`
 * be its driver. Returns the number of entries.
 */
unsigned object_take_left(const struct driver *driver, struct driver *heir,
                          struct object_left *left, unsigned capacity);

static inline bool object_has_driver_referenced(struct wdf_object *object)
{
    return atomic_load_explicit(&object->referencer, memory_order_relaxed) != NULL;
}

/* Before the base reference of what was disposed of is dropped: somebody may have another one. Only
 * of what the driver has ever referenced, since transports and threads that are on their way have
 * theirs. */
void object_note_left(struct wdf_object *object);
static inline void object_note_if_left(struct wdf_object *object)
{
    if (object_has_driver_referenced(object) &&
        atomic_load_explicit(&object->references, memory_order_relaxed) > 1)
        object_note_left(object);
}

/* Whether the object, or something below it, must not be disposed of above PASSIVE_LEVEL. */
bool object_tree_needs_passive(struct wdf_object *object);
static inline bool object_needs_passive(struct wdf_object *object)
{
    return object->disposes_at_passive ||
           (object->had_additions && object_tree_needs_passive(object));
}

/*
 * An object that is used again and again, each use ended by object_retire and the last reference:
 * nothing of it is cleaned up. Its class's revive calls object_revive, which gives it its base
 * reference back.
 */
void object_retire(struct wdf_object *object);
void object_revive(struct wdf_object *object);

/* Both phases of deletion: the whole subtree is cleaned up, then destroyed (S1.27, S1.28). */
void object_delete(struct wdf_object *object);

/*
 * The first phase alone, for an object that is in no tree (a request): children and the object are
 * cleaned up, the children destroyed. The base reference stays with the caller.
 */
void object_dispose_unlinked(struct wdf_object *object);

#endif
