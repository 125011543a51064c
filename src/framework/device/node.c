/* Nodes of devices. See node.h. */
#include "framework/device/node.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <wdf.h>

#include "framework/device/device.h"
#include "port/log.h"

/* Held around the listener, which may take long: threads that only read do not wait for it. */
static struct port_mutex telling_lock = PORT_MUTEX_INITIALIZER;
static struct port_mutex nodes_lock = PORT_MUTEX_INITIALIZER;
/* Of struct node_claim. A device that was shown is taken out with both locks. */
static LIST_ENTRY devices GUARDED_BY(nodes_lock) = {&devices, &devices};
/* NULL: there is no listener. */
static const struct node_listener *listener GUARDED_BY(telling_lock);
/* The same, for is_free. */
static const struct node_listener *questioned GUARDED_BY(nodes_lock);
/* Calls of is_free under way, which hold no lock. */
static unsigned questions GUARDED_BY(nodes_lock);
static struct port_condition no_questions = PORT_CONDITION_INITIALIZER;

/* ---- names ---- */

bool node_name_is_valid(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length > NAME_MAX || name[0] == '.' || name[0] == '-')
        return false;
    for (const char *c = name; *c != '\0'; c++) {
        if (!isascii(*c) || (!isalnum(*c) && strchr("._-+:@", *c) == NULL))
            return false;
    }
    return true;
}

bool node_name_is_valid_with_folders(const char *name)
{
    char part[NAME_MAX + 1];
    if (strlen(name) > NAME_MAX)
        return false;
    for (const char *end; (end = strchr(name, '/')) != NULL; name = end + 1) {
        memcpy(part, name, (size_t)(end - name));
        part[end - name] = '\0';
        if (!node_name_is_valid(part))
            return false;
    }
    return node_name_is_valid(name);
}

