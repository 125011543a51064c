/* UTF-16 and UTF-8. See utf.h. */
#include "nt/utf.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT_CHARACTER 0xfffd
#define LAST_CHARACTER        0x10ffff

static bool is_high_surrogate(uint32_t unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low_surrogate(uint32_t unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

/* Reads one character at *position, which is before `length`, and moves it on. */
static uint32_t utf16_read(const WCHAR *text, size_t length, size_t *position)
{
    uint32_t unit = text[(*position)++];

    if (is_high_surrogate(unit) && *position < length && is_low_surrogate(text[*position]))
        return 0x10000 + ((unit - 0xd800) << 10) + (text[(*position)++] - 0xdc00u);
    return is_high_surrogate(unit) || is_low_surrogate(unit) ? REPLACEMENT_CHARACTER : unit;
}

static size_t utf16_write(WCHAR units[2], uint32_t character)
{
    if (character < 0x10000) {
        units[0] = (WCHAR)character;
        return 1;
    }
    units[0] = (WCHAR)(0xd800 + ((character - 0x10000) >> 10));
    units[1] = (WCHAR)(0xdc00 + ((character - 0x10000) & 0x3ff));
    return 2;
}

/* How many bytes follow a first byte, and the bits of the character that are in it; -1 for no first
 * byte. */
static int utf8_continuation_count(uint8_t first, uint32_t *bits)
{
    if (first < 0x80) {
        *bits = first;
        return 0;
    }
    if (first >= 0xc2 && first <= 0xdf) {
        *bits = first & 0x1f;
        return 1;
    }
    if (first >= 0xe0 && first <= 0xef) {
        *bits = first & 0x0f;
        return 2;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        *bits = first & 0x07;
        return 3;
    }
    return -1;
}

/* A character must not be written longer than it needs, be a surrogate, or lie beyond the last
 * one. */
static bool utf8_is_valid(uint32_t character, int continuation_count)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};

    return character >= least[continuation_count] && character <= LAST_CHARACTER &&
           !is_high_surrogate(character) && !is_low_surrogate(character);
}

/*
 * Reads one character at *position, which is before `length`, and moves it on: by one byte if it is
 * malformed.
 */
static uint32_t utf8_read(const char *text, size_t length, size_t *position)
{
    const uint8_t *bytes = (const uint8_t *)text + *position;
    size_t available = length - *position;
    uint32_t character = 0;
    int count = utf8_continuation_count(bytes[0], &character);

    ++*position;
    if (count < 0 || (size_t)count >= available)
        return REPLACEMENT_CHARACTER;
    for (int i = 1; i <= count; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return REPLACEMENT_CHARACTER;
        character = character << 6 | (bytes[i] & 0x3f);
    }
    if (!utf8_is_valid(character, count))
        return REPLACEMENT_CHARACTER;
    *position += (size_t)count;
    return character;
}

static size_t utf8_write(char bytes[4], uint32_t character)
{
    if (character < 0x80) {
        bytes[0] = (char)character;
        return 1;
    }
    if (character < 0x800) {
        bytes[0] = (char)(0xc0 | character >> 6);
        bytes[1] = (char)(0x80 | (character & 0x3f));
        return 2;
    }
    if (character < 0x10000) {
        bytes[0] = (char)(0xe0 | character >> 12);
        bytes[1] = (char)(0x80 | (character >> 6 & 0x3f));
        bytes[2] = (char)(0x80 | (character & 0x3f));
        return 3;
    }
    bytes[0] = (char)(0xf0 | character >> 18);
    bytes[1] = (char)(0x80 | (character >> 12 & 0x3f));
    bytes[2] = (char)(0x80 | (character >> 6 & 0x3f));
    bytes[3] = (char)(0x80 | (character & 0x3f));
    return 4;
}

size_t utf8_from_utf16(char *buffer, size_t size, const WCHAR *text, size_t length)
{
    size_t needed = 0;
    size_t written = 0;

    for (size_t position = 0; position < length;) {
        char bytes[4];
        size_t count = utf8_write(bytes, utf16_read(text, length, &position));
        if (written == needed && needed + count < size) {
            memcpy(buffer + written, bytes, count);
            written += count;
        }
        needed += count;
    }
    if (size > 0)
        buffer[written] = '\0';
    return needed;
}

size_t utf16_from_utf8(WCHAR *buffer, size_t capacity, const char *text, size_t length)
{
    size_t needed = 0;
    size_t written = 0;

    for (size_t position = 0; position < length;) {
        WCHAR units[2];
        size_t count = utf16_write(units, utf8_read(text, length, &position));
        if (written == needed && needed + count < capacity) {
            memcpy(buffer + written, units, count * sizeof(WCHAR));
            written += count;
        }
        needed += count;
    }
    if (capacity > 0)
        buffer[written] = 0;
    return needed;
}

size_t utf16_length(const WCHAR *text, size_t limit)
{
    size_t length = 0;

    while (length < limit && text[length] != 0)
        length++;
    return length;
}

char *utf8_duplicate(const UNICODE_STRING *text)
{
    size_t length = text->Length / sizeof(WCHAR);
    size_t size = utf8_from_utf16(NULL, 0, text->Buffer, length) + 1;
    char *copy = malloc(size);
    if (copy != NULL)
        utf8_from_utf16(copy, size, text->Buffer, length);
    return copy;
}

const char *unicode_string_problem(const UNICODE_STRING *string)
{
    if (string->Length % sizeof(WCHAR) != 0)
        return "Length is odd";
    if (string->MaximumLength % sizeof(WCHAR) != 0)
        return "MaximumLength is odd";
    if (string->MaximumLength > 0 && string->Buffer == NULL)
        return "Buffer is NULL, and MaximumLength is not 0";
    if (string->Length > string->MaximumLength)
        return "Length is above MaximumLength";
    return NULL;
}

bool unicode_string_from_utf8(UNICODE_STRING *result, const char *text)
{
    size_t length = strlen(text);
    size_t units = utf16_from_utf8(NULL, 0, text, length);
    size_t size = (units + 1) * sizeof(WCHAR);
    WCHAR *buffer = size <= UINT16_MAX ? malloc(size) : NULL;
    if (buffer == NULL)
        return false;
    utf16_from_utf8(buffer, units + 1, text, length);
    result->Buffer = buffer;
    result->Length = (USHORT)(units * sizeof(WCHAR));
    result->MaximumLength = (USHORT)size;
    return true;
}
