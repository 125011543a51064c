/* The MOFs that say what blocks of WMI hold: --mof, and those that are installed. */
#ifndef WDFCTL_MOFS_H
#define WDFCTL_MOFS_H

#include <stdbool.h>

struct mofs;

/* A file, or a folder whose *.mof are read; NULL: those that are installed, if there are any. NULL,
 * after a line: a file does not parse, or can't be read. */
struct mofs *mofs_read(const char *path);
void mofs_free(struct mofs *mofs);

/* The GUID of the class of that name, as a text in a buffer of 37; false: there is none. */
bool mofs_find_guid(const struct mofs *mofs, const char *class_name, char *guid);

/* Prints the data of a block, hexadecimal digits, as names and values; false: no class has that
 * GUID. Data that end too early are said to. */
bool mofs_show(const struct mofs *mofs, const char *guid, const char *digits);

#endif
