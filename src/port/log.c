/* The log's filter and its default sink. See log.h. */
#include "port/log.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/clock.h"

/* Between two lines of log_message_rarely from one place, in nanoseconds. */
#define RARELY 10000000000ull

/* A line is bounded: what does not fit is cut, and the cut is visible. */
#define LINE_MAX_BYTES 1024

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

static void write_line(enum log_level level, const char *line)
{
    log_sink *sink = atomic_load(&current_sink);
    if (sink != NULL)
        sink(level, line);
    else
        fprintf(stderr, "wdfuse: %s: %s\n", level_names[level], line);
}

void log_message_va(enum log_level level, const char *format, va_list arguments)
{
    if (!log_is_enabled(level))
        return;
    log_finish_line();

    char line[LINE_MAX_BYTES];
    int length = vsnprintf(line, sizeof(line), format, arguments);
    if (length >= (int)sizeof(line))
        memcpy(line + sizeof(line) - 4, "...", 4);
    write_line(level, line);
}

void log_message(enum log_level level, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    log_message_va(level, format, arguments);
    va_end(arguments);
}

/* ---- text in pieces ---- */

/* The beginning of a line, whose rest this thread has not written yet. */
static _Thread_local struct {
    enum log_level level;
    size_t length;
    char text[LINE_MAX_BYTES];
} begun;

void log_finish_line(void)
{
    if (begun.length == 0)
        return;
    begun.text[begun.length] = '\0';
    begun.length = 0;
    write_line(begun.level, begun.text);
}

static void finish_line_of_ending_thread(void *unused)
{
    (void)unused;
    log_finish_line();
}

static pthread_key_t thread_end;
static bool has_thread_end;

static void watch_ends(void)
{
    has_thread_end = pthread_key_create(&thread_end, finish_line_of_ending_thread) == 0;
    (void)atexit(log_finish_line);
}

/* The last line of a thread that ends, or that ends the process, must not be lost. */
static void keep_last_words(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch_ends);
    if (has_thread_end)
        (void)pthread_setspecific(thread_end, &begun);
}

static void append(enum log_level level, const char *text, size_t length)
{
    if (begun.length == 0)
        keep_last_words();
    else if (begun.level != level || length >= sizeof(begun.text) - begun.length)
        log_finish_line();
    if (length >= sizeof(begun.text))
        length = sizeof(begun.text) - 1;
    begun.level = level;
    memcpy(begun.text + begun.length, text, length);
    begun.length += length;
}

void log_text(enum log_level level, const char *text)
{
    if (!log_is_enabled(level))
        return;
    while (*text != '\0') {
        size_t length = strcspn(text, "\r\n");
        if (length > 0)
            append(level, text, length);
        text += length;
        if (*text != '\0')
            log_finish_line();
        text += strspn(text, "\r\n");
    }
}

/* ---- at times ---- */

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
