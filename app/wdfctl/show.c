/* Tables. See show.h. */
#include "show.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "-";
}

static json_int_t number_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static bool flag_of(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

/* "2.5 ms": three digits that matter. */
static const char *duration(json_int_t nanoseconds, char buffer[32])
{
    static const struct {
        double unit;
        const char *name;
    } units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}};
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if ((double)nanoseconds < units[i].unit)
            continue;
        double value = (double)nanoseconds / units[i].unit;
        snprintf(buffer, 32, "%.*f %s", value < 10 ? 2 : value < 100 ? 1 : 0, value, units[i].name);
        return buffer;
    }
    snprintf(buffer, 32, "%lld ns", (long long)nanoseconds);
    return buffer;
}

/* "12:34:56.789012" */
static const char *time_of_day(json_int_t microseconds, char *text, size_t size)
{
    time_t seconds = (time_t)(microseconds / 1000000);
    struct tm local;
    text[0] = '\0';
    size_t length =
        localtime_r(&seconds, &local) != NULL ? strftime(text, size, "%H:%M:%S", &local) : 0;
    snprintf(text + length, size - length, ".%06lld", (long long)(microseconds % 1000000));
    return text;
}

void show_daemon(const json_t *daemon)
{
    printf("%s, process %lld, user %lld, version %s\n", text_of(daemon, "program"),
           (long long)number_of(daemon, "pid"), (long long)number_of(daemon, "uid"),
           text_of(daemon, "version"));
}

/* ---- devices ---- */

static const char *device_state(const json_t *device)
{
    if (flag_of(device, "has_failed"))
        return "failed";
    return flag_of(device, "is_removed") ? "removed" : text_of(device, "pnp");
}

void show_devices(const json_t *devices)
{
    char age[32];
    size_t i;
    json_t *device;
    printf("  %-18s %-14s %-9s %-16s %-14s %-14s %5s %8s\n", "DEVICE", "NODE", "KIND", "DRIVER",
           "PNP", "POWER", "FILES", "REQUESTS");
    json_array_foreach(devices, i, device)
    {
        printf("  %-18s %-14s %-9s %-16s %-14s %-14s %5lld %8lld\n", text_of(device, "handle"),
               flag_of(device, "is_covered") ? "(below)" : text_of(device, "node"),
               text_of(device, "kind"), text_of(device, "driver"), device_state(device),
               text_of(device, "power"), (long long)number_of(device, "open_files"),
               (long long)number_of(device, "outstanding"));
        if (strcmp(text_of(device, "callback"), "-") != 0)
            printf("    in %s for %s\n", text_of(device, "callback"),
                   duration(number_of(device, "callback_ns"), age));
    }
}

/* ---- queues ---- */

/* What keeps it from giving requests to the driver, if anything does. */
static const char *queue_state(const json_t *queue)
{
    if (!flag_of(queue, "is_powered"))
        return "no power";
    if (!flag_of(queue, "dispatches"))
        return flag_of(queue, "accepts") ? "stopped" : "purged";
    return flag_of(queue, "accepts") ? "running" : "draining";
}

void show_queues(const json_t *queues)
{
    size_t i;
    json_t *queue;
    printf("  %-18s %-14s %-12s %-9s %-9s %7s %11s\n", "QUEUE", "NODE", "DISPATCH", "ROLE", "STATE",
           "QUEUED", "WITH DRIVER");
    json_array_foreach(queues, i, queue)
    {
        printf("  %-18s %-14s %-12s %-9s %-9s %7lld %11lld\n", text_of(queue, "handle"),
               text_of(queue, "node"), text_of(queue, "dispatch"),
               flag_of(queue, "is_internal")  ? "internal"
               : flag_of(queue, "is_default") ? "default"
                                              : "-",
               queue_state(queue), (long long)number_of(queue, "queued"),
               (long long)number_of(queue, "with_driver"));
    }
}

/* ---- statistics ---- */

static void show_times(const json_t *kind, const char *name)
{
    char median[32], worst[32];
    const json_t *times = json_object_get(kind, name);
    printf(" %8s %8s", duration(number_of(times, "median_ns"), median),
           duration(number_of(times, "p99_ns"), worst));
}

/* How long the longest bar is. */
#define BAR_LENGTH 40

