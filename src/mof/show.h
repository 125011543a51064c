/* Blocks as people read them. */
#ifndef WDFUSE_MOF_SHOW_H
#define WDFUSE_MOF_SHOW_H

#include <stdio.h>

#include "mof/mof.h"

/*
 * Writes "NAME = VALUE" for each of the selected items of a block, a line each; arrays in braces,
 * strings in quotes, an object as its items with the name before them. False: the data end before
 * the last item does; what was there is written.
 */
bool mof_show(const struct mof *mof, const struct mof_items *items, enum mof_selection selection,
              const void *data, size_t size, FILE *out);

#endif
