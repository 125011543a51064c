#include <err.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "report.h"

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void report_begin(struct report *report, const char *device, size_t count, size_t size,
                  const char *engine, bool is_verbose)
{
    *report = (struct report){.device = device, .is_verbose = is_verbose, .began = seconds_now()};
    report->reads.count = report->writes.count = count;
    report->is_updating = !is_verbose && isatty(STDOUT_FILENO);
    printf("%s: %zu reads and %zu writes of %zu bytes at once, by %s\n", device, count, count, size,
           engine);
}

static double tally_completed(struct tally *tally, double began)
{
    tally->last = seconds_now() - began;
    if (tally->completed++ == 0)
        tally->first = tally->last;
    return tally->last;
}

void report_write(struct report *report, size_t number)
{
    double seconds = tally_completed(&report->writes, report->began);

    if (report->is_verbose)
        printf("%10.3f s  write %zu completed\n", seconds, number);
}

void report_read(struct report *report, size_t number, uint32_t message)
{
    double seconds = tally_completed(&report->reads, report->began);

    if (report->is_verbose)
        printf("%10.3f s  read %zu completed: message %ju\n", seconds, number, (uintmax_t)message);
}

void report_progress(const struct report *report)
{
    if (!report->is_updating)
        return;
    printf("\r%s: %zu of %zu writes and %zu of %zu reads completed", report->device,
           report->writes.completed, report->writes.count, report->reads.completed,
           report->reads.count);
    fflush(stdout);
}

void report_end_progress(struct report *report)
{
    if (report->is_updating)
        putchar('\n');
    report->is_updating = false;
}

void report_success(const struct report *report)
{
    printf("%s: %zu writes completed, the first after %.3f s, the last after %.3f s\n",
           report->device, report->writes.completed, report->writes.first, report->writes.last);
    printf("%s: %zu reads completed, each with a whole message of these\n", report->device,
           report->reads.completed);
    if (report->repeated > 0)
        printf("%s: %zu reads came too early, and were repeated after the first write\n",
               report->device, report->repeated);
}

void report_cancelled(const struct report *report, const char *why)
{
    warnx("%s: %zu cancelled (%zu reads, %zu writes), %zu were complete (%zu reads, %zu writes)",
          why, report->reads.cancelled + report->writes.cancelled, report->reads.cancelled,
          report->writes.cancelled, report->reads.completed + report->writes.completed,
          report->reads.completed, report->writes.completed);
    if (report->failed > 0)
        warnx("%zu failed meanwhile; look into the log of the device's daemon", report->failed);
}
