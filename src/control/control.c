/*
 * The socket and its thread. See control.h.
 *
 * Only the thread uses the connections: it polls them, the socket, and two events, one for finished
 * commands and for its end, one for lines of the log.
 */
#include "control/control.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/command.h"
#include "control/connection.h"
#include "control/folder.h"
#include "control/logtail.h"
#include "control/methods.h"
#include "port/log.h"
#include "port/thread.h"

/* Connections at a time, of all users and of one who is not root. */
#define CONNECTIONS_MAX         64
#define CONNECTIONS_OF_USER_MAX 16

#define BACKLOG CONNECTIONS_MAX

/* Until the next try when there was no descriptor for a client. */
#define EXHAUSTED_MS 1000

enum { POLL_SOCKET, POLL_EVENT, POLL_LOG, POLL_CONNECTIONS };

struct control {
    char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
    uid_t user;
    gid_t group;
    int socket;
    int event; /* a command is done, or the thread is to end */
    int log_event;
    _Atomic(bool) is_ending;
    bool is_started;
    struct port_thread thread;
    struct served served;
    /* The thread's. */
    bool is_exhausted;
    struct connection *connections[CONNECTIONS_MAX];
    unsigned count;
};

/* ---- who may ---- */

static bool is_in_group(int socket, gid_t group)
{
    gid_t groups[256];
    socklen_t size = sizeof(groups);
    if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups, &size) != 0)
        return false;
    for (size_t i = 0; i < size / sizeof(groups[0]); i++) {
        if (groups[i] == group)
            return true;
    }
    return false;
}

static unsigned connections_of(const struct control *control, uid_t uid)
{
    unsigned count = 0;
    for (unsigned i = 0; i < control->count; i++)
        count += control->connections[i]->uid == uid;
    return count;
}

static bool may_connect(const struct control *control, int socket, const struct ucred *peer)
{
    if (peer->uid == 0)
        return true;
    bool may_look = peer->uid == control->user || peer->gid == control->group ||
                    is_in_group(socket, control->group);
    return may_look && connections_of(control, peer->uid) < CONNECTIONS_OF_USER_MAX;
}

static void accept_one(struct control *control)
{
    int socket = accept4(control->socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct ucred peer;
    socklen_t size = sizeof(peer);
    /* Without descriptors the next one would be tried at once, and again. */
    control->is_exhausted = socket < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM);
    if (socket < 0)
        return;
    struct connection *connection = NULL;
    if (control->count < CONNECTIONS_MAX &&
        getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
        may_connect(control, socket, &peer))
        connection =
            connection_create(socket, peer.uid, peer.uid == 0 || peer.uid == control->user);
    if (connection != NULL)
        control->connections[control->count++] = connection;
    else
        close(socket);
}

/* ---- the thread ---- */

static void drop(struct control *control, unsigned index)
{
    struct connection *connection = control->connections[index];
    if (connection->command != NULL)
        command_forget(control->served.commands, connection->command);
    if (connection->watch != NULL)
        command_forget(control->served.commands, connection->watch);
    connection_destroy(connection);
    control->connections[index] = control->connections[--control->count];
}

/* As far as possible without waiting. */
static void serve(struct control *control, struct connection *connection, short events)
{
    if ((events & POLLOUT) != 0)
        connection_transmit(connection);
    else if ((events & POLLIN) != 0)
        connection_receive(connection);
    else if (events != 0)
        connection->is_over = true;
    if (connection->command != NULL)
        methods_continue_command(&control->served, connection);
    if (connection->watch != NULL)
        methods_continue_watch(connection);
    if (connection->follows)
        methods_continue_log(connection);
    json_t *message;
    while ((message = connection_next(connection)) != NULL) {
        methods_call(&control->served, connection, message);
        json_decref(message);
    }
}

static bool somebody_follows(const struct control *control)
{
    for (unsigned i = 0; i < control->count; i++) {
        if (control->connections[i]->follows)
            return true;
    }
    return false;
}

static void serve_all(struct control *control, const struct pollfd *polled, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        serve(control, control->connections[i], polled[i].revents);
    for (unsigned i = count; i-- > 0;) {
        if (control->connections[i]->is_over)
            drop(control, i);
    }
    logtail_listen(somebody_follows(control) ? control->log_event : -1);
}

