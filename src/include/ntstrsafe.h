/*
 * String functions that know the size of their buffer. Whatever fits is written, the result always
 * ends with a zero, and text that was cut is STATUS_BUFFER_OVERFLOW. Cch functions count
 * characters, Cb functions bytes, in both cases of the whole buffer with its zero. Source of names
 * and behaviour: WDK documentation.
 *
 * What holds for all of them: STATUS_INVALID_PARAMETER for a size of 0 or above NTSTRSAFE_MAX_CCH
 * characters, then nothing is written. Formats are Microsoft's, see DbgPrint; in a wide one %s and
 * %c are wide too. IRQL: any here (WDK: PASSIVE_LEVEL).
 */
#ifndef NTSTRSAFE_H
#define NTSTRSAFE_H

#include <stdarg.h>

#include <wdm.h>

EXTERN_C_START

typedef CHAR *NTSTRSAFE_PSTR;
typedef const CHAR *NTSTRSAFE_PCSTR;
typedef WCHAR *NTSTRSAFE_PWSTR;
typedef const WCHAR *NTSTRSAFE_PCWSTR;

#define NTSTRSAFE_MAX_CCH                2147483647
#define NTSTRSAFE_MAX_LENGTH             (NTSTRSAFE_MAX_CCH - 1)
#define NTSTRSAFE_UNICODE_STRING_MAX_CCH (0xffff / sizeof(WCHAR))

/* RtlStringCchCopy: copies Source. */
NTSTATUS RtlStringCchCopyA(NTSTRSAFE_PSTR Destination, SIZE_T DestinationSize,
                           NTSTRSAFE_PCSTR Source);
NTSTATUS RtlStringCchCopyW(NTSTRSAFE_PWSTR Destination, SIZE_T DestinationSize,
                           NTSTRSAFE_PCWSTR Source);

/* RtlStringCchCopyN: copies at most Length characters of Source. */
NTSTATUS RtlStringCchCopyNA(NTSTRSAFE_PSTR Destination, SIZE_T DestinationSize,
                            NTSTRSAFE_PCSTR Source, SIZE_T Length);
NTSTATUS RtlStringCchCopyNW(NTSTRSAFE_PWSTR Destination, SIZE_T DestinationSize,
                            NTSTRSAFE_PCWSTR Source, SIZE_T Length);

/* RtlStringCchCat: appends Source. STATUS_INVALID_PARAMETER also if Destination has no zero. */
NTSTATUS RtlStringCchCatA(NTSTRSAFE_PSTR Destination, SIZE_T DestinationSize,
                          NTSTRSAFE_PCSTR Source);
NTSTATUS RtlStringCchCatW(NTSTRSAFE_PWSTR Destination, SIZE_T DestinationSize,
                          NTSTRSAFE_PCWSTR Source);

/* RtlStringCchCatN: appends at most Length characters of Source. */
NTSTATUS RtlStringCchCatNA(NTSTRSAFE_PSTR Destination, SIZE_T DestinationSize,
                           NTSTRSAFE_PCSTR Source, SIZE_T Length);
NTSTATUS RtlStringCchCatNW(NTSTRSAFE_PWSTR Destination, SIZE_T DestinationSize,
                           NTSTRSAFE_PCWSTR Source, SIZE_T Length);

/*
 * RtlStringCchLength: the characters before the zero.
 *   Length  optional; 0 on failure.
 * STATUS_INVALID_PARAMETER also for NULL, or without a zero among the first MaximumLength
 * characters.
 */
NTSTATUS RtlStringCchLengthA(NTSTRSAFE_PCSTR String, SIZE_T MaximumLength, SIZE_T *Length);
NTSTATUS RtlStringCchLengthW(NTSTRSAFE_PCWSTR String, SIZE_T MaximumLength, SIZE_T *Length);

/* RtlStringCchVPrintf: formatted text. The wide one may also return
 * STATUS_INSUFFICIENT_RESOURCES. */
