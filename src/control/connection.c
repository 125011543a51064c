/* Messages of one client. See connection.h. */
#include "control/connection.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct connection *connection_create(int socket, uid_t uid, bool may_command)
{
    struct connection *connection = calloc(1, sizeof(*connection));
    char *input = malloc(CONNECTION_INPUT_MAX);
    if (connection == NULL || input == NULL) {
        free(connection);
        free(input);
        return NULL;
    }
    connection->socket = socket;
    connection->uid = uid;
    connection->may_command = may_command;
    connection->input = input;
    return connection;
}

void connection_destroy(struct connection *connection)
{
    close(connection->socket);
    free(connection->input);
    free(connection->output);
    free(connection);
}

static bool is_busy(const struct connection *connection)
{
    return connection->output != NULL || connection->command != NULL || connection->watch != NULL ||
           connection->follows;
}

/* The end of a busy connection is reported all the same (POLLHUP). */
short connection_events(const struct connection *connection)
{
    if (connection->output != NULL)
        return POLLOUT;
    return is_busy(connection) || connection->input_length == CONNECTION_INPUT_MAX ? 0 : POLLIN;
}

void connection_receive(struct connection *connection)
{
    ssize_t length = recv(connection->socket, connection->input + connection->input_length,
                          CONNECTION_INPUT_MAX - connection->input_length, MSG_DONTWAIT);
    if (length > 0)
        connection->input_length += (size_t)length;
    else if (length == 0 || (errno != EAGAIN && errno != EINTR))
        connection->is_over = true;
}

void connection_transmit(struct connection *connection)
{
    if (connection->output == NULL)
        return;
    ssize_t length =
        send(connection->socket, connection->output + connection->output_sent,
             connection->output_length - connection->output_sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (length < 0 && errno != EAGAIN && errno != EINTR)
        connection->is_over = true;
    if (length <= 0)
        return;
    connection->output_sent += (size_t)length;
    if (connection->output_sent < connection->output_length)
        return;
    free(connection->output);
    connection->output = NULL;
}

json_t *connection_next(struct connection *connection)
{
    if (connection->is_over || is_busy(connection))
        return NULL;
    const char *end = memchr(connection->input, '\0', connection->input_length);
    if (end == NULL) {
        /* The message can never become complete. */
        connection->is_over |= connection->input_length == CONNECTION_INPUT_MAX;
        return NULL;
    }
    size_t length = (size_t)(end - connection->input);
    json_t *message = json_loadb(connection->input, length, JSON_REJECT_DUPLICATES, NULL);
    connection->input_length -= length + 1;
    memmove(connection->input, end + 1, connection->input_length);
    connection->is_over |= message == NULL;
    return message;
}

void connection_send(struct connection *connection, json_t *message)
{
    char *text = message != NULL ? json_dumps(message, JSON_COMPACT) : NULL;
    json_decref(message);
    size_t length = text != NULL ? strlen(text) + 1 : 0;
    if (length == 0 || length > CONNECTION_OUTPUT_MAX || connection->output != NULL) {
        free(text);
        connection->is_over = true;
        return;
    }
    connection->output = text;
    connection->output_length = length;
    connection->output_sent = 0;
    connection_transmit(connection);
}
