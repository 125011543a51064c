/*
 * What METHOD_NEITHER leaves to the driver (S8.18 to S8.20): the client's addresses as they came,
 * and memory objects for what the driver probes and locks of it.
 *
 * A page of another process cannot be mapped into this one. "Locked" memory is a copy: taken when
 * it is locked, which is the probe at the same time, and written back, if it is for writing, when
 * the memory object goes, with the request at the latest. The client cannot change it while the
 * driver uses it.
 */
#include <stdlib.h>

#include <wdf.h>

#include "framework/object/apiresult.h"
#include "framework/io/copier.h"
#include "framework/io/buffer.h"
#include "framework/io/fileobject.h"
#include "framework/io/request.h"
#include "framework/object/verifier.h"
#include "port/log.h"

/* No client makes the daemon hold more than this for one lock. */
#define LOCK_MAX (16u * 1024 * 1024)

struct locked_memory {
    struct wdf_memory memory; /* a child of the request */
    struct wdf_request *request;
    uint64_t address; /* in the client */
    bool is_copy;     /* of the client's bytes there */
};

/* The opener of the file, whatever thread asks. */
static struct copier_client client_of(const struct wdf_request *request)
{
    const struct io_request *io = &request->io;
    struct copier_client client = {.thread = io->requestor_pid, .process = io->requestor_pid};
    if (io->file != NULL && io->file->opener_process != 0) {
        client.process = io->file->opener_process;
        client.user = io->file->opener_user;
    }
    return client;
}

/* The driver has done with it: a copy that it may have written goes back. */
static void locked_memory_dispose(struct wdf_object *object)
{
    const struct locked_memory *locked =
        CONTAINING_RECORD(object, struct locked_memory, memory.object);
    const struct wdf_memory *memory = &locked->memory;
    struct wdf_request *request = locked->request;
    if (!locked->is_copy || memory->is_read_only)
        return;
    const struct copier_client client = client_of(request);
    NTSTATUS status = copier_write(&client, locked->address, memory->buffer, memory->size);
    if (NT_SUCCESS(status))
        return;
    request->has_lost_data = true;
    log_warning_rarely("process %d has taken back %zu bytes at 0x%llx that a driver wrote for it",
                       (int)request->io.requestor_pid, memory->size,
                       (unsigned long long)locked->address);
}

static const struct object_class locked_memory_class = {
    .name = "WDFMEMORY",
    .base = &memory_class,
    .dispose = locked_memory_dispose,
    .free = memory_free,
};

/* S8.18, S5.20: these calls belong into EvtIoInCallerContext, at PASSIVE_LEVEL. */
static bool is_in_caller_context(const struct wdf_request *request, const char *rule,
                                 const char *function)
{
    if (request->in_caller_context && request->caller_thread == port_thread_self())
        return true;
    verifier_break(function, rule, "WDFREQUEST %p: only EvtIoInCallerContext may ask this",
                   (const void *)&request->object);
    return false;
}

/* ---- addresses ---- */

/*
 * The address that the driver is shown. A transport that does not know the client's own has brought
 * the bytes themselves, and theirs stands for it.
 */
static NTSTATUS input_address(struct wdf_request *request, PVOID *address)
{
    const struct io_request *io = &request->io;
    *address = io->is_by_address ? (PVOID)(uintptr_t)io->client_input : io->input;
    return STATUS_SUCCESS;
}

static NTSTATUS output_address(struct wdf_request *request, PVOID *address)
{
    const struct io_request *io = &request->io;
    if (!request_prepare_output(request))
        return STATUS_INSUFFICIENT_RESOURCES;
    *address = io->is_by_address ? (PVOID)(uintptr_t)io->client_output : io->output;
    return STATUS_SUCCESS;
}

/* S8.18, in that rule's order; what fails leaves *buffer NULL and *length 0. */
static NTSTATUS retrieve_unsafe(struct wdf_request *request, WDF_REQUEST_TYPE transfer,
                                size_t actual, size_t required, PVOID *buffer, size_t *length,
                                const char *function)
{
    *buffer = NULL;
    if (length != NULL)
        *length = 0;
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, function) ||
        !request_is_alive(request, function) || !is_in_caller_context(request, "S8.18", function))
        return STATUS_INVALID_DEVICE_REQUEST;
    WDF_REQUEST_TYPE type = request->io.type;
    if ((!io_is_control(type) && type != transfer) || request_method(request) != METHOD_NEITHER)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (actual < required) {
        request->io.input_was_short |= transfer == WdfRequestTypeWrite;
        return STATUS_BUFFER_TOO_SMALL;
    }

    NTSTATUS status = transfer == WdfRequestTypeWrite ? input_address(request, buffer)
                                                      : output_address(request, buffer);
    if (NT_SUCCESS(status) && length != NULL)
        *length = actual;
    return status;
}

