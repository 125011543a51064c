/* Queues and requests as others see them. See inspect.h. */
#include "framework/inspect.h"

#include <dlfcn.h>
#include <stdio.h>

#include "framework/io/fileobject.h"
#include "framework/io/held.h"
#include "framework/io/iodevice.h"
#include "framework/io/queue.h"
#include "framework/io/request.h"
#include "framework/object/lock.h"
#include "framework/object/timer.h"
#include "history/stamp.h"

/* ---- queues ---- */

static const char *dispatch_name(WDF_IO_QUEUE_DISPATCH_TYPE type)
{
    switch (type) {
    case WdfIoQueueDispatchSequential:
        return "sequential";
    case WdfIoQueueDispatchParallel:
        return "parallel";
    default:
        return "manual";
    }
}

static struct inspect_queue describe_queue_locked(struct wdf_queue *queue) REQUIRES(io_lock)
{
    bool has_limit = queue->config.DispatchType == WdfIoQueueDispatchParallel &&
                     queue->config.Settings.Parallel.NumberOfPresentedRequests != (ULONG)-1;
    return (struct inspect_queue){
        .handle = &queue->object,
        .dispatch = dispatch_name(queue->config.DispatchType),
        .is_default = queue == queue->device->default_queue,
        .is_internal = queue->is_internal,
        .is_power_managed = queue->is_power_managed,
        .is_powered = queue->is_powered,
        .accepts = queue->accepts,
        .dispatches = queue->dispatches,
        .queued = queue->queued_count,
        .with_driver = queue->driver_count,
        .presented_most = has_limit ? queue->config.Settings.Parallel.NumberOfPresentedRequests : 0,
    };
}

unsigned inspect_queues(struct io_device *device, struct inspect_queue *queues, unsigned capacity)
{
    IO_LOCK_SCOPE(device->domain);
    unsigned count = 0;
    for (LIST_ENTRY *entry = device->queues.Flink; entry != &device->queues; entry = entry->Flink) {
        struct wdf_queue *queue = CONTAINING_RECORD(entry, struct wdf_queue, device_entry);
        if (count < capacity)
            queues[count] = describe_queue_locked(queue);
        count++;
    }
    return count;
}

static unsigned copy_statistics(struct io_device *device, struct inspect_statistics *statistics,
                                unsigned capacity)
{
    IO_LOCK_SCOPE(device->domain);
    unsigned count = 0;
    for (LIST_ENTRY *entry = device->queues.Flink; entry != &device->queues; entry = entry->Flink) {
        const struct wdf_queue *queue = CONTAINING_RECORD(entry, struct wdf_queue, device_entry);
        if (count < capacity)
            statistics[count] = (struct inspect_statistics){&queue->object, queue->statistics};
        count++;
    }
    return count;
}

unsigned inspect_statistics(struct io_device *device, struct inspect_statistics *statistics,
                            unsigned capacity)
{
    unsigned count = copy_statistics(device, statistics, capacity);
    for (unsigned i = 0; i < count && i < capacity; i++)
        statistics_correct(&statistics[i].counts);
    return count;
}

/* ---- requests ---- */

/* A look at each request of a device: false ends it. */
typedef bool request_visitor(struct wdf_request *request, void *context);

static bool visit_list_locked(LIST_ENTRY *list, request_visitor *visit, void *context)
    REQUIRES(io_lock)
{
    for (LIST_ENTRY *entry = list->Flink; entry != list; entry = entry->Flink) {
        if (!visit(request_from_queue_entry(entry), context))
            return false;
    }
    return true;
}

static void visit_requests_locked(struct io_device *device, request_visitor *visit, void *context)
    REQUIRES(io_lock)
{
    bool goes_on = true;
    for (LIST_ENTRY *entry = device->queues.Flink; entry != &device->queues && goes_on;
         entry = entry->Flink) {
        struct wdf_queue *queue = CONTAINING_RECORD(entry, struct wdf_queue, device_entry);
        goes_on = visit_list_locked(&queue->owned, visit, context) &&
                  visit_list_locked(&queue->cancelling, visit, context) &&
                  visit_list_locked(&queue->cancelled, visit, context) &&
                  visit_list_locked(&queue->queued, visit, context);
    }
    if (goes_on)
        visit_list_locked(&device->passed, visit, context);
}