NTSTATUS RtlStringCchVPrintfA(NTSTRSAFE_PSTR Destination, SIZE_T DestinationSize,
                              NTSTRSAFE_PCSTR Format, va_list Arguments);
NTSTATUS RtlStringCchVPrintfW(NTSTRSAFE_PWSTR Destination, SIZE_T DestinationSize,
                              NTSTRSAFE_PCWSTR Format, va_list Arguments);

FORCEINLINE NTSTATUS RtlStringCchPrintfA(NTSTRSAFE_PSTR Destination, SIZE_T DestinationSize,
                                         NTSTRSAFE_PCSTR Format, ...)
{
    va_list arguments;
    va_start(arguments, Format);
    NTSTATUS status = RtlStringCchVPrintfA(Destination, DestinationSize, Format, arguments);
    va_end(arguments);
    return status;
}

FORCEINLINE NTSTATUS RtlStringCchPrintfW(NTSTRSAFE_PWSTR Destination, SIZE_T DestinationSize,
                                         NTSTRSAFE_PCWSTR Format, ...)
{
    va_list arguments;
    va_start(arguments, Format);
    NTSTATUS status = RtlStringCchVPrintfW(Destination, DestinationSize, Format, arguments);
    va_end(arguments);
    return status;
}

/* The same by bytes; half a character at the end of a wide buffer is not used. */

FORCEINLINE NTSTATUS RtlStringCbCopyA(NTSTRSAFE_PSTR Destination, SIZE_T DestinationSize,
                                      NTSTRSAFE_PCSTR Source)
{
    return RtlStringCchCopyA(Destination, DestinationSize, Source);
}

FORCEINLINE NTSTATUS RtlStringCbCopyW(NTSTRSAFE_PWSTR Destination, SIZE_T DestinationSize,
                                      NTSTRSAFE_PCWSTR Source)
{
    return RtlStringCchCopyW(Destination, DestinationSize / sizeof(WCHAR), Source);
}

FORCEINLINE NTSTATUS RtlStringCbCopyNA(NTSTRSAFE_PSTR Destination, SIZE_T DestinationSize,
                                       NTSTRSAFE_PCSTR Source, SIZE_T Length)
{
    return RtlStringCchCopyNA(Destination, DestinationSize, Source, Length);
}

FORCEINLINE NTSTATUS RtlStringCbCopyNW(NTSTRSAFE_PWSTR Destination, SIZE_T DestinationSize,
                                       NTSTRSAFE_PCWSTR Source, SIZE_T Length)
{
    return RtlStringCchCopyNW(Destination, DestinationSize / sizeof(WCHAR), Source,
                              Length / sizeof(WCHAR));
}

FORCEINLINE NTSTATUS RtlStringCbCatA(NTSTRSAFE_PSTR Destination, SIZE_T DestinationSize,
                                     NTSTRSAFE_PCSTR Source)
{
    return RtlStringCchCatA(Destination, DestinationSize, Source);
}

FORCEINLINE NTSTATUS RtlStringCbCatW(NTSTRSAFE_PWSTR Destination, SIZE_T DestinationSize,
                                     NTSTRSAFE_PCWSTR Source)
{
    return RtlStringCchCatW(Destination, DestinationSize / sizeof(WCHAR), Source);
}

FORCEINLINE NTSTATUS RtlStringCbCatNA(NTSTRSAFE_PSTR Destination, SIZE_T DestinationSize,
                                      NTSTRSAFE_PCSTR Source, SIZE_T Length)
{
    return RtlStringCchCatNA(Destination, DestinationSize, Source, Length);
}

FORCEINLINE NTSTATUS RtlStringCbCatNW(NTSTRSAFE_PWSTR Destination, SIZE_T DestinationSize,
                                      NTSTRSAFE_PCWSTR Source, SIZE_T Length)
{
    return RtlStringCchCatNW(Destination, DestinationSize / sizeof(WCHAR), Source,
                             Length / sizeof(WCHAR));
}

