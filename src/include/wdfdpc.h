/*
 * Deferred procedure calls (S9.15, S9.16): a callback at DISPATCH_LEVEL, soon, outside of the
 * present call.
 */
#ifndef WDFDPC_H
#define WDFDPC_H

#include <wdfcore.h>
#include <wdfobject.h>

WDF_EXTERN_C_START

/* Called at DISPATCH_LEVEL by a worker thread, under the lock of S2.20 if the DPC is serialised. */
typedef VOID EVT_WDF_DPC(WDFDPC Dpc);
typedef EVT_WDF_DPC *PFN_WDF_DPC;

typedef struct _WDF_DPC_CONFIG {
    ULONG Size;
    PFN_WDF_DPC EvtDpcFunc;
    /* TRUE: the callback runs under the lock of the parent (S2.20) */
    BOOLEAN AutomaticSerialization;
} WDF_DPC_CONFIG, *PWDF_DPC_CONFIG;

/* WDF_DPC_CONFIG_INIT: serialised (S2.25). */
FORCEINLINE VOID WDF_DPC_CONFIG_INIT(PWDF_DPC_CONFIG Config, PFN_WDF_DPC EvtDpcFunc)
{
    RtlZeroMemory(Config, sizeof(*Config));
    Config->Size = sizeof(*Config);
    Config->EvtDpcFunc = EvtDpcFunc;
    Config->AutomaticSerialization = TRUE;
}

#ifndef UMDF_VERSION_MAJOR
/*
 * WdfDpcCreate: makes a DPC, not queued.
 *   Attributes  with a ParentObject that is or leads up to a device; neither level nor scope.
 *   Dpc         receives the handle; it lives until WdfObjectDelete or until its parent is deleted,
 *               which waits for a running callback.
 * IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; STATUS_WDF_PARENT_NOT_SPECIFIED;
 * STATUS_INFO_LENGTH_MISMATCH: Size of Config; STATUS_WDF_EXECUTION_LEVEL_INVALID or
 * STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID: the attributes say one; STATUS_INVALID_DEVICE_REQUEST:
 * no device above it; STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL: serialised with a passive parent
 * (S2.21); STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS WdfDpcCreate(PWDF_DPC_CONFIG Config, PWDF_OBJECT_ATTRIBUTES Attributes, WDFDPC *Dpc);

/*
 * WdfDpcEnqueue: has the callback called soon. Returns TRUE if it was queued by this call, FALSE if
 * it was queued already: then one run serves both (S9.16). IRQL <= DISPATCH_LEVEL.
 */
BOOLEAN WdfDpcEnqueue(WDFDPC Dpc);

/*
 * WdfDpcCancel: takes the DPC off the queue. Returns TRUE if that has prevented a run, FALSE if it
 * was not queued.
 *   Wait  TRUE: also waits until no callback is running; PASSIVE_LEVEL then, else FALSE without
 *         effect.
 * IRQL <= DISPATCH_LEVEL (S9.16).
 */
BOOLEAN WdfDpcCancel(WDFDPC Dpc, BOOLEAN Wait);

/* WdfDpcGetParentObject: the ParentObject of the attributes. IRQL <= DISPATCH_LEVEL. */
WDFOBJECT WdfDpcGetParentObject(WDFDPC Dpc);
#endif

WDF_EXTERN_C_END

#endif
