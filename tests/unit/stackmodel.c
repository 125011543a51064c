/* The reference model of stacks. See stackmodel.h. */
#include "stackmodel.h"

#include <stdlib.h>
#include <string.h>

const char *const stack_operation_names[OP_KINDS] = {
    "open",    "close",   "submit", "cancel", "cancel sent",  "complete",
    "send",    "forget",  "mark",   "unmark", "forward",      "retrieve",
    "advance", "start",   "stop",   "purge",  "close target", "open target",
    "own",     "suspend", "resume", "remove",
};

void stack_log(struct stack_events *events, struct stack_event event)
{
    if (events->count == STACK_EVENTS)
        abort();
    events->events[events->count++] = event;
}

static void note(struct stack_model *model, enum stack_event_kind kind, unsigned layer,
                 unsigned request, NTSTATUS status, unsigned information)
{
    stack_log(model->events, (struct stack_event){kind, layer, request, status, information});
}

/* ---- lists ---- */

static void append(struct stack_list *list, unsigned request)
{
    list->requests[list->count++] = request;
}

static void take(struct stack_list *list, unsigned request)
{
    unsigned i = 0;
    while (i < list->count && list->requests[i] != request)
        i++;
    if (i == list->count)
        return;
    memmove(list->requests + i, list->requests + i + 1,
            (--list->count - i) * sizeof(list->requests[0]));
}

static struct stack_layer_request *at(struct stack_model *model, unsigned number, unsigned layer)
{
    return &model->requests[number].layers[layer];
}

/* The target of its driver that it was sent to. */
static unsigned target_of(const struct stack_layer_request *request, unsigned layer)
{
    return request->sending.is_remote ? STACK_REMOTE : layer;
}

/* Removes it from its list. */
static void lift(struct stack_model *model, unsigned number, unsigned layer)
{
    struct stack_layer_request *request = at(model, number, layer);
    struct stack_target *target = &model->targets[target_of(request, layer)];
    if (request->place == AT_QUEUED)
        take(&model->manual[layer], number);
    else if (request->place == AT_WAITING)
        take(&model->waiting, number);
    else if (request->place == AT_PENDED)
        take(&target->pended, number);
    else if (request->place == AT_SENT)
        take(&target->sent, number);
    request->place = AT_NONE;
}

/* ---- returning ---- */

static void come_back(struct stack_model *model, unsigned number, unsigned layer, NTSTATUS status,
                      unsigned information);

/* From the layer below. A request that was formatted again has its own buffer there (S10.28); an
 * error copies nothing from it. */
static void bring_data(struct stack_model *model, unsigned number, unsigned layer, unsigned below,
                       NTSTATUS status)
{
    struct stack_layer_request *request = at(model, number, layer);
    if (!request->sending.is_formatted || !NT_ERROR(status))
        request->is_filled |= at(model, number, below)->is_filled;
}

/* The layer that has sent it to that layer. */
static unsigned above_of(struct stack_model *model, unsigned number, unsigned layer)
{
    do
        layer++;
    while (at(model, number, layer)->place == AT_NONE);
    return layer;
}

/* The request of this layer has its answer. */
static void end(struct stack_model *model, unsigned number, unsigned layer, NTSTATUS status,
                unsigned information)
{
    lift(model, number, layer);
    if (layer == 0 && information == STACK_BYTES)
        at(model, number, layer)->is_filled = true;
    if (status == STATUS_WDF_DEVICE_REMOVED_NOT_SENT)
        status = STATUS_INVALID_DEVICE_REQUEST; /* S7.7 */
    if (layer == model->requests[number].top) {
        model->requests[number].is_answered = true;
        if (model->requests[number].is_own)
            return;
        /* S7.6: a client is not told what an error has moved, a driver is. */
        bool is_moved = !NT_ERROR(status) && at(model, number, layer)->is_filled;
        note(model, EVENT_ANSWERED, 0, number, status, is_moved ? information : 0);
        return;
    }
    unsigned above = above_of(model, number, layer);
    if (at(model, number, above)->place == AT_GONE) {
        at(model, number, above)->is_filled |= at(model, number, layer)->is_filled;
        end(model, number, above, status, information);
    } else {
        bring_data(model, number, above, layer, status);
        come_back(model, number, above, status, information);
    }
}

