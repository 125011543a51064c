/* The framework as JSON. See describe.h. */
#include "control/describe.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "framework/lifecycle.h"

/* At most so many are shown, of one device or of all; the others are counted. */
#define QUEUES_MAX           256
#define REQUESTS_MAX         4096
#define OBJECTS_MAX          8192
#define FILES_MAX            4096
#define TIMERS_MAX           1024
#define LOCKS_MAX            1024
#define POWER_REFERENCES_MAX 16

/* ---- values ---- */

static json_t *handle_or_null(const void *handle)
{
    return handle != NULL ? json_sprintf("%p", handle) : json_null();
}

static json_t *text_or_null(const char *text)
{
    return text != NULL ? json_string(text) : json_null();
}

/* Takes over the reference, even on failure. */
static void add(json_t *object, const char *key, json_t *value)
{
    (void)json_object_set_new(object, key, value);
}

static void add_number(json_t *object, const char *key, uint64_t value)
{
    add(object, key, json_integer((json_int_t)value));
}

static void add_flag(json_t *object, const char *key, bool value)
{
    add(object, key, json_boolean(value));
}

bool describe_is_meant(const struct inspect_device *device, const char *name)
{
    char handle[32];
    if (name == NULL)
        return true;
    snprintf(handle, sizeof(handle), "%p", device->handle);
    return strcmp(handle, name) == 0 ||
           (!device->is_covered && device->node != NULL && strcmp(device->node, name) == 0);
}

/* ---- devices ---- */

static void add_device(const struct inspect_device *device, void *context)
{
    json_t *one = json_object();
    add(one, "handle", handle_or_null(device->handle));
    add(one, "kind", json_string(device->kind));
    add(one, "driver", json_string(device->driver));
    add(one, "name", text_or_null(device->name));
    add(one, "node", text_or_null(device->node));
    add(one, "lower", handle_or_null(device->lower));
    add(one, "parent", handle_or_null(device->parent));
    add_flag(one, "is_covered", device->is_covered);
    add(one, "pnp", text_or_null(device->pnp));
    add(one, "power", text_or_null(device->power));
    add(one, "policy", text_or_null(device->policy));
    add_flag(one, "has_failed", device->has_failed);
    add_flag(one, "is_removed", device->is_removed);
    add_number(one, "open_files", device->open_files);
    add_number(one, "outstanding", device->outstanding);
    add_number(one, "power_references", device->power_references);
    add(one, "callback", text_or_null(device->callback));
    add_number(one, "callback_ns", device->callback_age);
    (void)json_array_append_new(context, one);
}

json_t *describe_devices(void)
{
    json_t *devices = json_array();
    inspect_devices(add_device, devices);
    return devices;
}

/* ---- lists of what a device has ---- */

/* A list being made, for the chosen devices. */
struct list {
    const char *name;
    bool is_found;
    json_t *items;
    uint64_t left_out;
    void *copies; /* an array of `capacity`; NULL: there was no memory */
    unsigned capacity;
    json_t *driver_name;
};

/* The members of every item about its device. */
static void add_place(json_t *item, const struct inspect_device *device)
{
    add(item, "device", handle_or_null(device->handle));
    add(item, "node", text_or_null(device->node));
}

static bool begin(struct list *list, const struct inspect_device *device)
{
    if (!describe_is_meant(device, list->name))
        return false;
    list->is_found = true;
    return list->copies != NULL;
}

/* The number of copies made. */
static unsigned bounded(struct list *list, unsigned count)
{
    unsigned room = list->capacity - (unsigned)json_array_size(list->items);
    if (room > list->capacity) /* a queue has several rows of statistics */
        room = 0;
    unsigned shown = count < room ? count : room;
    list->left_out += count - shown;
    return shown;
}

static struct description describe_list(const char *key, const char *device, size_t item_size,
                                        unsigned capacity,
                                        void (*visit)(const struct inspect_device *, void *))
{
    struct list list = {
        .name = device,
        .is_found = device == NULL,
        .items = json_array(),
        .copies = calloc(capacity, item_size),
        .capacity = capacity,
    };
    if (list.copies != NULL)
        inspect_devices(visit, &list);
    struct description result = {.is_found = list.is_found || list.copies == NULL};
    if (list.copies != NULL)
        result.parameters = json_pack("{s:o, s:I, s:o*}", key, list.items, "left_out",
                                      (json_int_t)list.left_out, "driver", list.driver_name);
    else
        json_decref(list.items);
    free(list.copies);
    return result;
}

/* ---- queues ---- */

