/* DbgPrint: text of drivers into the log. */
#include <stdarg.h>
#include <stdbool.h>

#include <wdm.h>

#include "nt/format.h"
#include "port/log.h"

/* What one call can print, as on Windows. */
#define PRINT_MAX 512

/* Levels up to 31 are numbers; above, each bit stands for one, and the most important of them
 * counts. */
static enum log_level log_level_from_filter(ULONG level)
{
    if (level > 31) {
        level &= ~DPFLTR_MASK;
        level = level != 0 ? (ULONG)__builtin_ctz(level) : DPFLTR_INFO_LEVEL;
    }
    switch (level) {
    case DPFLTR_ERROR_LEVEL:
        return LOG_LEVEL_ERROR;
    case DPFLTR_WARNING_LEVEL:
        return LOG_LEVEL_WARNING;
    case DPFLTR_TRACE_LEVEL:
        return LOG_LEVEL_INFO;
    default:
        return LOG_LEVEL_DEBUG;
    }
}

static ULONG print(ULONG level, const char *format, va_list arguments)
{
    enum log_level log_level = log_level_from_filter(level);
    char text[PRINT_MAX + 1];

    if (!log_is_enabled(log_level))
        return STATUS_SUCCESS;
    bool is_cut = nt_format(text, sizeof(text), format, arguments) >= sizeof(text);
    log_text(log_level, text);
    if (is_cut)
        log_finish_line(); /* the newline is what has been cut */
    return STATUS_SUCCESS;
}

ULONG DbgPrint(PCSTR Format, ...)
{
    va_list arguments;

    va_start(arguments, Format);
    ULONG status = print(DPFLTR_INFO_LEVEL, Format, arguments);
    va_end(arguments);
    return status;
}

ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...)
{
    va_list arguments;

    (void)ComponentId;
    va_start(arguments, Format);
    ULONG status = print(Level, Format, arguments);
    va_end(arguments);
    return status;
}
