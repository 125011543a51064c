/* Breaks and bug checks. See verifier.h. */
#include "framework/verifier.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <wdf.h>

#include "port/log.h"

void verifier_break(const char *function, const char *rule, const char *format, ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);

    log_error("verifier: %s: %s (%s)", function, message, rule);
    if (getenv("WDFUSE_BREAK") != NULL)
        raise(SIGTRAP);
}

_Noreturn void verifier_bugcheck(enum wdf_violation violation, const char *function, const char *format, ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);

    log_error("WDF_VIOLATION 0x%X: %s: %s", (unsigned)violation, function, message);
    abort();
}

bool verifier_irql_is_at_most(unsigned char irql, const char *function)
{
    unsigned char current = KeGetCurrentIrql();
    if (current <= irql)
        return true;
    verifier_break(function, "S13.7", "called at IRQL %u, allowed up to %u", current, irql);
    return false;
}

const char *verifier_place(const void *address, char *buffer, unsigned size)
{
    Dl_info where;
    if (address == NULL)
        snprintf(buffer, size, "an unknown place");
    else if (dladdr(address, &where) != 0 && where.dli_sname != NULL)
        snprintf(buffer, size, "%s+0x%zx", where.dli_sname,
                 (size_t)((const char *)address - (const char *)where.dli_saddr));
    else if (dladdr(address, &where) != 0)
        snprintf(buffer, size, "%s+0x%zx", where.dli_fname,
                 (size_t)((const char *)address - (const char *)where.dli_fbase));
    else
        snprintf(buffer, size, "%p", address);
    return buffer;
}

VOID WdfVerifierDbgBreakPoint(VOID)
{
    if (getenv("WDFUSE_BREAK") != NULL)
        raise(SIGTRAP);
}

VOID WdfVerifierKeBugCheck(ULONG BugCheckCode, ULONG_PTR BugCheckParameter1, ULONG_PTR BugCheckParameter2,
                           ULONG_PTR BugCheckParameter3, ULONG_PTR BugCheckParameter4)
{
    log_error("the driver ends itself: bug check 0x%X (0x%zX, 0x%zX, 0x%zX, 0x%zX)", BugCheckCode,
              (size_t)BugCheckParameter1, (size_t)BugCheckParameter2, (size_t)BugCheckParameter3,
              (size_t)BugCheckParameter4);
    abort();
}
