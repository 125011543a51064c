/* The driver store: the best INF of --inf-path for a device that is named by its hardware ID, or
 * for a child. */
#ifndef WDFUSE_HOST_INFSTORE_H
#define WDFUSE_HOST_INFSTORE_H

#include <stdbool.h>

#include "host/options.h"
#include "inf/models.h"

/* Whether an operand is a hardware ID (root\toaster), not a file. */
bool inf_store_is_id(const char *operand);

/* Its INF, malloc'ed, in *path. Returns 0, or -errno with a line logged. */
int inf_store_find(const struct host_options *options, const char *id, char **path);

/* The reasons why INFs were left out, so that each is logged once and not for each device. */
struct inf_store_said {
    struct inf_store_reason *first;
};
void inf_store_said_clear(struct inf_store_said *said);

/* The same for all IDs of a device; *path is NULL if no INF is for it. */
int inf_store_search(const struct host_options *options, const struct inf_device_ids *ids,
                     struct inf_store_said *said, char **path);

#endif
