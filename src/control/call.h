/* One call of a client that is being answered, and the parts that methods are made of. */
#ifndef WDFUSE_CONTROL_CALL_H
#define WDFUSE_CONTROL_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "control/command.h"
#include "control/connection.h"
#include "control/methods.h"

#define CONTROL_INTERFACE "org.wdfuse.control"
#define VARLINK           "org.varlink.service"

struct call {
    const struct served *served;
    struct connection *connection;
    json_t *parameters; /* an object */
    bool wants_more;
    bool is_oneway;
};

/* ---- answers; each takes the reference of what it is given ---- */

/* `continues`: not the last answer of the call. */
void call_answer(struct connection *connection, json_t *parameters, bool continues);
void call_reply(const struct call *call, json_t *parameters);

/* An error has one parameter, or none (a NULL key). */
json_t *call_error(const char *interface, const char *error, const char *key, const char *value);
void call_fail(const struct call *call, const char *interface, const char *error, const char *key,
               const char *value);
void call_fail_parameter(const struct call *call, const char *parameter);

/* ---- parameters; false: the call has failed ---- */

/* A string; if it is optional and absent, NULL. */
bool call_string(const struct call *call, const char *key, bool is_optional, const char **string);

/* From 0 to `most`; absent: what *number is already. */
bool call_number(const struct call *call, const char *key, uint64_t most, uint64_t *number);

/* ---- commands ---- */

/* For the main thread to execute; answered then. Takes over what the command owns. */
void call_command(const struct call *call, const struct control_command *command);

/* A parameter "device" as that of the command. */
bool call_take_device(const struct call *call, struct control_command *command);

#endif
