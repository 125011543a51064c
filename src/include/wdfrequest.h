/*
 * Requests: one for each operation that a client asks of the device. The driver owns a request from
 * the callback that brings it until it completes it, puts it on a queue, or sends it on (S7.1,
 * S7.2). Every function below, except the few marked "any request", is for its owner; otherwise the
 * verifier refuses it with STATUS_INVALID_DEVICE_REQUEST (S7.4).
 */
#ifndef WDFREQUEST_H
#define WDFREQUEST_H

#include <wdfdevice.h>
#include <wdfobject.h>

WDF_EXTERN_C_START

/* I/O packets are opaque: the name is for pointers to them. */
typedef struct _IRP IRP, *PIRP;

/* The flags that EvtIoStop gets (S6.65). */
typedef enum _WDF_REQUEST_STOP_ACTION_FLAGS {
    WdfRequestStopActionInvalid = 0,
    WdfRequestStopActionSuspend = 0x01,
    WdfRequestStopActionPurge = 0x02,
    WdfRequestStopRequestCancelable = 0x10000000,
} WDF_REQUEST_STOP_ACTION_FLAGS;

/* What is requested; Type says which member of the union is valid (S7.39). Lengths are in bytes. */
typedef struct _WDF_REQUEST_PARAMETERS {
    USHORT Size;
    UCHAR MinorFunction;
    WDF_REQUEST_TYPE Type;
    union {
        struct {
            PIO_SECURITY_CONTEXT SecurityContext;
            ULONG Options;
            USHORT POINTER_ALIGNMENT FileAttributes;
            USHORT ShareAccess;
            ULONG POINTER_ALIGNMENT EaLength;
        } Create;
        struct {
            size_t Length;
            ULONG POINTER_ALIGNMENT Key;
            LONGLONG DeviceOffset;
        } Read;
        struct {
            size_t Length;
            ULONG POINTER_ALIGNMENT Key;
            LONGLONG DeviceOffset;
        } Write;
        struct {
            size_t OutputBufferLength;
            size_t POINTER_ALIGNMENT InputBufferLength;
            ULONG POINTER_ALIGNMENT IoControlCode;
            PVOID Type3InputBuffer;
        } DeviceIoControl;
        struct {
            PVOID Arg1;
            PVOID Arg2;
            ULONG POINTER_ALIGNMENT IoControlCode;
            PVOID Arg4;
        } Others;
    } Parameters;
} WDF_REQUEST_PARAMETERS, *PWDF_REQUEST_PARAMETERS;

/* WDF_REQUEST_PARAMETERS_INIT: empty, Size set, ready for WdfRequestGetParameters. */
FORCEINLINE VOID WDF_REQUEST_PARAMETERS_INIT(PWDF_REQUEST_PARAMETERS Parameters)
{
    RtlZeroMemory(Parameters, sizeof(*Parameters));
    Parameters->Size = sizeof(*Parameters);
}

/*
 * A request that was marked cancelable has been cancelled; the driver completes it, here or later
 * (S7.28). Runs under the queue's lock and at its level, at most once for each marking (S7.25).
 */
typedef VOID EVT_WDF_REQUEST_CANCEL(WDFREQUEST Request);
typedef EVT_WDF_REQUEST_CANCEL *PFN_WDF_REQUEST_CANCEL;

/*
 * WdfRequestComplete: answers the request; the handle is invalid afterwards (S7.5, S7.11). The
 * number of bytes transferred is that of WdfRequestSetInformation, or 0. Statuses of the
 * framework's facility are replaced (S7.7). A cancelable request is unmarked first (S7.30). IRQL <=
 * DISPATCH_LEVEL. The next request of the queue may be presented in this call, or when the callback
 * that completes has returned (S6.35).
 */
VOID WdfRequestComplete(WDFREQUEST Request, NTSTATUS Status);

/*
 * WdfRequestCompleteWithInformation: WdfRequestSetInformation, then WdfRequestComplete. More bytes
 * than the client's buffer holds are a bug check of the verifier (S7.8), except of a control that a
 * driver has sent.
 *   Information  bytes transferred, or what else the request defines.
 */
VOID WdfRequestCompleteWithInformation(WDFREQUEST Request, NTSTATUS Status, ULONG_PTR Information);

