/*
 * Queues against their reference model (queuemodel.h): random stories of a client, a driver and a
 * system. Each operation is done to both; events, their order, and the state afterwards must agree.
 *
 * usage: test_queuemodel [--seed N] [--operations N]
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wdfuse/inproc.h>

#include "framework/io.h"
#include "nt/status.h"
#include "port/log.h"
#include "queuemodel.h"
#include "stories.h"

/* How often each kind is drawn. */
static const unsigned weights[OP_KINDS] = {
    [OP_OPEN] = 6,      [OP_CLOSE] = 3,   [OP_SUBMIT] = 40,   [OP_CANCEL] = 10,
    [OP_COMPLETE] = 25, [OP_FORWARD] = 8, [OP_REQUEUE] = 8,   [OP_MARK] = 6,
    [OP_MARK_EX] = 4,   [OP_UNMARK] = 4,  [OP_RETRIEVE] = 14, [OP_RETRIEVE_BY_FILE] = 4,
    [OP_FIND] = 4,      [OP_START] = 9,   [OP_STOP] = 4,      [OP_STOP_AND_PURGE] = 2,
    [OP_PURGE] = 2,     [OP_DRAIN] = 2,   [OP_SUSPEND] = 2,   [OP_RESUME] = 5,
};

static struct model_config draw_config(uint64_t seed)
{
    static const WDF_IO_QUEUE_DISPATCH_TYPE types[] = {
        WdfIoQueueDispatchSequential, WdfIoQueueDispatchParallel, WdfIoQueueDispatchManual};
    struct model_config config;
    memset(&config, 0, sizeof(config));
    for (unsigned i = 0; i < MODEL_QUEUES; i++) {
        config.queues[i].type = types[story_below(&seed, 3)];
        config.queues[i].limit = 1 + story_below(&seed, 4);
        config.queues[i].allows_zero_length = story_below(&seed, 2);
        config.queues[i].tells_cancelled = story_below(&seed, 2);
        config.queues[i].is_power_managed = story_below(&seed, 4) != 0;
        config.queues[i].tells_ready = story_below(&seed, 2);
        config.queues[i].ready_drains = story_below(&seed, 2);
    }
    return config;
}

/* ---- the framework, with a driver and clients ---- */

static struct model model;
static struct model_events expected;
static struct model_events happened;

static WDFUSEDEVICE device;
static WDFQUEUE queues[MODEL_QUEUES];
static struct io_file *files[MODEL_FILES];
static WDFFILEOBJECT file_objects[MODEL_FILES];
static struct io_request *submitted[MODEL_REQUESTS]; /* with a reference until it is answered */
static WDFREQUEST handles[MODEL_REQUESTS];
static enum model_action actions[MODEL_REQUESTS];
static bool was_put_back[MODEL_REQUESTS]; /* the model's choice for EvtIoStop */

static unsigned queue_number(WDFQUEUE queue)
{
    return queue == queues[0] ? 0 : 1;
}

/* A request carries its number as its position. */
static unsigned number_of(WDFREQUEST request)
{
    WDF_REQUEST_PARAMETERS parameters;
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(request, &parameters);
    unsigned number = (unsigned)(parameters.Type == WdfRequestTypeRead
                                     ? parameters.Parameters.Read.DeviceOffset
                                     : parameters.Parameters.Write.DeviceOffset);
    handles[number] = request;
    return number;
}

static void note_answer(struct io_request *request, NTSTATUS status, size_t information)
{
    (void)information;
    model_log(&happened, EVENT_ANSWERED, 0, (unsigned)request->offset, status);
    submitted[request->offset] = NULL;
}

static const struct io_transport transport = {.name = "model", .complete = note_answer};

static VOID on_cancel(WDFREQUEST Request)
{
    unsigned queue = queue_number(WdfRequestGetIoQueue(Request));
    model_log(&happened, EVENT_CANCEL, queue, number_of(Request), 0);
}

static bool retrieve(unsigned queue, int file)
{
    WDFREQUEST request;
    NTSTATUS status =
        file >= 0
            ? WdfIoQueueRetrieveRequestByFileObject(queues[queue], file_objects[file], &request)
            : WdfIoQueueRetrieveNextRequest(queues[queue], &request);
    model_log(&happened, EVENT_RETRIEVED, queue, NT_SUCCESS(status) ? number_of(request) : 0,
              status);
    return NT_SUCCESS(status);
}

