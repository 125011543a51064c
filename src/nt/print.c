/* DbgPrint: text of drivers into the log. */
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <wdm.h>

#include "nt/driver.h"
#include "nt/format.h"
#include "port/log.h"
#include "port/thread.h"

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

/* This thread has begun a line and not ended it. */
static PORT_THREAD_LOCAL bool is_in_line;

/* Of several drivers a line says whose it is. */
static void name_driver(enum log_level level, const void *caller)
{
    const struct nt_driver *driver = nt_driver_of_caller(caller);
    if (is_in_line || driver == NULL ||
        driver == atomic_load_explicit(&nt_driver_only, memory_order_relaxed))
        return;
    log_text(level, driver->name);
    log_text(level, ": ");
}

static ULONG print(ULONG level, const void *caller, const char *format, va_list arguments)
{
    enum log_level log_level = log_level_from_filter(level);
    char text[PRINT_MAX + 1];

    if (!log_is_enabled(log_level))
        return STATUS_SUCCESS;
    bool is_cut = nt_format(text, sizeof(text), format, arguments) >= sizeof(text);
    name_driver(log_level, caller);
    log_text(log_level, text);
    size_t length = strlen(text);
    is_in_line = !is_cut && length > 0 && text[length - 1] != '\n';
    if (is_cut)
        log_finish_line(); /* the newline is what has been cut */
    return STATUS_SUCCESS;
}

ULONG DbgPrint(PCSTR Format, ...)
{
    va_list arguments;

    va_start(arguments, Format);
    ULONG status = print(DPFLTR_INFO_LEVEL, __builtin_return_address(0), Format, arguments);
    va_end(arguments);
    return status;
}

ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...)
{
    va_list arguments;

    (void)ComponentId;
    va_start(arguments, Format);
    ULONG status = print(Level, __builtin_return_address(0), Format, arguments);
    va_end(arguments);
    return status;
}
