/*
 * WDFLOOKASIDE: memory objects of one size, kept for the next use when they are deleted (S8.27,
 * S8.28).
 *
 * A block is a whole WDFMEMORY: the object, the context of its attributes, the buffer. It comes
 * back when the object is destroyed, and lies in the list as a dead object, so that a handle that
 * is used too late is still recognised. Each memory holds a reference to its list, which thereby
 * outlives them all.
 */
#include "framework/object/lookaside.h"

#include <stdlib.h>
#include <string.h>

#include <wdf.h>

#include "framework/object/apiresult.h"
#include "framework/object/creation.h"
#include "framework/object/verifier.h"
#include "nt/injection.h"

/* Blocks beyond these go back to the heap: a burst must not cost memory for ever. */
#define KEPT_MAX 64

struct wdf_lookaside;

/* The beginning of a block; the context and the buffer follow. */
struct block {
    struct wdf_memory memory;
    struct wdf_lookaside *list;
    struct block *next; /* while it waits in the list; guarded by its lock */
};

/* A leaf. */
PORT_LOCK_KIND(lookaside_lock);

struct wdf_lookaside {
    struct wdf_object object;

    /* Constant. */
    size_t buffer_size;
    size_t buffer_offset; /* in a block */
    bool is_paged;
    WDF_OBJECT_ATTRIBUTES memory_attributes;
    struct wdf_object *memory_parent; /* with a reference; NULL: the driver */

    struct port_mutex lookaside_lock;
    struct block *kept GUARDED_BY(lookaside_lock);
    unsigned kept_count GUARDED_BY(lookaside_lock);
};

static struct wdf_lookaside *lookaside_of(struct wdf_object *object)
{
    return CONTAINING_RECORD(object, struct wdf_lookaside, object);
}

static void lookaside_free(struct wdf_object *object)
{
    struct wdf_lookaside *list = lookaside_of(object);
    port_lock_is_not_needed(lookaside_lock);
    while (list->kept != NULL) {
        struct block *block = list->kept;
        list->kept = block->next;
        free(block);
    }
    if (list->memory_parent != NULL)
        object_release(list->memory_parent);
    port_mutex_destroy(&list->lookaside_lock);
    free(list);
}

static const struct object_class lookaside_class = {.name = "WDFLOOKASIDE", .free = lookaside_free};

static bool keep(struct wdf_lookaside *list, struct block *block)
{
    PORT_LOCK_SCOPE_OF(list, lookaside_lock);
    if (list->kept_count == KEPT_MAX)
        return false;
    block->next = list->kept;
    list->kept = block;
    list->kept_count++;
    return true;
}

void lookaside_put(struct wdf_memory *memory)
{
    struct block *block = CONTAINING_RECORD(memory, struct block, memory);
    struct wdf_lookaside *list = block->list;
    if (!keep(list, block))
        free(block);
    object_release(&list->object);
}

static struct block *take(struct wdf_lookaside *list)
{
    PORT_LOCK_SCOPE_OF(list, lookaside_lock);
    struct block *block = list->kept;
    if (block != NULL) {
        list->kept = block->next;
        list->kept_count--;
    }
    return block;
}

/* ---- WdfLookasideListCreate ---- */

static struct wdf_object *parent_in(const WDF_OBJECT_ATTRIBUTES *attributes, const char *function)
{
    if (attributes == NULL || attributes->ParentObject == NULL)
        return NULL;
    return object_from_handle(attributes->ParentObject, NULL, function);
}

/* A parent below no device, as the driver, is no other device. */
static bool are_of_different_devices(struct wdf_object *one, struct wdf_object *other)
{
    struct wdf_object *device = object_device_above(one);
    struct wdf_object *other_device = object_device_above(other);
    return device != NULL && other_device != NULL && device != other_device;
}

