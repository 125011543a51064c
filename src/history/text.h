/*
 * Text in a buffer of fixed size, without the heap and without the C library's formats: for what is
 * written when a process crashes, and by the same functions elsewhere. What does not fit is cut.
 */
#ifndef WDFUSE_HISTORY_TEXT_H
#define WDFUSE_HISTORY_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct text {
    char *buffer; /* always ends with a zero */
    size_t size;
    size_t length;
};

#define TEXT_ON(array) ((struct text){.buffer = (array), .size = sizeof(array)})

void text_put(struct text *text, const char *string);
void text_put_number(struct text *text, uint64_t number);
void text_put_hex(struct text *text, uint64_t number); /* with 0x */
/* Seconds with nine decimals. */
void text_put_seconds(struct text *text, uint64_t nanoseconds);

#endif
