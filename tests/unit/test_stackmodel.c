/*
 * A stack of three devices against its reference model (stackmodel.h): random stories of clients,
 * drivers and the system. Each operation is done to both; events, their order, and the state
 * afterwards must agree; and nothing is left when the device has gone.
 *
 * usage: test_stackmodel [--seed N] [--operations N]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nt/status.h"
#include "stackmodel.h"
#include "stackworld.h"
#include "stories.h"

/* How often each kind is drawn. */
static const unsigned weights[OP_KINDS] = {
    [OP_OPEN] = 6,         [OP_CLOSE] = 2,       [OP_SUBMIT] = 40, [OP_CANCEL] = 8,
    [OP_CANCEL_SENT] = 8,  [OP_COMPLETE] = 26,   [OP_SEND] = 22,   [OP_FORGET] = 4,
    [OP_MARK] = 8,         [OP_UNMARK] = 5,      [OP_FORWARD] = 6, [OP_RETRIEVE] = 8,
    [OP_ADVANCE] = 8,      [OP_START] = 9,       [OP_STOP] = 5,    [OP_PURGE] = 3,
    [OP_CLOSE_TARGET] = 2, [OP_OPEN_TARGET] = 4, [OP_OWN] = 10,    [OP_SUSPEND] = 3,
    [OP_RESUME] = 6,       [OP_REMOVE] = 1,
};

static struct stack_model model;
static struct stack_events expected;

/* ---- printing ---- */

static void print_events(const char *who, const struct stack_events *events)
{
    printf("    %s:", who);
    for (unsigned i = 0; i < events->count; i++) {
        const struct stack_event *event = &events->events[i];
        printf(" %c%u", event->kind, event->request);
        if (event->kind != EVENT_ANSWERED)
            printf("@%u", event->layer);
        if (event->status != STATUS_SUCCESS)
            printf("(%s)", nt_status_name(event->status));
        if (event->information != 0)
            printf("+%u", event->information);
    }
    printf("\n");
}

static void print_sending(const struct stack_sending *sending)
{
    static const char *const deeds[] = {"hold", "complete", "mark", "send", "forget"};
    printf(" then %s%s%s%s%s", deeds[sending->back], sending->ignores_state ? " ignoring" : "",
           sending->is_formatted ? " anew" : "", sending->is_remote ? " remote" : "",
           sending->is_synchronous ? " waiting" : "");
    if (sending->timeout != 0)
        printf(" within %lu", (unsigned long)sending->timeout);
}

static void print_plan(const struct stack_plan *plan)
{
    static const char *const deeds[] = {"hold", "complete", "mark", "send", "forget"};
    for (unsigned layer = STACK_LAYERS; layer-- > 0;) {
        printf(" %u %s", layer, deeds[plan->first[layer]]);
        if (layer > 0)
            print_sending(&plan->sending[layer]);
    }
}

static void print_operation(const struct stack_operation *operation)
{
    printf("%s", stack_operation_names[operation->kind]);
    switch (operation->kind) {
    case OP_OPEN:
    case OP_CLOSE:
        printf(" file %u", operation->file);
        break;
    case OP_SUBMIT:
        printf(" %u file %u%s:", model.request_count + 1, operation->file,
               operation->is_late ? " cancelled" : "");
        print_plan(&operation->plan);
        break;
    case OP_CANCEL:
        printf(" request %u", operation->request);
        break;
    case OP_RETRIEVE:
        printf(" layer %u", operation->layer);
        break;
    case OP_START:
        printf(" target %u", operation->target);
        break;
    case OP_ADVANCE:
        printf(" %u ms", operation->milliseconds);
        break;
    case OP_STOP:
        printf(" target %u action %d", operation->target, (int)operation->stop);
        break;
    case OP_PURGE:
        printf(" target %u action %d", operation->target, (int)operation->purge);
        break;
    case OP_OWN:
        printf(" %u layer %u", model.request_count + 1, operation->layer);
        print_sending(&operation->sending);
        print_plan(&operation->plan);
        break;
    case OP_CLOSE_TARGET:
    case OP_OPEN_TARGET:
    case OP_SUSPEND:
    case OP_RESUME:
    case OP_REMOVE:
        break;
    default:
        printf(" request %u layer %u", operation->request, operation->layer);
        if (operation->kind == OP_SEND)
            print_sending(&operation->sending);
        break;
    }
    printf("\n");
}

