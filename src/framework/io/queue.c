/* The queue and its dispatch loop. See queue.h; creation and the driver's calls are in
 * queueapi.c. */
#include "framework/io/queue.h"

#include <wdf.h>

#include "framework/io/heldwatch.h"
#include "framework/io/queuepower.h"
#include "framework/io/statisticscount.h"
#include "framework/object/callback.h"

#include "port/log.h"

/* ---- moving requests ---- */

static void enter_queued_locked(struct wdf_queue *queue, struct wdf_request *request)
    REQUIRES(io_lock)
{
    request->state = REQUEST_QUEUED;
    request->queue = queue;
    request->stop = STOP_NONE;
    if (queue->queued_count++ == 0)
        queue->became_ready = true; /* S6.43 */
    if (__builtin_expect(queue->watches_power, false))
        queue_follow_power_locked(queue);
}

void queue_append_locked(struct wdf_queue *queue, struct wdf_request *request)
{
    InsertTailList(&queue->queued, &request->queue_entry);
    enter_queued_locked(queue, request);
}

void queue_prepend_locked(struct wdf_queue *queue, struct wdf_request *request)
{
    InsertHeadList(&queue->queued, &request->queue_entry);
    enter_queued_locked(queue, request);
}

void queue_remove_locked(struct wdf_queue *queue, struct wdf_request *request)
{
    RemoveEntryList(&request->queue_entry);
    request->queue = NULL;
    if (--queue->queued_count == 0)
        queue->became_ready = false;
}

void queue_own_locked(struct wdf_queue *queue, struct wdf_request *request)
{
    InsertTailList(&queue->owned, &request->queue_entry);
    request->state = REQUEST_OWNED;
    request->queue = queue;
    request->was_presented = true;
    request->given_by = GIVEN_BY_PRESENTATION;
    request->evt_cancel = NULL; /* what an earlier owner was told is over */
    request->owned_at = history_here.now;
    queue->driver_count++;
    statistics_owned_locked(queue);
}

void queue_disown_locked(struct wdf_queue *queue, struct wdf_request *request)
{
    RemoveEntryList(&request->queue_entry);
    request->queue = NULL;
    queue->driver_count--;
}

/* ---- cancelling ---- */

/* S6.38: the driver has seen it, and wants to be told. */
static bool owes_cancelled_on_queue_locked(const struct wdf_queue *queue,
                                           const struct wdf_request *request) REQUIRES(io_lock)
{
    return request->was_presented && queue->config.EvtIoCanceledOnQueue != NULL;
}

static void enter_cancelled_locked(struct wdf_queue *queue, struct wdf_request *request)
    REQUIRES(io_lock)
{
    InsertTailList(&queue->cancelled, &request->queue_entry);
    request->state = REQUEST_CANCELLED_ON_QUEUE;
    request->is_cancelled_by_queue = true;
    request->queue = queue;
    queue->driver_count++;
}

/* Completes requests that are on no list but the given one, in state COMPLETED. */
static void finish_cancelled_locked(struct wdf_queue *queue, LIST_ENTRY *requests) REQUIRES(io_lock)
{
    for (LIST_ENTRY *entry = requests->Flink; entry != requests; entry = entry->Flink)
        statistics_ended_locked(queue, request_from_queue_entry(entry), STATUS_CANCELLED);
    /* Active: the queue must not be quiet, and so be deleted, while the lock is dropped. */
    queue->active++;
    io_unlock(queue->device->domain);
    while (!IsListEmpty(requests))
        request_finish(request_from_queue_entry(RemoveHeadList(requests)), STATUS_CANCELLED, 0);
    io_lock(queue->device->domain);
    queue->active--;
}

void queue_cancel_detached_locked(struct wdf_queue *queue, struct wdf_request *request)
{
    if (owes_cancelled_on_queue_locked(queue, request)) {
        enter_cancelled_locked(queue, request);
        return;
    }
    LIST_ENTRY alone;
    InitializeListHead(&alone);
    InsertTailList(&alone, &request->queue_entry);
    request->state = REQUEST_COMPLETED;
    finish_cancelled_locked(queue, &alone);
}

