/* The driver store. See infstore.h. */
#include "host/infstore.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "inf/store.h"
#include "port/log.h"

bool inf_store_is_id(const char *operand)
{
    return operand != NULL && strchr(operand, '\\') != NULL && strchr(operand, '/') == NULL;
}

static void log_left_out(void *context, const char *reason)
{
    (void)context;
    log_warning("%s: the INF is left out", reason);
}

int inf_store_find(const struct host_options *options, const char *id, char **path)
{
    const struct inf_system system = inf_system_current();
    const struct inf_device_ids ids = {.hardware = &id, .hardware_count = 1};
    struct inf_store store = {.system = &system, .left_out = log_left_out};
    *path = NULL;
    for (unsigned i = 0; i < options->inf_path_count; i++) {
        int error = inf_store_look(&store, options->inf_paths[i], &ids);
        if (error == 0)
            continue;
        log_error("--inf-path: %s: %s", options->inf_paths[i], strerror(-error));
        free(store.best);
        return error;
    }
    if (store.best == NULL) {
        log_error("%s: %s", id,
                  options->inf_path_count > 0 ? "no INF of --inf-path is for it"
                                              : "--inf-path names the folder with its INF");
        return -ENODEV;
    }
    *path = store.best;
    return 0;
}
