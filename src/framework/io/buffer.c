/*
 * A request's buffers (S8.5-S8.16).
 *
 * Each request has memory of its own for its data. With METHOD_BUFFERED a device control's output
 * overwrites its input there (S8.14); otherwise, and for every driver of the user-mode framework
 * (S8.15), it lies behind it. The memory is kept from one use of the request to the next. Only a
 * long write to a device that does direct I/O stays in the transport's memory.
 *
 * What a driver does not write into an output buffer holds zeros, or with METHOD_BUFFERED the
 * client's own input, never what another client has left there.
 */
#include "framework/io/buffer.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <wdf.h>

#include "framework/object/apiresult.h"
#include "framework/io/fileobject.h"
#include "framework/io/heapload.h"
#include "framework/object/verifier.h"
#include "port/ioctl.h"

/* Makes sure that the request's own buffer holds that many bytes, keeping its contents. */
static bool reserve_buffer(struct wdf_request *request, size_t length)
{
    if (length <= request->buffer.capacity)
        return true;
    void *buffer = realloc(request->buffer.memory, length);
    if (buffer == NULL)
        return false;
    heapload_grow(length - request->buffer.capacity);
    request->buffer.memory = buffer;
    request->buffer.capacity = length;
    return true;
}

/* ---- how the data travel ---- */

unsigned io_control_method(const struct io_device *device, ULONG code)
{
    unsigned method = METHOD_FROM_CTL_CODE(code);
    bool is_umdf = device != NULL && device->is_umdf;
    return is_umdf && method != METHOD_IN_DIRECT ? METHOD_BUFFERED : method;
}

struct port_ioctl io_control_memory(const struct io_device *device, unsigned number)
{
    struct port_ioctl known;
    bool is_known = device->settings.has_native_controls && port_ioctl_find(number, &known);
    return is_known ? known : port_ioctl_said(number);
}

unsigned request_method(const struct wdf_request *request)
{
    const struct io_request *io = &request->io;
    const struct io_device *device = request->device;
    if (!io_is_control(io->type))
        return io->type == WdfRequestTypeRead ? device->read_method : device->write_method;
    /* A Linux code says nothing but direction and size. If it says not even that, all there is is
     * the argument. */
    if (io->is_native_control)
        return io_control_is_bare(io) ? METHOD_NEITHER : METHOD_BUFFERED;
    return io_control_method(device, io->control_code);
}

bool io_write_is_direct(const struct io_request *io)
{
    const struct io_device *device = CONTAINING_RECORD(io, const struct wdf_request, io)->device;
    bool is_kept_waiting = (io->open_flags & O_NONBLOCK) == 0;
    return is_kept_waiting && device->settings.transfer_type != WdfDeviceIoBuffered &&
           io->input_length >= device->settings.direct_threshold;
}

/* S8.14: a control with one buffer, which the driver may fill by whichever pointer it has asked
 * for. */
static bool is_one_buffer(const struct wdf_request *request)
{
    return io_is_control(request->io.type) && !request->device->is_umdf &&
           request_method(request) == METHOD_BUFFERED;
}

/* Where the output begins in the request's memory. */
static size_t output_offset(const struct io_request *io, bool is_in_one_buffer)
{
    if (!io_is_control(io->type) || is_in_one_buffer)
        return 0;
    return ALIGN_UP_BY(io->input_length, MEMORY_ALLOCATION_ALIGNMENT);
}

enum direction {
    INPUT,
    OUTPUT,
};

/* ---- making them ---- */

void *io_request_buffer(struct io_request *io, size_t length)
{
    struct wdf_request *request = request_from_io(io);
    request->buffer.reader = 0;
    return reserve_buffer(request, length) ? request->buffer.memory : NULL;
}

/* Input and output at once: neither may move once the driver has seen it. What is behind the input
 * in the one buffer is zeroed now: later it may be the driver's answer. */
bool io_request_control_buffers(struct io_request *io)
{
    struct wdf_request *request = request_from_io(io);
    bool is_in_one_buffer = is_one_buffer(request);
    size_t start = output_offset(io, is_in_one_buffer);
    size_t output_end = start + io->output_length;
    if (io_request_buffer(io, io->input_length > output_end ? io->input_length : output_end) ==
        NULL)
        return io->input_length == 0 && io->output_length == 0;
    if (is_in_one_buffer && io->output_length > io->input_length)
        memset((unsigned char *)request->buffer.memory + io->input_length, 0,
               io->output_length - io->input_length);
    if (io->input_length > 0)
        io->input = request->buffer.memory;
    if (io->output_length > 0 && !is_in_one_buffer && request_method(request) == METHOD_IN_DIRECT) {
        io->output = (unsigned char *)request->buffer.memory + start;
        io->output_is_data = true;
    }
    return true;
}

