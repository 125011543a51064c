/*
 * A stack of three devices against its reference model (stackmodel.h): random stories of clients,
 * drivers and the system, each operation done to both, without a disagreement in what happens, in
 * its order, or in the state afterwards; and nothing is left when the device has gone.
 *
 * usage: test_stackmodel [--seed N] [--operations N]
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wdfuse/inproc.h>

#include "framework/io.h"
#include "nt/status.h"
#include "port/log.h"
#include "stackmodel.h"
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

/* ---- the world: the framework, with the drivers and clients ---- */

static struct stack_model model;
static struct stack_events expected;
static struct stack_events happened;

static WDFUSEDEVICE device;
static WDFDEVICE devices[STACK_LAYERS];
static WDFQUEUE queues[STACK_LAYERS][2]; /* the default queue, the manual one */
static unsigned layers_added;
static struct io_file *files[STACK_FILES];
static struct io_request *submitted[STACK_REQUESTS]; /* until it is answered */
static WDFREQUEST handles[STACK_LAYERS][STACK_REQUESTS];
static struct stack_plan plans[STACK_REQUESTS];
static struct stack_sending sendings[STACK_LAYERS][STACK_REQUESTS];
static bool is_own[STACK_REQUESTS];
static unsigned own_layer[STACK_REQUESTS];
static WDFIOTARGET remote; /* of the uppermost driver, unless it passes everything */
static bool is_removed, is_left;

static void note(enum stack_event_kind kind, unsigned layer, unsigned request, NTSTATUS status,
                 size_t information)
{
    stack_log(&happened, (struct stack_event){kind, layer, request, status, (unsigned)information});
}

static unsigned layer_of(WDFQUEUE queue)
{
    unsigned layer = 0;
    while (devices[layer] != WdfIoQueueGetDevice(queue))
        layer++;
    return layer;
}

/* A request carries its number as its position, also when it was formatted anew. */
static unsigned number_of(WDFREQUEST request)
{
    WDF_REQUEST_PARAMETERS parameters;
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(request, &parameters);
    return (unsigned)parameters.Parameters.Read.DeviceOffset;
}

/* ---- the client ---- */

static bool is_filled(const unsigned char *bytes, unsigned number)
{
    for (unsigned i = 0; i < STACK_BYTES; i++) {
        if (bytes[i] != (unsigned char)number)
            return false;
    }
    return true;
}

static void note_answer(struct io_request *request, NTSTATUS status, size_t information)
{
    unsigned number = (unsigned)request->offset;
    if (information == STACK_BYTES && !is_filled(request->output, number))
        information = 0; /* which the model does not expect */
    submitted[number] = NULL;
    note(EVENT_ANSWERED, 0, number, status, information);
}

static const struct io_transport transport = {.name = "model", .complete = note_answer};

static void open_file(unsigned file)
{
    WDFUSEFILE opened;
    if (!NT_SUCCESS(WdfuseInprocOpen(device, O_RDWR, &opened)))
        abort();
    files[file] = (struct io_file *)opened;
}

static void close_file(unsigned file)
{
    WdfuseInprocClose((WDFUSEFILE)files[file]);
}

static void submit(const struct stack_operation *operation)
{
    unsigned number = model.request_count + 1;
    struct io_request *request =
        io_request_create(io_file_device(files[operation->file]), &transport);
    if (request == NULL)
        abort();
    request->type = WdfRequestTypeRead;
    request->file = files[operation->file];
    request->offset = number;
    request->output_length = STACK_BYTES;
    plans[number] = operation->plan;
    submitted[number] = request;
    if (operation->is_late)
        io_request_cancel(request);
    io_request_submit(request);
}

/* ---- the drivers ---- */

static EVT_WDF_REQUEST_COMPLETION_ROUTINE on_back;

/* A closed target refuses that already (S10.27). */
static NTSTATUS format(WDFREQUEST request, WDFIOTARGET target, const struct stack_sending *sending)
{
    LONGLONG position = number_of(request);
    WDFMEMORY memory;
    if (!sending->is_formatted) {
        WdfRequestFormatRequestUsingCurrentType(request);
        return STATUS_SUCCESS;
    }
    if (!NT_SUCCESS(WdfRequestRetrieveOutputMemory(request, &memory)))
        abort();
    return WdfIoTargetFormatRequestForRead(target, request, memory, NULL, &position);
}

