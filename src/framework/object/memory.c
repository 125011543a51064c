/* WDFMEMORY. See memory.h. */
#include "framework/object/memory.h"

#include <stdlib.h>
#include <string.h>

#include <wdf.h>

#include "framework/object/apiresult.h"
#include "framework/object/creation.h"
#include "framework/object/lookaside.h"
#include "framework/object/verifier.h"

void memory_free(struct wdf_object *object)
{
    struct wdf_memory *memory = CONTAINING_RECORD(object, struct wdf_memory, object);
    if (memory->kind == MEMORY_FROM_LOOKASIDE) {
        lookaside_put(memory);
        return;
    }
    if (memory->kind == MEMORY_ALLOCATED)
        free(memory->buffer);
    free(memory);
}

const struct object_class memory_class = {
    .name = "WDFMEMORY",
    .free = memory_free,
};

/* An object around a buffer that is there already; an allocated one is freed on failure. */
static NTSTATUS create(const WDF_OBJECT_ATTRIBUTES *attributes, enum memory_kind kind, void *buffer,
                       size_t size, const void *creator, WDFMEMORY *result)
{
    struct wdf_object *object;
    NTSTATUS status = creation_allocate_for(sizeof(struct wdf_memory), &memory_class, attributes, 0,
                                            creator, &object);
    if (!NT_SUCCESS(status)) {
        if (kind == MEMORY_ALLOCATED)
            free(buffer);
        return status;
    }
    struct wdf_memory *memory = CONTAINING_RECORD(object, struct wdf_memory, object);
    memory->kind = kind;
    memory->buffer = buffer;
    memory->size = size;
    status = creation_adopt(object, attributes);
    if (NT_SUCCESS(status))
        *result = (WDFMEMORY)object;
    return status;
}

NTSTATUS memory_create_for(const WDF_OBJECT_ATTRIBUTES *attributes, size_t size,
                           const void *creator, WDFMEMORY *memory, PVOID *buffer)
{
    void *allocated = malloc(size);
    if (allocated == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS status = create(attributes, MEMORY_ALLOCATED, allocated, size, creator, memory);
    if (NT_SUCCESS(status) && buffer != NULL)
        *buffer = allocated;
    return status;
}

NTSTATUS WdfMemoryCreate(PWDF_OBJECT_ATTRIBUTES Attributes, POOL_TYPE PoolType, ULONG PoolTag,
                         size_t BufferSize, WDFMEMORY *Memory, PVOID *Buffer)
{
    UNREFERENCED_PARAMETER(
        PoolTag); /* one heap serves every pool, and nobody looks for tags in it */
    REQUIRE_PARAMETER(Memory);
    *Memory = NULL;
    if (Buffer != NULL)
        *Buffer = NULL;
    if (!verifier_irql_is_at_most((PoolType & PagedPool) != 0 ? APC_LEVEL : DISPATCH_LEVEL,
                                  __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S8.22");
    NTSTATUS status = attributes_validate(Attributes, 0);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S8.22");
    if (BufferSize == 0)
        return API_RESULT(STATUS_INVALID_PARAMETER, "S8.22");

    return API_RESULT(
        memory_create_for(Attributes, BufferSize, __builtin_return_address(0), Memory, Buffer),
        "S8.22");
}

NTSTATUS WdfMemoryCreatePreallocated(PWDF_OBJECT_ATTRIBUTES Attributes, PVOID Buffer,
                                     size_t BufferSize, WDFMEMORY *Memory)
{
    REQUIRE_PARAMETER(Buffer);
    REQUIRE_PARAMETER(Memory);
    *Memory = NULL;
    NTSTATUS status = attributes_validate(Attributes, 0);
    if (NT_SUCCESS(status) && BufferSize == 0)
        status = STATUS_INVALID_PARAMETER;
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S8.23");
    return API_RESULT(create(Attributes, MEMORY_PREALLOCATED, Buffer, BufferSize,
                             __builtin_return_address(0), Memory),
                      "S8.23");
}

NTSTATUS WdfMemoryAssignBuffer(WDFMEMORY Memory, PVOID Buffer, size_t BufferSize)
{
    struct wdf_memory *memory = memory_from_handle(Memory);
    REQUIRE_PARAMETER(Buffer);
    if (memory->kind != MEMORY_PREALLOCATED)
        verifier_bugcheck(WDF_INVALID_HANDLE, __func__,
                          "WDFMEMORY %p was not created by WdfMemoryCreatePreallocated (S8.23)",
                          (void *)Memory);
    if (BufferSize == 0)
        return API_RESULT(STATUS_INVALID_PARAMETER, "S8.23");
    memory->buffer = Buffer;
    memory->size = BufferSize;
    return STATUS_SUCCESS;
}

PVOID WdfMemoryGetBuffer(WDFMEMORY Memory, size_t *BufferSize)
{
    struct wdf_memory *memory = memory_from_handle(Memory);
    if (BufferSize != NULL)
        *BufferSize = memory->size;
    return memory->buffer;
}

static bool range_is_inside(const struct wdf_memory *memory, size_t offset, size_t length)
{
    return offset <= memory->size && length <= memory->size - offset;
}

NTSTATUS WdfMemoryCopyToBuffer(WDFMEMORY SourceMemory, size_t SourceOffset, PVOID Buffer,
                               size_t NumBytesToCopyTo)
{
    struct wdf_memory *memory = memory_from_handle(SourceMemory);
    REQUIRE_PARAMETER(Buffer);
    if (NumBytesToCopyTo == 0)
        return API_RESULT(STATUS_INVALID_PARAMETER, "S8.25");
    if (!range_is_inside(memory, SourceOffset, NumBytesToCopyTo))
        return API_RESULT(STATUS_BUFFER_TOO_SMALL, "S8.25");
    memmove(Buffer, (const unsigned char *)memory->buffer + SourceOffset, NumBytesToCopyTo);
    return STATUS_SUCCESS;
}

NTSTATUS WdfMemoryCopyFromBuffer(WDFMEMORY DestinationMemory, size_t DestinationOffset,
                                 PVOID Buffer, size_t NumBytesToCopyFrom)
{
    struct wdf_memory *memory = memory_from_handle(DestinationMemory);
    REQUIRE_PARAMETER(Buffer);
    if (NumBytesToCopyFrom == 0)
        return API_RESULT(STATUS_INVALID_PARAMETER, "S8.25");
    if (memory->is_read_only) {
        verifier_break(__func__, "S8.16", "WDFMEMORY %p is a write's data and is read-only",
                       (void *)DestinationMemory);
        return API_RESULT(STATUS_ACCESS_VIOLATION, "S8.25");
    }
    if (!range_is_inside(memory, DestinationOffset, NumBytesToCopyFrom))
        return API_RESULT(STATUS_INVALID_BUFFER_SIZE, "S8.25");
    memmove((unsigned char *)memory->buffer + DestinationOffset, Buffer, NumBytesToCopyFrom);
    return STATUS_SUCCESS;
}
