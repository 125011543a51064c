/*
 * What all objects have in common: attributes, typed contexts, references, deletion (S1).
 */
#ifndef WDFOBJECT_H
#define WDFOBJECT_H

#include <wdftypes.h>

WDF_EXTERN_C_START

/* The level at which an object's callbacks run: Passive ones may block (S2.4, S2.16). */
typedef enum _WDF_EXECUTION_LEVEL {
    WdfExecutionLevelInvalid = 0,
    WdfExecutionLevelInheritFromParent,
    WdfExecutionLevelPassive,
    WdfExecutionLevelDispatch,
} WDF_EXECUTION_LEVEL;

/* Which callbacks exclude each other: those of the device, those of one queue, or none (S2.6). */
typedef enum _WDF_SYNCHRONIZATION_SCOPE {
    WdfSynchronizationScopeInvalid = 0,
    WdfSynchronizationScopeInheritFromParent,
    WdfSynchronizationScopeDevice,
    WdfSynchronizationScopeQueue,
    WdfSynchronizationScopeNone,
} WDF_SYNCHRONIZATION_SCOPE;

/* The object is being deleted; handle, contexts and parent are still valid (S1.27, S1.29). */
typedef VOID EVT_WDF_OBJECT_CONTEXT_CLEANUP(WDFOBJECT Object);
typedef EVT_WDF_OBJECT_CONTEXT_CLEANUP *PFN_WDF_OBJECT_CONTEXT_CLEANUP;

/* The last reference is gone; only the object's contexts may be touched (S1.28, S1.29). */
typedef VOID EVT_WDF_OBJECT_CONTEXT_DESTROY(WDFOBJECT Object);
typedef EVT_WDF_OBJECT_CONTEXT_DESTROY *PFN_WDF_OBJECT_CONTEXT_DESTROY;

/* The same under the names that drivers give them by the kind of object. */
typedef EVT_WDF_OBJECT_CONTEXT_CLEANUP EVT_WDF_DEVICE_CONTEXT_CLEANUP;
typedef EVT_WDF_OBJECT_CONTEXT_DESTROY EVT_WDF_DEVICE_CONTEXT_DESTROY;
typedef EVT_WDF_OBJECT_CONTEXT_CLEANUP EVT_WDF_IO_QUEUE_CONTEXT_CLEANUP_CALLBACK;
typedef EVT_WDF_OBJECT_CONTEXT_DESTROY EVT_WDF_IO_QUEUE_CONTEXT_DESTROY_CALLBACK;
typedef EVT_WDF_OBJECT_CONTEXT_CLEANUP EVT_WDF_FILE_CONTEXT_CLEANUP_CALLBACK;
typedef EVT_WDF_OBJECT_CONTEXT_DESTROY EVT_WDF_FILE_CONTEXT_DESTROY_CALLBACK;

typedef const struct _WDF_OBJECT_CONTEXT_TYPE_INFO *PCWDF_OBJECT_CONTEXT_TYPE_INFO;

typedef PCWDF_OBJECT_CONTEXT_TYPE_INFO(NTAPI *PFN_GET_UNIQUE_CONTEXT_TYPE)(VOID);

/*
 * A context type. Each unit that declares a type has a structure of its own; they are one type if
 * their UniqueType is the same address. The framework compares UniqueType and nothing else: neither
 * the address of the structure nor the name (S1.18, S1.23). Fill one in by the macros below only.
 */
typedef struct _WDF_OBJECT_CONTEXT_TYPE_INFO {
    ULONG Size;
    LPCSTR ContextName;
    size_t ContextSize;
    PCWDF_OBJECT_CONTEXT_TYPE_INFO UniqueType;
    /* Not used here: UniqueType is always set. */
    PFN_GET_UNIQUE_CONTEXT_TYPE EvtDriverGetUniqueContextType;
} WDF_OBJECT_CONTEXT_TYPE_INFO, *PWDF_OBJECT_CONTEXT_TYPE_INFO;

/*
 * How to create an object. Optional nearly everywhere: WDF_NO_OBJECT_ATTRIBUTES (S2.1). Checks:
 * S1.25, S1.26.
 */
typedef struct _WDF_OBJECT_ATTRIBUTES {
    ULONG Size;
    PFN_WDF_OBJECT_CONTEXT_CLEANUP EvtCleanupCallback;
    PFN_WDF_OBJECT_CONTEXT_DESTROY EvtDestroyCallback;
    WDF_EXECUTION_LEVEL ExecutionLevel;
    WDF_SYNCHRONIZATION_SCOPE SynchronizationScope;
    WDFOBJECT ParentObject;
    /* Bytes of the whole context, if more than the type's own size; else 0 (S1.21). */
    size_t ContextSizeOverride;
    PCWDF_OBJECT_CONTEXT_TYPE_INFO ContextTypeInfo;
} WDF_OBJECT_ATTRIBUTES, *PWDF_OBJECT_ATTRIBUTES;