/* A direct read goes into memory that stands for the client's own: what this client has read before
 * may still be there. */
static bool holds_own_data(const struct wdf_request *request)
{
    const struct io_request *io = &request->io;
    return io->type == WdfRequestTypeRead && request->device->read_method == METHOD_OUT_DIRECT &&
           request->buffer.reader == io->file->serial &&
           io->output_length <= request->buffer.reader_size;
}

bool request_make_output(struct wdf_request *request)
{
    struct io_request *io = &request->io;
    if (io->transport->make_output != NULL)
        return io->transport->make_output(io);
    bool is_in_one_buffer = is_one_buffer(request);
    size_t start = output_offset(io, is_in_one_buffer);
    if (!reserve_buffer(request, start + io->output_length))
        return false;
    if (request->buffer.memory == NULL)
        return true;
    unsigned char *output = (unsigned char *)request->buffer.memory + start;
    io->output = output;
    if (is_in_one_buffer || holds_own_data(request))
        return true;
    if (io->output_length > 0)
        memset(output, 0, io->output_length);
    request->buffer.reader = io->type == WdfRequestTypeRead ? io->file->serial : 0;
    request->buffer.reader_size = io->output_length;
    return true;
}

/* ---- what the driver gets ---- */

/* S8.8, S8.9: the first question to every call. */
static inline NTSTATUS check_direction(const struct wdf_request *request, enum direction direction,
                                       const char *function)
{
    WDF_REQUEST_TYPE type = request->io.type;
    if (type == (direction == INPUT ? WdfRequestTypeWrite : WdfRequestTypeRead) ||
        io_is_control(type))
        return STATUS_SUCCESS;
    if (type != WdfRequestTypeWrite && type != WdfRequestTypeRead)
        verifier_break(function, "S8.9", "a %s request has no data", request_type_name(type));
    return STATUS_INVALID_DEVICE_REQUEST;
}

static size_t transfer_length(const struct wdf_request *request, enum direction direction)
{
    return direction == INPUT ? request->io.input_length : request->io.output_length;
}

static NTSTATUS too_small(struct wdf_request *request, enum direction direction)
{
    if (direction == INPUT)
        request->io.input_was_short = true;
    return STATUS_BUFFER_TOO_SMALL;
}

/* S8.6, S8.10, S8.13: in this order. */
static inline NTSTATUS check_transfer(struct wdf_request *request, enum direction direction,
                                      const char *function)
{
    NTSTATUS status = check_direction(request, direction, function);
    if (!NT_SUCCESS(status))
        return status;
    if (transfer_length(request, direction) == 0)
        return too_small(request, direction);
    return request_method(request) == METHOD_NEITHER ? STATUS_INVALID_DEVICE_REQUEST
                                                     : STATUS_SUCCESS;
}

/* The bytes themselves, which are there for every request that check_transfer lets through. */
static NTSTATUS locate(struct wdf_request *request, enum direction direction, void **address)
{
    if (direction == OUTPUT && !request_prepare_output(request))
        return STATUS_INSUFFICIENT_RESOURCES;
    *address = direction == INPUT ? request->io.input : request->io.output;
    return STATUS_SUCCESS;
}

static inline NTSTATUS retrieve(struct wdf_request *request, enum direction direction,
                                void **buffer, const char *function)
{
    if (!request_is_alive(request, function))
        return STATUS_INVALID_DEVICE_REQUEST; /* S8.12 */
    NTSTATUS status = check_transfer(request, direction, function);
    return NT_SUCCESS(status) ? locate(request, direction, buffer) : status;
}

static NTSTATUS retrieve_buffer(struct wdf_request *request, enum direction direction,
                                size_t required, PVOID *buffer, size_t *length,
                                const char *function)
{
    void *address = NULL;
    size_t actual = transfer_length(request, direction);
    NTSTATUS status = retrieve(request, direction, &address, function);
    if (NT_SUCCESS(status) && actual < required)
        status = too_small(request, direction); /* S8.7 */

    if (!NT_SUCCESS(status)) {
        address = NULL;
        actual = 0;
    }
    *buffer = address;
    if (length != NULL)
        *length = actual;
    return status;
}

/* S8.16: data that flow into the device. Every control of a UMDF driver looks buffered (S8.15). */
static bool is_read_only(const struct wdf_request *request, enum direction direction)
{
    if (!io_is_control(request->io.type))
        return direction == INPUT;
    if (request->device->is_umdf)
        return false;
    unsigned method = request_method(request);
    return method == METHOD_IN_DIRECT || (method == METHOD_OUT_DIRECT && direction == INPUT);
}

