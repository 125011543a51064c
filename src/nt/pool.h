/*
 * Pool accounting: what the drivers of this process have allocated and not freed.
 */
#ifndef WDFUSE_NT_POOL_H
#define WDFUSE_NT_POOL_H

#include <stddef.h>

struct pool_usage {
    size_t blocks;
    size_t bytes;
};

/* What is allocated at this moment. Any thread. */
struct pool_usage pool_usage(void);

#endif
