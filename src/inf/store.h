/* A folder of INFs: which of them is for a device (S20.20, S20.21). */
#ifndef WDFUSE_INF_STORE_H
#define WDFUSE_INF_STORE_H

#include "inf/models.h"
#include "inf/system.h"

/* Size of the reason why an INF is left out. */
#define INF_STORE_REASON_SIZE 1024

struct inf_store {
    const struct inf_system *system;
    /* Called for each INF that can't be installed, and is left out. */
    void (*left_out)(void *context, const char *reason);
    void *context;

    char *best; /* the path of the INF that fits best so far, malloc'ed; NULL: none does */
    struct inf_rank rank;
};

/*
 * Looks at all INFs and INXs of a folder, by name. Of several that fit equally well the first that
 * was looked at stays, in the order of the calls. Returns 0, or -errno: the folder can't be read,
 * or no memory. The best is the caller's to free in any case.
 */
int inf_store_look(struct inf_store *store, const char *folder, const struct inf_device_ids *ids);

#endif
