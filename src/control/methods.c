/* The methods. See methods.h. */
#include "control/methods.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <wdf.h>
#include <wdfuse/trace.h>

#include "control/call.h"
#include "control/describe.h"
#include "control/inject.h"
#include "control/logtail.h"
#include "control/interface.h"
#include "control/wmi.h"
#include "nt/status.h"
#include "port/log.h"

/* ---- looking ---- */

static void get_info(const struct call *call)
{
    call_reply(call, json_pack("{s:s, s:s, s:s, s:s, s:[s, s]}", "vendor", "wdfuse", "product",
                               call->served->program, "version", WDFUSE_VERSION, "url", "",
                               "interfaces", VARLINK, CONTROL_INTERFACE));
}

static void get_interface_description(const struct call *call)
{
    const char *interface;
    if (!call_string(call, "interface", false, &interface))
        return;
    const char *description = strcmp(interface, CONTROL_INTERFACE) == 0 ? interface_control
                              : strcmp(interface, VARLINK) == 0         ? interface_service
                                                                        : NULL;
    if (description != NULL)
        call_reply(call, json_pack("{s:s}", "description", description));
    else
        call_fail(call, VARLINK, "InterfaceNotFound", "interface", interface);
}

static void get_daemon(const struct call *call)
{
    int level = atomic_load(&log_current_level);
    call_reply(call,
               json_pack("{s:{s:s, s:s, s:i, s:i, s:s, s:b}}", "daemon", "program",
                         call->served->program, "version", WDFUSE_VERSION, "pid", (int)getpid(),
                         "uid", (int)geteuid(), "log_level", log_level_name((enum log_level)level),
                         "may_command", (int)call->connection->may_command));
}

static void list_devices(const struct call *call)
{
    call_reply(call, json_pack("{s:o}", "devices", describe_devices()));
}

/* A list of what one device, or all, have. */
static void list_in_devices(const struct call *call,
                            struct description (*describe)(const char *device))
{
    const char *device;
    if (!call_string(call, "device", true, &device))
        return;
    struct description description = describe(device);
    if (description.is_found) {
        call_reply(call, description.parameters);
        return;
    }
    json_decref(description.parameters);
    call_fail(call, CONTROL_INTERFACE, "NoSuchDevice", "device", device);
}

static void list_objects(const struct call *call)
{
    const char *device;
    if (call_string(call, "device", false, &device))
        list_in_devices(call, describe_objects);
}

/* ---- the log ---- */

static json_t *describe_line(struct logtail_line *line)
{
    /* A driver may print invalid UTF-8, and a line may be cut. */
    json_t *text = json_string(line->text);
    for (char *c = line->text; text == NULL && *c != '\0'; c++)
        *c = isascii((unsigned char)*c) ? *c : '?';
    if (text == NULL)
        text = json_string(line->text);
    return json_pack("{s:I, s:I, s:s, s:o}", "number", (json_int_t)line->number, "time",
                     (json_int_t)line->time, "level", log_level_name(line->level), "text", text);
}

/* The lines after that number, which is set to that of the last one. */
static json_t *describe_log(uint64_t *number)
{
    json_t *lines = json_array();
    struct logtail_line line;
    for (unsigned i = 0; i < LOGTAIL_LINES && logtail_next(*number, &line); i++) {
        *number = line.number;
        if (json_array_append_new(lines, describe_line(&line)) != 0)
            break;
    }
    return json_pack("{s:o}", "lines", lines);
}

static void get_log(const struct call *call)
{
    struct connection *connection = call->connection;
    uint64_t seen = 0;
    json_t *parameters = describe_log(&seen);
    if (!call->wants_more || !json_is_true(json_object_get(call->parameters, "follow"))) {
        call_reply(call, parameters);
        return;
    }
    connection->follows = true;
    connection->seen = seen;
    call_answer(connection, parameters, true);
}

void methods_continue_log(struct connection *connection)
{
    struct logtail_line line;
    if (connection->output == NULL && logtail_next(connection->seen, &line))
        call_answer(connection, describe_log(&connection->seen), true);
}

static void set_log_level(const struct call *call)
{
    const char *name;
    if (!call_string(call, "level", false, &name))
        return;
    int level = log_level_from_name(name);
    if (level < 0) {
        call_fail_parameter(call, "level");
        return;
    }
    log_set_level((enum log_level)level);
    log_info("the log's level is '%s' from now on", name);
    call_reply(call, json_object());
}

static void enable_trace(const struct call *call)
{
    const char *provider;
    char error[256];
    if (!call_string(call, "provider", false, &provider))
        return;
    if (WdfuseTraceEnable(provider, error, sizeof(error)) == 0)
        call_reply(call, json_object());
    else
        call_fail_parameter(call, "provider");
}

/* ---- commands ---- */

