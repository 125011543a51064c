/* The heap of a schedule. See heap.h. This file is compiled with the names of malloc as they
 * are. */
#include "port/explore/heap.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "port/explore/scheduler.h"
#include "port/poison.h"

/* Of address space; a schedule that wants more gets it from the process's heap, unwatched. */
#define ARENA_SIZE (64u * 1024 * 1024)

/* The same in each process, so that a replay has the same addresses. Any place that is free will
 * do. */
#define ARENA_ADDRESS ((void *)0x520000000000)

#define UNIT 16

/* So many bytes of what nobody is to touch are watched: what is written to is nearly always near
 * its beginning. */
#define WATCHED_MAX 1024

/* As an address it belongs to nobody. */
#define PATTERN 0xDD

struct block {
    size_t size;
    const void *caller;
    const void *freer; /* NULL: in use */
    struct block *next;
    _Alignas(UNIT) unsigned char memory[];
};

static struct {
    unsigned char *start;
    unsigned char *end;
    unsigned char *unused;
    struct block *first;
    struct block *last;
    bool is_open;
} arena;

static bool is_ours(const void *address)
{
    return (const unsigned char *)address >= arena.start &&
           (const unsigned char *)address < arena.end;
}

static struct block *block_of(void *memory)
{
    return (struct block *)((unsigned char *)memory - offsetof(struct block, memory));
}

static void *allocate(size_t alignment, size_t size, const void *caller)
{
    if (!arena.is_open || !explore_is_running())
        return NULL;
    uintptr_t memory = (uintptr_t)arena.unused + sizeof(struct block);
    memory = (memory + alignment - 1) & ~(uintptr_t)(alignment - 1);
    uintptr_t room = (uintptr_t)arena.end - memory;
    if (memory > (uintptr_t)arena.end || size > room)
        return NULL;
    struct block *block = block_of((void *)memory);
    *block = (struct block){.size = size, .caller = caller};
    if (arena.last != NULL)
        arena.last->next = block;
    else
        arena.first = block;
    arena.last = block;
    size_t taken = (size + UNIT - 1) & ~(size_t)(UNIT - 1);
    arena.unused = taken < room ? block->memory + taken : arena.end;
    return block->memory;
}

void *explore_malloc(size_t size)
{
    void *memory = allocate(UNIT, size, __builtin_return_address(0));
    return memory != NULL ? memory : malloc(size);
}

void *explore_calloc(size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        return NULL;
    void *memory = allocate(UNIT, total, __builtin_return_address(0));
    return memory != NULL ? memset(memory, 0, total) : calloc(count, size);
}

int explore_posix_memalign(void **block, size_t alignment, size_t size)
{
    void *memory = allocate(alignment < UNIT ? UNIT : alignment, size, __builtin_return_address(0));
    if (memory == NULL)
        return posix_memalign(block, alignment, size);
    *block = memory;
    return 0;
}

void *explore_realloc(void *memory, size_t size)
{
    if (memory != NULL && !is_ours(memory))
        return realloc(memory, size);
    void *larger = allocate(UNIT, size, __builtin_return_address(0));
    if (larger == NULL)
        larger = malloc(size);
    if (larger == NULL || memory == NULL)
        return larger;
    size_t kept = block_of(memory)->size;
    memcpy(larger, memory, kept < size ? kept : size);
    explore_free(memory);
    return larger;
}

static size_t watched(size_t size)
{
    return size < WATCHED_MAX ? size : WATCHED_MAX;
}

void explore_fill(void *memory, size_t size)
{
    if (size > 0)
        memset(memory, PATTERN, watched(size));
}

bool explore_is_filled(const void *memory, size_t size)
{
    const unsigned char *bytes = memory;
    return size == 0 || (bytes[0] == PATTERN && memcmp(bytes, bytes + 1, watched(size) - 1) == 0);
}

void explore_free(void *memory)
{
    if (memory == NULL)
        return;
    if (!is_ours(memory)) {
        free(memory);
        return;
    }
    struct block *block = block_of(memory);
    if (block->freer != NULL) {
        explore_fail(EXPLORE_VIOLATION, "memory %p is freed twice", memory);
        return;
    }
    block->freer = __builtin_return_address(0);
    explore_fill(memory, block->size);
}

bool explore_heap_begin(void)
{
    if (arena.start == NULL) {
        void *memory = mmap(ARENA_ADDRESS, ARENA_SIZE, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED)
            return false;
        arena.start = memory;
        arena.end = arena.start + ARENA_SIZE;
    }
    arena.unused = arena.start;
    arena.first = arena.last = NULL;
    arena.is_open = true;
    return true;
}

void explore_heap_end(void)
{
    arena.is_open = false;
}

/* ---- looking ---- */

static void describe(const struct block *block, struct explore_block *result)
{
    *result = (struct explore_block){.memory = (void *)(uintptr_t)block->memory,
                                     .size = block->size,
                                     .caller = block->caller,
                                     .freer = block->freer};
}

bool explore_heap_leak(unsigned n, struct explore_block *result)
{
    for (const struct block *block = arena.first; block != NULL; block = block->next) {
        if (block->freer != NULL || n-- > 0)
            continue;
        describe(block, result);
        return true;
    }
    return false;
}

static bool is_damaged(const struct block *block)
{
    return block->freer != NULL && !explore_is_filled(block->memory, block->size);
}

bool explore_heap_damage(struct explore_block *result)
{
    for (const struct block *block = arena.first; block != NULL; block = block->next) {
        if (!is_damaged(block))
            continue;
        describe(block, result);
        return true;
    }
    return false;
}

bool explore_heap_find(const void *address, struct explore_block *result, bool *is_freed)
{
    if (!is_ours(address))
        return false;
    for (const struct block *block = arena.first; block != NULL; block = block->next) {
        if ((const unsigned char *)address < block->memory ||
            (const unsigned char *)address >= block->memory + block->size)
            continue;
        describe(block, result);
        *is_freed = block->freer != NULL;
        return true;
    }
    return false;
}
