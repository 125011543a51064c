/* See guid.h. */
#include "nt/guid.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <ntdef.h>

#define TEXT_LENGTH 36

/* So many digits, which are there. */
static unsigned long number_of(const char *text, unsigned count)
{
    char digits[9] = {0};
    memcpy(digits, text, count);
    return strtoul(digits, NULL, 16);
}

/* Digits, and dashes where they belong. */
static bool is_well_formed(const char *text)
{
    for (unsigned i = 0; i < TEXT_LENGTH; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    }
    return true;
}

bool guid_from_text(const char *text, GUID *guid)
{
    bool has_braces = text[0] == '{';
    size_t length = TEXT_LENGTH + (has_braces ? 2 : 0);
    if (strlen(text) != length || (has_braces && text[length - 1] != '}'))
        return false;
    text += has_braces;
    if (!is_well_formed(text))
        return false;
    guid->Data1 = (ULONG)number_of(text, 8);
    guid->Data2 = (USHORT)number_of(text + 9, 4);
    guid->Data3 = (USHORT)number_of(text + 14, 4);
    for (unsigned i = 0; i < 8; i++)
        guid->Data4[i] = (UCHAR)number_of(text + 19 + 2 * i + (i >= 2), 2);
    return true;
}
