/* echod: the echo driver in a host. The driver itself is in driver.c, device.c and queue.c; what
 * --echo=sample serves is in ../sample. */
#include <wdfuse/host.h>

#include <stdio.h>

#include "../sample/sample.h"
#include "options.h"

DRIVER_INITIALIZE DriverEntry, EchodEntry;

#define MAXIMUM_PRESENTED 1000000
#define MAXIMUM_DELAY_MS  3600000
#define SAMPLE_PERIOD_MS  100

struct echo_options echo_options = {
    .dispatch = WdfIoQueueDispatchSequential,
    .sync = WdfSynchronizationScopeQueue,
};
SAMPLE_OPTIONS SampleOptions;
static bool is_sample;

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

static int parse_echo(const char *value, char *error, size_t size)
{
    static const char *const names[] = {"message", "sample"};
    size_t index;
    if (WdfuseHostParseChoice(value, names, sizeof(names) / sizeof(names[0]), &index, error,
                              size) != 0)
        return -1;
    is_sample = index == 1;
    return 0;
}

/* Why these options do not go together; NULL: they do. */
static const char *contradiction(void)
{
    if (echo_options.presented != 0 && echo_options.dispatch != WdfIoQueueDispatchParallel)
        return "--presented limits parallel dispatch: it needs --dispatch=parallel";
    if (is_sample && echo_options.dispatch == WdfIoQueueDispatchParallel)
        return "--echo=sample has one request at a time: it needs --dispatch=sequential or manual";
    if (is_sample && echo_options.sync == WdfSynchronizationScopeDevice)
        return "--echo=sample has two forms: --sync=queue (AutoSync) and --sync=none (DriverSync)";
    return NULL;
}

static int check(char *error, size_t size)
{
    const char *reason = contradiction();
    if (reason != NULL)
        snprintf(error, size, "%s", reason);
    return reason == NULL ? 0 : -1;
}

NTSTATUS EchodEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    if (!is_sample)
        return DriverEntry(DriverObject, RegistryPath);
    SampleOptions.PeriodMs = echo_options.delay_ms != 0 ? echo_options.delay_ms : SAMPLE_PERIOD_MS;
    SampleOptions.IsManual = echo_options.dispatch == WdfIoQueueDispatchManual;
    SampleOptions.HasLock = echo_options.sync == WdfSynchronizationScopeNone;
    return SampleDriverEntry(DriverObject, RegistryPath);
}

int main(int argc, char **argv)
{
    static const WDFUSE_HOST_OPTION options[] = {
        {"echo", "WHICH",
         "message: writes are completed at once, reads go on where the last\n"
         "one ended; sample: as the Windows sample, a timer completes reads\n"
         "and writes, one at a time (default message)",
         parse_echo},
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
        {"delay", "MS",
         "complete a write that many milliseconds later (default 0); of the\n"
         "sample, the period of its timer (100 unless it is given)",
         parse_delay},
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
        .DriverEntry = EchodEntry,
        .Options = options,
        .OptionCount = sizeof(options) / sizeof(options[0]),
        .CheckOptions = check,
        .SandboxCalls = "",
    };
    return WdfuseHostMain(argc, argv, &host);
}