static void command_all(const struct call *call, enum control_verb verb)
{
    call_command(call, &(struct control_command){.verb = verb});
}

static void command_device(const struct call *call, enum control_verb verb)
{
    struct control_command command = {.verb = verb};
    if (call_take_device(call, &command))
        call_command(call, &command);
}

/* For what a device is used, by the names of the interface. */
static int special_file(const char *name)
{
    static const char *const names[WdfSpecialFileMax] = {
        [WdfSpecialFilePaging] = "paging",       [WdfSpecialFileHibernation] = "hibernation",
        [WdfSpecialFileDump] = "dump",           [WdfSpecialFileBoot] = "boot",
        [WdfSpecialFileGuestAssigned] = "guest",
    };
    for (int file = 0; file < WdfSpecialFileMax; file++) {
        if (names[file] != NULL && strcmp(names[file], name) == 0)
            return file;
    }
    return WdfSpecialFileUndefined;
}

static void command_use(const struct call *call, enum control_verb verb)
{
    struct control_command command = {.verb = verb};
    const char *file;
    if (!call_take_device(call, &command) || !call_string(call, "file", false, &file))
        return;
    command.file = special_file(file);
    if (command.file == WdfSpecialFileUndefined)
        call_fail_parameter(call, "file");
    else
        call_command(call, &command);
}

static void command_request(const struct call *call, enum control_verb verb)
{
    struct control_command command = {.verb = verb};
    const char *request;
    char *end;
    if (!call_string(call, "request", false, &request))
        return;
    errno = 0;
    command.request = strtoull(request, &end, 16);
    if (!isxdigit((unsigned char)request[0]) || errno != 0 || *end != '\0')
        call_fail_parameter(call, "request");
    else
        call_command(call, &command);
}

static void answer_command(struct connection *to, const struct control_command *command,
                           NTSTATUS status)
{
    char text[32];
    if (status == STATUS_NO_SUCH_DEVICE && command->device[0] != '\0') {
        connection_send(to,
                        call_error(CONTROL_INTERFACE, "NoSuchDevice", "device", command->device));
    } else if (status == STATUS_NOT_FOUND && command->verb == CONTROL_CANCEL_REQUEST) {
        snprintf(text, sizeof(text), "0x%lx", (unsigned long)command->request);
        connection_send(to, call_error(CONTROL_INTERFACE, "NoSuchRequest", "request", text));
    } else if (!NT_SUCCESS(status)) {
        connection_send(
            to, call_error(CONTROL_INTERFACE, "CommandFailed", "status", nt_status_name(status)));
    } else {
        call_answer(to, command->wmi != NULL ? wmi_result(command) : json_object(),
                    command->verb == CONTROL_WMI_WATCH);
    }
}

void methods_continue_command(const struct served *served, struct connection *connection)
{
    struct pending_command *pending = connection->command;
    const struct control_command *command = command_of(pending);
    NTSTATUS status;
    if (!command_is_done(served->commands, pending, &status))
        return;
    connection->command = NULL;
    answer_command(connection, command, status);
    if (command->verb == CONTROL_WMI_WATCH && NT_SUCCESS(status))
        connection->watch = pending;
    else
        command_free(served->commands, pending);
}

void methods_continue_watch(struct connection *connection)
{
    if (connection->output == NULL)
        wmi_send_events(connection, command_of(connection->watch)->wmi);
}

/* ---- calls ---- */

struct method {
    const char *name;
    void (*look)(const struct call *call);
    /* Or a list of what is in one device, or in all. */
    struct description (*list)(const char *device);
    /* Or a command, which needs permission. */
    void (*command)(const struct call *call, enum control_verb verb);
    enum control_verb verb;
    bool changes; /* a `look` that needs the same permission */
};

