/*
 * I/O queues: where requests wait, and how they are handed to the driver (S6).
 */
#ifndef WDFIO_H
#define WDFIO_H

#include <wdfobject.h>
#include <wdfrequest.h>

WDF_EXTERN_C_START

typedef enum _WDF_IO_QUEUE_DISPATCH_TYPE {
    WdfIoQueueDispatchInvalid = 0,
    /* one request at a time (S6.30) */
    WdfIoQueueDispatchSequential,
    /* as many as NumberOfPresentedRequests (S6.31) */
    WdfIoQueueDispatchParallel,
    /* the driver takes them itself (S6.32) */
    WdfIoQueueDispatchManual,
    WdfIoQueueDispatchMax,
} WDF_IO_QUEUE_DISPATCH_TYPE;

/* Bits of a queue's state (S6.7). */
typedef enum _WDF_IO_QUEUE_STATE {
    WdfIoQueueAcceptRequests = 0x01,
    WdfIoQueueDispatchRequests = 0x02,
    WdfIoQueueNoRequests = 0x04,
    WdfIoQueueDriverNoRequests = 0x08,
    WdfIoQueuePnpHeld = 0x10,
} WDF_IO_QUEUE_STATE;

/*
 * The callbacks. Each hands the request to the driver, which owns it from then on (S7.2). They run
 * at the queue's level and under its lock, if its synchronization scope says so (S2.7, S2.16).
 * Lengths are in bytes, as the client gave them.
 */

/* A request for which there is no callback of its own (S6.33). */
typedef VOID EVT_WDF_IO_QUEUE_IO_DEFAULT(WDFQUEUE Queue, WDFREQUEST Request);
typedef EVT_WDF_IO_QUEUE_IO_DEFAULT *PFN_WDF_IO_QUEUE_IO_DEFAULT;

typedef VOID EVT_WDF_IO_QUEUE_IO_READ(WDFQUEUE Queue, WDFREQUEST Request, size_t Length);
typedef EVT_WDF_IO_QUEUE_IO_READ *PFN_WDF_IO_QUEUE_IO_READ;

typedef VOID EVT_WDF_IO_QUEUE_IO_WRITE(WDFQUEUE Queue, WDFREQUEST Request, size_t Length);
typedef EVT_WDF_IO_QUEUE_IO_WRITE *PFN_WDF_IO_QUEUE_IO_WRITE;

typedef VOID EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL(WDFQUEUE Queue, WDFREQUEST Request,
                                                size_t OutputBufferLength, size_t InputBufferLength,
                                                ULONG IoControlCode);
typedef EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL *PFN_WDF_IO_QUEUE_IO_DEVICE_CONTROL;

typedef VOID EVT_WDF_IO_QUEUE_IO_INTERNAL_DEVICE_CONTROL(WDFQUEUE Queue, WDFREQUEST Request,
                                                         size_t OutputBufferLength,
                                                         size_t InputBufferLength,
                                                         ULONG IoControlCode);
typedef EVT_WDF_IO_QUEUE_IO_INTERNAL_DEVICE_CONTROL *PFN_WDF_IO_QUEUE_IO_INTERNAL_DEVICE_CONTROL;

/* The device is leaving its working state and the driver owns this request (S6.64 to S6.67). */
typedef VOID EVT_WDF_IO_QUEUE_IO_STOP(WDFQUEUE Queue, WDFREQUEST Request, ULONG ActionFlags);
typedef EVT_WDF_IO_QUEUE_IO_STOP *PFN_WDF_IO_QUEUE_IO_STOP;

/* The device is back and the driver still owns this request (S6.70). */
typedef VOID EVT_WDF_IO_QUEUE_IO_RESUME(WDFQUEUE Queue, WDFREQUEST Request);
typedef EVT_WDF_IO_QUEUE_IO_RESUME *PFN_WDF_IO_QUEUE_IO_RESUME;

