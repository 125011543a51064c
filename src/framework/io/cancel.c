/*
 * Cancellation: by the client, and the driver's functions for it (S7.18-S7.33).
 *
 * The device's io_lock decides a race: as long as a request is CANCELABLE either
 * Unmark takes it back or a cancellation makes it CANCELLING, never both.
 */
#include "framework/io/cancel.h"

#include <wdf.h>

#include "framework/io/pass.h"
#include "framework/io/queue.h"
#include "framework/io/request.h"
#include "framework/object/apiresult.h"
#include "framework/object/verifier.h"

/* What a cancellation leaves to be done without the lock. */
enum rest {
    REST_NONE,    /* nobody is told: it is not there yet or any more, or not to be cancelled */
    REST_TOLD,    /* a queue takes care of it */
    REST_FINISH,  /* it waited behind one in flight, and is on no list any more */
    REST_GIVE_UP, /* it was sent on */
};

static enum rest cancel_locked(struct wdf_request *request, struct passed_to *to) REQUIRES(io_lock)
{
    request->is_cancelled = true;
    history_add_step(CANCELLED, &request->object, 0, 0, 0);
    if (request->state == REQUEST_WAITING) {
        overlapped_give_up_locked(request);
        return REST_FINISH;
    }
    if (request->state == REQUEST_SENT) {
        *to = pass_find_locked(request);
        return REST_GIVE_UP;
    }
    if (request->queue == NULL || request->state == REQUEST_COMPLETED)
        return REST_NONE;
    bool is_told = request->state == REQUEST_QUEUED || request->state == REQUEST_CANCELABLE;
    queue_request_cancelled_locked(request->queue, request);
    return is_told ? REST_TOLD : REST_NONE;
}

/* With a reference on the device: the request may be answered and gone before this is over. */
static bool cancel(struct wdf_request *request, bool is_by_client)
{
    struct io_device *device = request->device;
    object_reference(&device->object);
    io_lock(device->domain);
    bool is_answered =
        is_by_client && request->trial >= TRIAL_DETACHED; /* and no business of the client */
    struct passed_to to;
    enum rest rest = is_answered ? REST_NONE : cancel_locked(request, &to);
    io_changed_locked(device); /* a late completion (injected.h) */
    io_unlock(device->domain);
    if (rest == REST_FINISH)
        request_finish(request, STATUS_CANCELLED, 0);
    bool is_told = rest == REST_GIVE_UP ? pass_give_up(&to) : rest != REST_NONE;
    object_release(&device->object);
    return is_told;
}

void io_request_cancel(struct io_request *io)
{
    (void)cancel(request_from_io(io), true);
}

bool request_cancel_told(struct wdf_request *request)
{
    return cancel(request, true);
}

void request_cancel(struct wdf_request *request)
{
    (void)cancel(request, false);
}

/* S7.17 of a request that was cancelled, or whose queue is being purged (S6.17). */
static bool is_cancelled_locked(const struct wdf_request *request) REQUIRES(io_lock)
{
    return request_is_given_up_locked(request) || request->queue->cancels_dispatched;
}

/* S7.18: which request can be marked at all. */
static bool is_markable_locked(const struct wdf_request *request, const char *function)
    REQUIRES(io_lock)
{
    if (request->state == REQUEST_OWNED && !request_is_outside_locked(request))
        return true;
    if (request->state == REQUEST_OWNED) {
        verifier_find(function, "S7.24",
                      "WDFREQUEST %p is in no queue: it cannot be made cancelable",
                      (const void *)&request->object);
        return false;
    }
    verifier_find(function, "S7.18", "WDFREQUEST %p is %s", (const void *)&request->object,
                  request->state == REQUEST_CANCELABLE ? "marked cancelable already"
                                                       : "not owned by the driver");
    return false;
}

static void note_marked(const struct wdf_request *request)
{
    port_lock_is_not_needed(io_lock); /* it is held */
    history_add_step(MARKED, &request->object, (uintptr_t)request->evt_cancel, 0, 0);
}