/* S7.31: whatever the reason, a cancelable request goes to EvtRequestCancel through the loop. */
static void cancel_cancelable_locked(struct wdf_queue *queue, struct wdf_request *request)
    REQUIRES(io_lock)
{
    RemoveEntryList(&request->queue_entry);
    InsertTailList(&queue->cancelling, &request->queue_entry);
    request->state = REQUEST_CANCELLING;
    request->is_cancelled_by_queue = true;
}

void queue_request_cancelled_locked(struct wdf_queue *queue, struct wdf_request *request)
{
    if (request->state == REQUEST_QUEUED) {
        queue_remove_locked(queue, request);
        queue_cancel_detached_locked(queue, request);
    } else if (request->state == REQUEST_CANCELABLE) {
        cancel_cancelable_locked(queue, request);
    } else {
        if (request->state == REQUEST_OWNED)
            heldwatch_begin_locked(request); /* S7.22: only recorded */
        return;
    }
    queue_dispatch_locked(queue, QUEUE_ENTER_IF_NOBODY_INSIDE);
}

/* With NULL, of every file or device. */
static void cancel_queued_locked(struct wdf_queue *queue, const struct io_file *file,
                                 const struct io_device *device) REQUIRES(io_lock)
{
    /* All are taken before the first is completed: what arrives while the lock is dropped is not
     * meant (S6.11), and nobody may find what is meant. */
    LIST_ENTRY unclaimed;
    InitializeListHead(&unclaimed);
    LIST_ENTRY *entry = queue->queued.Flink;
    while (entry != &queue->queued) {
        struct wdf_request *request = request_from_queue_entry(entry);
        entry = entry->Flink;
        if ((file != NULL && request->io.file != file) ||
            (device != NULL && request->device != device))
            continue;
        queue_remove_locked(queue, request);
        if (owes_cancelled_on_queue_locked(queue, request)) {
            enter_cancelled_locked(queue, request);
        } else {
            InsertTailList(&unclaimed, &request->queue_entry);
            request->state = REQUEST_COMPLETED;
        }
    }
    finish_cancelled_locked(queue, &unclaimed);
}

void queue_cancel_queued_locked(struct wdf_queue *queue, const struct io_file *file)
{
    cancel_queued_locked(queue, file, NULL);
}

static void cancel_all_cancelable_locked(struct wdf_queue *queue, const struct io_device *device)
    REQUIRES(io_lock)
{
    LIST_ENTRY *entry = queue->owned.Flink;
    while (entry != &queue->owned) {
        struct wdf_request *request = request_from_queue_entry(entry);
        entry = entry->Flink;
        if (request->state == REQUEST_CANCELABLE && (device == NULL || request->device == device))
            cancel_cancelable_locked(queue, request);
    }
}

void queue_cancel_all_locked(struct wdf_queue *queue)
{
    queue->cancels_dispatched = true;
    cancel_all_cancelable_locked(queue, NULL);
    cancel_queued_locked(queue, NULL, NULL);
}

void queue_cancel_of_device_locked(struct wdf_queue *queue, const struct io_device *device)
{
    cancel_all_cancelable_locked(queue, device);
    cancel_queued_locked(queue, NULL, device);
}

void queue_shut_down_locked(struct wdf_queue *queue)
{
    queue->is_shut_down = true;
    queue->accepts = false;
    queue_cancel_all_locked(queue);
    queue_dispatch_step_locked(queue, QUEUE_ENTER_ALWAYS);
}

/* ---- the loop ---- */

/* The loop is short for what it usually does: presenting. */
#define NOT_INLINE __attribute__((noinline))

enum queue_event {
    EVENT_NONE,
    EVENT_CANCEL_OWNED,
    EVENT_CANCEL_QUEUED,
    EVENT_STOPPED,
    EVENT_PURGED,
    EVENT_READY,
    EVENT_PRESENT,
};

