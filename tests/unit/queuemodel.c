/* The reference model of queues. See queuemodel.h. */
#include "queuemodel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const model_operation_names[OP_KINDS] = {
    "open", "close",          "submit", "cancel",   "complete",         "forward", "requeue",
    "mark", "mark ex",        "unmark", "retrieve", "retrieve by file", "find",    "start",
    "stop", "stop and purge", "purge",  "drain",    "suspend",          "resume",
};

void model_log(struct model_events *events, enum model_event_kind kind, unsigned queue,
               unsigned request, NTSTATUS status)
{
    if (events->count == MODEL_EVENTS)
        abort();
    events->events[events->count++] = (struct model_event){kind, queue, request, status};
}

static void note(struct model *model, enum model_event_kind kind, unsigned queue, unsigned request,
                 NTSTATUS status)
{
    model_log(model->events, kind, queue, request, status);
}

/* ---- lists ---- */

static void append(struct model_list *list, unsigned request)
{
    list->requests[list->count++] = request;
}

static void prepend(struct model_list *list, unsigned request)
{
    memmove(list->requests + 1, list->requests, list->count++ * sizeof(list->requests[0]));
    list->requests[0] = request;
}

static void take(struct model_list *list, unsigned request)
{
    unsigned i = 0;
    while (list->requests[i] != request)
        i++;
    memmove(list->requests + i, list->requests + i + 1,
            (--list->count - i) * sizeof(list->requests[0]));
}

unsigned model_driver_count(const struct model_queue *queue)
{
    return queue->owned.count + queue->cancelling.count + queue->cancelled.count;
}

bool model_is_of_file(const struct model *model, unsigned number, unsigned file)
{
    return model->requests[number].file == file &&
           model->requests[number].open == model->opens[file];
}

/* ---- where a request is ---- */

static void place(struct model *model, unsigned number, enum model_place where,
                  unsigned queue_number)
{
    struct model_request *request = &model->requests[number];
    struct model_queue *queue = &model->queues[queue_number];
    request->place = where;
    request->queue = queue_number;
    switch (where) {
    case PLACE_OWNED:
        append(&queue->owned, number);
        break;
    case PLACE_CANCELLING:
        append(&queue->cancelling, number);
        break;
    case PLACE_ON_QUEUE:
        append(&queue->cancelled, number);
        break;
    default:
        break;
    }
}

/* Removes it from its list. */
static void lift(struct model *model, unsigned number)
{
    struct model_request *request = &model->requests[number];
    struct model_queue *queue = &model->queues[request->queue];
    if (request->place == PLACE_QUEUED) {
        take(&queue->queued, number);
        if (queue->queued.count == 0)
            queue->became_ready = false;
    } else if (request->place == PLACE_OWNED || request->place == PLACE_CANCELABLE) {
        take(&queue->owned, number);
    } else if (request->place == PLACE_CANCELLING) {
        take(&queue->cancelling, number);
    } else if (request->place == PLACE_ON_QUEUE) {
        take(&queue->cancelled, number);
    }
    request->place = PLACE_NONE;
}

static void put_on_queue(struct model *model, unsigned number, unsigned queue_number, bool at_head)
{
    struct model_queue *queue = &model->queues[queue_number];
    if (queue->queued.count == 0)
        queue->became_ready = true; /* S6.43 */
    if (at_head)
        prepend(&queue->queued, number);
    else
        append(&queue->queued, number);
    model->requests[number].place = PLACE_QUEUED;
    model->requests[number].queue = queue_number;
    model->requests[number].is_kept = false;
}

/* A new owner: earlier events no longer count. */
static void give_to_driver(struct model *model, unsigned number, unsigned queue)
{
    place(model, number, PLACE_OWNED, queue);
    model->requests[number].was_presented = true;
    model->requests[number].was_told = false;
    model->requests[number].is_kept = false;
}

/* Answers it; it is on no list any more. */
static void answer(struct model *model, unsigned number, NTSTATUS status)
{
    model->requests[number].place = PLACE_NONE;
    note(model, EVENT_ANSWERED, 0, number, status);
}

/* S6.14, for a request that is on no list. */
static void cancel_detached(struct model *model, unsigned number, unsigned queue)
{
    if (model->requests[number].was_presented && model->config.queues[queue].tells_cancelled)
        place(model, number, PLACE_ON_QUEUE, queue);
    else
        answer(model, number, STATUS_CANCELLED);
}

