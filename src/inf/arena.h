/*
 * The memory of one INF: everything read from it is freed together.
 *
 * The first allocation that fails sets the arena's error, and every later one fails, too: code that
 * makes many allocations checks once, at the end.
 */
#ifndef WDFUSE_INF_ARENA_H
#define WDFUSE_INF_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *blocks;
    /* Bytes that may still be allocated: a small file can ask for much. */
    size_t left;
    /* 0, -ENOMEM, or -EFBIG: it would be more than the limit. */
    int error;
};

void arena_init(struct arena *arena, size_t limit);

/* Zeroed, aligned for any type; NULL on failure. */
void *arena_allocate(struct arena *arena, size_t size);

/* A copy with a zero at its end; NULL on failure. */
char *arena_text(struct arena *arena, const char *text, size_t length);

char *arena_print(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_print_va(struct arena *arena, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

void arena_free(struct arena *arena);

#endif
