/*
 * The bytes of an INF as text (S20.1): UTF-16 with its mark in either order, UTF-8 with or without,
 * and anything else as code page 1252.
 */
#ifndef WDFUSE_INF_TEXT_H
#define WDFUSE_INF_TEXT_H

#include <stddef.h>

#include "inf/arena.h"

struct inf_text {
    char *bytes; /* UTF-8, a zero at its end and nowhere else */
    size_t length;
    /* The fault of the bytes, of which the text has what could be read; NULL: none. */
    const char *fault;
};

/* Returns 0, or the arena's error. */
int inf_text_decode(struct arena *arena, const unsigned char *bytes, size_t size,
                    struct inf_text *text);

#endif