static json_int_t largest_count(const json_t *buckets)
{
    json_int_t largest = 1;
    size_t i;
    json_t *bucket;
    json_array_foreach(buckets, i, bucket)
    {
        if (number_of(bucket, "count") > largest)
            largest = number_of(bucket, "count");
    }
    return largest;
}

/* A line for each power of two, from the first that counts to the last. */
static void show_histogram(const json_t *kind, const char *name, const char *title)
{
    static const char bar[BAR_LENGTH + 1] = "########################################";
    char bound[32];
    size_t i;
    json_t *bucket;
    const json_t *buckets = json_object_get(json_object_get(kind, name), "buckets");
    json_int_t largest = largest_count(buckets);
    if (json_array_size(buckets) > 0)
        printf("    %s\n", title);
    json_array_foreach(buckets, i, bucket)
    {
        json_int_t count = number_of(bucket, "count");
        bool has_bound = json_is_integer(json_object_get(bucket, "below_ns"));
        int length = (int)((double)count / (double)largest * BAR_LENGTH + 0.5);
        printf("      %s %9s %10lld %.*s\n", has_bound ? "<" : ">",
               has_bound ? duration(number_of(bucket, "below_ns"), bound) : "", (long long)count,
               length > 0 ? length : 1, bar);
    }
}

static void show_kind(const json_t *kind)
{
    printf("  %-18s %-14s %-15s %10lld %8lld %9lld %5lld", text_of(kind, "queue"),
           text_of(kind, "node"), text_of(kind, "kind"), (long long)number_of(kind, "ended"),
           (long long)number_of(kind, "errors"), (long long)number_of(kind, "cancelled"),
           (long long)number_of(kind, "in_driver_most"));
    show_times(kind, "queued");
    show_times(kind, "in_driver");
    show_times(kind, "answered");
    printf("\n");
}

void show_statistics(const json_t *statistics)
{
    size_t i;
    json_t *kind;
    printf("  %-18s %-14s %-15s %10s %8s %9s %5s %17s %17s %17s\n", "QUEUE", "NODE", "KIND",
           "ENDED", "ERRORS", "CANCELLED", "MOST", "QUEUED 50% 99%", "IN DRIVER 50% 99%",
           "ANSWERED 50% 99%");
    json_array_foreach(statistics, i, kind)
    {
        show_kind(kind);
    }
    json_array_foreach(statistics, i, kind)
    {
        printf("\n  %s, %s of %s\n", text_of(kind, "queue"), text_of(kind, "kind"),
               text_of(kind, "node"));
        show_histogram(kind, "queued", "queued");
        show_histogram(kind, "in_driver", "with the driver");
        show_histogram(kind, "answered", "until answered");
    }
}

/* ---- requests ---- */

/* "read 64", "ioctl 0x222004" */
static void describe_operation(const json_t *request, char *buffer, size_t size)
{
    const char *type = text_of(request, "type");
    json_int_t code = number_of(request, "code");
    json_int_t length = number_of(request, "input_length") + number_of(request, "output_length");
    if (code != 0)
        snprintf(buffer, size, "%s 0x%llx", type, (long long)code);
    else
        snprintf(buffer, size, "%s %lld", type, (long long)length);
}

static void describe_client(const json_t *request, char *buffer, size_t size)
{
    json_int_t pid = number_of(request, "pid");
    if (pid == 0)
        snprintf(buffer, size, "-");
    else
        snprintf(buffer, size, "%lld %s", (long long)pid, text_of(request, "command"));
}

void show_requests(const json_t *requests)
{
    char operation[64], client[64], age[32];
    size_t i;
    json_t *request;
    printf("  %-18s %-14s %-26s %8s %-22s %-16s %-15s %s\n", "REQUEST", "NODE", "OPERATION", "AGE",
           "CLIENT", "STATE", "DRIVER", "SINCE");
    json_array_foreach(requests, i, request)
    {
        describe_operation(request, operation, sizeof(operation));
        describe_client(request, client, sizeof(client));
        printf("  %-18s %-14s %-26s %8s %-22s %-16s %-15s %s%s\n", text_of(request, "handle"),
               text_of(request, "node"), operation, duration(number_of(request, "age_ns"), age),
               client, text_of(request, "state"), text_of(request, "driver"),
               text_of(request, "since"), flag_of(request, "is_given_up") ? ", given up" : "");
    }
}