#define WDF_NO_OBJECT_ATTRIBUTES (NULL)

/*
 * WDF_OBJECT_ATTRIBUTES_INIT: level and scope are the parent's, no context, no callbacks, default
 * parent (S2.1).
 */
FORCEINLINE VOID WDF_OBJECT_ATTRIBUTES_INIT(PWDF_OBJECT_ATTRIBUTES Attributes)
{
    RtlZeroMemory(Attributes, sizeof(*Attributes));
    Attributes->Size = sizeof(*Attributes);
    Attributes->ExecutionLevel = WdfExecutionLevelInheritFromParent;
    Attributes->SynchronizationScope = WdfSynchronizationScopeInheritFromParent;
}

/* WDF_OBJECT_ATTRIBUTES_SET_CONTEXT_TYPE: objects created with these attributes have a context of
 * this type. */
#define WDF_OBJECT_ATTRIBUTES_SET_CONTEXT_TYPE(_attributes, _contexttype)                          \
    (_attributes)->ContextTypeInfo = WDF_GET_CONTEXT_TYPE_INFO(_contexttype)

/* WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE: both of the above. */
#define WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(_attributes, _contexttype)                         \
    do {                                                                                           \
        WDF_OBJECT_ATTRIBUTES_INIT(_attributes);                                                   \
        WDF_OBJECT_ATTRIBUTES_SET_CONTEXT_TYPE(_attributes, _contexttype);                         \
    } while (0)

/* Names made from the name of a context type. */
#define WDF_TYPE_NAME_POINTER_TYPE(_contexttype)     wdf_pointer_type_##_contexttype
#define WDF_TYPE_NAME_TO_TYPE_INFO(_contexttype)     wdf_type_info_##_contexttype
#define WDF_TYPE_NAME_TO_EXTERNAL_INIT(_contexttype) wdf_unique_type_##_contexttype
#define WDF_TYPE_NAME_TO_EXTERNAL_INIT_FUNCTION(_contexttype)                                      \
    wdf_unique_type_function_##_contexttype

/* WDF_GET_CONTEXT_TYPE_INFO: the description of a declared context type. */
#define WDF_GET_CONTEXT_TYPE_INFO(_contexttype) (&WDF_TYPE_NAME_TO_TYPE_INFO(_contexttype))

/*
 * WDF_DECLARE_TYPE_AND_GLOBALS: the description of a context type in this unit. _section is not
 * used. Drivers take one of the WDF_DECLARE_CONTEXT_TYPE macros instead.
 */
#define WDF_DECLARE_TYPE_AND_GLOBALS(_contexttype, _UniqueType, _GetUniqueType, _section)          \
    typedef _contexttype *WDF_TYPE_NAME_POINTER_TYPE(_contexttype);                                \
    static const WDF_OBJECT_CONTEXT_TYPE_INFO WDF_TYPE_NAME_TO_TYPE_INFO(_contexttype)             \
        __attribute__((unused)) = {sizeof(WDF_OBJECT_CONTEXT_TYPE_INFO), (PCHAR) #_contexttype,    \
                                   sizeof(_contexttype), _UniqueType, _GetUniqueType}

/*
 * The object whose address is the type: weak, so that all units that declare the type share one.
 * Hidden, there is one for each driver, so two drivers that both have a DEVICE_CONTEXT do not
 * conflict; shared, there is one for the process. In an unnamed namespace clang makes only inline
 * definitions weak.
 */
#if defined(__cplusplus) && defined(__clang__)
#define WDFUSE_SILENT_BEGIN  _Pragma("clang diagnostic push")
#define WDFUSE_BEFORE_CPP_17 _Pragma("clang diagnostic ignored \"-Wc++17-extensions\"")
#define WDFUSE_SILENT_END    _Pragma("clang diagnostic pop")
#define WDF_DECLARE_UNIQUE_TYPE(_contexttype, _visibility)                                         \
    extern const WDF_OBJECT_CONTEXT_TYPE_INFO WDF_TYPE_NAME_TO_EXTERNAL_INIT(_contexttype);        \
    WDFUSE_SILENT_BEGIN                                                                            \
    WDFUSE_BEFORE_CPP_17                                                                           \
    inline const WDF_OBJECT_CONTEXT_TYPE_INFO WDF_TYPE_NAME_TO_EXTERNAL_INIT(_contexttype)         \
        __attribute__((visibility(_visibility))) = {                                               \
            sizeof(WDF_OBJECT_CONTEXT_TYPE_INFO), (PCHAR) #_contexttype, sizeof(_contexttype),     \
            &WDF_TYPE_NAME_TO_EXTERNAL_INIT(_contexttype), NULL};                                  \
    WDFUSE_SILENT_END                                                                              \
    static_assert(sizeof(_contexttype) > 0, "a context type is a whole one")
