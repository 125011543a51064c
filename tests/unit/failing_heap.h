/*
 * A heap that refuses: the program's malloc, calloc and realloc fail when a test says so. The
 * program is linked with --wrap for them and for free (meson.build); libc's own allocations are not
 * affected.
 */
#ifndef TESTS_UNIT_FAILING_HEAP_H
#define TESTS_UNIT_FAILING_HEAP_H

#include <stdbool.h>

/* From now on allocation number n (from 1) fails; with `and_later` all later ones fail, too. */
void heap_fail(unsigned n, bool and_later);

/* The heap works again. Returns true if an allocation was refused since heap_fail. */
bool heap_heal(void);

/* Blocks that were allocated and not freed since heap_fail. */
int heap_leaks(void);

#endif
