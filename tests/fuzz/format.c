/*
 * Fuzzing formats of DbgPrint and the safe strings (src/nt/format.h): the input is the format,
 * narrow and wide. The arguments exist: each is valid as a number, as a pointer to text of either
 * width, and as a pointer to a counted string.
 */
#include <stdarg.h>

#include "nt/format.h"

#include "require.h"

/* Conversions, and widths and precisions that are arguments: at most as many as there are
 * arguments. */
#define ARGUMENTS_MAX 12

static const WCHAR wide_text[] = {'w', 0xd801, 0};

/* As text it is two bytes, as wide text four units. */
static const UNICODE_STRING counted = {
    .Length = 4, .MaximumLength = 6, .Buffer = (PWCH)(uintptr_t)wide_text};

static size_t format(char *buffer, size_t size, const char *text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    size_t length = nt_format(buffer, size, text, arguments);
    va_end(arguments);
    return length;
}

static WCHAR *format_wide(size_t *units, const WCHAR *text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    WCHAR *result = nt_format_wide(text, arguments, units);
    va_end(arguments);
    return result;
}

#define FOUR(value) value, value, value, value
#define ALL                                                                                        \
    FOUR(&counted), FOUR(&counted), FOUR(&counted), FOUR(&counted), FOUR(&counted),                \
        FOUR(&counted), FOUR(-1e300), FOUR(0.1), FOUR(&counted), FOUR(&counted)

static void check_narrow(const char *text)
{
    char whole[16384], part[24];
    size_t length = format(whole, sizeof(whole), text, ALL);
    size_t shown = length < sizeof(whole) ? length : sizeof(whole) - 1;
    require(strlen(whole) <= shown);
    require(format(NULL, 0, text, ALL) == length);
    memset(part, 'x', sizeof(part));
    require(format(part, sizeof(part) - 1, text, ALL) == length);
    require(part[sizeof(part) - 1] == 'x');
    size_t kept = length < sizeof(part) - 2 ? length : sizeof(part) - 2;
    require(memcmp(part, whole, kept) == 0 && part[kept] == '\0');
}

static void check_wide(const char *text, size_t length)
{
    WCHAR *wide = calloc(length + 1, sizeof(*wide));
    size_t units = 0;
    require(wide != NULL);
    for (size_t i = 0; i < length; i++)
        wide[i] = (unsigned char)text[i];
    WCHAR *result = format_wide(&units, wide, ALL);
    require(result != NULL && result[units] == 0);
    free(result);
    free(wide);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned count = 0;
    for (size_t i = 0; i < size; i++)
        count += data[i] == '%' || data[i] == '*';
    if (count > ARGUMENTS_MAX)
        return 0;
    char *text = text_of(data, size);
    check_narrow(text);
    check_wide(text, strlen(text));
    free(text);
    return 0;
}