static bool may_present_locked(const struct wdf_queue *queue) REQUIRES(io_lock)
{
    if (queue->queued_count == 0)
        return false;
    switch (queue->config.DispatchType) {
    case WdfIoQueueDispatchSequential:
        return queue->driver_count == 0; /* S6.30 */
    case WdfIoQueueDispatchParallel:
        return queue->driver_count <
               queue->config.Settings.Parallel.NumberOfPresentedRequests; /* S6.31 */
    default:
        return false; /* S6.32 */
    }
}

/* What is to be done next, in the order of S6.28. */
static inline enum queue_event next_event_locked(const struct wdf_queue *queue) REQUIRES(io_lock)
{
    if (!queue->is_notifying && !IsListEmpty(&queue->cancelling))
        return EVENT_CANCEL_OWNED;
    if (!queue->is_notifying && !IsListEmpty(&queue->cancelled))
        return EVENT_CANCEL_QUEUED;

    bool is_quiet = queue->driver_count == 0 && queue->active <= 1; /* S6.19 */
    if (is_quiet && queue->stop.is_pending)
        return EVENT_STOPPED;
    if (is_quiet && queue->purge.is_pending && queue->queued_count == 0)
        return EVENT_PURGED;

    if (!queue->is_powered || !queue->dispatches)
        return EVENT_NONE;
    if (queue->config.DispatchType == WdfIoQueueDispatchManual)
        return queue->became_ready && queue->evt_ready != NULL ? EVENT_READY : EVENT_NONE;
    return may_present_locked(queue) ? EVENT_PRESENT : EVENT_NONE;
}

static inline void begin_callback(struct wdf_queue *queue, struct callback *callback,
                                  const char *name, const struct wdf_request *request)
    RELEASES(io_lock)
{
    io_unlock(queue->device->domain);
    callback_lock_acquire(queue->effective_lock, &queue->object);
    callback_enter_request(callback, name, queue, request,
                           request != NULL ? request->io.requestor_pid : 0);
}

/* Likewise, for a request that the driver is to get: call_handler knows by which callback. */
static inline void begin_presentation(struct wdf_queue *queue, struct callback *callback,
                                      const struct wdf_request *request) RELEASES(io_lock)
{
    io_unlock(queue->device->domain);
    callback_lock_acquire(queue->effective_lock, &queue->object);
    callback_push(callback, "EvtIoDefault", queue, request, request->io.requestor_pid);
}

static inline void end_callback(struct wdf_queue *queue, const struct callback *callback)
    ACQUIRES(io_lock)
{
    callback_leave(callback);
    callback_lock_release(queue->effective_lock, &queue->object);
    io_lock(queue->device->domain);
}

/* The oldest request of one of the two lists of cancelled ones, back in the driver's hands. */
static struct wdf_request *take_cancelled_locked(struct wdf_queue *queue, LIST_ENTRY *list)
    REQUIRES(io_lock)
{
    struct wdf_request *request = request_from_queue_entry(RemoveHeadList(list));
    InsertTailList(&queue->owned, &request->queue_entry);
    request->state = REQUEST_OWNED;
    if (request->is_cancelled)
        heldwatch_begin_locked(request);
    return request;
}

static NOT_INLINE void deliver_cancel_locked(struct wdf_queue *queue) REQUIRES(io_lock)
{
    struct wdf_request *request = take_cancelled_locked(queue, &queue->cancelling);
    PFN_WDF_REQUEST_CANCEL evt_cancel = request->evt_cancel;
    struct callback callback;
    begin_callback(queue, &callback, "EvtRequestCancel", request);
    port_callback("EvtRequestCancel of request", request_handle(request));
    evt_cancel(request_handle(request));
    end_callback(queue, &callback);
}

static NOT_INLINE void deliver_cancelled_on_queue_locked(struct wdf_queue *queue) REQUIRES(io_lock)
{
    struct wdf_request *request = take_cancelled_locked(queue, &queue->cancelled);
    request->given_by = GIVEN_BY_CANCELED_ON_QUEUE;
    struct callback callback;
    begin_callback(queue, &callback, "EvtIoCanceledOnQueue", request);
    port_callback("EvtIoCanceledOnQueue of request", request_handle(request));
    queue->config.EvtIoCanceledOnQueue(queue_handle(queue), request_handle(request));
    end_callback(queue, &callback);
}

