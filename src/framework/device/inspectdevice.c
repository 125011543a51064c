/* Devices as others see them. See inspect.h. */
#include "framework/inspect.h"

#include "framework/device/device.h"
#include "framework/device/machine.h"
#include "framework/device/node.h"
#include "framework/io/fileobject.h"
#include "framework/io/queueapi.h"
#include "framework/object/callback.h"
#include "framework/object/identity.h"
#include "port/clock.h"

struct visitor {
    void (*visit)(const struct inspect_device *device, void *context);
    void *context;
};

static const char *kind_name(const struct wdf_device *device)
{
    switch (device->init.kind) {
    case DEVICE_CONTROL:
        return "control";
    case DEVICE_PDO:
        return "child";
    default:
        return device->io.settings.is_filter ? "filter" : "function";
    }
}

static const char *state_name_locked(const struct wdf_device *device, enum machine_id id)
    REQUIRES(io_lock)
{
    const struct machine *machine = &device->machines[id];
    if (device_is_control(device) || machine->table == NULL)
        return NULL;
    for (unsigned i = 0; i < machine->table->count; i++) {
        if (machine->table->rows[i].state == machine->state)
            return machine->table->rows[i].name;
    }
    return NULL;
}

static const void *handle_or_null(const struct wdf_device *device)
{
    return device != NULL ? &device->io.object : NULL;
}

/* What is constant, or may be read by any thread. */
static struct inspect_device describe_constants(struct wdf_device *device)
{
    const char *callback = atomic_load(&device->callback.callback);
    return (struct inspect_device){
        .device = device,
        .handle = &device->io.object,
        .lower = handle_or_null(device->init.lower),
        .parent = handle_or_null(device_lowest(device)->family.parent),
        .driver = object_driver_name(&device->io.object),
        .kind = kind_name(device),
        .name = device->init.texts.name,
        .node = device->init.texts.node,
        .callback = callback,
        .callback_age =
            callback != NULL ? port_clock_rough() - atomic_load(&device->callback.began) : 0,
    };
}

static void describe_state(struct wdf_device *device, struct inspect_device *copy)
{
    IO_LOCK_SCOPE(device->io.domain);
    copy->pnp = state_name_locked(device, MACHINE_PNP);
    copy->power = state_name_locked(device, MACHINE_POWER);
    copy->policy = device->is_policy_owner ? state_name_locked(device, MACHINE_POLICY) : NULL;
    copy->has_failed = device->is_failed;
    copy->is_removed = device->state >= DEVICE_REMOVING || device->is_deleted;
    copy->open_files = device->io.open_count;
    copy->outstanding = device->io.outstanding;
    copy->power_references = device->io.power_references;
}

static void look_at(struct wdf_device *device, void *context)
{
    struct visitor *visitor = context;
    struct inspect_device copy = describe_constants(device);
    describe_state(device, &copy);
    copy.is_covered = node_is_covered(device);
    visitor->visit(&copy, visitor->context);
}

void inspect_devices(void (*visit)(const struct inspect_device *device, void *context),
                     void *context)
{
    struct visitor visitor = {visit, context};
    node_for_each_device(NODE_WALK_ALL, look_at, &visitor);
}

unsigned inspect_power_references(struct wdf_device *device,
                                  struct inspect_power_reference *references, unsigned capacity)
{
    unsigned count = 0;
    IO_LOCK_SCOPE(device->io.domain);
    for (unsigned i = 0; i < POWER_TAGS_MAX; i++) {
        const struct power_tag *row = &device->idle.tags.rows[i];
        if (row->count == 0)
            continue;
        if (count < capacity)
            references[count] = (struct inspect_power_reference){
                .tag = row->tag,
                .file = power_tag_file(row),
                .line = row->line,
                .count = row->count,
            };
        count++;
    }
    return count;
}

/* ---- the calling thread ---- */

/* Of those objects that know it without a lock: that of any line of the log may be held. */
static const struct io_device *device_of(struct wdf_object *object)
{
    if (object->class->base == &object_device_class)
        return CONTAINING_RECORD(object, const struct io_device, object);
    if (object->class == &queue_class)
        return CONTAINING_RECORD(object, const struct wdf_queue, object)->device;
    if (object->class == &file_object_class)
        return CONTAINING_RECORD(object, const struct wdf_file_object, object)->device;
    return NULL;
}

bool inspect_here(struct inspect_here *here)
{
    const struct callback *callback = callback_innermost;
    struct wdf_object *object = callback != NULL ? (struct wdf_object *)callback->object : NULL;
    if (object == NULL)
        return false;
    const struct io_device *device = device_of(object);
    *here = (struct inspect_here){
        .callback = callback->name,
        .driver = object_driver_name(object),
        .node = device != NULL
                    ? CONTAINING_RECORD(device, const struct wdf_device, io)->init.texts.node
                    : NULL,
    };
    while (callback != NULL && callback->request == NULL)
        callback = callback->outer;
    here->request = callback != NULL ? callback->request : NULL;
    here->client = callback != NULL ? callback->client : 0;
    return true;
}
