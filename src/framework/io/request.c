/*
 * WDFREQUEST: its memory, its completion and what a driver may ask of it (S7). Cancellation is in
 * cancel.c, buffers are in buffer.c.
 */
#include "framework/io/request.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <wdf.h>

#include "framework/io/buffer.h"
#include "framework/io/fileobject.h"
#include "framework/io/queue.h"
#include "framework/io/requestcreate.h"
#include "framework/io/reserve.h"
#include "framework/io/sending.h"
#include "framework/io/statisticscount.h"
#include "framework/object/verifier.h"
#include "nt/injection.h"
#include "nt/status.h"
#include "port/log.h"

const char *request_type_name(WDF_REQUEST_TYPE type)
{
    switch (type) {
    case WdfRequestTypeCreate:
        return "create";
    case WdfRequestTypeRead:
        return "read";
    case WdfRequestTypeWrite:
        return "write";
    case WdfRequestTypeDeviceControl:
        return "device control";
    case WdfRequestTypeDeviceControlInternal:
        return "internal device control";
    default:
        return "request";
    }
}

struct driver *request_driver(const struct wdf_object *object)
{
    const struct io_device *device =
        CONTAINING_RECORD(object, const struct wdf_request, object)->device;
    return object_driver(&device->object);
}

const struct object_class request_class = {
    .name = "WDFREQUEST",
    .free = request_free,
    .driver = request_driver,
    .is_framework_owned = true,
};

void request_check_handle(WDFREQUEST handle, const char *function)
{
    const struct wdf_object *object = (const struct wdf_object *)handle;
    char doer[384];
    if (object != NULL && object_is_buried(object))
        verifier_bugcheck(WDF_INVALID_HANDLE, function,
                          "WDFREQUEST %p is used after it was completed %s (S7.11, S13.10)",
                          (void *)handle,
                          verifier_doer(object->ended_at, object->ended_by, doer, sizeof(doer)));
    if (!object_is_of_class(object, &created_request_class) &&
        !object_is_of_class(object, &reserved_request_class))
        object_reject_handle(handle, &request_class, function);
}

/* ---- the transport's side ---- */

struct io_request *io_request_create(struct io_device *device, const struct io_transport *transport)
{
    if (injection_fails(request_class.name))
        return NULL;
    struct wdf_request *request = request_allocate(device, &request_class);
    if (request == NULL)
        return NULL;
    request->io.transport = transport;
    return &request->io;
}

void io_request_discard(struct io_request *io)
{
    struct wdf_request *request = request_from_io(io);
    if (request->reserved_for == NULL) {
        object_discard(&request->object);
    } else {
        object_retire(&request->object);
        object_release(&request->object);
    }
}

void io_request_reference(struct io_request *io)
{
    object_reference(&request_from_io(io)->object);
}

void io_request_dereference(struct io_request *io)
{
    object_release(&request_from_io(io)->object);
}

bool io_request_is_cancelled(const struct io_request *io)
{
    const struct wdf_request *request = CONTAINING_RECORD(io, const struct wdf_request, io);
    return request->is_cancelled && !request->is_cancelled_by_host;
}

/* ---- completion ---- */

/* S7.7: statuses of the framework's facility do not leave the driver. */
static NTSTATUS status_for_client(NTSTATUS status)
{
    const unsigned facility = ((unsigned)status >> 16) & 0xFFF;
    if (facility != 0x20 || NT_SUCCESS(status))
        return status;
    switch (status) {
    case STATUS_WDF_PAUSED:
    case STATUS_WDF_BUSY:
        return STATUS_DEVICE_BUSY;
    case STATUS_WDF_INTERNAL_ERROR:
        return STATUS_INTERNAL_ERROR;
    case STATUS_WDF_NOT_ENOUGH_MAP_REGISTERS:
        return STATUS_INSUFFICIENT_RESOURCES;
    default:
        return STATUS_INVALID_DEVICE_REQUEST;
    }
}