#else
#define WDF_DECLARE_UNIQUE_TYPE(_contexttype, _visibility)                                         \
    extern const WDF_OBJECT_CONTEXT_TYPE_INFO WDF_TYPE_NAME_TO_EXTERNAL_INIT(_contexttype)         \
        __attribute__((weak, visibility(_visibility)));                                            \
    const WDF_OBJECT_CONTEXT_TYPE_INFO WDF_TYPE_NAME_TO_EXTERNAL_INIT(_contexttype) = {            \
        sizeof(WDF_OBJECT_CONTEXT_TYPE_INFO), (PCHAR) #_contexttype, sizeof(_contexttype),         \
        &WDF_TYPE_NAME_TO_EXTERNAL_INIT(_contexttype), NULL}
#endif

/*
 * WDF_DECLARE_CASTING_FUNCTION: the accessor of a declared type; NULL if the object has no such
 * context (S1.22).
 */
#define WDF_DECLARE_CASTING_FUNCTION(_contexttype, _castingfunction)                               \
    FORCEINLINE _contexttype *_castingfunction(WDFOBJECT Handle)                                   \
    {                                                                                              \
        return WdfObjectGetTypedContext(Handle, _contexttype);                                     \
    }

/*
 * WDF_DECLARE_CONTEXT_TYPE_WITH_NAME: declares a type and its accessor (S1.23). At file scope, in
 * any unit; a semicolon after it is optional.
 */
#define WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(_contexttype, _castingfunction)                         \
    WDF_DECLARE_UNIQUE_TYPE(_contexttype, "hidden");                                               \
    WDF_DECLARE_TYPE_AND_GLOBALS(_contexttype, &WDF_TYPE_NAME_TO_EXTERNAL_INIT(_contexttype),      \
                                 NULL, );                                                          \
    WDF_DECLARE_CASTING_FUNCTION(_contexttype, _castingfunction)

