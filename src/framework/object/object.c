/*
 * The object tree and the life of an object. See object.h.
 *
 * One lock guards the whole tree: it is held for a few instructions at a time and never around a
 * callback, so deletions in different threads wait for each other only if their subtrees overlap.
 */
#include "framework/object/object.h"

#include <stdlib.h>
#include <string.h>

#include <wdf.h>

#include "framework/object/callback.h"
#include "framework/object/identity.h"
#include "framework/object/verifier.h"
#include "nt/injection.h"

#define OBJECT_DEAD_MAGIC 0x64656164u /* "dead" */

static struct {
    struct port_mutex tree_lock;
    /* A deletion has left the tree: a parent's deletion may be waiting for it. */
    struct port_condition changed;
    /* Objects that are left (S13.18), by their sibling_entry. */
    LIST_ENTRY left GUARDED_BY(tree_lock);
} tree = {PORT_MUTEX_INITIALIZER, PORT_CONDITION_INITIALIZER, {&tree.left, &tree.left}};

/* ---- creating ---- */

/* More than can be allocated, and little enough that no sum with it overflows. */
#define CONTEXT_SIZE_MAX (SIZE_MAX / 4)

static size_t context_size(const WDF_OBJECT_ATTRIBUTES *attributes)
{
    if (attributes == NULL || attributes->ContextTypeInfo == NULL)
        return 0;
    size_t size = attributes->ContextTypeInfo->ContextSize;
    if (attributes->ContextSizeOverride != 0)
        size = attributes->ContextSizeOverride;
    return size < CONTEXT_SIZE_MAX ? size : CONTEXT_SIZE_MAX;
}

static size_t align_up(size_t size)
{
    const size_t alignment = _Alignof(max_align_t);
    return (size + alignment - 1) / alignment * alignment;
}

size_t object_allocation_size(size_t object_size, const WDF_OBJECT_ATTRIBUTES *attributes)
{
    return align_up(object_size) + sizeof(struct object_context) + context_size(attributes);
}

static inline void context_init(struct object_context *context, struct wdf_object *object,
                                const WDF_OBJECT_ATTRIBUTES *attributes)
{
    size_t size = context_size(attributes);
    *context = (struct object_context){.object = object, .size = size};
    if (size > 0)
        memset(context->data, 0, size);
    if (attributes != NULL) {
        /* The same type declared in two files is one type: its UniqueType (S1.23). */
        if (attributes->ContextTypeInfo != NULL)
            context->type = attributes->ContextTypeInfo->UniqueType;
        context->evt_cleanup = attributes->EvtCleanupCallback;
        context->evt_destroy = attributes->EvtDestroyCallback;
    }
}

static bool asks_for_passive(const WDF_OBJECT_ATTRIBUTES *attributes)
{
    return attributes != NULL && attributes->ExecutionLevel == WdfExecutionLevelPassive;
}

/* All but `deferred`, which is made when it is needed: every request passes here. */
static void init(struct wdf_object *object, const struct object_class *class,
                 struct wdf_object *parent, struct object_context *contexts)
{
    port_lock_is_not_needed(tree_lock);
    object->magic = OBJECT_MAGIC;
    object->class = class;
    atomic_init(&object->references, 1);
    object->is_embedded = false;
    object->disposes_at_passive = class->disposes_at_passive;
    atomic_init(&object->state, OBJECT_CREATED);
    atomic_init(&object->had_additions, false);
    object->parent = parent;
    object->depth = 0;
    InitializeListHead(&object->children);
    InitializeListHead(&object->sibling_entry);
    object->deleter = PORT_NO_THREAD;
    object->contexts = contexts;
    atomic_init(&object->referencer, NULL);
}

void object_init(struct wdf_object *object, size_t object_size, const struct object_class *class,
                 const WDF_OBJECT_ATTRIBUTES *attributes)
{
    struct object_context *context = (void *)((unsigned char *)object + align_up(object_size));
    init(object, class, NULL, context);
    if (asks_for_passive(attributes))
        object->disposes_at_passive = true;
    context_init(context, object, attributes);
}

void object_init_embedded(struct wdf_object *object, const struct object_class *class,
                          struct wdf_object *parent)
{
    init(object, class, parent, NULL);
    object->is_embedded = true;
}