FORCEINLINE NTSTATUS RtlStringCbLengthA(NTSTRSAFE_PCSTR String, SIZE_T MaximumLength,
                                        SIZE_T *Length)
{
    return RtlStringCchLengthA(String, MaximumLength, Length);
}

FORCEINLINE NTSTATUS RtlStringCbLengthW(NTSTRSAFE_PCWSTR String, SIZE_T MaximumLength,
                                        SIZE_T *Length)
{
    NTSTATUS status = RtlStringCchLengthW(String, MaximumLength / sizeof(WCHAR), Length);
    if (Length != NULL)
        *Length *= sizeof(WCHAR);
    return status;
}

FORCEINLINE NTSTATUS RtlStringCbVPrintfA(NTSTRSAFE_PSTR Destination, SIZE_T DestinationSize,
                                         NTSTRSAFE_PCSTR Format, va_list Arguments)
{
    return RtlStringCchVPrintfA(Destination, DestinationSize, Format, Arguments);
}

FORCEINLINE NTSTATUS RtlStringCbVPrintfW(NTSTRSAFE_PWSTR Destination, SIZE_T DestinationSize,
                                         NTSTRSAFE_PCWSTR Format, va_list Arguments)
{
    return RtlStringCchVPrintfW(Destination, DestinationSize / sizeof(WCHAR), Format, Arguments);
}

FORCEINLINE NTSTATUS RtlStringCbPrintfA(NTSTRSAFE_PSTR Destination, SIZE_T DestinationSize,
                                        NTSTRSAFE_PCSTR Format, ...)
{
    va_list arguments;
    va_start(arguments, Format);
    NTSTATUS status = RtlStringCbVPrintfA(Destination, DestinationSize, Format, arguments);
    va_end(arguments);
    return status;
}

FORCEINLINE NTSTATUS RtlStringCbPrintfW(NTSTRSAFE_PWSTR Destination, SIZE_T DestinationSize,
                                        NTSTRSAFE_PCWSTR Format, ...)
{
    va_list arguments;
    va_start(arguments, Format);
    NTSTATUS status = RtlStringCbVPrintfW(Destination, DestinationSize, Format, arguments);
    va_end(arguments);
    return status;
}

/*
 * Counted strings: no zero is written. All of them: STATUS_INVALID_PARAMETER for a string that
 * contradicts itself (an odd length, a length above the maximum, a length without a buffer),
 * STATUS_BUFFER_OVERFLOW for text that was cut.
 */

/* RtlUnicodeStringInit: as RtlInitUnicodeString, but refuses a Source that is too long. */
NTSTATUS RtlUnicodeStringInit(PUNICODE_STRING Destination, NTSTRSAFE_PCWSTR Source);

NTSTATUS RtlUnicodeStringCopyString(PUNICODE_STRING Destination, NTSTRSAFE_PCWSTR Source);
NTSTATUS RtlUnicodeStringCopy(PUNICODE_STRING Destination, PCUNICODE_STRING Source);
NTSTATUS RtlUnicodeStringCatString(PUNICODE_STRING Destination, NTSTRSAFE_PCWSTR Source);
NTSTATUS RtlUnicodeStringCat(PUNICODE_STRING Destination, PCUNICODE_STRING Source);
NTSTATUS RtlUnicodeStringVPrintf(PUNICODE_STRING Destination, NTSTRSAFE_PCWSTR Format,
                                 va_list Arguments);

FORCEINLINE NTSTATUS RtlUnicodeStringPrintf(PUNICODE_STRING Destination, NTSTRSAFE_PCWSTR Format,
                                            ...)
{
    va_list arguments;
    va_start(arguments, Format);
    NTSTATUS status = RtlUnicodeStringVPrintf(Destination, Format, arguments);
    va_end(arguments);
    return status;
}

EXTERN_C_END

#endif
