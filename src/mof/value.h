/* Values of simple types, from what people write. */
#ifndef WDFUSE_MOF_VALUE_H
#define WDFUSE_MOF_VALUE_H

#include <stdbool.h>

#include "mof/mof.h"

/* One that is no string, as long as its type. False: it is none of that type. */
bool mof_read_value(enum mof_type type, const char *text, unsigned char *bytes);

/* The UTF-16 of a text, in quotes or without, with \" and \\ and \uXXXX for what is no ASCII.
 * *units is malloc'ed. False: it is none, or there is no memory. */
bool mof_read_text(const char *text, uint16_t **units, size_t *count);

#endif
