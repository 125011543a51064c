/* The log's two sinks. See messages.h. */
#include "host/messages.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
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

static void print_line(const char *prefix, const char *separator, const char *line)
{
    char printable[1200];
    snprintf(printable, sizeof(printable), "%s%s%s", prefix, separator, line);
    for (char *c = printable; *c != '\0'; c++) {
        if (iscntrl((unsigned char)*c))
            *c = '?';
    }
    fprintf(stderr, "%s\n", printable);
}

void messages_print_line(const char *program, const char *line)
{
    print_line(program, ": ", line);
}

/* Put before lines on a terminal: "12:34:56.789012 ". */
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

static int priority_of(enum log_level level)
{
    static const int priorities[] = {
        [LOG_LEVEL_ERROR] = LOG_ERR,
        [LOG_LEVEL_WARNING] = LOG_WARNING,
        [LOG_LEVEL_INFO] = LOG_INFO,
        [LOG_LEVEL_DEBUG] = LOG_DEBUG,
    };
    return priorities[level];
}

/* The journal knows the writer and the time; the priority is put in front (sd-daemon(3)). */
static void write_to_stream(enum log_level level, const char *line)
{
    char priority[16];
    snprintf(priority, sizeof(priority), "<%d>", priority_of(level));
    print_line(priority, "", line);
    logtail_add(level, line);
}

static void write_to_syslog(enum log_level level, const char *line)
{
    int priority = priority_of(level);
    if (!has_journal || !journal_write(program_name, level, priority, line))
        syslog(priority, "%s", line);
    logtail_add(level, line);
}

/* systemd names the journal's stream; standard error may have been redirected since. */
static bool stderr_is_journal(void)
{
    unsigned long long device, inode;
    struct stat status;
    const char *stream = getenv("JOURNAL_STREAM");
    return stream != NULL && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
           fstat(STDERR_FILENO, &status) == 0 && status.st_dev == device && status.st_ino == inode;
}

void messages_use_stderr(const char *program)
{
    program_name = program;
    log_set_sink(stderr_is_journal() ? write_to_stream : write_to_stderr);
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