/* ---- a story ---- */

/* The n-th of the requests that the operation is for, modulo their number; 0 if there is none. */
static unsigned pick_request(struct stack_operation *operation, uint32_t n)
{
    unsigned candidates[STACK_REQUESTS];
    unsigned count = 0;
    for (unsigned i = 1; i <= model.request_count; i++) {
        operation->request = i;
        if (stack_model_permits(&model, operation))
            candidates[count++] = i;
    }
    return count > 0 ? candidates[n % count] : 0;
}

/* No two time limits expire at the same moment. */
static struct stack_sending draw_sending(uint32_t number, unsigned serial)
{
    static const enum stack_deed backs[] = {DEED_HOLD, DEED_COMPLETE, DEED_COMPLETE, DEED_SEND};
    struct stack_sending sending = {
        .back = backs[number % 4],
        .ignores_state = number / 4 % 8 == 0,
        .is_formatted = number / 32 % 4 == 0,
    };
    if (number / 128 % 4 == 0)
        sending.timeout = 10000 * (1 + number / 512 % 16) + serial;
    return sending;
}

static struct stack_plan draw_plan(uint32_t number, uint32_t another, unsigned request)
{
    static const enum stack_deed lowest[] = {DEED_HOLD, DEED_HOLD, DEED_COMPLETE, DEED_MARK};
    static const enum stack_deed others[] = {DEED_SEND, DEED_SEND, DEED_SEND,   DEED_SEND,
                                             DEED_HOLD, DEED_MARK, DEED_FORGET, DEED_COMPLETE};
    struct stack_plan plan = {.first = {lowest[number % 4]}};
    for (unsigned layer = 1; layer < STACK_LAYERS; layer++) {
        number /= 8;
        plan.first[layer] = others[number % 8];
        plan.sending[layer] = draw_sending(another, request * 8 + layer);
        plan.sending[layer].is_remote = layer == STACK_TOP && another / 65536 % 4 == 0;
        another = another << 16 | another >> 16;
    }
    return plan;
}

/* False when it cannot be done now. */
static bool make_operation(const struct draw *draw, struct stack_operation *operation)
{
    static const unsigned layers[] = {0, 1, 1, 2, 2};
    *operation = (struct stack_operation){
        .kind = (enum stack_operation_kind)draw->kind,
        .file = draw->numbers[1] % STACK_FILES,
        .layer = layers[draw->numbers[0] % RTL_NUMBER_OF(layers)],
        .plan = draw_plan(draw->numbers[2], draw->numbers[3], model.request_count + 1),
        .milliseconds = 1 + draw->numbers[2] % 8,
        .is_late = draw->numbers[1] / STACK_FILES % 16 == 0,
        .stop = (WDF_IO_TARGET_SENT_IO_ACTION)(1 + draw->numbers[2] % 3),
        .purge = (WDF_IO_TARGET_PURGE_IO_ACTION)(1 + draw->numbers[2] % 2),
    };
    if (draw->kind >= OP_CANCEL && draw->kind <= OP_FORWARD) {
        if (draw->kind == OP_CANCEL || draw->kind == OP_REMOVE)
            operation->layer = 0;
        operation->request = pick_request(operation, draw->numbers[1]);
        operation->sending =
            draw_sending(draw->numbers[3], operation->request * 8 + 4 + operation->layer);
    }
    operation->target = operation->layer;
    if (operation->layer == STACK_TOP && draw->numbers[3] % 2 == 0) {
        operation->target = STACK_REMOTE;
        operation->sending.is_remote = operation->kind == OP_SEND || operation->kind == OP_OWN;
    }
    if (operation->kind == OP_SEND && draw->numbers[2] % 2 == 0 && operation->request != 0 &&
        stack_model_is_prompt(&model, operation)) {
        operation->sending.is_synchronous = true;
        operation->sending.back = DEED_COMPLETE;
    }
    if (draw->kind == OP_OWN) {
        operation->sending =
            draw_sending(draw->numbers[1], (model.request_count + 1) * 8 + 4 + operation->layer);
        operation->sending.back = DEED_COMPLETE;
        operation->sending.is_formatted = true;
        operation->sending.is_remote = operation->target == STACK_REMOTE;
    }
    return stack_model_permits(&model, operation);
}

