/* What an INF would do, in words, for people (wdfhost --check-inf). */
#ifndef WDFUSE_INF_SHOW_H
#define WDFUSE_INF_SHOW_H

#include <stdio.h>

#include "inf/package.h"

/* Devices, their stacks, services, registry values and directives. */
void inf_show(const struct inf_package *package, FILE *stream);

/* "echo.inf:12:5: error: ...", a line each, and a last one if there are more than are kept. */
void inf_show_complaints(const struct inf *inf, FILE *stream);

/* One of them, of `size` bytes at most. */
void inf_complaint_text(const struct inf *inf, const struct inf_complaint *complaint, char *text,
                        size_t size);

#endif