static bool is_swallowed(const struct model *model, unsigned number, unsigned queue)
{
    return model->requests[number].is_empty &&
           !model->config.queues[queue].allows_zero_length; /* S5.21 */
}

/* ---- the dispatch loop: S6.28 ---- */

static void enter(struct model *model, unsigned number);
static void enter_if_nobody_inside(struct model *model, unsigned number)
{
    if (model->queues[number].inside == 0)
        enter(model, number);
}

static NTSTATUS forward(struct model *model, unsigned number, unsigned to)
{
    unsigned from = model->requests[number].queue;
    if (!model->queues[to].accepts)
        return STATUS_WDF_BUSY; /* S6.55 */
    lift(model, number);
    model->queues[from].inside++;
    if (model->requests[number].is_cancelled) {
        cancel_detached(model, number, to); /* S6.26 */
        enter_if_nobody_inside(model, to);
    } else {
        put_on_queue(model, number, to, false);
        enter(model, to);
    }
    model->queues[from].inside--;
    enter_if_nobody_inside(model, from);
    return STATUS_SUCCESS;
}

static void begin_cancel(struct model *model, unsigned number)
{
    unsigned queue = model->requests[number].queue;
    lift(model, number);
    place(model, number, PLACE_CANCELLING, queue);
}

static void complete(struct model *model, unsigned number)
{
    unsigned queue = model->requests[number].queue;
    lift(model, number);
    answer(model, number, STATUS_SUCCESS);
    enter_if_nobody_inside(model, queue);
}

static bool is_cancelled(const struct model *model, unsigned number)
{
    const struct model_request *request = &model->requests[number];
    return request->is_cancelled || model->queues[request->queue].cancels_dispatched; /* S6.17 */
}

static void mark(struct model *model, unsigned number)
{
    model->requests[number].place = PLACE_CANCELABLE;
    model->requests[number].was_told = false;
    if (!is_cancelled(model, number))
        return;
    begin_cancel(model, number); /* S7.18 */
    enter_if_nobody_inside(model, model->requests[number].queue);
}

/* S6.47; records what it got. False: there is nothing more. */
static bool retrieve(struct model *model, unsigned queue_number, int file)
{
    struct model_queue *queue = &model->queues[queue_number];
    NTSTATUS status = STATUS_NO_MORE_ENTRIES;
    unsigned got = 0;
    if (model->config.queues[queue_number].type == WdfIoQueueDispatchParallel)
        status = STATUS_INVALID_DEVICE_STATE;
    else if (!queue->is_powered || !queue->dispatches)
        status = STATUS_WDF_PAUSED;
    else {
        unsigned i = 0;
        while (got == 0 && i < queue->queued.count) {
            unsigned number = queue->queued.requests[i];
            if (file >= 0 && !model_is_of_file(model, number, (unsigned)file)) {
                i++;
                continue;
            }
            lift(model, number);
            if (is_swallowed(model, number, queue_number))
                answer(model, number, STATUS_SUCCESS); /* S5.22 */
            else
                got = number;
        }
    }
    if (got != 0) {
        give_to_driver(model, got, queue_number);
        status = STATUS_SUCCESS;
    }
    if (status == STATUS_SUCCESS || status == STATUS_NO_MORE_ENTRIES)
        enter_if_nobody_inside(model, queue_number);
    note(model, EVENT_RETRIEVED, queue_number, got, status);
    return got != 0;
}

/* What the driver does in the callback that presents it. */
static void act(struct model *model, unsigned number, unsigned queue)
{
    enum model_action action = model->requests[number].action;
    model->requests[number].action = ACTION_HOLD;
    switch (action) {
    case ACTION_COMPLETE:
        complete(model, number);
        break;
    case ACTION_FORWARD:
        note(model, EVENT_RETURNED, 0, number, forward(model, number, 1 - queue));
        break;
    case ACTION_MARK:
        mark(model, number);
        break;
    case ACTION_RETRIEVE:
        retrieve(model, queue, -1);
        break;
    default:
        break;
    }
}

static bool may_present(const struct model *model, unsigned number)
{
    const struct model_queue *queue = &model->queues[number];
    if (queue->queued.count == 0)
        return false;
    if (model->config.queues[number].type == WdfIoQueueDispatchSequential)
        return model_driver_count(queue) == 0;                             /* S6.30 */
    return model_driver_count(queue) < model->config.queues[number].limit; /* S6.31 */
}