void *object_allocate_for(size_t object_size, const struct object_class *class,
                          const WDF_OBJECT_ATTRIBUTES *attributes, const void *creator)
{
    struct wdf_object *object = injection_fails(class->name)
                                    ? NULL
                                    : calloc(1, object_allocation_size(object_size, attributes));
    if (object == NULL)
        return NULL;
    object_init(object, object_size, class, attributes);
    object->creator = creator;
    return object;
}

static _Noreturn void reject_depth(const struct wdf_object *object, const struct wdf_object *parent)
{
    verifier_bugcheck(WDF_OBJECT_ERROR, object->class->name,
                      "%u objects are parents of parents (the last is %s %p): deleting them would "
                      "overflow the stack",
                      parent->depth, parent->class->name, (const void *)parent);
}

NTSTATUS object_attach(struct wdf_object *object, struct wdf_object *parent)
{
    if (parent->is_embedded)
        parent = parent->parent;
    if (parent->depth >= OBJECT_DEPTH_MAX)
        reject_depth(object, parent);
    PORT_LOCK_SCOPE_OF(&tree, tree_lock);
    /* In this order: object_dispose_unlinked changes the state first and looks for additions then,
     * so that one of the two sees the other. */
    parent->had_additions = true;
    if (parent->state != OBJECT_CREATED)
        return STATUS_DELETE_PENDING;
    object->parent = parent;
    object->driver = object_driver(parent);
    object->depth = parent->depth + 1;
    InsertTailList(&parent->children, &object->sibling_entry);
    return STATUS_SUCCESS;
}

struct driver *object_driver(const struct wdf_object *object)
{
    if (object->is_embedded)
        object = object->parent;
    return object->class->driver != NULL ? object->class->driver(object) : object->driver;
}

const struct object_class object_device_class = {.name = "WDFDEVICE"};

struct wdf_object *object_device_above(struct wdf_object *object)
{
    PORT_LOCK_SCOPE_OF(&tree, tree_lock);
    while (object != NULL && object->class->base != &object_device_class)
        object = object->parent;
    return object;
}

/* Idempotent: an unlinked entry points to itself. */
static void unlink_locked(struct wdf_object *object) REQUIRES(tree_lock)
{
    RemoveEntryList(&object->sibling_entry);
    InitializeListHead(&object->sibling_entry);
    object->parent = NULL;
    port_condition_broadcast(&tree.changed);
}

void object_clear_callbacks(struct wdf_object *object)
{
    for (struct object_context *context = object->contexts; context != NULL;
         context = context->next) {
        context->evt_cleanup = NULL;
        context->evt_destroy = NULL;
    }
}

void object_discard(struct wdf_object *object)
{
    object_clear_callbacks(object);
    port_lock_of(&tree, tree_lock);
    unlink_locked(object);
    object->state = OBJECT_DISPOSED;
    port_unlock_of(&tree, tree_lock);
    object_release(object);
}

/* ---- living ---- */

_Noreturn void object_reject_handle(const void *handle, const struct object_class *class,
                                    const char *function)
{
    const char *expected = class != NULL ? class->name : "WDFOBJECT";
    const struct wdf_object *object = handle;
    if (object == NULL)
        verifier_bugcheck(WDF_INVALID_HANDLE, function, "%s handle is NULL (S1.2)", expected);
    char doer[384];
    if (object_is_buried(object))
        verifier_bugcheck(WDF_INVALID_HANDLE, function,
                          "%s handle %p is used after its object was ended %s (S1.2)", expected,
                          handle,
                          verifier_doer(object->ended_at, object->ended_by, doer, sizeof(doer)));
    if (object->magic == OBJECT_DEAD_MAGIC)
        verifier_bugcheck(WDF_INVALID_HANDLE, function,
                          "%s handle %p is used after its object was destroyed (S1.2)", expected,
                          handle);
    if (object->magic != OBJECT_MAGIC)
        verifier_bugcheck(WDF_INVALID_HANDLE, function, "%p is not a %s handle (S1.2)", handle,
                          expected);
    verifier_bugcheck(WDF_INVALID_HANDLE, function, "handle %p is a %s, not a %s (S1.2)", handle,
                      object->class->name, expected);
}

static void call_back(struct wdf_object *object, VOID (*evt_callback)(WDFOBJECT), const char *name)
{
    struct callback callback;
    callback_enter(&callback, name, object);
    evt_callback(object);
    callback_leave(&callback);
}