/* The most bytes that the request can have moved; of a number of Linux that brings none, what
 * ioctl(2) can return. */
static size_t information_limit(const struct io_request *io)
{
    switch (io->type) {
    case WdfRequestTypeDeviceControl:
        return io_control_is_bare(io) ? INT_MAX : io->output_length;
    case WdfRequestTypeDeviceControlInternal:
        return io->has_arguments ? INT_MAX : io->output_length;
    case WdfRequestTypeRead:
        return io->output_length;
    case WdfRequestTypeWrite:
        return io->input_length;
    default:
        return 0;
    }
}

/* S7.6, S7.8: what the client is told, or a bug check when a success claims more than there is. */
static size_t information_for_client(const struct wdf_request *request, NTSTATUS status,
                                     size_t information)
{
    const struct io_request *io = &request->io;
    size_t limit = information_limit(io);
    if (NT_ERROR(status) || io->type == WdfRequestTypeCreate)
        return io->transport->is_driver && io->type != WdfRequestTypeCreate ? information : 0;
    if (information <= limit || (io_is_control(io->type) && io->is_from_driver))
        return information; /* what is one of a driver's means, both drivers know */
    if (io_is_control(io->type) && limit == 0)
        verifier_break(
            "WdfRequestComplete", "S7.9",
            "device control request %p takes no output: its Information of %zu is ignored",
            (void *)&request->object, information);
    else if (NT_SUCCESS(status))
        verifier_bugcheck(
            WDF_REQUEST_FATAL_ERROR, "WdfRequestComplete",
            "%s request %p is completed with Information %zu, its length is %zu (S7.8)",
            request_type_name(io->type), (void *)&request->object, information, limit);
    return limit;
}

/* S7.13: a WDFMEMORY of the request must not outlive it. */
static void check_memory_references(const struct wdf_request *request)
{
    const struct wdf_memory *memories[] = {&request->input_memory, &request->output_memory};
    for (unsigned i = 0; i < RTL_NUMBER_OF(memories); i++) {
        unsigned references = memories[i]->object.references;
        if (memories[i]->object.class != NULL && references != 1)
            verifier_bugcheck(
                WDF_VERIFIER_FATAL_ERROR, "WdfRequestComplete",
                "request %p is completed while its WDFMEMORY has %u references (S7.13)",
                (void *)&request->object, references - 1);
    }
}

/* A create that failed takes its file with it (S4.12, S4.13); one that succeeded hands it to the
 * transport. */
static void settle_create(struct wdf_request *request, struct io_file *file, NTSTATUS status)
{
    port_lock_is_not_needed(io_lock); /* a completed request is the completing thread's */
    if (NT_SUCCESS(status)) {
        request->io.file = file_choose_entry(file);
        return;
    }
    request->io.file = NULL;
    if (file != NULL)
        file_destroy_after_failed_create(file, request->was_presented);
    io_device_file_closed(request->device);
}

static void check_irql_of_end(struct wdf_request *request)
{
    if (object_needs_passive(&request->object) && KeGetCurrentIrql() > PASSIVE_LEVEL)
        verifier_break(
            "WdfRequestComplete", "S7.17",
            "WDFREQUEST %p is completed at IRQL %u, and has children that end at PASSIVE_LEVEL alone",
            (void *)&request->object, KeGetCurrentIrql());
}

/* Ends the request as an object: its children and its cleanup callbacks. A reserved request is not
 * deleted, only put back (S6.79). */
static void clean_up(struct wdf_request *request)
{
    if (request->reserved_for != NULL) {
        object_retire(&request->object);
        return;
    }
    port_lock_is_not_needed(io_lock); /* a completed request is the completing thread's */
    if (!request->was_presented)
        object_clear_callbacks(&request->object); /* S7.12 */
    check_irql_of_end(request);
    object_dispose_unlinked(&request->object);
}

