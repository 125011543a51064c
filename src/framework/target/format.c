/* See format.h. */
#include "framework/target/format.h"

#include <wdf.h>

#include "framework/object/apiresult.h"
#include "framework/object/memory.h"
#include "framework/object/verifier.h"

/* ---- buffers ---- */

static void release_buffer(struct sent_buffer *buffer)
{
    if (buffer->memory != NULL)
        object_release(&buffer->memory->object);
    *buffer = (struct sent_buffer){0};
}

static void keep_buffer(struct sent_buffer *kept, const struct sent_buffer *buffer)
{
    *kept = *buffer;
    if (kept->memory != NULL)
        object_reference(&kept->memory->object);
}

NTSTATUS format_find_range(WDFMEMORY handle, const WDFMEMORY_OFFSET *range,
                           struct sent_buffer *buffer, const char *function)
{
    *buffer = (struct sent_buffer){0};
    if (handle == NULL)
        return STATUS_SUCCESS;
    struct wdf_memory *memory = CONTAINING_RECORD(
        object_from_handle(handle, &memory_class, function), struct wdf_memory, object);
    size_t offset = range != NULL ? range->BufferOffset : 0;
    if (offset > memory->size)
        return STATUS_INTEGER_OVERFLOW;
    size_t length =
        range != NULL && range->BufferLength > 0 ? range->BufferLength : memory->size - offset;
    if (length > memory->size - offset)
        return STATUS_INTEGER_OVERFLOW;
    *buffer =
        (struct sent_buffer){memory, (unsigned char *)memory->buffer + offset, offset, length};
    return STATUS_SUCCESS;
}

/* ---- formats ---- */

void format_release(struct sent *sent)
{
    release_buffer(&sent->input);
    release_buffer(&sent->output);
    release_buffer(&sent->fourth);
    sent->format = FORMAT_NONE;
    sent->has_arguments = false;
}

void format_transfer(struct sent *sent, WDF_REQUEST_TYPE type, const struct sent_buffer *buffer,
                     uint64_t device_offset)
{
    format_release(sent);
    sent->format = FORMAT_NEW;
    sent->type = type;
    sent->device_offset = device_offset;
    keep_buffer(type == WdfRequestTypeRead ? &sent->output : &sent->input, buffer);
}

void format_control(struct sent *sent, WDF_REQUEST_TYPE type, ULONG code,
                    const struct sent_buffer *input, const struct sent_buffer *output)
{
    format_release(sent);
    sent->format = FORMAT_NEW;
    sent->type = type;
    sent->control_code = code;
    keep_buffer(&sent->input, input);
    keep_buffer(&sent->output, output);
}

void format_arguments(struct sent *sent, ULONG code, const struct sent_buffer arguments[3])
{
    format_control(sent, WdfRequestTypeDeviceControlInternal, code, &arguments[0], &arguments[1]);
    keep_buffer(&sent->fourth, &arguments[2]);
    sent->has_arguments = true;
}

/* ---- completion parameters ---- */

static WDFMEMORY handle_of(const struct sent_buffer *buffer)
{
    return buffer->memory != NULL ? (WDFMEMORY)&buffer->memory->object : NULL;
}

static void describe_arguments(const struct sent *sent, WDF_REQUEST_COMPLETION_PARAMS *params)
{
    params->Type = WdfRequestTypeOther;
    params->Parameters.Others.Argument1.Ptr = sent->input.address;
    params->Parameters.Others.Argument2.Ptr = sent->output.address;
    params->Parameters.Others.Argument3.Value = sent->control_code;
    params->Parameters.Others.Argument4.Ptr = sent->fourth.address;
}

static void describe_control(const struct sent *sent, WDF_REQUEST_COMPLETION_PARAMS *params)
{
    params->Parameters.Ioctl.IoControlCode = sent->control_code;
    params->Parameters.Ioctl.Input.Buffer = handle_of(&sent->input);
    params->Parameters.Ioctl.Input.Offset = sent->input.offset;
    params->Parameters.Ioctl.Output.Buffer = handle_of(&sent->output);
    params->Parameters.Ioctl.Output.Offset = sent->output.offset;
    params->Parameters.Ioctl.Output.Length = sent->information;
}