/* A request the driver had seen was cancelled while it waited here; the driver completes it (S6.38,
 * S6.39). */
typedef VOID EVT_WDF_IO_QUEUE_IO_CANCELED_ON_QUEUE(WDFQUEUE Queue, WDFREQUEST Request);
typedef EVT_WDF_IO_QUEUE_IO_CANCELED_ON_QUEUE *PFN_WDF_IO_QUEUE_IO_CANCELED_ON_QUEUE;

/* A stop, purge or drain is complete (S6.18), or a manual queue has something (S6.43). */
typedef VOID EVT_WDF_IO_QUEUE_STATE(WDFQUEUE Queue, WDFCONTEXT Context);
typedef EVT_WDF_IO_QUEUE_STATE *PFN_WDF_IO_QUEUE_STATE;

typedef struct _WDF_IO_QUEUE_CONFIG {
    ULONG Size;
    WDF_IO_QUEUE_DISPATCH_TYPE DispatchType;
    WDF_TRI_STATE PowerManaged;
    BOOLEAN AllowZeroLengthRequests;
    BOOLEAN DefaultQueue;
    PFN_WDF_IO_QUEUE_IO_DEFAULT EvtIoDefault;
    PFN_WDF_IO_QUEUE_IO_READ EvtIoRead;
    PFN_WDF_IO_QUEUE_IO_WRITE EvtIoWrite;
    PFN_WDF_IO_QUEUE_IO_DEVICE_CONTROL EvtIoDeviceControl;
    PFN_WDF_IO_QUEUE_IO_INTERNAL_DEVICE_CONTROL EvtIoInternalDeviceControl;
    PFN_WDF_IO_QUEUE_IO_STOP EvtIoStop;
    PFN_WDF_IO_QUEUE_IO_RESUME EvtIoResume;
    PFN_WDF_IO_QUEUE_IO_CANCELED_ON_QUEUE EvtIoCanceledOnQueue;
    union {
        struct {
            ULONG NumberOfPresentedRequests;
        } Parallel;
    } Settings;
    WDFDRIVER Driver;
} WDF_IO_QUEUE_CONFIG, *PWDF_IO_QUEUE_CONFIG;

/* WDF_IO_QUEUE_CONFIG_INIT: no callbacks; a parallel queue presents without limit (S6.2). */
FORCEINLINE VOID WDF_IO_QUEUE_CONFIG_INIT(PWDF_IO_QUEUE_CONFIG Config,
                                          WDF_IO_QUEUE_DISPATCH_TYPE DispatchType)
{
    RtlZeroMemory(Config, sizeof(*Config));
    Config->Size = sizeof(*Config);
    Config->DispatchType = DispatchType;
    Config->PowerManaged = WdfUseDefault;
    if (DispatchType == WdfIoQueueDispatchParallel)
        Config->Settings.Parallel.NumberOfPresentedRequests = (ULONG)-1;
}

/*
 * WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE: the same for the queue that gets all requests that no
 * other queue is configured for (S5.5).
 */
FORCEINLINE VOID WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(PWDF_IO_QUEUE_CONFIG Config,
                                                        WDF_IO_QUEUE_DISPATCH_TYPE DispatchType)
{
    WDF_IO_QUEUE_CONFIG_INIT(Config, DispatchType);
    Config->DefaultQueue = TRUE;
}

/* What a state means; for the result of WdfIoQueueGetState (S6.10). */
FORCEINLINE BOOLEAN WDF_IO_QUEUE_IDLE(WDF_IO_QUEUE_STATE State)
{
    return (State & WdfIoQueueNoRequests) && (State & WdfIoQueueDriverNoRequests);
}

FORCEINLINE BOOLEAN WDF_IO_QUEUE_READY(WDF_IO_QUEUE_STATE State)
{
    return (State & WdfIoQueueDispatchRequests) && (State & WdfIoQueueAcceptRequests) &&
           !(State & WdfIoQueuePnpHeld);
}