void request_end_for_driver(struct wdf_request *request)
{
    clean_up(request);
    if (request->sending != NULL && request->sending->is_used)
        request->sending->release(request->sending); /* S10.25 */
    check_memory_references(request);
    atomic_store_explicit(&request->is_answered, true, memory_order_release);
}

static __attribute__((cold, noinline)) void log_answer(const struct wdf_request *request)
{
    log_debug("driver %s: %s request %p: %s, %zu bytes", object_driver_name(&request->object),
              request_type_name(request->io.type), (const void *)&request->object,
              nt_status_name(request->status), request->information);
}

void request_log_sent(const struct wdf_request *request, struct io_request *below, const char *how)
{
    const struct wdf_request *lower = request_from_io(below);
    log_debug("driver %s: %s request %p is %s to driver %s, as %p",
              object_driver_name(&request->object), request_type_name(below->type),
              (const void *)&request->object, how, object_driver_name(&lower->object),
              (const void *)&lower->object);
}

/* The client's answer. Returns the file whose request it was, NULL for a create: to be counted with
 * count_answered_locked. */
static struct io_file *answer_client(struct wdf_request *request, NTSTATUS status,
                                     size_t information, enum history_event event)
{
    bool is_create = request->io.type == WdfRequestTypeCreate;
    struct io_file *file = request->io.file;
    status = status_for_client(status);
    information = information_for_client(request, status, information);
    if (information > 0 && request->io.output_length > 0 && !request_prepare_output(request)) {
        /* A driver that claims bytes and has never looked at its buffer, when there is none to be
         * had. */
        status = STATUS_INSUFFICIENT_RESOURCES;
        information = 0;
    }
    if (request->has_lost_data && NT_SUCCESS(status)) {
        status = STATUS_ACCESS_VIOLATION;
        information = 0;
    }
    request->status = status;
    request->information = information;
    if (is_create)
        settle_create(request, file, status);
    if (__builtin_expect(log_is_enabled(LOG_LEVEL_DEBUG), 0))
        log_answer(request);
    if (event == HISTORY_COMPLETED)
        HISTORY_PROBE(COMPLETED, &request->object, information, status, request->io.type);
    else
        HISTORY_PROBE(ANSWERED, &request->object, information, status, request->io.type);
    history_write(event, &request->object, information, status, (unsigned)request->io.type);
    if (request->is_charged)
        quota_discharge(file->quota.account, request_weight(request));
    request->io.transport->complete(&request->io, status, information);
    return is_create ? NULL : file;
}

/* Cleanup callbacks, then that. */
static struct io_file *answer(struct wdf_request *request, NTSTATUS status, size_t information)
{
    request_end_for_driver(request);
    return answer_client(request, status, information, HISTORY_COMPLETED);
}

/* Returns the file if it can be closed now, without the lock (file_close_later), else NULL. */
static struct io_file *count_answered_locked(struct io_device *device, struct io_file *file)
    REQUIRES(io_lock)
{
    device->outstanding--;
    bool close_is_due = file != NULL && file_request_answered_locked(file);
    io_changed_locked(device);
    return close_is_due ? file : NULL;
}

void request_count_answered(struct io_device *device, struct io_file *file)
{
    io_lock(device->domain);
    struct io_file *closing = count_answered_locked(device, file);
    io_unlock(device->domain);
    if (closing != NULL)
        file_close_later(closing);
}

void request_finish(struct wdf_request *request, NTSTATUS status, size_t information)
{
    request_end_for_driver(request);
    request_finish_ended(request, status, information);
}

void request_finish_ended(struct wdf_request *request, NTSTATUS status, size_t information)
{
    history_step();
    struct io_file *file = answer_client(request, status, information, HISTORY_ANSWERED);
    request_count_answered(request->device, file);
    object_release(&request->object);
}

/* The verifier's opinion of completing a request in this state; true if it may go on (S7.14). With
 * io_lock held. */
