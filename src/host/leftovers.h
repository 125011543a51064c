/*
 * What dead daemons have left: mounts, links and control sockets.
 *
 * A daemon that dies has helper processes that take all of it away. Where they were killed with it,
 * as systemd kills a whole service, the next start of any daemon does, and `wdfctl clean`.
 */
#ifndef WDFUSE_HOST_LEFTOVERS_H
#define WDFUSE_HOST_LEFTOVERS_H

/* One is gone (0), or can't be removed (-errno). */
typedef void leftover_report(const char *path, int error, void *context);

/*
 * Removes what this user may: root what all daemons have left, others what their own have. But for
 * the mount on the directory `except` (NULL: none), whose next daemon wants to deal with it itself.
 */
void leftovers_remove(const char *except, leftover_report *report, void *context);

#endif
