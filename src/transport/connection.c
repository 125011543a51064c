/* Connections to the kernel. See connection.h. */
#include "transport/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "port/clock.h"
#include "port/log.h"
#include "transport/internal.h"
#include "transport/session.h"

/* Normally a fraction of a millisecond; a machine this slow is broken. */
#define READY_DEADLINE_NS (5 * UINT64_C(1000000000))

void connection_init(struct connection *connection)
{
    *connection = (struct connection){0};
    port_mutex_init(&connection->ready_lock);
    port_condition_init(&connection->became_ready);
}

int connection_attach(struct connection *connection, int descriptor,
                      const struct wire_operations *operations, const char *device, bool shows)
{
    int flags = fcntl(descriptor, F_GETFL);
    int error = flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
    if (error == 0)
        error = wire_create(descriptor, operations, connection, device, shows, &connection->wire);
    if (error != 0) {
        log_error("no connection to the kernel: %s", strerror(-error));
        close(descriptor);
    }
    return error;
}

void connection_note_ready(struct connection *connection)
{
    PORT_LOCK_SCOPE_OF(connection, ready_lock);
    connection->is_ready = true;
    port_condition_signal(&connection->became_ready);
}

/*
 * Waits until the wire has answered the kernel's first message. The daemon could instead open the
 * node to see whether it is ready, but then it would wait for itself: a deadlock under Valgrind,
 * which runs one thread at a time.
 */
static int await_ready(struct connection *connection, const char *path)
{
    uint64_t deadline = port_clock_now() + READY_DEADLINE_NS;
    PORT_LOCK_SCOPE_OF(connection, ready_lock);
    while (!connection->is_ready) {
        if (!port_condition_wait_until(&connection->became_ready, &connection->ready_lock,
                                       deadline)) {
            log_error("the kernel does not begin to use %s; `dmesg` may say more", path);
            return -ETIMEDOUT;
        }
    }
    return 0;
}

int connection_serve(struct connection *connection, const struct transport *transport,
                     const char *path)
{
    int error = session_start(connection->wire, transport->workers, transport->spin_us,
                              transport->ended_event, &connection->session);
    if (error == 0)
        return await_ready(connection, path);
    log_error("no %u worker threads: %s; try fewer with --workers", transport->workers,
              strerror(-error));
    return error;
}

void connection_stop(struct connection *connection)
{
    if (connection->session != NULL)
        session_stop(connection->session);
    connection->session = NULL;
}

void connection_disconnect(struct connection *connection)
{
    connection_stop(connection);
    if (connection->wire != NULL)
        wire_destroy(connection->wire);
    connection->wire = NULL;
}

void connection_close(struct connection *connection)
{
    connection_disconnect(connection);
    port_condition_destroy(&connection->became_ready);
    port_mutex_destroy(&connection->ready_lock);
}
