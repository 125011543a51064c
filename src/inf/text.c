/* Bytes to text. See text.h. */
#include "inf/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define REPLACEMENT 0xfffdu

/* 0x80 to 0x9f, where code page 1252 is not Latin-1; 0: nothing is there. */
static const uint16_t code_page_1252[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

static void append(struct inf_text *text, uint32_t character)
{
    char *at = text->bytes + text->length;
    if (character < 0x80) {
        at[0] = (char)character;
        text->length += 1;
    } else if (character < 0x800) {
        at[0] = (char)(0xc0 | character >> 6);
        at[1] = (char)(0x80 | (character & 0x3f));
        text->length += 2;
    } else if (character < 0x10000) {
        at[0] = (char)(0xe0 | character >> 12);
        at[1] = (char)(0x80 | (character >> 6 & 0x3f));
        at[2] = (char)(0x80 | (character & 0x3f));
        text->length += 3;
    } else {
        at[0] = (char)(0xf0 | character >> 18);
        at[1] = (char)(0x80 | (character >> 12 & 0x3f));
        at[2] = (char)(0x80 | (character >> 6 & 0x3f));
        at[3] = (char)(0x80 | (character & 0x3f));
        text->length += 4;
    }
}

static uint32_t unit_at(const unsigned char *bytes, size_t index, bool is_big_endian)
{
    const unsigned char *pair = bytes + index * 2;
    return is_big_endian ? (uint32_t)pair[0] << 8 | pair[1] : (uint32_t)pair[1] << 8 | pair[0];
}

static void decode_utf16(const unsigned char *bytes, size_t size, bool is_big_endian,
                         struct inf_text *text)
{
    size_t units = size / 2;
    if (size % 2 != 0)
        text->fault = "UTF-16 with half a character at its end: the file is cut off";
    for (size_t i = 0; i < units; i++) {
        uint32_t unit = unit_at(bytes, i, is_big_endian);
        uint32_t next = i + 1 < units ? unit_at(bytes, i + 1, is_big_endian) : 0;
        if (unit >= 0xd800 && unit <= 0xdbff && next >= 0xdc00 && next <= 0xdfff) {
            unit = 0x10000 + ((unit - 0xd800) << 10) + (next - 0xdc00);
            i++;
        } else if (unit >= 0xd800 && unit <= 0xdfff) {
            text->fault = "UTF-16 with half a surrogate pair";
            unit = REPLACEMENT;
        }
        if (unit == 0) {
            text->fault = "there is a zero in the text";
            return;
        }
        append(text, unit);
    }
}

/* How long the character is; 0: it is none. */
static size_t utf8_length(const unsigned char *bytes, size_t size)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = bytes[0] < 0x80                       ? 1
                    : bytes[0] >= 0xc2 && bytes[0] < 0xe0 ? 2
                    : bytes[0] >= 0xe0 && bytes[0] < 0xf0 ? 3
                    : bytes[0] >= 0xf0 && bytes[0] < 0xf5 ? 4
                                                          : 0;
    if (length == 0 || length > size)
        return 0;
    uint32_t character = length == 1 ? bytes[0] : bytes[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        character = character << 6 | (bytes[i] & 0x3f);
    }
    bool is_one = character >= least[length] && character <= 0x10ffff &&
                  (character < 0xd800 || character > 0xdfff);
    return is_one ? length : 0;
}

static bool is_utf8(const unsigned char *bytes, size_t size)
{
    for (size_t at = 0; at < size;) {
        size_t length = utf8_length(bytes + at, size - at);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

static void decode_code_page(const unsigned char *bytes, size_t size, struct inf_text *text)
{
    for (size_t i = 0; i < size; i++) {
        uint32_t character = bytes[i];
        if (character >= 0x80 && character < 0xa0)
            character = code_page_1252[character - 0x80];
        append(text, character != 0 ? character : REPLACEMENT);
    }
}

static void decode_bytes(const unsigned char *bytes, size_t size, struct inf_text *text)
{
    const unsigned char *zero = memchr(bytes, 0, size);
    if (zero != NULL) {
        text->fault = "there is a zero in the text; UTF-16 needs its mark at the beginning";
        size = (size_t)(zero - bytes);
    }
    if (is_utf8(bytes, size)) {
        memcpy(text->bytes, bytes, size);
        text->length = size;
    } else {
        decode_code_page(bytes, size, text);
    }
}

int inf_text_decode(struct arena *arena, const unsigned char *bytes, size_t size,
                    struct inf_text *text)
{
    /* A byte, or a unit of two, becomes at most three. */
    *text = (struct inf_text){.bytes = arena_allocate(arena, size * 3 + 1)};
    if (text->bytes == NULL)
        return arena->error;
    if (size >= 2 && bytes[0] == 0xff && bytes[1] == 0xfe)
        decode_utf16(bytes + 2, size - 2, false, text);
    else if (size >= 2 && bytes[0] == 0xfe && bytes[1] == 0xff)
        decode_utf16(bytes + 2, size - 2, true, text);
    else if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        decode_bytes(bytes + 3, size - 3, text);
    else
        decode_bytes(bytes, size, text);
    text->bytes[text->length] = '\0';
    return 0;
}