/* ---- files, timers, locks ---- */

void show_files(const json_t *files)
{
    char client[64];
    size_t i;
    json_t *file;
    printf("  %-18s %-14s %-22s %-16s %8s\n", "FILE", "NODE", "CLIENT", "MODE", "REQUESTS");
    json_array_foreach(files, i, file)
    {
        describe_client(file, client, sizeof(client));
        printf("  %-18s %-14s %-22s %-16s %8lld%s%s\n", text_of(file, "handle"),
               text_of(file, "node"), client, text_of(file, "mode"),
               (long long)number_of(file, "outstanding"),
               flag_of(file, "is_nonblocking") ? ", does not wait" : "",
               flag_of(file, "is_released") ? ", is being closed" : "");
    }
}

/* "in 2.5 ms", "7.1 s late" */
static const char *due(const json_t *timer, char *buffer, size_t size)
{
    char time[32];
    json_int_t nanoseconds = number_of(timer, "due_ns");
    if (!flag_of(timer, "is_armed"))
        snprintf(buffer, size, "-");
    else if (nanoseconds >= 0)
        snprintf(buffer, size, "in %s", duration(nanoseconds, time));
    else
        snprintf(buffer, size, "%s late", duration(-nanoseconds, time));
    return buffer;
}

void show_timers(const json_t *timers)
{
    char when[64], period[32];
    size_t i;
    json_t *timer;
    printf("  %-18s %-16s %-14s %8s %7s %s\n", "TIMER", "DRIVER", "DUE", "PERIOD", "RUNNING",
           "CALLBACK");
    json_array_foreach(timers, i, timer)
    {
        json_int_t milliseconds = number_of(timer, "period_ms");
        printf("  %-18s %-16s %-14s %8s %7lld %s\n", text_of(timer, "handle"),
               text_of(timer, "driver"), due(timer, when, sizeof(when)),
               milliseconds > 0 ? duration(milliseconds * 1000000, period) : "-",
               (long long)number_of(timer, "running"), text_of(timer, "callback"));
    }
}

static void show_waiters(const json_t *waiters)
{
    size_t i;
    json_t *waiter;
    json_array_foreach(waiters, i, waiter)
    {
        printf("%s %lld (%s)", i == 0 ? "; wanted by" : ",", (long long)number_of(waiter, "thread"),
               text_of(waiter, "thread_name"));
    }
    printf("\n");
}

void show_locks(const json_t *locks)
{
    size_t i;
    json_t *lock;
    printf("  %-18s %-36s %-16s %s\n", "OBJECT", "LOCK", "DRIVER", "HELD BY THREAD");
    json_array_foreach(locks, i, lock)
    {
        char what[64];
        snprintf(what, sizeof(what), "%s%s",
                 flag_of(lock, "is_presentation") ? "presentation lock of " : "",
                 text_of(lock, "class"));
        printf("  %-18s %-36s %-16s %lld (%s)", text_of(lock, "object"), what,
               text_of(lock, "driver"), (long long)number_of(lock, "thread"),
               text_of(lock, "thread_name"));
        show_waiters(json_object_get(lock, "waiters"));
    }
}

/* ---- faults on demand ---- */

static void show_range(const json_t *injection)
{
    printf("%lld fail%s", (long long)number_of(injection, "failing"),
           number_of(injection, "failing") == 1 ? "s" : "");
    if (number_of(injection, "passing") > 0)
        printf(", after %lld that do not", (long long)number_of(injection, "passing"));
    printf("\n");
}

void show_injections(const json_t *answer)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(answer, "allocations"), i, one)
    {
        printf("  allocation of %s: ", text_of(one, "kind"));
        show_range(one);
    }
    json_array_foreach(json_object_get(answer, "completions"), i, one)
    {
        printf("  completion of %s, %s", text_of(one, "node"), text_of(one, "type"));
        if (json_is_string(json_object_get(one, "status")))
            printf(", with %s", text_of(one, "status"));
        if (number_of(one, "delay_ms") > 0)
            printf(", %lld ms late", (long long)number_of(one, "delay_ms"));
        printf(": ");
        show_range(one);
    }
}

/* ---- WMI ---- */