/* WDF_DECLARE_CONTEXT_TYPE: the same with an accessor called WdfObjectGet_ and the type's name. */
#define WDF_DECLARE_CONTEXT_TYPE(_contexttype)                                                     \
    WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(_contexttype, WdfObjectGet_##_contexttype)

/*
 * WDF_DECLARE_SHARED_CONTEXT_TYPE_WITH_NAME: a type that is the same in every module of the process
 * that declares it, as far as the dynamic linker binds them together (not between libraries opened
 * RTLD_LOCAL).
 */
#define WDF_DECLARE_SHARED_CONTEXT_TYPE_WITH_NAME(_contexttype, _castingfunction)                  \
    WDF_DECLARE_UNIQUE_TYPE(_contexttype, "default");                                              \
    WDF_DECLARE_TYPE_AND_GLOBALS(_contexttype, &WDF_TYPE_NAME_TO_EXTERNAL_INIT(_contexttype),      \
                                 NULL, );                                                          \
    WDF_DECLARE_CASTING_FUNCTION(_contexttype, _castingfunction)

/*
 * WdfObjectCreate: creates an object without behaviour of its own: contexts, callbacks and children
 * (S1.39).
 *   Attributes  optional; the parent is the driver unless they name another.
 *   Object      receives the handle; it lives until WdfObjectDelete or until its parent is deleted.
 * IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; what the attributes are refused with (S1.25);
 * STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID: a scope other than Inherit or None (S1.26);
 * STATUS_DELETE_PENDING: the parent is being deleted (S1.14); STATUS_INSUFFICIENT_RESOURCES
 * (S1.39).
 */
NTSTATUS WdfObjectCreate(PWDF_OBJECT_ATTRIBUTES Attributes, WDFOBJECT *Object);

/*
 * WdfObjectDelete: deletes an object and all below it: first every cleanup callback of the subtree,
 * then the destroy callbacks of what nobody else refers to (S1.27, S1.28). The call is logged, and
 * has no other effect, for objects that the framework owns (S1.35). It has no effect for an object
 * that is already being deleted (S1.33). IRQL <= DISPATCH_LEVEL; what must be disposed of at
 * PASSIVE_LEVEL is handed to a worker (S1.37).
 */
VOID WdfObjectDelete(WDFOBJECT Object);

/*
 * WdfObjectReferenceActual: adds a reference: the memory of handle and contexts stays valid until
 * it is released, even after deletion (S1.8, S1.10). Called through WdfObjectReference and
 * WdfObjectReferenceWithTag.
 *   Tag, Line, File  who and where, for the reports of a leak (S1.11).
 * IRQL <= DISPATCH_LEVEL. Not allowed in EvtDestroyCallback (S1.29).
 */
VOID WdfObjectReferenceActual(WDFOBJECT Handle, PVOID Tag, LONG Line, PCCH File);
#define WdfObjectReference(Handle) WdfObjectReferenceWithTag(Handle, NULL)
#define WdfObjectReferenceWithTag(Handle, Tag)                                                     \
    WdfObjectReferenceActual((Handle), (Tag), __LINE__, __FILE__)

/*
 * WdfObjectDereferenceActual: releases a reference, with the tag it was taken with (S1.11); never
 * starts a deletion (S1.8). The last one after deletion calls EvtDestroyCallback in this call or,
 * if it must run at PASSIVE_LEVEL and the caller does not, in a worker (S1.37). IRQL <=
 * DISPATCH_LEVEL.
 */
VOID WdfObjectDereferenceActual(WDFOBJECT Handle, PVOID Tag, LONG Line, PCCH File);
#define WdfObjectDereference(Handle) WdfObjectDereferenceWithTag(Handle, NULL)
#define WdfObjectDereferenceWithTag(Handle, Tag)                                                   \
    WdfObjectDereferenceActual((Handle), (Tag), __LINE__, __FILE__)

/*
 * WdfObjectAllocateContext: adds a context of another type to an object. It is zeroed, and lives as
 * long as the object, until after the destroy callbacks (S1.18, S1.19).
 *   ContextAttributes  name the type and may have callbacks of their own (S1.20).
 *   Context            receives the memory.
 * IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; STATUS_OBJECT_NAME_EXISTS: the object has this
 * type already, which is a success, and *Context is the one it has;
 * STATUS_WDF_PARENT_NOT_SPECIFIED: no attributes; STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED: they
 * name a parent; STATUS_OBJECT_NAME_INVALID: no type; STATUS_OBJECT_PATH_INVALID: the memory inside
 * a request; STATUS_DELETE_PENDING; STATUS_INSUFFICIENT_RESOURCES (all S1.24); other refusals of
 * the attributes (S1.25).
 */
NTSTATUS WdfObjectAllocateContext(WDFOBJECT Handle, PWDF_OBJECT_ATTRIBUTES ContextAttributes,
                                  PVOID *Context);

/* WdfObjectContextGetObject: the object that a context belongs to (S1.6). Any level. */
WDFOBJECT WdfObjectContextGetObject(PVOID ContextPointer);

/*
 * WdfObjectGetTypedContextWorker: the object's context of that type, or NULL (S1.22). The object
 * owns it. Called through WdfObjectGetTypedContext or a declared accessor. Any level, and allowed
 * in EvtDestroyCallback.
 *   TypeInfo  its UniqueType is what is looked for.
 */
PVOID WdfObjectGetTypedContextWorker(WDFOBJECT Handle, PCWDF_OBJECT_CONTEXT_TYPE_INFO TypeInfo);
#define WdfObjectGetTypedContext(handle, type)                                                     \
    ((type *)WdfObjectGetTypedContextWorker((WDFOBJECT)(handle),                                   \
                                            WDF_GET_CONTEXT_TYPE_INFO(type)->UniqueType))

/*
 * Custom types: marks that a driver puts on objects, each with data of its own.
 *
 *     WDF_DECLARE_CUSTOM_TYPE(PAUSABLE);              at file scope; the name needs no declaration
 *     WdfObjectAddCustomTypeWithData(queue, PAUSABLE, 7, NULL, NULL);
 *     if (WdfObjectIsCustomType(handle, PAUSABLE))
 *         data = WdfObjectGetCustomTypeData(handle, PAUSABLE);
 *
 * A mark is a context of the object, with the same lifetime and rules (S1.18 to S1.24).
 */
typedef struct _WDF_CUSTOM_TYPE_CONTEXT {
    ULONG Size;
    ULONG_PTR Data;
} WDF_CUSTOM_TYPE_CONTEXT, *PWDF_CUSTOM_TYPE_CONTEXT;

/* Names made from the name of a custom type. */
#define WDF_CUSTOM_TYPE_CONTEXT_NAME(_customtype)      wdf_custom_type_##_customtype
#define WDF_GET_CUSTOM_TYPE_FUNCTION_NAME(_customtype) wdf_get_custom_type_##_customtype
#define WDF_ADD_CUSTOM_TYPE_FUNCTION_NAME(_customtype) wdf_add_custom_type_##_customtype

/* WDF_DECLARE_CUSTOM_TYPE: declares a custom type, at file scope. A semicolon after it is
 * optional. */
#define WDF_DECLARE_CUSTOM_TYPE(_customtype)                                                       \
    WDF_DECLARE_CUSTOM_TYPE_WITH_NAMES(WDF_CUSTOM_TYPE_CONTEXT_NAME(_customtype),                  \
                                       WDF_GET_CUSTOM_TYPE_FUNCTION_NAME(_customtype),             \
                                       WDF_ADD_CUSTOM_TYPE_FUNCTION_NAME(_customtype))

/* What that expands to, once the names are made. */
#define WDF_DECLARE_CUSTOM_TYPE_WITH_NAMES(_contexttype, _get, _add)                               \
    typedef WDF_CUSTOM_TYPE_CONTEXT _contexttype;                                                  \
    WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(_contexttype, _get)                                         \
    FORCEINLINE NTSTATUS _add(WDFOBJECT Handle, ULONG_PTR Data,                                    \
                              PFN_WDF_OBJECT_CONTEXT_CLEANUP Cleanup,                              \
                              PFN_WDF_OBJECT_CONTEXT_DESTROY Destroy)                              \
    {                                                                                              \
        WDF_OBJECT_ATTRIBUTES attributes;                                                          \
        PVOID context;                                                                             \
        WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, _contexttype);                        \
        attributes.EvtCleanupCallback = Cleanup;                                                   \
        attributes.EvtDestroyCallback = Destroy;                                                   \
        NTSTATUS status = WdfObjectAllocateContext(Handle, &attributes, &context);                 \
        if (status == STATUS_SUCCESS) {                                                            \
            ((_contexttype *)context)->Size = sizeof(_contexttype);                                \
            ((_contexttype *)context)->Data = Data;                                                \
        }                                                                                          \
        return status;                                                                             \
    }