static void present(struct model *model, unsigned queue)
{
    unsigned number = model->queues[queue].queued.requests[0];
    lift(model, number);
    if (is_swallowed(model, number, queue)) {
        answer(model, number, STATUS_SUCCESS);
        return;
    }
    give_to_driver(model, number, queue);
    note(model, EVENT_PRESENTED, queue, number, 0);
    act(model, number, queue);
}

static void tell_ready(struct model *model, unsigned queue)
{
    model->queues[queue].became_ready = false;
    note(model, EVENT_READY, queue, 0, 0);
    if (model->config.queues[queue].ready_drains) {
        while (retrieve(model, queue, -1))
            ;
    }
}

/* Does one thing; false if there is none. */
static bool step(struct model *model, unsigned number)
{
    struct model_queue *queue = &model->queues[number];
    if (queue->cancelling.count > 0) { /* (1) */
        unsigned request = queue->cancelling.requests[0];
        lift(model, request);
        place(model, request, PLACE_OWNED, number);
        model->requests[request].was_told = true;
        note(model, EVENT_CANCEL, number, request, 0);
        return true;
    }
    if (queue->cancelled.count > 0) { /* (2) */
        unsigned request = queue->cancelled.requests[0];
        lift(model, request);
        place(model, request, PLACE_OWNED, number);
        note(model, EVENT_CANCELLED_ON_QUEUE, number, request, 0);
        return true;
    }
    bool is_quiet = queue->inside == 1 && model_driver_count(queue) == 0; /* S6.19 */
    if (queue->stop_pending && is_quiet) {                                /* (3) */
        queue->stop_pending = queue->cancels_dispatched = false;
        if (queue->stop_tells)
            note(model, EVENT_STOPPED, number, 0, 0);
        return true;
    }
    if (queue->purge_pending && is_quiet && queue->queued.count == 0) { /* (4) */
        queue->purge_pending = queue->cancels_dispatched = false;
        if (queue->purge_tells)
            note(model, EVENT_PURGED, number, 0, 0);
        return true;
    }
    if (!queue->is_powered || !queue->dispatches) /* (8), (9) */
        return false;
    if (model->config.queues[number].type == WdfIoQueueDispatchManual) { /* (10) */
        if (!queue->became_ready || !model->config.queues[number].tells_ready)
            return false;
        tell_ready(model, number);
        return true;
    }
    if (!may_present(model, number)) /* (11), (12) */
        return false;
    present(model, number); /* (13) */
    return true;
}

static void enter(struct model *model, unsigned number)
{
    model->queues[number].inside++;
    while (step(model, number))
        ;
    model->queues[number].inside--;
}

/* ---- operations ---- */

void model_init(struct model *model, const struct model_config *config, struct model_events *events)
{
    memset(model, 0, sizeof(*model));
    model->config = *config;
    model->events = events;
    for (unsigned i = 0; i < MODEL_QUEUES; i++)
        model->queues[i].accepts = model->queues[i].dispatches = model->queues[i].is_powered = true;
}

static bool is_in(const struct model *model, unsigned number, enum model_place where)
{
    return number > 0 && number <= model->request_count && model->requests[number].place == where;
}

bool model_permits(const struct model *model, const struct model_operation *operation)
{
    switch (operation->kind) {
    case OP_OPEN:
        return !model->is_open[operation->file];
    case OP_CLOSE:
    case OP_RETRIEVE_BY_FILE:
        return model->is_open[operation->file];
    case OP_SUBMIT:
        return model->is_open[operation->file] && model->request_count + 1 < MODEL_REQUESTS;
    case OP_CANCEL:
        return operation->request > 0 && operation->request <= model->request_count &&
               model->requests[operation->request].place != PLACE_NONE;
    case OP_COMPLETE:
    case OP_FORWARD:
    case OP_REQUEUE:
    case OP_MARK:
    case OP_MARK_EX:
        return is_in(model, operation->request, PLACE_OWNED);
    case OP_UNMARK:
        return is_in(model, operation->request, PLACE_CANCELABLE);
    case OP_SUSPEND:
        return !model->is_suspended;
    case OP_RESUME:
        return model->is_suspended;
    default:
        return true;
    }
}

