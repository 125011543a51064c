/* Creating objects. See creation.h. */
#include "framework/object/creation.h"

#include <wdf.h>

#include "framework/object/identity.h"
#include "framework/object/verifier.h"

NTSTATUS creation_allocate_for(size_t size, const struct object_class *class,
                               const WDF_OBJECT_ATTRIBUTES *attributes, unsigned rules,
                               const void *creator, struct wdf_object **result)
{
    NTSTATUS status = attributes_validate(attributes, rules);
    if (!NT_SUCCESS(status))
        return status;
    *result = object_allocate_for(size, class, attributes, creator);
    return *result != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

/* S1.12: the driver whose code creates the object, unless that is known already. */
static struct wdf_object *default_parent(const struct wdf_object *object)
{
    const struct driver *driver =
        object->driver != NULL ? object->driver : driver_of_caller(object->creator);
    return driver != NULL ? driver->object : NULL;
}

NTSTATUS creation_adopt(struct wdf_object *object, const WDF_OBJECT_ATTRIBUTES *attributes)
{
    const char *class = object->class->name;
    struct wdf_object *parent = attributes != NULL && attributes->ParentObject != NULL
                                    ? object_from_handle(attributes->ParentObject, NULL, class)
                                    : default_parent(object);
    if (parent == NULL)
        verifier_bugcheck(WDF_INVALID_HANDLE, class,
                          "no driver: WdfDriverCreate comes first; and a library's own thread says "
                          "whose it is by a ParentObject if several drivers are loaded (S1.12)");

    NTSTATUS status = object_attach(object, parent);
    if (!NT_SUCCESS(status))
        object_discard(object);
    return status;
}
