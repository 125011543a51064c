/* Counted strings: the Rtl routines over UNICODE_STRING and ANSI_STRING. Lengths in them are
 * bytes. */
#include <string.h>

#include <wdm.h>

#include "nt/utf.h"

VOID RtlInitUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString)
{
    size_t units = 0;

    /* What is too long for the 16 bits of MaximumLength is cut, with room for the zero. */
    if (SourceString != NULL)
        units = utf16_length(SourceString, UNICODE_STRING_MAX_CHARS - 1);
    DestinationString->Buffer = (PWCH)SourceString;
    DestinationString->Length = (USHORT)(units * sizeof(WCHAR));
    DestinationString->MaximumLength =
        SourceString == NULL ? 0 : (USHORT)((units + 1) * sizeof(WCHAR));
}

VOID RtlInitAnsiString(PANSI_STRING DestinationString, PCSZ SourceString)
{
    size_t length = SourceString == NULL ? 0 : strnlen(SourceString, MAXUSHORT - 1);

    DestinationString->Buffer = (PCHAR)SourceString;
    DestinationString->Length = (USHORT)length;
    DestinationString->MaximumLength = SourceString == NULL ? 0 : (USHORT)(length + 1);
}

/* Writes a zero behind the text if the buffer has room for it. */
static void terminate_if_room(PUNICODE_STRING string)
{
    if ((size_t)string->Length + sizeof(WCHAR) <= string->MaximumLength)
        string->Buffer[string->Length / sizeof(WCHAR)] = UNICODE_NULL;
}

VOID RtlCopyUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString)
{
    USHORT length = 0;

    if (SourceString != NULL)
        length = min(SourceString->Length, DestinationString->MaximumLength);
    if (length > 0)
        memmove(DestinationString->Buffer, SourceString->Buffer, length);
    DestinationString->Length = length;
    terminate_if_room(DestinationString);
}

static NTSTATUS append(PUNICODE_STRING destination, const WCHAR *text, size_t length)
{
    if (length == 0)
        return STATUS_SUCCESS;
    if (destination->Length + length > destination->MaximumLength)
        return STATUS_BUFFER_TOO_SMALL;
    memmove((PUCHAR)destination->Buffer + destination->Length, text, length);
    destination->Length = (USHORT)(destination->Length + length);
    terminate_if_room(destination);
    return STATUS_SUCCESS;
}

NTSTATUS RtlAppendUnicodeStringToString(PUNICODE_STRING Destination, PCUNICODE_STRING Source)
{
    return append(Destination, Source->Buffer, Source->Length);
}

NTSTATUS RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source)
{
    if (Source == NULL)
        return STATUS_SUCCESS;
    return append(Destination, Source,
                  utf16_length(Source, UNICODE_STRING_MAX_CHARS) * sizeof(WCHAR));
}

/* The capital of a letter of ASCII, Latin-1, Greek or Cyrillic; anything else is its own. */
WCHAR RtlUpcaseUnicodeChar(WCHAR SourceCharacter)
{
    if (SourceCharacter >= 'a' && SourceCharacter <= 'z')
        return SourceCharacter - 0x20;
    if ((SourceCharacter >= 0xe0 && SourceCharacter <= 0xfe && SourceCharacter != 0xf7) ||
        (SourceCharacter >= 0x3b1 && SourceCharacter <= 0x3cb && SourceCharacter != 0x3c2) ||
        (SourceCharacter >= 0x430 && SourceCharacter <= 0x44f))
        return SourceCharacter - 0x20;
    if (SourceCharacter == 0xff)
        return 0x178;
    if (SourceCharacter >= 0x450 && SourceCharacter <= 0x45f)
        return SourceCharacter - 0x50;
    return SourceCharacter;
}

WCHAR RtlDowncaseUnicodeChar(WCHAR SourceCharacter)
{
    if (SourceCharacter == 0x178)
        return 0xff;
    if (RtlUpcaseUnicodeChar(SourceCharacter + 0x20) == SourceCharacter)
        return SourceCharacter + 0x20;
    if (RtlUpcaseUnicodeChar(SourceCharacter + 0x50) == SourceCharacter)
        return SourceCharacter + 0x50;
    return SourceCharacter;
}

LONG RtlCompareUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                             BOOLEAN CaseInSensitive)
{
    size_t common = min(String1->Length, String2->Length) / sizeof(WCHAR);

    for (size_t i = 0; i < common; i++) {
        LONG first =
            CaseInSensitive ? RtlUpcaseUnicodeChar(String1->Buffer[i]) : String1->Buffer[i];
        LONG second =
            CaseInSensitive ? RtlUpcaseUnicodeChar(String2->Buffer[i]) : String2->Buffer[i];
        if (first != second)
            return first - second;
    }
    return (LONG)String1->Length - (LONG)String2->Length;
}

BOOLEAN RtlEqualUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                              BOOLEAN CaseInSensitive)
{
    return String1->Length == String2->Length &&
           RtlCompareUnicodeString(String1, String2, CaseInSensitive) == 0;
}
