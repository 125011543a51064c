/* Parts of methods. See call.h. */
#include "control/call.h"

#include <stdio.h>
#include <string.h>

/* ---- answers ---- */

void call_answer(struct connection *connection, json_t *parameters, bool continues)
{
    json_t *message = json_pack("{s:o}", "parameters", parameters);
    if (continues && message != NULL &&
        json_object_set_new(message, "continues", json_true()) != 0) {
        json_decref(message);
        message = NULL;
    }
    connection_send(connection, message);
}

void call_reply(const struct call *call, json_t *parameters)
{
    if (call->is_oneway)
        json_decref(parameters);
    else
        call_answer(call->connection, parameters, false);
}

json_t *call_error(const char *interface, const char *error, const char *key, const char *value)
{
    char name[128];
    snprintf(name, sizeof(name), "%s.%s", interface, error);
    json_t *parameters = key != NULL ? json_pack("{s:s}", key, value) : json_object();
    return json_pack("{s:s, s:o}", "error", name, "parameters", parameters);
}

void call_fail(const struct call *call, const char *interface, const char *error, const char *key,
               const char *value)
{
    if (!call->is_oneway)
        connection_send(call->connection, call_error(interface, error, key, value));
}

void call_fail_parameter(const struct call *call, const char *parameter)
{
    call_fail(call, VARLINK, "InvalidParameter", "parameter", parameter);
}

/* ---- parameters ---- */

bool call_string(const struct call *call, const char *key, bool is_optional, const char **string)
{
    const json_t *value = json_object_get(call->parameters, key);
    *string = json_string_value(value);
    if (*string != NULL || (is_optional && (value == NULL || json_is_null(value))))
        return true;
    call_fail_parameter(call, key);
    return false;
}

bool call_number(const struct call *call, const char *key, uint64_t most, uint64_t *number)
{
    const json_t *value = json_object_get(call->parameters, key);
    if (value == NULL || json_is_null(value))
        return true;
    json_int_t given = json_is_integer(value) ? json_integer_value(value) : -1;
    if (given < 0 || (uint64_t)given > most) {
        call_fail_parameter(call, key);
        return false;
    }
    *number = (uint64_t)given;
    return true;
}

/* ---- commands ---- */

void call_command(const struct call *call, const struct control_command *command)
{
    struct connection *connection = call->connection;
    struct pending_command *pending = command_ask(call->served->commands, command);
    connection->is_over |= pending == NULL;
    if (pending != NULL && call->is_oneway)
        command_leave(call->served->commands, pending);
    else
        connection->command = pending;
}

bool call_take_device(const struct call *call, struct control_command *command)
{
    const char *device;
    if (!call_string(call, "device", false, &device))
        return false;
    if (strlen(device) < sizeof(command->device)) {
        strcpy(command->device, device);
        return true;
    }
    call_fail_parameter(call, "device");
    return false;
}
