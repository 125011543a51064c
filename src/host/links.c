/*
 * The links and their keeper. See links.h.
 *
 * Daemon and keeper talk through a socket that preserves messages: a command, answered by an errno.
 * End of file is the end of the daemon, whatever the cause: the keeper removes what it has made,
 * and ends.
 */
#include "host/links.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/linkfolder.h"
#include "host/pidfile.h"
#include "port/helper.h"
#include "port/log.h"
#include "port/thread.h"

#define LINKS_MAX 64

/* A daemon does not wait longer than this for its keeper: a device without links is better than
 * none. */
#define KEEPER_PATIENCE_S 5

enum command_kind { COMMAND_TARGET, COMMAND_ADD, COMMAND_REMOVE, COMMAND_SETTLE };

struct command {
    enum command_kind kind;
    char target[PATH_MAX]; /* the node, absolute */
    char path[PATH_MAX];   /* relative to the base */
};

/* Around a command and its answer; a leaf. */
PORT_LOCK_KIND(keeper_lock);

struct links {
    char base[PATH_MAX];
    pid_t keeper;
    struct port_mutex keeper_lock;
    int socket GUARDED_BY(keeper_lock);
};

/* The links of one node. */
struct node_links {
    struct links *links;
    char target[PATH_MAX];
};

/* What the keeper has made; in its own process. */
struct keeper {
    const char *base;
    int socket;
    /* COMMAND_SETTLE: a client may have taken over the daemon since. */
    bool is_settled;
    char folder[PATH_MAX]; /* of all nodes */
    const char *taken;     /* the node that the daemon is about to create */
    struct {
        char target[PATH_MAX];
        char path[PATH_MAX]; /* as the daemon names it */
        char link[PATH_MAX]; /* what was made for it */
    } made[LINKS_MAX];
    unsigned made_count;
};

/* ---- the keeper's side ---- */

/* Makes every folder on the way to a file below an absolute path. */
static int make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int result = mkdir(path, 0755);
        *slash = '/';
        if (result != 0 && errno != EEXIST)
            return errno;
    }
    return 0;
}

/*
 * Whether the name belongs to another node. The target is not opened: it may be in the mount of a
 * daemon that does not answer. Keepers remove their links, so an existing link is in use.
 */
static bool is_taken(const char *link, const char *target)
{
    char present[PATH_MAX];
    ssize_t length = readlink(link, present, sizeof(present) - 1);
    if (length < 0)
        return errno != ENOENT && errno != ENOTDIR;
    present[length] = '\0';
    return strcmp(present, target) != 0;
}

/* The link replaces anything of that name atomically. */
static int replace_link(const char *target, const char *link)
{
    char temporary[PATH_MAX + 32];
    snprintf(temporary, sizeof(temporary), "%s.%d", link, (int)getpid());
    if (symlink(target, temporary) != 0)
        return errno;
    if (rename(temporary, link) == 0)
        return 0;
    int error = errno;
    unlink(temporary);
    return error;
}

/* As sysfs does it: a name with folders, as one name. */
static void name_flatly(const char *name, char *flat)
{
    strcpy(flat, name);
    for (char *slash = flat; (slash = strchr(slash, '/')) != NULL;)
        *slash = '!';
}

/* "by-interface/{GUID}/REFERENCE" leaves the name of the link to us: the node's, then the
 * reference. */
static bool format_link(const struct keeper *keeper, const struct command *command, char *link,
                        size_t size)
{
    const char *path = command->path;
    char node[PATH_MAX];
    const char *last = strrchr(path, '/') + 1;
    name_flatly(command->target + strlen(keeper->folder) + 1, node);
    int length;
    if (strncmp(path, "by-interface/", strlen("by-interface/")) == 0)
        length = snprintf(link, size, "%s/%.*s%s%s%s", keeper->base, (int)(last - path), path, node,
                          *last != '\0' ? "@" : "", last);
    else
        length = snprintf(link, size, "%s/%s", keeper->base, path);
    if (length < 0 || (size_t)length >= size)
        return false;
    /* Two nodes of one name, in different mounts: the later one's link says which process it is. */
    if (is_taken(link, command->target))
        length += snprintf(link + length, size - (size_t)length, ".%d", (int)getppid());
    return (size_t)length < size;
}

