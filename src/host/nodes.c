/* Nodes of devices. See nodes.h. */
#include "host/nodes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "framework/io.h"
#include "framework/lifecycle.h"
#include "host/links.h"
#include "port/log.h"
#include "port/thread.h"

/* A device and its node. */
struct entry {
    struct entry *next;
    struct wdf_device *device; /* with a reference */
    struct node *node;
    struct node_links *links; /* NULL: none are kept */
};

/* A leaf. The framework calls the listener one call at a time. */
PORT_LOCK_KIND(entries_lock);

struct nodes {
    struct nodes_options options;
    struct transport *transport;
    int failed_event, woken_event;
    struct node_listener listener;

    struct port_mutex entries_lock;
    /* In order of appearance. */
    struct entry *entries GUARDED_BY(entries_lock);
    /* The start is over. */
    bool is_open GUARDED_BY(entries_lock);
    /* Of the start: a node that could not be made, a device given up. */
    int error GUARDED_BY(entries_lock);
    /* A device that is not to be started anew. */
    bool has_lost_device GUARDED_BY(entries_lock);
};

static int make_node(struct nodes *nodes, struct entry *entry)
{
    struct node_options options = {
        .name = device_node_name(entry->device),
        .mode = nodes->options.transport.mode,
        .is_lasting = device_node_is_lasting(entry->device),
    };
    mode_t mode;
    if (nodes->options.mode_is_given(nodes->options.mode_context, entry->device, &mode) ||
        device_node_mode(entry->device, &mode))
        options.mode = mode;
    int error =
        transport_add_node(nodes->transport, &options, device_io(entry->device), &entry->node);
    if (error != 0)
        return error;
    entry->links = links_of_node(nodes->options.links, node_path(entry->node));
    device_listen_to_names(entry->device, links_change, entry->links);
    return 0;
}

static void append(struct nodes *nodes, struct entry *entry)
{
    PORT_LOCK_SCOPE_OF(nodes, entries_lock);
    struct entry **link = &nodes->entries;
    while (*link != NULL)
        link = &(*link)->next;
    *link = entry;
}

static void note_error(struct nodes *nodes, int error)
{
    PORT_LOCK_SCOPE_OF(nodes, entries_lock);
    if (!nodes->is_open)
        nodes->error = error;
}

/* During the start, the start fails. */
static void note_lost_device(struct nodes *nodes)
{
    note_error(nodes, -EIO);
    PORT_LOCK_SCOPE_OF(nodes, entries_lock);
    nodes->has_lost_device = true;
}

static bool has_failed(struct nodes *nodes)
{
    PORT_LOCK_SCOPE_OF(nodes, entries_lock);
    return nodes->error != 0;
}

static struct entry *find_name(struct nodes *nodes, const char *name)
{
    PORT_LOCK_SCOPE_OF(nodes, entries_lock);
    struct entry *entry = nodes->entries;
    while (entry != NULL && strcmp(device_node_name(entry->device), name) != 0)
        entry = entry->next;
    return entry;
}

/* The entry of that name is free for the device in its place. */
static void take_over(struct entry *entry, struct wdf_device *device)
{
    struct wdf_device *before = entry->device;
    device_listen_to_names(before, NULL, NULL);
    io_device_reference(device_io(device));
    entry->device = device;
    transport_switch_node(entry->node, device_io(device));
    device_listen_to_names(device, links_change, entry->links);
    io_device_dereference(device_io(before));
}

/* If a device gets no node, the start fails; after the start the other devices go on without it. */
static void device_came(void *context, struct wdf_device *device)
{
    struct nodes *nodes = context;
    if (has_failed(nodes))
        return; /* one error line is enough */
    struct entry *inherited = find_name(nodes, device_node_name(device));
    if (inherited != NULL) {
        take_over(inherited, device);
        return;
    }
    struct entry *entry = calloc(1, sizeof(*entry));
    int error = -ENOMEM;
    if (entry != NULL) {
        entry->device = device;
        error = make_node(nodes, entry);
    } else {
        log_error("no memory for the node of %s", device_node_name(device));
    }
    if (error == 0) {
        io_device_reference(device_io(device));
        append(nodes, entry);
    } else {
        free(entry);
        note_error(nodes, error);
    }
}

static struct entry *take_out(struct nodes *nodes, const struct wdf_device *device)
{
    PORT_LOCK_SCOPE_OF(nodes, entries_lock);
    for (struct entry **link = &nodes->entries; *link != NULL; link = &(*link)->next) {
        struct entry *entry = *link;
        if (entry->device == device) {
            *link = entry->next;
            return entry;
        }
    }
    return NULL;
}