static NOT_INLINE void deliver_stopped_locked(struct wdf_queue *queue) REQUIRES(io_lock)
{
    struct queue_completion stop = queue->stop;
    queue->stop.is_pending = false;
    queue->cancels_dispatched = queue->is_shut_down; /* S6.17 */
    if (stop.callback == NULL)
        return;
    /* S2.8: not under the queue's lock. */
    io_unlock(queue->device->domain);
    struct callback callback;
    callback_enter(&callback, "EvtIoQueueState", queue);
    stop.callback(queue_handle(queue), stop.context);
    callback_leave(&callback);
    io_lock(queue->device->domain);
}

static NOT_INLINE void deliver_purged_locked(struct wdf_queue *queue) REQUIRES(io_lock)
{
    struct queue_completion purge = queue->purge;
    queue->purge.is_pending = false;
    queue->cancels_dispatched = queue->is_shut_down;
    if (purge.callback == NULL)
        return;
    struct callback callback;
    begin_callback(queue, &callback, "EvtIoQueueState", NULL);
    purge.callback(queue_handle(queue), purge.context);
    end_callback(queue, &callback);
}

static NOT_INLINE void deliver_ready_locked(struct wdf_queue *queue) REQUIRES(io_lock)
{
    PFN_WDF_IO_QUEUE_STATE evt_ready = queue->evt_ready;
    WDFCONTEXT context = queue->ready_context;
    queue->became_ready = false;
    struct callback callback;
    begin_callback(queue, &callback, "EvtIoQueueState", NULL);
    evt_ready(queue_handle(queue), context);
    end_callback(queue, &callback);
}

bool queue_swallows(const struct wdf_queue *queue, const struct wdf_request *request)
{
    if (queue->config.AllowZeroLengthRequests)
        return false;
    return (request->io.type == WdfRequestTypeRead && request->io.output_length == 0) ||
           (request->io.type == WdfRequestTypeWrite && request->io.input_length == 0);
}

void queue_finish_unpresented_locked(struct wdf_queue *queue, struct wdf_request *request,
                                     NTSTATUS status)
{
    request->state = REQUEST_COMPLETED;
    statistics_ended_locked(queue, request, status);
    io_unlock(queue->device->domain);
    request_finish(request, status, 0);
    io_lock(queue->device->domain);
}

/* The step is that of the request's arrival, or of what made room for it. */
static inline void note_presented(struct callback *callback, const char *name, unsigned number)
{
    callback->name = name;
    history_add(PRESENTED, callback->request, (uintptr_t)callback->object, 0, number);
}

static void call_handler(struct wdf_queue *queue, struct wdf_request *request,
                         struct callback *callback)
{
    const WDF_IO_QUEUE_CONFIG *config = &queue->config;
    const struct io_request *io = &request->io;
    WDFQUEUE queue_h = queue_handle(queue);
    WDFREQUEST request_h = request_handle(request);

    port_callback("the driver gets request", request_h);
    if (io->type == WdfRequestTypeRead && config->EvtIoRead != NULL) {
        note_presented(callback, "EvtIoRead", HISTORY_NAME_EvtIoRead);
        config->EvtIoRead(queue_h, request_h, io->output_length);
    } else if (io->type == WdfRequestTypeWrite && config->EvtIoWrite != NULL) {
        note_presented(callback, "EvtIoWrite", HISTORY_NAME_EvtIoWrite);
        config->EvtIoWrite(queue_h, request_h, io->input_length);
    } else if (io->type == WdfRequestTypeDeviceControl && config->EvtIoDeviceControl != NULL) {
        note_presented(callback, "EvtIoDeviceControl", HISTORY_NAME_EvtIoDeviceControl);
        config->EvtIoDeviceControl(queue_h, request_h, io->output_length, io->input_length,
                                   io->control_code);
    } else if (io->type == WdfRequestTypeDeviceControlInternal &&
               config->EvtIoInternalDeviceControl != NULL) {
        note_presented(callback, "EvtIoInternalDeviceControl",
                       HISTORY_NAME_EvtIoInternalDeviceControl);
        config->EvtIoInternalDeviceControl(queue_h, request_h, io->output_length, io->input_length,
                                           io->control_code);
    } else {
        note_presented(callback, "EvtIoDefault", HISTORY_NAME_EvtIoDefault);
        config->EvtIoDefault(queue_h, request_h);
    }
}

