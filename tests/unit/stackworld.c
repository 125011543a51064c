/* The framework's stack. See stackworld.h. */
#include "stackworld.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wdfuse/inproc.h>

#include "framework/io.h"
#include "port/log.h"

struct stack_events stack_happened;

/* The model that it runs beside; its drivers look at the model's configuration. */
static const struct stack_model *model;

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
    stack_log(&stack_happened,
              (struct stack_event){kind, layer, request, status, (unsigned)information});
}

static unsigned layer_of(WDFQUEUE queue)
{
    unsigned layer = 0;
    while (devices[layer] != WdfIoQueueGetDevice(queue))
        layer++;
    return layer;
}

/* A request carries its number as its position, even after it was formatted again. */
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
    unsigned number = model->request_count + 1;
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

/* A closed target already refuses that (S10.27). */
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

/* For on_back: identifies the request and its layer. */
static WDFCONTEXT context_of(unsigned layer, unsigned number)
{
    return (WDFCONTEXT)(uintptr_t)(layer + number * STACK_LAYERS);
}

/* A synchronous request: the result. */
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

/* The function driver returns the number. */
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

/* A request created by the driver of that layer, with its own memory; its number is its
 * position. */
static void send_own(const struct stack_operation *operation)
{
    unsigned layer = operation->layer, number = model->request_count + 1;
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
    return NT_SUCCESS(status) && !model->config.passes[layer] ? create_queues(layer) : status;
}

static NTSTATUS driver_entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, add_device);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

/* ---- doing an operation to the framework ---- */

/* Sends it directly to the function driver's device. */
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
        if (model->is_open[file])
            close_file(file);
    }
    WdfuseInprocStop(device);
}

void stack_world_operate(const struct stack_operation *operation)
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

/* ---- the state ---- */

static bool queue_agrees(unsigned layer, bool is_manual)
{
    ULONG queued, owned;
    (void)WdfIoQueueGetState(queues[layer][is_manual], &queued, &owned);
    unsigned wanted_queued = is_manual    ? model->manual[layer].count
                             : layer == 0 ? model->waiting.count
                                          : 0;
    unsigned wanted_owned = stack_model_owned(model, layer, is_manual);
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
    if (state == model->targets[index].state)
        return true;
    printf("    target %u is in state %d; expected %d\n", index, (int)state,
           (int)model->targets[index].state);
    return false;
}

bool stack_world_agrees(void)
{
    if (is_removed) {
        if (is_left)
            printf("    something is left when the driver is unloaded\n");
        return !is_left;
    }
    for (unsigned layer = 0; layer < STACK_LAYERS; layer++) {
        if (model->config.passes[layer])
            continue;
        if (!queue_agrees(layer, false) || !queue_agrees(layer, true))
            return false;
        if (layer > 0 && !target_agrees(layer))
            return false;
    }
    return model->config.passes[STACK_TOP] || target_agrees(STACK_REMOTE);
}

/* ---- starting ---- */

static bool tells_log;

static void take_line(enum log_level level, const char *line)
{
    if (strstr(line, "is unloaded and leaves") != NULL)
        is_left = true;
    if (tells_log && level <= LOG_LEVEL_WARNING)
        printf("    %s\n", line);
}

bool stack_world_start(const struct stack_model *beside, bool tells)
{
    model = beside;
    memset(handles, 0, sizeof(handles));
    memset(submitted, 0, sizeof(submitted));
    memset(is_own, 0, sizeof(is_own));
    layers_added = 0;
    is_removed = is_left = false;
    tells_log = tells;
    log_set_sink(take_line);
    WdfuseInprocUseVirtualClock();
    if (!NT_SUCCESS(WdfuseInprocStartStack(driver_entry, "model", STACK_LAYERS, &device)))
        return false;
    WDFDEVICE top = devices[STACK_TOP];
    return model->config.passes[STACK_TOP] ||
           (NT_SUCCESS(WdfIoTargetCreate(top, WDF_NO_OBJECT_ATTRIBUTES, &remote)) &&
            NT_SUCCESS(open_target()));
}