static WDFIOTARGET target_of(unsigned layer, const struct stack_sending *sending)
{
    return sending->is_remote ? remote : WdfDeviceGetIoTarget(devices[layer]);
}

/* For on_back: which request of which layer it is. */
static WDFCONTEXT context_of(unsigned layer, unsigned number)
{
    return (WDFCONTEXT)(uintptr_t)(layer + number * STACK_LAYERS);
}

/* A synchronous one: what it has come back with. */
static void complete_returned(unsigned layer, WDFREQUEST request)
{
    NTSTATUS status = WdfRequestGetStatus(request);
    ULONG_PTR information = WdfRequestGetInformation(request);
    note(EVENT_RETURNED, layer, number_of(request), status, information);
    WdfRequestCompleteWithInformation(request, status, information);
}

static void send(unsigned layer, WDFREQUEST request)
{
    unsigned number = number_of(request);
    const struct stack_sending *sending = &sendings[layer][number];
    WDFIOTARGET target = target_of(layer, sending);
    WDF_REQUEST_SEND_OPTIONS options;
    WDF_REQUEST_SEND_OPTIONS_INIT(
        &options, sending->ignores_state ? WDF_REQUEST_SEND_OPTION_IGNORE_TARGET_STATE : 0);
    if (sending->timeout != 0)
        WDF_REQUEST_SEND_OPTIONS_SET_TIMEOUT(&options, -(LONGLONG)sending->timeout);
    if (sending->is_synchronous)
        options.Flags |= WDF_REQUEST_SEND_OPTION_SYNCHRONOUS;
    NTSTATUS status = format(request, target, sending);
    if (!sending->is_synchronous)
        WdfRequestSetCompletionRoutine(request, on_back, context_of(layer, number));
    if (NT_SUCCESS(status) && WdfRequestSend(request, target, &options)) {
        if (sending->is_synchronous)
            complete_returned(layer, request);
        return;
    }
    if (NT_SUCCESS(status))
        status = WdfRequestGetStatus(request);
    note(EVENT_RETURNED, layer, number, status, 0);
    WdfRequestComplete(request, status);
}

static void forget(unsigned layer, WDFREQUEST request)
{
    WDF_REQUEST_SEND_OPTIONS options;
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET);
    WdfRequestFormatRequestUsingCurrentType(request);
    if (!WdfRequestSend(request, WdfDeviceGetIoTarget(devices[layer]), &options))
        abort();
}

/* The function driver brings the number. */
static void complete(unsigned layer, WDFREQUEST request)
{
    PVOID buffer;
    if (layer > 0) {
        WdfRequestComplete(request, STATUS_SUCCESS);
        return;
    }
    if (!NT_SUCCESS(WdfRequestRetrieveOutputBuffer(request, STACK_BYTES, &buffer, NULL)))
        abort();
    memset(buffer, (int)number_of(request), STACK_BYTES);
    WdfRequestCompleteWithInformation(request, STATUS_SUCCESS, STACK_BYTES);
}

static VOID on_cancel(WDFREQUEST Request)
{
    note(EVENT_CANCEL, layer_of(WdfRequestGetIoQueue(Request)), number_of(Request), 0, 0);
    WdfRequestComplete(Request, STATUS_CANCELLED);
}

static void mark(unsigned layer, WDFREQUEST request)
{
    unsigned number = number_of(request);
    note(EVENT_RETURNED, layer, number, WdfRequestMarkCancelableEx(request, on_cancel), 0);
}

static VOID on_request(WDFQUEUE Queue, WDFREQUEST Request)
{
    unsigned layer = layer_of(Queue);
    unsigned number = number_of(Request);
    handles[layer][number] = Request;
    sendings[layer][number] = plans[number].sending[layer];
    note(EVENT_PRESENTED, layer, number, 0, 0);
    switch (plans[number].first[layer]) {
    case DEED_COMPLETE:
        complete(layer, Request);
        break;
    case DEED_MARK:
        mark(layer, Request);
        break;
    case DEED_SEND:
        send(layer, Request);
        break;
    case DEED_FORGET:
        forget(layer, Request);
        break;
    default:
        break;
    }
}