FORCEINLINE BOOLEAN WDF_IO_QUEUE_STOPPED(WDF_IO_QUEUE_STATE State)
{
    return !(State & WdfIoQueueDispatchRequests) && (State & WdfIoQueueAcceptRequests) &&
           (State & WdfIoQueueDriverNoRequests);
}

FORCEINLINE BOOLEAN WDF_IO_QUEUE_DRAINED(WDF_IO_QUEUE_STATE State)
{
    return !(State & WdfIoQueueAcceptRequests) && (State & WdfIoQueueDispatchRequests) &&
           (State & WdfIoQueueNoRequests) && (State & WdfIoQueueDriverNoRequests);
}

FORCEINLINE BOOLEAN WDF_IO_QUEUE_PURGED(WDF_IO_QUEUE_STATE State)
{
    return !(State & WdfIoQueueAcceptRequests) && (State & WdfIoQueueNoRequests) &&
           (State & WdfIoQueueDriverNoRequests);
}

/*
 * WdfIoQueueCreate: creates a queue, which accepts and presents requests at once (S6.5). Default
 * queues before the device has started, others at any time (S6.6).
 *   QueueAttributes  optional; a parent must lead to the same device.
 *   Queue            receives the handle; optional for a default queue. It lives until its parent
 *                    is deleted, or WdfObjectDelete where that is allowed (S1.35).
 * IRQL <= DISPATCH_LEVEL; a queue of level Passive PASSIVE_LEVEL. Returns STATUS_SUCCESS;
 * STATUS_INFO_LENGTH_MISMATCH: Size of Config; STATUS_INVALID_PARAMETER: the dispatch type, a limit
 * on a queue that is not parallel, callbacks on a manual one, or scope Device with unequal levels
 * (S2.9); STATUS_WDF_NO_CALLBACK: none of the five on a queue that is not manual;
 * STATUS_INVALID_PARAMETER_4: no Queue pointer for one that is not default; STATUS_UNSUCCESSFUL: a
 * second default queue; STATUS_INVALID_DEVICE_STATE: a default queue after start;
 * STATUS_INVALID_DEVICE_REQUEST: the parent, or the IRQL; STATUS_INSUFFICIENT_RESOURCES (all S6.1);
 * refusals of the attributes (S1.25).
 */
NTSTATUS WdfIoQueueCreate(WDFDEVICE Device, PWDF_IO_QUEUE_CONFIG Config,
                          PWDF_OBJECT_ATTRIBUTES QueueAttributes, WDFQUEUE *Queue);

/* WdfIoQueueGetDevice: the device of the queue. IRQL <= DISPATCH_LEVEL. */
WDFDEVICE WdfIoQueueGetDevice(WDFQUEUE Queue);

/*
 * WdfIoQueueGetState: the state bits, as they were when the call looked (S6.9).
 *   QueueRequests   optional, receives how many requests wait.
 *   DriverRequests  optional, receives how many the driver owns.
 * IRQL <= DISPATCH_LEVEL.
 */
WDF_IO_QUEUE_STATE WdfIoQueueGetState(WDFQUEUE Queue, PULONG QueueRequests, PULONG DriverRequests);

/* WdfIoQueueStart: accepts and presents again, whatever was done before (S6.13). IRQL <=
 * DISPATCH_LEVEL. */
VOID WdfIoQueueStart(WDFQUEUE Queue);

/*
 * WdfIoQueueStop: presents nothing more; requests are still accepted and wait (S6.11).
 *   StopComplete, Context  optional; called when the driver owns no request of the queue, perhaps
 *                          before this call returns (S6.18). One at a time: a second is a bug check
 *                          (S6.20).
 * IRQL <= DISPATCH_LEVEL.
 */
VOID WdfIoQueueStop(WDFQUEUE Queue, PFN_WDF_IO_QUEUE_STATE StopComplete, WDFCONTEXT Context);

