/* "NTamd64.10.0...17763": which systems a models section is for (S20.14, S20.15). */
#ifndef WDFUSE_INF_DECORATION_H
#define WDFUSE_INF_DECORATION_H

#include <stdbool.h>

#include "inf/system.h"

struct inf_decoration {
    bool has_architecture;
    unsigned major, minor, build;
    unsigned product_type, suite; /* 0: any */
};

enum inf_decoration_kind {
    INF_DECORATION_FITS,
    INF_DECORATION_OTHER, /* it is for another system */
    INF_DECORATION_BAD,   /* it is none */
};

enum inf_decoration_kind inf_decoration_read(const char *text, const struct inf_system *system,
                                             struct inf_decoration *decoration);

/* Of two that fit: whether the first is the closer one. */
bool inf_decoration_is_closer(const struct inf_decoration *one, const struct inf_decoration *other);

#endif
