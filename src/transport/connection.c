/* Connections to the kernel. See connection.h. */
#include "transport/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "port/clock.h"
#include "port/log.h"
#include "transport/internal.h"
#include "transport/ring.h"
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

/* Asked for or not, requests come as they always do. */
static void say_without_rings(const struct transport *transport, const char *why)
{
    if (transport->uring == TRANSPORT_URING_ON)
        log_warning("requests come by read(2), not by io_uring: %s", why);
    else
        log_debug("requests come by read(2), not by io_uring: %s", why);
}

static const char *why_kernel_has_none(void)
{
    static const char parameter[] = "/sys/module/fuse/parameters/enable_uring";
    return access(parameter, F_OK) == 0
               ? "the module fuse is not told to (its parameter enable_uring)"
               : "this kernel has none for FUSE";
}

/* Before the kernel's first message is answered. Without them it goes on. */
static void prepare_rings(struct connection *connection, const struct transport *transport)
{
    struct wire *wire = connection->wire;
    if (transport->uring == TRANSPORT_URING_OFF || wire->device != NULL)
        return;
    int error = rings_create(wire, transport->workers, transport->mount_dir, &wire->rings);
    if (error != 0)
        say_without_rings(transport, strerror(-error));
}

static void start_rings(struct connection *connection, const struct transport *transport)
{
    struct wire *wire = connection->wire;
    if (wire->rings == NULL)
        return;
    int error = wire->uses_rings ? session_serve_rings(connection->session) : 0;
    if (!wire->uses_rings)
        say_without_rings(transport, why_kernel_has_none());
    else if (error != 0)
        say_without_rings(transport, strerror(-error));
    else
        connection->rings = wire->rings->server_count;
}

int connection_serve(struct connection *connection, const struct transport *transport,
                     const char *path)
{
    prepare_rings(connection, transport);
    int error = session_start(connection->wire, transport->workers, transport->spin_us,
                              transport->ended_event, &connection->session);
    if (error == 0) {
        error = await_ready(connection, path);
        if (error == 0)
            start_rings(connection, transport);
        return error;
    }
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
    if (connection->wire != NULL) {
        rings_destroy(connection->wire->rings);
        wire_destroy(connection->wire);
    }
    connection->wire = NULL;
}

void connection_close(struct connection *connection)
{
    connection_disconnect(connection);
    port_condition_destroy(&connection->became_ready);
    port_mutex_destroy(&connection->ready_lock);
}
