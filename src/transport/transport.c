/* Transports of either kind and their nodes. See transport.h and internal.h. */
#include "transport/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "port/clock.h"
#include "port/log.h"
#include "transport/connection.h"
#include "transport/cuse.h"
#include "transport/fuse.h"
#include "transport/node.h"

/* How long to wait for the name of a node that is being discarded. */
#define DISCARD_DEADLINE_NS (5 * UINT64_C(1000000000))

/* ---- discarding nodes ---- */

static void unlink_node_locked(struct transport *transport, const struct node *node)
    REQUIRES(transport_lock)
{
    struct node **link = &transport->nodes;
    while (*link != node)
        link = &(*link)->next;
    *link = node->next;
}

static struct node *next_unused_locked(struct transport *transport) REQUIRES(transport_lock)
{
    struct node *node = transport->nodes;
    while (node != NULL && (node->device != NULL || node->users > 0))
        node = node->next;
    return node;
}

/*
 * The reaper has its own thread, because the thread that removes a node or closes its last file may
 * be one that serves it. A node stays in the list until it is discarded, so that others can wait
 * for its name.
 */
static void reap(void *argument)
{
    struct transport *transport = argument;
    port_lock_of(transport, transport_lock);
    while (!transport->is_closing) {
        struct node *node = next_unused_locked(transport);
        if (node == NULL) {
            port_condition_wait(&transport->nodes_changed, &transport->transport_lock);
            continue;
        }
        port_unlock_of(transport, transport_lock);
        /* Another thread may have answered the last request, but not have left it yet. */
        io_device_await_quiet(node->removed_device);
        transport->kind->discard(node);
        io_device_dereference(node->removed_device);
        port_lock_of(transport, transport_lock);
        unlink_node_locked(transport, node);
        free(node);
        port_condition_broadcast(&transport->nodes_changed);
    }
    port_unlock_of(transport, transport_lock);
}

/* Without a reaper, nodes are discarded when the transport closes. */
static void start_reaper_locked(struct transport *transport) REQUIRES(transport_lock)
{
    if (!transport->has_reaper)
        transport->has_reaper =
            port_thread_start(&transport->reaper, "wdfuse-nodes", reap, transport) == 0;
}

/* No opens from now on; the reaper gets the node once nobody uses it. */
static void close_to_clients_locked(struct node *node) REQUIRES(transport_lock)
{
    node->removed_device = node->device;
    io_device_reference(node->removed_device);
    node->device = NULL;
    start_reaper_locked(node->transport);
}

void transport_remove_node(struct node *node)
{
    struct transport *transport = node->transport;
    port_lock_of(transport, transport_lock);
    node->users++; /* no reaping before its name is gone */
    close_to_clients_locked(node);
    port_unlock_of(transport, transport_lock);
    transport->kind->withdraw(node);
    node_leave(node);
}

void transport_switch_node(struct node *node, struct io_device *device)
{
    PORT_LOCK_SCOPE_OF(node->transport, transport_lock);
    if (node->device != NULL)
        node->device = device;
}

static bool is_being_discarded_locked(struct transport *transport, const char *name)
    REQUIRES(transport_lock)
{
    for (const struct node *node = transport->nodes; node != NULL; node = node->next) {
        if (strcmp(node->name, name) == 0 && node->device == NULL && node->users == 0)
            return true;
    }
    return false;
}

static void await_name(struct transport *transport, const char *name)
{
    uint64_t deadline = port_clock_now() + DISCARD_DEADLINE_NS;
    PORT_LOCK_SCOPE_OF(transport, transport_lock);
    while (is_being_discarded_locked(transport, name)) {
        if (!port_condition_wait_until(&transport->nodes_changed, &transport->transport_lock,
                                       deadline))
            return;
    }
}

/* ---- making nodes ---- */

int transport_check_name(struct transport *transport, const char *name)
{
    await_name(transport, name);
    return transport->kind->check(transport, name);
}

static struct node *create_node(struct transport *transport, const struct node_options *options,
                                struct io_device *device)
{
    struct node *node = calloc(1, sizeof(*node));
    if (node == NULL || strlen(options->name) >= sizeof(node->name)) {
        log_error("no memory for the node %s", options->name);
        free(node);
        return NULL;
    }
    port_lock_is_not_needed(transport_lock);
    node->transport = transport;
    strcpy(node->name, options->name);
    transport->kind->path(transport, node->name, node->path, sizeof(node->path));
    node->mode = options->mode;
    const struct timespec now = {.tv_sec = time(NULL)};
    node->attributes = (struct node_attributes){
        .mode = options->mode,
        .owner = transport->owner,
        .group = transport->group,
        .accessed = now,
        .modified = now,
        .changed = now,
    };
    node->is_lasting = options->is_lasting;
    node->device = device;
    connection_init(&node->connection);
    return node;
}