/* The events of each request keep their order. */
static void sort_by_request(struct stack_events *events)
{
    for (unsigned i = 1; i < events->count; i++) {
        struct stack_event event = events->events[i];
        unsigned k = i;
        for (; k > 0 && events->events[k - 1].request > event.request; k--)
            events->events[k] = events->events[k - 1];
        events->events[k] = event;
    }
}

/* No rule defines the order in which a removal cancels requests, or which of the requests that a
 * resume presents one after another comes back first. */
static bool events_agree(enum stack_operation_kind kind)
{
    if (kind == OP_REMOVE || kind == OP_RESUME) {
        sort_by_request(&expected);
        sort_by_request(&stack_happened);
    }
    if (expected.count == stack_happened.count &&
        memcmp(expected.events, stack_happened.events,
               expected.count * sizeof(expected.events[0])) == 0)
        return true;
    printf("    the framework does not do what the model does\n");
    return false;
}

static bool run_operation(const struct stack_operation *operation, bool is_told)
{
    expected.count = stack_happened.count = 0;
    if (is_told)
        print_operation(operation);
    stack_world_operate(operation);
    stack_model_apply(&model, operation);
    if (is_told) {
        print_events("expected", &expected);
        print_events("happened", &stack_happened);
    }
    return events_agree(operation->kind) && stack_world_agrees();
}

/* A request that a driver holds; false: there is none. */
static bool find_held(struct stack_operation *operation)
{
    for (unsigned number = 1; number <= model.request_count; number++) {
        for (unsigned layer = 0; layer < STACK_LAYERS; layer++) {
            *operation =
                (struct stack_operation){.kind = OP_COMPLETE, .request = number, .layer = layer};
            if (stack_model_permits(&model, operation))
                return true;
        }
    }
    return false;
}

/* Completes what drivers hold, then removes the device: as operations, like the others. */
static bool finish_story(bool is_told)
{
    const struct stack_operation last = {.kind = OP_REMOVE};
    struct stack_operation operation;
    while (find_held(&operation)) {
        if (!run_operation(&operation, is_told))
            return false;
    }
    return model.is_removed || run_operation(&last, is_told);
}

static bool start_story(uint64_t seed, bool is_told)
{
    struct stack_config config = {0};
    for (unsigned layer = 1; layer < STACK_LAYERS; layer++)
        config.passes[layer] = story_below(&seed, 6) == 0;
    stack_model_init(&model, &config, &expected);
    if (is_told)
        printf("layer 1 %s, layer 2 %s\n", config.passes[1] ? "passes" : "has queues",
               config.passes[2] ? "passes" : "has queues");
    return stack_world_start(&model, is_told);
}

static int run_story(const struct story *story, bool is_told)
{
    int done = 0;
    if (!start_story(story->seed, is_told))
        return -1;
    for (unsigned i = 0; i < story->length && !model.is_removed; i++) {
        struct stack_operation operation;
        if (!make_operation(&story->draws[i], &operation))
            continue;
        done++;
        if (!run_operation(&operation, is_told))
            return -1;
    }
    return finish_story(is_told) ? done : -1;
}

int main(int argc, char **argv)
{
    static const struct story_teller teller = {
        .name = "test_stackmodel", .weights = weights, .kinds = OP_KINDS, .run = run_story};
    return stories_main(&teller, argc, argv);
}
