/* See held.h. */
#include "framework/io/held.h"

#include <wdf.h>

#include "framework/io/iodevice.h"
#include "framework/io/queue.h"
#include "framework/io/request.h"
#include "history/stamp.h"
#include "port/clock.h"
#include "port/log.h"

/* Which of the queue's callbacks gets a request of that type. */
static const char *handler_name(const struct wdf_queue *queue, WDF_REQUEST_TYPE type)
{
    const WDF_IO_QUEUE_CONFIG *config = &queue->config;
    if (type == WdfRequestTypeRead && config->EvtIoRead != NULL)
        return "EvtIoRead";
    if (type == WdfRequestTypeWrite && config->EvtIoWrite != NULL)
        return "EvtIoWrite";
    if (type == WdfRequestTypeDeviceControl && config->EvtIoDeviceControl != NULL)
        return "EvtIoDeviceControl";
    if (type == WdfRequestTypeDeviceControlInternal && config->EvtIoInternalDeviceControl != NULL)
        return "EvtIoInternalDeviceControl";
    return "EvtIoDefault";
}

static const char *giver_name_locked(const struct wdf_request *request) REQUIRES(io_lock)
{
    const struct wdf_queue *queue = request->queue;
    if (queue == queue->device->file_create_queue)
        return "EvtDeviceFileCreate";
    if (queue == queue->device->caller_queue)
        return "EvtIoInCallerContext";
    switch (request->given_by) {
    case GIVEN_BY_RETRIEVAL:
        return "the driver retrieved it";
    case GIVEN_BY_CANCELED_ON_QUEUE:
        return "EvtIoCanceledOnQueue";
    default:
        return handler_name(queue, request->io.type);
    }
}

static const char *state_name_locked(const struct wdf_request *request) REQUIRES(io_lock)
{
    if (request->stop == STOP_ASKED)
        return "its EvtIoStop has not returned";
    switch (request->state) {
    case REQUEST_CANCELABLE:
        return "it is cancelable";
    case REQUEST_CANCELLING:
        return "its EvtRequestCancel is due";
    case REQUEST_CANCELLED_ON_QUEUE:
        return "its EvtIoCanceledOnQueue is due";
    default:
        return request->evt_cancel != NULL ? "its EvtRequestCancel has not completed it"
                                           : "it is not cancelable";
    }
}

struct held_request held_describe_locked(const struct wdf_request *request)
{
    return (struct held_request){
        .process = request->io.requestor_pid,
        .type = request_type_name(request->io.type),
        .handle = &request->object,
        .queue = &request->queue->object,
        .driver = object_driver_name(&request->queue->object),
        .since = giver_name_locked(request),
        .state = state_name_locked(request),
        .age = stamp_age(request->received_at),
    };
}

static void add_requests_locked(struct held_list *list, LIST_ENTRY *requests,
                                const struct io_device *of) REQUIRES(io_lock)
{
    for (LIST_ENTRY *entry = requests->Flink; entry != requests; entry = entry->Flink) {
        const struct wdf_request *request = request_from_queue_entry(entry);
        if (of != NULL && request->device != of)
            continue;
        if (list->count < HELD_LIST_MAX)
            list->requests[list->count++] = held_describe_locked(request);
        else
            list->left_out++;
    }
}

void held_list_add_queue_locked(struct held_list *list, struct wdf_queue *queue,
                                const struct io_device *of)
{
    add_requests_locked(list, &queue->owned, of);
    add_requests_locked(list, &queue->cancelling, of);
    add_requests_locked(list, &queue->cancelled, of);
}

void held_list_add_device_locked(struct held_list *list, struct io_device *device,
                                 const struct io_device *of)
{
    for (LIST_ENTRY *entry = device->queues.Flink; entry != &device->queues; entry = entry->Flink)
        held_list_add_queue_locked(list, CONTAINING_RECORD(entry, struct wdf_queue, device_entry),
                                   of);
}

void held_list_log(const struct held_list *list, const char *what)
{
    for (unsigned i = 0; i < list->count; i++) {
        const struct held_request *held = &list->requests[i];
        log_warning(
            "%s: driver %s has not completed a %s request (%p) of process %d, %u s old: the driver "
            "has had it since %s, in queue %p; %s",
            what, held->driver, held->type, held->handle, (int)held->process,
            port_clock_seconds(held->age), held->since, held->queue, held->state);
    }
    if (list->left_out > 0)
        log_warning("%s: and %u further requests", what, list->left_out);
}

void held_report_locked(struct wdf_queue *queue, const char *what)
{
    struct held_list list = {0};
    held_list_add_queue_locked(&list, queue, NULL);
    io_unlock(queue->device->domain);
    held_list_log(&list, what);
    io_lock(queue->device->domain);
}