VOID WdfRequestMarkCancelable(WDFREQUEST Request, PFN_WDF_REQUEST_CANCEL EvtRequestCancel)
{
    struct wdf_request *request = request_from_handle(Request);
    REQUIRE_PARAMETER(EvtRequestCancel);
    if (!request_came_from_client(request, __func__, "S7.18"))
        return;
    struct io_device *device = request->device;
    object_reference(&device->object);
    io_lock(device->domain);
    if (is_markable_locked(request, __func__)) {
        request->evt_cancel = EvtRequestCancel;
        request->state = REQUEST_CANCELABLE;
        note_marked(request);
        if (is_cancelled_locked(request))
            queue_request_cancelled_locked(request->queue, request); /* S7.19 */
    }
    io_unlock(device->domain);
    verifier_say();
    object_release(&device->object);
}

NTSTATUS WdfRequestMarkCancelableEx(WDFREQUEST Request, PFN_WDF_REQUEST_CANCEL EvtRequestCancel)
{
    struct wdf_request *request = request_from_handle(Request);
    REQUIRE_PARAMETER(EvtRequestCancel);
    if (!request_came_from_client(request, __func__, "S7.18"))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S7.18");
    VERIFIER_SAYS_AT_END();
    IO_LOCK_SCOPE(request->device->domain);
    if (!is_markable_locked(request, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S7.18");
    if (is_cancelled_locked(request))
        return API_RESULT(STATUS_CANCELLED, "S7.18");
    request->evt_cancel = EvtRequestCancel;
    request->state = REQUEST_CANCELABLE;
    note_marked(request);
    return STATUS_SUCCESS;
}

NTSTATUS WdfRequestUnmarkCancelable(WDFREQUEST Request)
{
    struct wdf_request *request = request_from_handle(Request);
    if (!request_came_from_client(request, __func__, "S7.20"))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S7.20");
    VERIFIER_SAYS_AT_END();
    IO_LOCK_SCOPE(request->device->domain);
    switch (request->state) {
    case REQUEST_CANCELABLE:
        request->state = REQUEST_OWNED;
        request->evt_cancel = NULL;
        history_add_step(UNMARKED, &request->object, 0, 0, 0);
        return STATUS_SUCCESS;
    case REQUEST_CANCELLING:
        return API_RESULT(STATUS_CANCELLED, "S7.20"); /* S7.20 */
    case REQUEST_OWNED:
        /* EvtRequestCancel has been called and has not completed it yet, or it was never marked. */
        if (request->evt_cancel != NULL)
            return API_RESULT(STATUS_CANCELLED, "S7.20");
        verifier_find(__func__, "S7.20", "WDFREQUEST %p is not marked cancelable", (void *)Request);
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S7.20");
    case REQUEST_COMPLETED:
        /* By EvtRequestCancel, while the caller was on its way here with a reference. */
        if (request->evt_cancel != NULL)
            return API_RESULT(STATUS_CANCELLED, "S7.20");
        __attribute__((fallthrough));
    default:
        verifier_find(__func__, "S7.20", "WDFREQUEST %p is not owned by the driver",
                      (void *)Request);
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S7.20");
    }
}

BOOLEAN WdfRequestIsCanceled(WDFREQUEST Request)
{
    struct wdf_request *request = request_from_handle(Request);
    if (request->device == NULL)
        return FALSE; /* S7.36: nobody can have cancelled what was never sent */
    VERIFIER_SAYS_AT_END();
    IO_LOCK_SCOPE(request->device->domain);
    if (request->state != REQUEST_OWNED) {
        verifier_find(__func__, "S7.23", "WDFREQUEST %p is %s", (void *)Request,
                      request->state == REQUEST_CANCELABLE ? "marked cancelable"
                                                           : "not owned by the driver");
        return FALSE;
    }
    /* A purge says nothing of a request that the driver merely owns. Of one outside its queues,
     * which it can't mark, removal is to be heard of. */
    return request_is_given_up_locked(request) || request->is_cancelled_by_queue ||
           (request_is_outside_locked(request) && request->queue->cancels_dispatched);
}