static VOID on_back(WDFREQUEST Request, WDFIOTARGET Target, PWDF_REQUEST_COMPLETION_PARAMS Params,
                    WDFCONTEXT Context)
{
    (void)Target;
    unsigned layer = (unsigned)(uintptr_t)Context % STACK_LAYERS;
    unsigned number = (unsigned)(uintptr_t)Context / STACK_LAYERS;
    enum stack_deed deed = is_removed ? DEED_COMPLETE : sendings[layer][number].back;
    sendings[layer][number].back = DEED_COMPLETE;
    note(EVENT_BACK, layer, number, Params->IoStatus.Status, Params->IoStatus.Information);
    if (is_own[number] && own_layer[number] == layer)
        WdfObjectDelete(Request);
    else if (deed == DEED_COMPLETE)
        WdfRequestCompleteWithInformation(Request, Params->IoStatus.Status,
                                          Params->IoStatus.Information);
    else if (deed == DEED_SEND)
        send(layer, Request);
}

/* A request of the driver of that layer, with memory of its own; its number is its position. */
static void send_own(const struct stack_operation *operation)
{
    unsigned layer = operation->layer, number = model.request_count + 1;
    WDFIOTARGET target = target_of(layer, &operation->sending);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFMEMORY memory;
    WDFREQUEST request;
    LONGLONG position = number;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = devices[layer];
    if (!NT_SUCCESS(WdfRequestCreate(&attributes, target, &request)))
        abort();
    attributes.ParentObject = request;
    if (!NT_SUCCESS(WdfMemoryCreate(&attributes, NonPagedPool, 0, STACK_BYTES, &memory, NULL)))
        abort();
    NTSTATUS status = WdfIoTargetFormatRequestForRead(target, request, memory, NULL, &position);
    WDF_REQUEST_SEND_OPTIONS options;
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, operation->sending.ignores_state
                                                ? WDF_REQUEST_SEND_OPTION_IGNORE_TARGET_STATE
                                                : 0);
    if (operation->sending.timeout != 0)
        WDF_REQUEST_SEND_OPTIONS_SET_TIMEOUT(&options, -(LONGLONG)operation->sending.timeout);
    plans[number] = operation->plan;
    handles[layer][number] = request;
    is_own[number] = true;
    own_layer[number] = layer;
    WdfRequestSetCompletionRoutine(request, on_back, context_of(layer, number));
    if (NT_SUCCESS(status) && WdfRequestSend(request, target, &options))
        return;
    if (NT_SUCCESS(status)) /* else the target is closed */
        status = WdfRequestGetStatus(request);
    note(EVENT_RETURNED, layer, number, status, 0);
    WdfObjectDelete(request);
}

/* What the function driver has when its device goes to sleep stays with it. */
static VOID on_stop(WDFQUEUE Queue, WDFREQUEST Request, ULONG ActionFlags)
{
    (void)Queue;
    (void)ActionFlags;
    WdfRequestStopAcknowledge(Request, FALSE);
}

static void retrieve(unsigned layer)
{
    WDFREQUEST request;
    NTSTATUS status = WdfIoQueueRetrieveNextRequest(queues[layer][1], &request);
    note(EVENT_RETRIEVED, layer, NT_SUCCESS(status) ? number_of(request) : 0, status, 0);
}

static NTSTATUS create_queues(unsigned layer)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDefault = on_request;
    config.EvtIoStop = on_stop;
    NTSTATUS status =
        WdfIoQueueCreate(devices[layer], &config, WDF_NO_OBJECT_ATTRIBUTES, &queues[layer][0]);
    if (!NT_SUCCESS(status))
        return status;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    config.EvtIoStop = on_stop;
    return WdfIoQueueCreate(devices[layer], &config, WDF_NO_OBJECT_ATTRIBUTES, &queues[layer][1]);
}

static NTSTATUS add_device(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    (void)Driver;
    unsigned layer = layers_added++;
    if (layer > 0)
        WdfFdoInitSetFilter(DeviceInit);
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &devices[layer]);
    return NT_SUCCESS(status) && !model.config.passes[layer] ? create_queues(layer) : status;
}