static void do_deed(struct stack_model *model, unsigned number, unsigned layer,
                    enum stack_deed deed, NTSTATUS status, unsigned information);

static void come_back(struct stack_model *model, unsigned number, unsigned layer, NTSTATUS status,
                      unsigned information)
{
    struct stack_layer_request *request = at(model, number, layer);
    enum stack_deed deed = model->is_removed ? DEED_COMPLETE : request->sending.back;
    lift(model, number, layer);
    if (request->is_late && status == STATUS_CANCELLED)
        status = STATUS_IO_TIMEOUT; /* S10.18 */
    request->deadline = 0;
    request->is_late = false;
    request->place = AT_HELD;
    request->information = information;
    request->sending.back = DEED_COMPLETE;
    note(model, request->sending.is_synchronous ? EVENT_RETURNED : EVENT_BACK, layer, number,
         status, information);
    do_deed(model, number, layer, deed, status, information);
}

/* ---- going down ---- */

static void present(struct stack_model *model, unsigned number, unsigned layer)
{
    at(model, number, layer)->place = AT_HELD;
    note(model, EVENT_PRESENTED, layer, number, 0, 0);
    do_deed(model, number, layer, model->requests[number].plan.first[layer], STATUS_SUCCESS,
            layer == 0 ? STACK_BYTES : 0);
}

static void arrive(struct stack_model *model, unsigned number, unsigned layer, bool is_cancelled)
{
    struct stack_layer_request *request = at(model, number, layer);
    memset(request, 0, sizeof(*request));
    request->is_cancelled = is_cancelled;
    request->sending = model->requests[number].plan.sending[layer];
    if (layer == 0) {
        unsigned above = above_of(model, number, layer);
        request->has_no_file = at(model, number, above)->place == AT_SENT &&
                               at(model, number, above)->sending.is_remote;
    }
    if (model->config.passes[layer]) {
        request->place = AT_GONE; /* S10.34 */
        arrive(model, number, layer - 1, is_cancelled);
        return;
    }
    if (is_cancelled) {
        end(model, number, layer, STATUS_CANCELLED, 0);
        return;
    }
    if (layer == 0 && model->is_asleep) {
        request->place = AT_WAITING;
        append(&model->waiting, number);
        return;
    }
    present(model, number, layer);
}

/* From the target to the device below. */
static void launch(struct stack_model *model, unsigned number, unsigned layer)
{
    struct stack_layer_request *request = at(model, number, layer);
    struct stack_target *target = &model->targets[target_of(request, layer)];
    bool is_cancelled = request->is_cancelled || request->was_sent_and_cancelled;
    request->place = AT_SENT;
    request->round = target->round;
    append(&target->sent, number);
    arrive(model, number, stack_below_of(request, layer), is_cancelled);
}

/* S10.5: what WdfRequestSend returns. */
static NTSTATUS answer_of_target(const struct stack_target *target,
                                 const struct stack_layer_request *request)
{
    if (target->state == WdfIoTargetClosed)
        return STATUS_INVALID_DEVICE_STATE;
    if (target->state == WdfIoTargetPurged && !request->sending.ignores_state)
        return STATUS_INVALID_DEVICE_STATE;
    if (request->was_sent_and_cancelled)
        return STATUS_CANCELLED; /* S7.36 */
    return STATUS_SUCCESS;
}

/* A driver that can't send it completes it. */
static void send(struct stack_model *model, unsigned number, unsigned layer)
{
    struct stack_layer_request *request = at(model, number, layer);
    struct stack_target *target = &model->targets[target_of(request, layer)];
    NTSTATUS status = answer_of_target(target, request);
    if (!NT_SUCCESS(status)) {
        note(model, EVENT_RETURNED, layer, number, status, 0);
        end(model, number, layer, status, request->information); /* S7.5 */
        return;
    }
    if (request->sending.timeout != 0)
        request->deadline = model->now + request->sending.timeout;
    if (target->state != WdfIoTargetStopped || request->sending.ignores_state) {
        launch(model, number, layer);
        return;
    }
    request->place = AT_PENDED;
    append(&target->pended, number);
    if (request->is_cancelled)
        come_back(model, number, layer, STATUS_CANCELLED, 0);
}

static void forget(struct stack_model *model, unsigned number, unsigned layer)
{
    at(model, number, layer)->place = AT_GONE;
    arrive(model, number, layer - 1, at(model, number, layer)->is_cancelled);
}

