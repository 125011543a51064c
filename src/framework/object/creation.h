/*
 * Creating an object whose default parent is the driver (S1.12, S1.15) takes two steps, so that
 * nobody can reach it before it is whole: allocate, then, when the caller has initialised its part,
 * adopt.
 */
#ifndef WDFUSE_FRAMEWORK_OBJECT_CREATION_H
#define WDFUSE_FRAMEWORK_OBJECT_CREATION_H

#include "framework/object/attributes.h"
#include "framework/object/object.h"

/* Validates the attributes by these rules. STATUS_INSUFFICIENT_RESOURCES, the validator's
 * statuses. */
#define creation_allocate(size, class, attributes, rules, object)                                  \
    creation_allocate_for((size), (class), (attributes), (rules), __builtin_return_address(0),     \
                          (object))
NTSTATUS creation_allocate_for(size_t size, const struct object_class *class,
                               const WDF_OBJECT_ATTRIBUTES *attributes, unsigned rules,
                               const void *creator, struct wdf_object **result);

/* Links the object below its parent, or frees it: STATUS_DELETE_PENDING. */
NTSTATUS creation_adopt(struct wdf_object *object, const WDF_OBJECT_ATTRIBUTES *attributes);

#endif
