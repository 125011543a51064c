/* See text.h. */
#include "history/text.h"

void text_put(struct text *text, const char *string)
{
    while (*string != '\0' && text->length + 1 < text->size)
        text->buffer[text->length++] = *string++;
    if (text->size > 0)
        text->buffer[text->length] = '\0';
}

static void put_digits(struct text *text, uint64_t number, unsigned base, unsigned width)
{
    char digits[24];
    unsigned place = sizeof(digits) - 1;
    digits[place] = '\0';
    do {
        digits[--place] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number > 0 || sizeof(digits) - 1 - place < width);
    text_put(text, digits + place);
}

void text_put_number(struct text *text, uint64_t number)
{
    put_digits(text, number, 10, 1);
}

void text_put_hex(struct text *text, uint64_t number)
{
    text_put(text, "0x");
    put_digits(text, number, 16, 1);
}

void text_put_seconds(struct text *text, uint64_t nanoseconds)
{
    put_digits(text, nanoseconds / 1000000000u, 10, 1);
    text_put(text, ".");
    put_digits(text, nanoseconds % 1000000000u, 10, 9);
}