static json_t *describe_queue(const struct inspect_device *device,
                              const struct inspect_queue *queue)
{
    json_t *one = json_object();
    add(one, "handle", handle_or_null(queue->handle));
    add_place(one, device);
    add(one, "driver", json_string(device->driver));
    add(one, "dispatch", json_string(queue->dispatch));
    add_flag(one, "is_default", queue->is_default);
    add_flag(one, "is_internal", queue->is_internal);
    add_flag(one, "is_power_managed", queue->is_power_managed);
    add_flag(one, "is_powered", queue->is_powered);
    add_flag(one, "accepts", queue->accepts);
    add_flag(one, "dispatches", queue->dispatches);
    add_number(one, "queued", queue->queued);
    add_number(one, "with_driver", queue->with_driver);
    add_number(one, "presented_most", queue->presented_most);
    return one;
}

static void add_queues(const struct inspect_device *device, void *context)
{
    struct list *list = context;
    if (!begin(list, device))
        return;
    struct inspect_queue *queues = list->copies;
    unsigned count =
        bounded(list, inspect_queues(device_io(device->device), queues, list->capacity));
    for (unsigned i = 0; i < count; i++)
        (void)json_array_append_new(list->items, describe_queue(device, &queues[i]));
}

struct description describe_queues(const char *device)
{
    return describe_list("queues", device, sizeof(struct inspect_queue), QUEUES_MAX, add_queues);
}

/* ---- statistics ---- */

/* UINT64_MAX: there is none. */
static json_t *bound_or_null(uint64_t bound)
{
    return bound != UINT64_MAX ? json_integer((json_int_t)bound) : json_null();
}

/* The median, the 99th percentile, and the counts by powers of two. */
static void add_times(json_t *kind, const char *name, const uint64_t buckets[STATISTICS_BUCKETS])
{
    json_t *all = json_array();
    for (unsigned i = 0; i < STATISTICS_BUCKETS; i++) {
        if (buckets[i] != 0)
            (void)json_array_append_new(all, json_pack("{s:o, s:I}", "below_ns",
                                                       bound_or_null(statistics_bound(i)), "count",
                                                       (json_int_t)buckets[i]));
    }
    add(kind, name,
        json_pack("{s:o, s:o, s:o}", "median_ns", bound_or_null(statistics_quantile(buckets, 0.5)),
                  "p99_ns", bound_or_null(statistics_quantile(buckets, 0.99)), "buckets", all));
}

static json_t *describe_kind(const struct inspect_device *device,
                             const struct inspect_statistics *statistics, enum statistics_kind kind)
{
    const struct kind_statistics *counts = &statistics->counts.kinds[kind];
    json_t *one = json_object();
    add(one, "queue", handle_or_null(statistics->queue));
    add_place(one, device);
    add(one, "kind", json_string(statistics_kind_name(kind)));
    add_number(one, "ended", statistics_count(counts));
    add_number(one, "errors", counts->errors);
    add_number(one, "cancelled", counts->cancelled);
    add_number(one, "forwarded", counts->forwarded);
    add_number(one, "presented", statistics_presented(counts));
    add_number(one, "in_driver_most", statistics->counts.in_driver_most);
    add_times(one, "queued", counts->queued);
    add_times(one, "in_driver", counts->in_driver);
    add_times(one, "answered", counts->answered);
    return one;
}

static bool has_counted(const struct kind_statistics *counts)
{
    return statistics_count(counts) > 0 || statistics_presented(counts) > 0 ||
           counts->forwarded > 0;
}

static void add_statistics(const struct inspect_device *device, void *context)
{
    struct list *list = context;
    if (!begin(list, device))
        return;
    struct inspect_statistics *all = list->copies;
    unsigned count =
        bounded(list, inspect_statistics(device_io(device->device), all, list->capacity));
    for (unsigned i = 0; i < count; i++) {
        for (unsigned kind = 0; kind < STATISTICS_KINDS; kind++) {
            if (has_counted(&all[i].counts.kinds[kind]))
                (void)json_array_append_new(list->items, describe_kind(device, &all[i], kind));
        }
    }
}

struct description describe_statistics(const char *device)
{
    return describe_list("statistics", device, sizeof(struct inspect_statistics), QUEUES_MAX,
                         add_statistics);
}

/* ---- requests ---- */

/* The name in that file of /proc; empty: the process is gone, or unknown here. */
static json_t *name_in(const char *path)
{
    char name[32] = "";
    FILE *file = fopen(path, "re");
    if (file != NULL && fgets(name, sizeof(name), file) != NULL)
        name[strcspn(name, "\n")] = '\0';
    if (file != NULL)
        fclose(file);
    json_t *result = json_string(name);
    return result != NULL ? result : json_string("?");
}

static json_t *command_of_process(pid_t process)
{
    char path[64];
    if (process == 0)
        return json_string("");
    snprintf(path, sizeof(path), "/proc/%d/comm", (int)process);
    return name_in(path);
}

