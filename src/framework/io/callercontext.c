/*
 * EvtIoInCallerContext and WdfDeviceEnqueueRequest. See callercontext.h.
 *
 * From the callback until it is enqueued or completed a request is the driver's and in an internal
 * queue of the device, so that it is counted and watched as any other; but it cannot be made
 * cancelable (S7.24).
 */
#include "framework/io/callercontext.h"

#include <wdf.h>

#include "framework/object/apiresult.h"
#include "framework/io/dispatch.h"
#include "framework/io/pass.h"
#include "framework/io/queue.h"
#include "framework/object/callback.h"
#include "framework/object/verifier.h"

static void set_in_caller_context_locked(struct wdf_request *request, bool value) REQUIRES(io_lock)
{
    atomic_store_explicit(&request->in_caller_context, value, memory_order_release);
}

static void leave_caller_context(struct wdf_request *request)
{
    IO_LOCK_SCOPE(request->device->domain);
    set_in_caller_context_locked(request, false);
}

void caller_context_present_and_unlock(struct wdf_request *request, struct wdf_queue *queue)
{
    struct io_device *device = request->device;
    object_reference(&request->object); /* which has one on the device */
    queue_own_locked(device->caller_queue, request);
    request->caller_thread = port_thread_self();
    request->chosen_queue = queue;
    set_in_caller_context_locked(request, true);
    io_unlock(device->domain);

    struct callback callback;
    callback_enter_request(&callback, "EvtIoInCallerContext", device, request,
                           request->io.requestor_pid);
    device->settings.evt_io_in_caller_context(io_device_handle(device), request_handle(request));
    callback_leave(&callback);

    /* Usually it was enqueued, and has left. */
    if (request->in_caller_context)
        leave_caller_context(request);
    object_release(&request->object);
}

/* S5.18: what speaks against enqueueing it, whatever its queue is. */
static const char *problem_locked(const struct io_device *device, const struct wdf_request *request)
    REQUIRES(io_lock)
{
    if (request->device != device)
        return "belongs to another device";
    if (!request->in_caller_context)
        return "is not in EvtIoInCallerContext";
    return request->state != REQUEST_OWNED ? "is not owned by the driver" : NULL;
}

static struct wdf_queue *queue_for(struct io_device *device, const struct wdf_request *request)
{
    return request->chosen_queue != NULL ? request->chosen_queue
                                         : dispatch_queue_for(device, request->io.type);
}

/* A request that is in its EvtIoInCallerContext, on its way to its queue. */
static NTSTATUS enqueue_locked(struct io_device *device, struct wdf_request *request)
    REQUIRES(io_lock)
{
    struct wdf_queue *queue = queue_for(device, request);
    if (queue == NULL)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (!queue->accepts)
        return STATUS_WDF_BUSY;

    set_in_caller_context_locked(request, false);
    request->queued_at = history_step(); /* not when EvtIoInCallerContext began */
    queue_disown_locked(device->caller_queue, request);
    if (request->is_cancelled) {
        queue_cancel_detached_locked(queue, request); /* S5.19 */
        queue_dispatch_locked(queue, QUEUE_ENTER_IF_NOBODY_INSIDE);
    } else {
        queue_append_locked(queue, request);
        queue_dispatch_locked(queue, QUEUE_ENTER_ALWAYS);
    }
    /* The internal queue may have become what somebody waits for. */
    io_changed_locked(device);
    return STATUS_SUCCESS;
}

/* False: it is for the device below (S5.12). */
static bool enqueue(struct io_device *device, struct wdf_request *request, NTSTATUS *status)
{
    VERIFIER_SAYS_AT_END();
    IO_LOCK_SCOPE(device->domain);
    const char *problem = problem_locked(device, request);
    if (problem != NULL) {
        verifier_find("WdfDeviceEnqueueRequest", "S5.18", "WDFREQUEST %p %s",
                      (void *)&request->object, problem);
        *status = STATUS_INVALID_DEVICE_REQUEST;
        return true;
    }
    if (device->settings.is_filter && queue_for(device, request) == NULL) {
        set_in_caller_context_locked(request, false);
        return false;
    }
    *status = enqueue_locked(device, request);
    return true;
}

NTSTATUS WdfDeviceEnqueueRequest(WDFDEVICE Device, WDFREQUEST Request)
{
    struct io_device *device = io_device_from_handle(Device);
    struct wdf_request *request = request_from_handle(Request);
    NTSTATUS status;
    if (!enqueue(device, request, &status))
        status = pass_and_forget(request, device->lower, NULL);
    return API_RESULT(status, "S5.18");
}
