/* wdfhost --check-inf: what an INF would do, and its faults. */
#ifndef WDFUSE_HOST_INFCHECK_H
#define WDFUSE_HOST_INFCHECK_H

#include <stdbool.h>

/*
 * Prints the former on standard output, the latter on standard error. False: it can't be installed
 * as it is, or can't be read, which is reported, too.
 */
bool inf_check(const char *program, const char *path);

/* The text of an error of reading an INF, for a line that begins with its path. */
const char *inf_error_text(int error);

#endif
