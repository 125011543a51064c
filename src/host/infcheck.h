/* wdfhost --check-inf: what an INF would do, and what is wrong with it. */
#ifndef WDFUSE_HOST_INFCHECK_H
#define WDFUSE_HOST_INFCHECK_H

#include <stdbool.h>

/*
 * Prints the one on standard output, the other on standard error. False: it can't be installed as
 * it is, or can't be read, which is said as well.
 */
bool inf_check(const char *program, const char *path);

/* What an error of reading an INF means, for a line that begins with its path. */
const char *inf_error_text(int error);

#endif
