/*
 * Companions: the half of a kernel-mode driver that runs in a process, as its kernel half sees it.
 * The functions do not exist, and are not declared: a driver is one piece here.
 */
#ifndef WDFCOMPANIONTARGET_H
#define WDFCOMPANIONTARGET_H

#include <wdfobject.h>

WDF_EXTERN_C_START

#ifndef UMDF_VERSION_MAJOR

typedef enum _WDF_TASK_SEND_OPTIONS_FLAGS {
    WDF_TASK_SEND_OPTION_TIMEOUT = 0x00000001,
    WDF_TASK_SEND_OPTION_SYNCHRONOUS = 0x00000002,
} WDF_TASK_SEND_OPTIONS_FLAGS;

/*
 * How a task is sent.
 *   Timeout  in units of 100 ns, negative from now on.
 */
typedef struct _WDF_TASK_SEND_OPTIONS {
    ULONG Size;
    ULONG Flags;
    LONGLONG Timeout;
} WDF_TASK_SEND_OPTIONS, *PWDF_TASK_SEND_OPTIONS;

/* WDF_TASK_SEND_OPTIONS_INIT: the Flags, no timeout. */
FORCEINLINE VOID WDF_TASK_SEND_OPTIONS_INIT(PWDF_TASK_SEND_OPTIONS Options, ULONG Flags)
{
    RtlZeroMemory(Options, sizeof(*Options));
    Options->Size = sizeof(*Options);
    Options->Flags = Flags;
}

#endif

WDF_EXTERN_C_END

#endif
