/* WdfObject*: what a driver does with any object (S1). */
#include "framework/object/object.h"

#include <stdlib.h>
#include <string.h>

#include <wdf.h>

#include "framework/object/apiresult.h"
#include "framework/object/constraints.h"
#include "framework/object/creation.h"
#include "framework/object/verifier.h"
#include "nt/held.h"

static const struct object_class general_class = {.name = "WDFOBJECT"};

NTSTATUS WdfObjectCreate(PWDF_OBJECT_ATTRIBUTES Attributes, WDFOBJECT *Object)
{
    REQUIRE_PARAMETER(Object);
    *Object = NULL;
    struct wdf_object *object;
    NTSTATUS status = creation_allocate(sizeof(struct wdf_object), &general_class, Attributes,
                                        ATTRIBUTES_LEVEL_ALLOWED, &object);
    if (NT_SUCCESS(status))
        status = creation_adopt(object, Attributes);
    if (NT_SUCCESS(status))
        *Object = object;
    return API_RESULT(status, "S1.39");
}

/* S1.35: what the framework owns is not the driver's to delete. */
static bool delete_by_driver(struct wdf_object *object)
{
    if (object->is_embedded)
        return false;
    if (object->class->delete_by_driver != NULL)
        return object->class->delete_by_driver(object);
    if (object->class->is_framework_owned)
        return false;
    object_delete(object);
    return true;
}

VOID WdfObjectDelete(WDFOBJECT Object)
{
    struct wdf_object *object = object_from_handle(Object, NULL, __func__);
    const char *class = object->class->name;
    if (!delete_by_driver(object))
        verifier_break(__func__, "S1.35", "%s %p belongs to the framework and is not deleted",
                       class, Object);
    VERIFIER_KEEP_CALLER();
}

VOID WdfObjectReferenceActual(WDFOBJECT Handle, PVOID Tag, LONG Line, PCCH File)
{
    UNREFERENCED_PARAMETER(Tag);
    UNREFERENCED_PARAMETER(Line);
    UNREFERENCED_PARAMETER(File);
    struct wdf_object *object = object_from_handle(Handle, NULL, __func__);
    object_reference(object);
    atomic_store_explicit(&object->referencer, __builtin_return_address(0), memory_order_relaxed);
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

NTSTATUS WdfObjectAllocateContext(WDFOBJECT Handle, PWDF_OBJECT_ATTRIBUTES ContextAttributes,
                                  PVOID *Context)
{
    struct wdf_object *object = object_from_handle(Handle, NULL, __func__);
    if (Context != NULL)
        *Context = NULL;
    if (ContextAttributes == NULL)
        return API_RESULT(STATUS_WDF_PARENT_NOT_SPECIFIED,
                          "S1.24"); /* S1.24: a quirk that drivers may rely on */
    NTSTATUS status = attributes_validate(ContextAttributes, ATTRIBUTES_PARENT_FORBIDDEN);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S1.24");
    if (ContextAttributes->ContextTypeInfo == NULL)
        return API_RESULT(STATUS_OBJECT_NAME_INVALID, "S1.24");
    if (object->is_embedded)
        return API_RESULT(STATUS_OBJECT_PATH_INVALID, "S1.24");

    void *context = NULL;
    status = object_add_context(object, ContextAttributes, &context);
    if (NT_SUCCESS(status) && Context != NULL)
        *Context = context;
    return API_RESULT(status, "S1.24");
}

WDFOBJECT WdfObjectContextGetObject(PVOID ContextPointer)
{
    REQUIRE_PARAMETER(ContextPointer);
    return CONTAINING_RECORD(ContextPointer, struct object_context, data)->object;
}

NTSTATUS WdfObjectQuery(WDFOBJECT Object, const GUID *Guid, ULONG QueryBufferLength,
                        PVOID QueryBuffer)
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
    const struct constraints *constraints = constraints_of(object);
    if (constraints == NULL || constraints->presentation_lock == NULL)
        verifier_bugcheck(WDF_INVALID_LOCK_OPERATION, function,
                          "%s %p has no presentation lock (S1.40)", object->class->name,
                          (void *)object);
    return constraints->presentation_lock;
}

VOID WdfObjectAcquireLock(WDFOBJECT Object)
{
    struct wdf_object *object = object_from_handle(Object, NULL, __func__);
    struct callback_lock *lock = lock_of(object, __func__);
    callback_lock_acquire(lock, object);
    if (lock != NULL)
        held_lock_acquired("the lock of", Object);
}

VOID WdfObjectReleaseLock(WDFOBJECT Object)
{
    struct wdf_object *object = object_from_handle(Object, NULL, __func__);
    struct callback_lock *lock = lock_of(object, __func__);
    if (lock != NULL && callback_lock_is_held_here(lock))
        held_lock_released();
    callback_lock_release(lock, object);
}
