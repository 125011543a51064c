/*
 * One client of the control socket: who it is, and the messages that come from it and go to it,
 * each ended by a zero byte.
 *
 * The daemon's memory for a client is bounded: one message from it, and answers that it has not
 * read. Calls are answered one after the other; while an answer waits to be read, nothing more is
 * read.
 */
#ifndef WDFUSE_CONTROL_CONNECTION_H
#define WDFUSE_CONTROL_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

#define CONNECTION_INPUT_MAX  ((size_t)64 * 1024)
#define CONNECTION_OUTPUT_MAX ((size_t)8 * 1024 * 1024)

struct pending_command;

struct connection {
    int socket;
    uid_t uid;
    bool may_command;
    char *input; /* CONNECTION_INPUT_MAX bytes */
    size_t input_length;
    char *output; /* NULL: nothing waits */
    size_t output_length;
    size_t output_sent;
    bool is_over; /* to be closed */
    /* The call that is not completely answered yet: a command, */
    struct pending_command *command;
    struct pending_command *watch; /* or WMI events as they come, which this command has begun */
    bool follows;                  /* or lines of the log as they come, after number `seen` */
    uint64_t seen;
};

/* Takes the socket. NULL when there is no memory. */
struct connection *connection_create(int socket, uid_t uid, bool may_command);
void connection_destroy(struct connection *connection);

/* The events for poll(2). */
short connection_events(const struct connection *connection);

/* It is readable, or writable. */
void connection_receive(struct connection *connection);
void connection_transmit(struct connection *connection);

/* The next message; NULL: none is complete yet, or the one before is not answered. One that is not
 * JSON ends the connection. The caller owns the reference. */
json_t *connection_next(struct connection *connection);

/* Takes the reference; NULL, as when there was no memory to make it, ends the connection. */
void connection_send(struct connection *connection, json_t *message);

#endif
