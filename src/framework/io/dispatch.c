/* Routing: where a submitted request goes, and every answer for one that goes nowhere (S4.7, S5.12,
 * S6.25). */
#include "framework/io/dispatch.h"

#include "framework/io/callercontext.h"
#include "framework/io/iodevice.h"
#include "framework/io/fileobject.h"
#include "framework/io/irp.h"
#include "framework/io/pass.h"
#include "framework/io/queue.h"
#include "framework/io/request.h"
#include "framework/io/reserve.h"
#include "framework/object/callback.h"

#include <fcntl.h>

#include <wdf.h>

/*
 * The end of a request that no queue has seen, in two steps: its state with the io_lock held, in
 * the section that decides if there is one, since a cancellation may be looking at it; the answer
 * without.
 */
static NTSTATUS refuse_locked(struct wdf_request *request, NTSTATUS status) REQUIRES(io_lock)
{
    request->state = REQUEST_COMPLETED;
    return status;
}

static void end(struct wdf_request *request, NTSTATUS status, size_t information)
{
    io_lock(request->device->domain);
    refuse_locked(request, status);
    io_unlock(request->device->domain);
    request_finish(request, status, information);
}

static void reject(struct wdf_request *request, NTSTATUS status)
{
    end(request, status, 0);
}

/* From outside into a queue (S6.25, S6.26). An error is a refusal. */
static NTSTATUS enqueue_locked(struct wdf_queue *queue, struct wdf_request *request)
    REQUIRES(io_lock)
{
    if (!queue->accepts)
        return refuse_locked(request, STATUS_INVALID_DEVICE_STATE);
    if (request->is_cancelled)
        return refuse_locked(request, STATUS_CANCELLED);
    queue_append_locked(queue, request);
    queue_dispatch_locked(queue, QUEUE_ENTER_ALWAYS);
    return STATUS_SUCCESS;
}

/* To the device below, if there is one: STATUS_PENDING, then pass_submit without the lock. Else a
 * refusal. */
static NTSTATUS pass_or_refuse_locked(struct wdf_request *request) REQUIRES(io_lock)
{
    if (request->device->lower == NULL)
        return refuse_locked(request, STATUS_INVALID_DEVICE_REQUEST); /* S5.2 */
    return pass_begin_locked(request, request->device->lower, NULL)
               ? STATUS_PENDING
               : refuse_locked(request, STATUS_INSUFFICIENT_RESOURCES);
}

/* ---- create ---- */

/* S4.7 step 5b: the driver's callback, in the opener's thread, outside of every queue that the
 * driver knows. */
static void present_create(struct wdf_request *request)
{
    struct io_device *device = request->device;
    WDFFILEOBJECT file = file_handle(request->io.file);
    object_reference(&device->object);
    io_lock(device->domain);
    bool is_cancelled = request->is_cancelled;
    if (is_cancelled)
        refuse_locked(request, STATUS_CANCELLED);
    else
        queue_own_locked(device->file_create_queue, request);
    io_unlock(device->domain);

    if (is_cancelled) {
        request_finish(request, STATUS_CANCELLED, 0);
    } else {
        callback_lock_acquire(device->file_constraints.presentation_lock, &device->object);
        struct callback callback;
        callback_enter_request(&callback, "EvtDeviceFileCreate", device, request,
                               request->io.requestor_pid);
        device->settings.evt_file_create(io_device_handle(device), request_handle(request), file);
        callback_leave(&callback);
        callback_lock_release(device->file_constraints.presentation_lock, &device->object);
    }
    object_release(&device->object);
}

static void enqueue_create(struct wdf_queue *queue, struct wdf_request *request)
{
    struct io_device *device = queue->device;
    io_lock(device->domain);
    NTSTATUS status = enqueue_locked(queue, request);
    io_unlock(device->domain);
    if (!NT_SUCCESS(status))
        request_finish(request, status, 0);
}

/* Else every open succeeds, or goes to the device below. */
static bool sees_creates(const struct io_device *device)
{
    return device->routes[WdfRequestTypeCreate] != NULL || device->settings.evt_file_create != NULL;
}

