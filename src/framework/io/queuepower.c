/* Holding and resuming power-managed queues. See queuepower.h. */
#include "framework/io/queuepower.h"

#include "framework/io/held.h"
#include "framework/io/queue.h"
#include "framework/io/request.h"
#include "framework/object/callback.h"
#include "framework/object/verifier.h"
#include "port/log.h"

/*
 * The next queue that this round has not seen, or NULL. A round is a number: the queues may come
 * and go while one of them is worked on with the lock dropped.
 */
static struct wdf_queue *next_of_round_locked(struct io_device *device, bool power_managed)
    REQUIRES(io_lock)
{
    for (LIST_ENTRY *entry = device->queues.Flink; entry != &device->queues; entry = entry->Flink) {
        struct wdf_queue *queue = CONTAINING_RECORD(entry, struct wdf_queue, device_entry);
        if (queue->is_power_managed == power_managed && queue->power_round != device->power_round) {
            queue->power_round = device->power_round;
            return queue;
        }
    }
    return NULL;
}

/* Runs the action for each queue of the kind. The queue is referenced meanwhile, and may be
 * deleted. */
static void for_each_queue(struct io_device *device, bool power_managed,
                           void (*action)(struct wdf_queue *queue, unsigned argument),
                           unsigned argument)
{
    struct wdf_queue *queue;
    io_lock(device->domain);
    device->power_round++;
    while ((queue = next_of_round_locked(device, power_managed)) != NULL) {
        object_reference(&queue->object);
        action(queue, argument);
        io_unlock(device->domain);
        object_release(&queue->object);
        io_lock(device->domain);
    }
    io_unlock(device->domain);
}

/* Waits, with the io_lock held, for what the driver does; S6.67 knows no limit, but the log says
 * so. */
static void wait_locked(struct wdf_queue *queue, bool (*is_over)(const struct wdf_queue *queue))
    REQUIRES(io_lock)
{
    struct io_device *device = queue->device;
    struct port_patience patience = {0};
    while (!is_over(queue)) {
        if (io_wait_locked(device, &patience))
            held_report_locked(queue, "a power transition waits");
    }
}

/* ---- leaving D0 ---- */

static bool is_left(const struct wdf_queue *queue)
{
    return queue->active == 0;
}

/* S6.64, the first step: from here on nothing is presented, and when this returns nobody is inside
 * dispatch. */
static void hold_locked(struct wdf_queue *queue, unsigned unused) REQUIRES(io_lock)
{
    (void)unused;
    queue->is_powered = false;
    wait_locked(queue, is_left);
}

static struct wdf_request *first_to_notify_locked(struct wdf_queue *queue) REQUIRES(io_lock)
{
    for (LIST_ENTRY *entry = queue->owned.Flink; entry != &queue->owned; entry = entry->Flink) {
        struct wdf_request *request = request_from_queue_entry(entry);
        if (request->stop == STOP_DUE)
            return request;
    }
    return NULL;
}

/* What the driver has said in EvtIoStop takes effect when that returns (S7.49). */
static void apply_acknowledgement_locked(struct wdf_queue *queue, struct wdf_request *request)
    REQUIRES(io_lock)
{
    bool is_requeued = request->stop == STOP_REQUEUED && request->queue == queue &&
                       request->state == REQUEST_OWNED;
    if (request->stop != STOP_KEPT)
        request->stop = STOP_NONE;
    if (!is_requeued)
        return;
    history_add_step(REQUEUED, &request->object, (uintptr_t)&queue->object, 0, 0);
    request->queued_at = history_here.now;
    queue_disown_locked(queue, request);
    if (request_is_given_up_locked(request) || queue->cancels_dispatched)
        queue_cancel_detached_locked(queue, request);
    else
        queue_prepend_locked(queue, request);
}

static void call_stop_locked(struct wdf_queue *queue, struct wdf_request *request, unsigned action)
    REQUIRES(io_lock)
{
    struct io_device *device = queue->device;
    ULONG flags =
        action | (request->state == REQUEST_CANCELABLE ? WdfRequestStopRequestCancelable : 0);
    request->stop = STOP_ASKED;
    object_reference(&request->object);
    io_unlock(device->domain);

    callback_lock_acquire(queue->effective_lock, &queue->object);
    port_callback("EvtIoStop of request", request_handle(request));
    struct callback callback;
    callback_enter_request(&callback, "EvtIoStop", queue, request, request->io.requestor_pid);
    queue->config.EvtIoStop(queue_handle(queue), request_handle(request), flags);
    callback_leave(&callback);
    callback_lock_release(queue->effective_lock, &queue->object);

    io_lock(device->domain);
    apply_acknowledgement_locked(queue, request);
    io_unlock(device->domain);
    object_release(&request->object);
    io_lock(device->domain);
}

/* S6.64, the second step. */
static void notify_stop_locked(struct wdf_queue *queue, unsigned action) REQUIRES(io_lock)
{
    if (queue->config.EvtIoStop == NULL)
        return;
    for (LIST_ENTRY *entry = queue->owned.Flink; entry != &queue->owned; entry = entry->Flink)
        request_from_queue_entry(entry)->stop = STOP_DUE;
    queue->is_notifying = true; /* S6.37 */
    struct wdf_request *request;
    while ((request = first_to_notify_locked(queue)) != NULL)
        call_stop_locked(queue, request, action);
    queue->is_notifying = false;
    queue_dispatch_step_locked(queue, QUEUE_ENTER_ALWAYS);
}

