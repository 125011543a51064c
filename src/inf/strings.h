/* %name% in keys and fields: the strings of [Strings] (S20.8-S20.10). */
#ifndef WDFUSE_INF_STRINGS_H
#define WDFUSE_INF_STRINGS_H

#include "inf/inf.h"

/* Puts them in, everywhere. Returns 0, or the arena's error. */
int inf_put_strings(struct inf *inf);

#endif