static json_t *name_of_thread(unsigned thread)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/task/%u/comm", thread);
    return name_in(path);
}

static json_t *describe_request(const struct inspect_device *device,
                                const struct inspect_request *request)
{
    json_t *one = json_object();
    add(one, "handle", handle_or_null(request->handle));
    add_place(one, device);
    add(one, "queue", handle_or_null(request->queue));
    add(one, "driver", json_string(request->driver));
    add(one, "type", json_string(request->type));
    add_number(one, "code", request->code);
    add_number(one, "input_length", request->input_length);
    add_number(one, "output_length", request->output_length);
    add_number(one, "offset", request->offset);
    add_number(one, "age_ns", request->age);
    add_number(one, "pid", (uint64_t)request->process);
    add(one, "command", command_of_process(request->process));
    add(one, "state", json_string(request->state));
    add(one, "since", text_or_null(request->since));
    add_flag(one, "is_cancelable", request->is_cancelable);
    add_flag(one, "is_given_up", request->is_given_up);
    return one;
}

static void add_requests(const struct inspect_device *device, void *context)
{
    struct list *list = context;
    if (!begin(list, device))
        return;
    struct inspect_request *requests = list->copies;
    unsigned count =
        bounded(list, inspect_requests(device_io(device->device), requests, list->capacity));
    for (unsigned i = 0; i < count; i++)
        (void)json_array_append_new(list->items, describe_request(device, &requests[i]));
}

struct description describe_requests(const char *device)
{
    return describe_list("requests", device, sizeof(struct inspect_request), REQUESTS_MAX,
                         add_requests);
}

/* ---- files ---- */

static json_t *describe_file(const struct inspect_device *device, const struct inspect_file *file)
{
    static const char *const modes[] = {"read", "write", "read and write", "none"};
    json_t *one = json_object();
    add(one, "handle", handle_or_null(file->handle));
    add_place(one, device);
    add_number(one, "pid", (uint64_t)file->process);
    add(one, "command", command_of_process(file->process));
    add(one, "mode", json_string(modes[file->flags & O_ACCMODE]));
    add_flag(one, "is_nonblocking", (file->flags & O_NONBLOCK) != 0);
    add_number(one, "outstanding", file->outstanding);
    add_flag(one, "is_released", file->is_released);
    return one;
}

static void add_files(const struct inspect_device *device, void *context)
{
    struct list *list = context;
    if (!begin(list, device))
        return;
    struct inspect_file *files = list->copies;
    unsigned count = bounded(list, inspect_files(device_io(device->device), files, list->capacity));
    for (unsigned i = 0; i < count; i++)
        (void)json_array_append_new(list->items, describe_file(device, &files[i]));
}

struct description describe_files(const char *device)
{
    return describe_list("files", device, sizeof(struct inspect_file), FILES_MAX, add_files);
}

/* ---- what a driver has ---- */

/* With several devices of one driver, the first lists them all. */
static bool begin_driver(struct list *list, const struct inspect_device *device)
{
    if (!describe_is_meant(device, list->name))
        return false;
    list->is_found = true;
    size_t i;
    json_t *item;
    json_array_foreach(list->items, i, item)
    {
        const char *driver = json_string_value(json_object_get(item, "driver"));
        if (driver != NULL && strcmp(driver, device->driver) == 0)
            return false;
    }
    return list->copies != NULL;
}

static json_t *place_or_null(const void *address)
{
    char place[INSPECT_PLACE_SIZE];
    if (address == NULL)
        return json_null();
    inspect_place(address, place, sizeof(place));
    return json_string(place);
}

static json_t *describe_timer(const struct inspect_device *device,
                              const struct inspect_timer *timer)
{
    json_t *one = json_object();
    add(one, "handle", handle_or_null(timer->handle));
    add(one, "parent", handle_or_null(timer->parent));
    add(one, "driver", json_string(device->driver));
    add_flag(one, "is_armed", timer->is_armed);
    add(one, "due_ns", timer->is_armed ? json_integer(timer->due) : json_null());
    add_number(one, "period_ms", timer->period_ms);
    add_number(one, "running", timer->running);
    add(one, "callback", place_or_null(timer->callback));
    return one;
}

static void add_timers(const struct inspect_device *device, void *context)
{
    struct list *list = context;
    if (!begin_driver(list, device))
        return;
    struct inspect_timer *timers = list->copies;
    unsigned count =
        bounded(list, inspect_timers(device_io(device->device), timers, list->capacity));
    for (unsigned i = 0; i < count; i++)
        (void)json_array_append_new(list->items, describe_timer(device, &timers[i]));
}