#ifndef UMDF_VERSION_MAJOR
/*
 * WdfRequestCompleteWithPriorityBoost: WdfRequestComplete; the boost (IO_*_INCREMENT) has no effect
 * on Linux (S7.5).
 */
VOID WdfRequestCompleteWithPriorityBoost(WDFREQUEST Request, NTSTATUS Status, CCHAR PriorityBoost);
#endif

/* WdfRequestSetInformation: the number of bytes to report at completion (S7.41). IRQL <=
 * DISPATCH_LEVEL. */
VOID WdfRequestSetInformation(WDFREQUEST Request, ULONG_PTR Information);

/* WdfRequestGetInformation: what was last set (S7.41). IRQL <= DISPATCH_LEVEL. */
ULONG_PTR WdfRequestGetInformation(WDFREQUEST Request);

/* WdfRequestGetStatus: the request's status, meaningful after it was sent on (S7.41). IRQL <=
 * DISPATCH_LEVEL. */
NTSTATUS WdfRequestGetStatus(WDFREQUEST Request);

/*
 * WdfRequestGetParameters: what was asked (S7.39, S7.40). Any request, also one that was found in a
 * queue.
 *   Parameters  Size set; with a wrong one nothing is filled in.
 * IRQL <= DISPATCH_LEVEL.
 */
VOID WdfRequestGetParameters(WDFREQUEST Request, PWDF_REQUEST_PARAMETERS Parameters);

/* WdfRequestGetIoQueue: the queue that brought the request; NULL if none did (S7.42). IRQL <=
 * DISPATCH_LEVEL. */
WDFQUEUE WdfRequestGetIoQueue(WDFREQUEST Request);

/*
 * WdfRequestGetFileObject: the open file; NULL if the device has no file objects (S4.24). Any
 * request. <= DISPATCH.
 */
WDFFILEOBJECT WdfRequestGetFileObject(WDFREQUEST Request);

/* WdfRequestGetRequestorMode: UserMode for what comes from a client (S7.44). IRQL <=
 * DISPATCH_LEVEL. */
KPROCESSOR_MODE WdfRequestGetRequestorMode(WDFREQUEST Request);

/* WdfRequestGetRequestorProcessId: the process that asked (S7.45). IRQL <= DISPATCH_LEVEL. */
ULONG WdfRequestGetRequestorProcessId(WDFREQUEST Request);

/*
 * WdfRequestIsFrom32BitProcess: TRUE if structures of the client have 32-bit layout (S7.46). IRQL
 * <= DISPATCH_LEVEL.
 */
BOOLEAN WdfRequestIsFrom32BitProcess(WDFREQUEST Request);

/*
 * WdfRequestIsCanceled: TRUE if the client has given up, or if a purge has cancelled this request
 * while it was queued or marked cancelable. For a request that is not marked cancelable, whose
 * driver is not told otherwise (S7.22, S7.23). IRQL <= DISPATCH_LEVEL.
 */
BOOLEAN WdfRequestIsCanceled(WDFREQUEST Request);

/*
 * WdfRequestMarkCancelable: EvtRequestCancel is called if the request is cancelled, or has been;
 * possibly before this call returns. So the request must not be touched afterwards unless the
 * driver's lock protects it (S7.18, S7.19). Ignored for a request that has no queue. IRQL <=
 * DISPATCH_LEVEL.
 */
VOID WdfRequestMarkCancelable(WDFREQUEST Request, PFN_WDF_REQUEST_CANCEL EvtRequestCancel);

/*
 * WdfRequestMarkCancelableEx: the same, but never calls EvtRequestCancel itself. IRQL <=
 * DISPATCH_LEVEL. Returns STATUS_SUCCESS: marked; STATUS_CANCELLED: cancelled already, not marked,
 * EvtRequestCancel is not called and the caller completes it; STATUS_INVALID_DEVICE_REQUEST: no
 * queue, not owned, or marked already (all S7.18).
 */
NTSTATUS WdfRequestMarkCancelableEx(WDFREQUEST Request, PFN_WDF_REQUEST_CANCEL EvtRequestCancel);

