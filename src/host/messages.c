/* The log's two sinks. See messages.h. */
#include "host/messages.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "control/logtail.h"
#include "host/journal.h"
#include "port/log.h"

static const char *program_name = "wdfuse";
/* Set before there are threads. */
static bool shows_time;
static bool has_journal;

void messages_print_line(const char *program, const char *line)
{
    char printable[1200];
    snprintf(printable, sizeof(printable), "%s: %s", program, line);
    for (char *c = printable; *c != '\0'; c++) {
        if (iscntrl((unsigned char)*c))
            *c = '?';
    }
    fprintf(stderr, "%s\n", printable);
}

/* Before lines that somebody reads as they come: "12:34:56.789012 ". */
static const char *time_of_day(char *text, size_t size)
{
    struct timespec now;
    struct tm broken;
    text[0] = '\0';
    if (clock_gettime(CLOCK_REALTIME, &now) != 0 || localtime_r(&now.tv_sec, &broken) == NULL)
        return text;
    size_t length = strftime(text, size, "%H:%M:%S", &broken);
    snprintf(text + length, size - length, ".%06ld ", now.tv_nsec / 1000);
    return text;
}

static void write_to_stderr(enum log_level level, const char *line)
{
    char text[1150];
    char time[32] = "";
    if (shows_time)
        time_of_day(time, sizeof(time));
    snprintf(text, sizeof(text), "%s%s: %s", time, log_level_name(level), line);
    messages_print_line(program_name, text);
    logtail_add(level, line);
}

static void write_to_syslog(enum log_level level, const char *line)
{
    static const int priorities[] = {
        [LOG_LEVEL_ERROR] = LOG_ERR,
        [LOG_LEVEL_WARNING] = LOG_WARNING,
        [LOG_LEVEL_INFO] = LOG_INFO,
        [LOG_LEVEL_DEBUG] = LOG_DEBUG,
    };
    if (!has_journal || !journal_write(program_name, level, priorities[level], line))
        syslog(priorities[level], "%s", line);
    logtail_add(level, line);
}

void messages_use_stderr(const char *program)
{
    program_name = program;
    log_set_sink(write_to_stderr);
}

void messages_show_time(void)
{
    shows_time = isatty(STDERR_FILENO);
}

void messages_use_syslog(const char *program)
{
    program_name = program;
    has_journal = journal_is_there();
    openlog(program, LOG_PID, LOG_DAEMON);
    log_set_sink(write_to_syslog);
}
