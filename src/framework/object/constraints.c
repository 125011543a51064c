/* Callback constraints. See constraints.h. */
#include "framework/object/constraints.h"

void constraints_override(struct constraints *constraints, const WDF_OBJECT_ATTRIBUTES *attributes)
{
    if (attributes == NULL)
        return;
    if (attributes->ExecutionLevel != WdfExecutionLevelInheritFromParent)
        constraints->level = attributes->ExecutionLevel;
    if (attributes->SynchronizationScope != WdfSynchronizationScopeInheritFromParent)
        constraints->scope = attributes->SynchronizationScope;
}

const struct constraints *constraints_of(struct wdf_object *object)
{
    return object->class->constraints != NULL ? object->class->constraints(object) : NULL;
}

/* The parent is read without the tree lock: the caller's object keeps its ancestors, and links are
 * made once. */
static const struct constraints *constraints_above(struct wdf_object *object,
                                                   struct wdf_object **owner)
{
    for (; object != NULL; object = object->parent) {
        const struct constraints *constraints = constraints_of(object);
        *owner = object;
        if (constraints != NULL)
            return constraints;
    }
    return NULL;
}

NTSTATUS constraints_serialize(struct wdf_object *parent, bool wants_passive,
                               struct callback_lock **lock, struct wdf_object **lock_owner)
{
    *lock = NULL;
    *lock_owner = NULL;
    struct wdf_object *owner;
    const struct constraints *constraints = constraints_above(parent, &owner);
    if (constraints == NULL)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (constraints->scope == WdfSynchronizationScopeNone)
        return STATUS_SUCCESS; /* S2.24 */
    if (wants_passive != (constraints->level == WdfExecutionLevelPassive))
        return STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL;
    *lock = constraints->presentation_lock;
    *lock_owner = owner;
    return STATUS_SUCCESS;
}