/* ---- cancelling ---- */

/* Cancels the request at that layer. True: somebody could be told (S7.35). */
static bool cancel(struct stack_model *model, unsigned number, unsigned layer)
{
    struct stack_layer_request *request = at(model, number, layer);
    request->is_cancelled = true;
    switch (request->place) {
    case AT_SENT:
    case AT_GONE:
        return cancel(model, number, stack_below_of(request, layer));
    case AT_PENDED:
        come_back(model, number, layer, STATUS_CANCELLED, 0); /* S7.37 */
        return true;
    case AT_QUEUED:
    case AT_WAITING:
        end(model, number, layer, STATUS_CANCELLED, 0);
        return true;
    case AT_MARKED:
        request->place = AT_HELD;
        note(model, EVENT_CANCEL, layer, number, 0, 0);
        end(model, number, layer, STATUS_CANCELLED, request->information);
        return true;
    default:
        return false;
    }
}

/* Cancels what the driver of that layer has sent. */
static bool cancel_sent(struct stack_model *model, unsigned number, unsigned layer)
{
    struct stack_layer_request *request = at(model, number, layer);
    if (request->place == AT_SENT)
        return cancel(model, number, stack_below_of(request, layer));
    if (request->place != AT_PENDED)
        return false;
    come_back(model, number, layer, STATUS_CANCELLED, 0);
    return true;
}

/* ---- what a driver does ---- */

static void mark(struct stack_model *model, unsigned number, unsigned layer)
{
    struct stack_layer_request *request = at(model, number, layer);
    NTSTATUS status = request->is_cancelled ? STATUS_CANCELLED : STATUS_SUCCESS; /* S7.19 */
    note(model, EVENT_RETURNED, layer, number, status, 0);
    if (NT_SUCCESS(status))
        request->place = AT_MARKED;
}

static void do_deed(struct stack_model *model, unsigned number, unsigned layer,
                    enum stack_deed deed, NTSTATUS status, unsigned information)
{
    switch (deed) {
    case DEED_COMPLETE:
        end(model, number, layer, status, information);
        break;
    case DEED_MARK:
        mark(model, number, layer);
        break;
    case DEED_SEND:
        send(model, number, layer);
        break;
    case DEED_FORGET:
        forget(model, number, layer);
        break;
    default:
        break;
    }
}

/* S6.26 */
static void forward(struct stack_model *model, unsigned number, unsigned layer)
{
    struct stack_layer_request *request = at(model, number, layer);
    request->is_in_manual = true;
    if (request->is_cancelled) {
        end(model, number, layer, STATUS_CANCELLED, 0);
    } else {
        request->place = AT_QUEUED;
        append(&model->manual[layer], number);
    }
    note(model, EVENT_RETURNED, layer, number, STATUS_SUCCESS, 0);
}

static void retrieve(struct stack_model *model, unsigned layer)
{
    struct stack_list *manual = &model->manual[layer];
    if (layer == 0 && model->is_asleep) {
        note(model, EVENT_RETRIEVED, layer, 0, STATUS_WDF_PAUSED, 0);
        return;
    }
    if (manual->count == 0) {
        note(model, EVENT_RETRIEVED, layer, 0, STATUS_NO_MORE_ENTRIES, 0);
        return;
    }
    unsigned number = manual->requests[0];
    lift(model, number, layer);
    at(model, number, layer)->place = AT_HELD;
    note(model, EVENT_RETRIEVED, layer, number, STATUS_SUCCESS, 0);
}

/* ---- targets ---- */

static void start(struct stack_model *model, unsigned index)
{
    struct stack_target *target = &model->targets[index];
    unsigned layer = stack_layer_of_target(index);
    target->state = WdfIoTargetStarted;
    while (target->pended.count > 0) {
        unsigned number = target->pended.requests[0];
        lift(model, number, layer);
        launch(model, number, layer);
    }
}

/* The next one that is not of that round, which moves to the end; 0: there is none. */
static unsigned next_of_round(struct stack_model *model, unsigned index, unsigned round,
                              bool are_ignoring)
{
    struct stack_list *sent = &model->targets[index].sent;
    unsigned layer = stack_layer_of_target(index), i = 0;
    while (i < sent->count &&
           at(model, sent->requests[i], layer)->sending.ignores_state != are_ignoring)
        i++;
    if (i == sent->count)
        return 0;
    unsigned number = sent->requests[i];
    if (at(model, number, layer)->round == round)
        return 0;
    at(model, number, layer)->round = round;
    take(sent, number);
    append(sent, number);
    return number;
}