/* S6.66: whether nothing keeps the transition waiting any more. */
static bool is_released_locked(const struct wdf_queue *queue) REQUIRES(io_lock)
{
    unsigned kept = 0;
    for (const LIST_ENTRY *entry = queue->owned.Flink; entry != &queue->owned;
         entry = entry->Flink) {
        if (CONTAINING_RECORD(entry, const struct wdf_request, queue_entry)->stop == STOP_KEPT)
            kept++;
    }
    return queue->driver_count == kept;
}

static void wait_for_driver_locked(struct wdf_queue *queue, unsigned unused) REQUIRES(io_lock)
{
    (void)unused;
    wait_locked(queue, is_released_locked);
}

static void set_powered(struct io_device *device, bool are_powered)
{
    IO_LOCK_SCOPE(device->domain);
    device->queues_are_powered = are_powered;
}

void queues_power_down(struct io_device *device, WDF_REQUEST_STOP_ACTION_FLAGS action)
{
    set_powered(device, false);
    for_each_queue(device, true, hold_locked, 0);
    for_each_queue(device, true, notify_stop_locked, action);
    for_each_queue(device, true, wait_for_driver_locked, 0);
}

/* ---- entering D0 ---- */

static struct wdf_request *first_kept_locked(struct wdf_queue *queue) REQUIRES(io_lock)
{
    for (LIST_ENTRY *entry = queue->owned.Flink; entry != &queue->owned; entry = entry->Flink) {
        struct wdf_request *request = request_from_queue_entry(entry);
        if (request->stop == STOP_KEPT)
            return request;
    }
    return NULL;
}

/* S6.70: by the client, or by a purge that has called EvtRequestCancel. */
static bool is_cancelled_locked(const struct wdf_request *request) REQUIRES(io_lock)
{
    return request_is_given_up_locked(request) ||
           (request->state == REQUEST_OWNED && request->evt_cancel != NULL);
}

static void call_resume_locked(struct wdf_queue *queue, struct wdf_request *request)
    REQUIRES(io_lock)
{
    struct io_device *device = queue->device;
    request->stop = STOP_NONE;
    if (queue->config.EvtIoResume == NULL || is_cancelled_locked(request))
        return;
    object_reference(&request->object);
    io_unlock(device->domain);
    callback_lock_acquire(queue->effective_lock, &queue->object);
    port_callback("EvtIoResume of request", request_handle(request));
    struct callback callback;
    callback_enter_request(&callback, "EvtIoResume", queue, request, request->io.requestor_pid);
    queue->config.EvtIoResume(queue_handle(queue), request_handle(request));
    callback_leave(&callback);
    callback_lock_release(queue->effective_lock, &queue->object);
    object_release(&request->object);
    io_lock(device->domain);
}

static void power_up_locked(struct wdf_queue *queue, unsigned unused) REQUIRES(io_lock)
{
    (void)unused;
    struct wdf_request *request;
    queue->is_notifying = true;
    while ((request = first_kept_locked(queue)) != NULL)
        call_resume_locked(queue, request);
    queue->is_notifying = false;
    queue->is_powered = true;
    queue->became_ready = queue->queued_count > 0; /* S6.43 */
    queue_dispatch_step_locked(queue, QUEUE_ENTER_ALWAYS);
}

void queues_power_up(struct io_device *device)
{
    set_powered(device, true);
    for_each_queue(device, true, power_up_locked, 0);
}

/* ---- power references (S6.72) ---- */

void queue_follow_power_locked(struct wdf_queue *queue)
{
    bool is_needed = queue->watches_power &&
                     (queue->queued_count > 0 || queue->driver_count > 0 || queue->active > 0);
    if (is_needed == queue->holds_power)
        return;
    queue->holds_power = is_needed;
    if (is_needed)
        io_device_reference_power_locked(queue->device);
    else
        io_device_dereference_power_locked(queue->device);
}

void queues_watch_power_locked(struct io_device *device, bool do_watch)
{
    device->queues_watch_power = do_watch;
    for (LIST_ENTRY *entry = device->queues.Flink; entry != &device->queues; entry = entry->Flink) {
        struct wdf_queue *queue = CONTAINING_RECORD(entry, struct wdf_queue, device_entry);
        queue->watches_power = do_watch && queue->is_power_managed;
        queue_follow_power_locked(queue);
    }
}

/* ---- removal ---- */

static void purge_locked(struct wdf_queue *queue, unsigned unused) REQUIRES(io_lock)
{
    (void)unused;
    if (queue->is_shut_down)
        return; /* of a device that has failed before */
    queue_shut_down_locked(queue);
    notify_stop_locked(queue, WdfRequestStopActionPurge);
}

void queues_purge_for_removal(struct io_device *device, bool power_managed)
{
    for_each_queue(device, power_managed, purge_locked, 0);
    for_each_queue(device, power_managed, wait_for_driver_locked, 0);
}

/* ---- the driver's answer ---- */

VOID WdfRequestStopAcknowledge(WDFREQUEST Request, BOOLEAN Requeue)
{
    struct wdf_request *request = request_from_handle(Request);
    if (!request_came_from_client(request, __func__, "S6.75, S7.48"))
        return;
    VERIFIER_SAYS_AT_END();
    IO_LOCK_SCOPE(request->device->domain);
    if (request->stop != STOP_ASKED) {
        verifier_find(__func__, "S6.75, S7.48", "WDFREQUEST %p is not in EvtIoStop",
                      (void *)Request);
        return;
    }
    if (Requeue && request->state != REQUEST_OWNED) {
        verifier_find(__func__, "S6.68", "WDFREQUEST %p is marked cancelable: unmark it first",
                      (void *)Request);
        return;
    }
    request->stop = Requeue ? STOP_REQUEUED : STOP_KEPT;
}
