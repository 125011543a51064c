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
 * An account of one driver (nt/driver.h): what its code allocates is counted there, whoever frees
 * it. It is closed when the driver is gone, and lives as long as a block of it. NULL: no memory.
 */
struct pool_account;
struct pool_account *pool_account_open(void);
void pool_account_close(struct pool_account *account);

/*
 * By tag, in at most that many entries. Returns the number of entries. NULL stands for what
 * nobody's code has allocated. While nobody allocates or frees by the account.
 */
unsigned pool_usage_by_tag(const struct pool_account *account, struct pool_tag_usage *usage,
                           unsigned capacity);

#endif
