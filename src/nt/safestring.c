/*
 * The safe string functions, narrow, wide and counted. A destination is described once, whatever
 * its characters are; all writing is done by place().
 */
#include <ntstrsafe.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "nt/format.h"
#include "nt/utf.h"

struct destination {
    void *text;
    size_t capacity; /* characters, with the zero if there is to be one */
    size_t unit;     /* bytes of a character */
    bool ends_with_zero;
};

static struct destination narrow(char *text, size_t capacity)
{
    return (struct destination){
        .text = text, .capacity = capacity, .unit = 1, .ends_with_zero = true};
}

static struct destination wide(WCHAR *text, size_t capacity)
{
    return (struct destination){
        .text = text, .capacity = capacity, .unit = sizeof(WCHAR), .ends_with_zero = true};
}

static bool is_usable(const struct destination *destination)
{
    return destination->text != NULL && destination->capacity > 0 &&
           destination->capacity <= NTSTRSAFE_MAX_CCH;
}

/* Characters before the zero among the first `limit`. A NULL is an empty text, as a missing
 * source. */
static size_t narrow_length(const char *text, size_t limit)
{
    return text != NULL ? strnlen(text, limit) : 0;
}

static size_t wide_length(const WCHAR *text, size_t limit)
{
    return text != NULL ? utf16_length(text, limit) : 0;
}

/* Writes as much of the source as there is room for behind the first `start` characters; *end is
 * where it ends. */
static NTSTATUS place(const struct destination *destination, size_t start, const void *source,
                      size_t length, size_t *end)
{
    size_t room = destination->capacity - destination->ends_with_zero - start;
    size_t written = length < room ? length : room;
    char *text = destination->text;
    if (written > 0)
        memmove(text + start * destination->unit, source, written * destination->unit);
    *end = start + written;
    if (destination->ends_with_zero)
        memset(text + *end * destination->unit, 0, destination->unit);
    return written == length ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}

static NTSTATUS copy(struct destination destination, const void *source, size_t length)
{
    size_t end;
    return is_usable(&destination) ? place(&destination, 0, source, length, &end)
                                   : STATUS_INVALID_PARAMETER;
}

/* `start` is the length of what is there. */
static NTSTATUS append(struct destination destination, size_t start, const void *source,
                       size_t length)
{
    size_t end;
    if (!is_usable(&destination) || start == destination.capacity)
        return STATUS_INVALID_PARAMETER;
    return place(&destination, start, source, length, &end);
}

/* ---- copying ---- */

NTSTATUS RtlStringCchCopyA(NTSTRSAFE_PSTR Destination, SIZE_T DestinationSize,
                           NTSTRSAFE_PCSTR Source)
{
    return copy(narrow(Destination, DestinationSize), Source,
                narrow_length(Source, DestinationSize));
}

NTSTATUS RtlStringCchCopyW(NTSTRSAFE_PWSTR Destination, SIZE_T DestinationSize,
                           NTSTRSAFE_PCWSTR Source)
{
    return copy(wide(Destination, DestinationSize), Source, wide_length(Source, DestinationSize));
}

NTSTATUS RtlStringCchCopyNA(NTSTRSAFE_PSTR Destination, SIZE_T DestinationSize,
                            NTSTRSAFE_PCSTR Source, SIZE_T Length)
{
    return copy(narrow(Destination, DestinationSize), Source, narrow_length(Source, Length));
}

NTSTATUS RtlStringCchCopyNW(NTSTRSAFE_PWSTR Destination, SIZE_T DestinationSize,
                            NTSTRSAFE_PCWSTR Source, SIZE_T Length)
{
    return copy(wide(Destination, DestinationSize), Source, wide_length(Source, Length));
}

/* ---- appending ---- */

NTSTATUS RtlStringCchCatA(NTSTRSAFE_PSTR Destination, SIZE_T DestinationSize,
                          NTSTRSAFE_PCSTR Source)
{
    return RtlStringCchCatNA(Destination, DestinationSize, Source, DestinationSize);
}

NTSTATUS RtlStringCchCatW(NTSTRSAFE_PWSTR Destination, SIZE_T DestinationSize,
                          NTSTRSAFE_PCWSTR Source)
{
    return RtlStringCchCatNW(Destination, DestinationSize, Source, DestinationSize);
}

NTSTATUS RtlStringCchCatNA(NTSTRSAFE_PSTR Destination, SIZE_T DestinationSize,
                           NTSTRSAFE_PCSTR Source, SIZE_T Length)
{
    return append(narrow(Destination, DestinationSize), narrow_length(Destination, DestinationSize),
                  Source, narrow_length(Source, Length));
}

NTSTATUS RtlStringCchCatNW(NTSTRSAFE_PWSTR Destination, SIZE_T DestinationSize,
                           NTSTRSAFE_PCWSTR Source, SIZE_T Length)
{
    return append(wide(Destination, DestinationSize), wide_length(Destination, DestinationSize),
                  Source, wide_length(Source, Length));
}

/* ---- lengths ---- */

