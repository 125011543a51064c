/* Faults on demand. See inject.h. No driver is called, so the socket's own thread does it. */
#include "control/inject.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <wdf.h>

#include "control/describe.h"
#include "framework/lifecycle.h"
#include "nt/injection.h"
#include "nt/status.h"
#include "port/log.h"

/* A longer one makes no sense: clients have given up by then. */
#define DELAY_MAX_MS 600000

/* ---- what is armed ---- */

static void add_completion(const struct inspect_device *device, void *context)
{
    struct inspect_injection what;
    if (!inspect_injected(device_io(device->device), &what))
        return;
    (void)json_array_append_new(
        context,
        json_pack("{s:o, s:s?, s:s, s:s?, s:i, s:i, s:i}", "device",
                  json_sprintf("%p", device->handle), "node", device->node, "type",
                  inspect_type_name(what.type), "status",
                  NT_SUCCESS(what.status) ? NULL : nt_status_name(what.status), "delay_ms",
                  (int)what.delay_ms, "passing", (int)what.passing, "failing", (int)what.failing));
}

static json_t *describe_allocations(void)
{
    struct injection armed[INJECTIONS_MAX];
    unsigned count = injection_copy(armed);
    json_t *allocations = json_array();
    for (unsigned i = 0; i < count; i++)
        (void)json_array_append_new(allocations, json_pack("{s:s, s:i, s:i}", "kind", armed[i].kind,
                                                           "passing", (int)armed[i].passing,
                                                           "failing", (int)armed[i].failing));
    return allocations;
}

void list_injections(const struct call *call)
{
    json_t *completions = json_array();
    inspect_devices(add_completion, completions);
    call_reply(call, json_pack("{s:o, s:o}", "allocations", describe_allocations(), "completions",
                               completions));
}

/* ---- arming ---- */

/* The Nth from now on, and how many; by default 1 and 1. A count of 0 disarms. */
static bool take_range(const struct call *call, unsigned *nth, unsigned *count)
{
    uint64_t first = 1, all = 1;
    if (!call_number(call, "nth", UINT32_MAX, &first) ||
        !call_number(call, "count", UINT32_MAX, &all))
        return false;
    if (first == 0) {
        call_fail_parameter(call, "nth");
        return false;
    }
    *nth = (unsigned)first;
    *count = (unsigned)all;
    return true;
}

void inject_allocation(const struct call *call)
{
    const char *kind;
    unsigned nth, count;
    if (!call_string(call, "kind", false, &kind) || !take_range(call, &nth, &count))
        return;
    if (injection_arm(kind, nth, count))
        call_reply(call, json_object());
    else
        call_fail_parameter(call, "kind");
}

/* By its name, or as "0xC0000185". */
static bool read_status(const char *text, NTSTATUS *status)
{
    char *end;
    for (size_t i = 0; nt_status_at(i, status); i++) {
        if (strcmp(nt_status_name(*status), text) == 0)
            return true;
    }
    errno = 0;
    unsigned long number = strtoul(text, &end, 16);
    *status = (NTSTATUS)number;
    return strncmp(text, "0x", 2) == 0 && end > text + 2 && *end == '\0' && errno == 0 &&
           number <= UINT32_MAX;
}

static bool take_status(const struct call *call, NTSTATUS *status)
{
    const char *text;
    if (!call_string(call, "status", true, &text))
        return false;
    *status = STATUS_SUCCESS;
    if (text == NULL || (read_status(text, status) && !NT_SUCCESS(*status)))
        return true;
    call_fail_parameter(call, "status");
    return false;
}

static bool take_type(const struct call *call, int *type)
{
    const char *text;
    if (!call_string(call, "type", true, &text))
        return false;
    if (inspect_type_from_name(text, type))
        return true;
    call_fail_parameter(call, "type");
    return false;
}

struct search {
    const char *name;
    const struct inspect_injection *injection;
    bool is_found;
};

static void inject_if_meant(const struct inspect_device *device, void *context)
{
    struct search *search = context;
    if (device->is_removed || !describe_is_meant(device, search->name))
        return;
    inspect_inject(device_io(device->device), search->injection);
    search->is_found = true;
}

void inject_completion(const struct call *call)
{
    struct inspect_injection injection = {0};
    struct search search = {.injection = &injection};
    unsigned nth;
    uint64_t delay = 0;
    if (!call_string(call, "device", false, &search.name) ||
        !take_range(call, &nth, &injection.failing) || !take_status(call, &injection.status) ||
        !take_type(call, &injection.type) || !call_number(call, "delay_ms", DELAY_MAX_MS, &delay))
        return;
    injection.passing = nth - 1;
    injection.delay_ms = (unsigned)delay;
    inspect_devices(inject_if_meant, &search);
    if (search.is_found)
        call_reply(call, json_object());
    else
        call_fail(call, CONTROL_INTERFACE, "NoSuchDevice", "device", search.name);
}