/*
 * WdfIoQueueStopSynchronously: the same, and waits until the driver owns no request. IRQL
 * PASSIVE_LEVEL. Not from a callback of the queue, nor while owning one of its requests: it would
 * wait for itself (S6.22).
 */
VOID WdfIoQueueStopSynchronously(WDFQUEUE Queue);

/*
 * WdfIoQueueStopAndPurge: WdfIoQueueStop, and cancels what waits at this moment and what the driver
 * has marked cancelable (S6.11, S6.14). Callback and IRQL as for WdfIoQueueStop.
 */
VOID WdfIoQueueStopAndPurge(WDFQUEUE Queue, PFN_WDF_IO_QUEUE_STATE StopAndPurgeComplete,
                            WDFCONTEXT Context);

/* WdfIoQueueStopAndPurgeSynchronously: the same and waits; as WdfIoQueueStopSynchronously
 * (S6.22). */
VOID WdfIoQueueStopAndPurgeSynchronously(WDFQUEUE Queue);

/*
 * WdfIoQueuePurge: accepts nothing more, and cancels what waits and what the driver has marked
 * cancelable (S6.11, S6.14).
 *   PurgeComplete, Context  optional; called when nothing waits and the driver owns nothing. One
 *                           purge or drain at a time: a second is a bug check (S6.20).
 * IRQL <= DISPATCH_LEVEL.
 */
VOID WdfIoQueuePurge(WDFQUEUE Queue, PFN_WDF_IO_QUEUE_STATE PurgeComplete, WDFCONTEXT Context);

/* WdfIoQueuePurgeSynchronously: the same and waits; as WdfIoQueueStopSynchronously (S6.22). */
VOID WdfIoQueuePurgeSynchronously(WDFQUEUE Queue);

/*
 * WdfIoQueueDrain: accepts nothing more, and presents what waits (S6.11, S6.16). Callback and IRQL
 * as for WdfIoQueuePurge.
 */
VOID WdfIoQueueDrain(WDFQUEUE Queue, PFN_WDF_IO_QUEUE_STATE DrainComplete, WDFCONTEXT Context);

/* WdfIoQueueDrainSynchronously: the same and waits; as WdfIoQueueStopSynchronously (S6.22). */
VOID WdfIoQueueDrainSynchronously(WDFQUEUE Queue);

/*
 * WdfIoQueueReadyNotify: registers a callback for when a manual queue is no longer empty. It is
 * called once for each such change, so retrieve until there is nothing (S6.43, S6.44).
 *   QueueReady  the callback, or NULL to remove it, on a stopped queue.
 * IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; STATUS_INVALID_DEVICE_REQUEST: the queue is not
 * manual, a callback is registered already, or there is none to remove, or the queue is not
 * stopped; STATUS_DELETE_PENDING (all S6.42).
 */
NTSTATUS WdfIoQueueReadyNotify(WDFQUEUE Queue, PFN_WDF_IO_QUEUE_STATE QueueReady,
                               WDFCONTEXT Context);

/*
 * WdfIoQueueRetrieveNextRequest: takes the oldest request of a manual or sequential queue; the
 * driver owns it (S6.48).
 *   OutRequest  receives it; NULL on failure.
 * IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; STATUS_NO_MORE_ENTRIES; STATUS_WDF_PAUSED:
 * stopped or without power; STATUS_INVALID_DEVICE_STATE: a parallel queue (all S6.47).
 */
NTSTATUS WdfIoQueueRetrieveNextRequest(WDFQUEUE Queue, WDFREQUEST *OutRequest);

/* WdfIoQueueRetrieveRequestByFileObject: the same for the oldest request of that open file (S6.47,
 * S6.48). */
NTSTATUS WdfIoQueueRetrieveRequestByFileObject(WDFQUEUE Queue, WDFFILEOBJECT FileObject,
                                               WDFREQUEST *OutRequest);

