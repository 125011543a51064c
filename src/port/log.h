/*
 * The log: one line a message, filtered by level, written by one replaceable sink.
 *
 * It is at the bottom of the layers, so that every layer can use it. The host directs it to stderr
 * or to syslog, tests to a buffer.
 */
#ifndef WDFUSE_PORT_LOG_H
#define WDFUSE_PORT_LOG_H

#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>

enum log_level {
    LOG_LEVEL_ERROR,   /* something asked for was not done */
    LOG_LEVEL_WARNING, /* it works, but somebody should look */
    LOG_LEVEL_INFO,    /* start, stop, and what an administrator wants to know */
    LOG_LEVEL_DEBUG,   /* every request */
};

/* Receives one finished line without its newline; may be called from any thread. */
typedef void log_sink(enum log_level level, const char *line);

/* Both are set before the first thread starts, or while no other thread logs. A NULL sink means
 * stderr. */
void log_set_level(enum log_level level);
void log_set_sink(log_sink *sink);

/* True if a message of that level would be written: guards work that is done only to be logged. */
extern _Atomic(int) log_current_level;
static inline int log_is_enabled(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&log_current_level, memory_order_relaxed);
}

/* Names as on the command line: "error", "warning", "info", "debug". Returns -1 for another
 * name. */
int log_level_from_name(const char *name);
const char *log_level_name(enum log_level level);

void log_message(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void log_message_va(enum log_level level, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/*
 * Text of lines and parts of lines. What does not end with a newline waits for the rest of its
 * line: until the same thread writes more, or anything else into the log, or ends.
 */
void log_text(enum log_level level, const char *text);

/* Ends the line that this thread has begun, if it has: before the process stops. */
void log_finish_line(void);

/*
 * For messages that a client can cause at will: each place writes one line in ten seconds, which
 * says how many were left out since the last one.
 */
struct log_limit {
    _Atomic(uint64_t) next; /* when a line may be written again */
    atomic_uint left_out;
};
void log_message_rarely(enum log_level level, struct log_limit *limit, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
#define log_warning_rarely(...)                                                                    \
    do {                                                                                           \
        static struct log_limit limit;                                                             \
        log_message_rarely(LOG_LEVEL_WARNING, &limit, __VA_ARGS__);                                \
    } while (0)

#define log_error(...)   log_message(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_message(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)    log_message(LOG_LEVEL_INFO, __VA_ARGS__)
/* The arguments are not evaluated unless somebody listens. */
#define log_debug(...)                                                                             \
    do {                                                                                           \
        if (log_is_enabled(LOG_LEVEL_DEBUG))                                                       \
            log_message(LOG_LEVEL_DEBUG, __VA_ARGS__);                                             \
    } while (0)

#endif
