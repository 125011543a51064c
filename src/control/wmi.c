/* WMI by the control socket. See wmi.h. Data are hexadecimal digits. */
#include "control/wmi.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "nt/guid.h"
#include "nt/tracewords.h"

/* In one message; more follow in the next. */
#define EVENTS_AT_ONCE 64

/* From the first of January 1601, in 100 ns, to that of 1970. */
#define NT_EPOCH 116444736000000000

/* ---- digits ---- */

static int digit_value(char digit)
{
    if (isdigit((unsigned char)digit))
        return digit - '0';
    return isxdigit((unsigned char)digit) ? tolower((unsigned char)digit) - 'a' + 10 : -1;
}

/* Two digits a byte; false: other characters, or too many. */
static bool read_bytes(const char *digits, unsigned char *bytes, size_t size, size_t *count)
{
    for (*count = 0; digits[0] != '\0'; digits += 2) {
        int high = digit_value(digits[0]), low = high >= 0 ? digit_value(digits[1]) : -1;
        if (low < 0 || *count == size)
            return false;
        bytes[(*count)++] = (unsigned char)(high << 4 | low);
    }
    return true;
}

static json_t *bytes_as_json(const unsigned char *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    char *text = malloc(2 * count + 1);
    if (text == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    json_t *result = json_stringn(text, 2 * count);
    free(text);
    return result;
}

static json_t *guid_as_json(const GUID *guid)
{
    char text[40];
    trace_guid_text(guid, text, sizeof(text));
    return json_string(text);
}

/* ---- the list ---- */

static void add_block(void *context, const struct wmi_block *block)
{
    (void)json_array_append_new(
        context, json_pack("{s:o, s:s, s:s, s:s?, s:i, s:i}", "guid", guid_as_json(&block->guid),
                           "node", block->device, "driver", block->driver, "mof", block->mof_name,
                           "flags", (int)block->flags, "instances", (int)block->instances));
}

void list_wmi_blocks(const struct call *call)
{
    json_t *blocks = json_array();
    wmi_for_each_block(add_block, blocks);
    call_reply(call, json_pack("{s:o}", "blocks", blocks));
}

/* ---- commands ---- */

static bool take_guid(const struct call *call, GUID *guid)
{
    const char *text;
    if (!call_string(call, "guid", false, &text))
        return false;
    if (guid_from_text(text, guid))
        return true;
    call_fail_parameter(call, "guid");
    return false;
}

static bool take_data(const struct call *call, struct control_wmi *wmi)
{
    const char *digits;
    size_t count = 0;
    if (!call_string(call, "data", true, &digits))
        return false;
    if (digits != NULL && !read_bytes(digits, wmi->data, sizeof(wmi->data), &count)) {
        call_fail_parameter(call, "data");
        return false;
    }
    wmi->input_size = (ULONG)count;
    return true;
}

static bool take_number(const struct call *call, const char *key, uint64_t most, ULONG *number)
{
    uint64_t given = *number;
    if (!call_number(call, key, most, &given))
        return false;
    *number = (ULONG)given;
    return true;
}

/* The block's device may be left out. */
static bool take_node(const struct call *call, struct control_command *command)
{
    const json_t *device = json_object_get(call->parameters, "device");
    return device == NULL || json_is_null(device) || call_take_device(call, command);
}

static bool take_parameters(const struct call *call, struct control_command *command)
{
    struct control_wmi *wmi = command->wmi;
    wmi->output_size = WMI_DATA_MAX;
    return take_guid(call, &wmi->guid) && take_node(call, command) &&
           take_number(call, "instance", UINT32_MAX, &wmi->index) &&
           take_number(call, "id", UINT32_MAX, &wmi->id) && take_data(call, wmi) &&
           take_number(call, "output_size", WMI_DATA_MAX, &wmi->output_size);
}

void command_wmi(const struct call *call, enum control_verb verb)
{
    struct control_command command = {.verb = verb};
    if (verb == CONTROL_WMI_WATCH && (!call->wants_more || call->is_oneway)) {
        call_fail(call, VARLINK, "ExpectedMore", NULL, NULL);
        return;
    }
    command.wmi = calloc(1, sizeof(*command.wmi));
    if (command.wmi == NULL) {
        call->connection->is_over = true;
        return;
    }
    command.wmi->event = call->served->event;
    if (take_parameters(call, &command))
        call_command(call, &command);
    else
        free(command.wmi);
}

json_t *wmi_result(const struct control_command *command)
{
    const struct control_wmi *wmi = command->wmi;
    bool has_data = command->verb == CONTROL_WMI_GET || command->verb == CONTROL_WMI_EXECUTE;
    if (command->verb == CONTROL_WMI_WATCH)
        return json_pack("{s:[]}", "events");
    return has_data ? json_pack("{s:o}", "data", bytes_as_json(wmi->data, wmi->used))
                    : json_object();
}

/* ---- in the main thread ---- */

static void wake(void *context)
{
    const struct control_wmi *wmi = context;
    eventfd_write(wmi->event, 1);
}

static NTSTATUS begin_watch(struct control_wmi *wmi)
{
    wmi->watch = wmi_watch_begin(&wmi->guid, wake, wmi);
    return wmi->watch != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static NTSTATUS end_watch(struct control_wmi *wmi)
{
    wmi_watch_end(wmi->watch);
    wmi->watch = NULL;
    return STATUS_SUCCESS;
}

/* Data too long for the buffer were not read (S19.14). */
static NTSTATUS check_used(NTSTATUS status, const struct control_wmi *wmi)
{
    return NT_SUCCESS(status) && wmi->used > wmi->output_size ? STATUS_BUFFER_TOO_SMALL : status;
}

NTSTATUS control_execute_wmi(const struct control_command *command)
{
    struct control_wmi *wmi = command->wmi;
    const struct wmi_address address = {
        .guid = &wmi->guid,
        .device = command->device[0] != '\0' ? command->device : NULL,
        .index = wmi->index,
    };
    switch (command->verb) {
    case CONTROL_WMI_GET:
        return check_used(wmi_query(&address, wmi->data, wmi->output_size, &wmi->used), wmi);
    case CONTROL_WMI_SET:
        return wmi_set_instance(&address, wmi->data, wmi->input_size);
    case CONTROL_WMI_SET_ITEM:
        return wmi_set_item(&address, wmi->id, wmi->data, wmi->input_size);
    case CONTROL_WMI_EXECUTE:
        return check_used(wmi_execute(&address, wmi->id, wmi->data, wmi->input_size,
                                      wmi->output_size, &wmi->used),
                          wmi);
    case CONTROL_WMI_WATCH:
        return begin_watch(wmi);
    default:
        return end_watch(wmi);
    }
}

/* ---- events ---- */

static json_t *describe_event(const struct wmi_event *event)
{
    json_int_t microseconds = (event->time.QuadPart - NT_EPOCH) / 10;
    return json_pack("{s:o, s:s, s:i, s:I, s:i, s:o}", "guid", guid_as_json(&event->guid), "node",
                     event->device, "instance", (int)event->index, "time", microseconds, "lost",
                     (int)event->lost, "data", bytes_as_json(event->data, event->size));
}

void wmi_send_events(struct connection *connection, struct control_wmi *wmi)
{
    json_t *events = json_array();
    struct wmi_event *event;
    while (json_array_size(events) < EVENTS_AT_ONCE &&
           (event = wmi_watch_take(wmi->watch)) != NULL) {
        int error = json_array_append_new(events, describe_event(event));
        free(event);
        if (error != 0) { /* no memory: the client must not believe that it has seen all */
            connection->is_over = true;
            break;
        }
    }
    if (json_array_size(events) > 0)
        call_answer(connection, json_pack("{s:o}", "events", events), true);
    else
        json_decref(events);
}

bool wmi_is_watching(const struct control_command *command)
{
    return command->wmi != NULL && command->wmi->watch != NULL;
}

struct wmi_watch *wmi_take_watch(struct control_command *command)
{
    struct wmi_watch *watch = command->wmi->watch;
    command->wmi->watch = NULL;
    return watch;
}