static bool is_plain_name(const char *name)
{
    return strchr(name, '/') == NULL && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* "{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}", returns what follows it. NULL: not of that form. */
static const char *skip_guid(const char *text)
{
    static const char form[] = "{........-....-....-....-............}";
    for (const char *expected = form; *expected != '\0'; expected++, text++) {
        bool is_good = *expected == '.' ? isxdigit((unsigned char)*text) != 0 : *text == *expected;
        if (!is_good)
            return NULL;
    }
    return text;
}

/*
 * The daemon may have been taken over by a client, and the keeper is root: a path must have one of
 * the two forms that the framework makes, so that no link of ours can be a folder in the path of
 * another.
 */
static bool path_is_plausible(const char *path)
{
    const char *place = "by-name/";
    if (strncmp(path, place, strlen(place)) == 0)
        return path[strlen(place)] != '\0' && is_plain_name(path + strlen(place));
    place = "by-interface/";
    if (strncmp(path, place, strlen(place)) != 0)
        return false;
    const char *reference = skip_guid(path + strlen(place));
    return reference != NULL && *reference == '/' && is_plain_name(reference + 1);
}

/* One name or several with a slash before each: no part of it leads out again. */
static bool is_plain_path(const char *path)
{
    char part[NAME_MAX + 1];
    for (size_t length; *path == '/'; path += length) {
        length = strcspn(++path, "/");
        if (length == 0 || length > NAME_MAX)
            return false;
        snprintf(part, sizeof(part), "%.*s", (int)length, path);
        if (!is_plain_name(part))
            return false;
    }
    return *path == '\0';
}

/* The first node is in no folder of its own, if nobody has said where nodes are. */
static void find_folder(struct keeper *keeper, const char *target)
{
    const char *separator = strrchr(target, '/');
    if (keeper->folder[0] == '\0' && separator != NULL)
        snprintf(keeper->folder, sizeof(keeper->folder), "%.*s", (int)(separator - target), target);
}

/*
 * The nodes of a daemon are in or below one folder, and one in /dev is a device of CUSE: no link of
 * ours may lead to another device or file.
 */
static bool target_is_plausible(struct keeper *keeper, const char *target)
{
    find_folder(keeper, target);
    size_t length = strlen(keeper->folder);
    if (keeper->folder[0] != '/' || strncmp(keeper->folder, target, length) != 0 ||
        target[length] != '/' || !is_plain_path(target + length))
        return false;
    return strcmp(keeper->folder, "/dev") != 0 || link_is_cuse_device(target + length + 1);
}

/*
 * A link to a node that we are about to create is a dead daemon's: a node in /dev has one daemon,
 * and so has a mount. Not done once the daemon may have been taken over: it could have others'
 * links removed.
 */
static void remove_if_dead(const char *link, const char *target, void *context)
{
    const struct keeper *keeper = context;
    size_t length = strlen(keeper->folder);
    bool is_here = strncmp(target, keeper->folder, length) == 0 && target[length] == '/';
    bool is_in_dev = strcmp(keeper->folder, "/dev") == 0;
    if (!is_here || (is_in_dev && strcmp(target, keeper->taken) != 0))
        return;
    for (unsigned i = 0; i < keeper->made_count; i++) {
        if (strcmp(keeper->made[i].link, link) == 0)
            return;
    }
    (void)link_folder_remove(keeper->base, link, target);
}

static int keeper_take(struct keeper *keeper, const char *target)
{
    if (!target_is_plausible(keeper, target))
        return EINVAL;
    keeper->taken = target;
    if (!keeper->is_settled)
        link_folder_visit(keeper->base, remove_if_dead, keeper);
    return 0;
}

/* Another process may remove a folder that is still empty. */
static int make_link(const char *target, char *link)
{
    int error = ENOENT;
    for (unsigned attempt = 0; attempt < 5 && error == ENOENT; attempt++) {
        error = make_folders(link);
        if (error == 0)
            error = replace_link(target, link);
    }
    return error;
}

static int keeper_add(struct keeper *keeper, const struct command *command)
{
    if (keeper->made_count == LINKS_MAX)
        return ENOSPC;
    char *link = keeper->made[keeper->made_count].link;
    if (!target_is_plausible(keeper, command->target) || !path_is_plausible(command->path) ||
        !format_link(keeper, command, link, PATH_MAX))
        return EINVAL;
    int error = make_link(command->target, link);
    if (error != 0) {
        link_folder_trim(keeper->base, link);
        return error;
    }
    strcpy(keeper->made[keeper->made_count].target, command->target);
    strcpy(keeper->made[keeper->made_count].path, command->path);
    keeper->made_count++;
    return 0;
}

static void keeper_unlink(struct keeper *keeper, unsigned index)
{
    (void)link_folder_remove(keeper->base, keeper->made[index].link, keeper->made[index].target);
    keeper->made[index] = keeper->made[--keeper->made_count];
}

static int keeper_remove(struct keeper *keeper, const struct command *command)
{
    for (unsigned i = 0; i < keeper->made_count; i++) {
        if (strcmp(keeper->made[i].path, command->path) == 0 &&
            strcmp(keeper->made[i].target, command->target) == 0) {
            keeper_unlink(keeper, i);
            return 0;
        }
    }
    return 0;
}

static int keeper_obey(struct keeper *keeper, const struct command *command)
{
    switch (command->kind) {
    case COMMAND_TARGET:
        return keeper_take(keeper, command->target);
    case COMMAND_ADD:
        return keeper_add(keeper, command);
    case COMMAND_REMOVE:
        return keeper_remove(keeper, command);
    case COMMAND_SETTLE:
        keeper->is_settled = true;
        return 0;
    }
    return EINVAL;
}

static _Noreturn void keeper_main(const char *base, int socket, const struct links_left *left)
{
    static struct keeper keeper;
    static struct command command;
    const struct port_helper helper = {.name = "wdfuse-links", .channel = socket};
    port_helper_settle(&helper);
    keeper.base = base;
    if (left->nodes != NULL)
        snprintf(keeper.folder, sizeof(keeper.folder), "%s", left->nodes);
    keeper.socket = PORT_HELPER_CHANNEL;
    while (recv(keeper.socket, &command, sizeof(command), 0) == (ssize_t)sizeof(command)) {
        command.target[sizeof(command.target) - 1] = command.path[sizeof(command.path) - 1] = '\0';
        int error = keeper_obey(&keeper, &command);
        if (send(keeper.socket, &error, sizeof(error), MSG_NOSIGNAL) < 0)
            break;
    }
    while (keeper.made_count > 0)
        keeper_unlink(&keeper, keeper.made_count - 1);
    if (left->socket != NULL)
        unlink(left->socket);
    pidfile_remove(left->pidfile, left->daemon);
    _exit(0);
}

/* ---- the daemon's side ---- */

int links_start(const struct links_left *left, struct links **result)
{
    *result = NULL;
    struct links *links = calloc(1, sizeof(*links));
    if (links == NULL) {
        log_error("no memory for the links to the device");
        return -ENOMEM;
    }
    int sockets[2];
    if (!link_folder_find(links->base, sizeof(links->base))) {
        log_debug("no links to the device: XDG_RUNTIME_DIR is not set");
        free(links);
        return 0;
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) {
        int error = errno;
        log_error("no socket for the process that makes the links: %s", strerror(error));
        free(links);
        return -error;
    }
    links->keeper = fork();
    if (links->keeper == 0)
        keeper_main(links->base, sockets[1], left);
    close(sockets[1]);
    port_lock_is_not_needed(keeper_lock);
    links->socket = sockets[0];
    struct timeval patience = {.tv_sec = KEEPER_PATIENCE_S};
    setsockopt(links->socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (links->keeper < 0) {
        int error = errno;
        log_error("no process to make the links: %s", strerror(error));
        close(links->socket);
        free(links);
        return -error;
    }
    port_mutex_init(&links->keeper_lock);
    *result = links;
    return 0;
}

/* Returns an errno. */
static int ask_keeper(struct links *links, enum command_kind kind, const char *target,
                      const char *path)
{
    struct command command = {.kind = kind};
    int error;
    if (snprintf(command.path, sizeof(command.path), "%s", path) >= (int)sizeof(command.path))
        return ENAMETOOLONG;
    strcpy(command.target, target);
    PORT_LOCK_SCOPE_OF(links, keeper_lock);
    if (send(links->socket, &command, sizeof(command), MSG_NOSIGNAL) < 0)
        return errno;
    return recv(links->socket, &error, sizeof(error), 0) == (ssize_t)sizeof(error) ? error : EPIPE;
}

struct node_links *links_of_node(struct links *links, const char *target)
{
    if (links == NULL)
        return NULL;
    struct node_links *node = calloc(1, sizeof(*node));
    if (node == NULL || strlen(target) >= sizeof(node->target)) {
        log_warning("no links to %s: no memory", target);
        free(node);
        return NULL;
    }
    node->links = links;
    strcpy(node->target, target);
    /* At once, even if no link follows: the first node sets the folder of all, before the daemon
     * drops its privileges. */
    int error = ask_keeper(links, COMMAND_TARGET, target, "");
    if (error != 0)
        log_warning("no links to %s: %s", target, strerror(error));
    return node;
}

void links_forget_node(struct node_links *node)
{
    free(node);
}

void links_settle(struct links *links)
{
    if (links != NULL)
        (void)ask_keeper(links, COMMAND_SETTLE, "", "");
}

void links_change(void *argument, const char *path, bool is_there)
{
    const struct node_links *node = argument;
    if (node == NULL)
        return;
    int error =
        ask_keeper(node->links, is_there ? COMMAND_ADD : COMMAND_REMOVE, node->target, path);
    if (error != 0)
        log_warning("the link %s/%s was not %s: %s; clients must be told the node's name",
                    node->links->base, path, is_there ? "made" : "removed", strerror(error));
}

void links_stop(struct links *links)
{
    if (links == NULL)
        return;
    port_mutex_destroy(&links->keeper_lock);
    port_lock_is_not_needed(keeper_lock);
    close(links->socket);
    while (waitpid(links->keeper, NULL, 0) < 0 && errno == EINTR)
        ;
    free(links);
}