static bool is_with_driver_locked(const struct wdf_request *request) REQUIRES(io_lock)
{
    return request->state >= REQUEST_OWNED && request->state <= REQUEST_CANCELLED_ON_QUEUE;
}

static const char *state_name_locked(const struct wdf_request *request) REQUIRES(io_lock)
{
    switch (request->state) {
    case REQUEST_QUEUED:
        if (!request->queue->is_powered)
            return "waits for power";
        return request->queue->dispatches ? "queued" : "queue is stopped";
    case REQUEST_CANCELABLE:
        return "cancelable";
    case REQUEST_CANCELLING:
    case REQUEST_CANCELLED_ON_QUEUE:
        return "being cancelled";
    case REQUEST_SENT:
        return request->below != NULL ? "passed down" : "with a target";
    default:
        return "with the driver";
    }
}

static struct inspect_request describe_locked(const struct wdf_request *request) REQUIRES(io_lock)
{
    const struct io_request *io = &request->io;
    const struct wdf_object *place =
        request->queue != NULL ? &request->queue->object : &request->device->object;
    return (struct inspect_request){
        .handle = &request->object,
        .queue = request->queue != NULL ? &request->queue->object : NULL,
        .driver = object_driver_name(place),
        .type = request_type_name(io->type),
        .code = io_is_control(io->type) ? io->control_code : 0,
        .input_length = io->input_length,
        .output_length = io->output_length,
        .offset = io->offset,
        .age = stamp_age(request->received_at),
        .process = io->requestor_pid,
        .state = state_name_locked(request),
        .since = is_with_driver_locked(request) ? held_describe_locked(request).since : NULL,
        .is_cancelable = request->state == REQUEST_QUEUED || request->state == REQUEST_CANCELABLE,
        .is_given_up = request->is_cancelled,
    };
}

struct copies {
    struct inspect_request *requests;
    unsigned capacity;
    unsigned count;
};

static bool copy(struct wdf_request *request, void *context)
{
    struct copies *copies = context;
    port_lock_is_not_needed(io_lock); /* visit_requests_locked has it */
    if (copies->count < copies->capacity)
        copies->requests[copies->count] = describe_locked(request);
    copies->count++;
    return true;
}

unsigned inspect_requests(struct io_device *device, struct inspect_request *requests,
                          unsigned capacity)
{
    struct copies copies = {.requests = requests, .capacity = capacity};
    IO_LOCK_SCOPE(device->domain);
    visit_requests_locked(device, copy, &copies);
    return copies.count;
}

struct search {
    const void *handle;
    struct wdf_request *found; /* with a reference */
};

static bool look_at(struct wdf_request *request, void *context)
{
    struct search *search = context;
    if (&request->object != search->handle)
        return true;
    io_request_reference(&request->io);
    search->found = request;
    return false;
}

bool inspect_cancel_request(struct io_device *device, const void *handle)
{
    struct search search = {.handle = handle};
    io_lock(device->domain);
    visit_requests_locked(device, look_at, &search);
    io_unlock(device->domain);
    if (search.found == NULL)
        return false;
    search.found->is_cancelled_by_host = true;
    io_request_cancel(&search.found->io);
    io_request_dereference(&search.found->io);
    return true;
}

/* ---- files ---- */

static struct inspect_file describe_file_locked(const struct io_file *file) REQUIRES(io_lock)
{
    return (struct inspect_file){
        .handle = file->object != NULL ? &file->object->object : NULL,
        .process = file->opener_pid,
        .flags = file->open_flags,
        .outstanding = file->outstanding,
        .is_released = file->is_released,
    };
}

