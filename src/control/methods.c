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

#include "control/describe.h"
#include "control/logtail.h"
#include "control/interface.h"
#include "nt/status.h"
#include "port/log.h"

#define INTERFACE "org.wdfuse.control"

/* One call that is being answered. */
struct call {
    const struct served *served;
    struct connection *connection;
    json_t *parameters; /* an object */
    bool wants_more;
    bool is_oneway;
};

/* ---- answers ---- */

static void answer(struct connection *connection, json_t *parameters, bool continues)
{
    json_t *message = json_pack("{s:o}", "parameters", parameters);
    if (continues && message != NULL &&
        json_object_set_new(message, "continues", json_true()) != 0) {
        json_decref(message);
        message = NULL;
    }
    connection_send(connection, message);
}

static void reply(const struct call *call, json_t *parameters)
{
    if (call->is_oneway)
        json_decref(parameters);
    else
        answer(call->connection, parameters, false);
}

/* No parameters: a NULL key. */
static json_t *error_message(const char *interface, const char *error, const char *key,
                             const char *value)
{
    char name[128];
    snprintf(name, sizeof(name), "%s.%s", interface, error);
    json_t *parameters = key != NULL ? json_pack("{s:s}", key, value) : json_object();
    return json_pack("{s:s, s:o}", "error", name, "parameters", parameters);
}

static void fail(const struct call *call, const char *interface, const char *error, const char *key,
                 const char *value)
{
    if (!call->is_oneway)
        connection_send(call->connection, error_message(interface, error, key, value));
}

static void fail_parameter(const struct call *call, const char *parameter)
{
    fail(call, "org.varlink.service", "InvalidParameter", "parameter", parameter);
}

/* ---- parameters ---- */

/* Of that name, a string or, if that is allowed, none. False: the call has failed. */
static bool take_string(const struct call *call, const char *key, bool is_optional,
                        const char **string)
{
    const json_t *value = json_object_get(call->parameters, key);
    *string = json_string_value(value);
    if (*string != NULL || (is_optional && (value == NULL || json_is_null(value))))
        return true;
    fail_parameter(call, key);
    return false;
}

/* ---- looking ---- */

static void get_info(const struct call *call)
{
    reply(call, json_pack("{s:s, s:s, s:s, s:s, s:[s, s]}", "vendor", "wdfuse", "product",
                          call->served->program, "version", WDFUSE_VERSION, "url", "", "interfaces",
                          "org.varlink.service", INTERFACE));
}

static void get_interface_description(const struct call *call)
{
    const char *interface;
    if (!take_string(call, "interface", false, &interface))
        return;
    const char *description = strcmp(interface, INTERFACE) == 0               ? interface_control
                              : strcmp(interface, "org.varlink.service") == 0 ? interface_service
                                                                              : NULL;
    if (description != NULL)
        reply(call, json_pack("{s:s}", "description", description));
    else
        fail(call, "org.varlink.service", "InterfaceNotFound", "interface", interface);
}

static void get_daemon(const struct call *call)
{
    int level = atomic_load(&log_current_level);
    reply(call, json_pack("{s:{s:s, s:s, s:i, s:i, s:s, s:b}}", "daemon", "program",
                          call->served->program, "version", WDFUSE_VERSION, "pid", (int)getpid(),
                          "uid", (int)geteuid(), "log_level", log_level_name((enum log_level)level),
                          "may_command", (int)call->connection->may_command));
}

static void list_devices(const struct call *call)
{
    reply(call, json_pack("{s:o}", "devices", describe_devices()));
}

/* A list of what is in one device, or in all. */
static void list_in_devices(const struct call *call,
                            struct description (*describe)(const char *device))
{
    const char *device;
    if (!take_string(call, "device", true, &device))
        return;
    struct description description = describe(device);
    if (description.is_found) {
        reply(call, description.parameters);
        return;
    }
    json_decref(description.parameters);
    fail(call, INTERFACE, "NoSuchDevice", "device", device);
}

