/* Blocks, and the parameters of methods, from what people write. */
#ifndef WDFUSE_MOF_PACK_H
#define WDFUSE_MOF_PACK_H

#include <stdbool.h>
#include <stddef.h>

#include "mof/mof.h"

/* "Name", "Name[3]" or "Object.Name", and a value, as mof_show writes them: {1, 2} is an array. A
 * text may stand without quotes. */
struct mof_assignment {
    const char *name, *value;
    bool is_used;
};

struct mof_packed {
    unsigned char *data; /* malloc'ed */
    size_t size;
};

/*
 * The bytes of the selected items. What no assignment names is as in the old data, which are laid
 * out likewise; NULL: there are none, and all has to be named. False, with a line in `error`: a
 * name or a value is none, something is missing, or the old data end too early.
 */
bool mof_pack(const struct mof *mof, const struct mof_items *items, enum mof_selection selection,
              struct mof_assignment *assignments, unsigned count, const struct mof_packed *old,
              struct mof_packed *packed, char error[MOF_ERROR_SIZE]);

#endif
