/*
 * Requests as packets (IRPs, <wdfuse/irp.h>), which a driver may see before the framework routes
 * them. Included by <wdfdevice.h>. WDF documentation.
 *
 * A request comes to the preprocess callback of its major function, then to the dispatch callback,
 * then to EvtIoInCallerContext and its queue. Whoever has it decides once: IoCompleteRequest, or
 * one of the functions below, in the callback or later. The callback returns their result; the
 * framework ignores it.
 */
#ifndef WDFUSE_DEVICEIRP_H
#define WDFUSE_DEVICEIRP_H

#include <wdfobject.h>
#include <wdfuse/hardware.h>

WDF_EXTERN_C_START

/* Sees a request first, in the requester's thread, at its IRQL, with no lock held. */
typedef NTSTATUS EVT_WDFDEVICE_WDM_IRP_PREPROCESS(WDFDEVICE Device, PIRP Irp);
typedef EVT_WDFDEVICE_WDM_IRP_PREPROCESS *PFN_WDFDEVICE_WDM_IRP_PREPROCESS;

/*
 * The same instead of the choice of a queue.
 *   Code             the control code; 0 for a read or write.
 *   DriverContext    of WdfDeviceConfigureWdmIrpDispatchCallback.
 *   DispatchContext  for WdfDeviceWdmDispatchIrp.
 */
typedef NTSTATUS EVT_WDFDEVICE_WDM_IRP_DISPATCH(WDFDEVICE Device, UCHAR MajorFunction,
                                                UCHAR MinorFunction, ULONG Code,
                                                WDFCONTEXT DriverContext, PIRP Irp,
                                                WDFCONTEXT DispatchContext);
typedef EVT_WDFDEVICE_WDM_IRP_DISPATCH *PFN_WDFDEVICE_WDM_IRP_DISPATCH;

typedef enum _WDF_DISPATCH_IRP_TO_IO_QUEUE_FLAGS {
    WDF_DISPATCH_IRP_TO_IO_QUEUE_NO_FLAGS = 0x00000000,
    WDF_DISPATCH_IRP_TO_IO_QUEUE_INVOKE_INCALLERCTX_CALLBACK = 0x00000001,
    WDF_DISPATCH_IRP_TO_IO_QUEUE_PREPROCESSED_IRP = 0x00000002,
} WDF_DISPATCH_IRP_TO_IO_QUEUE_FLAGS;

/*
 * WdfDeviceConfigureWdmIrpDispatchCallback: the callback chooses the queue of each request of a
 * major function (S17.32).
 *   Driver         the device's, or NULL; without effect.
 *   MajorFunction  IRP_MJ_READ, _WRITE, _DEVICE_CONTROL; not for the user-mode framework
 *                  _INTERNAL_DEVICE_CONTROL.
 *   EvtDeviceWdmIrpDispatch, DriverContext  the callback (not NULL), and what it is given.
 * Before the device has started. Returns STATUS_SUCCESS; STATUS_INVALID_PARAMETER: another
 * function, or one that has a callback already; STATUS_INVALID_DEVICE_STATE: it has started.
 */
NTSTATUS
WdfDeviceConfigureWdmIrpDispatchCallback(WDFDEVICE Device, WDFDRIVER Driver, UCHAR MajorFunction,
                                         PFN_WDFDEVICE_WDM_IRP_DISPATCH EvtDeviceWdmIrpDispatch,
                                         WDFCONTEXT DriverContext);

/*
 * WdfDeviceWdmDispatchIrp: the framework routes the request, as without a callback. It is a break
 * if the packet belongs to another callback, or was decided already.
 *   DispatchContext  of EvtDeviceWdmIrpDispatch.
 * Returns STATUS_PENDING; STATUS_INVALID_PARAMETER after a break.
 */
NTSTATUS WdfDeviceWdmDispatchIrp(WDFDEVICE Device, PIRP Irp, WDFCONTEXT DispatchContext);

/*
 * WdfDeviceWdmDispatchIrpToIoQueue: puts the request into that queue (S17.31).
 *   Queue  of the device, with a callback for the request or dispatching manually; or of its
 *          parent, if WdfPdoInitAllowForwardingRequestToParent allows it.
 *   Flags  of WDF_DISPATCH_IRP_TO_IO_QUEUE_FLAGS: whether EvtIoInCallerContext sees it before; in
 *          a preprocess callback _PREPROCESSED_IRP.
 * Returns STATUS_PENDING; with a failure the request is completed with that status:
 * STATUS_INVALID_PARAMETER: another queue or flag, or a create; STATUS_INVALID_DEVICE_REQUEST: a
 * parent's queue that is not allowed.
 */
NTSTATUS WdfDeviceWdmDispatchIrpToIoQueue(WDFDEVICE Device, PIRP Irp, WDFQUEUE Queue, ULONG Flags);

#ifndef UMDF_VERSION_MAJOR
/*
 * WdfDeviceInitAssignWdmIrpPreprocessCallback: sees requests of a major function first (S17.29).
 *   EvtDeviceWdmIrpPreprocess  the callback, not NULL.
 *   MajorFunction              IRP_MJ_CREATE, _READ, _WRITE, _DEVICE_CONTROL,
 *                              _INTERNAL_DEVICE_CONTROL. Others are kept, and never come: there
 *                              are no packets of them.
 *   MinorFunctions, NumMinorFunctions  which minor functions, or 0 for all. That of the functions
 *                              above is 0.
 * Returns STATUS_SUCCESS; STATUS_INVALID_PARAMETER: there is no such function;
 * STATUS_INVALID_DEVICE_REQUEST: it has a list of minor functions already.
 */
NTSTATUS WdfDeviceInitAssignWdmIrpPreprocessCallback(
    PWDFDEVICE_INIT DeviceInit, PFN_WDFDEVICE_WDM_IRP_PREPROCESS EvtDeviceWdmIrpPreprocess,
    UCHAR MajorFunction, PUCHAR MinorFunctions, ULONG NumMinorFunctions);

/*
 * WdfDeviceWdmDispatchPreprocessedIrp: the framework goes on with the request, as without a
 * preprocess callback: a dispatch callback sees it next. Returns as WdfDeviceWdmDispatchIrp.
 */
NTSTATUS WdfDeviceWdmDispatchPreprocessedIrp(WDFDEVICE Device, PIRP Irp);
#endif

/* Whether each request prevents the removal of the device. */
typedef enum _WDF_REMOVE_LOCK_OPTIONS_FLAGS {
    WDF_REMOVE_LOCK_OPTION_ACQUIRE_FOR_IO = 0x00000001,
} WDF_REMOVE_LOCK_OPTIONS_FLAGS;

/*
 *   Flags  of WDF_REMOVE_LOCK_OPTIONS_FLAGS.
 */
typedef struct _WDF_REMOVE_LOCK_OPTIONS {
    ULONG Size;
    ULONG Flags;
} WDF_REMOVE_LOCK_OPTIONS, *PWDF_REMOVE_LOCK_OPTIONS;

FORCEINLINE VOID WDF_REMOVE_LOCK_OPTIONS_INIT(PWDF_REMOVE_LOCK_OPTIONS RemoveLockOptions,
                                              ULONG Flags)
{
    RtlZeroMemory(RemoveLockOptions, sizeof(*RemoveLockOptions));
    RemoveLockOptions->Size = sizeof(*RemoveLockOptions);
    RemoveLockOptions->Flags = Flags;
}

WDF_EXTERN_C_END

#endif
