/*
 * Fuzzing the control socket (src/control): the input is what a client sends, after one byte of how
 * Fuzzing the control socket (src/control): the input is what a client sends, after one byte that
 * says how it behaves. Whatever it sends, it gets answers that are JSON, or the connection ends;
 * what is kept of it is bounded.
 *   bit 0   may command          bit 1   reads nothing
 *   bits 2 to 7                  how many bytes arrive at once; 0: all
 */
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ntddk.h>
#include <wdf.h>
#include <wdfuse/inproc.h>

#include "options.h"
#include "control/command.h"
#include "control/connection.h"
#include "control/methods.h"

#include "nt/injection.h"
#include "port/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define require(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* The echo driver. */
DRIVER_INITIALIZE DriverEntry;

struct echo_options echo_options = {.dispatch = WdfIoQueueDispatchSequential,
                                    .sync = WdfSynchronizationScopeQueue};

/* One device for all inputs. */
static WDFUSEDEVICE device;
static WDFUSEFILE file;
static WDFUSEIO pending; /* a read that is in flight, or answered */
static int done = -1;

static void be_silent(enum log_level level, const char *line)
{
    (void)level, (void)line;
}

static void start(void)
{
    if (device != NULL)
        return;
    log_set_sink(be_silent);
    WdfuseInprocUseVirtualClock();
    require(NT_SUCCESS(WdfuseInprocStart(DriverEntry, "echo", &device)));
    require(NT_SUCCESS(WdfuseInprocOpen(device, O_RDWR, &file)));
    static unsigned char bytes[64];
    pending = WdfuseInprocBeginRead(file, bytes, sizeof(bytes));
    require(pending != NULL);
    done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    require(done >= 0);
}

/* ---- the client ---- */

struct client {
    int socket;
    bool reads;
    size_t length;
    char heard[CONNECTION_OUTPUT_MAX];
};

/* Each message is an object and ends with a zero byte; the last may be incomplete. */
static void hear(struct client *client)
{
    ssize_t length;
    while (client->reads &&
           (length = recv(client->socket, client->heard + client->length,
                          sizeof(client->heard) - client->length, MSG_DONTWAIT)) > 0) {
        client->length += (size_t)length;
        char *end;
        while ((end = memchr(client->heard, '\0', client->length)) != NULL) {
            json_t *message = json_loads(client->heard, 0, NULL);
            require(json_is_object(message));
            json_decref(message);
            client->length -= (size_t)(end + 1 - client->heard);
            memmove(client->heard, end + 1, client->length);
        }
        require(client->length < sizeof(client->heard));
    }
}

/* ---- the daemon ---- */

/* The main thread's part: WMI is the framework's; of the rest only the status comes back. */
static void execute(struct command_line *commands)
{
    const struct control_command *command;
    while ((command = command_line_take(commands)) != NULL) {
        NTSTATUS status =
            command->wmi != NULL ? control_execute_wmi(command) : STATUS_INVALID_DEVICE_STATE;
        command_line_finish(commands, status);
    }
}

static void serve(const struct served *served, struct connection *connection)
{
    connection_transmit(connection);
    if ((connection_events(connection) & POLLIN) != 0)
        connection_receive(connection);
    if (connection->command != NULL)
        methods_continue_command(served, connection);
    if (connection->watch != NULL)
        methods_continue_watch(connection);
    if (connection->follows)
        methods_continue_log(connection);
    json_t *message;
    while ((message = connection_next(connection)) != NULL) {
        methods_call(served, connection, message);
        json_decref(message);
    }
    require(connection->input_length <= CONNECTION_INPUT_MAX);
    require(connection->output_length <= CONNECTION_OUTPUT_MAX);
    execute(served->commands);
}

/* False: nothing more can be sent to it. */
static bool say(struct client *client, struct connection *connection, const struct served *served,
                const uint8_t *bytes, size_t size)
{
    for (unsigned tries = 0; size > 0 && !connection->is_over && tries < 8; tries++) {
        ssize_t length = send(client->socket, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        size_t sent = length > 0 ? (size_t)length : 0;
        bytes += sent;
        size -= sent;
        tries = sent > 0 ? 0 : tries;
        serve(served, connection);
        hear(client);
    }
    return size == 0 && !connection->is_over;
}

static void drop(const struct served *served, struct connection *connection)
{
    if (connection->command != NULL)
        command_forget(served->commands, connection->command);
    if (connection->watch != NULL)
        command_forget(served->commands, connection->watch);
    connection_destroy(connection);
    execute(served->commands); /* what ends a watch */
    command_line_end_watches(served->commands);
    command_line_destroy(served->commands);
}

/* The next input finds no trace of it. */
static void disarm(void)
{
    struct injection armed[INJECTIONS_MAX];
    unsigned count = injection_copy(armed);
    for (unsigned i = 0; i < count; i++)
        (void)injection_arm(armed[i].kind, 1, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct client client;
    int ends[2];
    if (size == 0)
        return 0;
    start();
    uint8_t manner = data[0];
    size_t piece = manner >> 2 != 0 ? manner >> 2 : size;
    require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
    client.socket = ends[0];
    client.reads = (manner & 2) == 0;
    client.length = 0;
    struct connection *connection = connection_create(ends[1], 0, (manner & 1) != 0);
    const struct served served = {"fuzzed", command_line_create(done), done};
    require(connection != NULL && served.commands != NULL);
    for (size_t at = 1; at < size; at += piece) {
        size_t length = size - at < piece ? size - at : piece;
        if (!say(&client, connection, &served, data + at, length))
            break;
    }
    for (unsigned i = 0; i < 4 && !connection->is_over; i++) {
        serve(&served, connection);
        hear(&client);
    }
    drop(&served, connection);
    close(client.socket);
    disarm();
    log_set_level(LOG_LEVEL_INFO);
    return 0;
}