/*
 * WdfRequestUnmarkCancelable: takes the request back from cancellation, before it is completed or
 * moved (S7.30). Not in EvtRequestCancel. IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS: it is the
 * caller's alone; STATUS_CANCELLED: EvtRequestCancel has run, runs or will run and completes it,
 * leave it alone; STATUS_INVALID_DEVICE_REQUEST: no queue, or not marked (all S7.20).
 */
NTSTATUS WdfRequestUnmarkCancelable(WDFREQUEST Request);

/*
 * WdfRequestForwardToIoQueue: moves the request to the tail of another queue of the device, which
 * may present it before this call returns (S6.56). IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS:
 * it is the queue's; STATUS_WDF_BUSY: the queue does not accept, the driver still owns the request;
 * STATUS_INVALID_DEVICE_REQUEST: not owned, marked cancelable, the same queue, or another device
 * (all S6.55).
 */
NTSTATUS WdfRequestForwardToIoQueue(WDFREQUEST Request, WDFQUEUE DestinationQueue);

typedef enum _WDF_REQUEST_FORWARD_OPTIONS_FLAGS {
    WDF_REQUEST_FORWARD_OPTION_SEND_AND_FORGET = 0x00000001,
} WDF_REQUEST_FORWARD_OPTIONS_FLAGS;

typedef struct _WDF_REQUEST_FORWARD_OPTIONS {
    ULONG Size;
    ULONG Flags;
} WDF_REQUEST_FORWARD_OPTIONS, *PWDF_REQUEST_FORWARD_OPTIONS;

/* WDF_REQUEST_FORWARD_OPTIONS_INIT: send and forget, the only option. */
FORCEINLINE VOID WDF_REQUEST_FORWARD_OPTIONS_INIT(PWDF_REQUEST_FORWARD_OPTIONS ForwardOptions)
{
    ForwardOptions->Size = sizeof(*ForwardOptions);
    ForwardOptions->Flags = WDF_REQUEST_FORWARD_OPTION_SEND_AND_FORGET;
}

#ifndef UMDF_VERSION_MAJOR
/*
 * WdfRequestForwardToParentDeviceIoQueue: moves a request of a child device for good to the tail of
 * a queue of its parent, which completes it; it may be presented before this call returns. The file
 * stays the child's, and so do the buffers: both devices need the same I/O type. Contexts of the
 * parent's requests are not added to it. IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS: it is the
 * parent's queue's; STATUS_INFO_LENGTH_MISMATCH: the Size of the options; STATUS_INVALID_PARAMETER:
 * another flag; STATUS_WDF_BUSY: the queue does not accept, the driver still owns the request;
 * STATUS_INVALID_DEVICE_REQUEST: no child or not that parent's, a child without
 * WdfPdoInitAllowForwardingRequestToParent, not owned, marked cancelable, or a reserved request
 * (all S6.62).
 */
NTSTATUS WdfRequestForwardToParentDeviceIoQueue(WDFREQUEST Request, WDFQUEUE ParentDeviceQueue,
                                                PWDF_REQUEST_FORWARD_OPTIONS ForwardOptions);
#endif

/*
 * WdfRequestRequeue: puts the request back at the head of the manual queue it came from. IRQL <=
 * DISPATCH_LEVEL. Returns STATUS_SUCCESS: it is the queue's; STATUS_INVALID_DEVICE_REQUEST: it has
 * no queue, the queue is not manual, not owned, or marked cancelable (all S6.60).
 */
NTSTATUS WdfRequestRequeue(WDFREQUEST Request);

/*
 * WdfRequestRetrieveInputBuffer: the data that came with a write or a device control. Valid until
 * the request is completed, wherever it is meanwhile (S8.21); repeated calls give the same buffer
 * (S8.11).
 *   MinimumRequiredLength  in bytes; 0 for any.
 *   Buffer                 receives the address; NULL on failure.
 *   Length                 optional, receives the whole length in bytes; 0 on failure.
 * IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; STATUS_BUFFER_TOO_SMALL: shorter than required,
 * or empty (S8.6, S8.7); STATUS_INVALID_DEVICE_REQUEST: a read, a request without data, or
 * METHOD_NEITHER (S8.8 to S8.10); STATUS_INSUFFICIENT_RESOURCES (S8.13).
 */
NTSTATUS WdfRequestRetrieveInputBuffer(WDFREQUEST Request, size_t MinimumRequiredLength,
                                       PVOID *Buffer, size_t *Length);