static void run(void *argument)
{
    struct control *control = argument;
    while (!control->is_ending) {
        struct pollfd polled[POLL_CONNECTIONS + CONNECTIONS_MAX] = {
            [POLL_SOCKET] = {control->is_exhausted ? -1 : control->socket, POLLIN, 0},
            [POLL_EVENT] = {control->event, POLLIN, 0},
            [POLL_LOG] = {control->log_event, POLLIN, 0},
        };
        unsigned count = control->count;
        for (unsigned i = 0; i < count; i++)
            polled[POLL_CONNECTIONS + i] = (struct pollfd){
                control->connections[i]->socket, connection_events(control->connections[i]), 0};
        int timeout = control->is_exhausted ? EXHAUSTED_MS : -1;
        if (poll(polled, POLL_CONNECTIONS + count, timeout) < 0 && errno != EINTR)
            return;
        control->is_exhausted = false;
        eventfd_t ignored;
        eventfd_read(control->event, &ignored);
        eventfd_read(control->log_event, &ignored);
        serve_all(control, polled + POLL_CONNECTIONS, count);
        if (polled[POLL_SOCKET].revents != 0)
            accept_one(control);
    }
}

/* ---- from outside ---- */

static int bind_socket(struct control *control)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, control->path, sizeof(address.sun_path));
    control->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (control->socket < 0)
        return -errno;
    /* Everybody may connect: credentials are checked then. */
    if (bind(control->socket, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        chmod(control->path, 0666) != 0 || listen(control->socket, BACKLOG) != 0)
        return -errno;
    return 0;
}

static int open_all(struct control *control, const char *folder, const char *program)
{
    int length = snprintf(control->path, sizeof(control->path), "%s/%d" CONTROL_SOCKET_SUFFIX,
                          folder, (int)getpid());
    if (length >= (int)sizeof(control->path))
        return -ENAMETOOLONG;
    unlink(control->path); /* of an earlier daemon with the same process ID */
    control->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    control->log_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (control->event < 0 || control->log_event < 0)
        return -errno;
    control->served = (struct served){program, command_line_create(control->event), control->event};
    return control->served.commands != NULL ? bind_socket(control) : -ENOMEM;
}

int control_open(const char *folder, const char *program, struct control **result)
{
    *result = NULL;
    if (folder == NULL)
        return 0;
    struct control *control = calloc(1, sizeof(*control));
    if (control == NULL)
        return -ENOMEM;
    control->socket = control->event = control->log_event = -1;
    control->user = geteuid();
    control->group = getegid();
    int error = open_all(control, folder, program);
    if (error != 0) {
        log_info("no control socket in %s: %s", folder, strerror(-error));
        control_close(control);
        return error;
    }
    *result = control;
    return 0;
}

const char *control_path(const struct control *control)
{
    return control != NULL ? control->path : NULL;
}

void control_allow(struct control *control, uid_t user, gid_t group)
{
    if (control == NULL)
        return;
    control->user = user;
    control->group = group;
}

static void close_socket(struct control *control)
{
    if (control->socket < 0)
        return;
    unlink(control->path);
    close(control->socket);
    control->socket = -1;
}

int control_start(struct control *control)
{
    if (control == NULL)
        return 0;
    int error = port_thread_start(&control->thread, "wdfuse-control", run, control);
    control->is_started = error == 0;
    if (error == 0)
        return 0;
    log_info("the control socket is not served: no thread: %s", strerror(-error));
    close_socket(control); /* no client is left waiting for an answer */
    return error;
}

static void close_descriptor(int descriptor)
{
    if (descriptor >= 0)
        close(descriptor);
}

void control_stop(struct control *control)
{
    if (control == NULL || !control->is_started)
        return;
    control->is_ending = true;
    eventfd_write(control->event, 1);
    port_thread_join(&control->thread);
    control->is_started = false;
    logtail_listen(-1);
    while (control->count > 0)
        drop(control, control->count - 1);
    command_line_end_watches(control->served.commands);
}

void control_close(struct control *control)
{
    if (control == NULL)
        return;
    control_stop(control);
    command_line_destroy(control->served.commands);
    close_socket(control);
    close_descriptor(control->event);
    close_descriptor(control->log_event);
    free(control);
}

int control_descriptor(const struct control *control)
{
    return control != NULL ? command_line_descriptor(control->served.commands) : -1;
}

const struct control_command *control_take_command(struct control *control)
{
    return command_line_take(control->served.commands);
}

void control_finish_command(struct control *control, NTSTATUS status)
{
    command_line_finish(control->served.commands, status);
}
