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

/* The blocks of one tag that are allocated. */
struct pool_tag_usage {
    char tag[5]; /* as its owner wrote it; "...." of all tags that there was no more room to tell
                    apart */
    size_t blocks;
    size_t bytes;
    const void *place; /* a code address: who allocated when there was none of that tag */
};

/*
 * By tag, in at most that many entries; forgets them, so that the next driver does not answer for
 * them. Returns the number of entries. While nobody allocates or frees.
 */
unsigned pool_take_usage_by_tag(struct pool_tag_usage *usage, unsigned capacity);

#endif
