/* --quota and --user-quota: what one client may use of a device (framework/io.h). */
#ifndef WDFUSE_HOST_QUOTAS_H
#define WDFUSE_HOST_QUOTAS_H

#include <stddef.h>

#include "framework/io.h"

/* The defaults of the options: for a process, and for a user. */
extern const struct io_quota quotas_of_process, quotas_of_user;

/* "files=10,requests=100,bytes=1M,writes=64K", or some of these; the others keep their values;
 * "off": no limits. 0, or -1 with the reason in `error`. */
int quotas_parse(const char *text, struct io_quota *quota, char *error, size_t size);

#endif
