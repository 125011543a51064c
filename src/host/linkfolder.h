/*
 * The folder of the links to nodes (links.h): where it is, what is in it, and which links are those
 * of dead daemons.
 */
#ifndef WDFUSE_HOST_LINKFOLDER_H
#define WDFUSE_HOST_LINKFOLDER_H

#include <stdbool.h>
#include <stddef.h>

/* "/dev/wdfuse" for root, "$XDG_RUNTIME_DIR/wdfuse" for others. False: there is no place. */
bool link_folder_find(char *base, size_t size);

/* Called for each link below the folder, with its target. The link may have been removed since. */
typedef void link_visitor(const char *link, const char *target, void *context);
void link_folder_visit(const char *base, link_visitor *visit, void *context);

/* Removes the empty folders on the path of the link, the base too. */
void link_folder_trim(const char *base, const char *link);

/* Removes the link, if it still leads there, and the folders that it leaves empty, the base too.
 * Returns 0 or -errno. */
int link_folder_remove(const char *base, const char *link, const char *target);

/*
 * True if no process serves the target of a link. No mount is touched: its daemon may not answer.
 * Unmount dead ones first.
 */
bool link_leads_nowhere(const char *target);

/* True if the kernel has a device of CUSE of that name, which may have folders: /dev/NAME. Also
 * true if that cannot be seen. */
bool link_is_cuse_device(const char *name);

#endif