static void present_next_locked(struct wdf_queue *queue) REQUIRES(io_lock)
{
    struct wdf_request *request = request_from_queue_entry(queue->queued.Flink);
    queue_remove_locked(queue, request);

    if (!queue_has_handler(queue, request->io.type)) {
        queue_finish_unpresented_locked(queue, request, STATUS_INVALID_DEVICE_REQUEST); /* S6.33 */
        return;
    }
    if (queue_swallows(queue, request)) {
        queue_finish_unpresented_locked(queue, request, STATUS_SUCCESS); /* S5.21 */
        return;
    }
    queue_own_locked(queue, request);
    struct callback callback;
    begin_presentation(queue, &callback, request);
    call_handler(queue, request, &callback);
    end_callback(queue, &callback);
}

/* Does the next thing; false when there is none. The first belongs to the step that led here. */
static inline bool step_locked(struct wdf_queue *queue, bool is_first) REQUIRES(io_lock)
{
    switch (next_event_locked(queue)) {
    case EVENT_NONE:
        return false;
    case EVENT_CANCEL_OWNED:
        deliver_cancel_locked(queue);
        return true;
    case EVENT_CANCEL_QUEUED:
        deliver_cancelled_on_queue_locked(queue);
        return true;
    case EVENT_STOPPED:
        deliver_stopped_locked(queue);
        return true;
    case EVENT_PURGED:
        deliver_purged_locked(queue);
        return true;
    case EVENT_READY:
        deliver_ready_locked(queue);
        return true;
    case EVENT_PRESENT:
        if (!is_first)
            history_step();
        present_next_locked(queue);
        return true;
    }
    return false;
}

/* For a thread that is counted in queue->active already. */
static void run_loop_locked(struct wdf_queue *queue) REQUIRES(io_lock)
{
    bool is_first = true;
    while (step_locked(queue, is_first))
        is_first = false;
    queue->active--;
    if (__builtin_expect(queue->watches_power, false))
        queue_follow_power_locked(queue);
    io_changed_locked(queue->device);
}

/* S2.16, S2.17: not above the level that the driver asked for, and not with the lock held that the
 * callbacks need. */
static bool thread_may_dispatch(const struct wdf_queue *queue)
{
    if (queue->constraints.level == WdfExecutionLevelPassive && KeGetCurrentIrql() > PASSIVE_LEVEL)
        return false;
    return !callback_lock_is_held_here(queue->constraints.presentation_lock);
}

void queue_run_deferred(struct work *work)
{
    struct wdf_queue *queue = CONTAINING_RECORD(work, struct wdf_queue, deferred);
    struct io_device *device = queue->device;
    object_reference(&device->object);
    io_lock(device->domain);
    queue->is_deferred = false;
    history_step();
    run_loop_locked(queue);
    io_unlock(device->domain);
    object_release(&device->object);
}

void queue_enter_locked(struct wdf_queue *queue)
{
    if (thread_may_dispatch(queue)) {
        queue->active++;
        run_loop_locked(queue);
        return;
    }
    /* S2.18: the deferred dispatcher is submitted once, and counts as inside from then on. A
     * callback of a timer runs it when it has returned. */
    if (queue->is_deferred || next_event_locked(queue) == EVENT_NONE) {
        /* Nothing to do for a callback, but perhaps what somebody waits for: the queue may be quiet
         * now. */
        if (queue->watches_power)
            queue_follow_power_locked(queue);
        io_changed_locked(queue->device);
        return;
    }
    queue->is_deferred = true;
    queue->active++;
    work_submit_after(&queue->deferred);
}
