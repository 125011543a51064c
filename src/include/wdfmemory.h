/*
 * Memory objects: a buffer that knows its length and belongs to an object (S8.22 to S8.26).
 */
#ifndef WDFMEMORY_H
#define WDFMEMORY_H

#include <wdfobject.h>

WDF_EXTERN_C_START

/* A part of a memory object, in bytes. */
typedef struct _WDFMEMORY_OFFSET {
    size_t BufferOffset;
    size_t BufferLength;
} WDFMEMORY_OFFSET, *PWDFMEMORY_OFFSET;

/*
 * WdfMemoryCreate: allocates a buffer and an object that owns it; not zeroed (S8.22).
 *   Attributes  optional; the parent is the driver unless they name another.
 *   PoolTag     0: the driver's tag.
 *   BufferSize  in bytes.
 *   Memory      receives the handle; the buffer is freed with it.
 *   Buffer      optional, receives the address.
 * IRQL <= DISPATCH_LEVEL; paged memory <= APC_LEVEL. Returns STATUS_SUCCESS;
 * STATUS_INVALID_PARAMETER: BufferSize 0; STATUS_INSUFFICIENT_RESOURCES (S8.22);
 * STATUS_INVALID_DEVICE_REQUEST: paged memory above APC_LEVEL; refusals of the attributes (S1.25).
 */
NTSTATUS WdfMemoryCreate(PWDF_OBJECT_ATTRIBUTES Attributes, POOL_TYPE PoolType, ULONG PoolTag,
                         size_t BufferSize, WDFMEMORY *Memory, PVOID *Buffer);

/*
 * WdfMemoryCreatePreallocated: creates an object for a buffer of the driver, which the object never
 * frees (S8.23).
 *   Buffer, BufferSize  must outlive the object; in bytes.
 * IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; STATUS_INVALID_PARAMETER: BufferSize 0;
 * STATUS_INSUFFICIENT_RESOURCES (S8.23); refusals of the attributes (S1.25).
 */
NTSTATUS WdfMemoryCreatePreallocated(PWDF_OBJECT_ATTRIBUTES Attributes, PVOID Buffer,
                                     size_t BufferSize, WDFMEMORY *Memory);

/*
 * WdfMemoryAssignBuffer: gives such an object another buffer; memory of another kind is a bug check
 * (S8.23). IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; STATUS_INVALID_PARAMETER: BufferSize 0
 * (S8.23).
 */
NTSTATUS WdfMemoryAssignBuffer(WDFMEMORY Memory, PVOID Buffer, size_t BufferSize);

/*
 * WdfMemoryGetBuffer: the buffer and, if BufferSize is not NULL, its length in bytes (S8.24). IRQL
 * <= DISPATCH_LEVEL.
 */
PVOID WdfMemoryGetBuffer(WDFMEMORY Memory, size_t *BufferSize);

/*
 * WdfMemoryCopyToBuffer: copies from a memory object to a buffer of the caller. Lengths and offsets
 * in bytes. IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; STATUS_INVALID_PARAMETER: nothing to
 * copy, or memory without a buffer; STATUS_BUFFER_TOO_SMALL: beyond the end of the memory (all
 * S8.25).
 */
NTSTATUS WdfMemoryCopyToBuffer(WDFMEMORY SourceMemory, size_t SourceOffset, PVOID Buffer,
                               size_t NumBytesToCopyTo);

/*
 * WdfMemoryCopyFromBuffer: copies from a buffer of the caller to a memory object. IRQL <=
 * DISPATCH_LEVEL. Returns STATUS_SUCCESS; STATUS_INVALID_PARAMETER: nothing to copy;
 * STATUS_INVALID_BUFFER_SIZE: beyond the end of the memory; STATUS_ACCESS_VIOLATION: it is
 * read-only (all S8.25, S8.16).
 */
NTSTATUS WdfMemoryCopyFromBuffer(WDFMEMORY DestinationMemory, size_t DestinationOffset,
                                 PVOID Buffer, size_t NumBytesToCopyFrom);

#ifndef UMDF_VERSION_MAJOR
/*
 * WdfLookasideListCreate: creates a list that keeps memory objects of one size for their next use
 * (S8.27).
 *   LookasideAttributes  optional; the parent is the driver unless they name another.
 *   BufferSize           of each memory object, in bytes.
 *   MemoryAttributes     optional; those of each memory object: parent (default the driver),
 *                        context, callbacks.
 *   PoolTag              0: the driver's tag.
 *   Lookaside            receives the handle.
 * IRQL <= DISPATCH_LEVEL; paged memory <= APC_LEVEL. Returns STATUS_SUCCESS;
 * STATUS_INVALID_PARAMETER: BufferSize 0, or a paged list and its memory that belong to different
 * devices; STATUS_INSUFFICIENT_RESOURCES (all S8.27); STATUS_INVALID_DEVICE_REQUEST: a paged list
 * above APC_LEVEL; refusals of the attributes (S1.25).
 */