static void free_entry(struct entry *entry)
{
    links_forget_node(entry->links);
    io_device_dereference(device_io(entry->device));
    free(entry);
}

static void device_went(void *context, struct wdf_device *device)
{
    struct entry *entry = take_out(context, device);
    if (entry == NULL)
        return;
    log_info("%s goes", node_path(entry->node));
    device_listen_to_names(device, NULL, NULL);
    transport_remove_node(entry->node);
    free_entry(entry);
}

static bool name_is_free(void *context, const char *name)
{
    const struct nodes *nodes = context;
    return transport_check_name(nodes->transport, name) == 0;
}

static void device_failed(void *context, struct wdf_device *device)
{
    struct nodes *nodes = context;
    const char *name = device_node_name(device);
    if (!device_wants_restart(device)) {
        log_error("the driver has given its device %s up: it is removed, and this daemon ends",
                  name != NULL ? name : "without a name");
        note_lost_device(nodes);
    }
    eventfd_write(nodes->failed_event, 1);
}

static void system_woken(void *context)
{
    const struct nodes *nodes = context;
    eventfd_write(nodes->woken_event, 1);
}

static int start_listening(struct nodes *nodes)
{
    nodes->listener = (struct node_listener){
        .context = nodes,
        .came = device_came,
        .went = device_went,
        .is_free = name_is_free,
        .failed = device_failed,
        .woken = system_woken,
    };
    driver_listen_to_nodes(&nodes->listener);
    PORT_LOCK_SCOPE_OF(nodes, entries_lock);
    int error = nodes->error;
    nodes->is_open = error == 0;
    if (error == 0 && nodes->entries == NULL) {
        log_error("the driver has made no device that could be opened");
        error = -ENODEV;
    }
    return error;
}

int nodes_open(const struct nodes_options *options, struct nodes **result)
{
    *result = NULL;
    struct nodes *nodes = calloc(1, sizeof(*nodes));
    if (nodes == NULL) {
        log_error("no memory for the nodes");
        return -ENOMEM;
    }
    nodes->options = *options;
    port_mutex_init(&nodes->entries_lock);
    nodes->failed_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    nodes->woken_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    *result = nodes;
    if (nodes->failed_event < 0 || nodes->woken_event < 0) {
        int error = -errno;
        log_error("no descriptor for the nodes: %s", strerror(-error));
        return error;
    }
    int error = transport_open(&options->transport, &nodes->transport);
    return error == 0 ? start_listening(nodes) : error;
}

void nodes_log_ready(struct nodes *nodes)
{
    PORT_LOCK_SCOPE_OF(nodes, entries_lock);
    for (const struct entry *entry = nodes->entries; entry != NULL; entry = entry->next)
        log_info("%s is ready", node_path(entry->node));
    transport_log_way(nodes->transport);
}

int nodes_ended_descriptor(const struct nodes *nodes)
{
    return transport_ended_descriptor(nodes->transport);
}

int nodes_failed_descriptor(const struct nodes *nodes)
{
    return nodes->failed_event;
}

int nodes_woken_descriptor(const struct nodes *nodes)
{
    return nodes->woken_event;
}

void nodes_take_waking(struct nodes *nodes)
{
    eventfd_t count;
    eventfd_read(nodes->woken_event, &count);
}

bool nodes_take_failures(struct nodes *nodes)
{
    eventfd_t count;
    eventfd_read(nodes->failed_event, &count);
    PORT_LOCK_SCOPE_OF(nodes, entries_lock);
    return !nodes->has_lost_device;
}

void nodes_close(struct nodes *nodes)
{
    if (nodes == NULL)
        return;
    driver_listen_to_nodes(NULL);
    port_lock_is_not_needed(entries_lock); /* nobody calls any more */
    for (struct entry *entry = nodes->entries; entry != NULL; entry = entry->next)
        device_listen_to_names(entry->device, NULL, NULL);
    if (nodes->transport != NULL)
        transport_close(nodes->transport);
    /* Until now a node may have led to a device that its driver has deleted since. */
    for (struct entry *entry = nodes->entries, *next; entry != NULL; entry = next) {
        next = entry->next;
        free_entry(entry);
    }
    if (nodes->failed_event >= 0)
        close(nodes->failed_event);
    if (nodes->woken_event >= 0)
        close(nodes->woken_event);
    port_mutex_destroy(&nodes->entries_lock);
    free(nodes);
}