/*
 * WdfObjectAddCustomType, WdfObjectAddCustomTypeWithData: put the mark on an object.
 *   _data       an integer or pointer that the driver gets back.
 *   _cleanupcb  EVT_WDF_OBJECT_CONTEXT_CLEANUP, or NULL.
 *   _destroycb  EVT_WDF_OBJECT_CONTEXT_DESTROY, or NULL.
 * IRQL <= DISPATCH_LEVEL. Return STATUS_SUCCESS; STATUS_OBJECT_NAME_EXISTS: it has the mark
 * already, which is a success, and keeps the datum it has; the other statuses of
 * WdfObjectAllocateContext.
 */
#define WdfObjectAddCustomType(_handle, _customtype)                                               \
    WdfObjectAddCustomTypeWithData(_handle, _customtype, 0, NULL, NULL)
#define WdfObjectAddCustomTypeWithData(_handle, _customtype, _data, _cleanupcb, _destroycb)        \
    WDF_ADD_CUSTOM_TYPE_FUNCTION_NAME(_customtype)                                                 \
    ((WDFOBJECT)(_handle), (ULONG_PTR)(_data), (_cleanupcb), (_destroycb))

/* WdfObjectIsCustomType: whether the object has the mark. Any level. */
#define WdfObjectIsCustomType(_handle, _customtype)                                                \
    (WDF_GET_CUSTOM_TYPE_FUNCTION_NAME(_customtype)((WDFOBJECT)(_handle)) != NULL)

/* WdfObjectGetCustomTypeData: the datum of the mark, which the object must have. Any level. */
#define WdfObjectGetCustomTypeData(_handle, _customtype)                                           \
    (WDF_GET_CUSTOM_TYPE_FUNCTION_NAME(_customtype)((WDFOBJECT)(_handle))->Data)

/*
 * WdfObjectQuery: asks an object for something that a GUID names. It exists for test hooks inside
 * Microsoft's framework; no object answers, there as here.
 *   QueryBufferLength, QueryBuffer  for the answer; not touched.
 * IRQL <= DISPATCH_LEVEL. Returns STATUS_NOT_FOUND.
 */
NTSTATUS WdfObjectQuery(WDFOBJECT Object, const GUID *Guid, ULONG QueryBufferLength,
                        PVOID QueryBuffer);

WDF_EXTERN_C_END

#endif
