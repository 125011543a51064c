/* The log's filter and its default sink. See log.h. */
#include "port/log.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "port/clock.h"

/* Between two lines of log_message_rarely from one place, in nanoseconds. */
#define RARELY 10000000000ull

static const char *const level_names[] = {
    [LOG_LEVEL_ERROR] = "error",
    [LOG_LEVEL_WARNING] = "warning",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_DEBUG] = "debug",
};

_Atomic(int) log_current_level = LOG_LEVEL_INFO;
static _Atomic(log_sink *) current_sink;

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&log_current_level, (int)level, memory_order_relaxed);
}

void log_set_sink(log_sink *sink)
{
    atomic_store(&current_sink, sink);
}

int log_level_from_name(const char *name)
{
    for (int level = LOG_LEVEL_ERROR; level <= LOG_LEVEL_DEBUG; level++) {
        if (strcmp(name, level_names[level]) == 0)
            return level;
    }
    return -1;
}

const char *log_level_name(enum log_level level)
{
    return level_names[level];
}

void log_message_va(enum log_level level, const char *format, va_list arguments)
{
    if (!log_is_enabled(level))
        return;

    /* A line is bounded: what does not fit is cut, and the cut is visible. */
    char line[1024];
    int length = vsnprintf(line, sizeof(line), format, arguments);
    if (length >= (int)sizeof(line))
        memcpy(line + sizeof(line) - 4, "...", 4);

    log_sink *sink = atomic_load(&current_sink);
    if (sink != NULL)
        sink(level, line);
    else
        fprintf(stderr, "wdfuse: %s: %s\n", level_names[level], line);
}

void log_message(enum log_level level, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    log_message_va(level, format, arguments);
    va_end(arguments);
}

/* One thread gets the turn. Real time: the log is not part of a test's story. */
static bool take_turn(struct log_limit *limit)
{
    uint64_t now = port_clock_deadline(0);
    uint64_t next = atomic_load(&limit->next);
    return now >= next && atomic_compare_exchange_strong(&limit->next, &next, now + RARELY);
}

void log_message_rarely(enum log_level level, struct log_limit *limit, const char *format, ...)
{
    if (!log_is_enabled(level))
        return;
    if (!take_turn(limit)) {
        atomic_fetch_add(&limit->left_out, 1);
        return;
    }
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);

    unsigned left_out = atomic_exchange(&limit->left_out, 0);
    if (left_out > 0)
        log_message(level, "%s (and %u more of these)", message, left_out);
    else
        log_message(level, "%s", message);
}