static const struct method methods[] = {
    {VARLINK ".GetInfo", .look = get_info},
    {VARLINK ".GetInterfaceDescription", .look = get_interface_description},
    {CONTROL_INTERFACE ".GetDaemon", .look = get_daemon},
    {CONTROL_INTERFACE ".ListDevices", .look = list_devices},
    {CONTROL_INTERFACE ".ListQueues", .list = describe_queues},
    {CONTROL_INTERFACE ".ListStatistics", .list = describe_statistics},
    {CONTROL_INTERFACE ".ListRequests", .list = describe_requests},
    {CONTROL_INTERFACE ".ListObjects", .look = list_objects},
    {CONTROL_INTERFACE ".ListFiles", .list = describe_files},
    {CONTROL_INTERFACE ".ListTimers", .list = describe_timers},
    {CONTROL_INTERFACE ".ListLocks", .list = describe_locks},
    {CONTROL_INTERFACE ".ListInjections", .look = list_injections},
    {CONTROL_INTERFACE ".ListWmiBlocks", .look = list_wmi_blocks},
    {CONTROL_INTERFACE ".GetLog", .look = get_log},
    {CONTROL_INTERFACE ".SetLogLevel", .look = set_log_level, .changes = true},
    {CONTROL_INTERFACE ".EnableTrace", .look = enable_trace, .changes = true},
    {CONTROL_INTERFACE ".Suspend", .command = command_all, .verb = CONTROL_SUSPEND},
    {CONTROL_INTERFACE ".Resume", .command = command_all, .verb = CONTROL_RESUME},
    {CONTROL_INTERFACE ".Wake", .command = command_all, .verb = CONTROL_WAKE},
    {CONTROL_INTERFACE ".Idle", .command = command_device, .verb = CONTROL_IDLE},
    {CONTROL_INTERFACE ".Stop", .command = command_device, .verb = CONTROL_STOP},
    {CONTROL_INTERFACE ".Start", .command = command_device, .verb = CONTROL_START},
    {CONTROL_INTERFACE ".Remove", .command = command_device, .verb = CONTROL_REMOVE},
    {CONTROL_INTERFACE ".SurpriseRemove", .command = command_device,
     .verb = CONTROL_SURPRISE_REMOVE},
    {CONTROL_INTERFACE ".Fail", .command = command_device, .verb = CONTROL_FAIL},
    {CONTROL_INTERFACE ".Plug", .command = command_device, .verb = CONTROL_PLUG},
    {CONTROL_INTERFACE ".Unplug", .command = command_device, .verb = CONTROL_UNPLUG},
    {CONTROL_INTERFACE ".Eject", .command = command_device, .verb = CONTROL_EJECT},
    {CONTROL_INTERFACE ".Use", .command = command_use, .verb = CONTROL_USE},
    {CONTROL_INTERFACE ".Unuse", .command = command_use, .verb = CONTROL_UNUSE},
    {CONTROL_INTERFACE ".CancelRequest", .command = command_request,
     .verb = CONTROL_CANCEL_REQUEST},
    {CONTROL_INTERFACE ".InjectAllocation", .look = inject_allocation, .changes = true},
    {CONTROL_INTERFACE ".InjectCompletion", .look = inject_completion, .changes = true},
    {CONTROL_INTERFACE ".GetWmi", .command = command_wmi, .verb = CONTROL_WMI_GET},
    {CONTROL_INTERFACE ".SetWmi", .command = command_wmi, .verb = CONTROL_WMI_SET},
    {CONTROL_INTERFACE ".SetWmiItem", .command = command_wmi, .verb = CONTROL_WMI_SET_ITEM},
    {CONTROL_INTERFACE ".ExecuteWmi", .command = command_wmi, .verb = CONTROL_WMI_EXECUTE},
    {CONTROL_INTERFACE ".WatchWmi", .command = command_wmi, .verb = CONTROL_WMI_WATCH},
};

static const struct method *find_method(const char *name)
{
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strcmp(methods[i].name, name) == 0)
            return &methods[i];
    }
    return NULL;
}

static void fail_without_method(const struct call *call, const char *name)
{
    const char *dot = strrchr(name, '.');
    char interface[128];
    snprintf(interface, sizeof(interface), "%.*s", dot != NULL ? (int)(dot - name) : 0, name);
    if (strcmp(interface, CONTROL_INTERFACE) == 0 || strcmp(interface, VARLINK) == 0)
        call_fail(call, VARLINK, "MethodNotFound", "method", name);
    else
        call_fail(call, VARLINK, "InterfaceNotFound", "interface", interface);
}

static void run(const struct call *call, const char *name)
{
    const struct method *method = find_method(name);
    if (method == NULL)
        fail_without_method(call, name);
    else if ((method->command != NULL || method->changes) && !call->connection->may_command)
        call_fail(call, VARLINK, "PermissionDenied", NULL, NULL);
    else if (method->command != NULL)
        method->command(call, method->verb);
    else if (method->list != NULL)
        list_in_devices(call, method->list);
    else
        method->look(call);
}

void methods_call(const struct served *served, struct connection *connection, json_t *message)
{
    json_t *none = json_object();
    json_t *parameters = json_object_get(message, "parameters");
    const char *name = json_string_value(json_object_get(message, "method"));
    const struct call call = {
        .served = served,
        .connection = connection,
        .parameters = json_is_object(parameters) ? parameters : none,
        .wants_more = json_is_true(json_object_get(message, "more")),
        .is_oneway = json_is_true(json_object_get(message, "oneway")),
    };
    /* Some clients, that of Go for one, write null where there are none. */
    bool has_others =
        parameters != NULL && !json_is_object(parameters) && !json_is_null(parameters);
    if (name == NULL || has_others)
        connection->is_over = true; /* not a call */
    else
        run(&call, name);
    json_decref(none);
}