/* S10.8: all except those that ignore the target's state; or those as well. */
static void cancel_all_sent(struct stack_model *model, unsigned index, bool are_ignoring)
{
    unsigned round = ++model->targets[index].round, number;
    while ((number = next_of_round(model, index, round, are_ignoring)) != 0)
        cancel_sent(model, number, stack_layer_of_target(index));
}

static void stop(struct stack_model *model, unsigned index, WDF_IO_TARGET_SENT_IO_ACTION action)
{
    model->targets[index].state = WdfIoTargetStopped;
    if (action == WdfIoTargetCancelSentIo)
        cancel_all_sent(model, index, false);
}

static void refuse_pended(struct stack_model *model, unsigned index)
{
    const struct stack_list *pended = &model->targets[index].pended;
    while (pended->count > 0)
        come_back(model, pended->requests[0], stack_layer_of_target(index),
                  STATUS_WDF_DEVICE_REMOVED_NOT_SENT, 0);
}

static void purge(struct stack_model *model, unsigned index)
{
    model->targets[index].state = WdfIoTargetPurged;
    refuse_pended(model, index);
    cancel_all_sent(model, index, false);
}

/* S10.4 */
static void close_target(struct stack_model *model)
{
    model->targets[STACK_REMOTE].state = WdfIoTargetClosed;
    refuse_pended(model, STACK_REMOTE);
    cancel_all_sent(model, STACK_REMOTE, false);
    cancel_all_sent(model, STACK_REMOTE, true);
}

/* ---- time ---- */

/* The next request to expire, and its layer; 0: none until then. */
static unsigned next_late(const struct stack_model *model, uint64_t until, unsigned *layer)
{
    unsigned found = 0;
    uint64_t earliest = until + 1;
    for (unsigned number = 1; number <= model->request_count; number++) {
        for (unsigned i = 0; i < STACK_LAYERS; i++) {
            const struct stack_layer_request *request = &model->requests[number].layers[i];
            if (request->deadline == 0 || request->is_late || request->deadline >= earliest)
                continue;
            earliest = request->deadline;
            found = number;
            *layer = i;
        }
    }
    return found;
}

static void advance(struct stack_model *model, uint64_t time)
{
    uint64_t until = model->now + time;
    unsigned number, layer;
    while ((number = next_late(model, until, &layer)) != 0) {
        model->now = at(model, number, layer)->deadline;
        at(model, number, layer)->is_late = true;
        cancel_sent(model, number, layer);
    }
    model->now = until;
}

/* ---- clients ---- */

/* A request that is sent again for this comes too late to be among them. */
static void close_file_of(struct stack_model *model, unsigned file, unsigned layer,
                          const struct stack_list *list)
{
    const struct stack_list queued = *list;
    for (unsigned i = 0; i < queued.count; i++) {
        unsigned number = queued.requests[i];
        if (model->requests[number].file == file && !at(model, number, layer)->has_no_file &&
            model->requests[number].open == model->opens[file])
            end(model, number, layer, STATUS_CANCELLED, 0);
    }
}

/* S4.19: the file's queued requests. */
static void close_file(struct stack_model *model, unsigned file)
{
    model->is_open[file] = false;
    for (unsigned layer = STACK_LAYERS; layer-- > 0;) {
        if (layer == 0)
            close_file_of(model, file, layer, &model->waiting);
        close_file_of(model, file, layer, &model->manual[layer]);
    }
}

/* A client's as when its process ends (S7.31); a driver's with its target (S10.11). */
static void end_by_removal(struct stack_model *model, unsigned number)
{
    const struct stack_request *request = &model->requests[number];
    if (!request->is_own)
        cancel(model, number, STACK_TOP);
    else if (request->layers[request->top].place == AT_PENDED)
        come_back(model, number, request->top, STATUS_WDF_DEVICE_REMOVED_NOT_SENT, 0);
    else
        cancel_sent(model, number, request->top);
}

