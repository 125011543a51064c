/*
 * Microsoft's printf over the C library's: each conversion is parsed here and rendered in pieces.
 * See format.h.
 */
#include "nt/format.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ntdef.h>

#include "nt/utf.h"

/* A string without precision ends at its zero; this bounds one that has none. */
#define TEXT_MAX 65536

struct output {
    char *buffer;
    size_t size;
    size_t length; /* of the whole text; what does not fit is counted and left out */
};

enum argument_size { SIZE_DEFAULT, SIZE_CHAR, SIZE_SHORT, SIZE_LONG, SIZE_WIDE, SIZE_64 };

struct conversion {
    char flags[8];
    bool left;
    int width;
    int precision; /* -1: none given */
    enum argument_size size;
    char type;
    bool of_wide_text; /* the format is wide: %s and %c are too, and %S and %C are not */
};

static void put_bytes(struct output *output, const char *bytes, size_t count)
{
    if (output->length < output->size) {
        size_t room = output->size - output->length - 1;
        memcpy(output->buffer + output->length, bytes, count < room ? count : room);
    }
    output->length += count;
}

static void put_spaces(struct output *output, size_t count)
{
    while (count-- > 0)
        put_bytes(output, " ", 1);
}

/* The spaces a field of that width needs beside its text. */
static size_t padding(const struct conversion *conversion, size_t length)
{
    size_t width = (size_t)conversion->width;

    return width > length ? width - length : 0;
}

static void put_text(struct output *output, const struct conversion *conversion, const char *text,
                     size_t length)
{
    size_t spaces = padding(conversion, length);

    put_spaces(output, conversion->left ? 0 : spaces);
    put_bytes(output, text, length);
    put_spaces(output, conversion->left ? spaces : 0);
}

static void put_wide_text(struct output *output, const struct conversion *conversion,
                          const WCHAR *text, size_t length)
{
    size_t needed = utf8_from_utf16(NULL, 0, text, length);
    size_t spaces = padding(conversion, needed);

    put_spaces(output, conversion->left ? 0 : spaces);
    if (output->length < output->size)
        utf8_from_utf16(output->buffer + output->length, output->size - output->length, text,
                        length);
    output->length += needed;
    put_spaces(output, conversion->left ? spaces : 0);
}

static void put_null(struct output *output, const struct conversion *conversion)
{
    put_text(output, conversion, "(null)", strlen("(null)"));
}

static size_t text_limit(const struct conversion *conversion)
{
    return conversion->precision >= 0 ? (size_t)conversion->precision : TEXT_MAX;
}

static void put_narrow_string(struct output *output, const struct conversion *conversion,
                              const char *text)
{
    if (text == NULL)
        put_null(output, conversion);
    else
        put_text(output, conversion, text, strnlen(text, text_limit(conversion)));
}

static void put_wide_string(struct output *output, const struct conversion *conversion,
                            const WCHAR *text)
{
    if (text == NULL)
        put_null(output, conversion);
    else
        put_wide_text(output, conversion, text, utf16_length(text, text_limit(conversion)));
}

static void put_ansi_string(struct output *output, const struct conversion *conversion,
                            const ANSI_STRING *string)
{
    if (string == NULL || string->Buffer == NULL)
        put_null(output, conversion);
    else
        put_text(output, conversion, string->Buffer, min(string->Length, text_limit(conversion)));
}

static void put_unicode_string(struct output *output, const struct conversion *conversion,
                               const UNICODE_STRING *string)
{
    if (string == NULL || string->Buffer == NULL)
        put_null(output, conversion);
    else
        put_wide_text(output, conversion, string->Buffer,
                      min(string->Length / sizeof(WCHAR), text_limit(conversion)));
}

/* Wide is what says so (%ws, %ls), not what h says is not; %S and %C are the other width than the
 * format. */
static bool is_wide(const struct conversion *conversion)
{
    if (conversion->size == SIZE_LONG || conversion->size == SIZE_WIDE)
        return true;
    if (conversion->size == SIZE_SHORT || conversion->type == 'Z')
        return false;
    return (conversion->type == 'S' || conversion->type == 'C') != conversion->of_wide_text;
}

static void put_character(struct output *output, const struct conversion *conversion,
                          struct format_arguments *arguments)
{
    int character = va_arg(arguments->list, int);

    if (is_wide(conversion)) {
        WCHAR unit = (WCHAR)character;
        put_wide_text(output, conversion, &unit, 1);
    } else {
        char byte = (char)character;
        put_text(output, conversion, &byte, 1);
    }
}

/* The argument in the width it was passed in, extended as its type says. */
static long long take_integer(const struct conversion *conversion,
                              struct format_arguments *arguments)
{
    bool is_signed = conversion->type == 'd' || conversion->type == 'i';

    if (conversion->size == SIZE_64)
        return va_arg(arguments->list, long long);
    int value = va_arg(arguments->list, int);
    if (conversion->size == SIZE_CHAR)
        return is_signed ? (signed char)value : (unsigned char)value;
    if (conversion->size == SIZE_SHORT)
        return is_signed ? (short)value : (unsigned short)value;
    return is_signed ? value : (long long)(unsigned)value;
}