/*
 * WdfRequestRetrieveOutputBuffer: where the data of a read or a device control go. With
 * METHOD_BUFFERED it is the input buffer too: read the input before writing (S8.14). Parameters,
 * IRQL and statuses as for the input; refused for a write.
 */
NTSTATUS WdfRequestRetrieveOutputBuffer(WDFREQUEST Request, size_t MinimumRequiredSize,
                                        PVOID *Buffer, size_t *Length);

/*
 * WdfRequestRetrieveInputMemory: the same data as a memory object, which belongs to the request and
 * goes with it (S8.11); it is read-only (S8.16).
 *   Memory  receives the handle; not written on failure (S8.5).
 * IRQL <= DISPATCH_LEVEL. Statuses as for WdfRequestRetrieveInputBuffer; there is no required
 * length.
 */
NTSTATUS WdfRequestRetrieveInputMemory(WDFREQUEST Request, WDFMEMORY *Memory);

/* WdfRequestRetrieveOutputMemory: the same for WdfRequestRetrieveOutputBuffer. */
NTSTATUS WdfRequestRetrieveOutputMemory(WDFREQUEST Request, WDFMEMORY *Memory);

#ifndef UMDF_VERSION_MAJOR
/*
 * WdfRequestRetrieveInputWdmMdl: the same data described by an MDL, which belongs to the request
 * and is valid until that is completed.
 *   Mdl  receives it; NULL on failure. Of a METHOD_BUFFERED control, whose input and output share
 *        one buffer, the first of this call and the next fixes the length.
 * IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; STATUS_INVALID_PARAMETER: neither a read, a write
 * nor a device control; STATUS_INVALID_DEVICE_REQUEST: a read, METHOD_NEITHER, a completed request;
 * STATUS_BUFFER_TOO_SMALL: it is empty; STATUS_INSUFFICIENT_RESOURCES (all S8.17).
 */
NTSTATUS WdfRequestRetrieveInputWdmMdl(WDFREQUEST Request, PMDL *Mdl);

/* WdfRequestRetrieveOutputWdmMdl: the same for the output; refused for a write. */
NTSTATUS WdfRequestRetrieveOutputWdmMdl(WDFREQUEST Request, PMDL *Mdl);

/*
 * WdfRequestRetrieveUnsafeUserInputBuffer: the client's own address of its input, for a
 * METHOD_NEITHER control, or for a write to a device with I/O type Neither. It must not be
 * dereferenced; lock what is needed. For an ioctl of Linux without a size it is the argument, with
 * a length of 0. If the client's address is not known here, it is the address of the bytes as they
 * have arrived, and is used in the same way. In EvtIoInCallerContext, at PASSIVE_LEVEL.
 *   MinimumRequiredLength  in bytes; 0 for any.
 *   InputBuffer            receives the address; NULL on failure.
 *   Length                 optional, receives the whole length in bytes; 0 on failure.
 * Returns STATUS_SUCCESS; STATUS_BUFFER_TOO_SMALL: shorter than required;
 * STATUS_INVALID_DEVICE_REQUEST: not METHOD_NEITHER, wrong direction, level or place;
 * STATUS_INSUFFICIENT_RESOURCES (all S8.18).
 */
NTSTATUS WdfRequestRetrieveUnsafeUserInputBuffer(WDFREQUEST Request, size_t MinimumRequiredLength,
                                                 PVOID *InputBuffer, size_t *Length);

/* WdfRequestRetrieveUnsafeUserOutputBuffer: the same for a control's output, or a read. */
NTSTATUS WdfRequestRetrieveUnsafeUserOutputBuffer(WDFREQUEST Request, size_t MinimumRequiredLength,
                                                  PVOID *OutputBuffer, size_t *Length);