/*
 * WdfIoQueueFindRequest: searches a manual queue for a request, and leaves it there. The driver
 * does not own it, but gets a reference, which it returns with WdfObjectDereference (S6.51).
 *   FoundRequest  optional: search after this one.
 *   FileObject    optional: only requests of this file.
 *   Parameters    optional, Size set: receives the parameters of the request found.
 *   OutRequest    receives the request.
 * IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; STATUS_NO_MORE_ENTRIES; STATUS_NOT_FOUND:
 * FoundRequest has left the queue, start again (S6.54); STATUS_INVALID_PARAMETER_4: a smaller Size
 * of Parameters; STATUS_INVALID_DEVICE_REQUEST: the queue is not manual (all S6.50).
 */
NTSTATUS WdfIoQueueFindRequest(WDFQUEUE Queue, WDFREQUEST FoundRequest, WDFFILEOBJECT FileObject,
                               PWDF_REQUEST_PARAMETERS Parameters, WDFREQUEST *OutRequest);

/*
 * WdfIoQueueRetrieveFoundRequest: takes the request that WdfIoQueueFindRequest found; the driver
 * owns it, and still has the reference (S6.52). IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS;
 * STATUS_NOT_FOUND: it has left the queue; STATUS_WDF_PAUSED; STATUS_INVALID_DEVICE_REQUEST: the
 * queue is not manual (all S6.52).
 */
NTSTATUS WdfIoQueueRetrieveFoundRequest(WDFQUEUE Queue, WDFREQUEST FoundRequest,
                                        WDFREQUEST *OutRequest);

/*
 * Forward progress (S6.76 to S6.79): requests that are reserved for when there is no memory. For
 * drivers of the kernel-mode framework only.
 */
typedef enum _WDF_IO_FORWARD_PROGRESS_ACTION {
    WdfIoForwardProgressActionInvalid = 0x0,
    WdfIoForwardProgressActionFailRequest,
    WdfIoForwardProgressActionUseReservedRequest,
} WDF_IO_FORWARD_PROGRESS_ACTION;

typedef enum _WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY {
    WdfIoForwardProgressInvalidPolicy = 0x0,
    WdfIoForwardProgressReservedPolicyAlwaysUseReservedRequest,
    WdfIoForwardProgressReservedPolicyUseExamine,
    WdfIoForwardProgressReservedPolicyPagingIO,
} WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY;

/* Gives a reserved request the resources that the driver needs for it, in its context. If it fails,
 * the policy is refused. */
typedef NTSTATUS EVT_WDF_IO_ALLOCATE_RESOURCES_FOR_RESERVED_REQUEST(WDFQUEUE Queue,
                                                                    WDFREQUEST Request);
typedef EVT_WDF_IO_ALLOCATE_RESOURCES_FOR_RESERVED_REQUEST
    *PFN_WDF_IO_ALLOCATE_RESOURCES_FOR_RESERVED_REQUEST;

/* The same for each other request, before a queue gets it. The client gets an error that it
 * returns. */
typedef NTSTATUS EVT_WDF_IO_ALLOCATE_REQUEST_RESOURCES(WDFQUEUE Queue, WDFREQUEST Request);
typedef EVT_WDF_IO_ALLOCATE_REQUEST_RESOURCES *PFN_WDF_IO_ALLOCATE_REQUEST_RESOURCES;

/* Whether a request for which there is no memory may use a reserved one. Irp is NULL: there are no
 * IRPs here. */
typedef WDF_IO_FORWARD_PROGRESS_ACTION EVT_WDF_IO_WDM_IRP_FOR_FORWARD_PROGRESS(WDFQUEUE Queue,
                                                                               PIRP Irp);
typedef EVT_WDF_IO_WDM_IRP_FOR_FORWARD_PROGRESS *PFN_WDF_IO_WDM_IRP_FOR_FORWARD_PROGRESS;

