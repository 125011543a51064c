/* The methods of org.wdfuse.control and org.varlink.service: calls in, answers out. */
#ifndef WDFUSE_CONTROL_METHODS_H
#define WDFUSE_CONTROL_METHODS_H

#include <sys/types.h>

#include <jansson.h>

#include "control/command.h"
#include "control/connection.h"

/* The objects that methods use. */
struct served {
    const char *program;
    struct command_line *commands;
    int event; /* wakes the thread */
};

/* Answers a message of that client, or begins the answer. */
void methods_call(const struct served *served, struct connection *connection, json_t *message);

/* The client waits for a command: answers it if that is done. */
void methods_continue_command(const struct served *served, struct connection *connection);

/* The client watches WMI events: sends those that have come. */
void methods_continue_watch(struct connection *connection);

/* The client follows the log: sends the lines that have come. */
void methods_continue_log(struct connection *connection);

#endif
