/* What a driver asks of the verifier. */
#ifndef WDFVERIFIER_H
#define WDFVERIFIER_H

#include <wdftypes.h>

WDF_EXTERN_C_START

/*
 * WdfVerifierDbgBreakPoint: stops in the debugger if the verifier is to break (S13.2), which
 * WDFUSE_BREAK in the daemon's environment asks for; else nothing happens. Any level.
 */
VOID WdfVerifierDbgBreakPoint(VOID);

/*
 * WdfVerifierKeBugCheck: ends the daemon, with a line in the log that holds the code and its four
 * parameters (S13.24). Any level.
 */
DECLSPEC_NORETURN VOID WdfVerifierKeBugCheck(ULONG BugCheckCode, ULONG_PTR BugCheckParameter1,
                                             ULONG_PTR BugCheckParameter2,
                                             ULONG_PTR BugCheckParameter3,
                                             ULONG_PTR BugCheckParameter4);

WDF_EXTERN_C_END

#endif
