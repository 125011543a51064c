/*
 * Work items (S9.17 to S9.21): a callback at PASSIVE_LEVEL in a thread of the system.
 */
#ifndef WDFWORKITEM_H
#define WDFWORKITEM_H

#include <wdfcore.h>
#include <wdfobject.h>

WDF_EXTERN_C_START

/* Called at PASSIVE_LEVEL, where it may block, under the lock of S2.20 if the work item is
 * serialised. */
typedef VOID EVT_WDF_WORKITEM(WDFWORKITEM WorkItem);
typedef EVT_WDF_WORKITEM *PFN_WDF_WORKITEM;

typedef struct _WDF_WORKITEM_CONFIG {
    ULONG Size;
    PFN_WDF_WORKITEM EvtWorkItemFunc;
    /* TRUE: the callback runs under the lock of the parent (S2.20) */
    BOOLEAN AutomaticSerialization;
} WDF_WORKITEM_CONFIG, *PWDF_WORKITEM_CONFIG;

/* WDF_WORKITEM_CONFIG_INIT: serialised (S2.25). */
FORCEINLINE VOID WDF_WORKITEM_CONFIG_INIT(PWDF_WORKITEM_CONFIG Config,
                                          PFN_WDF_WORKITEM EvtWorkItemFunc)
{
    RtlZeroMemory(Config, sizeof(*Config));
    Config->Size = sizeof(*Config);
    Config->EvtWorkItemFunc = EvtWorkItemFunc;
    Config->AutomaticSerialization = TRUE;
}

/*
 * WdfWorkItemCreate: makes a work item, not queued.
 *   Attributes  with a ParentObject that is or leads up to a device; neither level nor scope.
 *   WorkItem    receives the handle; it lives until WdfObjectDelete, which is allowed from its own
 *               callback, or until its parent is deleted. Both wait for a running callback (S9.20).
 * IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; STATUS_WDF_PARENT_NOT_SPECIFIED;
 * STATUS_INFO_LENGTH_MISMATCH: Size of Config; STATUS_INVALID_PARAMETER: no EvtWorkItemFunc;
 * STATUS_WDF_EXECUTION_LEVEL_INVALID or STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID: the attributes
 * say one; STATUS_INVALID_DEVICE_REQUEST: no device above it;
 * STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL: serialised with a parent of level Dispatch (S2.21);
 * STATUS_INSUFFICIENT_RESOURCES (S9.17).
 */
NTSTATUS WdfWorkItemCreate(PWDF_WORKITEM_CONFIG Config, PWDF_OBJECT_ATTRIBUTES Attributes,
                           WDFWORKITEM *WorkItem);

/*
 * WdfWorkItemEnqueue: has the callback called soon. No effect while it is queued and has not begun;
 * from inside the callback it queues another run (S9.18). IRQL <= DISPATCH_LEVEL.
 */
VOID WdfWorkItemEnqueue(WDFWORKITEM WorkItem);

/* WdfWorkItemGetParentObject: the ParentObject of the attributes. IRQL <= DISPATCH_LEVEL. */
WDFOBJECT WdfWorkItemGetParentObject(WDFWORKITEM WorkItem);

/* WdfWorkItemFlush: waits until nothing of it is queued or running. Not from its own callback
 * (S9.19). PASSIVE_LEVEL. */
VOID WdfWorkItemFlush(WDFWORKITEM WorkItem);

WDF_EXTERN_C_END

#endif
