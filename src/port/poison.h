/*
 * Memory that is kept for its next use, and must not be touched until then.
 *
 * AddressSanitizer reports reads and writes. An exploration fills its beginning with a pattern,
 * which is no valid address, and checks the pattern later. Elsewhere nothing happens.
 */
#ifndef WDFUSE_PORT_POISON_H
#define WDFUSE_PORT_POISON_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

#if defined(PORT_EXPLORE)

#define PORT_POISONS      true
#define PORT_POISON_FILLS true /* what was in the memory is gone */

void explore_fill(void *memory, size_t size);
bool explore_is_filled(const void *memory, size_t size);

static inline void port_poison(void *memory, size_t size)
{
    explore_fill(memory, size);
}

/* False if somebody has written to the memory since port_poison. */
static inline bool port_unpoison(void *memory, size_t size)
{
    return explore_is_filled(memory, size);
}

#elif defined(__SANITIZE_ADDRESS__)

#include <sanitizer/asan_interface.h>

#define PORT_POISONS      true
#define PORT_POISON_FILLS false

static inline void port_poison(void *memory, size_t size)
{
    __asan_poison_memory_region(memory, size);
}

static inline bool port_unpoison(void *memory, size_t size)
{
    __asan_unpoison_memory_region(memory, size);
    return true;
}

#else

#define PORT_POISONS      false
#define PORT_POISON_FILLS false

static inline void port_poison(void *memory, size_t size)
{
    (void)memory;
    (void)size;
}

static inline bool port_unpoison(void *memory, size_t size)
{
    (void)memory;
    (void)size;
    return true;
}

#endif

#endif
