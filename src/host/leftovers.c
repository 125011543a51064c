/* What dead daemons have left. See leftovers.h. */
#include "host/leftovers.h"

#include <limits.h>
#include <string.h>

#include "control/folder.h"
#include "host/linkfolder.h"
#include "host/runtimefolder.h"
#include "transport/deadmount.h"

struct cleaning {
    const char *except;
    const char *base;
    leftover_report *report;
    void *context;
};

static bool is_meant(const struct mount_entry *entry, const void *context)
{
    const struct cleaning *cleaning = context;
    return !dead_mount_is_excluded(entry) &&
           (cleaning->except == NULL || strcmp(entry->path, cleaning->except) != 0);
}

static void tell(const char *path, int error, void *context)
{
    const struct cleaning *cleaning = context;
    cleaning->report(path, error, cleaning->context);
}

static void remove_dead_link(const char *link, const char *target, void *context)
{
    const struct cleaning *cleaning = context;
    if (link_leads_nowhere(target))
        tell(link, link_folder_remove(cleaning->base, link, target), context);
}

/* The mounts first: a link is dead when there is no mount where it leads. */
void leftovers_remove(const char *except, leftover_report *report, void *context)
{
    char folder[PATH_MAX];
    struct cleaning cleaning = {.except = except, .report = report, .context = context};
    dead_mounts_remove(is_meant, tell, &cleaning);
    if (link_folder_find(folder, sizeof(folder))) {
        cleaning.base = folder;
        link_folder_visit(folder, remove_dead_link, &cleaning);
    }
    for (unsigned n = 0; runtime_folder_at(n, folder, sizeof(folder)) != NULL; n++) {
        if (runtime_folder_is_safe(folder))
            (void)control_folder_clean(folder, tell, &cleaning);
    }
}
