/* Reserved requests. See reserve.h. */
#include "framework/io/reserve.h"

#include <stdlib.h>

#include <wdf.h>

#include "framework/object/apiresult.h"
#include "framework/io/dispatch.h"
#include "framework/io/held.h"
#include "framework/io/queueapi.h"
#include "framework/object/callback.h"
#include "framework/object/verifier.h"

/* ---- one request ---- */

/* After a use, for the next one or for its end. */
static void reopen(struct wdf_request *request)
{
    if (!object_is_buried(&request->object))
        return;
    request_wake(request);
    request_clear(request);
    object_exhume(&request->object, &reserved_request_class);
}

static void destroy(struct wdf_request *request)
{
    reopen(request);
    request->reserved_for = NULL;
    object_dispose_unlinked(&request->object);
    object_release(&request->object);
}

/* The next to be used is the one that has rested longest. */
static void append_locked(struct reserve *reserve, struct wdf_request *request)
{
    struct wdf_request **end = &reserve->free;
    while (*end != NULL)
        end = &(*end)->next;
    request->next = NULL;
    *end = request;
}

/* The last reference to a request in use is gone. False: to nobody's use any more. */
static bool revive(struct wdf_object *object)
{
    struct wdf_request *request = CONTAINING_RECORD(object, struct wdf_request, object);
    struct wdf_queue *queue = request->reserved_for;
    struct io_device *device = request->device;
    if (queue == NULL)
        return false;

    object_revive(object);
    request_lay_to_rest(request);
    io_lock(device->domain);
    bool is_closed = queue->reserve->is_closed;
    if (!is_closed) {
        append_locked(queue->reserve, request);
        io_changed_locked(device);
    }
    io_unlock(device->domain);
    if (is_closed)
        destroy(request);
    object_release(&queue->object); /* of the use */
    return true;
}

const struct object_class reserved_request_class = {
    .name = "WDFREQUEST",
    .free = request_free,
    .revive = revive,
    .driver = request_driver,
    .is_framework_owned = true,
};

/* ---- the policy ---- */

static void destroy_all(struct wdf_request *requests)
{
    while (requests != NULL) {
        struct wdf_request *request = requests;
        requests = request->next;
        destroy(request);
    }
}