/*
 * WdfRequestProbeAndLockUserBufferForRead: a memory object for a range of the client's memory, for
 * the driver to read. It belongs to the request and goes with it; the driver may delete it earlier.
 * It holds a copy, taken now. In EvtIoInCallerContext, at PASSIVE_LEVEL.
 *   Buffer, Length  in the client; at most 16 MiB.
 *   MemoryObject    receives the handle; not written on failure.
 * Returns STATUS_SUCCESS; STATUS_INVALID_USER_BUFFER: Length 0; STATUS_ACCESS_VIOLATION: the client
 * itself could not read all of it, or not in the callback; STATUS_INVALID_DEVICE_REQUEST: wrong
 * level, a completed request (all S8.19); STATUS_ACCESS_DENIED: this process may not look into the
 * client's; STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS WdfRequestProbeAndLockUserBufferForRead(WDFREQUEST Request, PVOID Buffer, size_t Length,
                                                 WDFMEMORY *MemoryObject);

/*
 * WdfRequestProbeAndLockUserBufferForWrite: the same, for the driver to write to as well (S8.20).
 * The whole range is written back to the client when the memory object goes. If the client has made
 * it unwritable meanwhile the request's success becomes STATUS_ACCESS_VIOLATION. Memory that is not
 * writable now is STATUS_ACCESS_VIOLATION; the other statuses are the same.
 */
NTSTATUS WdfRequestProbeAndLockUserBufferForWrite(WDFREQUEST Request, PVOID Buffer, size_t Length,
                                                  WDFMEMORY *MemoryObject);
#endif

/*
 * WdfRequestStopAcknowledge: answers EvtIoStop, and only there. It takes effect when EvtIoStop
 * returns.
 *   Requeue  TRUE: the request goes back to the head of its queue and is presented again after
 *            power-up (S6.69); it must not be marked cancelable (S6.68). FALSE: the driver keeps it
 *            across the transition and gets EvtIoResume (S6.70). Anything else is ignored with a
 *            break (S6.75).
 * IRQL <= DISPATCH_LEVEL.
 */
VOID WdfRequestStopAcknowledge(WDFREQUEST Request, BOOLEAN Requeue);

#ifndef UMDF_VERSION_MAJOR
/* WdfRequestIsReserved: TRUE for one of a queue's reserve (S6.79). Any request. IRQL <=
 * DISPATCH_LEVEL. */
BOOLEAN WdfRequestIsReserved(WDFREQUEST Request);
#endif

/*
 * Requests that the driver creates, to send them to I/O targets.
 */

/*
 * WdfRequestCreate: creates a request, which the driver deletes with WdfObjectDelete; it has no
 * queue and cannot be completed or made cancelable (S7.52).
 *   RequestAttributes  optional; the parent is the driver unless they say otherwise.
 *   IoTarget           optional: the target that it is for, which must not be closed for good.
 *   Request            receives the handle; NULL on failure.
 * IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; STATUS_INVALID_DEVICE_STATE: the target is closed
 * for good; STATUS_INSUFFICIENT_RESOURCES (S7.51); refusals of the attributes (S1.25).
 */
NTSTATUS WdfRequestCreate(PWDF_OBJECT_ATTRIBUTES RequestAttributes, WDFIOTARGET IoTarget,
                          WDFREQUEST *Request);

typedef enum _WDF_REQUEST_REUSE_FLAGS {
    WDF_REQUEST_REUSE_NO_FLAGS = 0x0,
    WDF_REQUEST_REUSE_SET_NEW_IRP = 0x1,
    WDF_REQUEST_REUSE_MUST_COMPLETE = 0x2,
} WDF_REQUEST_REUSE_FLAGS;

typedef struct _WDF_REQUEST_REUSE_PARAMS {
    ULONG Size;
    ULONG Flags; /* of WDF_REQUEST_REUSE_FLAGS */
    NTSTATUS Status;
    PIRP NewIrp;
} WDF_REQUEST_REUSE_PARAMS, *PWDF_REQUEST_REUSE_PARAMS;

/* WDF_REQUEST_REUSE_PARAMS_INIT: the status that the request has afterwards. */
FORCEINLINE VOID WDF_REQUEST_REUSE_PARAMS_INIT(PWDF_REQUEST_REUSE_PARAMS Params, ULONG Flags,
                                               NTSTATUS Status)
{
    RtlZeroMemory(Params, sizeof(*Params));
    Params->Size = sizeof(*Params);
    Params->Flags = Flags;
    Params->Status = Status;
}

/* WDF_REQUEST_REUSE_PARAMS_SET_NEW_IRP: another packet for the request, or none. */
FORCEINLINE VOID WDF_REQUEST_REUSE_PARAMS_SET_NEW_IRP(PWDF_REQUEST_REUSE_PARAMS Params, PIRP NewIrp)
{
    Params->Flags |= WDF_REQUEST_REUSE_SET_NEW_IRP;
    Params->NewIrp = NewIrp;
}