void format_describe_completion(const struct sent *sent, WDF_REQUEST_COMPLETION_PARAMS *params)
{
    WDF_REQUEST_COMPLETION_PARAMS_INIT(params);
    params->IoStatus.Status = sent->status;
    params->IoStatus.Information = sent->information;
    if (sent->format != FORMAT_NEW)
        return;
    params->Type = sent->type;
    if (sent->has_arguments) {
        describe_arguments(sent, params);
    } else if (sent->type == WdfRequestTypeRead) {
        params->Parameters.Read.Buffer = handle_of(&sent->output);
        params->Parameters.Read.Length = sent->information;
        params->Parameters.Read.Offset = sent->output.offset;
    } else if (sent->type == WdfRequestTypeWrite) {
        params->Parameters.Write.Buffer = handle_of(&sent->input);
        params->Parameters.Write.Length = sent->information;
        params->Parameters.Write.Offset = sent->input.offset;
    } else {
        describe_control(sent, params);
    }
}

/* ---- WdfIoTargetFormatRequestFor... ---- */

/* S10.27: whether something can be formatted for it at all. */
static NTSTATUS prepare(WDFIOTARGET handle, WDFREQUEST request_h, const char *function,
                        struct sent **result)
{
    struct wdf_target *target = CONTAINING_RECORD(
        object_from_handle(handle, &target_class, function), struct wdf_target, object);
    struct wdf_request *request = request_from_handle_at(request_h, function);
    if (!request_is_alive(request, function))
        return STATUS_INVALID_DEVICE_REQUEST;
    if (!target_is_open(target))
        return STATUS_INVALID_DEVICE_STATE;
    *result = sent_of(request);
    return *result != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static NTSTATUS format_for_transfer(WDFIOTARGET target, WDFREQUEST request, WDF_REQUEST_TYPE type,
                                    WDFMEMORY memory, const WDFMEMORY_OFFSET *range,
                                    const LONGLONG *device_offset, const char *function)
{
    struct sent *sent;
    struct sent_buffer buffer;
    NTSTATUS status = prepare(target, request, function, &sent);
    if (NT_SUCCESS(status))
        status = format_find_range(memory, range, &buffer, function);
    if (NT_SUCCESS(status))
        format_transfer(sent, type, &buffer,
                        device_offset != NULL ? (uint64_t)*device_offset : 0); /* S10.29 */
    return status;
}

static NTSTATUS format_for_control(WDFIOTARGET target, WDFREQUEST request, WDF_REQUEST_TYPE type,
                                   ULONG code, WDFMEMORY input_memory,
                                   const WDFMEMORY_OFFSET *input_range, WDFMEMORY output_memory,
                                   const WDFMEMORY_OFFSET *output_range, const char *function)
{
    struct sent *sent;
    struct sent_buffer input, output;
    NTSTATUS status = prepare(target, request, function, &sent);
    if (NT_SUCCESS(status))
        status = format_find_range(input_memory, input_range, &input, function);
    if (NT_SUCCESS(status))
        status = format_find_range(output_memory, output_range, &output, function);
    if (NT_SUCCESS(status))
        format_control(sent, type, code, &input, &output);
    return status;
}

NTSTATUS WdfIoTargetFormatRequestForRead(WDFIOTARGET IoTarget, WDFREQUEST Request,
                                         WDFMEMORY OutputBuffer,
                                         PWDFMEMORY_OFFSET OutputBufferOffset,
                                         PLONGLONG DeviceOffset)
{
    return API_RESULT(format_for_transfer(IoTarget, Request, WdfRequestTypeRead, OutputBuffer,
                                          OutputBufferOffset, DeviceOffset, __func__),
                      "S10.27");
}

NTSTATUS WdfIoTargetFormatRequestForWrite(WDFIOTARGET IoTarget, WDFREQUEST Request,
                                          WDFMEMORY InputBuffer,
                                          PWDFMEMORY_OFFSET InputBufferOffset,
                                          PLONGLONG DeviceOffset)
{
    return API_RESULT(format_for_transfer(IoTarget, Request, WdfRequestTypeWrite, InputBuffer,
                                          InputBufferOffset, DeviceOffset, __func__),
                      "S10.27");
}

NTSTATUS WdfIoTargetFormatRequestForIoctl(WDFIOTARGET IoTarget, WDFREQUEST Request, ULONG IoctlCode,
                                          WDFMEMORY InputBuffer,
                                          PWDFMEMORY_OFFSET InputBufferOffset,
                                          WDFMEMORY OutputBuffer,
                                          PWDFMEMORY_OFFSET OutputBufferOffset)
{
    return API_RESULT(format_for_control(IoTarget, Request, WdfRequestTypeDeviceControl, IoctlCode,
                                         InputBuffer, InputBufferOffset, OutputBuffer,
                                         OutputBufferOffset, __func__),
                      "S10.27");
}

NTSTATUS WdfIoTargetFormatRequestForInternalIoctl(WDFIOTARGET IoTarget, WDFREQUEST Request,
                                                  ULONG IoctlCode, WDFMEMORY InputBuffer,
                                                  PWDFMEMORY_OFFSET InputBufferOffset,
                                                  WDFMEMORY OutputBuffer,
                                                  PWDFMEMORY_OFFSET OutputBufferOffset)
{
    return API_RESULT(format_for_control(IoTarget, Request, WdfRequestTypeDeviceControlInternal,
                                         IoctlCode, InputBuffer, InputBufferOffset, OutputBuffer,
                                         OutputBufferOffset, __func__),
                      "S10.27");
}

NTSTATUS WdfIoTargetFormatRequestForInternalIoctlOthers(
    WDFIOTARGET IoTarget, WDFREQUEST Request, ULONG IoctlCode, WDFMEMORY OtherArg1,
    PWDFMEMORY_OFFSET OtherArg1Offset, WDFMEMORY OtherArg2, PWDFMEMORY_OFFSET OtherArg2Offset,
    WDFMEMORY OtherArg4, PWDFMEMORY_OFFSET OtherArg4Offset)
{
    struct sent *sent;
    struct sent_buffer arguments[3];
    NTSTATUS status = prepare(IoTarget, Request, __func__, &sent);
    if (NT_SUCCESS(status))
        status = format_find_range(OtherArg1, OtherArg1Offset, &arguments[0], __func__);
    if (NT_SUCCESS(status))
        status = format_find_range(OtherArg2, OtherArg2Offset, &arguments[1], __func__);
    if (NT_SUCCESS(status))
        status = format_find_range(OtherArg4, OtherArg4Offset, &arguments[2], __func__);
    if (NT_SUCCESS(status))
        format_arguments(sent, IoctlCode, arguments);
    return API_RESULT(status, "S10.27");
}

/* ---- WdfRequest* ---- */

VOID WdfRequestFormatRequestUsingCurrentType(WDFREQUEST Request)
{
    struct wdf_request *request = request_from_handle(Request);
    if (request->device == NULL)
        verifier_bugcheck(
            WDF_REQUEST_FATAL_ERROR, __func__,
            "WDFREQUEST %p was created by the driver: it has no current type (S10.26)",
            (void *)Request);
    if (!request_is_alive(request, __func__))
        return;
    struct sent *sent = sent_of(request);
    if (sent == NULL) {
        verifier_break(__func__, "S10.26", "WDFREQUEST %p can't be sent: there is no memory",
                       (void *)Request);
        return;
    }
    format_release(sent);
    sent->format = FORMAT_CURRENT;
}

VOID WdfRequestSetCompletionRoutine(WDFREQUEST Request,
                                    PFN_WDF_REQUEST_COMPLETION_ROUTINE CompletionRoutine,
                                    WDFCONTEXT CompletionContext)
{
    struct wdf_request *request = request_from_handle(Request);
    if (!request_is_alive(request, __func__))
        return;
    struct sent *sent = sent_of(request);
    if (sent == NULL) {
        verifier_break(__func__, "S10.21", "WDFREQUEST %p can't be sent: there is no memory",
                       (void *)Request);
        return;
    }
    sent->routine = CompletionRoutine;
    sent->context = CompletionContext;
}

VOID WdfRequestGetCompletionParams(WDFREQUEST Request, PWDF_REQUEST_COMPLETION_PARAMS Params)
{
    struct wdf_request *request = request_from_handle(Request);
    REQUIRE_PARAMETER(Params);
    if (Params->Size != sizeof(*Params)) {
        verifier_break(__func__, "S7.61", "Params->Size is %u, not %zu", Params->Size,
                       sizeof(*Params));
        return;
    }
    struct sent *sent = request_is_alive(request, __func__) ? sent_of(request) : NULL;
    if (sent != NULL)
        format_describe_completion(sent, Params);
}

NTSTATUS WdfRequestChangeTarget(WDFREQUEST Request, WDFIOTARGET IoTarget)
{
    struct sent *sent;
    /* S7.54: there are no stack locations that could be too few. */
    return API_RESULT(prepare(IoTarget, Request, __func__, &sent), "S7.54");
}

NTSTATUS WdfRequestAllocateTimer(WDFREQUEST Request)
{
    /* S7.59: a request that can be sent has its timer. */
    struct wdf_request *request = request_from_handle(Request);
    if (!request_is_alive(request, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S7.59");
    return API_RESULT(sent_of(request) != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES,
                      "S7.59");
}