static void link_node(struct transport *transport, struct node *node)
{
    PORT_LOCK_SCOPE_OF(transport, transport_lock);
    node->inode = ++transport->last_inode;
    struct node **link = &transport->nodes;
    while (*link != NULL)
        link = &(*link)->next;
    *link = node;
}

/* A client may have opened the node already, so it goes like one that is removed. Its name goes
 * with it, not before: what now has that name may belong to somebody else. */
static void undo_node(struct node *node)
{
    PORT_LOCK_SCOPE_OF(node->transport, transport_lock);
    close_to_clients_locked(node);
    port_condition_broadcast(&node->transport->nodes_changed);
}

int transport_add_node(struct transport *transport, const struct node_options *options,
                       struct io_device *device, struct node **result)
{
    await_name(transport, options->name);
    PORT_LOCK_SCOPE_OF(transport, making_lock);
    struct node *node = create_node(transport, options, device);
    if (node == NULL)
        return -ENOMEM;
    link_node(transport, node);
    int error = transport->kind->make(node);
    if (error != 0) {
        undo_node(node);
        return error;
    }
    *result = node;
    return 0;
}

const char *node_path(const struct node *node)
{
    return node->path;
}

/* ---- opening and closing ---- */

static int copy_options(struct transport *transport, const struct transport_options *options)
{
    const char *mount_dir = options->mount_dir != NULL ? options->mount_dir : "";
    if (strlen(mount_dir) >= sizeof(transport->mount_dir)) {
        log_error("the mount point's path is too long");
        return -ENAMETOOLONG;
    }
    strcpy(transport->mount_dir, mount_dir);
    transport->kind = options->mount_dir != NULL ? &transport_fuse : &transport_cuse;
    transport->mode = options->mode;
    transport->owner = options->owner != (uid_t)-1 ? options->owner : geteuid();
    transport->group = options->group != (gid_t)-1 ? options->group : getegid();
    transport->workers = options->workers;
    transport->spin_us = options->spin_us;
    transport->uring = options->uring;
    transport->debug = options->debug;
    return 0;
}

int transport_open(const struct transport_options *options, struct transport **result)
{
    struct transport *transport = calloc(1, sizeof(*transport));
    if (transport == NULL) {
        log_error("no memory for the transport");
        return -ENOMEM;
    }
    transport->claim = -1;
    port_lock_is_not_needed(transport_lock);
    transport->last_inode = FUSE_ROOT_ID;
    port_mutex_init(&transport->making_lock);
    port_mutex_init(&transport->transport_lock);
    port_condition_init(&transport->nodes_changed);
    connection_init(&transport->connection);
    transport->ended_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int error = transport->ended_event < 0 ? -errno : 0;
    if (error != 0)
        log_error("no descriptor for the transport: %s", strerror(-error));
    else
        error = copy_options(transport, options);
    if (error != 0) {
        transport_close(transport);
        return error;
    }
    *result = transport;
    return 0;
}

void transport_log_way(const struct transport *transport)
{
    if (transport->connection.rings > 0)
        log_info("requests come by io_uring, in %u rings", transport->connection.rings);
}

int transport_ended_descriptor(const struct transport *transport)
{
    return transport->ended_event;
}

static void stop_reaper(struct transport *transport)
{
    port_lock_of(transport, transport_lock);
    transport->is_closing = true;
    port_condition_broadcast(&transport->nodes_changed);
    bool has_reaper = transport->has_reaper;
    port_unlock_of(transport, transport_lock);
    if (has_reaper)
        port_thread_join(&transport->reaper);
}

void transport_close(struct transport *transport)
{
    stop_reaper(transport);
    port_lock_is_not_needed(transport_lock);
    if (transport->kind != NULL)
        transport->kind->close(transport);
    for (struct node *node = transport->nodes; node != NULL; node = node->next)
        transport->kind->discard(node);
    for (struct node *node = transport->nodes, *next; node != NULL; node = next) {
        next = node->next;
        node_release_files(node);
        if (node->removed_device != NULL)
            io_device_dereference(node->removed_device);
        free(node);
    }
    connection_close(&transport->connection);
    if (transport->ended_event >= 0)
        close(transport->ended_event);
    port_condition_destroy(&transport->nodes_changed);
    port_mutex_destroy(&transport->transport_lock);
    port_mutex_destroy(&transport->making_lock);
    free(transport);
}
