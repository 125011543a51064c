/*
 * The heap of a schedule. The framework of an exploration is compiled with these in the place of
 * malloc and the like (meson.build), so that every schedule begins with the same empty heap, at the
 * same addresses, and what is left at its end was forgotten.
 *
 * Freed memory is filled with a pattern and not given out again in the same schedule: a write to it
 * is found at the end, a pointer followed from it at once.
 */
#ifndef WDFUSE_PORT_EXPLORE_HEAP_H
#define WDFUSE_PORT_EXPLORE_HEAP_H

#include <stdbool.h>
#include <stddef.h>

void *explore_malloc(size_t size);
void *explore_calloc(size_t count, size_t size);
void *explore_realloc(void *memory, size_t size);
int explore_posix_memalign(void **block, size_t alignment, size_t size);
void explore_free(void *memory);

/* From here on memory comes from the schedule's heap. False when there is none to begin with. */
bool explore_heap_begin(void);
void explore_heap_end(void);

/* A block of the schedule. */
struct explore_block {
    void *memory;
    size_t size;
    const void *caller; /* who has allocated it */
    const void *freer;  /* and who has freed it */
};

/* The n-th block, from 0 on, that was not freed. False if there are not so many. */
bool explore_heap_leak(unsigned n, struct explore_block *result);

/* A block that was written to after it was freed. False if there is none. */
bool explore_heap_damage(struct explore_block *result);

/* The block of which that address is a part, freed or not. */
bool explore_heap_find(const void *address, struct explore_block *result, bool *is_freed);

#endif
