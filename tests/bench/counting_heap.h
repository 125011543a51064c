/*
 * Counts the program's allocations. It is linked with --wrap for the functions that it counts
 * (meson.build): libc's own allocations are not counted.
 */
#ifndef TESTS_BENCH_COUNTING_HEAP_H
#define TESTS_BENCH_COUNTING_HEAP_H

/* Calls of malloc, calloc, realloc, aligned_alloc, posix_memalign and strdup by all threads so
 * far. */
unsigned long heap_allocations(void);

#endif