NTSTATUS node_name_of(const struct driver *driver, const char *nt_name, char **name)
{
    const char *separator = strrchr(nt_name, '\\');
    *name = NULL;
    if (nt_name[0] != '\\' || !node_name_is_valid(separator + 1)) {
        log_error(
            "driver %s: the device name '%s' gives no node: \\Device\\NAME is wanted, with letters, "
            "digits and "
            "._-+:@ in NAME, not a dot or dash first",
            driver_name(driver), nt_name);
        return STATUS_OBJECT_NAME_INVALID;
    }
    *name = device_text_duplicate(separator + 1);
    return *name != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

/* NT's names do not tell capitals from small letters, a file system's do. */
static bool collide(const struct wdf_device *one, const struct wdf_device *other)
{
    const char *nt_name = one->init.texts.name, *other_nt_name = other->init.texts.name;
    const char *node = one->init.texts.node, *other_node = other->init.texts.node;
    return (nt_name != NULL && other_nt_name != NULL && strcasecmp(nt_name, other_nt_name) == 0) ||
           (node != NULL && other_node != NULL && strcmp(node, other_node) == 0);
}

/* ---- the list ---- */

static struct wdf_device *device_from_entry(LIST_ENTRY *entry)
{
    return CONTAINING_RECORD(entry, struct wdf_device, node.entry);
}

/* Those of a stack may have the same: there is one node. */
static bool is_below(const struct wdf_device *other, const struct wdf_device *device)
{
    for (const struct wdf_device *lower = device->init.lower; lower != NULL;
         lower = lower->init.lower) {
        if (lower == other)
            return true;
    }
    return false;
}

static bool is_taken_locked(const struct wdf_device *device) REQUIRES(nodes_lock)
{
    for (LIST_ENTRY *entry = devices.Flink; entry != &devices; entry = entry->Flink) {
        const struct wdf_device *other = device_from_entry(entry);
        if (other->node.state != NODE_WITHDRAWN && !is_below(other, device) &&
            collide(device, other))
            return true;
    }
    return false;
}

/* The node is there already. */
static bool inherits_locked(const struct wdf_device *device) REQUIRES(nodes_lock)
{
    const char *name = device->init.texts.node;
    for (LIST_ENTRY *entry = devices.Flink; entry != &devices && name != NULL;
         entry = entry->Flink) {
        const struct wdf_device *other = device_from_entry(entry);
        if (other->node.gives_way && other->init.texts.node != NULL &&
            strcmp(other->init.texts.node, name) == 0)
            return true;
    }
    return false;
}

/* Drops the lock: the answer may take seconds. */
static bool is_free_outside_locked(const char *name) REQUIRES(nodes_lock)
{
    const struct node_listener *asked = questioned;
    if (asked == NULL || name == NULL)
        return true;
    questions++;
    port_mutex_unlock(&nodes_lock);
    bool is_free = asked->is_free(asked->context, name);
    port_mutex_lock(&nodes_lock);
    if (--questions == 0)
        port_condition_broadcast(&no_questions);
    return is_free;
}

/* At once, so that no other device of the process gets the name while the listener is asked. */
static bool claim_locked(struct wdf_device *device) REQUIRES(nodes_lock)
{
    if (is_taken_locked(device))
        return false;
    static uint64_t serials GUARDED_BY(nodes_lock);
    device->node.state = NODE_CLAIMED;
    device->node.serial = ++serials;
    InsertTailList(&devices, &device->node.entry);
    if (device->init.lower != NULL || inherits_locked(device) ||
        is_free_outside_locked(device->init.texts.node))
        return true;
    RemoveEntryList(&device->node.entry);
    device->node.state = NODE_NONE;
    return false;
}

NTSTATUS node_claim(struct wdf_device *device)
{
    PORT_LOCK_SCOPE(&nodes_lock);
    if (!claim_locked(device)) {
        log_error("driver %s: there is a device %s already", driver_name(device->init.driver),
                  device->init.texts.name != NULL ? device->init.texts.name
                                                  : device->init.texts.node);
        return STATUS_OBJECT_NAME_COLLISION;
    }
    return STATUS_SUCCESS;
}

void node_show(struct wdf_device *device)
{
    PORT_LOCK_SCOPE(&nodes_lock);
    device->node.is_made = true;
}

void node_cover(struct wdf_device *device, struct wdf_device *upper)
{
    PORT_LOCK_SCOPE(&nodes_lock);
    device->upper = upper;
}

bool node_is_covered(const struct wdf_device *device)
{
    PORT_LOCK_SCOPE(&nodes_lock);
    return device->upper != NULL;
}

struct wdf_device *node_reference_opened(struct wdf_device *device)
{
    PORT_LOCK_SCOPE(&nodes_lock);
    struct wdf_device *opened = device_top(device);
    if (opened->node.state != NODE_PUBLISHED)
        return NULL;
    object_reference(&opened->io.object);
    return opened;
}

struct wdf_device *node_reference_top(struct wdf_device *device)
{
    PORT_LOCK_SCOPE(&nodes_lock);
    struct wdf_device *top = device_top(device);
    object_reference(&top->io.object);
    return top;
}

/* False: it cannot be published now. */
static bool enter_published(struct wdf_device *device)
{
    PORT_LOCK_SCOPE(&nodes_lock);
    if (device->node.state != NODE_CLAIMED || device->upper != NULL)
        return false;
    device->node.state = NODE_PUBLISHED;
    return true;
}

void node_publish(struct wdf_device *device)
{
    PORT_LOCK_SCOPE(&telling_lock);
    if (enter_published(device) && listener != NULL && device->init.texts.node != NULL)
        listener->came(listener->context, device);
}

/* Returns whether it was published. */
static bool enter_withdrawn(struct wdf_device *device)
{
    PORT_LOCK_SCOPE(&nodes_lock);
    bool was_published = device->node.state == NODE_PUBLISHED;
    if (device->node.state != NODE_NONE)
        device->node.state = NODE_WITHDRAWN;
    return was_published;
}

void node_withdraw(struct wdf_device *device)
{
    PORT_LOCK_SCOPE(&telling_lock);
    if (enter_withdrawn(device) && listener != NULL && device->init.texts.node != NULL)
        listener->went(listener->context, device);
}

void node_give_way(struct wdf_device *device)
{
    PORT_LOCK_SCOPE(&telling_lock);
    (void)enter_withdrawn(device);
    PORT_LOCK_SCOPE(&nodes_lock);
    device->node.gives_way = true;
}

void node_forget(struct wdf_device *device)
{
    PORT_LOCK_SCOPE(&telling_lock); /* it may be told of */
    PORT_LOCK_SCOPE(&nodes_lock);
    if (device->node.state != NODE_NONE)
        RemoveEntryList(&device->node.entry);
    device->node.state = NODE_NONE;
}

/* The uppermost, which stays while the telling_lock is held. */
static struct wdf_device *top_of(struct wdf_device *device)
{
    PORT_LOCK_SCOPE(&nodes_lock);
    return device_top(device);
}

/* The listener is told once. */
static void tell_failed_locked(struct wdf_device *device) REQUIRES(telling_lock)
{
    if (listener == NULL || device->node.failure_was_told)
        return;
    device->node.failure_was_told = true;
    listener->failed(listener->context, top_of(device));
}

void node_tell_failed(struct wdf_device *device)
{
    PORT_LOCK_SCOPE(&telling_lock);
    device->node.has_failed = true;
    tell_failed_locked(device);
}

void node_note_failed(struct wdf_device *device)
{
    PORT_LOCK_SCOPE(&telling_lock);
    device->node.has_failed = true;
}

void node_tell_woken(void)
{
    PORT_LOCK_SCOPE(&telling_lock);
    if (listener != NULL && listener->woken != NULL)
        listener->woken(listener->context);
}

static bool has_failed_locked(const struct node_claim *claim) REQUIRES(telling_lock, nodes_lock)
{
    return claim->state != NODE_WITHDRAWN && claim->has_failed;
}

static bool is_to_be_made_locked(const struct node_claim *claim) REQUIRES(telling_lock, nodes_lock)
{
    return claim->state == NODE_PUBLISHED;
}

/* The next device after that serial for which the condition holds; NULL: there is none. */
static struct wdf_device *next_to_tell_of_locked(bool (*is_meant)(const struct node_claim *claim),
                                                 uint64_t *serial) REQUIRES(telling_lock)
{
    PORT_LOCK_SCOPE(&nodes_lock);
    for (LIST_ENTRY *entry = devices.Flink; entry != &devices; entry = entry->Flink) {
        struct wdf_device *device = device_from_entry(entry);
        if (device->node.serial <= *serial || !is_meant(&device->node))
            continue;
        *serial = device->node.serial;
        return device;
    }
    return NULL;
}

static void tell_failures_locked(void) REQUIRES(telling_lock)
{
    uint64_t serial = 0;
    struct wdf_device *device;
    while ((device = next_to_tell_of_locked(has_failed_locked, &serial)) != NULL)
        tell_failed_locked(device);
}

static void tell_nodes_locked(void) REQUIRES(telling_lock)
{
    uint64_t serial = 0;
    struct wdf_device *device;
    while (listener != NULL &&
           (device = next_to_tell_of_locked(is_to_be_made_locked, &serial)) != NULL) {
        if (device->init.texts.node != NULL)
            listener->came(listener->context, device);
    }
}

/* When it returns, no thread calls the listener before any more: that one may be freed. */
static void replace_questioned(const struct node_listener *new_listener)
{
    PORT_LOCK_SCOPE(&nodes_lock);
    const struct node_listener *previous = questioned;
    questioned = new_listener;
    while (previous != NULL && questions > 0)
        port_condition_wait(&no_questions, &nodes_lock);
}

void driver_listen_to_nodes(const struct node_listener *new_listener)
{
    PORT_LOCK_SCOPE(&telling_lock);
    listener = new_listener;
    replace_questioned(new_listener);
    tell_failures_locked(); /* of a start, before any client can open such a device */
    tell_nodes_locked();
}

/* ---- asking ---- */

/* Devices leave the list while their base reference is still theirs (device_dispose). */
static struct wdf_device *reference_at_locked(LIST_ENTRY *entry) REQUIRES(nodes_lock)
{
    struct wdf_device *device = device_from_entry(entry);
    object_reference(&device->io.object);
    return device;
}

struct wdf_device *node_next_control_device(const struct driver *driver)
{
    PORT_LOCK_SCOPE(&nodes_lock);
    for (LIST_ENTRY *entry = devices.Flink; entry != &devices; entry = entry->Flink) {
        struct wdf_device *device = device_from_entry(entry);
        IO_LOCK_SCOPE(device->io.domain);
        if (device->node.is_made && device->init.driver == driver &&
            device->init.kind == DEVICE_CONTROL && device->state < DEVICE_REMOVING)
            return reference_at_locked(entry);
    }
    return NULL;
}

struct wdf_device *driver_find_device(const char *name)
{
    PORT_LOCK_SCOPE(&nodes_lock);
    for (LIST_ENTRY *entry = devices.Flink; entry != &devices; entry = entry->Flink) {
        const struct wdf_device *device = device_from_entry(entry);
        if (device->node.is_made && device->node.state != NODE_WITHDRAWN &&
            device->init.texts.node != NULL && strcmp(device->init.texts.node, name) == 0)
            return reference_at_locked(&device_top(device_from_entry(entry))->node.entry);
    }
    return NULL;
}

const char *device_node_name(const struct wdf_device *device)
{
    return device->init.texts.node;
}

bool device_node_mode(const struct wdf_device *device, mode_t *mode)
{
    *mode = device->init.node_mode;
    return device->init.texts.sddl != NULL;
}

bool device_node_is_lasting(const struct wdf_device *device)
{
    return device_lowest(device)->init.kind == DEVICE_FDO;
}

/* Devices may come and go while one of them is visited. */
static struct wdf_device *next_of_walk_locked(enum node_walk walk, uint64_t *serial)
    REQUIRES(nodes_lock)
{
    for (LIST_ENTRY *entry = devices.Flink; entry != &devices; entry = entry->Flink) {
        const struct node_claim *claim = &device_from_entry(entry)->node;
        if (!claim->is_made || claim->serial <= *serial ||
            (walk == NODE_WALK_PRESENT && claim->state == NODE_WITHDRAWN))
            continue;
        *serial = claim->serial;
        return reference_at_locked(entry);
    }
    return NULL;
}

void node_for_each_device(enum node_walk walk,
                          void (*visit)(struct wdf_device *device, void *context), void *context)
{
    uint64_t serial = 0;
    struct wdf_device *device;
    port_mutex_lock(&nodes_lock);
    while ((device = next_of_walk_locked(walk, &serial)) != NULL) {
        port_mutex_unlock(&nodes_lock);
        visit(device, context);
        object_release_elsewhere(&device->io.object);
        port_mutex_lock(&nodes_lock);
    }
    port_mutex_unlock(&nodes_lock);
}
