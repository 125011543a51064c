/* How a driver takes requests out of a queue, looks for them, and puts them into another
 * (S6.47-S6.61). */
#include "framework/io/queueapi.h"

#include <wdf.h>

#include "framework/object/apiresult.h"
#include "framework/io/fileobject.h"
#include "framework/io/statisticscount.h"
#include "framework/object/verifier.h"

/* ---- retrieving ---- */

static NTSTATUS check_retrievable_locked(const struct wdf_queue *queue) REQUIRES(io_lock)
{
    if (queue->config.DispatchType == WdfIoQueueDispatchParallel)
        return STATUS_INVALID_DEVICE_STATE;
    if (!queue->is_powered || !queue->dispatches)
        return STATUS_WDF_PAUSED;
    return STATUS_SUCCESS;
}

/* Whether the request is of the file with that serial; 0: of any. Addresses of files are used
 * again. */
static bool is_of_file(const struct wdf_request *request, uint64_t serial)
{
    return serial == 0 || (request->io.file != NULL && request->io.file->serial == serial);
}

/* The oldest request of that file. */
static struct wdf_request *find_by_file_locked(struct wdf_queue *queue, uint64_t serial)
    REQUIRES(io_lock)
{
    for (LIST_ENTRY *entry = queue->queued.Flink; entry != &queue->queued; entry = entry->Flink) {
        struct wdf_request *request = request_from_queue_entry(entry);
        if (is_of_file(request, serial))
            return request;
    }
    return NULL;
}

/*
 * Takes the request off its queue for the driver. False: it was one that the framework completes
 * itself (S5.22), and the caller looks for another. Drops the lock then.
 */
static bool hand_over_locked(struct wdf_queue *queue, struct wdf_request *request) REQUIRES(io_lock)
{
    history_step();
    queue_remove_locked(queue, request);
    if (queue_swallows(queue, request)) {
        queue_finish_unpresented_locked(queue, request, STATUS_SUCCESS);
        return false;
    }
    queue_own_locked(queue, request);
    request->given_by = GIVEN_BY_RETRIEVAL;
    history_add(RETRIEVED, &request->object, (uintptr_t)&queue->object, 0, 0);
    return true;
}

static NTSTATUS retrieve(struct wdf_queue *queue, uint64_t serial, WDFREQUEST *result)
{
    IO_LOCK_SCOPE(queue->device->domain);
    NTSTATUS status = check_retrievable_locked(queue);
    if (!NT_SUCCESS(status))
        return status;

    /* Counted as inside: the queue must not finish a purge, let alone go, while a zero-length
     * request is completed. */
    queue->active++;
    struct wdf_request *request = find_by_file_locked(queue, serial);
    while (request != NULL && !hand_over_locked(queue, request))
        request = find_by_file_locked(queue, serial);
    queue->active--;

    if (request != NULL)
        *result = request_handle(request);
    /* What others have recorded meanwhile, since they saw that somebody is inside (S6.35). */
    queue_dispatch_locked(queue, QUEUE_ENTER_IF_NOBODY_INSIDE);
    return request != NULL ? STATUS_SUCCESS : STATUS_NO_MORE_ENTRIES;
}

/* S13.5: a request or a file that can never be in the queue. Those of a child can be in its
 * parent's (S6.62). */
static bool is_of_device(const struct wdf_queue *queue, const struct io_device *device,
                         const void *handle, const char *function)
{
    if (device == NULL || device == queue->device || device->parent == queue->device)
        return true;
    verifier_break(function, "S13.5", "handle %p belongs to another device than WDFQUEUE %p",
                   handle, (const void *)&queue->object);
    return false;
}

NTSTATUS WdfIoQueueRetrieveNextRequest(WDFQUEUE Queue, WDFREQUEST *OutRequest)
{
    struct wdf_queue *queue = queue_from_handle(Queue);
    REQUIRE_PARAMETER(OutRequest);
    *OutRequest = NULL;
    return API_RESULT(retrieve(queue, 0, OutRequest), "S6.47");
}