static void list_queues(const struct call *call)
{
    list_in_devices(call, describe_queues);
}

static void list_statistics(const struct call *call)
{
    list_in_devices(call, describe_statistics);
}

static void list_requests(const struct call *call)
{
    list_in_devices(call, describe_requests);
}

static void list_objects(const struct call *call)
{
    const char *device;
    if (take_string(call, "device", false, &device))
        list_in_devices(call, describe_objects);
}

/* ---- the log ---- */

static json_t *describe_line(struct logtail_line *line)
{
    /* A driver may print what is no UTF-8, and a line may be cut. */
    json_t *text = json_string(line->text);
    for (char *c = line->text; text == NULL && *c != '\0'; c++)
        *c = isascii((unsigned char)*c) ? *c : '?';
    if (text == NULL)
        text = json_string(line->text);
    return json_pack("{s:I, s:I, s:s, s:o}", "number", (json_int_t)line->number, "time",
                     (json_int_t)line->time, "level", log_level_name(line->level), "text", text);
}

/* The lines after that number, which becomes that of the last one. */
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
        reply(call, parameters);
        return;
    }
    connection->follows = true;
    connection->seen = seen;
    answer(connection, parameters, true);
}

void methods_continue_log(struct connection *connection)
{
    struct logtail_line line;
    if (connection->output == NULL && logtail_next(connection->seen, &line))
        answer(connection, describe_log(&connection->seen), true);
}

static void set_log_level(const struct call *call)
{
    const char *name;
    if (!take_string(call, "level", false, &name))
        return;
    int level = log_level_from_name(name);
    if (level < 0) {
        fail_parameter(call, "level");
        return;
    }
    log_set_level((enum log_level)level);
    log_info("the log's level is '%s' from now on", name);
    reply(call, json_object());
}

static void enable_trace(const struct call *call)
{
    const char *provider;
    char error[256];
    if (!take_string(call, "provider", false, &provider))
        return;
    if (WdfuseTraceEnable(provider, error, sizeof(error)) == 0)
        reply(call, json_object());
    else
        fail_parameter(call, "provider");
}

/* ---- commands ---- */

static void ask(const struct call *call, const struct control_command *command)
{
    struct connection *connection = call->connection;
    struct pending_command *pending = command_ask(call->served->commands, command);
    connection->is_over |= pending == NULL;
    if (pending != NULL && call->is_oneway)
        command_leave(call->served->commands, pending);
    else
        connection->command = pending;
}

static void command_all(const struct call *call, enum control_verb verb)
{
    ask(call, &(struct control_command){.verb = verb});
}

static void command_device(const struct call *call, enum control_verb verb)
{
    struct control_command command = {.verb = verb};
    const char *device;
    if (!take_string(call, "device", false, &device))
        return;
    if (strlen(device) >= sizeof(command.device)) {
        fail_parameter(call, "device");
        return;
    }
    strcpy(command.device, device);
    ask(call, &command);
}

static void command_request(const struct call *call, enum control_verb verb)
{
    struct control_command command = {.verb = verb};
    const char *request;
    char *end;
    if (!take_string(call, "request", false, &request))
        return;
    errno = 0;
    command.request = strtoull(request, &end, 16);
    if (!isxdigit((unsigned char)request[0]) || errno != 0 || *end != '\0')
        fail_parameter(call, "request");
    else
        ask(call, &command);
}

static void answer_command(struct connection *to, const struct control_command *command,
                           NTSTATUS status)
{
    char text[32];
    if (status == STATUS_NO_SUCH_DEVICE && command->device[0] != '\0') {
        connection_send(to, error_message(INTERFACE, "NoSuchDevice", "device", command->device));
    } else if (status == STATUS_NOT_FOUND && command->verb == CONTROL_CANCEL_REQUEST) {
        snprintf(text, sizeof(text), "0x%lx", (unsigned long)command->request);
        connection_send(to, error_message(INTERFACE, "NoSuchRequest", "request", text));
    } else if (!NT_SUCCESS(status)) {
        connection_send(
            to, error_message(INTERFACE, "CommandFailed", "status", nt_status_name(status)));
    } else {
        answer(to, json_object(), false);
    }
}

