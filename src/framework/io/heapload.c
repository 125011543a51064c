/* The heap after a peak. See heapload.h. */
#include "framework/io/heapload.h"

#include <malloc.h>
#include <stdatomic.h>

#include "framework/io.h"

/* Giving pages back, and getting them again, costs more than a few megabytes are worth. */
#define WORTH_WHILE ((size_t)8 * 1024 * 1024)

static _Atomic(size_t) load;
static _Atomic(size_t) peak; /* since the heap was trimmed last; about, since threads race for it */

static void trim_heap(void)
{
#ifndef PORT_EXPLORE /* its heap is another one */
    malloc_trim(0);
#endif
}

void heapload_grow(size_t bytes)
{
    size_t now = atomic_fetch_add_explicit(&load, bytes, memory_order_relaxed) + bytes;
    if (now > atomic_load_explicit(&peak, memory_order_relaxed))
        atomic_store_explicit(&peak, now, memory_order_relaxed);
}

/* Each time half of it has gone: what comes and goes evenly is left alone, and a fall from any
 * height costs a few rounds. */
void heapload_shrink(size_t bytes)
{
    size_t now = atomic_fetch_sub_explicit(&load, bytes, memory_order_relaxed) - bytes;
    size_t highest = atomic_load_explicit(&peak, memory_order_relaxed);
    if (highest < WORTH_WHILE || now > highest / 2)
        return;
    if (atomic_compare_exchange_strong_explicit(&peak, &highest, now, memory_order_relaxed,
                                                memory_order_relaxed))
        trim_heap();
}

void io_give_memory_back(void)
{
    trim_heap();
}
