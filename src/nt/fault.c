/* What ends, or stops, a driver that breaks a rule of the NT layer. See fault.h. */
#include "nt/fault.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <wdm.h>

#include "nt/recorder.h"
#include "port/log.h"
#include "port/thread.h"

_Noreturn void nt_fault(const char *format, ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);

    log_error("%s", message);
    recorder_report();
    port_violation(NULL, message, NULL);
    abort();
}

VOID nt_paged_code_violation(PCSTR File, ULONG Line)
{
    nt_fault(
        "PAGED_CODE() reached at IRQL %u at %s:%u: this code may block and must run at APC_LEVEL or below",
        KeGetCurrentIrql(), File, Line);
}

VOID nt_list_violation(const VOID *Entry)
{
    nt_fault(
        "corrupt list: the neighbours of LIST_ENTRY %p do not point back at it (removed twice, inserted "
        "twice, or "
        "overwritten)",
        Entry);
}

VOID DbgBreakPoint(VOID)
{
    log_finish_line();
    raise(SIGTRAP);
}

VOID RtlAssert(PVOID FailedAssertion, PVOID FileName, ULONG LineNumber, PSTR Message)
{
    char message[512];
    snprintf(message, sizeof(message), "assertion failed at %s:%u: %s%s%s", (const char *)FileName,
             LineNumber, Message != NULL ? Message : "", Message != NULL ? ": " : "",
             (const char *)FailedAssertion);
    log_error("%s", message);
    port_violation(NULL, message, NULL);
    DbgBreakPoint();
}
