/* The memory of one INF. See arena.h. Each allocation is one of the heap's, so that a sanitizer
 * sees a step beyond it. */
#include "inf/arena.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
    struct arena_block *next;
    _Alignas(max_align_t) char bytes[];
};

void arena_init(struct arena *arena, size_t limit)
{
    *arena = (struct arena){.left = limit};
}

static void *fail(struct arena *arena, int error)
{
    if (arena->error == 0)
        arena->error = error;
    return NULL;
}

void *arena_allocate(struct arena *arena, size_t size)
{
    size_t whole = sizeof(struct arena_block) + size;
    if (arena->error != 0)
        return NULL;
    if (whole > arena->left)
        return fail(arena, -EFBIG);
    struct arena_block *block = calloc(1, whole);
    if (block == NULL)
        return fail(arena, -ENOMEM);
    arena->left -= whole;
    block->next = arena->blocks;
    arena->blocks = block;
    return block->bytes;
}

char *arena_text(struct arena *arena, const char *text, size_t length)
{
    char *copy = arena_allocate(arena, length + 1);
    if (copy != NULL)
        memcpy(copy, text, length);
    return copy;
}

char *arena_print_va(struct arena *arena, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = length >= 0 ? arena_allocate(arena, (size_t)length + 1) : NULL;
    if (text != NULL)
        vsnprintf(text, (size_t)length + 1, format, arguments);
    return text;
}

char *arena_print(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = arena_print_va(arena, format, arguments);
    va_end(arguments);
    return text;
}

void arena_free(struct arena *arena)
{
    for (struct arena_block *block = arena->blocks, *next; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    arena->blocks = NULL;
}
