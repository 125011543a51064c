/* Execution level, synchronization scope and the locks that follow from them (S2). */
#include "framework/device/device.h"
#include "framework/io/fileobject.h"
#include "framework/io/queue.h"

#include <wdf.h>

static const struct object_class *class_of(const struct wdf_object *object)
{
    return object->class;
}

bool constraints_of(struct wdf_object *object, struct constraints *constraints)
{
    constraints->owner = object;
    if (class_of(object) == &queue_class) {
        struct wdf_queue *queue = CONTAINING_RECORD(object, struct wdf_queue, object);
        constraints->level = queue->level;
        constraints->scope = queue->scope;
        constraints->presentation_lock = queue->presentation_lock;
    } else if (class_of(object) == &file_object_class) {
        struct wdf_device *device = CONTAINING_RECORD(object, struct wdf_file_object, object)->device;
        constraints->level = device->file_level;
        constraints->scope = device->file_scope;
        constraints->presentation_lock = device->file_lock;
    } else if (class_of(object) == &device_class) {
        struct wdf_device *device = CONTAINING_RECORD(object, struct wdf_device, object);
        constraints->level = device->level;
        constraints->scope = device->scope;
        constraints->presentation_lock = &device->lock;
    } else if (class_of(object) == &driver_class) {
        struct wdf_driver *driver = CONTAINING_RECORD(object, struct wdf_driver, object);
        constraints->level = driver->level;
        constraints->scope = driver->scope;
        constraints->presentation_lock = &driver->lock;
    } else {
        return false;
    }
    return true;
}

struct wdf_device *device_above(struct wdf_object *object)
{
    struct wdf_object *found = object_find_above(object, &device_class);
    return found != NULL ? CONTAINING_RECORD(found, struct wdf_device, object) : NULL;
}

/* The parent is read without the tree lock: the caller's object keeps its ancestors, and links are made once.
 */

static bool constraints_above(struct wdf_object *object, struct constraints *constraints)
{
    for (; object != NULL; object = object->parent) {
        if (constraints_of(object, constraints))
            return true;
    }
    return false;
}

NTSTATUS constraints_serialize(struct wdf_object *parent, bool wants_passive, struct callback_lock **lock,
                               struct wdf_object **lock_owner)
{
    struct constraints constraints;
    *lock = NULL;
    *lock_owner = NULL;
    if (!constraints_above(parent, &constraints))
        return STATUS_INVALID_DEVICE_REQUEST;
    if (constraints.scope == WdfSynchronizationScopeNone)
        return STATUS_SUCCESS; /* S2.24 */
    if (wants_passive != (constraints.level == WdfExecutionLevelPassive))
        return STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL;
    *lock = constraints.presentation_lock;
    *lock_owner = constraints.owner;
    return STATUS_SUCCESS;
}