static inline void destroy(struct wdf_object *object)
{
    for (struct object_context *context = object->contexts; context != NULL;
         context = context->next) {
        if (context->evt_destroy != NULL)
            call_back(object, context->evt_destroy, "EvtDestroyCallback");
    }

    /* The first context lies in the object's own memory; the others were allocated one by one. */
    struct object_context *context = object->contexts->next;
    while (context != NULL) {
        struct object_context *next = context->next;
        free(context);
        context = next;
    }

    object->magic = OBJECT_DEAD_MAGIC;
    if (object->class->free != NULL)
        object->class->free(object);
    else
        free(object);
}

static void run_deferred_destruction(struct work *work)
{
    destroy(CONTAINING_RECORD(work, struct wdf_object, deferred));
}

/* ---- what is left (S13.18) ---- */

void object_note_left(struct wdf_object *object)
{
    PORT_LOCK_SCOPE_OF(&tree, tree_lock);
    if (IsListEmpty(&object->sibling_entry))
        InsertTailList(&tree.left, &object->sibling_entry);
}

static void forget_left(struct wdf_object *object)
{
    PORT_LOCK_SCOPE_OF(&tree, tree_lock);
    RemoveEntryList(&object->sibling_entry);
    InitializeListHead(&object->sibling_entry);
}

static struct object_left *left_of_class(struct object_left *left, unsigned *count,
                                         unsigned capacity, const char *class)
{
    for (unsigned i = 0; i < *count; i++) {
        if (strcmp(left[i].class, class) == 0)
            return &left[i];
    }
    if (*count == capacity)
        return NULL;
    left[*count] = (struct object_left){.class = class};
    return &left[(*count)++];
}

static void count_left(struct object_left *of_class, const struct wdf_object *object)
{
    if (of_class->count < OBJECT_LEFT_PLACES) {
        of_class->creators[of_class->count] = object->creator;
        of_class->referencers[of_class->count] = object->referencer;
    }
    of_class->count++;
}

unsigned object_take_left(const struct driver *driver, struct driver *heir,
                          struct object_left *left, unsigned capacity)
{
    unsigned count = 0;
    PORT_LOCK_SCOPE_OF(&tree, tree_lock);
    for (LIST_ENTRY *entry = tree.left.Flink, *next; entry != &tree.left; entry = next) {
        struct wdf_object *object = CONTAINING_RECORD(entry, struct wdf_object, sibling_entry);
        next = entry->Flink;
        if (object_driver(object) != driver)
            continue;
        RemoveEntryList(entry);
        InitializeListHead(entry);
        object->driver = heir;
        struct object_left *of_class = left_of_class(left, &count, capacity, object->class->name);
        if (of_class != NULL)
            count_left(of_class, object);
    }
    return count;
}

/* Hands the object to a worker, which is at PASSIVE_LEVEL. */
static void defer(struct wdf_object *object, void (*run)(struct work *work))
{
    work_init(&object->deferred, run, driver_works(object_driver(object)));
    work_submit(&object->deferred);
}

static void end(struct wdf_object *object, bool is_elsewhere)
{
    /* The base reference goes only by deletion, so that nobody races with this read. */
    enum object_state state = object->state;
    if (state == OBJECT_CREATED)
        verifier_bugcheck(
            WDF_OBJECT_ERROR, __func__,
            "the last reference to %s %p was dropped, but it was never deleted (S1.9)",
            object->class->name, (void *)object);
    if (state == OBJECT_ENDED) {
        verifier_break("WdfObjectDereference", "S1.29",
                       "the last reference to %s %p is gone already", object->class->name,
                       (void *)object);
        return;
    }
    if (object->class->revive != NULL && object->class->revive(object))
        return;
    if (object_has_driver_referenced(object))
        forget_left(object);
    atomic_store_explicit(&object->state, OBJECT_ENDED, memory_order_relaxed);
    if (is_elsewhere)
        defer(object, run_deferred_destruction);
    else
        destroy(object);
}

void object_end(struct wdf_object *object)
{
    end(object, object->disposes_at_passive && KeGetCurrentIrql() > PASSIVE_LEVEL);
}

