/*
 * WdfIoTargetSend...Synchronously (S10.30-S10.33): a request of the driver's or one for the
 * occasion is formatted with buffers that are described in three ways, sent, and waited for.
 */
#include <wdf.h>

#include "framework/object/apiresult.h"
#include "framework/object/memory.h"
#include "framework/object/verifier.h"
#include "framework/target/format.h"
#include "framework/target/sent.h"

/* ---- descriptors ---- */

/* S10.32 */
static NTSTATUS find_buffer(const WDF_MEMORY_DESCRIPTOR *descriptor, struct sent_buffer *buffer,
                            const char *function)
{
    *buffer = (struct sent_buffer){0};
    if (descriptor == NULL)
        return STATUS_SUCCESS;
    switch (descriptor->Type) {
    case WdfMemoryDescriptorTypeBuffer:
        if (descriptor->u.BufferType.Buffer == NULL)
            return STATUS_INVALID_PARAMETER;
        buffer->address = descriptor->u.BufferType.Buffer;
        buffer->length = descriptor->u.BufferType.Length;
        return STATUS_SUCCESS;
    case WdfMemoryDescriptorTypeMdl:
        if (descriptor->u.MdlType.Mdl == NULL)
            return STATUS_INVALID_PARAMETER;
        buffer->address =
            MmGetSystemAddressForMdlSafe(descriptor->u.MdlType.Mdl, NormalPagePriority);
        buffer->length = descriptor->u.MdlType.BufferLength > 0
                             ? descriptor->u.MdlType.BufferLength
                             : MmGetMdlByteCount(descriptor->u.MdlType.Mdl);
        return STATUS_SUCCESS;
    case WdfMemoryDescriptorTypeHandle:
        if (descriptor->u.HandleType.Memory == NULL)
            return STATUS_INVALID_PARAMETER;
        return format_find_range(descriptor->u.HandleType.Memory, descriptor->u.HandleType.Offsets,
                                 buffer, function);
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

/* ---- sending ---- */

/* What is sent, in one of the formats. */
struct order {
    WDF_REQUEST_TYPE type;
    ULONG code;
    uint64_t device_offset;
    bool has_arguments;
    struct sent_buffer buffers[3]; /* input or the one buffer, output; or arguments 1, 2 and 4 */
};

static void format(struct sent *sent, const struct order *order)
{
    if (order->has_arguments)
        format_arguments(sent, order->code, order->buffers);
    else if (io_is_control(order->type))
        format_control(sent, order->type, order->code, &order->buffers[0], &order->buffers[1]);
    else
        format_transfer(sent, order->type, &order->buffers[0], order->device_offset);
}

/* S10.31 */
static NTSTATUS check_options(const WDF_REQUEST_SEND_OPTIONS *options)
{
    const ULONG known = WDF_REQUEST_SEND_OPTION_TIMEOUT | WDF_REQUEST_SEND_OPTION_SYNCHRONOUS |
                        WDF_REQUEST_SEND_OPTION_IGNORE_TARGET_STATE;
    if (options == NULL)
        return STATUS_SUCCESS;
    if (options->Size != sizeof(*options))
        return STATUS_INFO_LENGTH_MISMATCH;
    return (options->Flags & ~known) == 0 ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

static NTSTATUS send_and_wait(struct wdf_target *target, struct wdf_request *request,
                              const struct order *order, const WDF_REQUEST_SEND_OPTIONS *options,
                              ULONG_PTR *bytes)
{
    struct sent *sent = sent_of(request);
    if (sent == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    WDF_REQUEST_SEND_OPTIONS synchronous;
    WDF_REQUEST_SEND_OPTIONS_INIT(&synchronous, WDF_REQUEST_SEND_OPTION_SYNCHRONOUS);
    if (options != NULL) {
        synchronous.Flags |= options->Flags;
        synchronous.Timeout = options->Timeout;
    }
    format(sent, order);
    sent->routine = NULL; /* this is no WdfRequestSend: nobody else is told */
    bool was_sent = sent_submit(sent, target, &synchronous);
    format_release(sent); /* its buffers may be the caller's, who goes on */
    if (bytes != NULL)
        *bytes = was_sent ? request->information : 0;
    return request->status;
}

static NTSTATUS send_order(struct wdf_target *target, WDFREQUEST request_h,
                           const struct order *order, const WDF_REQUEST_SEND_OPTIONS *options,
                           ULONG_PTR *bytes, const char *function)
{
    if (request_h != NULL) {
        struct wdf_request *request = request_from_handle_at(request_h, function);
        if (!request_is_alive(request, function))
            return STATUS_INVALID_DEVICE_REQUEST;
        return send_and_wait(target, request, order, options, bytes);
    }
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = target_handle(target);
    NTSTATUS status = WdfRequestCreate(&attributes, target_handle(target), &request_h);
    if (!NT_SUCCESS(status))
        return status;
    status =
        send_and_wait(target, request_from_handle_at(request_h, function), order, options, bytes);
    WdfObjectDelete(request_h);
    return status;
}

/* What all have in common, before and after their descriptors are looked at. */
static NTSTATUS send_described(WDFIOTARGET target_h, WDFREQUEST request, struct order *order,
                               PWDF_MEMORY_DESCRIPTOR const descriptors[3],
                               const WDF_REQUEST_SEND_OPTIONS *options, ULONG_PTR *bytes,
                               const char *function)
{
    struct wdf_target *target = CONTAINING_RECORD(
        object_from_handle(target_h, &target_class, function), struct wdf_target, object);
    if (bytes != NULL)
        *bytes = 0;
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, function))
        return STATUS_INVALID_DEVICE_REQUEST;
    NTSTATUS status = check_options(options);
    for (unsigned i = 0; i < RTL_NUMBER_OF(order->buffers) && NT_SUCCESS(status); i++)
        status = find_buffer(descriptors[i], &order->buffers[i], function);
    return NT_SUCCESS(status) ? send_order(target, request, order, options, bytes, function)
                              : status;
}

static NTSTATUS send_transfer(WDFIOTARGET target, WDFREQUEST request, WDF_REQUEST_TYPE type,
                              PWDF_MEMORY_DESCRIPTOR buffer, const LONGLONG *device_offset,
                              const WDF_REQUEST_SEND_OPTIONS *options, ULONG_PTR *bytes,
                              const char *function)
{
    struct order order = {.type = type,
                          .device_offset = device_offset != NULL ? (uint64_t)*device_offset : 0};
    PWDF_MEMORY_DESCRIPTOR const descriptors[3] = {buffer};
    return send_described(target, request, &order, descriptors, options, bytes, function);
}

static NTSTATUS send_control(WDFIOTARGET target, WDFREQUEST request, WDF_REQUEST_TYPE type,
                             ULONG code, PWDF_MEMORY_DESCRIPTOR input,
                             PWDF_MEMORY_DESCRIPTOR output, const WDF_REQUEST_SEND_OPTIONS *options,
                             ULONG_PTR *bytes, const char *function)
{
    struct order order = {.type = type, .code = code};
    PWDF_MEMORY_DESCRIPTOR const descriptors[3] = {input, output};
    return send_described(target, request, &order, descriptors, options, bytes, function);
}

/* ---- the functions ---- */

NTSTATUS WdfIoTargetSendReadSynchronously(WDFIOTARGET IoTarget, WDFREQUEST Request,
                                          PWDF_MEMORY_DESCRIPTOR OutputBuffer,
                                          PLONGLONG DeviceOffset,
                                          PWDF_REQUEST_SEND_OPTIONS RequestOptions,
                                          PULONG_PTR BytesRead)
{
    return API_RESULT(send_transfer(IoTarget, Request, WdfRequestTypeRead, OutputBuffer,
                                    DeviceOffset, RequestOptions, BytesRead, __func__),
                      "S10.33");
}

NTSTATUS WdfIoTargetSendWriteSynchronously(WDFIOTARGET IoTarget, WDFREQUEST Request,
                                           PWDF_MEMORY_DESCRIPTOR InputBuffer,
                                           PLONGLONG DeviceOffset,
                                           PWDF_REQUEST_SEND_OPTIONS RequestOptions,
                                           PULONG_PTR BytesWritten)
{
    return API_RESULT(send_transfer(IoTarget, Request, WdfRequestTypeWrite, InputBuffer,
                                    DeviceOffset, RequestOptions, BytesWritten, __func__),
                      "S10.33");
}

NTSTATUS WdfIoTargetSendIoctlSynchronously(WDFIOTARGET IoTarget, WDFREQUEST Request,
                                           ULONG IoctlCode, PWDF_MEMORY_DESCRIPTOR InputBuffer,
                                           PWDF_MEMORY_DESCRIPTOR OutputBuffer,
                                           PWDF_REQUEST_SEND_OPTIONS RequestOptions,
                                           PULONG_PTR BytesReturned)
{
    return API_RESULT(send_control(IoTarget, Request, WdfRequestTypeDeviceControl, IoctlCode,
                                   InputBuffer, OutputBuffer, RequestOptions, BytesReturned,
                                   __func__),
                      "S10.33");
}

NTSTATUS WdfIoTargetSendInternalIoctlSynchronously(WDFIOTARGET IoTarget, WDFREQUEST Request,
                                                   ULONG IoctlCode,
                                                   PWDF_MEMORY_DESCRIPTOR InputBuffer,
                                                   PWDF_MEMORY_DESCRIPTOR OutputBuffer,
                                                   PWDF_REQUEST_SEND_OPTIONS RequestOptions,
                                                   PULONG_PTR BytesReturned)
{
    return API_RESULT(send_control(IoTarget, Request, WdfRequestTypeDeviceControlInternal,
                                   IoctlCode, InputBuffer, OutputBuffer, RequestOptions,
                                   BytesReturned, __func__),
                      "S10.33");
}

NTSTATUS WdfIoTargetSendInternalIoctlOthersSynchronously(
    WDFIOTARGET IoTarget, WDFREQUEST Request, ULONG IoctlCode, PWDF_MEMORY_DESCRIPTOR OtherArg1,
    PWDF_MEMORY_DESCRIPTOR OtherArg2, PWDF_MEMORY_DESCRIPTOR OtherArg4,
    PWDF_REQUEST_SEND_OPTIONS RequestOptions, PULONG_PTR BytesReturned)
{
    struct order order = {
        .type = WdfRequestTypeDeviceControlInternal, .code = IoctlCode, .has_arguments = true};
    PWDF_MEMORY_DESCRIPTOR const descriptors[3] = {OtherArg1, OtherArg2, OtherArg4};
    return API_RESULT(send_described(IoTarget, Request, &order, descriptors, RequestOptions,
                                     BytesReturned, __func__),
                      "S10.33");
}
