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

void show_statistics(const json_t *statistics)
{
    size_t i;
    json_t *kind;
    printf("  %-18s %-14s %-15s %10s %8s %9s %5s %17s %17s %17s\n", "QUEUE", "NODE", "KIND",
           "ENDED", "ERRORS", "CANCELLED", "MOST", "QUEUED 50% 99%", "IN DRIVER 50% 99%",
           "ANSWERED 50% 99%");
    json_array_foreach(statistics, i, kind)
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
        json_int_t microseconds = number_of(line, "time");
        time_t seconds = (time_t)(microseconds / 1000000);
        struct tm local;
        char time[32] = "";
        if (localtime_r(&seconds, &local) != NULL)
            strftime(time, sizeof(time), "%H:%M:%S", &local);
        printf("%s.%06lld %s: %s\n", time, (long long)(microseconds % 1000000),
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
