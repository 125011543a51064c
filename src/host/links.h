/*
 * Links by which clients find a device: its interfaces and its symbolic link, as names in the file
 * system that lead to its node.
 *
 *     /dev/wdfuse/by-interface/{GUID}/NODE[@REFERENCE] -> /dev/NODE
 *     /dev/wdfuse/by-name/NAME -> /dev/NODE
 *
 * A slash in the name of a node is a ! in that of its link. A daemon that was not started as root
 * uses $XDG_RUNTIME_DIR/wdfuse instead. A helper process, the keeper, makes and removes the links.
 * It keeps the daemon's first privileges and outlives it for a moment, so the links are removed
 * even if the daemon has dropped its privileges or is killed.
 */
#ifndef WDFUSE_HOST_LINKS_H
#define WDFUSE_HOST_LINKS_H

#include <sys/types.h>

struct links;
struct node_links;

/* What else is removed with the daemon, and where its nodes are; each may be NULL. */
struct links_left {
    const char *nodes; /* the folder; NULL: that of the first node */
    const char *socket;
    const char *pidfile;
    pid_t daemon; /* whom the pidfile names */
};

/*
 * Starts the keeper of the links. To be called before any thread is started. Returns 0, or -errno
 * with a line logged. Without a place for links *result is NULL, and the other functions do
 * nothing.
 */
int links_start(const struct links_left *left, struct links **result);

/* The daemon is about to give up its privileges: the keeper trusts it less from now on. */
void links_settle(struct links *links);

/*
 * The links that lead to the node with that absolute path; all nodes are in or below one folder.
 * NULL without a keeper or memory, and then the other functions do nothing. Forget it before
 * links_stop, when no link is changed any more.
 */
struct node_links *links_of_node(struct links *links, const char *target);
void links_forget_node(struct node_links *node);

/* A device_name_listener (framework/lifecycle.h); `argument` is a struct node_links. Failures are
 * logged. */
void links_change(void *argument, const char *path, _Bool is_there);

/* Ends the keeper, which removes the remaining links. */
void links_stop(struct links *links);

#endif
