/* [Version]: what kind of INF it is, and how old (S20.11). */
#ifndef WDFUSE_INF_VERSION_H
#define WDFUSE_INF_VERSION_H

#include <stdbool.h>
#include <stdint.h>

#include "inf/inf.h"

struct inf_version {
    const char *class_name, *class_guid, *provider; /* "" if they are not said */
    bool is_extension;                              /* it adds to what another INF installs */
    unsigned date;                                  /* 20261129; 0: not said */
    uint64_t version;                               /* w.x.y.z, 16 bits each; 0: not said */
};

void inf_version_read(struct inf *inf, struct inf_version *version);

#endif
