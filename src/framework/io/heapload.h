/*
 * How much of the heap requests and their buffers take, so that it goes back to the system after a
 * peak: a heap keeps what it once had, between the blocks that are still used.
 */
#ifndef WDFUSE_FRAMEWORK_IO_HEAPLOAD_H
#define WDFUSE_FRAMEWORK_IO_HEAPLOAD_H

#include <stddef.h>

/* So many bytes are taken from the heap, or go back to it. Any thread; no lock. */
void heapload_grow(size_t bytes);
void heapload_shrink(size_t bytes);

#endif
