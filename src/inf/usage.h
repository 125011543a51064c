/* Sections that nothing in the file names: mistakes in writing, mostly (S20.51). */
#ifndef WDFUSE_INF_USAGE_H
#define WDFUSE_INF_USAGE_H

#include "inf/inf.h"

/* After everything else has been looked at. Returns 0, or the arena's error. */
int inf_warn_of_unused(struct inf *inf);

#endif