/* S6.77: all of them with the driver's resources, or none. */
static NTSTATUS allocate_all(struct wdf_queue *queue, struct reserve *reserve)
{
    for (ULONG i = 0; i < reserve->policy.TotalForwardProgressRequests; i++) {
        struct wdf_request *request = request_allocate(queue->device, &reserved_request_class);
        if (request == NULL)
            return STATUS_INSUFFICIENT_RESOURCES;
        request->reserved_for = queue;
        request->next = reserve->free;
        reserve->free = request;
        if (reserve->policy.EvtIoAllocateResourcesForReservedRequest == NULL)
            continue;
        struct callback callback;
        callback_enter_request(&callback, "EvtIoAllocateResourcesForReservedRequest", queue,
                               request, 0);
        NTSTATUS status = reserve->policy.EvtIoAllocateResourcesForReservedRequest(
            queue_handle(queue), request_handle(request));
        callback_leave(&callback);
        if (!NT_SUCCESS(status))
            return status;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS validate(const WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY *policy)
{
    if (policy->Size != sizeof(*policy))
        return STATUS_INFO_LENGTH_MISMATCH;
    bool examines =
        policy->ForwardProgressReservedPolicy == WdfIoForwardProgressReservedPolicyUseExamine;
    if (examines && policy->ForwardProgressReservePolicySettings.Policy.ExaminePolicy
                            .EvtIoWdmIrpForForwardProgress == NULL)
        return STATUS_INVALID_PARAMETER;
    return policy->TotalForwardProgressRequests > 0 ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

/* Whether this call is the first of the queue, and makes the next one the second. */
static bool claim(struct wdf_queue *queue)
{
    IO_LOCK_SCOPE(queue->device->domain);
    bool is_first = !queue->has_policy;
    queue->has_policy = true;
    return is_first;
}

static NTSTATUS assign(struct wdf_queue *queue, const WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY *policy)
{
    NTSTATUS status = validate(policy);
    if (!NT_SUCCESS(status))
        return status;
    struct reserve *reserve = calloc(1, sizeof(*reserve));
    if (reserve == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    reserve->policy = *policy;
    status = allocate_all(queue, reserve);
    if (!NT_SUCCESS(status)) {
        destroy_all(reserve->free);
        free(reserve);
        return status;
    }
    IO_LOCK_SCOPE(queue->device->domain);
    queue->reserve = reserve;
    if (policy->EvtIoAllocateRequestResources != NULL)
        queue->device->needs_preparation = true;
    return STATUS_SUCCESS;
}

NTSTATUS WdfIoQueueAssignForwardProgressPolicy(
    WDFQUEUE Queue, PWDF_IO_QUEUE_FORWARD_PROGRESS_POLICY ForwardProgressPolicy)
{
    struct wdf_queue *queue = queue_from_handle(Queue);
    REQUIRE_PARAMETER(ForwardProgressPolicy);
    if (queue->device->is_umdf)
        return API_RESULT(STATUS_NOT_IMPLEMENTED, "S6.76");
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S6.76");
    if (!claim(queue))
        return API_RESULT(STATUS_INVALID_PARAMETER, "S6.76");
    NTSTATUS status = assign(queue, ForwardProgressPolicy);
    if (!NT_SUCCESS(status)) {
        IO_LOCK_SCOPE(queue->device->domain);
        queue->has_policy = false;
    }
    return API_RESULT(status, "S6.76");
}

BOOLEAN WdfRequestIsReserved(WDFREQUEST Request)
{
    return request_from_handle(Request)->reserved_for != NULL;
}

/* ---- when there is no memory ---- */

/* S6.78: what the policy says of a request that could not be made. */
static NTSTATUS decide(struct wdf_queue *queue, const WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY *policy)
{
    PFN_WDF_IO_WDM_IRP_FOR_FORWARD_PROGRESS examine =
        policy->ForwardProgressReservePolicySettings.Policy.ExaminePolicy
            .EvtIoWdmIrpForForwardProgress;
    switch (policy->ForwardProgressReservedPolicy) {
    case WdfIoForwardProgressReservedPolicyUseExamine:
        return examine(queue_handle(queue), NULL) == WdfIoForwardProgressActionUseReservedRequest
                   ? STATUS_SUCCESS
                   : STATUS_UNSUCCESSFUL;
    case WdfIoForwardProgressReservedPolicyPagingIO:
        return STATUS_UNSUCCESSFUL; /* nobody pages to a device of ours */
    default:
        return STATUS_SUCCESS;
    }
}

/* Waits until one is free; NULL when the device goes. With io_lock held. */
static struct wdf_request *take_locked(struct wdf_queue *queue) REQUIRES(io_lock)
{
    struct io_device *device = queue->device;
    struct reserve *reserve = queue->reserve;
    struct port_patience patience = {0};
    while (reserve->free == NULL && !reserve->is_closed && !io_device_is_closing_locked(device)) {
        if (io_wait_locked(device, &patience))
            held_report_locked(queue, "a client waits, without memory for its request");
    }
    struct wdf_request *request = reserve->free;
    if (request != NULL) {
        reserve->free = request->next;
        reopen(request);
        object_reference(&queue->object); /* of the use */
    }
    return request;
}

NTSTATUS io_request_create_reserved(struct io_device *device, const struct io_transport *transport,
                                    WDF_REQUEST_TYPE type, uint32_t open_flags,
                                    struct io_request **io)
{
    struct wdf_queue *queue =
        type != WdfRequestTypeCreate ? dispatch_queue_for(device, type) : NULL;
    if (queue == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    io_lock(device->domain);
    struct reserve *reserve = queue->reserve;
    io_unlock(device->domain);
    if (reserve != NULL && overlapped_is_asked(type, open_flags))
        return STATUS_CANT_WAIT;
    NTSTATUS status =
        reserve != NULL ? decide(queue, &reserve->policy) : STATUS_INSUFFICIENT_RESOURCES;
    if (!NT_SUCCESS(status))
        return status;

    IO_LOCK_SCOPE(device->domain);
    struct wdf_request *request = take_locked(queue);
    if (request == NULL)
        return STATUS_DEVICE_REMOVED;
    request->io.transport = transport;
    request->io.type = type;
    *io = &request->io;
    return STATUS_SUCCESS;
}

NTSTATUS reserve_prepare(struct wdf_queue *queue, struct wdf_request *request)
{
    io_lock(queue->device->domain);
    const struct reserve *reserve = queue->reserve;
    io_unlock(queue->device->domain);
    if (reserve == NULL || request->reserved_for != NULL ||
        reserve->policy.EvtIoAllocateRequestResources == NULL)
        return STATUS_SUCCESS;
    struct callback callback;
    callback_enter_request(&callback, "EvtIoAllocateRequestResources", queue, request,
                           request->io.requestor_pid);
    NTSTATUS status =
        reserve->policy.EvtIoAllocateRequestResources(queue_handle(queue), request_handle(request));
    callback_leave(&callback);
    return status;
}

void reserve_close(struct wdf_queue *queue)
{
    struct io_device *device = queue->device;
    io_lock(device->domain);
    struct wdf_request *requests = NULL;
    if (queue->reserve != NULL) {
        requests = queue->reserve->free;
        queue->reserve->free = NULL;
        queue->reserve->is_closed = true;
        io_changed_locked(device);
    }
    io_unlock(device->domain);
    destroy_all(requests);
}