static bool may_complete_locked(const struct wdf_request *request, const char *function)
    REQUIRES(io_lock)
{
    const void *handle = &request->object;
    if (request->state == REQUEST_OWNED)
        return true;
    switch (request->state) {
    case REQUEST_CANCELABLE:
        verifier_find(function, "S7.14, S7.30",
                      "WDFREQUEST %p is completed while it is marked cancelable", handle);
        return true;
    case REQUEST_CANCELLING:
        verifier_find(function, "S7.30",
                      "WDFREQUEST %p is cancelled: EvtRequestCancel completes it", handle);
        return false;
    case REQUEST_COMPLETED:
        verifier_find_doer(function, "S7.14", request->completed_at, request->completed_by,
                           "WDFREQUEST %p was completed already", handle);
        return false;
    case REQUEST_SENT:
        verifier_find(function, "S7.14, S10.20",
                      "WDFREQUEST %p was sent, and has not come back from its target", handle);
        return false;
    default:
        verifier_find(function, "S7.14, S13.8", "WDFREQUEST %p is not owned by the driver", handle);
        return false;
    }
}

static void complete(struct wdf_request *request, NTSTATUS status, size_t information,
                     const char *function, const void *place)
{
    struct io_device *device = request->device;
    if (!request_came_from_client(request, function, "S7.16"))
        return;
    if (injected_is_armed(&device->injected))
        injected_apply(request, &status, &information);
    io_lock(device->domain);
    if (!may_complete_locked(request, function)) {
        io_unlock(device->domain);
        verifier_say();
        return;
    }
    if (status == STATUS_PENDING) /* S7.15: a contract error that must not reach a client */
        verifier_find(function, "S7.15", "WDFREQUEST %p is completed with STATUS_PENDING",
                      (void *)&request->object);
    struct wdf_queue *queue = request->queue;
    RemoveEntryList(&request->queue_entry);
    statistics_completed_locked(queue, request, history_step(), status);
    port_note("the driver completes request", &request->object);
    request->state = REQUEST_COMPLETED;
    request->completed_at = place;
    request->completed_by = port_thread_number();
    io_unlock(device->domain);
    verifier_say();

    /* Afterwards the request is gone; the device stays, and the queue with it while its driver
     * count is not zero. */
    object_reference(&device->object);
    struct io_file *file =
        answer(request, status == STATUS_PENDING ? STATUS_UNSUCCESSFUL : status, information);
    object_release(&request->object);

    io_lock(device->domain);
    struct io_file *closing = count_answered_locked(device, file);
    queue->driver_count--;
    if (queue->active == 0 && queue->queued_count > 0)
        history_step(); /* to answer has taken time */
    queue_dispatch_locked(queue, QUEUE_ENTER_IF_NOBODY_INSIDE);
    io_unlock(device->domain);
    if (closing != NULL)
        file_close_later(closing);
    object_release(&device->object);
}

VOID WdfRequestComplete(WDFREQUEST Request, NTSTATUS Status)
{
    struct wdf_request *request = request_from_handle(Request);
    complete(request, Status, request->information, __func__, __builtin_return_address(0));
    VERIFIER_KEEP_CALLER();
}

VOID WdfRequestCompleteWithInformation(WDFREQUEST Request, NTSTATUS Status, ULONG_PTR Information)
{
    complete(request_from_handle(Request), Status, Information, __func__,
             __builtin_return_address(0));
    VERIFIER_KEEP_CALLER();
}

VOID WdfRequestCompleteWithPriorityBoost(WDFREQUEST Request, NTSTATUS Status, CCHAR PriorityBoost)
{
    /* S7.5: a boost would change the priority of the waiting thread; Linux has no such thing to
     * give. */
    UNREFERENCED_PARAMETER(PriorityBoost);
    struct wdf_request *request = request_from_handle(Request);
    complete(request, Status, request->information, __func__, __builtin_return_address(0));
    VERIFIER_KEEP_CALLER();
}

/* ---- inspecting ---- */

VOID WdfRequestSetInformation(WDFREQUEST Request, ULONG_PTR Information)
{
    struct wdf_request *request = request_from_handle(Request);
    if (request_is_alive(request, __func__))
        request->information = Information;
}