static void forward(unsigned number, unsigned to)
{
    NTSTATUS status = WdfRequestForwardToIoQueue(handles[number], queues[to]);
    model_log(&happened, EVENT_RETURNED, 0, number, status);
}

static VOID on_request(WDFQUEUE Queue, WDFREQUEST Request)
{
    unsigned queue = queue_number(Queue);
    unsigned number = number_of(Request);
    enum model_action action = actions[number];
    actions[number] = ACTION_HOLD;
    model_log(&happened, EVENT_PRESENTED, queue, number, 0);
    if (action == ACTION_COMPLETE)
        WdfRequestComplete(Request, STATUS_SUCCESS);
    else if (action == ACTION_FORWARD)
        forward(number, 1 - queue);
    else if (action == ACTION_MARK)
        WdfRequestMarkCancelable(Request, on_cancel);
    else if (action == ACTION_RETRIEVE)
        retrieve(queue, -1);
}

static VOID on_cancelled_on_queue(WDFQUEUE Queue, WDFREQUEST Request)
{
    model_log(&happened, EVENT_CANCELLED_ON_QUEUE, queue_number(Queue), number_of(Request), 0);
}

static VOID on_io_stop(WDFQUEUE Queue, WDFREQUEST Request, ULONG ActionFlags)
{
    (void)ActionFlags;
    unsigned number = number_of(Request);
    model_log(&happened, EVENT_IO_STOP, queue_number(Queue), number, 0);
    WdfRequestStopAcknowledge(Request, was_put_back[number]);
}

static VOID on_io_resume(WDFQUEUE Queue, WDFREQUEST Request)
{
    model_log(&happened, EVENT_IO_RESUME, queue_number(Queue), number_of(Request), 0);
}

static VOID on_stopped(WDFQUEUE Queue, WDFCONTEXT Context)
{
    (void)Context;
    model_log(&happened, EVENT_STOPPED, queue_number(Queue), 0, 0);
}

static VOID on_purged(WDFQUEUE Queue, WDFCONTEXT Context)
{
    (void)Context;
    model_log(&happened, EVENT_PURGED, queue_number(Queue), 0, 0);
}

static VOID on_ready(WDFQUEUE Queue, WDFCONTEXT Context)
{
    (void)Context;
    unsigned queue = queue_number(Queue);
    model_log(&happened, EVENT_READY, queue, 0, 0);
    if (model.config.queues[queue].ready_drains) {
        while (retrieve(queue, -1))
            ;
    }
}

static NTSTATUS create_queue(WDFDEVICE of, unsigned number)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, model.config.queues[number].type);
    config.DefaultQueue = number == 0;
    config.AllowZeroLengthRequests = model.config.queues[number].allows_zero_length;
    config.PowerManaged = model.config.queues[number].is_power_managed ? WdfTrue : WdfFalse;
    if (config.DispatchType != WdfIoQueueDispatchManual)
        config.EvtIoDefault = on_request;
    if (config.DispatchType == WdfIoQueueDispatchParallel)
        config.Settings.Parallel.NumberOfPresentedRequests = model.config.queues[number].limit;
    if (model.config.queues[number].tells_cancelled)
        config.EvtIoCanceledOnQueue = on_cancelled_on_queue;
    config.EvtIoStop = on_io_stop;
    config.EvtIoResume = on_io_resume;
    NTSTATUS status = WdfIoQueueCreate(of, &config, WDF_NO_OBJECT_ATTRIBUTES, &queues[number]);
    if (NT_SUCCESS(status) && config.DispatchType == WdfIoQueueDispatchManual &&
        model.config.queues[number].tells_ready)
        status = WdfIoQueueReadyNotify(queues[number], on_ready, NULL);
    return status;
}

static NTSTATUS add_device(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    (void)Driver;
    WDF_FILEOBJECT_CONFIG file_config;
    WDF_FILEOBJECT_CONFIG_INIT(&file_config, NULL, NULL, NULL);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &file_config, WDF_NO_OBJECT_ATTRIBUTES);
    WDFDEVICE created;
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &created);
    for (unsigned i = 0; NT_SUCCESS(status) && i < MODEL_QUEUES; i++)
        status = create_queue(created, i);
    return status;
}

static NTSTATUS driver_entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, add_device);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

