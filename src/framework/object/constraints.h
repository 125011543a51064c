/*
 * Callback constraints (S2): execution level, synchronization scope and the lock that follows from
 * them. Drivers, devices, queues and file objects have them; their classes say what they are.
 */
#ifndef WDFUSE_FRAMEWORK_OBJECT_CONSTRAINTS_H
#define WDFUSE_FRAMEWORK_OBJECT_CONSTRAINTS_H

#include <stdbool.h>

#include <wdf.h>

#include "framework/object/lock.h"
#include "framework/object/object.h"

struct constraints {
    WDF_EXECUTION_LEVEL level;               /* resolved: Passive or Dispatch (S2.2) */
    WDF_SYNCHRONIZATION_SCOPE scope;         /* resolved: Device, Queue or None */
    struct callback_lock *presentation_lock; /* NULL: it has none (S1.40) */
};

/* What the attributes leave open is as it was (S2.3, S2.6). They may be NULL. */
void constraints_override(struct constraints *constraints, const WDF_OBJECT_ATTRIBUTES *attributes);

/* NULL for an object without callback constraints. */
const struct constraints *constraints_of(struct wdf_object *object);

/*
 * The lock of a timer, DPC or work item below that parent (S2.20, S2.21), and whose it is. *lock is
 * NULL when its callbacks need none. STATUS_INVALID_DEVICE_REQUEST,
 * STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL.
 */
NTSTATUS constraints_serialize(struct wdf_object *parent, bool wants_passive,
                               struct callback_lock **lock, struct wdf_object **lock_owner);

#endif