/*
 * WdfRequestReuse: makes a request like new: its status becomes that of ReuseParams; contexts and
 * attributes stay (S7.56). A queue's request keeps its queue (S7.57) and, unlike that rule's, its
 * cancellation. IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; STATUS_INVALID_PARAMETER: Size
 * (S7.60), unknown flags, or MUST_COMPLETE without a packet; STATUS_WDF_REQUEST_INVALID_STATE:
 * another packet for a queue's request; STATUS_INVALID_DEVICE_REQUEST: MUST_COMPLETE for a queue's
 * request, or not owned (all S7.55); STATUS_NOT_SUPPORTED: a packet that is not NULL, since there
 * are no IRPs here.
 */
NTSTATUS WdfRequestReuse(WDFREQUEST Request, PWDF_REQUEST_REUSE_PARAMS ReuseParams);

/* How a request is sent (S10.14). */
typedef enum _WDF_REQUEST_SEND_OPTIONS_FLAGS {
    WDF_REQUEST_SEND_OPTION_TIMEOUT = 0x00000001,
    WDF_REQUEST_SEND_OPTION_SYNCHRONOUS = 0x00000002,
    WDF_REQUEST_SEND_OPTION_IGNORE_TARGET_STATE = 0x00000004,
    WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET = 0x00000008,
    WDF_REQUEST_SEND_OPTION_IMPERSONATE_CLIENT = 0x00010000,
    WDF_REQUEST_SEND_OPTION_IMPERSONATION_IGNORE_FAILURE = 0x00020000,
} WDF_REQUEST_SEND_OPTIONS_FLAGS;

typedef struct _WDF_REQUEST_SEND_OPTIONS {
    ULONG Size;
    /* Of WDF_REQUEST_SEND_OPTIONS_FLAGS. */
    ULONG Flags;
    /* In units of 100 ns: negative from now on, positive at a time. */
    LONGLONG Timeout;
} WDF_REQUEST_SEND_OPTIONS, *PWDF_REQUEST_SEND_OPTIONS;

/* WDF_REQUEST_SEND_OPTIONS_INIT: the Flags, and no timeout. */
FORCEINLINE VOID WDF_REQUEST_SEND_OPTIONS_INIT(PWDF_REQUEST_SEND_OPTIONS Options, ULONG Flags)
{
    RtlZeroMemory(Options, sizeof(*Options));
    Options->Size = sizeof(*Options);
    Options->Flags = Flags;
}

/* WDF_REQUEST_SEND_OPTIONS_SET_TIMEOUT: cancels the request if it is not completed by then. */
FORCEINLINE VOID WDF_REQUEST_SEND_OPTIONS_SET_TIMEOUT(PWDF_REQUEST_SEND_OPTIONS Options,
                                                      LONGLONG Timeout)
{
    Options->Flags |= WDF_REQUEST_SEND_OPTION_TIMEOUT;
    Options->Timeout = Timeout;
}

/* In full in <wdfusb.h>. */
typedef struct _WDF_USB_REQUEST_COMPLETION_PARAMS *PWDF_USB_REQUEST_COMPLETION_PARAMS;

/*
 * How a request that was sent has ended; Type says which member of the union is valid (S10.23).
 * Lengths are bytes that were transferred, offsets those of the memory object.
 */
typedef struct _WDF_REQUEST_COMPLETION_PARAMS {
    ULONG Size;
    WDF_REQUEST_TYPE Type;
    IO_STATUS_BLOCK IoStatus;
    union {
        struct {
            WDFMEMORY Buffer;
            size_t Length;
            size_t Offset;
        } Write;
        struct {
            WDFMEMORY Buffer;
            size_t Length;
            size_t Offset;
        } Read;
        struct {
            ULONG IoControlCode;
            struct {
                WDFMEMORY Buffer;
                size_t Offset;
            } Input;
            struct {
                WDFMEMORY Buffer;
                size_t Offset;
                size_t Length;
            } Output;
        } Ioctl;
        struct {
            union {
                PVOID Ptr;
                ULONG_PTR Value;
            } Argument1;
            union {
                PVOID Ptr;
                ULONG_PTR Value;
            } Argument2;
            union {
                PVOID Ptr;
                ULONG_PTR Value;
            } Argument3;
            union {
                PVOID Ptr;
                ULONG_PTR Value;
            } Argument4;
        } Others;
        struct {
            PWDF_USB_REQUEST_COMPLETION_PARAMS Completion;
        } Usb;
    } Parameters;
} WDF_REQUEST_COMPLETION_PARAMS, *PWDF_REQUEST_COMPLETION_PARAMS;