struct description describe_timers(const char *device)
{
    return describe_list("timers", device, sizeof(struct inspect_timer), TIMERS_MAX, add_timers);
}

static json_t *describe_waiters(const struct inspect_lock *lock)
{
    json_t *waiters = json_array();
    for (unsigned i = 0; i < lock->waiter_count && i < INSPECT_WAITERS_MAX; i++)
        (void)json_array_append_new(waiters,
                                    json_pack("{s:i, s:o}", "thread", (int)lock->waiters[i],
                                              "thread_name", name_of_thread(lock->waiters[i])));
    return waiters;
}

static json_t *describe_lock(const struct inspect_device *device, const struct inspect_lock *lock)
{
    json_t *one = json_object();
    add(one, "object", handle_or_null(lock->object));
    add(one, "class", json_string(lock->class_name));
    add(one, "driver", json_string(device->driver));
    add_flag(one, "is_presentation", lock->is_presentation);
    add_number(one, "thread", lock->thread);
    add(one, "thread_name", name_of_thread(lock->thread));
    add(one, "waiters", describe_waiters(lock));
    return one;
}

/* A driver's objects are seen from each of its devices. */
static bool is_listed(const json_t *items, const json_t *one)
{
    size_t i;
    json_t *item;
    json_array_foreach(items, i, item)
    {
        if (json_equal(json_object_get(item, "object"), json_object_get(one, "object")))
            return true;
    }
    return false;
}

static void add_locks(const struct inspect_device *device, void *context)
{
    struct list *list = context;
    if (!begin(list, device))
        return;
    struct inspect_lock *locks = list->copies;
    unsigned count = bounded(list, inspect_locks(device_io(device->device), locks, list->capacity));
    for (unsigned i = 0; i < count; i++) {
        json_t *one = describe_lock(device, &locks[i]);
        if (is_listed(list->items, one))
            json_decref(one);
        else
            (void)json_array_append_new(list->items, one);
    }
}

struct description describe_locks(const char *device)
{
    return describe_list("locks", device, sizeof(struct inspect_lock), LOCKS_MAX, add_locks);
}

/* ---- objects ---- */

static json_t *describe_object(const struct inspect_object *object)
{
    json_t *one = json_object();
    add(one, "handle", handle_or_null(object->handle));
    add(one, "parent", handle_or_null(object->parent));
    add_number(one, "depth", object->depth);
    add(one, "class", json_string(object->class_name));
    add_number(one, "references", object->references);
    add_flag(one, "is_deleted", object->is_deleted);
    add(one, "creator", place_or_null(object->creator));
    add(one, "referencer", place_or_null(object->referencer));
    return one;
}

static void add_objects(const struct inspect_device *device, void *context)
{
    struct list *list = context;
    if (list->is_found || !begin(list, device))
        return;
    struct inspect_object *objects = list->copies;
    unsigned count =
        bounded(list, inspect_objects(device_io(device->device), objects, list->capacity));
    for (unsigned i = 0; i < count; i++)
        (void)json_array_append_new(list->items, describe_object(&objects[i]));
    list->driver_name = json_string(device->driver);
}

static json_t *describe_power_reference(const struct inspect_power_reference *reference)
{
    json_t *one = json_object();
    add(one, "tag", handle_or_null(reference->tag));
    add(one, "place",
        reference->file != NULL ? json_sprintf("%s:%ld", reference->file, reference->line)
                                : json_null());
    add_number(one, "count", reference->count);
    return one;
}

static json_t *describe_power_references(const struct inspect_power_reference *references,
                                         unsigned count)
{
    json_t *all = json_array();
    for (unsigned i = 0; i < count; i++)
        (void)json_array_append_new(all, describe_power_reference(&references[i]));
    return all;
}

/* The device's own, among the objects that are listed. */
static void add_power_references(const struct inspect_device *device, void *context)
{
    struct inspect_power_reference references[POWER_REFERENCES_MAX];
    unsigned count = inspect_power_references(device->device, references, POWER_REFERENCES_MAX);
    if (count == 0)
        return;
    if (count > POWER_REFERENCES_MAX)
        count = POWER_REFERENCES_MAX;
    size_t i;
    json_t *object, *handle = handle_or_null(device->handle);
    json_array_foreach(context, i, object)
    {
        if (json_equal(json_object_get(object, "handle"), handle))
            add(object, "kept_in_d0", describe_power_references(references, count));
    }
    json_decref(handle);
}

struct description describe_objects(const char *device)
{
    struct description objects =
        describe_list("objects", device, sizeof(struct inspect_object), OBJECTS_MAX, add_objects);
    if (objects.parameters != NULL)
        inspect_devices(add_power_references, json_object_get(objects.parameters, "objects"));
    return objects;
}