/* ---- doing an operation to the framework ---- */

static void open_file(unsigned file)
{
    WDFUSEFILE opened;
    if (!NT_SUCCESS(WdfuseInprocOpen(device, O_RDWR, &opened)))
        abort();
    files[file] = (struct io_file *)opened;
    file_objects[file] = NULL; /* its first request tells */
}

static void submit(const struct model_operation *operation)
{
    unsigned number = model.request_count + 1;
    struct io_request *request =
        io_request_create(io_file_device(files[operation->file]), &transport);
    if (request == NULL)
        abort();
    request->type = operation->is_write ? WdfRequestTypeWrite : WdfRequestTypeRead;
    request->file = files[operation->file];
    request->offset = number;
    size_t length = operation->is_empty ? 0 : 8;
    if (operation->is_write) {
        request->input_length = length;
        request->input = length > 0 ? io_request_buffer(request, length) : NULL;
    } else {
        request->output_length = length;
    }
    actions[number] = operation->action;
    submitted[number] = request;
    if (operation->is_late)
        io_request_cancel(request);
    io_request_submit(request);
}

static void find(unsigned queue)
{
    WDFREQUEST first, second, found, got = NULL;
    NTSTATUS status = WdfIoQueueFindRequest(queues[queue], NULL, NULL, NULL, &first);
    if (NT_SUCCESS(status)) {
        found = first;
        if (NT_SUCCESS(WdfIoQueueFindRequest(queues[queue], first, NULL, NULL, &second))) {
            WdfObjectDereference(first);
            found = second;
        }
        status = WdfIoQueueRetrieveFoundRequest(queues[queue], found, &got);
        WdfObjectDereference(found);
    }
    model_log(&happened, EVENT_RETRIEVED, queue, NT_SUCCESS(status) ? number_of(got) : 0, status);
}

static void note_return(unsigned number, NTSTATUS status)
{
    model_log(&happened, EVENT_RETURNED, 0, number, status);
}

/* Called before the model has done it. */
static void operate(const struct model_operation *operation)
{
    const struct model_queue *before = &model.queues[operation->queue];
    WDFQUEUE queue = queues[operation->queue];
    WDFREQUEST request = handles[operation->request];
    bool stop_tells = operation->has_callback && !(before->stop_pending && before->stop_tells);
    bool purge_tells = operation->has_callback && !(before->purge_pending && before->purge_tells);
    PFN_WDF_IO_QUEUE_STATE stopped = stop_tells ? on_stopped : NULL;
    PFN_WDF_IO_QUEUE_STATE purged = purge_tells ? on_purged : NULL;
    switch (operation->kind) {
    case OP_OPEN:
        open_file(operation->file);
        break;
    case OP_CLOSE:
        WdfuseInprocClose((WDFUSEFILE)files[operation->file]);
        break;
    case OP_SUBMIT:
        submit(operation);
        break;
    case OP_CANCEL:
        io_request_cancel(submitted[operation->request]);
        break;
    case OP_COMPLETE:
        WdfRequestComplete(request, STATUS_SUCCESS);
        break;
    case OP_FORWARD:
        forward(operation->request, 1 - model.requests[operation->request].queue);
        break;
    case OP_REQUEUE:
        note_return(operation->request, WdfRequestRequeue(request));
        break;
    case OP_MARK:
        WdfRequestMarkCancelable(request, on_cancel);
        break;
    case OP_MARK_EX:
        note_return(operation->request, WdfRequestMarkCancelableEx(request, on_cancel));
        break;
    case OP_UNMARK:
        note_return(operation->request, WdfRequestUnmarkCancelable(request));
        break;
    case OP_RETRIEVE:
        retrieve(operation->queue, -1);
        break;
    case OP_RETRIEVE_BY_FILE:
        retrieve(operation->queue, (int)operation->file);
        break;
    case OP_FIND:
        find(operation->queue);
        break;
    case OP_START:
        WdfIoQueueStart(queue);
        break;
    case OP_STOP:
        WdfIoQueueStop(queue, stopped, NULL);
        break;
    case OP_STOP_AND_PURGE:
        WdfIoQueueStopAndPurge(queue, stopped, NULL);
        break;
    case OP_PURGE:
        WdfIoQueuePurge(queue, purged, NULL);
        break;
    case OP_DRAIN:
        WdfIoQueueDrain(queue, purged, NULL);
        break;
    case OP_SUSPEND:
        for (unsigned i = 1; i <= model.request_count; i++)
            was_put_back[i] = model_puts_back(&model, i);
        WdfuseInprocSuspend(device);
        break;
    case OP_RESUME:
        WdfuseInprocResume(device);
        break;
    default:
        abort();
    }
}