void object_release_elsewhere(struct wdf_object *object)
{
    port_atomic_point(&object->references);
    if (atomic_fetch_sub_explicit(&object->references, 1, memory_order_acq_rel) == 1)
        end(object, true);
}

/* ---- contexts ---- */

void *object_find_context(struct wdf_object *object, const WDF_OBJECT_CONTEXT_TYPE_INFO *type)
{
    for (struct object_context *context = object->contexts; context != NULL;
         context = context->next) {
        if (context->type == type)
            return context->data;
    }
    return NULL;
}

static NTSTATUS append_context_locked(struct wdf_object *object, struct object_context *added,
                                      void **data) REQUIRES(tree_lock)
{
    object->had_additions = true; /* before the look at the state, as in object_attach */
    if (object->state != OBJECT_CREATED)
        return STATUS_DELETE_PENDING;
    *data = object_find_context(object, added->type);
    if (*data != NULL)
        return STATUS_OBJECT_NAME_EXISTS;
    struct object_context *last = object->contexts;
    while (last->next != NULL)
        last = last->next;
    last->next = added;
    *data = added->data;
    return STATUS_SUCCESS;
}

NTSTATUS object_add_context(struct wdf_object *object, const WDF_OBJECT_ATTRIBUTES *attributes,
                            void **data)
{
    struct object_context *added = malloc(sizeof(*added) + context_size(attributes));
    if (added == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    context_init(added, object, attributes);

    port_lock_of(&tree, tree_lock);
    NTSTATUS status = append_context_locked(object, added, data);
    port_unlock_of(&tree, tree_lock);
    if (status != STATUS_SUCCESS)
        free(added);
    return status;
}

/* ---- dying ---- */

static struct wdf_object *child_from_entry(LIST_ENTRY *entry)
{
    return CONTAINING_RECORD(entry, struct wdf_object, sibling_entry);
}

/*
 * The oldest child that is not cleaned up yet, claimed for the caller, or NULL. A child that
 * another thread is deleting is waited for; one that this very thread is deleting (its cleanup
 * callback deletes the parent) is cut loose, since it will finish when the callback returns.
 */
static struct wdf_object *claim_next_child_locked(struct wdf_object *object) REQUIRES(tree_lock)
{
    LIST_ENTRY *entry = object->children.Flink;
    while (entry != &object->children) {
        struct wdf_object *child = child_from_entry(entry);
        entry = entry->Flink;
        if (child->state == OBJECT_CREATED) {
            child->state = OBJECT_DISPOSING;
            return child;
        }
        if (child->deleter == port_thread_self()) {
            unlink_locked(child);
        } else if (child->deleter != PORT_NO_THREAD) {
            port_condition_wait(&tree.changed, &tree.tree_lock);
            entry = object->children.Flink;
        }
    }
    return NULL;
}

static inline void dispose_alone(struct wdf_object *object)
{
    if (object->class->dispose != NULL)
        object->class->dispose(object);
    /* S1.30: the creation context first, then as added. */
    for (struct object_context *context = object->contexts; context != NULL;
         context = context->next) {
        if (context->evt_cleanup != NULL)
            call_back(object, context->evt_cleanup, "EvtCleanupCallback");
    }
    if (object->class->dispose_last != NULL)
        object->class->dispose_last(object);
}

/* Phase 1 (S1.27) of an object in state DISPOSING: children in order of creation, each with its
 * subtree, then itself. */
static void dispose_tree(struct wdf_object *object)
{
    struct wdf_object *child;
    port_lock_of(&tree, tree_lock);
    while ((child = claim_next_child_locked(object)) != NULL) {
        port_unlock_of(&tree, tree_lock);
        dispose_tree(child);
        port_lock_of(&tree, tree_lock);
    }
    port_unlock_of(&tree, tree_lock);

    dispose_alone(object);

    port_lock_of(&tree, tree_lock);
    object->state = OBJECT_DISPOSED;
    port_unlock_of(&tree, tree_lock);
}

static void destroy_tree(struct wdf_object *object);

static void destroy_children(struct wdf_object *object)
{
    for (;;) {
        port_lock_of(&tree, tree_lock);
        struct wdf_object *child = NULL;
        if (!IsListEmpty(&object->children)) {
            child = child_from_entry(object->children.Flink);
            unlink_locked(child);
        }
        port_unlock_of(&tree, tree_lock);
        if (child == NULL)
            return;
        destroy_tree(child);
    }
}

/* Phase 2 (S1.28): children in list order drop their base reference, then the object its own. */
static void destroy_tree(struct wdf_object *object)
{
    destroy_children(object);
    object_note_if_left(object);
    object_release(object);
}

static void delete_claimed(struct wdf_object *object)
{
    port_lock_of(&tree, tree_lock);
    object->deleter = port_thread_self();
    port_unlock_of(&tree, tree_lock);

    dispose_tree(object);

    port_lock_of(&tree, tree_lock);
    unlink_locked(object);
    port_unlock_of(&tree, tree_lock);
    destroy_tree(object);
}

static void run_deferred_deletion(struct work *work)
{
    delete_claimed(CONTAINING_RECORD(work, struct wdf_object, deferred));
}

/* Whether the object or anything below it must not be disposed above PASSIVE_LEVEL. With the tree
 * lock held. */
static bool needs_passive_locked(struct wdf_object *object) REQUIRES(tree_lock)
{
    if (object->disposes_at_passive)
        return true;
    for (LIST_ENTRY *entry = object->children.Flink; entry != &object->children;
         entry = entry->Flink) {
        if (needs_passive_locked(child_from_entry(entry)))
            return true;
    }
    return false;
}

bool object_tree_needs_passive(struct wdf_object *object)
{
    PORT_LOCK_SCOPE_OF(&tree, tree_lock);
    return needs_passive_locked(object);
}

/* S1.33, S1.34: deleting what is being deleted, or what its parent's deletion will reach, has no
 * effect. */
static bool claim_for_deletion(struct wdf_object *object, bool *needs_passive)
{
    PORT_LOCK_SCOPE_OF(&tree, tree_lock);
    if (object->state != OBJECT_CREATED)
        return false;
    if (object->parent != NULL && object->parent->state != OBJECT_CREATED)
        return false;
    object->state = OBJECT_DISPOSING;
    /* Until a thread takes it over, the deletion is somebody else's to everybody. */
    object->deleter = ~PORT_NO_THREAD;
    *needs_passive = needs_passive_locked(object);
    return true;
}

void object_delete(struct wdf_object *object)
{
    bool needs_passive;
    if (!claim_for_deletion(object, &needs_passive))
        return;
    if (needs_passive && KeGetCurrentIrql() > PASSIVE_LEVEL)
        defer(object, run_deferred_deletion);
    else
        delete_claimed(object);
}

void object_retire(struct wdf_object *object)
{
    PORT_LOCK_SCOPE_OF(&tree, tree_lock);
    object->state = OBJECT_DISPOSED;
}

void object_revive(struct wdf_object *object)
{
    PORT_LOCK_SCOPE_OF(&tree, tree_lock);
    object->state = OBJECT_CREATED;
    object->references = 1;
}

void object_dispose_unlinked(struct wdf_object *object)
{
    /* Most requests never get anything, and then nobody else looks at them: no lock. */
    object->state = OBJECT_DISPOSING;
    if (!object->had_additions) {
        dispose_alone(object);
        atomic_store_explicit(&object->state, OBJECT_DISPOSED, memory_order_release);
        return;
    }
    dispose_tree(object);
    destroy_children(object);
}

/* ---- looking at the tree ---- */

static struct wdf_object *first_of(LIST_ENTRY *siblings, LIST_ENTRY *entry)
{
    return entry == siblings ? NULL : CONTAINING_RECORD(entry, struct wdf_object, sibling_entry);
}

/* The next one in the order in which parents come before their children; NULL: none below root. */
static struct wdf_object *following_locked(struct wdf_object *object, const struct wdf_object *root)
    REQUIRES(tree_lock)
{
    struct wdf_object *next = first_of(&object->children, object->children.Flink);
    while (next == NULL && object != root) {
        next = first_of(&object->parent->children, object->sibling_entry.Flink);
        object = object->parent;
    }
    return next;
}

void object_visit_tree(struct wdf_object *object, object_visitor *visit, void *context)
{
    PORT_LOCK_SCOPE_OF(&tree, tree_lock);
    while (object->parent != NULL)
        object = object->parent;
    const struct wdf_object *root = object;
    for (; object != NULL; object = following_locked(object, root))
        visit(object, context);
}