/* WDF_REQUEST_COMPLETION_PARAMS_INIT: empty, for the function that fills it in. */
FORCEINLINE VOID WDF_REQUEST_COMPLETION_PARAMS_INIT(PWDF_REQUEST_COMPLETION_PARAMS Params)
{
    RtlZeroMemory(Params, sizeof(*Params));
    Params->Size = sizeof(*Params);
    Params->Type = WdfRequestTypeNoFormat;
}

/*
 * A request that was sent has ended; the driver owns it again, and completes, resends or deletes it
 * (S10.22, S10.24). On any thread, IRQL <= DISPATCH_LEVEL.
 *   Target   that it was sent to.
 *   Params   how it has ended; valid in this call only.
 *   Context  what the driver gave with the routine.
 */
typedef VOID EVT_WDF_REQUEST_COMPLETION_ROUTINE(WDFREQUEST Request, WDFIOTARGET Target,
                                                PWDF_REQUEST_COMPLETION_PARAMS Params,
                                                WDFCONTEXT Context);
typedef EVT_WDF_REQUEST_COMPLETION_ROUTINE *PFN_WDF_REQUEST_COMPLETION_ROUTINE;

/*
 * WdfRequestSend: sends a request that was formatted to a target (S10.12).
 *   Options  optional: a time limit; to wait for the answer; whatever the target's state; to send
 *            it for good (S10.14 to S10.18).
 * The request is the target's until its completion routine is called, which may be before this
 * returns; of a stopped target too (S10.20). With WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET the
 * handle is invalid afterwards. IRQL <= DISPATCH_LEVEL, PASSIVE_LEVEL to wait. Returns TRUE: it was
 * sent, or waits in a stopped target; FALSE: the driver has it still, and WdfRequestGetStatus says
 * why: STATUS_INVALID_PARAMETER: the Options; STATUS_INVALID_DEVICE_STATE: the target takes none
 * (S10.5), or one that the driver has created is to be forgotten; STATUS_INVALID_DEVICE_REQUEST: a
 * queue's without completion routine, or one that was formatted anew is to be forgotten;
 * STATUS_CANCELLED: WdfRequestCancelSentRequest was called before; STATUS_REQUEST_NOT_ACCEPTED: it
 * is not formatted; STATUS_INSUFFICIENT_RESOURCES (S10.15). A request that is with a target
 * already: a bug check.
 */
BOOLEAN WdfRequestSend(WDFREQUEST Request, WDFIOTARGET Target, PWDF_REQUEST_SEND_OPTIONS Options);

/* WdfRequestFormatRequestUsingCurrentType: it is sent as it came (S10.26). A bug check for one that
 * the driver has created. IRQL <= DISPATCH_LEVEL. */
VOID WdfRequestFormatRequestUsingCurrentType(WDFREQUEST Request);

/* WdfRequestSetCompletionRoutine: what is called when the request comes back, once (S10.21); NULL:
 * nothing. IRQL <= DISPATCH_LEVEL. */
VOID WdfRequestSetCompletionRoutine(WDFREQUEST Request,
                                    PFN_WDF_REQUEST_COMPLETION_ROUTINE CompletionRoutine,
                                    WDFCONTEXT CompletionContext);

/* WdfRequestGetCompletionParams: how the request has ended, until it is reused, formatted anew or
 * deleted (S7.61). A wrong Params->Size: a break, and nothing is copied. IRQL <= DISPATCH_LEVEL. */
VOID WdfRequestGetCompletionParams(WDFREQUEST Request, PWDF_REQUEST_COMPLETION_PARAMS Params);

