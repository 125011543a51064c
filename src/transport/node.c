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

/*
 * Nodes whose names have slashes are in folders, which exist as long as a node is in them. A folder
 * is known by a node in it, the first one, and by the length of its name: nobody keeps a list. Its
 * inode changes when that node goes, so that the kernel must not remember it.
 */
#define FOLDER_SHIFT 48

static uint64_t folder_inode(const struct node *node, size_t length)
{
    return (uint64_t)length << FOLDER_SHIFT | node->inode;
}

static bool is_visible_locked(const struct node *node) REQUIRES(transport_lock)
{
    return node->device != NULL;
}

static const struct node *find_inode_locked(const struct transport *transport, uint64_t inode)
    REQUIRES(transport_lock)
{
    const struct node *node = transport->nodes;
    while (node != NULL && node->inode != inode)
        node = node->next;
    return node;
}

/* The name of a folder, with a slash behind it; "" for that of all. False: there is none. */
static bool name_folder_locked(const struct transport *transport, uint64_t folder,
                               char name[NAME_MAX + 2]) REQUIRES(transport_lock)
{
    size_t length = folder >> FOLDER_SHIFT;
    name[0] = '\0';
    if (folder == TRANSPORT_FOLDER)
        return true;
    const struct node *node =
        find_inode_locked(transport, folder & ((UINT64_C(1) << FOLDER_SHIFT) - 1));
    if (length == 0 || node == NULL || !is_visible_locked(node))
        return false;
    memcpy(name, node->name, length + 1);
    name[length + 1] = '\0';
    return true;
}

static void view_node_locked(const struct node *node, struct node_view *view)
    REQUIRES(transport_lock)
{
    const char *slash = strrchr(node->name, '/');
    strcpy(view->name, slash != NULL ? slash + 1 : node->name);
    view->inode = node->inode;
    view->attributes = node->attributes;
    view->is_lasting = node->is_lasting;
    view->is_folder = false;
}

/* The folder that has that much of the node's name. Its attributes are nobody's. */
static void view_folder(const struct node *node, size_t begin, size_t length,
                        struct node_view *view)
{
    *view = (struct node_view){.inode = folder_inode(node, length), .is_folder = true};
    memcpy(view->name, node->name + begin, length - begin);
}

/* What the node is below a folder: itself, or a folder in it. False: it is not below. */
static bool view_below_locked(const struct node *node, const char *folder, struct node_view *view)
    REQUIRES(transport_lock)
{
    size_t begin = strlen(folder);
    if (!is_visible_locked(node) || strncmp(node->name, folder, begin) != 0)
        return false;
    const char *slash = strchr(node->name + begin, '/');
    if (slash == NULL)
        view_node_locked(node, view);
    else
        view_folder(node, begin, (size_t)(slash - node->name), view);
    return true;
}

bool transport_view_name(struct transport *transport, uint64_t folder, const char *name,
                         struct node_view *view)
{
    char path[NAME_MAX + 2];
    PORT_LOCK_SCOPE_OF(transport, transport_lock);
    if (!name_folder_locked(transport, folder, path))
        return false;
    for (const struct node *node = transport->nodes; node != NULL; node = node->next) {
        if (view_below_locked(node, path, view) && strcmp(view->name, name) == 0)
            return true;
    }
    return false;
}

bool transport_view_inode(struct transport *transport, uint64_t inode, struct node_view *view)
{
    char path[NAME_MAX + 2];
    PORT_LOCK_SCOPE_OF(transport, transport_lock);
    const struct node *node = find_inode_locked(transport, inode);
    if (node != NULL) {
        view_node_locked(node, view);
        return true;
    }
    *view = (struct node_view){.inode = inode, .is_folder = true};
    return name_folder_locked(transport, inode, path);
}

static bool is_first_locked(const struct transport *transport, const struct node *node,
                            const char *folder, const struct node_view *view)
    REQUIRES(transport_lock)
{
    struct node_view earlier;
    const struct node *other = transport->nodes;
    while (other != node &&
           (!view_below_locked(other, folder, &earlier) || strcmp(earlier.name, view->name) != 0))
        other = other->next;
    return other == node;
}

bool transport_view_after(struct transport *transport, uint64_t folder, uint64_t *place,
                          struct node_view *view)
{
    char path[NAME_MAX + 2];
    PORT_LOCK_SCOPE_OF(transport, transport_lock);
    if (!name_folder_locked(transport, folder, path))
        return false;
    for (const struct node *node = transport->nodes; node != NULL; node = node->next) {
        if (node->inode > *place && view_below_locked(node, path, view) &&
            is_first_locked(transport, node, path, view)) {
            *place = node->inode;
            return true;
        }
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
