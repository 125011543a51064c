/* Values of simple types. See value.h. */
#include "mof/value.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- texts ---- */

static bool take_hex(const char **text, uint16_t *unit)
{
    *unit = 0;
    for (unsigned i = 0; i < 4; i++, ++*text) {
        static const char digits[] = "0123456789abcdef";
        const char *digit = strchr(digits, tolower((unsigned char)**text));
        if (**text == '\0' || digit == NULL)
            return false;
        *unit = (uint16_t)(*unit << 4 | (digit - digits));
    }
    return true;
}

/* One unit; false: it is no ASCII, or a backslash that means nothing. */
static bool take_unit(const char **text, uint16_t *unit)
{
    *unit = (unsigned char)*(*text)++;
    if (*unit != '\\')
        return *unit < 0x80;
    *unit = (unsigned char)**text;
    if (*unit == '\0')
        return false;
    ++*text;
    return *unit == '"' || *unit == '\\' || (*unit == 'u' && take_hex(text, unit));
}

static bool take_units(const char *text, uint16_t *units, size_t *count)
{
    bool is_quoted = *text == '"';
    text += is_quoted ? 1 : 0;
    for (*count = 0; *text != '\0' && !(is_quoted && *text == '"'); ++*count) {
        if (!take_unit(&text, &units[*count]))
            return false;
    }
    return !is_quoted || strcmp(text, "\"") == 0;
}

bool mof_read_text(const char *text, uint16_t **units, size_t *count)
{
    *units = calloc(strlen(text) + 1, sizeof(**units));
    if (*units != NULL && take_units(text, *units, count))
        return true;
    free(*units);
    *units = NULL;
    return false;
}

/* Of just so many units. */
static bool read_units(const char *text, unsigned char *bytes, size_t size)
{
    uint16_t *units;
    size_t count;
    if (!mof_read_text(text, &units, &count))
        return false;
    bool is_one = count * sizeof(*units) == size;
    if (is_one)
        memcpy(bytes, units, size);
    free(units);
    return is_one;
}

/* ---- numbers ---- */

static bool read_boolean(const char *text, unsigned char *byte)
{
    *byte = strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0;
    return *byte != 0 || strcasecmp(text, "false") == 0 || strcmp(text, "0") == 0;
}

static bool read_signed(const char *text, unsigned char *bytes, size_t size)
{
    char *end;
    errno = 0;
    int64_t number = strtoll(text, &end, 0), most = INT64_MAX >> (64 - 8 * size);
    memcpy(bytes, &number, size); /* a machine whose first byte is the lowest */
    return end != text && *end == '\0' && errno == 0 && number <= most && number >= -most - 1;
}

static bool read_unsigned(const char *text, unsigned char *bytes, size_t size)
{
    char *end;
    errno = 0;
    uint64_t number = strtoull(text, &end, 0);
    memcpy(bytes, &number, size);
    return end != text && *end == '\0' && errno == 0 && strchr(text, '-') == NULL &&
           number <= UINT64_MAX >> (64 - 8 * size);
}

static bool read_real(const char *text, unsigned char *bytes, size_t size)
{
    char *end;
    double real = strtod(text, &end);
    float single = (float)real;
    if (size == sizeof(single))
        memcpy(bytes, &single, size);
    else
        memcpy(bytes, &real, size);
    return end != text && *end == '\0';
}

bool mof_read_value(enum mof_type type, const char *text, unsigned char *bytes)
{
    size_t size = mof_type_size(type);
    switch (type) {
    case MOF_BOOLEAN:
        return read_boolean(text, bytes);
    case MOF_REAL32:
    case MOF_REAL64:
        return read_real(text, bytes, size);
    case MOF_CHAR16:
    case MOF_DATETIME:
        return read_units(text, bytes, size);
    case MOF_SINT8:
    case MOF_SINT16:
    case MOF_SINT32:
    case MOF_SINT64:
        return read_signed(text, bytes, size);
    default:
        return read_unsigned(text, bytes, size);
    }
}
