/* What WDF_OBJECT_ATTRIBUTES may say, by kind of object. The order of the checks is the rule's
 * (S1.25). */
#include "framework/object/attributes.h"

#include <wdf.h>

static NTSTATUS validate_context(const WDF_OBJECT_ATTRIBUTES *attributes)
{
    const WDF_OBJECT_CONTEXT_TYPE_INFO *type = attributes->ContextTypeInfo;
    if (type != NULL && type->Size != sizeof(*type))
        return STATUS_INFO_LENGTH_MISMATCH;
    if (type != NULL && type->ContextSize > 0 && type->ContextName == NULL)
        return STATUS_WDF_OBJECT_ATTRIBUTES_INVALID;
    /* S1.21: an override is the whole size, so it can't be smaller than the type's. */
    if (attributes->ContextSizeOverride != 0 &&
        (type == NULL || attributes->ContextSizeOverride < type->ContextSize))
        return STATUS_WDF_OBJECT_ATTRIBUTES_INVALID;
    return STATUS_SUCCESS;
}

static NTSTATUS validate_parent(const WDF_OBJECT_ATTRIBUTES *attributes, unsigned rules)
{
    if (attributes->ParentObject != NULL && (rules & ATTRIBUTES_PARENT_FORBIDDEN))
        return STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED;
    if (attributes->ParentObject == NULL && (rules & ATTRIBUTES_PARENT_REQUIRED))
        return STATUS_WDF_PARENT_NOT_SPECIFIED;
    return STATUS_SUCCESS;
}

static NTSTATUS validate_level_and_scope(const WDF_OBJECT_ATTRIBUTES *attributes, unsigned rules)
{
    WDF_EXECUTION_LEVEL level = attributes->ExecutionLevel;
    WDF_SYNCHRONIZATION_SCOPE scope = attributes->SynchronizationScope;

    if (level < WdfExecutionLevelInheritFromParent || level > WdfExecutionLevelDispatch)
        return STATUS_WDF_OBJECT_ATTRIBUTES_INVALID;
    if (scope < WdfSynchronizationScopeInheritFromParent || scope > WdfSynchronizationScopeNone)
        return STATUS_WDF_OBJECT_ATTRIBUTES_INVALID;
    if (!(rules & ATTRIBUTES_SCOPE_ALLOWED) && scope != WdfSynchronizationScopeInheritFromParent &&
        scope != WdfSynchronizationScopeNone)
        return STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID;
    if (!(rules & ATTRIBUTES_LEVEL_ALLOWED) && level != WdfExecutionLevelInheritFromParent)
        return STATUS_WDF_EXECUTION_LEVEL_INVALID;
    return STATUS_SUCCESS;
}

NTSTATUS attributes_validate(const WDF_OBJECT_ATTRIBUTES *attributes, unsigned rules)
{
    if (attributes == NULL)
        return (rules & ATTRIBUTES_PARENT_REQUIRED) ? STATUS_WDF_PARENT_NOT_SPECIFIED
                                                    : STATUS_SUCCESS;
    if (attributes->Size != sizeof(*attributes))
        return STATUS_INFO_LENGTH_MISMATCH;

    NTSTATUS status = validate_context(attributes);
    if (NT_SUCCESS(status))
        status = validate_parent(attributes, rules);
    if (NT_SUCCESS(status))
        status = validate_level_and_scope(attributes, rules);
    return status;
}