ULONG_PTR WdfRequestGetInformation(WDFREQUEST Request)
{
    return request_from_handle(Request)->information;
}

NTSTATUS WdfRequestGetStatus(WDFREQUEST Request)
{
    return request_from_handle(Request)->status;
}

void request_describe(const struct wdf_request *request, PWDF_REQUEST_PARAMETERS Parameters)
{
    const struct io_request *io = &request->io;
    WDF_REQUEST_PARAMETERS_INIT(Parameters);
    Parameters->Type = io->type;
    switch (io->type) {
    case WdfRequestTypeRead:
        Parameters->Parameters.Read.Length = io->output_length;
        Parameters->Parameters.Read.DeviceOffset = (LONGLONG)io->offset;
        break;
    case WdfRequestTypeWrite:
        Parameters->Parameters.Write.Length = io->input_length;
        Parameters->Parameters.Write.DeviceOffset = (LONGLONG)io->offset;
        break;
    case WdfRequestTypeDeviceControlInternal:
        if (io->has_arguments) {
            Parameters->Parameters.Others.Arg1 = (PVOID)(uintptr_t)io->client_input;
            Parameters->Parameters.Others.Arg2 = (PVOID)(uintptr_t)io->client_output;
            Parameters->Parameters.Others.IoControlCode = io->control_code;
            Parameters->Parameters.Others.Arg4 = (PVOID)(uintptr_t)io->offset;
            break;
        }
        __attribute__((fallthrough));
    case WdfRequestTypeDeviceControl:
        Parameters->Parameters.DeviceIoControl.OutputBufferLength = io->output_length;
        Parameters->Parameters.DeviceIoControl.InputBufferLength = io->input_length;
        Parameters->Parameters.DeviceIoControl.IoControlCode = io->control_code;
        break;
    default:
        break;
    }
}

VOID WdfRequestGetParameters(WDFREQUEST Request, PWDF_REQUEST_PARAMETERS Parameters)
{
    struct wdf_request *request = request_from_handle(Request);
    REQUIRE_PARAMETER(Parameters);
    if (Parameters->Size != sizeof(*Parameters))
        verifier_break(__func__, "S7.39", "Parameters->Size is %u, not %zu", Parameters->Size,
                       sizeof(*Parameters));
    else if (request_came_from_client(request, __func__, "S7.40") &&
             request_is_alive(request, __func__))
        request_describe(request, Parameters);
}

WDFQUEUE WdfRequestGetIoQueue(WDFREQUEST Request)
{
    struct wdf_request *request = request_from_handle(Request);
    if (!request_came_from_client(request, __func__, "S7.42"))
        return NULL;
    VERIFIER_SAYS_AT_END();
    IO_LOCK_SCOPE(request->device->domain);
    struct wdf_queue *queue = request->state != REQUEST_COMPLETED ? request->queue : NULL;
    if (queue != NULL && !queue->is_internal)
        return queue_handle(queue);
    verifier_find(__func__, "S7.42", "WDFREQUEST %p is on no queue of the driver", (void *)Request);
    return NULL;
}

WDFFILEOBJECT WdfRequestGetFileObject(WDFREQUEST Request)
{
    struct wdf_request *request = request_from_handle(Request);
    return request_is_alive(request, __func__) ? file_handle(request->io.file) : NULL;
}

KPROCESSOR_MODE WdfRequestGetRequestorMode(WDFREQUEST Request)
{
    return request_from_handle(Request)->io.is_from_driver ? KernelMode : UserMode; /* S7.44 */
}

ULONG WdfRequestGetRequestorProcessId(WDFREQUEST Request)
{
    return (ULONG)request_from_handle(Request)->io.requestor_pid;
}

BOOLEAN WdfRequestIsFrom32BitProcess(WDFREQUEST Request)
{
    return request_from_handle(Request)->io.requestor_is_32bit;
}