/* S4.19 or S6.14: all queued requests, of one file or of all files (-1). */
static void cancel_queued(struct model *model, unsigned queue_number, int file)
{
    struct model_list all = model->queues[queue_number].queued;
    for (unsigned i = 0; i < all.count; i++) {
        unsigned number = all.requests[i];
        if (file >= 0 && !model_is_of_file(model, number, (unsigned)file))
            continue;
        lift(model, number);
        cancel_detached(model, number, queue_number);
    }
}

static void cancel_everything(struct model *model, unsigned number)
{
    struct model_queue *queue = &model->queues[number];
    struct model_list owned = queue->owned;
    queue->cancels_dispatched = true;
    for (unsigned i = 0; i < owned.count; i++) {
        if (model->requests[owned.requests[i]].place == PLACE_CANCELABLE)
            begin_cancel(model, owned.requests[i]);
    }
    cancel_queued(model, number, -1);
}

static void submit(struct model *model, const struct model_operation *operation)
{
    unsigned number = ++model->request_count;
    model->requests[number] = (struct model_request){.file = operation->file,
                                                     .open = model->opens[operation->file],
                                                     .action = operation->action,
                                                     .is_empty = operation->is_empty};
    model->requests[number].is_cancelled = operation->is_late;
    if (!model->queues[0].accepts) {
        answer(model, number, STATUS_INVALID_DEVICE_STATE); /* S6.25 */
    } else if (operation->is_late) {
        answer(model, number, STATUS_CANCELLED); /* S6.26 */
    } else {
        put_on_queue(model, number, 0, false);
        enter(model, 0);
    }
}

static void cancel(struct model *model, unsigned number)
{
    struct model_request *request = &model->requests[number];
    unsigned queue = request->queue;
    request->is_cancelled = true;
    if (request->place == PLACE_QUEUED) {
        lift(model, number);
        cancel_detached(model, number, queue);
    } else if (request->place == PLACE_CANCELABLE) {
        begin_cancel(model, number);
    } else {
        return; /* S7.22 */
    }
    enter_if_nobody_inside(model, queue);
}

static NTSTATUS put_back(struct model *model, unsigned number)
{
    unsigned queue = model->requests[number].queue;
    if (model->config.queues[queue].type != WdfIoQueueDispatchManual)
        return STATUS_INVALID_DEVICE_REQUEST; /* S6.60 */
    bool cancels = is_cancelled(model, number);
    lift(model, number);
    if (cancels)
        cancel_detached(model, number, queue);
    else
        put_on_queue(model, number, queue, true);
    enter(model, queue);
    return STATUS_SUCCESS;
}

/* The second request of the queue, or else the first (S6.51, S6.52). */
static void find(struct model *model, unsigned queue_number)
{
    struct model_queue *queue = &model->queues[queue_number];
    NTSTATUS status = STATUS_SUCCESS;
    unsigned got = 0;
    if (model->config.queues[queue_number].type != WdfIoQueueDispatchManual)
        status = STATUS_INVALID_DEVICE_REQUEST;
    else if (queue->queued.count == 0)
        status = STATUS_NO_MORE_ENTRIES;
    else if (!queue->is_powered || !queue->dispatches)
        status = STATUS_WDF_PAUSED;
    else {
        unsigned number = queue->queued.requests[queue->queued.count > 1 ? 1 : 0];
        lift(model, number);
        if (is_swallowed(model, number, queue_number)) {
            answer(model, number, STATUS_SUCCESS);
            status = STATUS_NOT_FOUND; /* S5.22 */
        } else {
            give_to_driver(model, number, queue_number);
            got = number;
        }
        enter_if_nobody_inside(model, queue_number);
    }
    note(model, EVENT_RETRIEVED, queue_number, got, status);
}

static void close_file(struct model *model, unsigned file)
{
    model->is_open[file] = false;
    for (unsigned i = 0; i < MODEL_QUEUES; i++) {
        cancel_queued(model, i, (int)file);
        enter_if_nobody_inside(model, i);
    }
}

/* Not cancelled ones: the driver would have to complete them before the device can be suspended. */
bool model_puts_back(const struct model *model, unsigned number)
{
    return number % 2 == 1 && model->requests[number].place == PLACE_OWNED &&
           !is_cancelled(model, number);
}

