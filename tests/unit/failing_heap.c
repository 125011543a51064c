/* A heap that refuses. See failing_heap.h. */
#include "failing_heap.h"

#include <stdatomic.h>
#include <stddef.h>

static atomic_bool is_armed;
static atomic_uint attempts;
static unsigned fails_at;
static bool fails_later;
static atomic_int blocks;

void heap_fail(unsigned n, bool and_later)
{
    attempts = 0;
    blocks = 0;
    fails_at = n;
    fails_later = and_later;
    is_armed = true;
}

bool heap_heal(void)
{
    is_armed = false;
    return attempts >= fails_at;
}

int heap_leaks(void)
{
    return blocks;
}

static bool must_fail(void)
{
    if (!is_armed)
        return false;
    unsigned attempt = ++attempts;
    return attempt == fails_at || (fails_later && attempt > fails_at);
}

static void *counted(void *block)
{
    if (is_armed && block != NULL)
        blocks++;
    return block;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

void *__wrap_malloc(size_t size)
{
    return must_fail() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return must_fail() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *block, size_t size)
{
    if (must_fail())
        return NULL;
    void *grown = __real_realloc(block, size);
    return block == NULL ? counted(grown) : grown;
}

void __wrap_free(void *block)
{
    if (is_armed && block != NULL)
        blocks--;
    __real_free(block);
}
