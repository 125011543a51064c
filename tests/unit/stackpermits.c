/* What may be done to a stack at a point, in one thread: nobody may wait for something that never
 * comes. See stackmodel.h. */
#include "stackmodel.h"

/* Somebody can release it. */
static bool can_be_cancelled(const struct stack_model *model, unsigned number, unsigned layer)
{
    const struct stack_layer_request *request = &model->requests[number].layers[layer];
    if (request->place == AT_SENT || request->place == AT_GONE)
        return can_be_cancelled(model, number, stack_below_of(request, layer));
    return request->place != AT_HELD;
}

/* And nobody on its way keeps it or sends it again, so nobody waits for it for ever. */
static bool comes_back(const struct stack_model *model, unsigned number, unsigned layer)
{
    for (unsigned lower = 0; lower < layer; lower++) {
        const struct stack_layer_request *request = &model->requests[number].layers[lower];
        if ((request->place == AT_SENT || request->place == AT_PENDED) &&
            request->sending.back != DEED_COMPLETE)
            return false;
    }
    return can_be_cancelled(model, number, layer);
}

/* All except those that ignore the target's state, or those as well. */
static bool all_sent_come_back(const struct stack_model *model, unsigned index, bool with_ignoring)
{
    const struct stack_target *target = &model->targets[index];
    unsigned layer = stack_layer_of_target(index);
    for (unsigned i = 0; i < target->sent.count; i++) {
        unsigned number = target->sent.requests[i];
        if ((with_ignoring || !model->requests[number].layers[layer].sending.ignores_state) &&
            !comes_back(model, number, layer))
            return false;
    }
    return true;
}

static bool nothing_is_held(const struct stack_model *model)
{
    for (unsigned number = 1; number <= model->request_count; number++) {
        const struct stack_request *request = &model->requests[number];
        if (!request->is_answered && !can_be_cancelled(model, number, request->top))
            return false;
    }
    return true;
}

static bool awaits_nothing(const struct stack_model *model, unsigned index)
{
    const struct stack_target *target = &model->targets[index];
    unsigned layer = stack_layer_of_target(index);
    for (unsigned i = 0; i < target->sent.count; i++) {
        if (!model->requests[target->sent.requests[i]].layers[layer].sending.ignores_state)
            return false;
    }
    return true;
}

static bool permits_stop(const struct stack_model *model, const struct stack_operation *operation)
{
    if (operation->stop == WdfIoTargetCancelSentIo)
        return all_sent_come_back(model, operation->target, false);
    return operation->stop == WdfIoTargetLeaveSentIoPending ||
           awaits_nothing(model, operation->target);
}

static bool permits_purge(const struct stack_model *model, const struct stack_operation *operation)
{
    return operation->purge == WdfIoTargetPurgeIo ||
           all_sent_come_back(model, operation->target, false);
}

static bool target_lets_go(const struct stack_target *target, const struct stack_sending *sending)
{
    return sending->ignores_state || target->state == WdfIoTargetStarted;
}

bool stack_model_is_prompt(const struct stack_model *model, const struct stack_operation *operation)
{
    const struct stack_request *request = &model->requests[operation->request];
    unsigned layer = operation->layer;
    const struct stack_target *target =
        &model->targets[operation->sending.is_remote ? STACK_REMOTE : layer];
    if (request->layers[layer].is_cancelled || request->layers[layer].was_sent_and_cancelled ||
        model->is_asleep || target->state == WdfIoTargetClosed ||
        !target_lets_go(target, &operation->sending))
        return false;
    if (operation->sending.is_remote)
        return request->plan.first[0] == DEED_COMPLETE;
    while (layer-- > 1) {
        enum stack_deed deed =
            model->config.passes[layer] ? DEED_FORGET : request->plan.first[layer];
        const struct stack_sending *sending = &request->plan.sending[layer];
        if (deed == DEED_COMPLETE)
            return true;
        if (deed != DEED_FORGET && (deed != DEED_SEND || sending->back != DEED_COMPLETE ||
                                    !target_lets_go(&model->targets[layer], sending)))
            return false;
    }
    return request->plan.first[0] == DEED_COMPLETE;
}

bool stack_model_permits(const struct stack_model *model, const struct stack_operation *operation)
{
    unsigned number = operation->request, layer = operation->layer;
    bool is_known = number > 0 && number <= model->request_count;
    const struct stack_layer_request *request = &model->requests[number].layers[layer];
    bool is_open = model->targets[operation->target].state != WdfIoTargetClosed;
    if (model->is_removed || model->config.passes[layer])
        return false;
    switch (operation->kind) {
    case OP_OPEN:
        return !model->is_open[operation->file];
    case OP_CLOSE:
        return model->is_open[operation->file];
    case OP_SUBMIT:
        return model->is_open[operation->file] && model->request_count + 1 < STACK_REQUESTS;
    case OP_CANCEL:
        return is_known && !model->requests[number].is_answered && !model->requests[number].is_own;
    case OP_CANCEL_SENT:
        return is_known && layer > 0 && request->place != AT_NONE && request->place != AT_GONE &&
               request->place != AT_QUEUED && request->place != AT_WAITING &&
               request->place != AT_MARKED;
    case OP_SEND:
    case OP_FORGET:
        return is_known && layer > 0 && request->place == AT_HELD;
    case OP_COMPLETE:
    case OP_MARK:
        return is_known && request->place == AT_HELD;
    case OP_FORWARD:
        return is_known && request->place == AT_HELD && !request->is_in_manual; /* S6.55 */
    case OP_UNMARK:
        return is_known && request->place == AT_MARKED;
    case OP_START:
        return layer > 0 && is_open;
    case OP_STOP:
        return layer > 0 && is_open && permits_stop(model, operation);
    case OP_PURGE:
        return layer > 0 && is_open && permits_purge(model, operation);
    case OP_CLOSE_TARGET:
        return layer == STACK_TOP && model->targets[STACK_REMOTE].state != WdfIoTargetClosed &&
               all_sent_come_back(model, STACK_REMOTE, true);
    case OP_OPEN_TARGET:
        return layer == STACK_TOP && model->targets[STACK_REMOTE].state == WdfIoTargetClosed;
    case OP_OWN:
        return layer > 0 && model->request_count + 1 < STACK_REQUESTS;
    case OP_SUSPEND:
        return !model->is_asleep;
    case OP_RESUME:
        return model->is_asleep;
    case OP_REMOVE:
        return nothing_is_held(model);
    default:
        return true;
    }
}