static void suspend(struct model *model)
{
    model->is_suspended = true;
    for (unsigned i = 0; i < MODEL_QUEUES; i++)
        model->queues[i].is_powered = !model->config.queues[i].is_power_managed;
    for (unsigned i = 0; i < MODEL_QUEUES; i++) {
        struct model_list owned = model->queues[i].owned;
        if (model->queues[i].is_powered)
            continue;
        for (unsigned n = 0; n < owned.count; n++) {
            unsigned number = owned.requests[n];
            note(model, EVENT_IO_STOP, i, number, 0);
            if (model_puts_back(model, number)) {
                lift(model, number);
                put_on_queue(model, number, i, true); /* S6.69 */
            } else {
                model->requests[number].is_kept = true;
            }
        }
        enter(model, i);
    }
}

static void resume(struct model *model)
{
    model->is_suspended = false;
    for (unsigned i = 0; i < MODEL_QUEUES; i++) {
        struct model_queue *queue = &model->queues[i];
        if (queue->is_powered)
            continue;
        for (unsigned n = 0; n < queue->owned.count; n++) {
            struct model_request *request = &model->requests[queue->owned.requests[n]];
            if (request->is_kept && !request->is_cancelled && !request->was_told)
                note(model, EVENT_IO_RESUME, i, queue->owned.requests[n], 0); /* S6.70 */
            request->is_kept = false;
        }
        queue->is_powered = true;
        queue->became_ready = queue->queued.count > 0;
        enter(model, i);
    }
}

static void operate(struct model *model, const struct model_operation *operation)
{
    struct model_queue *queue = &model->queues[operation->queue];
    bool stops = operation->kind == OP_STOP || operation->kind == OP_STOP_AND_PURGE;
    bool purges = operation->kind == OP_PURGE || operation->kind == OP_STOP_AND_PURGE;
    if (stops) {
        queue->stop_tells = operation->has_callback || (queue->stop_pending && queue->stop_tells);
        queue->stop_pending = true;
    } else {
        queue->purge_tells =
            operation->has_callback || (queue->purge_pending && queue->purge_tells);
        queue->purge_pending = true;
    }
    queue->accepts = stops; /* S6.11, S6.12 */
    if (stops)
        queue->dispatches = false;
    if (purges)
        cancel_everything(model, operation->queue);
    enter(model, operation->queue);
}

static void start(struct model *model, unsigned number)
{
    struct model_queue *queue = &model->queues[number];
    queue->accepts = queue->dispatches = true;
    queue->cancels_dispatched = false;
    queue->became_ready = queue->queued.count > 0; /* S6.13 */
    enter(model, number);
}

void model_apply(struct model *model, const struct model_operation *operation)
{
    unsigned number = operation->request;
    switch (operation->kind) {
    case OP_OPEN:
        model->is_open[operation->file] = true;
        model->opens[operation->file]++;
        break;
    case OP_CLOSE:
        close_file(model, operation->file);
        break;
    case OP_SUBMIT:
        submit(model, operation);
        break;
    case OP_CANCEL:
        cancel(model, number);
        break;
    case OP_COMPLETE:
        complete(model, number);
        break;
    case OP_FORWARD:
        note(model, EVENT_RETURNED, 0, number,
             forward(model, number, 1 - model->requests[number].queue));
        break;
    case OP_REQUEUE:
        note(model, EVENT_RETURNED, 0, number, put_back(model, number));
        break;
    case OP_MARK:
        mark(model, number);
        break;
    case OP_MARK_EX:
        note(model, EVENT_RETURNED, 0, number,
             is_cancelled(model, number) ? STATUS_CANCELLED : STATUS_SUCCESS);
        if (!is_cancelled(model, number))
            mark(model, number);
        break;
    case OP_UNMARK:
        model->requests[number].place = PLACE_OWNED;
        note(model, EVENT_RETURNED, 0, number, STATUS_SUCCESS);
        break;
    case OP_RETRIEVE:
        retrieve(model, operation->queue, -1);
        break;
    case OP_RETRIEVE_BY_FILE:
        retrieve(model, operation->queue, (int)operation->file);
        break;
    case OP_FIND:
        find(model, operation->queue);
        break;
    case OP_START:
        start(model, operation->queue);
        break;
    case OP_SUSPEND:
        suspend(model);
        break;
    case OP_RESUME:
        resume(model);
        break;
    default:
        operate(model, operation);
        break;
    }
}