NTSTATUS WdfIoQueueRetrieveRequestByFileObject(WDFQUEUE Queue, WDFFILEOBJECT FileObject,
                                               WDFREQUEST *OutRequest)
{
    struct wdf_queue *queue = queue_from_handle(Queue);
    struct wdf_file_object *object = file_object_from_handle(FileObject);
    REQUIRE_PARAMETER(OutRequest);
    *OutRequest = NULL;
    if (!is_of_device(queue, object->device, FileObject, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S6.47");
    return API_RESULT(retrieve(queue, object->serial, OutRequest), "S6.47");
}

/* ---- searching ---- */

/* The next one behind `found`, or from the queue's head. S6.51: with a reference, no ownership;
 * taken under the lock, before the request can go. */
static NTSTATUS find_locked(struct wdf_queue *queue, const struct wdf_request *found,
                            uint64_t serial, struct wdf_request **match) REQUIRES(io_lock)
{
    if (found != NULL && (found->state != REQUEST_QUEUED || found->queue != queue))
        return STATUS_NOT_FOUND;
    LIST_ENTRY *entry = found != NULL ? found->queue_entry.Flink : queue->queued.Flink;
    for (; entry != &queue->queued; entry = entry->Flink) {
        struct wdf_request *request = request_from_queue_entry(entry);
        if (!is_of_file(request, serial))
            continue;
        object_reference(&request->object);
        *match = request;
        return STATUS_SUCCESS;
    }
    return STATUS_NO_MORE_ENTRIES;
}

NTSTATUS WdfIoQueueFindRequest(WDFQUEUE Queue, WDFREQUEST FoundRequest, WDFFILEOBJECT FileObject,
                               PWDF_REQUEST_PARAMETERS Parameters, WDFREQUEST *OutRequest)
{
    struct wdf_queue *queue = queue_from_handle(Queue);
    struct wdf_request *found = FoundRequest != NULL ? request_from_handle(FoundRequest) : NULL;
    struct wdf_file_object *file = FileObject != NULL ? file_object_from_handle(FileObject) : NULL;
    uint64_t serial = file != NULL ? file->serial : 0;
    REQUIRE_PARAMETER(OutRequest);
    *OutRequest = NULL;
    if (queue->config.DispatchType != WdfIoQueueDispatchManual)
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S6.50");
    if (Parameters != NULL && Parameters->Size < sizeof(*Parameters))
        return API_RESULT(STATUS_INVALID_PARAMETER_4, "S6.50");
    if (found != NULL && !is_of_device(queue, found->device, FoundRequest, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S6.50");
    if (file != NULL && !is_of_device(queue, file->device, FileObject, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S6.50");

    struct wdf_request *match;
    io_lock(queue->device->domain);
    NTSTATUS status = find_locked(queue, found, serial, &match);
    io_unlock(queue->device->domain);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S6.50");
    if (Parameters != NULL)
        request_describe(match, Parameters);
    *OutRequest = request_handle(match);
    return STATUS_SUCCESS;
}

NTSTATUS WdfIoQueueRetrieveFoundRequest(WDFQUEUE Queue, WDFREQUEST FoundRequest,
                                        WDFREQUEST *OutRequest)
{
    struct wdf_queue *queue = queue_from_handle(Queue);
    struct wdf_request *found = request_from_handle(FoundRequest);
    REQUIRE_PARAMETER(OutRequest);
    *OutRequest = NULL;
    if (queue->config.DispatchType != WdfIoQueueDispatchManual ||
        !is_of_device(queue, found->device, FoundRequest, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S6.52");

    IO_LOCK_SCOPE(queue->device->domain);
    NTSTATUS status = check_retrievable_locked(queue);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S6.52");
    if (found->state != REQUEST_QUEUED || found->queue != queue)
        return API_RESULT(STATUS_NOT_FOUND, "S6.52");
    queue->active++;
    bool is_owned = hand_over_locked(queue, found);
    queue->active--;
    if (!is_owned) {
        queue_dispatch_locked(queue, QUEUE_ENTER_IF_NOBODY_INSIDE);
        return API_RESULT(STATUS_NOT_FOUND, "S6.52"); /* S5.22 */
    }
    *OutRequest = request_handle(found);
    return STATUS_SUCCESS;
}

/* ---- forward and requeue ---- */

/* S7.34, S13.8, S13.9: only what the driver owns, and has not made cancelable, can be moved. */
static bool is_movable_locked(const struct wdf_request *request, const char *function)
    REQUIRES(io_lock)
{
    if (request->state == REQUEST_OWNED && request_is_outside_locked(request)) {
        verifier_find(function, "S6.59",
                      "WDFREQUEST %p is in no queue: WdfDeviceEnqueueRequest is for it",
                      (const void *)&request->object);
        return false;
    }
    if (request->state == REQUEST_OWNED)
        return true;
    verifier_find(function, "S13.8", "WDFREQUEST %p is %s", (const void *)&request->object,
                  request->state == REQUEST_CANCELABLE ? "marked cancelable: unmark it first"
                                                       : "not owned by the driver");
    return false;
}

static NTSTATUS check_destination_locked(const struct wdf_request *request,
                                         const struct wdf_queue *destination) REQUIRES(io_lock)
{
    const char *problem = NULL;
    if (request->queue == destination)
        problem = "is on this queue already";
    else if (request->queue->device != destination->device)
        problem = "belongs to another device";
    if (problem == NULL)
        return STATUS_SUCCESS;
    verifier_find("WdfRequestForwardToIoQueue", "S6.55", "WDFREQUEST %p %s (WDFQUEUE %p)",
                  (const void *)&request->object, problem, (const void *)&destination->object);
    return STATUS_INVALID_DEVICE_REQUEST;
}

/* From the driver's hands to the tail of that queue. */
static NTSTATUS move_locked(struct wdf_request *request, struct wdf_queue *destination)
    REQUIRES(io_lock)
{
    if (!destination->accepts)
        return STATUS_WDF_BUSY;
    struct wdf_queue *source = request->queue;
    history_add_step(FORWARDED, &request->object, (uintptr_t)&destination->object, 0, 0);
    statistics_forwarded_locked(source, request);
    request->queued_at = history_here.now;
    queue_disown_locked(source, request);
    request->is_with_parent = destination->device != request->device;
    /* Held inside for as long as the destination is served: the source must not be deleted before
     * it is served too. */
    source->active++;
    if (request_is_given_up_locked(request)) {
        queue_cancel_detached_locked(destination, request); /* S6.26 */
        queue_dispatch_locked(destination, QUEUE_ENTER_IF_NOBODY_INSIDE);
    } else {
        queue_append_locked(destination, request);
        queue_dispatch_locked(destination, QUEUE_ENTER_ALWAYS);
    }
    source->active--;
    if (source->active == 0 && source->queued_count > 0)
        history_step(); /* to serve the destination has taken time */
    queue_dispatch_locked(source, QUEUE_ENTER_IF_NOBODY_INSIDE);
    return STATUS_SUCCESS;
}

NTSTATUS WdfRequestForwardToIoQueue(WDFREQUEST Request, WDFQUEUE DestinationQueue)
{
    struct wdf_request *request = request_from_handle(Request);
    struct wdf_queue *destination = queue_from_handle(DestinationQueue);
    struct io_device *device = request->device;
    if (!request_came_from_client(request, __func__, "S6.59"))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S6.55");

    VERIFIER_SAYS_AT_END();
    IO_LOCK_SCOPE(device->domain);
    if (!is_movable_locked(request, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S6.55");
    NTSTATUS status = check_destination_locked(request, destination);
    return API_RESULT(NT_SUCCESS(status) ? move_locked(request, destination) : status, "S6.55");
}

/* S6.62, S6.79 */
static NTSTATUS check_parent_queue_locked(const struct wdf_request *request,
                                          const struct wdf_queue *destination) REQUIRES(io_lock)
{
    const struct io_device *device = request->queue->device;
    const char *problem = NULL;
    if (device->parent == NULL)
        problem = "is with a device that is no child";
    else if (device->parent != destination->device)
        problem = "belongs to a device with another parent";
    else if (request->reserved_for != NULL)
        problem = "is a reserved one";
    else if (!device->settings.may_forward_to_parent)
        problem = "belongs to a child without WdfPdoInitAllowForwardingRequestToParent";
    if (problem == NULL)
        return STATUS_SUCCESS;
    verifier_find("WdfRequestForwardToParentDeviceIoQueue", "S6.62",
                  "WDFREQUEST %p %s (WDFQUEUE %p)", (const void *)&request->object, problem,
                  (const void *)&destination->object);
    return STATUS_INVALID_DEVICE_REQUEST;
}

static NTSTATUS move_to_parent(struct wdf_request *request, struct wdf_queue *destination,
                               const char *function)
{
    VERIFIER_SAYS_AT_END();
    IO_LOCK_SCOPE(request->device->domain);
    if (!is_movable_locked(request, function))
        return STATUS_INVALID_DEVICE_REQUEST;
    NTSTATUS status = check_parent_queue_locked(request, destination);
    return NT_SUCCESS(status) ? move_locked(request, destination) : status;
}

NTSTATUS WdfRequestForwardToParentDeviceIoQueue(WDFREQUEST Request, WDFQUEUE ParentDeviceQueue,
                                                PWDF_REQUEST_FORWARD_OPTIONS ForwardOptions)
{
    struct wdf_request *request = request_from_handle(Request);
    struct wdf_queue *destination = queue_from_handle(ParentDeviceQueue);
    REQUIRE_PARAMETER(ForwardOptions);
    if (ForwardOptions->Size != sizeof(*ForwardOptions))
        return API_RESULT(STATUS_INFO_LENGTH_MISMATCH, "S6.62");
    if ((ForwardOptions->Flags & ~(ULONG)WDF_REQUEST_FORWARD_OPTION_SEND_AND_FORGET) != 0)
        return API_RESULT(STATUS_INVALID_PARAMETER, "S6.62");
    if (!request_came_from_client(request, __func__, "S6.62"))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S6.62");
    /* The child may be gone as soon as its request is answered. */
    struct io_device *device = request->device;
    object_reference(&device->object);
    NTSTATUS status = move_to_parent(request, destination, __func__);
    object_release(&device->object);
    return API_RESULT(status, "S6.62");
}

NTSTATUS WdfRequestRequeue(WDFREQUEST Request)
{
    struct wdf_request *request = request_from_handle(Request);
    struct io_device *device = request->device;
    if (!request_came_from_client(request, __func__, "S6.60"))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S6.60");

    VERIFIER_SAYS_AT_END();
    IO_LOCK_SCOPE(device->domain);
    struct wdf_queue *queue = request->queue;
    if (queue == NULL || queue->is_internal ||
        queue->config.DispatchType != WdfIoQueueDispatchManual)
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S6.60");
    if (!is_movable_locked(request, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S6.60");

    history_add_step(REQUEUED, &request->object, (uintptr_t)&queue->object, 0, 0);
    request->queued_at = history_here.now;
    queue_disown_locked(queue, request);
    if (request_is_given_up_locked(request) || queue->cancels_dispatched)
        queue_cancel_detached_locked(queue, request); /* S6.17, S6.60 */
    else
        queue_prepend_locked(queue, request);
    queue_dispatch_locked(queue, QUEUE_ENTER_ALWAYS);
    return STATUS_SUCCESS;
}