/* S8.11: the embedded WDFMEMORY, made at the first call and the same in every further one. */
static NTSTATUS retrieve_memory(struct wdf_request *request, enum direction direction,
                                WDFMEMORY *result, const char *function)
{
    void *address = NULL;
    NTSTATUS status = retrieve(request, direction, &address, function);
    if (!NT_SUCCESS(status))
        return status;

    struct wdf_memory *memory =
        direction == INPUT ? &request->input_memory : &request->output_memory;
    if (memory->object.class == NULL) {
        object_init_embedded(&memory->object, &memory_class, &request->object);
        memory->kind = MEMORY_OF_REQUEST;
        memory->buffer = address;
        memory->size = transfer_length(request, direction);
        memory->is_read_only = is_read_only(request, direction);
    }
    *result = (WDFMEMORY)&memory->object;
    return STATUS_SUCCESS;
}

/*
 * S8.17. An MDL describes the same bytes as the other calls give. A METHOD_BUFFERED control has one
 * for its one buffer, and the first call fixes its length.
 */
static NTSTATUS retrieve_mdl(struct wdf_request *request, enum direction direction, PMDL *result,
                             const char *function)
{
    *result = NULL;
    if (!request_is_alive(request, function))
        return STATUS_INVALID_DEVICE_REQUEST;
    WDF_REQUEST_TYPE type = request->io.type;
    if (type != WdfRequestTypeRead && type != WdfRequestTypeWrite && !io_is_control(type))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = check_direction(request, direction, function);
    if (!NT_SUCCESS(status))
        return status;
    if (request_method(request) == METHOD_NEITHER)
        return STATUS_INVALID_DEVICE_REQUEST; /* here this comes before the length */
    void *address = NULL;
    status = retrieve(request, direction, &address, function);
    if (!NT_SUCCESS(status))
        return status;

    bool is_shared = request_method(request) == METHOD_BUFFERED;
    PMDL mdl = direction == INPUT || is_shared ? &request->input_mdl : &request->output_mdl;
    if (mdl->MdlFlags == 0) {
        MmInitializeMdl(mdl, address, transfer_length(request, direction));
        MmBuildMdlForNonPagedPool(mdl);
    }
    *result = mdl;
    return STATUS_SUCCESS;
}

NTSTATUS WdfRequestRetrieveInputBuffer(WDFREQUEST Request, size_t MinimumRequiredLength,
                                       PVOID *Buffer, size_t *Length)
{
    struct wdf_request *request = request_from_handle(Request);
    REQUIRE_PARAMETER(Buffer);
    return API_RESULT(
        retrieve_buffer(request, INPUT, MinimumRequiredLength, Buffer, Length, __func__), "S8.5");
}

NTSTATUS WdfRequestRetrieveOutputBuffer(WDFREQUEST Request, size_t MinimumRequiredSize,
                                        PVOID *Buffer, size_t *Length)
{
    struct wdf_request *request = request_from_handle(Request);
    REQUIRE_PARAMETER(Buffer);
    return API_RESULT(
        retrieve_buffer(request, OUTPUT, MinimumRequiredSize, Buffer, Length, __func__), "S8.5");
}

NTSTATUS WdfRequestRetrieveInputMemory(WDFREQUEST Request, WDFMEMORY *Memory)
{
    struct wdf_request *request = request_from_handle(Request);
    REQUIRE_PARAMETER(Memory);
    return API_RESULT(retrieve_memory(request, INPUT, Memory, __func__), "S8.5");
}

NTSTATUS WdfRequestRetrieveOutputMemory(WDFREQUEST Request, WDFMEMORY *Memory)
{
    struct wdf_request *request = request_from_handle(Request);
    REQUIRE_PARAMETER(Memory);
    return API_RESULT(retrieve_memory(request, OUTPUT, Memory, __func__), "S8.5");
}

NTSTATUS WdfRequestRetrieveInputWdmMdl(WDFREQUEST Request, PMDL *Mdl)
{
    struct wdf_request *request = request_from_handle(Request);
    REQUIRE_PARAMETER(Mdl);
    return API_RESULT(retrieve_mdl(request, INPUT, Mdl, __func__), "S8.5");
}

NTSTATUS WdfRequestRetrieveOutputWdmMdl(WDFREQUEST Request, PMDL *Mdl)
{
    struct wdf_request *request = request_from_handle(Request);
    REQUIRE_PARAMETER(Mdl);
    return API_RESULT(retrieve_mdl(request, OUTPUT, Mdl, __func__), "S8.5");
}