NTSTATUS WdfRequestRetrieveUnsafeUserInputBuffer(WDFREQUEST Request, size_t MinimumRequiredLength,
                                                 PVOID *InputBuffer, size_t *Length)
{
    struct wdf_request *request = request_from_handle(Request);
    REQUIRE_PARAMETER(InputBuffer);
    return API_RESULT(retrieve_unsafe(request, WdfRequestTypeWrite, request->io.input_length,
                                      MinimumRequiredLength, InputBuffer, Length, __func__),
                      "S8.18");
}

NTSTATUS WdfRequestRetrieveUnsafeUserOutputBuffer(WDFREQUEST Request, size_t MinimumRequiredLength,
                                                  PVOID *OutputBuffer, size_t *Length)
{
    struct wdf_request *request = request_from_handle(Request);
    REQUIRE_PARAMETER(OutputBuffer);
    return API_RESULT(retrieve_unsafe(request, WdfRequestTypeRead, request->io.output_length,
                                      MinimumRequiredLength, OutputBuffer, Length, __func__),
                      "S8.18");
}

/* ---- probing and locking ---- */

static bool is_inside(const void *start, size_t size, const void *buffer, size_t length)
{
    uintptr_t offset = (uintptr_t)buffer - (uintptr_t)start;
    return start != NULL && offset <= size && length <= size - offset;
}

/* Bytes that the transport has brought, whose addresses the driver was shown. */
static bool is_here(const struct wdf_request *request, const void *buffer, size_t length)
{
    const struct io_request *io = &request->io;
    return is_inside(io->input, io->input_length, buffer, length) ||
           is_inside(io->output, io->output_length, buffer, length);
}

static NTSTATUS probe(const struct locked_memory *locked)
{
    const struct wdf_memory *memory = &locked->memory;
    const struct copier_client client = client_of(locked->request);
    return copier_probe(&client, locked->address, memory->buffer, memory->size,
                        !memory->is_read_only);
}

static struct locked_memory *allocate(struct wdf_request *request, void *buffer, size_t length,
                                      bool is_read_only)
{
    struct locked_memory *locked = object_allocate(sizeof(*locked), &locked_memory_class, NULL);
    if (locked == NULL)
        return NULL;
    locked->request = request;
    locked->address = (uintptr_t)buffer;
    locked->memory.size = length;
    locked->memory.is_read_only = is_read_only;
    if (is_here(request, buffer, length)) {
        locked->memory.kind = MEMORY_OF_REQUEST;
        locked->memory.buffer = buffer;
        return locked;
    }
    locked->is_copy = true;
    locked->memory.kind = MEMORY_ALLOCATED;
    locked->memory.buffer = malloc(length);
    if (locked->memory.buffer != NULL)
        return locked;
    object_discard(&locked->memory.object);
    return NULL;
}

static NTSTATUS lock(struct wdf_request *request, void *buffer, size_t length, bool is_read_only,
                     WDFMEMORY *result)
{
    struct locked_memory *locked =
        length <= LOCK_MAX ? allocate(request, buffer, length, is_read_only) : NULL;
    if (locked == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    struct wdf_object *object = &locked->memory.object;
    NTSTATUS status = locked->is_copy ? probe(locked) : STATUS_SUCCESS;
    if (NT_SUCCESS(status))
        status = object_attach(object, &request->object);
    if (!NT_SUCCESS(status)) {
        object_discard(object);
        return status;
    }
    *result = (WDFMEMORY)object;
    return STATUS_SUCCESS;
}

/* S8.19, in that rule's order. */
static NTSTATUS probe_and_lock(struct wdf_request *request, PVOID buffer, size_t length,
                               bool is_read_only, WDFMEMORY *memory, const char *function)
{
    if (object_is_of_umdf(&request->object))
        return STATUS_NOT_IMPLEMENTED;
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, function))
        return STATUS_INVALID_DEVICE_REQUEST;
    if (length == 0)
        return STATUS_INVALID_USER_BUFFER;
    if (!request_is_alive(request, function))
        return STATUS_INVALID_DEVICE_REQUEST;
    if (!is_in_caller_context(request, "S8.19", function))
        return STATUS_ACCESS_VIOLATION;
    return lock(request, buffer, length, is_read_only, memory);
}

NTSTATUS WdfRequestProbeAndLockUserBufferForRead(WDFREQUEST Request, PVOID Buffer, size_t Length,
                                                 WDFMEMORY *MemoryObject)
{
    struct wdf_request *request = request_from_handle(Request);
    REQUIRE_PARAMETER(MemoryObject);
    return API_RESULT(probe_and_lock(request, Buffer, Length, true, MemoryObject, __func__),
                      "S8.19");
}

NTSTATUS WdfRequestProbeAndLockUserBufferForWrite(WDFREQUEST Request, PVOID Buffer, size_t Length,
                                                  WDFMEMORY *MemoryObject)
{
    struct wdf_request *request = request_from_handle(Request);
    REQUIRE_PARAMETER(MemoryObject);
    return API_RESULT(probe_and_lock(request, Buffer, Length, false, MemoryObject, __func__),
                      "S8.19");
}
