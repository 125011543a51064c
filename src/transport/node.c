/* Nodes and their open files. See node.h. */
#include "transport/node.h"

#include <stdlib.h>
#include <string.h>

#include "framework/io.h"
#include "transport/internal.h"

/* ---- a node's users ---- */

static bool enter_locked(struct node *node) REQUIRES(transport_lock)
{
    if (node->device == NULL)
        return false;
    node->users++;
    return true;
}

bool node_enter(struct node *node)
{
    PORT_LOCK_SCOPE_OF(node->transport, transport_lock);
    return enter_locked(node);
}

struct node *transport_enter_inode(struct transport *transport, uint64_t inode)
{
    PORT_LOCK_SCOPE_OF(transport, transport_lock);
    for (struct node *node = transport->nodes; node != NULL; node = node->next) {
        if (node->inode == inode)
            return enter_locked(node) ? node : NULL;
    }
    return NULL;
}

void node_leave(struct node *node)
{
    struct transport *transport = node->transport;
    PORT_LOCK_SCOPE_OF(transport, transport_lock);
    node->users--;
    if (node->users == 0 && node->device == NULL)
        port_condition_broadcast(&transport->nodes_changed);
}

struct io_device *node_device(struct node *node)
{
    PORT_LOCK_SCOPE_OF(node->transport, transport_lock);
    if (node->device != NULL)
        io_device_reference(node->device);
    return node->device;
}

void transport_add_file(struct open_file *open_file)
{
    struct node *node = open_file->node;
    PORT_LOCK_SCOPE_OF(node->transport, transport_lock);
    open_file->previous = NULL;
    open_file->next = node->files;
    if (open_file->next != NULL)
        open_file->next->previous = open_file;
    node->files = open_file;
}

void transport_remove_file(struct open_file *open_file)
{
    struct node *node = open_file->node;
    PORT_LOCK_SCOPE_OF(node->transport, transport_lock);
    if (open_file->previous != NULL)
        open_file->previous->next = open_file->next;
    else
        node->files = open_file->next;
    if (open_file->next != NULL)
        open_file->next->previous = open_file->previous;
}

/* The kernel does not report files that are open when the connection ends. No worker runs any
 * more. */
void node_release_files(struct node *node)
{
    port_lock_is_not_needed(transport_lock);
    while (node->files != NULL) {
        struct open_file *open_file = node->files;
        transport_remove_file(open_file);
        io_file_release(open_file->file);
        free(open_file);
    }
}

/* ---- looking at nodes ---- */

static bool copy_view_locked(const struct node *node, struct node_view *view)
    REQUIRES(transport_lock)
{
    strcpy(view->name, node->name);
    view->inode = node->inode;
    view->attributes = node->attributes;
    view->is_lasting = node->is_lasting;
    return true;
}

static bool view_locked(const struct node *node, struct node_view *view) REQUIRES(transport_lock)
{
    return node->device != NULL && copy_view_locked(node, view);
}

bool transport_view_name(struct transport *transport, const char *name, struct node_view *view)
{
    PORT_LOCK_SCOPE_OF(transport, transport_lock);
    for (const struct node *node = transport->nodes; node != NULL; node = node->next) {
        if (strcmp(node->name, name) == 0 && view_locked(node, view))
            return true;
    }
    return false;
}

bool transport_view_inode(struct transport *transport, uint64_t inode, struct node_view *view)
{
    PORT_LOCK_SCOPE_OF(transport, transport_lock);
    for (const struct node *node = transport->nodes; node != NULL; node = node->next) {
        if (node->inode == inode)
            return copy_view_locked(node, view);
    }
    return false;
}

bool transport_view_after(struct transport *transport, uint64_t inode, struct node_view *view)
{
    PORT_LOCK_SCOPE_OF(transport, transport_lock);
    for (const struct node *node = transport->nodes; node != NULL; node = node->next) {
        if (node->inode > inode && view_locked(node, view))
            return true;
    }
    return false;
}

bool transport_change_inode(struct transport *transport, uint64_t inode,
                            void (*change)(struct node_attributes *attributes, const void *context),
                            const void *context)
{
    PORT_LOCK_SCOPE_OF(transport, transport_lock);
    for (struct node *node = transport->nodes; node != NULL; node = node->next) {
        if (node->inode != inode)
            continue;
        change(&node->attributes, context);
        return true;
    }
    return false;
}
