/* The header that wmimofck makes of a MOF: structures, sizes, IDs and GUIDs for a driver. */
#ifndef WDFUSE_MOF_HEADER_H
#define WDFUSE_MOF_HEADER_H

#include <stdio.h>

#include "mof/mof.h"

/* `guard` is the name that keeps it from being read twice. */
void mof_write_header(const struct mof *mof, const char *guard, FILE *out);

#endif