static NTSTATUS driver_entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, add_device);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

/* ---- doing an operation to the world ---- */

/* To the function driver's device, by itself. */
static NTSTATUS open_target(void)
{
    WDF_IO_TARGET_OPEN_PARAMS params;
    WDF_IO_TARGET_OPEN_PARAMS_INIT_EXISTING_DEVICE(&params,
                                                   WdfDeviceWdmGetDeviceObject(devices[0]));
    return WdfIoTargetOpen(remote, &params);
}

static void remove_device(void)
{
    is_removed = true;
    for (unsigned file = 0; file < STACK_FILES; file++) {
        if (model.is_open[file])
            close_file(file);
    }
    WdfuseInprocStop(device);
}

/* Before the model has done it. */
static void operate(const struct stack_operation *operation)
{
    unsigned layer = operation->layer, number = operation->request;
    WDFREQUEST request = handles[layer][number];
    WDFIOTARGET target = operation->target == STACK_REMOTE ? remote
                         : operation->kind != OP_REMOVE && layer > 0
                             ? WdfDeviceGetIoTarget(devices[layer])
                             : NULL;
    switch (operation->kind) {
    case OP_OPEN:
        open_file(operation->file);
        break;
    case OP_CLOSE:
        close_file(operation->file);
        break;
    case OP_SUBMIT:
        submit(operation);
        break;
    case OP_CANCEL:
        io_request_cancel(submitted[number]);
        break;
    case OP_CANCEL_SENT:
        WdfObjectReference(request);
        note(EVENT_RETURNED, layer, number, WdfRequestCancelSentRequest(request), 0);
        WdfObjectDereference(request);
        break;
    case OP_COMPLETE:
        complete(layer, request);
        break;
    case OP_SEND:
        sendings[layer][number] = operation->sending;
        send(layer, request);
        break;
    case OP_FORGET:
        forget(layer, request);
        break;
    case OP_MARK:
        mark(layer, request);
        break;
    case OP_UNMARK:
        note(EVENT_RETURNED, layer, number, WdfRequestUnmarkCancelable(request), 0);
        break;
    case OP_FORWARD:
        note(EVENT_RETURNED, layer, number, WdfRequestForwardToIoQueue(request, queues[layer][1]),
             0);
        break;
    case OP_RETRIEVE:
        retrieve(layer);
        break;
    case OP_ADVANCE:
        WdfuseInprocAdvanceClock((ULONGLONG)operation->milliseconds * 10000);
        break;
    case OP_START:
        if (!NT_SUCCESS(WdfIoTargetStart(target)))
            abort();
        break;
    case OP_STOP:
        WdfIoTargetStop(target, operation->stop);
        break;
    case OP_PURGE:
        WdfIoTargetPurge(target, operation->purge);
        break;
    case OP_CLOSE_TARGET:
        WdfIoTargetClose(remote);
        break;
    case OP_OPEN_TARGET:
        if (!NT_SUCCESS(open_target()))
            abort();
        break;
    case OP_OWN:
        send_own(operation);
        break;
    case OP_SUSPEND:
        if (!NT_SUCCESS(WdfuseInprocSuspend(device)))
            abort();
        break;
    case OP_RESUME:
        if (!NT_SUCCESS(WdfuseInprocResume(device)))
            abort();
        break;
    case OP_REMOVE:
        remove_device();
        break;
    default:
        abort();
    }
}

/* ---- telling ---- */

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

/* The n-th, in turn, of the requests that the operation is for; 0 when there is none. */
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

/* No two times are over at the same moment. */
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

static bool queue_agrees(unsigned layer, bool is_manual)
{
    ULONG queued, owned;
    (void)WdfIoQueueGetState(queues[layer][is_manual], &queued, &owned);
    unsigned wanted_queued = is_manual    ? model.manual[layer].count
                             : layer == 0 ? model.waiting.count
                                          : 0;
    unsigned wanted_owned = stack_model_owned(&model, layer, is_manual);
    if (queued == wanted_queued && owned == wanted_owned)
        return true;
    printf("    the %s queue of layer %u has %u queued and %u owned; expected %u and %u\n",
           is_manual ? "manual" : "default", layer, queued, owned, wanted_queued, wanted_owned);
    return false;
}

