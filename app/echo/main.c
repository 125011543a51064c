/* echod: the echo driver in a host. The driver itself is in driver.c, device.c and queue.c. */
#include <wdfuse/host.h>

#include <stdio.h>

#include "options.h"

DRIVER_INITIALIZE DriverEntry;

#define MAXIMUM_PRESENTED 1000000
#define MAXIMUM_DELAY_MS  3600000

struct echo_options echo_options = {
    .dispatch = WdfIoQueueDispatchSequential,
    .sync = WdfSynchronizationScopeQueue,
};

static int parse_dispatch(const char *value, char *error, size_t size)
{
    static const char *const names[] = {"sequential", "parallel", "manual"};
    static const WDF_IO_QUEUE_DISPATCH_TYPE types[] = {
        WdfIoQueueDispatchSequential, WdfIoQueueDispatchParallel, WdfIoQueueDispatchManual};
    size_t index;
    if (WdfuseHostParseChoice(value, names, sizeof(names) / sizeof(names[0]), &index, error,
                              size) != 0)
        return -1;
    echo_options.dispatch = types[index];
    return 0;
}

static int parse_presented(const char *value, char *error, size_t size)
{
    unsigned long number;
    if (WdfuseHostParseNumber(value, 0, MAXIMUM_PRESENTED, &number, error, size) != 0)
        return -1;
    echo_options.presented = (ULONG)number;
    return 0;
}

static int parse_sync(const char *value, char *error, size_t size)
{
    static const char *const names[] = {"queue", "device", "none"};
    static const WDF_SYNCHRONIZATION_SCOPE scopes[] = {
        WdfSynchronizationScopeQueue, WdfSynchronizationScopeDevice, WdfSynchronizationScopeNone};
    size_t index;
    if (WdfuseHostParseChoice(value, names, sizeof(names) / sizeof(names[0]), &index, error,
                              size) != 0)
        return -1;
    echo_options.sync = scopes[index];
    return 0;
}

static int parse_delay(const char *value, char *error, size_t size)
{
    unsigned long number;
    if (WdfuseHostParseNumber(value, 0, MAXIMUM_DELAY_MS, &number, error, size) != 0)
        return -1;
    echo_options.delay_ms = (ULONG)number;
    return 0;
}

static int parse_read(const char *value, char *error, size_t size)
{
    static const char *const names[] = {"stream", "sample"};
    size_t index;
    if (WdfuseHostParseChoice(value, names, sizeof(names) / sizeof(names[0]), &index, error,
                              size) != 0)
        return -1;
    echo_options.read_as_sample = index == 1;
    return 0;
}

static int check(char *error, size_t size)
{
    if (echo_options.presented == 0 || echo_options.dispatch == WdfIoQueueDispatchParallel)
        return 0;
    snprintf(error, size, "--presented limits parallel dispatch: it needs --dispatch=parallel");
    return -1;
}

int main(int argc, char **argv)
{
    static const WDFUSE_HOST_OPTION options[] = {
        {"dispatch", "TYPE",
         "sequential, parallel or manual (default sequential); with manual\n"
         "a read that has nothing new waits for a write",
         parse_dispatch},
        {"presented", "N",
         "with parallel dispatch: most requests the driver has at once\n"
         "(default 0, no limit)",
         parse_presented},
        {"sync", "SCOPE",
         "which callbacks exclude each other: queue, device or none\n"
         "(default queue)",
         parse_sync},
        {"delay", "MS", "complete a write that many milliseconds later (default 0)", parse_delay},
        {"read", "HOW",
         "stream: a read goes on where the last one ended; sample: every\n"
         "read starts at the first byte (default stream)",
         parse_read},
    };
    static const WDFUSE_HOST host = {
        .Size = sizeof(host),
        .ProgramName = "echod",
        .Version = WDFUSE_VERSION,
        .Summary = "Serves a device that gives back what was written to it last.",
        .DeviceName = "echo",
        .ServiceName = "echo",
        .DriverEntry = DriverEntry,
        .Options = options,
        .OptionCount = sizeof(options) / sizeof(options[0]),
        .CheckOptions = check,
    };
    return WdfuseHostMain(argc, argv, &host);
}
