/* WDFMEMORY: a buffer with a handle (S8.22-S8.25), of its own or embedded in a request (S8.11). */
#ifndef WDFUSE_FRAMEWORK_OBJECT_MEMORY_H
#define WDFUSE_FRAMEWORK_OBJECT_MEMORY_H

#include <stdbool.h>

#include "framework/object/object.h"

enum memory_kind {
    MEMORY_ALLOCATED,      /* the buffer belongs to the object */
    MEMORY_PREALLOCATED,   /* the driver's buffer */
    MEMORY_OF_REQUEST,     /* a buffer that the request has anyway, and lives as long as that */
    MEMORY_FROM_LOOKASIDE, /* object and buffer are of a lookaside list (lookaside.h) */
};

struct wdf_memory {
    struct wdf_object object;
    enum memory_kind kind;
    void *buffer;
    size_t size;
    bool is_read_only; /* S8.16 */
};

extern const struct object_class memory_class;

#define memory_from_handle(handle)                                                                 \
    CONTAINING_RECORD(object_from_handle((handle), &memory_class, __func__), struct wdf_memory,    \
                      object)

/* The free of memory_class, for what is a kind of it. */
void memory_free(struct wdf_object *object);

/*
 * A memory object of that size, whose driver is the one whose code `creator` is in (S1.12), unless
 * the attributes name a parent. STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES; the statuses of the
 * attributes; STATUS_DELETE_PENDING.
 */
NTSTATUS memory_create_for(const WDF_OBJECT_ATTRIBUTES *attributes, size_t size,
                           const void *creator, WDFMEMORY *memory, PVOID *buffer);

#endif