unsigned inspect_files(struct io_device *device, struct inspect_file *files, unsigned capacity)
{
    IO_LOCK_SCOPE(device->domain);
    unsigned count = 0;
    for (LIST_ENTRY *entry = device->files.Flink; entry != &device->files; entry = entry->Flink) {
        if (count < capacity)
            files[count] =
                describe_file_locked(CONTAINING_RECORD(entry, struct io_file, entry_of_device));
        count++;
    }
    return count;
}

/* ---- timers and locks ---- */

unsigned inspect_timers(struct io_device *device, struct inspect_timer *timers, unsigned capacity)
{
    return timer_look(&device->object, timers, capacity);
}

struct lock_copies {
    struct inspect_lock *locks;
    unsigned capacity;
    unsigned count;
};

static void copy_lock(struct lock_copies *copies, const struct wdf_object *object,
                      bool is_presentation, const struct lock_look *look)
{
    if (look->holder == 0)
        return;
    if (copies->count < copies->capacity) {
        struct inspect_lock *copy = &copies->locks[copies->count];
        *copy = (struct inspect_lock){
            .object = object,
            .class_name = object->class->name,
            .is_presentation = is_presentation,
            .thread = look->holder,
            .waiter_count = look->waiter_count,
        };
        memcpy(copy->waiters, look->waiters, sizeof(copy->waiters));
    }
    copies->count++;
}

static void copy_object_lock(const struct wdf_object *object, void *context)
{
    struct lock_look look;
    lock_look(object, &look);
    copy_lock(context, object, false, &look);
}

/* NULL: it has none. */
static void copy_presentation_lock(struct lock_copies *copies, const struct wdf_object *object,
                                   const struct callback_lock *lock)
{
    struct lock_look look = {.holder = 0};
    if (lock != NULL)
        callback_lock_look(lock, &look);
    copy_lock(copies, object, true, &look);
}

unsigned inspect_locks(struct io_device *device, struct inspect_lock *locks, unsigned capacity)
{
    struct lock_copies copies = {.locks = locks, .capacity = capacity};
    struct wdf_object *driver = object_driver(&device->object)->object;
    copy_presentation_lock(&copies, driver, driver->class->constraints(driver)->presentation_lock);
    copy_presentation_lock(&copies, &device->object, &device->lock);
    io_lock(device->domain);
    for (LIST_ENTRY *entry = device->queues.Flink; entry != &device->queues; entry = entry->Flink) {
        const struct wdf_queue *queue = CONTAINING_RECORD(entry, struct wdf_queue, device_entry);
        copy_presentation_lock(&copies, &queue->object, &queue->own_lock);
    }
    io_unlock(device->domain);
    object_visit_tree(&device->object, copy_object_lock, &copies);
    return copies.count;
}

/* ---- objects ---- */

struct object_copies {
    struct inspect_object *objects;
    unsigned capacity;
    unsigned count;
};

static void copy_object(const struct wdf_object *object, void *context)
{
    struct object_copies *copies = context;
    if (copies->count < copies->capacity)
        copies->objects[copies->count] = (struct inspect_object){
            .handle = object,
            .parent = object->parent,
            .depth = object->depth,
            .class_name = object->class->name,
            .references = object->references,
            .is_deleted = object->state != OBJECT_CREATED,
            .creator = object->creator,
            .referencer = atomic_load(&object->referencer),
        };
    copies->count++;
}

unsigned inspect_objects(struct io_device *device, struct inspect_object *objects,
                         unsigned capacity)
{
    struct object_copies copies = {.objects = objects, .capacity = capacity};
    object_visit_tree(&device->object, copy_object, &copies);
    return copies.count;
}

void inspect_place(const void *address, char *place, size_t size)
{
    /* Only what is known at once: there may be thousands to list. */
    Dl_info where;
    if (dladdr(address, &where) == 0)
        snprintf(place, size, "%p", address);
    else
        snprintf(place, size, "%s+0x%zx", where.dli_fname,
                 (size_t)((const char *)address - (const char *)where.dli_fbase));
}
