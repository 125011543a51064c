/*
 * Companions: the half of a kernel-mode driver that runs in a process. Of the user-mode framework
 * only. The functions do not exist, and are not declared: a driver is one piece here.
 */
#ifndef WDFCOMPANION_H
#define WDFCOMPANION_H

#include <wdfdevice.h>

WDF_EXTERN_C_START

#ifdef UMDF_VERSION_MAJOR

/* How tasks are presented. */
typedef enum _WDF_TASK_QUEUE_DISPATCH_TYPE {
    WdfTaskQueueDispatchInvalid = 0,
    WdfTaskQueueDispatchSequential,
    WdfTaskQueueDispatchParallel,
    WdfTaskQueueDispatchMax,
} WDF_TASK_QUEUE_DISPATCH_TYPE;

/* Before and after the same events of the kernel half. */
typedef NTSTATUS EVT_WDF_COMPANION_PRE_PREPARE_HARDWARE(WDFCOMPANION Companion,
                                                        WDFCMRESLIST ResourcesRaw,
                                                        WDFCMRESLIST ResourcesTranslated);
typedef EVT_WDF_COMPANION_PRE_PREPARE_HARDWARE *PFN_WDF_COMPANION_PRE_PREPARE_HARDWARE;

typedef NTSTATUS EVT_WDF_COMPANION_POST_RELEASE_HARDWARE(WDFCOMPANION Companion,
                                                         WDFCMRESLIST ResourcesTranslated);
typedef EVT_WDF_COMPANION_POST_RELEASE_HARDWARE *PFN_WDF_COMPANION_POST_RELEASE_HARDWARE;

typedef NTSTATUS EVT_WDF_COMPANION_PRE_D0_ENTRY(WDFCOMPANION Companion,
                                                WDF_POWER_DEVICE_STATE PreviousState);
typedef EVT_WDF_COMPANION_PRE_D0_ENTRY *PFN_WDF_COMPANION_PRE_D0_ENTRY;

typedef NTSTATUS EVT_WDF_COMPANION_POST_D0_EXIT(WDFCOMPANION Companion,
                                                WDF_POWER_DEVICE_STATE TargetState);
typedef EVT_WDF_COMPANION_POST_D0_EXIT *PFN_WDF_COMPANION_POST_D0_EXIT;

typedef struct _WDF_COMPANION_EVENT_CALLBACKS {
    ULONG Size;
    PFN_WDF_COMPANION_PRE_D0_ENTRY EvtCompanionPreD0Entry;
    PFN_WDF_COMPANION_POST_D0_EXIT EvtCompanionPostD0Exit;
    PFN_WDF_COMPANION_PRE_PREPARE_HARDWARE EvtCompanionPrePrepareHardware;
    PFN_WDF_COMPANION_POST_RELEASE_HARDWARE EvtCompanionPostReleaseHardware;
} WDF_COMPANION_EVENT_CALLBACKS, *PWDF_COMPANION_EVENT_CALLBACKS;

/* WDF_COMPANION_EVENT_CALLBACKS_INIT: no callback. */
FORCEINLINE VOID WDF_COMPANION_EVENT_CALLBACKS_INIT(PWDF_COMPANION_EVENT_CALLBACKS Callbacks)
{
    RtlZeroMemory(Callbacks, sizeof(*Callbacks));
    Callbacks->Size = sizeof(*Callbacks);
}

/*
 * A task of the kernel half.
 *   BytesWritten  receives the length of the output.
 */
typedef NTSTATUS EVT_WDF_TASK_QUEUE_TASK_EXECUTE_SYNC(WDFTASKQUEUE Queue, PVOID InputBuffer,
                                                      PVOID OutputBuffer, size_t InputBufferLength,
                                                      size_t OutputBufferLength,
                                                      size_t *BytesWritten,
                                                      ULONG TaskOperationCode);
typedef EVT_WDF_TASK_QUEUE_TASK_EXECUTE_SYNC *PFN_WDF_TASK_QUEUE_TASK_EXECUTE_SYNC;

/* How a queue of tasks is to be made. */
typedef struct _WDF_TASK_QUEUE_CONFIG {
    ULONG Size;
    USHORT TaskQueueId;
    WDF_TASK_QUEUE_DISPATCH_TYPE DispatchType;
    PFN_WDF_TASK_QUEUE_TASK_EXECUTE_SYNC EvtTaskExecuteSync;
} WDF_TASK_QUEUE_CONFIG, *PWDF_TASK_QUEUE_CONFIG;

/* WDF_TASK_QUEUE_CONFIG_INIT: no callback. */
FORCEINLINE VOID WDF_TASK_QUEUE_CONFIG_INIT(PWDF_TASK_QUEUE_CONFIG Config, USHORT TaskQueueId,
                                            WDF_TASK_QUEUE_DISPATCH_TYPE DispatchType)
{
    RtlZeroMemory(Config, sizeof(*Config));
    Config->Size = sizeof(*Config);
    Config->TaskQueueId = TaskQueueId;
    Config->DispatchType = DispatchType;
}

#endif

WDF_EXTERN_C_END

#endif