static void remove_device(struct stack_model *model)
{
    model->is_removed = true;
    for (unsigned file = 0; file < STACK_FILES; file++) {
        if (model->is_open[file])
            close_file(model, file);
    }
    for (unsigned number = 1; number <= model->request_count; number++) {
        if (!model->requests[number].is_answered)
            end_by_removal(model, number);
    }
}

static void submit(struct stack_model *model, const struct stack_operation *operation)
{
    unsigned number = ++model->request_count;
    model->requests[number].plan = operation->plan;
    model->requests[number].file = operation->file;
    model->requests[number].open = model->opens[operation->file];
    model->requests[number].top = STACK_TOP;
    arrive(model, number, STACK_TOP, operation->is_late);
}

static void send_own(struct stack_model *model, const struct stack_operation *operation)
{
    unsigned number = ++model->request_count;
    struct stack_request *request = &model->requests[number];
    request->plan = operation->plan;
    request->file = STACK_FILES; /* none */
    request->top = operation->layer;
    request->is_own = true;
    at(model, number, request->top)->place = AT_HELD;
    at(model, number, request->top)->sending = operation->sending;
    send(model, number, request->top);
}

/* What arrives meanwhile goes to the end. */
static void resume(struct stack_model *model)
{
    while (model->waiting.count > 0) {
        unsigned number = model->waiting.requests[0];
        lift(model, number, 0);
        present(model, number, 0);
    }
    model->is_asleep = false;
}

/* ---- operations ---- */

void stack_model_init(struct stack_model *model, const struct stack_config *config,
                      struct stack_events *events)
{
    memset(model, 0, sizeof(*model));
    model->config = *config;
    model->events = events;
    for (unsigned i = 0; i <= STACK_REMOTE; i++)
        model->targets[i].state = WdfIoTargetStarted;
}

unsigned stack_model_owned(const struct stack_model *model, unsigned layer, bool is_manual)
{
    unsigned count = 0;
    for (unsigned number = 1; number <= model->request_count; number++) {
        const struct stack_layer_request *request = &model->requests[number].layers[layer];
        bool is_drivers = request->place != AT_NONE && request->place != AT_QUEUED &&
                          request->place != AT_WAITING && request->place != AT_GONE;
        if (model->requests[number].is_own && model->requests[number].top == layer)
            continue; /* it is in no queue */
        if (is_drivers && request->is_in_manual == is_manual)
            count++;
    }
    return count;
}

void stack_model_apply(struct stack_model *model, const struct stack_operation *operation)
{
    unsigned number = operation->request, layer = operation->layer;
    struct stack_layer_request *request = at(model, number, layer);
    bool was_told;
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
        cancel(model, number, STACK_TOP);
        break;
    case OP_CANCEL_SENT:
        request->was_sent_and_cancelled = true;
        was_told = cancel_sent(model, number, layer);
        note(model, EVENT_RETURNED, layer, number, was_told, 0);
        break;
    case OP_COMPLETE:
        end(model, number, layer, STATUS_SUCCESS, layer == 0 ? STACK_BYTES : request->information);
        break;
    case OP_SEND:
        request->sending = operation->sending;
        send(model, number, layer);
        break;
    case OP_FORGET:
        forget(model, number, layer);
        break;
    case OP_MARK:
        mark(model, number, layer);
        break;
    case OP_UNMARK:
        request->place = AT_HELD;
        note(model, EVENT_RETURNED, layer, number, STATUS_SUCCESS, 0);
        break;
    case OP_FORWARD:
        forward(model, number, layer);
        break;
    case OP_RETRIEVE:
        retrieve(model, layer);
        break;
    case OP_ADVANCE:
        advance(model, (uint64_t)operation->milliseconds * 10000);
        break;
    case OP_START:
        start(model, operation->target);
        break;
    case OP_STOP:
        stop(model, operation->target, operation->stop);
        break;
    case OP_PURGE:
        purge(model, operation->target);
        break;
    case OP_CLOSE_TARGET:
        close_target(model);
        break;
    case OP_OPEN_TARGET:
        model->targets[STACK_REMOTE].state = WdfIoTargetStarted;
        break;
    case OP_OWN:
        send_own(model, operation);
        break;
    case OP_SUSPEND:
        model->is_asleep = true;
        break;
    case OP_RESUME:
        resume(model);
        break;
    case OP_REMOVE:
        remove_device(model);
        break;
    default:
        abort();
    }
}
