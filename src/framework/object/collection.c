/*
 * WDFCOLLECTION: an ordered list of references to objects (S1.41). See collection.h.
 *
 * The lock makes each call atomic and is a leaf: a reference is dropped after it is released, since
 * that may call EvtDestroyCallback.
 */
#include "framework/object/collection.h"

#include <stdlib.h>
#include <string.h>

#include <wdf.h>

#include "framework/object/apiresult.h"
#include "framework/object/creation.h"
#include "framework/object/verifier.h"
#include "port/thread.h"

/* A leaf. */
PORT_LOCK_KIND(collection_lock);

struct wdf_collection {
    struct wdf_object object;
    struct port_mutex collection_lock;
    /* Each with a reference. */
    struct wdf_object **items GUARDED_BY(collection_lock);
    ULONG count GUARDED_BY(collection_lock);
    ULONG capacity GUARDED_BY(collection_lock);
};

static struct wdf_collection *collection_of(struct wdf_object *object)
{
    return CONTAINING_RECORD(object, struct wdf_collection, object);
}

/* The references go with the collection itself and not at its cleanup: EvtCleanupCallback may still
 * iterate it. */
static void collection_free(struct wdf_object *object)
{
    struct wdf_collection *collection = collection_of(object);
    port_lock_is_not_needed(collection_lock);
    for (ULONG i = 0; i < collection->count; i++)
        object_release(collection->items[i]);
    free(collection->items);
    port_mutex_destroy(&collection->collection_lock);
    free(collection);
}

static const struct object_class collection_class = {.name = "WDFCOLLECTION",
                                                     .free = collection_free};

struct wdf_collection *collection_from_handle(WDFCOLLECTION handle, const char *function)
{
    return collection_of(object_from_handle(handle, &collection_class, function));
}

static bool make_room_locked(struct wdf_collection *collection) REQUIRES(collection_lock)
{
    if (collection->count < collection->capacity)
        return true;
    if (collection->capacity > MAXULONG / 2)
        return false;
    ULONG capacity = collection->capacity > 0 ? collection->capacity * 2 : 8;
    struct wdf_object **items = realloc(collection->items, capacity * sizeof(*items));
    if (items == NULL)
        return false;
    collection->items = items;
    collection->capacity = capacity;
    return true;
}

bool collection_append(struct wdf_collection *collection, struct wdf_object *object)
{
    PORT_LOCK_SCOPE_OF(collection, collection_lock);
    if (!make_room_locked(collection))
        return false;
    object_reference(object);
    collection->items[collection->count++] = object;
    return true;
}

ULONG collection_count(struct wdf_collection *collection)
{
    PORT_LOCK_SCOPE_OF(collection, collection_lock);
    return collection->count;
}

static struct wdf_object *get_locked(struct wdf_collection *collection, ULONG index)
    REQUIRES(collection_lock)
{
    return index < collection->count ? collection->items[index] : NULL;
}

static struct wdf_object *get(struct wdf_collection *collection, ULONG index)
{
    PORT_LOCK_SCOPE_OF(collection, collection_lock);
    return get_locked(collection, index);
}

struct wdf_object *collection_get_referenced(struct wdf_collection *collection, ULONG index)
{
    PORT_LOCK_SCOPE_OF(collection, collection_lock);
    struct wdf_object *object = get_locked(collection, index);
    if (object != NULL)
        object_reference(object);
    return object;
}

/* The object that was there, whose reference is now the caller's, or NULL. */
static struct wdf_object *take_locked(struct wdf_collection *collection, ULONG index)
    REQUIRES(collection_lock)
{
    struct wdf_object *object = get_locked(collection, index);
    if (object == NULL)
        return NULL;
    collection->count--;
    memmove(&collection->items[index], &collection->items[index + 1],
            (collection->count - index) * sizeof(*collection->items));
    return object;
}

static struct wdf_object *take(struct wdf_collection *collection, ULONG index)
{
    PORT_LOCK_SCOPE_OF(collection, collection_lock);
    return take_locked(collection, index);
}

/* The first entry of that object. */
static struct wdf_object *take_object(struct wdf_collection *collection,
                                      const struct wdf_object *object)
{
    PORT_LOCK_SCOPE_OF(collection, collection_lock);
    for (ULONG i = 0; i < collection->count; i++) {
        if (collection->items[i] == object)
            return take_locked(collection, i);
    }
    return NULL;
}

void collection_remove_at(struct wdf_collection *collection, ULONG index)
{
    struct wdf_object *object = take(collection, index);
    if (object != NULL)
        object_release(object);
}

/* ---- WdfCollection* ---- */

NTSTATUS WdfCollectionCreate(PWDF_OBJECT_ATTRIBUTES CollectionAttributes, WDFCOLLECTION *Collection)
{
    REQUIRE_PARAMETER(Collection);
    *Collection = NULL;
    struct wdf_object *object;
    NTSTATUS status = creation_allocate(sizeof(struct wdf_collection), &collection_class,
                                        CollectionAttributes, 0, &object);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S1.41");
    port_mutex_init(&collection_of(object)->collection_lock);
    status = creation_adopt(object, CollectionAttributes);
    if (NT_SUCCESS(status))
        *Collection = (WDFCOLLECTION)object;
    return API_RESULT(status, "S1.41");
}

ULONG WdfCollectionGetCount(WDFCOLLECTION Collection)
{
    return collection_count(collection_from_handle(Collection, __func__));
}

NTSTATUS WdfCollectionAdd(WDFCOLLECTION Collection, WDFOBJECT Object)
{
    struct wdf_collection *collection = collection_from_handle(Collection, __func__);
    struct wdf_object *object = object_from_handle(Object, NULL, __func__);
    return API_RESULT(collection_append(collection, object) ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL,
                      "S1.41");
}

VOID WdfCollectionRemove(WDFCOLLECTION Collection, WDFOBJECT Item)
{
    struct wdf_collection *collection = collection_from_handle(Collection, __func__);
    struct wdf_object *object = take_object(collection, object_from_handle(Item, NULL, __func__));
    if (object != NULL)
        object_release(object);
    else
        verifier_break(__func__, "S1.41", "STATUS_NOT_FOUND: object %p is not in WDFCOLLECTION %p",
                       Item, (void *)Collection);
}

VOID WdfCollectionRemoveItem(WDFCOLLECTION Collection, ULONG Index)
{
    struct wdf_object *object = take(collection_from_handle(Collection, __func__), Index);
    if (object != NULL)
        object_release(object);
    else
        verifier_break(__func__, "S1.41", "STATUS_NOT_FOUND: WDFCOLLECTION %p has no item %u",
                       (void *)Collection, Index);
}

WDFOBJECT WdfCollectionGetItem(WDFCOLLECTION Collection, ULONG Index)
{
    return get(collection_from_handle(Collection, __func__), Index);
}

WDFOBJECT WdfCollectionGetFirstItem(WDFCOLLECTION Collection)
{
    return get(collection_from_handle(Collection, __func__), 0);
}

WDFOBJECT WdfCollectionGetLastItem(WDFCOLLECTION Collection)
{
    struct wdf_collection *collection = collection_from_handle(Collection, __func__);
    PORT_LOCK_SCOPE_OF(collection, collection_lock);
    return collection->count > 0 ? collection->items[collection->count - 1] : NULL;
}
