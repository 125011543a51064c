/* A folder of INFs. See store.h. */
#include "inf/store.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inf/name.h"
#include "inf/package.h"
#include "inf/show.h"

static int is_inf(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    const char *end = length > 4 ? entry->d_name + length - 4 : "";
    return name_is(end, ".inf") || name_is(end, ".inx");
}

static void leave_out(const struct inf_store *store, const struct inf *inf)
{
    char reason[INF_STORE_REASON_SIZE] = "";
    const struct inf_complaint *complaint = inf->complaints;
    while (complaint != NULL && complaint->severity != INF_ERROR)
        complaint = complaint->next;
    if (complaint != NULL)
        inf_complaint_text(inf, complaint, reason, sizeof(reason));
    store->left_out(store->context, reason);
}

static int keep(struct inf_store *store, const struct inf *inf, const struct inf_rank *rank)
{
    if (store->best != NULL && inf_rank_compare(rank, &store->rank) >= 0)
        return 0;
    char *path = strdup(inf->path);
    if (path == NULL)
        return -ENOMEM;
    free(store->best);
    store->best = path;
    store->rank = *rank;
    return 0;
}

static int consider(struct inf_store *store, struct inf *inf, const struct inf_device_ids *ids)
{
    struct inf_package package;
    struct inf_rank rank;
    int error = inf_package_read(inf, &package);
    if (error != 0)
        return error;
    if (inf->error_count > 0)
        leave_out(store, inf);
    else if (inf_package_match(&package, ids, &rank) != NULL)
        error = keep(store, inf, &rank);
    return error;
}

/* If one can't be read, the others are still looked at. */
static int look_at(struct inf_store *store, const char *path, const struct inf_device_ids *ids)
{
    struct inf *inf;
    char reason[INF_STORE_REASON_SIZE];
    int error = inf_open(path, store->system, &inf);
    if (error == 0)
        error = consider(store, inf, ids);
    inf_close(inf);
    if (error == 0 || error == -ENOMEM)
        return error;
    snprintf(reason, sizeof(reason), "%s: %s", path, strerror(-error));
    store->left_out(store->context, reason);
    return 0;
}

static int look_at_entry(struct inf_store *store, const char *folder, const char *name,
                         const struct inf_device_ids *ids)
{
    char *path;
    if (asprintf(&path, "%s/%s", folder, name) < 0)
        return -ENOMEM;
    int error = look_at(store, path, ids);
    free(path);
    return error;
}

int inf_store_look(struct inf_store *store, const char *folder, const struct inf_device_ids *ids)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_inf, alphasort);
    if (count < 0)
        return -errno;
    int error = 0;
    for (int i = 0; i < count; i++) {
        if (error == 0)
            error = look_at_entry(store, folder, entries[i]->d_name, ids);
        free(entries[i]);
    }
    free(entries);
    return error;
}
