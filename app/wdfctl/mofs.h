/* The MOFs that say what blocks of WMI hold: --mof, and those that are installed. */
#ifndef WDFCTL_MOFS_H
#define WDFCTL_MOFS_H

#include <stdbool.h>

#include "mof/mof.h"

struct mofs;

/* A class, and the MOF that it is of. */
struct described {
    const struct mof *mof;
    const struct mof_class *class;
};

/* A file, or a folder whose *.mof are read; NULL: those that are installed, if there are any. NULL,
 * after a line: a file does not parse, or can't be read. */
struct mofs *mofs_read(const char *path);
void mofs_free(struct mofs *mofs);

/* The GUID of the class of that name, as a text in a buffer of 37; false: there is none. */
bool mofs_find_guid(const struct mofs *mofs, const char *class_name, char *guid);

/* What describes the block of that GUID; false: nothing does. */
bool mofs_find(const struct mofs *mofs, const char *guid, struct described *found);

/* Prints the data of a block, hexadecimal digits, as names and values; false: no class has that
 * GUID. Data that end too early are said to. */
bool mofs_show(const struct mofs *mofs, const char *guid, const char *digits);

/* The same of the selected items; `of` is what they belong to. */
void described_show(const struct described *of, const char *name, const struct mof_items *items,
                    enum mof_selection selection, const char *digits);

/*
 * Hexadecimal digits of the selected items, of words "NAME=VALUE"; what they do not name is as in
 * the old digits. NULL: there are none, and all has to be named. The result is malloc'ed; NULL,
 * after a line: they don't make sense.
 */
char *described_pack(const struct described *of, const struct mof_items *items,
                     enum mof_selection selection, char **words, unsigned count,
                     const char *old_digits);

#endif
