/*
 * Timers (S9.1 to S9.14).
 */
#ifndef WDFTIMER_H
#define WDFTIMER_H

#include <wdfcore.h>
#include <wdfobject.h>

WDF_EXTERN_C_START

/* A timer that may be as late as it likes. */
#define TolerableDelayUnlimited ((ULONG)-1)

/* The timer has expired. Level: S9.9; lock: S9.11. It may start the timer again (S9.10). */
typedef VOID EVT_WDF_TIMER(WDFTIMER Timer);
typedef EVT_WDF_TIMER *PFN_WDF_TIMER;

typedef struct _WDF_TIMER_CONFIG {
    ULONG Size;
    PFN_WDF_TIMER EvtTimerFunc;
    /* Milliseconds between expiries; 0: it expires once. */
    ULONG Period;
    /* TRUE: the callback runs under the lock of the parent (S2.20). */
    BOOLEAN AutomaticSerialization;
    /* Milliseconds an expiry may be late, so that it can be combined with others. */
    ULONG TolerableDelay;
    DECLSPEC_ALIGN(8) BOOLEAN UseHighResolutionTimer;
} WDF_TIMER_CONFIG, *PWDF_TIMER_CONFIG;

/* WDF_TIMER_CONFIG_INIT: expires once, serialised (S2.25). */
FORCEINLINE VOID WDF_TIMER_CONFIG_INIT(PWDF_TIMER_CONFIG Config, PFN_WDF_TIMER EvtTimerFunc)
{
    RtlZeroMemory(Config, sizeof(*Config));
    Config->Size = sizeof(*Config);
    Config->EvtTimerFunc = EvtTimerFunc;
    Config->AutomaticSerialization = TRUE;
}

/* WDF_TIMER_CONFIG_INIT_PERIODIC: expires every Period milliseconds, serialised (S2.25). */
FORCEINLINE VOID WDF_TIMER_CONFIG_INIT_PERIODIC(PWDF_TIMER_CONFIG Config,
                                                PFN_WDF_TIMER EvtTimerFunc, LONG Period)
{
    WDF_TIMER_CONFIG_INIT(Config, EvtTimerFunc);
    Config->Period = (ULONG)Period;
}

/*
 * WdfTimerCreate: makes a timer, not started.
 *   Attributes  with a ParentObject that is or leads up to a device; level Passive or Dispatch.
 *   Timer       receives the handle; it lives until WdfObjectDelete or until its parent is deleted,
 *               which waits for a running callback (S9.12); not from the callback of a timer at
 *               PASSIVE_LEVEL, which would wait for itself.
 * IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; STATUS_WDF_PARENT_NOT_SPECIFIED;
 * STATUS_INFO_LENGTH_MISMATCH: Size of Config; STATUS_INVALID_PARAMETER: Period above 0x7FFFFFFF,
 * or high resolution with a tolerable delay; STATUS_NOT_SUPPORTED: a periodic timer of level
 * Passive; STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID; STATUS_INVALID_DEVICE_REQUEST: no device above
 * it; STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL: serialised with a parent of another level (S2.21,
 * S2.23); STATUS_INSUFFICIENT_RESOURCES (all S9.1).
 */
NTSTATUS WdfTimerCreate(PWDF_TIMER_CONFIG Config, PWDF_OBJECT_ATTRIBUTES Attributes,
                        WDFTIMER *Timer);

/*
 * WdfTimerStart: sets the timer, anew if it was set.
 *   DueTime  in units of 100 ns: negative from now on, positive system time, 0 at once (S9.3).
 *            WDF_REL_TIMEOUT_IN_MS.
 * IRQL <= DISPATCH_LEVEL. Returns TRUE if it was set before this call (S9.3); FALSE if not, or if
 * the timer is deleted (S9.12).
 */
BOOLEAN WdfTimerStart(WDFTIMER Timer, LONGLONG DueTime);

/*
 * WdfTimerStop: stops the timer. Without Wait the callback may still be running, or about to, at
 * return (S9.7).
 *   Wait  TRUE: return only when the callback has finished. IRQL PASSIVE_LEVEL then, not under a
 *         lock the callback needs (S9.11), and not from the callback itself: FALSE, and no wait
 *         (S9.6). Else IRQL <= DISPATCH_LEVEL.
 * Returns TRUE if the timer was set, so that this expiry does not happen; else FALSE (S9.5).
 */
BOOLEAN WdfTimerStop(WDFTIMER Timer, BOOLEAN Wait);

/* WdfTimerGetParentObject: the ParentObject of the attributes (S9.14). IRQL <= DISPATCH_LEVEL. */
WDFOBJECT WdfTimerGetParentObject(WDFTIMER Timer);

WDF_EXTERN_C_END

#endif
