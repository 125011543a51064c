/* The driver store: devices that are named by their hardware ID, and served by the INF of
 * --inf-path that fits best. */
#ifndef WDFUSE_HOST_INFSTORE_H
#define WDFUSE_HOST_INFSTORE_H

#include <stdbool.h>

#include "host/options.h"

/* Whether an operand is a hardware ID (root\toaster), and no file. */
bool inf_store_is_id(const char *operand);

/* Its INF, malloc'ed, in *path. Returns 0, or -errno with a line logged. */
int inf_store_find(const struct host_options *options, const char *id, char **path);

#endif