typedef struct _WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY_SETTINGS {
    union {
        struct {
            PFN_WDF_IO_WDM_IRP_FOR_FORWARD_PROGRESS EvtIoWdmIrpForForwardProgress;
        } ExaminePolicy;
    } Policy;
} WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY_SETTINGS;

typedef struct _WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY {
    ULONG Size;
    ULONG TotalForwardProgressRequests;
    WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY ForwardProgressReservedPolicy;
    WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY_SETTINGS ForwardProgressReservePolicySettings;
    PFN_WDF_IO_ALLOCATE_RESOURCES_FOR_RESERVED_REQUEST EvtIoAllocateResourcesForReservedRequest;
    PFN_WDF_IO_ALLOCATE_REQUEST_RESOURCES EvtIoAllocateRequestResources;
} WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY, *PWDF_IO_QUEUE_FORWARD_PROGRESS_POLICY;

/* WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_DEFAULT_INIT: reserved requests are always used. */
FORCEINLINE VOID WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_DEFAULT_INIT(
    PWDF_IO_QUEUE_FORWARD_PROGRESS_POLICY Policy, ULONG TotalForwardProgressRequests)
{
    RtlZeroMemory(Policy, sizeof(*Policy));
    Policy->Size = sizeof(*Policy);
    Policy->TotalForwardProgressRequests = TotalForwardProgressRequests;
    Policy->ForwardProgressReservedPolicy =
        WdfIoForwardProgressReservedPolicyAlwaysUseReservedRequest;
}

/* WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_EXAMINE_INIT: the callback decides each time. */
FORCEINLINE VOID WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_EXAMINE_INIT(
    PWDF_IO_QUEUE_FORWARD_PROGRESS_POLICY Policy, ULONG TotalForwardProgressRequests,
    PFN_WDF_IO_WDM_IRP_FOR_FORWARD_PROGRESS EvtIoWdmIrpForForwardProgress)
{
    WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_DEFAULT_INIT(Policy, TotalForwardProgressRequests);
    Policy->ForwardProgressReservedPolicy = WdfIoForwardProgressReservedPolicyUseExamine;
    Policy->ForwardProgressReservePolicySettings.Policy.ExaminePolicy
        .EvtIoWdmIrpForForwardProgress = EvtIoWdmIrpForForwardProgress;
}

/* WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_PAGINGIO_INIT: for paging I/O only, which does not exist on
 * Linux. */
FORCEINLINE VOID WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_PAGINGIO_INIT(
    PWDF_IO_QUEUE_FORWARD_PROGRESS_POLICY Policy, ULONG TotalForwardProgressRequests)
{
    WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_DEFAULT_INIT(Policy, TotalForwardProgressRequests);
    Policy->ForwardProgressReservedPolicy = WdfIoForwardProgressReservedPolicyPagingIO;
}

#ifndef UMDF_VERSION_MAJOR
/*
 * WdfIoQueueAssignForwardProgressPolicy: creates the reserved requests of a queue, at once, and
 * calls EvtIoAllocateResourcesForReservedRequest for each (S6.77). They are used for reads, writes
 * and device controls for which there is no memory, as the policy says (S6.78), and again after
 * completion, with their contexts (S6.79). PASSIVE_LEVEL. Returns STATUS_SUCCESS;
 * STATUS_INFO_LENGTH_MISMATCH: Size; STATUS_INVALID_PARAMETER: the second policy of the queue, no
 * callback to examine with, or no requests; STATUS_INVALID_DEVICE_REQUEST: above PASSIVE_LEVEL;
 * STATUS_NOT_IMPLEMENTED: a driver of the user-mode framework (all S6.76);
 * STATUS_INSUFFICIENT_RESOURCES; what the callback returned.
 */
NTSTATUS WdfIoQueueAssignForwardProgressPolicy(
    WDFQUEUE Queue, PWDF_IO_QUEUE_FORWARD_PROGRESS_POLICY ForwardProgressPolicy);
#endif

WDF_EXTERN_C_END

#endif