/* S4.7 step 3: a device that forwards the end of an open, and has no callback for it, forwards the
 * open. */
static bool passes_creates(const struct io_device *device)
{
    return device->settings.forwards_closes && !sees_creates(device);
}

static void pass_create(struct wdf_request *request)
{
    struct io_device *device = request->device;
    io_lock(device->domain);
    NTSTATUS status = pass_or_refuse_locked(request);
    io_unlock(device->domain);
    if (status == STATUS_PENDING)
        pass_submit(request);
    else
        request_finish(request, status, 0);
}

/* What a driver sends counts on no account. */
static NTSTATUS make_file(struct wdf_request *request)
{
    struct io_request *io = &request->io;
    io->file = file_create(request->device, io->open_flags, io->requestor_pid);
    if (io->file == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    io->file->opener_process = io->requestor_process;
    io->file->opener_user = io->requestor_user;
    return io->transport->is_driver ? STATUS_SUCCESS
                                    : quota_open(request->device, io, &io->file->quota);
}

static void dispatch_create(struct wdf_request *request)
{
    struct io_device *device = request->device;
    struct wdf_queue *queue = device->routes[WdfRequestTypeCreate];
    NTSTATUS status = make_file(request);
    if (!NT_SUCCESS(status))
        reject(request, status);
    else if (queue != NULL)
        enqueue_create(queue, request); /* S4.8: the queue wins over the callback */
    else if (device->settings.evt_file_create != NULL)
        present_create(request);
    else if (passes_creates(device))
        pass_create(request);
    else
        request_finish(request, STATUS_SUCCESS, 0); /* S4.7 step 3 */
}

/* ---- everything else ---- */

/* S14.3: a control code names the access that the file must have been opened for. Whether it came
 * as one or as a number of ioctl(2) makes no difference to the driver, so it makes none here. */
static bool control_is_allowed(const struct wdf_request *request)
{
    const struct io_request *io = &request->io;
    if (io->type != WdfRequestTypeDeviceControl)
        return true;
    if (io->is_native_control && request->device->settings.has_native_controls)
        return true;
    int mode = (int)io->file->open_flags & O_ACCMODE;
    ULONG access = ACCESS_FROM_CTL_CODE(io->control_code);
    return !((access & FILE_READ_ACCESS) != 0 && mode == O_WRONLY) &&
           !((access & FILE_WRITE_ACCESS) != 0 && mode == O_RDONLY);
}

struct wdf_queue *dispatch_queue_for(struct io_device *device, WDF_REQUEST_TYPE type)
{
    struct wdf_queue *queue = device->routes[type];
    return queue != NULL ? queue : device->default_queue;
}

/* S5.12: a filter's default queue does not see what it has no callback for. */
static inline bool is_for_lower(const struct io_device *device, const struct wdf_queue *queue,
                                WDF_REQUEST_TYPE type)
{
    return device->settings.is_filter && (queue == NULL || !queue_has_handler(queue, type));
}

/* As enqueue_locked, for what EvtIoInCallerContext does not see. STATUS_PENDING: pass_submit is
 * due. */
static inline NTSTATUS dispatch_by_type_locked(struct wdf_request *request) REQUIRES(io_lock)
{
    struct io_device *device = request->device;
    struct wdf_queue *queue = dispatch_queue_for(device, request->io.type);
    if (is_for_lower(device, queue, request->io.type))
        return pass_or_refuse_locked(request);
    return queue != NULL ? enqueue_locked(queue, request)
                         : refuse_locked(request, STATUS_INVALID_DEVICE_REQUEST); /* S5.12 */
}

/* S5.16: not a reserved one. */
static bool sees_caller(const struct wdf_request *request)
{
    return request->device->settings.evt_io_in_caller_context != NULL &&
           request->reserved_for == NULL;
}

/* To EvtIoInCallerContext, which comes before everything that a queue does (S5.16), or to its
 * queue. With the io_lock held, which is dropped for good. */
static inline void present_and_unlock(struct wdf_request *request) RELEASES(io_lock)
{
    struct io_device *device = request->device;
    if (sees_caller(request)) {
        caller_context_present_and_unlock(request, NULL);
        return;
    }
    NTSTATUS status = dispatch_by_type_locked(request);
    io_unlock(device->domain);
    if (status == STATUS_PENDING)
        pass_submit(request);
    else if (!NT_SUCCESS(status))
        request_finish(request, status, 0);
}

/* What has no code of Windows has no method. */
static bool is_neither(const struct io_request *io)
{
    return io_is_control(io->type) && !io->is_native_control &&
           METHOD_FROM_CTL_CODE(io->control_code) == METHOD_NEITHER;
}

/* S8.15, S20.38 */
static bool is_rejected(struct io_device *device, const struct io_request *io)
{
    IO_LOCK_SCOPE(device->domain);
    return (device->rejects_neither && is_neither(io)) ||
           (device->rejects_no_file && io->file == device->no_file);
}

/* The driver's resources for it come before its queue (S6.78). */
static NTSTATUS prepare_for(struct wdf_queue *queue, struct wdf_request *request)
{
    return queue != NULL ? reserve_prepare(queue, request) : STATUS_SUCCESS;
}

static void dispatch_by_type(struct wdf_request *request)
{
    struct io_device *device = request->device;
    NTSTATUS status = prepare_for(dispatch_queue_for(device, request->io.type), request);
    if (!NT_SUCCESS(status)) {
        reject(request, status);
        return;
    }
    object_reference(&device->object);
    io_lock(device->domain);
    present_and_unlock(request);
    object_release(&device->object);
}

/* Before everything else: what the device takes at all. */
void dispatch_transfer(struct wdf_request *request)
{
    struct io_device *device = request->device;
    if (is_rejected(device, &request->io))
        reject(request, STATUS_INVALID_DEVICE_REQUEST);
    else if (irp_is_wanted(device, request->io.type))
        irp_present(request);
    else
        dispatch_by_type(request);
}

void dispatch_transfer_and_unlock(struct wdf_request *request)
{
    struct io_device *device = request->device;
    if (!device->needs_preparation) {
        present_and_unlock(request);
        return;
    }
    io_unlock(device->domain);
    dispatch_transfer(request);
}

/* ---- of a packet ---- */

void dispatch_by_default(struct wdf_request *request)
{
    if (request->io.type == WdfRequestTypeCreate)
        dispatch_create(request);
    else
        dispatch_by_type(request);
}

static void present_caller_or_enqueue(struct wdf_request *request, struct wdf_queue *queue,
                                      bool shows_caller)
{
    struct io_device *device = request->device;
    io_lock(device->domain);
    request->is_with_parent = queue->device != device;
    if (shows_caller && sees_caller(request)) {
        caller_context_present_and_unlock(request, queue);
        return;
    }
    NTSTATUS status = enqueue_locked(queue, request);
    io_unlock(device->domain);
    if (!NT_SUCCESS(status))
        request_finish(request, status, 0);
}

void dispatch_to_queue(struct wdf_request *request, struct wdf_queue *queue, bool shows_caller)
{
    struct io_device *device = request->device;
    NTSTATUS status = prepare_for(queue, request);
    if (!NT_SUCCESS(status)) {
        reject(request, status);
        return;
    }
    object_reference(&device->object);
    present_caller_or_enqueue(request, queue, shows_caller);
    object_release(&device->object);
}

void dispatch_answer(struct wdf_request *request, NTSTATUS status, size_t information)
{
    if (request->io.type == WdfRequestTypeCreate && NT_SUCCESS(status))
        status = make_file(request);
    end(request, status, information);
}

/* S4.7 step 1; a create that fails takes it back. */
static NTSTATUS count_open_locked(struct io_device *device) REQUIRES(io_lock)
{
    bool is_open = device->open_count++ > 0;
    if (io_device_is_closing_locked(device))
        return STATUS_DEVICE_REMOVED;
    if (device->gate == IO_GATE_SHUT)
        return STATUS_NO_SUCH_DEVICE; /* S3.28, S3.29 */
    return is_open && device->settings.is_exclusive ? STATUS_ACCESS_DENIED
                                                    : STATUS_SUCCESS; /* S3.17 */
}

/*
 * From here on a request counts, and removal waits for its answer. After an error it is refused.
 */
static NTSTATUS count_create_locked(struct io_device *device, struct wdf_request *request)
    REQUIRES(io_lock)
{
    device->outstanding++;
    NTSTATUS status = count_open_locked(device);
    return NT_SUCCESS(status) ? status : refuse_locked(request, status);
}

static NTSTATUS count_transfer_locked(struct io_device *device, struct wdf_request *request)
    REQUIRES(io_lock)
{
    device->outstanding++;
    request->io.file->outstanding++;
    if (device->gate == IO_GATE_EMPTYING)
        return refuse_locked(request, STATUS_INVALID_DEVICE_STATE); /* S11.18 */
    return device->gate < IO_GATE_REMOVED ? STATUS_SUCCESS
                                          : refuse_locked(request, STATUS_DEVICE_REMOVED);
}

static void submit_create(struct io_device *device, struct wdf_request *request)
{
    io_lock(device->domain);
    NTSTATUS status = count_create_locked(device, request);
    bool is_packet = device->sees_packets && irp_is_wanted(device, WdfRequestTypeCreate);
    if (NT_SUCCESS(status) && !is_packet && !sees_creates(device) && !passes_creates(device))
        request->state = REQUEST_COMPLETED; /* S4.7 step 3: it is decided */
    io_unlock(device->domain);
    if (!NT_SUCCESS(status))
        request_finish(request, status, 0);
    else if (is_packet)
        irp_present(request);
    else
        dispatch_create(request);
}

/* It is on its opener's account until it is answered. */
static inline bool is_within_quota(struct wdf_request *request)
{
    struct quota_account *account = request->io.file->quota.account;
    if (account == NULL)
        return true;
    request->is_charged = quota_charge(account, request_weight(request));
    return request->is_charged;
}

/* The usual way is one section of the lock, in which the request is counted and queued, and the
 * driver called; the lock is dropped around that. */
static void submit_transfer(struct io_device *device, struct wdf_request *request)
{
    io_lock(device->domain);
    NTSTATUS status = count_transfer_locked(device, request);
    if (NT_SUCCESS(status) && !control_is_allowed(request))
        status = refuse_locked(request,
                               STATUS_ACCESS_DENIED); /* before anything of the driver sees it */
    if (NT_SUCCESS(status) && !is_within_quota(request))
        status = refuse_locked(request, STATUS_QUOTA_EXCEEDED);
    if (NT_SUCCESS(status) && !overlapped_concerns_locked(&request->io)) {
        dispatch_transfer_and_unlock(request);
        return;
    }
    io_unlock(device->domain);
    if (NT_SUCCESS(status))
        overlapped_submit(request);
    else
        request_finish(request, status, 0);
}

/* The request's first step. */
static inline void note_received(struct wdf_request *request)
{
    const struct io_request *io = &request->io;
    size_t length = io->type == WdfRequestTypeRead ? io->output_length : io->input_length;
    uint64_t length_and_client = (uint32_t)length | (uint64_t)(uint32_t)io->requestor_pid << 32;
    request->received_at = request->queued_at = history_step();
    history_add(RECEIVED, &request->object, length_and_client, (int32_t)io->control_code,
                (unsigned)io->type);
}

void io_request_submit_sent(struct io_request *io)
{
    struct wdf_request *request = request_from_io(io);
    struct io_device *device = request->device;
    note_received(request);
    if (io->type == WdfRequestTypeCreate) {
        submit_create(device, request);
        return;
    }
    if (io->file == NULL)
        io->file = device->no_file;
    io_lock(device->domain);
    NTSTATUS status = count_transfer_locked(device, request);
    if (NT_SUCCESS(status)) {
        dispatch_transfer_and_unlock(request);
        return;
    }
    io_unlock(device->domain);
    request_finish(request, status, 0);
}

void io_request_submit(struct io_request *io)
{
    struct wdf_request *request = request_from_io(io);
    note_received(request);
    if (io->type == WdfRequestTypeCreate)
        submit_create(request->device, request);
    else
        submit_transfer(request->device, request);
}
