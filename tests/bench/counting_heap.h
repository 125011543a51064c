/*
 * How often the program has asked for memory. It is linked with --wrap for what it calls
 * (meson.build): libc's own allocations are not counted.
 */
#ifndef TESTS_BENCH_COUNTING_HEAP_H
#define TESTS_BENCH_COUNTING_HEAP_H

/* Calls of malloc, calloc, realloc, aligned_alloc, posix_memalign, strdup, by all threads, until
 * now. */
unsigned long heap_allocations(void);

#endif
