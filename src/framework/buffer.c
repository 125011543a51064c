/*
 * A request's buffers (S8.5-S8.14).
 *
 * Each request has one buffer of its own, the system buffer: a write's data, a read's answer, or both for a
 * device control, where output overwrites input (S8.14) or follows it (S8.15). It is kept from one use of the
 * request's memory to the next.
 */
#include "framework/request.h"

#include <stdlib.h>
#include <string.h>

#include <wdf.h>

#include "framework/verifier.h"

bool request_reserve_buffer(struct wdf_request *request, size_t length)
{
    if (length <= request->buffer_capacity)
        return true;
    void *buffer = realloc(request->buffer, length);
    if (buffer == NULL)
        return false;
    request->buffer = buffer;
    request->buffer_capacity = length;
    return true;
}

size_t request_output_offset(const struct wdf_request *request)
{
    bool is_apart = driver_is_umdf() && request->io.type == WdfRequestTypeDeviceControl;
    return is_apart ? ALIGN_UP_BY(request->io.input_length, MEMORY_ALLOCATION_ALIGNMENT) : 0;
}

void *io_request_buffer(struct io_request *io, size_t length)
{
    struct wdf_request *request = request_from_io(io);
    return request_reserve_buffer(request, length) ? request->buffer : NULL;
}

enum direction {
    INPUT,
    OUTPUT,
};

/* S8.8, S8.9, S8.13: whether a request of that type has data in that direction, and how much. */
static NTSTATUS transfer_length(const struct wdf_request *request, enum direction direction, size_t *length)
{
    const struct io_request *io = &request->io;
    bool is_control = io->type == WdfRequestTypeDeviceControl;
    bool has_direction =
        is_control || io->type == (direction == INPUT ? WdfRequestTypeWrite : WdfRequestTypeRead);
    if (!has_direction)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (!is_control && request->device->init.io_type == WdfDeviceIoNeither)
        return STATUS_INVALID_DEVICE_REQUEST;
    *length = direction == INPUT ? io->input_length : io->output_length;
    return *length > 0 ? STATUS_SUCCESS : STATUS_BUFFER_TOO_SMALL; /* S8.6 */
}

bool request_prepare_output(struct wdf_request *request)
{
    struct io_request *io = &request->io;
    if (io->output != NULL)
        return true;
    size_t start = request_output_offset(request);
    size_t kept = io->type == WdfRequestTypeDeviceControl && start == 0 ? io->input_length : 0;
    if (!request_reserve_buffer(request, start + io->output_length))
        return false;
    unsigned char *output = (unsigned char *)request->buffer + start;
    if (io->output_length > kept)
        memset(output + kept, 0, io->output_length - kept);
    io->output = output;
    return true;
}

static NTSTATUS retrieve(struct wdf_request *request, enum direction direction, void **buffer, size_t *length,
                         const char *function)
{
    if (!request_is_alive(request, function))
        return STATUS_INVALID_DEVICE_REQUEST; /* S8.12 */
    NTSTATUS status = transfer_length(request, direction, length);
    if (NT_SUCCESS(status) && direction == OUTPUT && !request_prepare_output(request))
        status = STATUS_INSUFFICIENT_RESOURCES;
    if (NT_SUCCESS(status))
        *buffer = direction == INPUT ? request->io.input : request->io.output;
    return status;
}

static NTSTATUS retrieve_buffer(struct wdf_request *request, enum direction direction, size_t required,
                                PVOID *buffer, size_t *length, const char *function)
{
    void *address = NULL;
    size_t actual = 0;
    NTSTATUS status = retrieve(request, direction, &address, &actual, function);
    if (NT_SUCCESS(status) && actual < required)
        status = STATUS_BUFFER_TOO_SMALL; /* S8.7 */

    bool is_good = NT_SUCCESS(status);
    *buffer = is_good ? address : NULL;
    if (length != NULL)
        *length = is_good ? actual : 0;
    return status;
}

/* S8.11: the embedded WDFMEMORY, made at the first call and the same in every further one. */
static NTSTATUS retrieve_memory(struct wdf_request *request, enum direction direction, WDFMEMORY *result,
                                const char *function)
{
    void *address = NULL;
    size_t length = 0;
    NTSTATUS status = retrieve(request, direction, &address, &length, function);
    if (!NT_SUCCESS(status))
        return status;

    struct wdf_memory *memory = direction == INPUT ? &request->input_memory : &request->output_memory;
    if (memory->object.class == NULL) {
        object_init_embedded(&memory->object, &memory_class, &request->object);
        memory->kind = MEMORY_OF_REQUEST;
        memory->buffer = address;
        memory->size = length;
        memory->is_read_only = direction == INPUT && request->io.type == WdfRequestTypeWrite; /* S8.16 */
    }
    *result = (WDFMEMORY)&memory->object;
    return STATUS_SUCCESS;
}

NTSTATUS WdfRequestRetrieveInputBuffer(WDFREQUEST Request, size_t MinimumRequiredLength, PVOID *Buffer,
                                       size_t *Length)
{
    struct wdf_request *request = request_from_handle(Request);
    REQUIRE_PARAMETER(Buffer);
    return retrieve_buffer(request, INPUT, MinimumRequiredLength, Buffer, Length, __func__);
}

NTSTATUS WdfRequestRetrieveOutputBuffer(WDFREQUEST Request, size_t MinimumRequiredSize, PVOID *Buffer,
                                        size_t *Length)
{
    struct wdf_request *request = request_from_handle(Request);
    REQUIRE_PARAMETER(Buffer);
    return retrieve_buffer(request, OUTPUT, MinimumRequiredSize, Buffer, Length, __func__);
}

NTSTATUS WdfRequestRetrieveInputMemory(WDFREQUEST Request, WDFMEMORY *Memory)
{
    struct wdf_request *request = request_from_handle(Request);
    REQUIRE_PARAMETER(Memory);
    return retrieve_memory(request, INPUT, Memory, __func__);
}

NTSTATUS WdfRequestRetrieveOutputMemory(WDFREQUEST Request, WDFMEMORY *Memory)
{
    struct wdf_request *request = request_from_handle(Request);
    REQUIRE_PARAMETER(Memory);
    return retrieve_memory(request, OUTPUT, Memory, __func__);
}
