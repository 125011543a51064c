/* An INF from a file, or from memory. */
#ifndef WDFUSE_INF_READ_H
#define WDFUSE_INF_READ_H

#include "inf/inf.h"

/* No INF is larger. */
#define INF_FILE_MAX (16u << 20)

/*
 * Reads a file. Returns 0 with *result, even with many complaints; else -errno:
 * -ENOMEM; -EFBIG, the file, or what its strings make of it, is larger than any INF; -EINVAL, it is
 * no regular file; those of open(2) and read(2).
 */
int inf_open(const char *path, const struct inf_system *system, struct inf **result);

/* The same of bytes in memory, which it does not keep. The path is for the messages. */
int inf_read(const char *path, const void *bytes, size_t size, const struct inf_system *system,
             struct inf **result);

/* NULL is fine. */
void inf_close(struct inf *inf);

#endif