/*
 * WdfRequestCancelSentRequest: asks whoever has the request to cancel it, now and if it is sent
 * again before it is reused (S7.36). The caller makes sure that the request exists (S7.37). IRQL <=
 * DISPATCH_LEVEL. Returns TRUE: somebody was asked, which does not mean that it will be cancelled;
 * FALSE: it was not sent, is back, or whoever has it can't cancel it (S7.35).
 */
BOOLEAN WdfRequestCancelSentRequest(WDFREQUEST Request);

/*
 * WdfRequestChangeTarget: whether the request can be sent to that target. IRQL <= DISPATCH_LEVEL.
 * Returns STATUS_SUCCESS; STATUS_INVALID_DEVICE_STATE: the target is closed;
 * STATUS_INVALID_DEVICE_REQUEST: the request was completed; STATUS_INSUFFICIENT_RESOURCES. Stack
 * locations cannot be too few, because there are none (S7.54).
 */
NTSTATUS WdfRequestChangeTarget(WDFREQUEST Request, WDFIOTARGET IoTarget);

/* WdfRequestAllocateTimer: makes sure that a time limit can be set (S7.59). IRQL <= DISPATCH_LEVEL.
 * Returns STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES; STATUS_INVALID_DEVICE_REQUEST: the request
 * was completed. */
NTSTATUS WdfRequestAllocateTimer(WDFREQUEST Request);

/*
 * Functions of the user-mode framework alone.
 */

#if defined(UMDF_VERSION_MAJOR) || defined(WDFUSE_BOTH_FRAMEWORKS)
/*
 * WdfRequestRetrieveActivityId: the activity that WdfRequestSetActivityId has given the request;
 * clients give none. IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; STATUS_NOT_FOUND: it has none,
 * *ActivityId is not written.
 */
NTSTATUS WdfRequestRetrieveActivityId(WDFREQUEST Request, LPGUID ActivityId);

/* WdfRequestSetActivityId: copies the identifier to the request, which keeps it beyond
 * WdfRequestReuse. */
VOID WdfRequestSetActivityId(WDFREQUEST Request, LPGUID ActivityId);

/*
 * WdfRequestGetEffectiveIoType: how the request's data are reached: WdfDeviceIoBuffered,
 * WdfDeviceIoDirect or WdfDeviceIoNeither. IRQL <= DISPATCH_LEVEL.
 */
WDF_DEVICE_IO_TYPE WdfRequestGetEffectiveIoType(WDFREQUEST Request);

/* WdfRequestGetUserModeDriverInitiatedIo: what WdfRequestSetUserModeDriverInitiatedIo said; FALSE
 * before. */
BOOLEAN WdfRequestGetUserModeDriverInitiatedIo(WDFREQUEST Request);
VOID WdfRequestSetUserModeDriverInitiatedIo(WDFREQUEST Request, BOOLEAN IsUserModeDriverInitiated);

/* WdfRequestIsFromUserModeDriver: whether a driver has made the request and sent it here, and not a
 * client; all drivers are in user mode here. */
BOOLEAN WdfRequestIsFromUserModeDriver(WDFREQUEST Request);
#endif

typedef enum _SECURITY_IMPERSONATION_LEVEL {
    SecurityAnonymous,
    SecurityIdentification,
    SecurityImpersonation,
    SecurityDelegation,
} SECURITY_IMPERSONATION_LEVEL,
    *PSECURITY_IMPERSONATION_LEVEL;

typedef VOID EVT_WDF_REQUEST_IMPERSONATE(WDFREQUEST Request, PVOID Context);
typedef EVT_WDF_REQUEST_IMPERSONATE *PFN_WDF_REQUEST_IMPERSONATE;

#if defined(UMDF_VERSION_MAJOR) || defined(WDFUSE_BOTH_FRAMEWORKS)
/*
 * WdfRequestImpersonate: would run the callback as the client (S7.45). A Linux process cannot take
 * over another one's identity, so the callback is never run. Returns STATUS_INVALID_PARAMETER: no
 * callback, or an unknown level; else STATUS_NOT_SUPPORTED.
 */
NTSTATUS WdfRequestImpersonate(WDFREQUEST Request, SECURITY_IMPERSONATION_LEVEL ImpersonationLevel,
                               PFN_WDF_REQUEST_IMPERSONATE EvtRequestImpersonate, PVOID Context);
#endif

WDF_EXTERN_C_END

#endif