void methods_continue_command(const struct served *served, struct connection *connection)
{
    const struct control_command command = *command_of(connection->command);
    NTSTATUS status;
    if (!command_collect(served->commands, connection->command, &status))
        return;
    connection->command = NULL;
    answer_command(connection, &command, status);
}

/* ---- calls ---- */

struct method {
    const char *name;
    void (*look)(const struct call *call);
    /* Or a command, which not everybody may give. */
    void (*command)(const struct call *call, enum control_verb verb);
    enum control_verb verb;
    bool changes; /* a `look` that is for those who may command */
};

static const struct method methods[] = {
    {"org.varlink.service.GetInfo", .look = get_info},
    {"org.varlink.service.GetInterfaceDescription", .look = get_interface_description},
    {INTERFACE ".GetDaemon", .look = get_daemon},
    {INTERFACE ".ListDevices", .look = list_devices},
    {INTERFACE ".ListQueues", .look = list_queues},
    {INTERFACE ".ListStatistics", .look = list_statistics},
    {INTERFACE ".ListRequests", .look = list_requests},
    {INTERFACE ".ListObjects", .look = list_objects},
    {INTERFACE ".GetLog", .look = get_log},
    {INTERFACE ".SetLogLevel", .look = set_log_level, .changes = true},
    {INTERFACE ".EnableTrace", .look = enable_trace, .changes = true},
    {INTERFACE ".Suspend", .command = command_all, .verb = CONTROL_SUSPEND},
    {INTERFACE ".Resume", .command = command_all, .verb = CONTROL_RESUME},
    {INTERFACE ".Wake", .command = command_all, .verb = CONTROL_WAKE},
    {INTERFACE ".Idle", .command = command_device, .verb = CONTROL_IDLE},
    {INTERFACE ".Stop", .command = command_device, .verb = CONTROL_STOP},
    {INTERFACE ".Start", .command = command_device, .verb = CONTROL_START},
    {INTERFACE ".Remove", .command = command_device, .verb = CONTROL_REMOVE},
    {INTERFACE ".SurpriseRemove", .command = command_device, .verb = CONTROL_SURPRISE_REMOVE},
    {INTERFACE ".Fail", .command = command_device, .verb = CONTROL_FAIL},
    {INTERFACE ".Plug", .command = command_device, .verb = CONTROL_PLUG},
    {INTERFACE ".Unplug", .command = command_device, .verb = CONTROL_UNPLUG},
    {INTERFACE ".Eject", .command = command_device, .verb = CONTROL_EJECT},
    {INTERFACE ".CancelRequest", .command = command_request, .verb = CONTROL_CANCEL_REQUEST},
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
    if (strcmp(interface, INTERFACE) == 0 || strcmp(interface, "org.varlink.service") == 0)
        fail(call, "org.varlink.service", "MethodNotFound", "method", name);
    else
        fail(call, "org.varlink.service", "InterfaceNotFound", "interface", interface);
}

static void run(const struct call *call, const char *name)
{
    const struct method *method = find_method(name);
    if (method == NULL)
        fail_without_method(call, name);
    else if ((method->command != NULL || method->changes) && !call->connection->may_command)
        fail(call, "org.varlink.service", "PermissionDenied", NULL, NULL);
    else if (method->command != NULL)
        method->command(call, method->verb);
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
    if (name == NULL || (parameters != NULL && !json_is_object(parameters)))
        connection->is_over = true; /* no call at all */
    else
        run(&call, name);
    json_decref(none);
}