static bool target_agrees(unsigned index)
{
    WDF_IO_TARGET_STATE state =
        WdfIoTargetGetState(index == STACK_REMOTE ? remote : WdfDeviceGetIoTarget(devices[index]));
    if (state == model.targets[index].state)
        return true;
    printf("    target %u is in state %d; expected %d\n", index, (int)state,
           (int)model.targets[index].state);
    return false;
}

static bool state_agrees(void)
{
    if (is_removed) {
        if (is_left)
            printf("    something is left when the driver is unloaded\n");
        return !is_left;
    }
    for (unsigned layer = 0; layer < STACK_LAYERS; layer++) {
        if (model.config.passes[layer])
            continue;
        if (!queue_agrees(layer, false) || !queue_agrees(layer, true))
            return false;
        if (layer > 0 && !target_agrees(layer))
            return false;
    }
    return model.config.passes[STACK_TOP] || target_agrees(STACK_REMOTE);
}

/* Those of each request keep their order. */
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

/* In which order requests are cancelled by a removal, and which of them that are presented one
 * after the other by a resume comes back first, no rule says. */
static bool events_agree(enum stack_operation_kind kind)
{
    if (kind == OP_REMOVE || kind == OP_RESUME) {
        sort_by_request(&expected);
        sort_by_request(&happened);
    }
    if (expected.count == happened.count &&
        memcmp(expected.events, happened.events, expected.count * sizeof(expected.events[0])) == 0)
        return true;
    printf("    the framework does not do what the model does\n");
    return false;
}

static bool run_operation(const struct stack_operation *operation, bool is_told)
{
    expected.count = happened.count = 0;
    if (is_told)
        print_operation(operation);
    operate(operation);
    stack_model_apply(&model, operation);
    if (is_told) {
        print_events("expected", &expected);
        print_events("happened", &happened);
    }
    return events_agree(operation->kind) && state_agrees();
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

/* What drivers hold is completed, then the device goes: as operations, like the others. */
static bool finish_story(bool is_told)
{
    const struct stack_operation last = {.kind = OP_REMOVE};
    struct stack_operation operation;
    while (find_held(&operation)) {
        if (!run_operation(&operation, is_told))
            return false;
    }
    return is_removed || run_operation(&last, is_told);
}

static bool tells_log;

static void take_line(enum log_level level, const char *line)
{
    if (strstr(line, "is unloaded and leaves") != NULL)
        is_left = true;
    if (tells_log && level <= LOG_LEVEL_WARNING)
        printf("    %s\n", line);
}

static bool start_story(uint64_t seed, bool is_told)
{
    struct stack_config config = {0};
    for (unsigned layer = 1; layer < STACK_LAYERS; layer++)
        config.passes[layer] = story_below(&seed, 6) == 0;
    stack_model_init(&model, &config, &expected);
    memset(handles, 0, sizeof(handles));
    memset(submitted, 0, sizeof(submitted));
    memset(is_own, 0, sizeof(is_own));
    layers_added = 0;
    is_removed = is_left = false;
    tells_log = is_told;
    log_set_sink(take_line);
    WdfuseInprocUseVirtualClock();
    if (is_told)
        printf("layer 1 %s, layer 2 %s\n", config.passes[1] ? "passes" : "has queues",
               config.passes[2] ? "passes" : "has queues");
    if (!NT_SUCCESS(WdfuseInprocStartStack(driver_entry, "model", STACK_LAYERS, &device)))
        return false;
    WDFDEVICE top = devices[STACK_TOP];
    return config.passes[STACK_TOP] ||
           (NT_SUCCESS(WdfIoTargetCreate(top, WDF_NO_OBJECT_ATTRIBUTES, &remote)) &&
            NT_SUCCESS(open_target()));
}

static int run_story(const struct story *story, bool is_told)
{
    int done = 0;
    if (!start_story(story->seed, is_told))
        return -1;
    for (unsigned i = 0; i < story->length && !is_removed; i++) {
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