/* Lets the C library render a number: `modifier` and the type tell it what the argument is. */
#define PUT_NUMBER(output, conversion, modifier, value)                                            \
    do {                                                                                           \
        char piece[2 * FORMAT_FIELD_MAX];                                                          \
        char number_format[24];                                                                    \
        snprintf(number_format, sizeof(number_format), "%%%s*.*" modifier "%c",                    \
                 (conversion)->flags, (conversion)->type);                                         \
        int length = snprintf(piece, sizeof(piece), number_format, (conversion)->width,            \
                              (conversion)->precision, value);                                     \
        put_bytes(output, piece,                                                                   \
                  (size_t)(length < (int)sizeof(piece) ? length : (int)sizeof(piece) - 1));        \
    } while (0)

static void put_pointer(struct output *output, const struct conversion *conversion,
                        struct format_arguments *arguments)
{
    char digits[17];

    snprintf(digits, sizeof(digits), "%016llX",
             (unsigned long long)(uintptr_t)va_arg(arguments->list, void *));
    put_text(output, conversion, digits, 16);
}

/* Renders one conversion; false if there is none of that type. */
static bool put_conversion(struct output *output, const struct conversion *conversion,
                           struct format_arguments *arguments)
{
    switch (conversion->type) {
    case 'd':
    case 'i':
    case 'o':
    case 'u':
    case 'x':
    case 'X':
        PUT_NUMBER(output, conversion, "ll", take_integer(conversion, arguments));
        return true;
    case 'a':
    case 'A':
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
        PUT_NUMBER(output, conversion, "", va_arg(arguments->list, double));
        return true;
    case 'c':
    case 'C':
        put_character(output, conversion, arguments);
        return true;
    case 's':
    case 'S':
        if (is_wide(conversion))
            put_wide_string(output, conversion, va_arg(arguments->list, const WCHAR *));
        else
            put_narrow_string(output, conversion, va_arg(arguments->list, const char *));
        return true;
    case 'Z':
        if (is_wide(conversion))
            put_unicode_string(output, conversion, va_arg(arguments->list, const UNICODE_STRING *));
        else
            put_ansi_string(output, conversion, va_arg(arguments->list, const ANSI_STRING *));
        return true;
    case 'p':
        put_pointer(output, conversion, arguments);
        return true;
    case 'n':
        (void)va_arg(arguments->list, void *);
        return true;
    default:
        return false;
    }
}

static const char *parse_flags(const char *text, struct conversion *conversion)
{
    size_t count = 0;

    for (; *text != '\0' && strchr("-+ #0", *text) != NULL; text++) {
        if (strchr(conversion->flags, *text) == NULL)
            conversion->flags[count++] = *text;
        conversion->left |= *text == '-';
    }
    return text;
}

/* A number, or * for one that is an argument. */
static const char *parse_number(const char *text, struct format_arguments *arguments, int *number)
{
    if (*text == '*') {
        *number = va_arg(arguments->list, int);
        return text + 1;
    }
    *number = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        if (*number <= TEXT_MAX)
            *number = *number * 10 + (*text - '0');
    return text;
}

static const char *parse_width(const char *text, struct conversion *conversion,
                               struct format_arguments *arguments)
{
    int width;

    text = parse_number(text, arguments, &width);
    if (width < 0) {
        if (!conversion->left)
            strcat(conversion->flags, "-");
        conversion->left = true;
        width = width < -FORMAT_FIELD_MAX ? FORMAT_FIELD_MAX : -width;
    }
    conversion->width = min(width, FORMAT_FIELD_MAX);
    return text;
}

static const char *parse_precision(const char *text, struct conversion *conversion,
                                   struct format_arguments *arguments)
{
    conversion->precision = -1;
    if (*text != '.')
        return text;
    text = parse_number(text + 1, arguments, &conversion->precision);
    /*
     * A string's precision may be its length: only numbers need the bound, which is set once the
     * type is known.
     */
    if (conversion->precision < 0)
        conversion->precision = -1;
    return text;
}

static const char *parse_size(const char *text, struct conversion *conversion)
{
    static const struct {
        const char *text;
        enum argument_size size;
    } sizes[] = {
        {"I64", SIZE_64}, {"I32", SIZE_DEFAULT}, {"I", SIZE_64},    {"ll", SIZE_64},
        {"l", SIZE_LONG}, {"hh", SIZE_CHAR},     {"h", SIZE_SHORT}, {"w", SIZE_WIDE},
        {"z", SIZE_64},   {"j", SIZE_64},        {"t", SIZE_64},    {"L", SIZE_DEFAULT},
    };

    conversion->size = SIZE_DEFAULT;
    for (size_t i = 0; i < RTL_NUMBER_OF(sizes); i++) {
        if (strncmp(text, sizes[i].text, strlen(sizes[i].text)) == 0) {
            conversion->size = sizes[i].size;
            return text + strlen(sizes[i].text);
        }
    }
    return text;
}