/* False when sizes add up to more than there can be. */
static bool describe_blocks(struct wdf_lookaside *list, size_t buffer_size,
                            const WDF_OBJECT_ATTRIBUTES *memory_attributes)
{
    const size_t alignment = MEMORY_ALLOCATION_ALIGNMENT;
    size_t size = object_allocation_size(sizeof(struct block), memory_attributes);
    list->buffer_offset = (size + alignment - 1) / alignment * alignment;
    list->buffer_size = buffer_size;
    if (memory_attributes != NULL)
        list->memory_attributes = *memory_attributes;
    else
        WDF_OBJECT_ATTRIBUTES_INIT(&list->memory_attributes);
    return buffer_size <= SIZE_MAX - list->buffer_offset;
}

NTSTATUS WdfLookasideListCreate(PWDF_OBJECT_ATTRIBUTES LookasideAttributes, size_t BufferSize,
                                POOL_TYPE PoolType, PWDF_OBJECT_ATTRIBUTES MemoryAttributes,
                                ULONG PoolTag, WDFLOOKASIDE *Lookaside)
{
    UNREFERENCED_PARAMETER(PoolTag); /* nobody looks for tags in the heap */
    bool is_paged = (PoolType & PagedPool) != 0;
    REQUIRE_PARAMETER(Lookaside);
    *Lookaside = NULL;
    if (!verifier_irql_is_at_most(is_paged ? APC_LEVEL : DISPATCH_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S8.27");
    NTSTATUS status = attributes_validate(LookasideAttributes, 0);
    if (NT_SUCCESS(status))
        status = attributes_validate(MemoryAttributes, 0);
    if (NT_SUCCESS(status) && BufferSize == 0)
        status = STATUS_INVALID_PARAMETER;
    struct wdf_object *memory_parent = parent_in(MemoryAttributes, __func__);
    if (NT_SUCCESS(status) && is_paged &&
        are_of_different_devices(parent_in(LookasideAttributes, __func__), memory_parent))
        status = STATUS_INVALID_PARAMETER;
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S8.27");

    struct wdf_object *object;
    status = creation_allocate(sizeof(struct wdf_lookaside), &lookaside_class, LookasideAttributes,
                               0, &object);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S8.27");
    struct wdf_lookaside *list = lookaside_of(object);
    port_mutex_init(&list->lookaside_lock);
    list->is_paged = is_paged;
    list->memory_parent = memory_parent;
    if (memory_parent != NULL)
        object_reference(memory_parent);
    if (!describe_blocks(list, BufferSize, MemoryAttributes)) {
        object_discard(object);
        return API_RESULT(STATUS_INSUFFICIENT_RESOURCES, "S8.27");
    }
    status = creation_adopt(object, LookasideAttributes);
    if (NT_SUCCESS(status))
        *Lookaside = (WDFLOOKASIDE)object;
    return API_RESULT(status, "S8.27");
}

/* ---- WdfMemoryCreateFromLookaside ---- */

NTSTATUS WdfMemoryCreateFromLookaside(WDFLOOKASIDE Lookaside, WDFMEMORY *Memory)
{
    struct wdf_lookaside *list =
        lookaside_of(object_from_handle(Lookaside, &lookaside_class, __func__));
    REQUIRE_PARAMETER(Memory);
    *Memory = NULL;
    if (!verifier_irql_is_at_most(list->is_paged ? APC_LEVEL : DISPATCH_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S8.28");
    struct block *block = take(list);
    if (block == NULL && !injection_fails(memory_class.name))
        block = malloc(list->buffer_offset + list->buffer_size);
    if (block == NULL)
        return API_RESULT(STATUS_INSUFFICIENT_RESOURCES, "S8.28");

    struct wdf_memory *memory = &block->memory;
    object_init(&memory->object, sizeof(*block), &memory_class, &list->memory_attributes);
    object_reference(&list->object);
    memory->object.creator = __builtin_return_address(0);
    memory->object.driver = list->object.driver;
    memory->kind = MEMORY_FROM_LOOKASIDE;
    memory->buffer = (unsigned char *)block + list->buffer_offset;
    memory->size = list->buffer_size;
    memory->is_read_only = false;
    block->list = list;
    NTSTATUS status = creation_adopt(&memory->object, &list->memory_attributes);
    if (NT_SUCCESS(status))
        *Memory = (WDFMEMORY)&memory->object;
    return API_RESULT(status, "S8.28");
}
