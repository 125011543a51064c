/*
 * What dead daemons have left: mounts, links and control sockets.
 *
 * The helper processes of a daemon that dies remove all of it. If they were killed with it, as
 * systemd kills a whole service, the next start of any daemon does, and `wdfctl clean`.
 */
#ifndef WDFUSE_HOST_LEFTOVERS_H
#define WDFUSE_HOST_LEFTOVERS_H

/* One was removed (0), or can't be removed (-errno). */
typedef void leftover_report(const char *path, int error, void *context);

/*
 * Removes what this user may: root the leftovers of all daemons, others those of their own. The
 * mount on the directory `except` (NULL: none) is left to its next daemon.
 */
void leftovers_remove(const char *except, leftover_report *report, void *context);

#endif