/* What the text is, and which words it knows beside the conversions. */
struct style {
    bool is_wide;
    const struct format_words *words; /* NULL: none */
};

/* Renders the one conversion that is left, whose type is known; returns where it ends. */
static const char *format_known(struct output *output, struct conversion *conversion,
                                const char *begin, const char *type,
                                struct format_arguments *arguments)
{
    conversion->type = *type;
    if (strchr("sSZ", conversion->type) == NULL)
        conversion->precision = min(conversion->precision, FORMAT_FIELD_MAX);
    const char *end = *type != '\0' ? type + 1 : type;
    if (*type == '\0' || !put_conversion(output, conversion, arguments))
        put_bytes(output, begin, (size_t)(end - begin));
    return end;
}

/*
 * What stands between exclamation marks, at `text`: a word, or the size and type of a conversion.
 * What is neither is shown by its name, and its argument as a number: those behind it keep their
 * places. Returns where it ends.
 */
static const char *format_marked(struct output *output, struct conversion *conversion,
                                 const char *text, const struct format_words *words,
                                 struct format_arguments *arguments)
{
    char rendered[FORMAT_FIELD_MAX];
    size_t length = strcspn(text, "!");
    const char *end = text + length + 1;

    if (words->render(words, text, length, arguments, rendered, sizeof(rendered))) {
        put_text(output, conversion, rendered, strlen(rendered));
        return end;
    }
    const char *type = parse_size(text, conversion);
    if (type + 2 == end) {
        format_known(output, conversion, type, type, arguments);
        return end;
    }
    int known = snprintf(rendered, sizeof(rendered), "%.*s:0x%x", (int)min(length, 64), text,
                         va_arg(arguments->list, unsigned));
    put_text(output, conversion, rendered, (size_t)known);
    return end;
}

/* Renders the conversion that begins with the % at `begin`; returns where it ends. */
static const char *format_conversion(struct output *output, const char *begin,
                                     const struct style *style, struct format_arguments *arguments)
{
    struct conversion conversion = {.flags = "", .of_wide_text = style->is_wide};
    const char *end = parse_flags(begin + 1, &conversion);

    end = parse_width(end, &conversion, arguments);
    end = parse_precision(end, &conversion, arguments);
    if (style->words != NULL && *end == '!' && strchr(end + 1, '!') != NULL)
        return format_marked(output, &conversion, end + 1, style->words, arguments);
    end = parse_size(end, &conversion);
    return format_known(output, &conversion, begin, end, arguments);
}

static size_t format_text(char *buffer, size_t size, const char *format, const struct style *style,
                          va_list arguments)
{
    struct output output = {.buffer = buffer, .size = size};
    struct format_arguments copy;

    va_copy(copy.list, arguments);
    while (*format != '\0') {
        size_t plain = strcspn(format, "%");
        put_bytes(&output, format, plain);
        format += plain;
        if (strncmp(format, "%%", 2) == 0) {
            put_bytes(&output, "%", 1);
            format += 2;
        } else if (*format == '%') {
            format = format_conversion(&output, format, style, &copy);
        }
    }
    va_end(copy.list);
    if (output.length < size)
        buffer[output.length] = '\0';
    else if (size > 0)
        buffer[size - 1] = '\0';
    return output.length;
}

size_t nt_format(char *buffer, size_t size, const char *format, va_list arguments)
{
    return format_text(buffer, size, format, &(struct style){0}, arguments);
}

size_t nt_format_words(char *buffer, size_t size, const char *format, va_list arguments,
                       const struct format_words *words)
{
    return format_text(buffer, size, format, &(struct style){.words = words}, arguments);
}

static WCHAR *duplicate_as_utf16(const char *text, size_t length, size_t *units)
{
    *units = utf16_from_utf8(NULL, 0, text, length);
    WCHAR *copy = malloc((*units + 1) * sizeof(WCHAR));
    if (copy != NULL)
        utf16_from_utf8(copy, *units + 1, text, length);
    return copy;
}

static WCHAR *format_as_utf16(const char *format, va_list arguments, size_t *units)
{
    const struct style style = {.is_wide = true};
    size_t length = format_text(NULL, 0, format, &style, arguments);
    char *text = malloc(length + 1);
    if (text == NULL)
        return NULL;
    format_text(text, length + 1, format, &style, arguments);
    WCHAR *wide = duplicate_as_utf16(text, length, units);
    free(text);
    return wide;
}

WCHAR *nt_format_wide(const WCHAR *format, va_list arguments, size_t *units)
{
    size_t format_units = utf16_length(format, TEXT_MAX);
    size_t length = utf8_from_utf16(NULL, 0, format, format_units);
    char *narrow_format = malloc(length + 1);
    if (narrow_format == NULL)
        return NULL;
    utf8_from_utf16(narrow_format, length + 1, format, format_units);
    WCHAR *text = format_as_utf16(narrow_format, arguments, units);
    free(narrow_format);
    return text;
}