/* ---- printing ---- */

static void print_events(const char *who, const struct model_events *events)
{
    printf("    %s:", who);
    for (unsigned i = 0; i < events->count; i++) {
        const struct model_event *event = &events->events[i];
        printf(" %c", event->kind);
        if (event->request != 0)
            printf("%u", event->request);
        if (event->kind != EVENT_ANSWERED && event->kind != EVENT_RETURNED)
            printf("@%u", event->queue);
        if (event->status != STATUS_SUCCESS)
            printf("(%s)", nt_status_name(event->status));
    }
    printf("\n");
}

static void print_operation(const struct model_operation *operation)
{
    static const char *const action_names[] = {"hold", "complete", "forward", "mark", "retrieve"};
    printf("%s", model_operation_names[operation->kind]);
    switch (operation->kind) {
    case OP_SUBMIT:
        printf(" %u file %u%s%s, %s\n", model.request_count + 1, operation->file,
               operation->is_empty ? " empty" : "", operation->is_late ? " cancelled" : "",
               action_names[operation->action]);
        break;
    case OP_OPEN:
    case OP_CLOSE:
        printf(" file %u\n", operation->file);
        break;
    case OP_RETRIEVE_BY_FILE:
        printf(" queue %u file %u\n", operation->queue, operation->file);
        break;
    case OP_CANCEL:
    case OP_COMPLETE:
    case OP_FORWARD:
    case OP_REQUEUE:
    case OP_MARK:
    case OP_MARK_EX:
    case OP_UNMARK:
        printf(" request %u\n", operation->request);
        break;
    case OP_SUSPEND:
    case OP_RESUME:
        printf("\n");
        break;
    default:
        printf(" queue %u%s\n", operation->queue, operation->has_callback ? " with callback" : "");
        break;
    }
}

static void print_config(void)
{
    static const char *const types[] = {"?", "sequential", "parallel", "manual"};
    for (unsigned i = 0; i < MODEL_QUEUES; i++)
        printf("queue %u: %s, limit %u%s%s%s%s%s\n", i, types[model.config.queues[i].type],
               model.config.queues[i].limit,
               model.config.queues[i].allows_zero_length ? ", zero length" : "",
               model.config.queues[i].tells_cancelled ? ", EvtIoCanceledOnQueue" : "",
               model.config.queues[i].is_power_managed ? ", power managed" : "",
               model.config.queues[i].tells_ready ? ", ReadyNotify" : "",
               model.config.queues[i].ready_drains ? " drains" : "");
}

/* ---- a story ---- */

/* The n-th of the requests that the operation is for, modulo their number; 0 if there is none. */
static unsigned pick_request(struct model_operation *operation, uint32_t n)
{
    unsigned candidates[MODEL_REQUESTS];
    unsigned count = 0;
    for (unsigned i = 1; i <= model.request_count; i++) {
        operation->request = i;
        if (model_permits(&model, operation))
            candidates[count++] = i;
    }
    return count > 0 ? candidates[n % count] : 0;
}

/* False when it cannot be done now. */
static bool make_operation(const struct draw *draw, struct model_operation *operation)
{
    *operation = (struct model_operation){
        .kind = (enum model_operation_kind)draw->kind,
        .queue = draw->numbers[0] % MODEL_QUEUES,
        .file = draw->numbers[1] % MODEL_FILES,
        .action = draw->numbers[2] % 2 == 0 ? ACTION_HOLD : draw->numbers[2] / 2 % ACTION_KINDS,
        .is_write = draw->numbers[3] & 1,
        .is_empty = (draw->numbers[3] >> 1) % 8 == 0,
        .is_late = (draw->numbers[3] >> 4) % 16 == 0,
        .has_callback = (draw->numbers[3] >> 8) & 1,
    };
    if (draw->kind >= OP_CANCEL && draw->kind <= OP_UNMARK)
        operation->request = pick_request(operation, draw->numbers[0]);
    if (draw->kind == OP_RETRIEVE_BY_FILE && file_objects[operation->file] == NULL)
        return false;
    return model_permits(&model, operation);
}

