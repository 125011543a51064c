/* WdfObject*: what a driver does with any object (S1). */
#include "framework/object/object.h"

#include <stdlib.h>
#include <string.h>

#include <wdf.h>

#include "framework/device/device.h"
#include "framework/device/driver.h"
#include "framework/io/queue.h"
#include "framework/object/verifier.h"

static const struct object_class general_class = {.name = "WDFOBJECT"};

NTSTATUS WdfObjectCreate(PWDF_OBJECT_ATTRIBUTES Attributes, WDFOBJECT *Object)
{
    REQUIRE_PARAMETER(Object);
    *Object = NULL;
    struct wdf_object *object;
    NTSTATUS status = driver_allocate_object(sizeof(struct wdf_object), &general_class, Attributes,
                                             ATTRIBUTES_LEVEL_ALLOWED, &object);
    if (NT_SUCCESS(status))
        status = driver_adopt_object(object, Attributes);
    if (NT_SUCCESS(status))
        *Object = object;
    return status;
}

/* S1.35: what the framework owns is not the driver's to delete. */
static bool is_deletable(struct wdf_object *object)
{
    if (object->is_embedded || object->class->is_framework_owned)
        return false;
    return object->class != &queue_class ||
           !queue_is_routed(CONTAINING_RECORD(object, struct wdf_queue, object));
}

VOID WdfObjectDelete(WDFOBJECT Object)
{
    struct wdf_object *object = object_from_handle(Object, NULL, __func__);
    if (is_deletable(object))
        object_delete(object);
    else if (object->is_embedded || object->class->delete_by_driver == NULL ||
             !object->class->delete_by_driver(object))
        verifier_break(__func__, "S1.35", "%s %p belongs to the framework and is not deleted",
                       object->class->name, Object);
    VERIFIER_KEEP_CALLER();
}

VOID WdfObjectReferenceActual(WDFOBJECT Handle, PVOID Tag, LONG Line, PCCH File)
{
    UNREFERENCED_PARAMETER(Tag);
    UNREFERENCED_PARAMETER(Line);
    UNREFERENCED_PARAMETER(File);
    object_reference(object_from_handle(Handle, NULL, __func__));
}

VOID WdfObjectDereferenceActual(WDFOBJECT Handle, PVOID Tag, LONG Line, PCCH File)
{
    UNREFERENCED_PARAMETER(Tag);
    UNREFERENCED_PARAMETER(Line);
    UNREFERENCED_PARAMETER(File);
    object_release(object_from_handle(Handle, NULL, __func__));
}

PVOID WdfObjectGetTypedContextWorker(WDFOBJECT Handle, PCWDF_OBJECT_CONTEXT_TYPE_INFO TypeInfo)
{
    struct wdf_object *object = object_from_handle(Handle, NULL, __func__);
    return object_find_context(object, TypeInfo->UniqueType);
}

NTSTATUS WdfObjectAllocateContext(WDFOBJECT Handle, PWDF_OBJECT_ATTRIBUTES ContextAttributes, PVOID *Context)
{
    struct wdf_object *object = object_from_handle(Handle, NULL, __func__);
    if (Context != NULL)
        *Context = NULL;
    if (ContextAttributes == NULL)
        return STATUS_WDF_PARENT_NOT_SPECIFIED; /* S1.24: a quirk that drivers may rely on */
    NTSTATUS status = attributes_validate(ContextAttributes, ATTRIBUTES_PARENT_FORBIDDEN);
    if (!NT_SUCCESS(status))
        return status;
    if (ContextAttributes->ContextTypeInfo == NULL)
        return STATUS_OBJECT_NAME_INVALID;
    if (object->is_embedded)
        return STATUS_OBJECT_PATH_INVALID;

    void *context = NULL;
    status = object_add_context(object, ContextAttributes, &context);
    if (NT_SUCCESS(status) && Context != NULL)
        *Context = context;
    return status;
}

WDFOBJECT WdfObjectContextGetObject(PVOID ContextPointer)
{
    REQUIRE_PARAMETER(ContextPointer);
    return CONTAINING_RECORD(ContextPointer, struct object_context, data)->object;
}

NTSTATUS WdfObjectQuery(WDFOBJECT Object, const GUID *Guid, ULONG QueryBufferLength, PVOID QueryBuffer)
{
    (void)object_from_handle(Object, NULL, __func__);
    UNREFERENCED_PARAMETER(QueryBufferLength);
    REQUIRE_PARAMETER(Guid);
    REQUIRE_PARAMETER(QueryBuffer);
    return STATUS_NOT_FOUND;
}

/* ---- presentation locks (S1.40) ---- */

static struct callback_lock *lock_of(struct wdf_object *object, const char *function)
{
    struct constraints constraints;
    bool has_lock = constraints_of(object, &constraints) && constraints.presentation_lock != NULL;
    if (!has_lock)
        verifier_bugcheck(WDF_INVALID_LOCK_OPERATION, function, "%s %p has no presentation lock (S1.40)",
                          object->class->name, (void *)object);
    return constraints.presentation_lock;
}

VOID WdfObjectAcquireLock(WDFOBJECT Object)
{
    struct wdf_object *object = object_from_handle(Object, NULL, __func__);
    callback_lock_acquire(lock_of(object, __func__), object);
}

VOID WdfObjectReleaseLock(WDFOBJECT Object)
{
    struct wdf_object *object = object_from_handle(Object, NULL, __func__);
    callback_lock_release(lock_of(object, __func__), object);
}
