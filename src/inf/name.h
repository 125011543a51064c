/* Names in an INF: sections, keys, strings, services, IDs. They are compared without case. */
#ifndef WDFUSE_INF_NAME_H
#define WDFUSE_INF_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <strings.h>

static inline bool name_is(const char *one, const char *other)
{
    return strcasecmp(one, other) == 0;
}

static inline bool name_begins(const char *name, const char *start, size_t length)
{
    return strncasecmp(name, start, length) == 0;
}

/* For tables: the same for all spellings of a name. */
static inline unsigned name_hash(const char *name)
{
    unsigned hash = 2166136261u; /* FNV-1a */
    for (; *name != '\0'; name++) {
        unsigned char byte = (unsigned char)*name;
        hash = (hash ^ (byte >= 'A' && byte <= 'Z' ? byte + 32u : byte)) * 16777619u;
    }
    return hash;
}

#endif