static bool state_agrees(void)
{
    for (unsigned i = 0; i < MODEL_QUEUES; i++) {
        const struct model_queue *queue = &model.queues[i];
        ULONG queued, owned;
        unsigned state = WdfIoQueueGetState(queues[i], &queued, &owned);
        unsigned wanted = (queue->accepts ? WdfIoQueueAcceptRequests : 0) |
                          (queue->dispatches ? WdfIoQueueDispatchRequests : 0) |
                          (queue->queued.count == 0 ? WdfIoQueueNoRequests : 0) |
                          (model_driver_count(queue) == 0 ? WdfIoQueueDriverNoRequests : 0) |
                          (!queue->is_powered ? WdfIoQueuePnpHeld : 0);
        if (state == wanted && queued == queue->queued.count && owned == model_driver_count(queue))
            continue;
        printf("    queue %u is 0x%x with %u queued and %u owned; expected 0x%x, %u and %u\n", i,
               state, queued, owned, wanted, queue->queued.count, model_driver_count(queue));
        return false;
    }
    return true;
}

static bool events_agree(void)
{
    if (expected.count == happened.count &&
        memcmp(expected.events, happened.events, expected.count * sizeof(expected.events[0])) == 0)
        return true;
    printf("    the framework does not do what the model does\n");
    return false;
}

/* A file's file object is only seen in its requests. */
static void learn_file_objects(void)
{
    for (unsigned i = 1; i <= model.request_count; i++) {
        unsigned file = model.requests[i].file;
        if (model.requests[i].place == PLACE_OWNED && model.is_open[file] &&
            model_is_of_file(&model, i, file))
            file_objects[file] = WdfRequestGetFileObject(handles[i]);
    }
}

static bool run_operation(const struct model_operation *operation, bool is_told)
{
    expected.count = happened.count = 0;
    if (is_told)
        print_operation(operation);
    operate(operation);
    model_apply(&model, operation);
    if (is_told) {
        print_events("expected", &expected);
        print_events("happened", &happened);
    }
    if (!events_agree() || !state_agrees())
        return false;
    learn_file_objects();
    return true;
}

/* After this nothing is left that a removal could wait for. */
static void finish_story(void)
{
    if (model.is_suspended)
        WdfuseInprocResume(device);
    for (unsigned i = 0; i < MODEL_QUEUES; i++) {
        WdfIoQueuePurge(queues[i], NULL, NULL);
        WdfIoQueueStart(queues[i]);
    }
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 1; i <= model.request_count; i++) {
            if (submitted[i] == NULL)
                continue;
            io_request_cancel(submitted[i]);
            if (submitted[i] != NULL)
                WdfRequestComplete(handles[i], STATUS_CANCELLED);
        }
    }
    for (unsigned i = 0; i < MODEL_FILES; i++) {
        if (model.is_open[i])
            WdfuseInprocClose((WDFUSEFILE)files[i]);
    }
    WdfuseInprocStop(device);
}

static void drop_line(enum log_level level, const char *line)
{
    (void)level;
    (void)line;
}

static void show_line(enum log_level level, const char *line)
{
    if (level == LOG_LEVEL_ERROR)
        printf("    %s\n", line);
}

static int run_story(const struct story *story, bool is_told)
{
    struct model_config config = draw_config(story->seed);
    model_init(&model, &config, &expected);
    memset(handles, 0, sizeof(handles));
    memset(submitted, 0, sizeof(submitted));
    memset(file_objects, 0, sizeof(file_objects));
    log_set_sink(is_told ? show_line : drop_line);
    if (!NT_SUCCESS(WdfuseInprocStart(driver_entry, "model", &device)))
        return -1;
    if (is_told)
        print_config();
    int done = 0;
    for (unsigned i = 0; i < story->length; i++) {
        struct model_operation operation;
        if (!make_operation(&story->draws[i], &operation))
            continue;
        done++;
        if (!run_operation(&operation, is_told))
            return -1;
    }
    finish_story();
    return done;
}

int main(int argc, char **argv)
{
    static const struct story_teller teller = {
        .name = "test_queuemodel", .weights = weights, .kinds = OP_KINDS, .run = run_story};
    return stories_main(&teller, argc, argv);
}