NTSTATUS WdfLookasideListCreate(PWDF_OBJECT_ATTRIBUTES LookasideAttributes, size_t BufferSize,
                                POOL_TYPE PoolType, PWDF_OBJECT_ATTRIBUTES MemoryAttributes,
                                ULONG PoolTag, WDFLOOKASIDE *Lookaside);

/*
 * WdfMemoryCreateFromLookaside: takes a memory object from the list. Its contexts are zeroed, its
 * buffer holds whatever it held before; deleting it returns it to the list (S8.28). IRQL <=
 * DISPATCH_LEVEL;
 * a paged list <= APC_LEVEL. Returns STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES;
 * STATUS_DELETE_PENDING: the parent is being deleted; STATUS_INVALID_DEVICE_REQUEST: a paged list
 * above APC_LEVEL.
 */
NTSTATUS WdfMemoryCreateFromLookaside(WDFLOOKASIDE Lookaside, WDFMEMORY *Memory);
#endif

/* Memory as functions that send requests take it: an address, an MDL or a memory object
 * (S10.32). */
typedef enum _WDF_MEMORY_DESCRIPTOR_TYPE {
    WdfMemoryDescriptorTypeInvalid = 0,
    WdfMemoryDescriptorTypeBuffer,
    WdfMemoryDescriptorTypeMdl,
    WdfMemoryDescriptorTypeHandle,
} WDF_MEMORY_DESCRIPTOR_TYPE;

typedef struct _WDF_MEMORY_DESCRIPTOR {
    WDF_MEMORY_DESCRIPTOR_TYPE Type;
    union {
        struct {
            PVOID Buffer;
            ULONG Length;
        } BufferType;
        struct {
            PMDL Mdl;
            ULONG BufferLength;
        } MdlType;
        struct {
            WDFMEMORY Memory;
            PWDFMEMORY_OFFSET Offsets;
        } HandleType;
    } u;
} WDF_MEMORY_DESCRIPTOR, *PWDF_MEMORY_DESCRIPTOR;

/* WDF_MEMORY_DESCRIPTOR_INIT_BUFFER: a buffer of the driver; its length in bytes. */
FORCEINLINE VOID WDF_MEMORY_DESCRIPTOR_INIT_BUFFER(PWDF_MEMORY_DESCRIPTOR Descriptor, PVOID Buffer,
                                                   ULONG BufferLength)
{
    RtlZeroMemory(Descriptor, sizeof(*Descriptor));
    Descriptor->Type = WdfMemoryDescriptorTypeBuffer;
    Descriptor->u.BufferType.Buffer = Buffer;
    Descriptor->u.BufferType.Length = BufferLength;
}

/* WDF_MEMORY_DESCRIPTOR_INIT_HANDLE: a memory object, or with Offsets a part of it. Offsets must
 * stay. */
FORCEINLINE VOID WDF_MEMORY_DESCRIPTOR_INIT_HANDLE(PWDF_MEMORY_DESCRIPTOR Descriptor,
                                                   WDFMEMORY Memory, PWDFMEMORY_OFFSET Offsets)
{
    RtlZeroMemory(Descriptor, sizeof(*Descriptor));
    Descriptor->Type = WdfMemoryDescriptorTypeHandle;
    Descriptor->u.HandleType.Memory = Memory;
    Descriptor->u.HandleType.Offsets = Offsets;
}

/* WDF_MEMORY_DESCRIPTOR_INIT_MDL: what an MDL describes, or its first BufferLength bytes. */
FORCEINLINE VOID WDF_MEMORY_DESCRIPTOR_INIT_MDL(PWDF_MEMORY_DESCRIPTOR Descriptor, PMDL Mdl,
                                                ULONG BufferLength)
{
    RtlZeroMemory(Descriptor, sizeof(*Descriptor));
    Descriptor->Type = WdfMemoryDescriptorTypeMdl;
    Descriptor->u.MdlType.Mdl = Mdl;
    Descriptor->u.MdlType.BufferLength = BufferLength;
}

WDF_EXTERN_C_END

#endif