static NTSTATUS give_length(const void *text, size_t found, size_t maximum, SIZE_T *length)
{
    bool is_good = text != NULL && maximum <= NTSTRSAFE_MAX_CCH && found < maximum;
    if (length != NULL)
        *length = is_good ? found : 0;
    return is_good ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

NTSTATUS RtlStringCchLengthA(NTSTRSAFE_PCSTR String, SIZE_T MaximumLength, SIZE_T *Length)
{
    return give_length(String, narrow_length(String, MaximumLength), MaximumLength, Length);
}

NTSTATUS RtlStringCchLengthW(NTSTRSAFE_PCWSTR String, SIZE_T MaximumLength, SIZE_T *Length)
{
    return give_length(String, wide_length(String, MaximumLength), MaximumLength, Length);
}

/* ---- formatting ---- */

NTSTATUS RtlStringCchVPrintfA(NTSTRSAFE_PSTR Destination, SIZE_T DestinationSize,
                              NTSTRSAFE_PCSTR Format, va_list Arguments)
{
    struct destination destination = narrow(Destination, DestinationSize);
    if (!is_usable(&destination))
        return STATUS_INVALID_PARAMETER;
    size_t length = nt_format(Destination, DestinationSize, Format, Arguments);
    return length < DestinationSize ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}

static NTSTATUS format_wide(const struct destination *destination, const WCHAR *format,
                            va_list arguments, size_t *end)
{
    size_t length;
    WCHAR *text = nt_format_wide(format, arguments, &length);
    if (text == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS status = place(destination, 0, text, length, end);
    free(text);
    return status;
}

NTSTATUS RtlStringCchVPrintfW(NTSTRSAFE_PWSTR Destination, SIZE_T DestinationSize,
                              NTSTRSAFE_PCWSTR Format, va_list Arguments)
{
    struct destination destination = wide(Destination, DestinationSize);
    size_t end;
    return is_usable(&destination) ? format_wide(&destination, Format, Arguments, &end)
                                   : STATUS_INVALID_PARAMETER;
}

/* ---- counted strings ---- */

static bool is_consistent(const UNICODE_STRING *string)
{
    return unicode_string_problem(string) == NULL;
}

static struct destination counted(const UNICODE_STRING *string)
{
    return (struct destination){.text = string->Buffer,
                                .capacity = string->MaximumLength / sizeof(WCHAR),
                                .unit = sizeof(WCHAR)};
}

/* Replaces what is behind the first `start` characters. */
static NTSTATUS place_counted(PUNICODE_STRING string, size_t start, const WCHAR *source,
                              size_t length)
{
    struct destination destination = counted(string);
    size_t end;
    NTSTATUS status = place(&destination, start, source, length, &end);
    string->Length = (USHORT)(end * sizeof(WCHAR));
    return status;
}

NTSTATUS RtlUnicodeStringInit(PUNICODE_STRING Destination, NTSTRSAFE_PCWSTR Source)
{
    size_t length = wide_length(Source, NTSTRSAFE_UNICODE_STRING_MAX_CCH);
    if (length >= NTSTRSAFE_UNICODE_STRING_MAX_CCH)
        return STATUS_INVALID_PARAMETER;
    RtlInitUnicodeString(Destination, Source);
    return STATUS_SUCCESS;
}

NTSTATUS RtlUnicodeStringCopyString(PUNICODE_STRING Destination, NTSTRSAFE_PCWSTR Source)
{
    if (!is_consistent(Destination))
        return STATUS_INVALID_PARAMETER;
    return place_counted(Destination, 0, Source,
                         wide_length(Source, NTSTRSAFE_UNICODE_STRING_MAX_CCH));
}

NTSTATUS RtlUnicodeStringCopy(PUNICODE_STRING Destination, PCUNICODE_STRING Source)
{
    if (!is_consistent(Destination) || (Source != NULL && !is_consistent(Source)))
        return STATUS_INVALID_PARAMETER;
    return Source != NULL
               ? place_counted(Destination, 0, Source->Buffer, Source->Length / sizeof(WCHAR))
               : place_counted(Destination, 0, NULL, 0);
}

NTSTATUS RtlUnicodeStringCatString(PUNICODE_STRING Destination, NTSTRSAFE_PCWSTR Source)
{
    if (!is_consistent(Destination))
        return STATUS_INVALID_PARAMETER;
    return place_counted(Destination, Destination->Length / sizeof(WCHAR), Source,
                         wide_length(Source, NTSTRSAFE_UNICODE_STRING_MAX_CCH));
}

NTSTATUS RtlUnicodeStringCat(PUNICODE_STRING Destination, PCUNICODE_STRING Source)
{
    if (!is_consistent(Destination) || !is_consistent(Source))
        return STATUS_INVALID_PARAMETER;
    return place_counted(Destination, Destination->Length / sizeof(WCHAR), Source->Buffer,
                         Source->Length / sizeof(WCHAR));
}

NTSTATUS RtlUnicodeStringVPrintf(PUNICODE_STRING Destination, NTSTRSAFE_PCWSTR Format,
                                 va_list Arguments)
{
    if (!is_consistent(Destination))
        return STATUS_INVALID_PARAMETER;
    struct destination destination = counted(Destination);
    size_t end = 0;
    NTSTATUS status = format_wide(&destination, Format, Arguments, &end);
    Destination->Length = (USHORT)(end * sizeof(WCHAR));
    return status;
}
