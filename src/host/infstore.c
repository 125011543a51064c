/* The driver store. See infstore.h. */
#include "host/infstore.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "inf/store.h"
#include "port/log.h"

struct inf_store_reason {
    struct inf_store_reason *next;
    char *text;
};

bool inf_store_is_id(const char *operand)
{
    return operand != NULL && strchr(operand, '\\') != NULL && strchr(operand, '/') == NULL;
}

static bool was_said(const struct inf_store_said *said, const char *text)
{
    for (const struct inf_store_reason *reason = said->first; reason != NULL;
         reason = reason->next) {
        if (strcmp(reason->text, text) == 0)
            return true;
    }
    return false;
}

/* Without memory it is logged once more. */
static void note(struct inf_store_said *said, const char *text)
{
    struct inf_store_reason *reason = calloc(1, sizeof(*reason));
    char *copy = reason != NULL ? strdup(text) : NULL;
    if (copy == NULL) {
        free(reason);
        return;
    }
    *reason = (struct inf_store_reason){.next = said->first, .text = copy};
    said->first = reason;
}

void inf_store_said_clear(struct inf_store_said *said)
{
    for (struct inf_store_reason *reason = said->first, *next; reason != NULL; reason = next) {
        next = reason->next;
        free(reason->text);
        free(reason);
    }
    said->first = NULL;
}

static void log_left_out(void *context, const char *reason)
{
    struct inf_store_said *said = context;
    if (was_said(said, reason))
        return;
    log_warning("%s: the INF is left out", reason);
    note(said, reason);
}

int inf_store_search(const struct host_options *options, const struct inf_device_ids *ids,
                     struct inf_store_said *said, char **path)
{
    const struct inf_system system = inf_system_current();
    struct inf_store store = {.system = &system, .left_out = log_left_out, .context = said};
    *path = NULL;
    for (unsigned i = 0; i < options->inf_path_count; i++) {
        int error = inf_store_look(&store, options->inf_paths[i], ids);
        if (error == 0)
            continue;
        log_error("--inf-path: %s: %s", options->inf_paths[i], strerror(-error));
        free(store.best);
        return error;
    }
    *path = store.best;
    return 0;
}

int inf_store_find(const struct host_options *options, const char *id, char **path)
{
    const struct inf_device_ids ids = {.hardware = &id, .hardware_count = 1};
    struct inf_store_said said = {0};
    int error = inf_store_search(options, &ids, &said, path);
    inf_store_said_clear(&said);
    if (error != 0 || *path != NULL)
        return error;
    log_error("%s: %s", id,
              options->inf_path_count > 0 ? "no INF of --inf-path is for it"
                                          : "--inf-path names the folder with its INF");
    return -ENODEV;
}