void show_blocks(const json_t *blocks)
{
    size_t i;
    json_t *block;
    printf("  %-36s  %-14s %-16s %9s %-10s %s\n", "BLOCK", "NODE", "DRIVER", "INSTANCES", "FLAGS",
           "MOF");
    json_array_foreach(blocks, i, block)
    {
        printf("  %-36s  %-14s %-16s %9lld 0x%-8llx %s\n", text_of(block, "guid"),
               text_of(block, "node"), text_of(block, "driver"),
               (long long)number_of(block, "instances"), (long long)number_of(block, "flags"),
               text_of(block, "mof"));
    }
}

#define BYTES_OF_LINE 16

void show_bytes(const char *digits)
{
    unsigned value;
    for (size_t offset = 0; *digits != '\0'; offset += BYTES_OF_LINE) {
        char characters[BYTES_OF_LINE + 1] = "";
        size_t count = 0;
        printf("  %04zx ", offset);
        for (; count < BYTES_OF_LINE && sscanf(digits, "%2x", &value) == 1; count++, digits += 2) {
            printf(" %02x", value);
            characters[count] = value >= ' ' && value < 0x7F ? (char)value : '.';
        }
        if (count == 0)
            return;
        printf("%*s  %s\n", (int)(3 * (BYTES_OF_LINE - count)), "", characters);
    }
}

void show_event(const json_t *event)
{
    char time[64];
    printf("%s %s, instance %lld of %s", time_of_day(number_of(event, "time"), time, sizeof(time)),
           text_of(event, "guid"), (long long)number_of(event, "instance"), text_of(event, "node"));
    if (number_of(event, "lost") > 0)
        printf(", %lld lost before it", (long long)number_of(event, "lost"));
    printf("\n");
}

/* ---- objects ---- */

/* Deeper ones are not set in any further. */
#define DEPTH_MAX 32

/* What keeps a device in D0. */
static void show_power_references(const json_t *object, json_int_t depth)
{
    size_t i;
    json_t *reference;
    json_array_foreach(json_object_get(object, "kept_in_d0"), i, reference)
    {
        printf("  %*s  kept in D0 by %lld reference%s with tag %s, taken at %s\n", (int)(2 * depth),
               "", (long long)number_of(reference, "count"),
               number_of(reference, "count") == 1 ? "" : "s", text_of(reference, "tag"),
               text_of(reference, "place"));
    }
}

static void show_object(const json_t *object)
{
    json_int_t depth = number_of(object, "depth");
    depth = depth < 0 ? 0 : depth > DEPTH_MAX ? DEPTH_MAX : depth;
    printf("  %*s%s %s, %lld reference%s%s", (int)(2 * depth), "", text_of(object, "class"),
           text_of(object, "handle"), (long long)number_of(object, "references"),
           number_of(object, "references") == 1 ? "" : "s",
           flag_of(object, "is_deleted") ? ", deleted" : "");
    if (strcmp(text_of(object, "creator"), "-") != 0)
        printf(", made at %s", text_of(object, "creator"));
    if (strcmp(text_of(object, "referencer"), "-") != 0)
        printf(", last referenced at %s", text_of(object, "referencer"));
    printf("\n");
    show_power_references(object, depth);
}

void show_objects(const json_t *objects)
{
    size_t i;
    json_t *object;
    json_array_foreach(objects, i, object)
    {
        show_object(object);
    }
}

/* Those that a driver has referenced or keeps in D0, or that are deleted and still there. */
void show_references(const json_t *objects)
{
    size_t i;
    json_t *object;
    json_array_foreach(objects, i, object)
    {
        if (flag_of(object, "is_deleted") || strcmp(text_of(object, "referencer"), "-") != 0 ||
            json_array_size(json_object_get(object, "kept_in_d0")) > 0)
            show_object(object);
    }
}

/* ---- the log ---- */

void show_lines(const json_t *lines)
{
    size_t i;
    json_t *line;
    json_array_foreach(lines, i, line)
    {
        char time[64];
        printf("%s %s: %s\n", time_of_day(number_of(line, "time"), time, sizeof(time)),
               text_of(line, "level"), text_of(line, "text"));
    }
    fflush(stdout);
}

void show_left_out(const json_t *answer)
{
    json_int_t count = number_of(answer, "left_out");
    if (count > 0)
        printf("  and %lld more\n", (long long)count);
}
