/*
 * Wide text in a driver, whose characters have 16 bits: the functions of the C library take theirs
 * to have 32 and would read past the end. So its declarations are put out of the way here. Under
 * their names stand functions for 16 bits; a call of one that has none is an error of the compiler,
 * which says so. C++'s <cwchar> comes this way as well. A program whose characters have 32 bits
 * gets the C library's, as if this header were not there.
 */
#pragma GCC system_header

#if __SIZEOF_WCHAR_T__ != 2
#include_next <wchar.h>
#elif !defined(WDFUSE_WCHAR_H)
#define WDFUSE_WCHAR_H

#include <stdarg.h>
#include <stddef.h>

/* What there is for 16 bits. */
#define wcslen    wdfuse_libc_wcslen
#define wcsnlen   wdfuse_libc_wcsnlen
#define wcscpy    wdfuse_libc_wcscpy
#define wcsncpy   wdfuse_libc_wcsncpy
#define wcscat    wdfuse_libc_wcscat
#define wcsncat   wdfuse_libc_wcsncat
#define wcscmp    wdfuse_libc_wcscmp
#define wcsncmp   wdfuse_libc_wcsncmp
#define wcschr    wdfuse_libc_wcschr
#define wcsrchr   wdfuse_libc_wcsrchr
#define wcsstr    wdfuse_libc_wcsstr
#define wmemchr   wdfuse_libc_wmemchr
#define wmemcmp   wdfuse_libc_wmemcmp
#define wmemcpy   wdfuse_libc_wmemcpy
#define wmemmove  wdfuse_libc_wmemmove
#define wmemset   wdfuse_libc_wmemset
#define swprintf  wdfuse_libc_swprintf
#define vswprintf wdfuse_libc_vswprintf
#define towupper  wdfuse_libc_towupper
#define towlower  wdfuse_libc_towlower
#define iswdigit  wdfuse_libc_iswdigit
#define iswxdigit wdfuse_libc_iswxdigit
#define iswspace  wdfuse_libc_iswspace
#define iswcntrl  wdfuse_libc_iswcntrl
#define iswupper  wdfuse_libc_iswupper
#define iswlower  wdfuse_libc_iswlower

/* What there is not. */
#define WDFUSE_NO_WIDE                                                                             \
    __attribute__((error("the C library's wide characters have 32 bits, a driver's 16: see "       \
                         "docs/porting.md")))
#define wcscasecmp      WDFUSE_NO_WIDE wcscasecmp
#define wcsncasecmp     WDFUSE_NO_WIDE wcsncasecmp
#define wcscoll         WDFUSE_NO_WIDE wcscoll
#define wcsxfrm         WDFUSE_NO_WIDE wcsxfrm
#define wcsdup          WDFUSE_NO_WIDE wcsdup
#define wcschrnul       WDFUSE_NO_WIDE wcschrnul
#define wcscspn         WDFUSE_NO_WIDE wcscspn
#define wcsspn          WDFUSE_NO_WIDE wcsspn
#define wcspbrk         WDFUSE_NO_WIDE wcspbrk
#define wcstok          WDFUSE_NO_WIDE wcstok
#define wcswcs          WDFUSE_NO_WIDE wcswcs
#define wmempcpy        WDFUSE_NO_WIDE wmempcpy
#define mbrtowc         WDFUSE_NO_WIDE mbrtowc
#define wcrtomb         WDFUSE_NO_WIDE wcrtomb
#define mbsrtowcs       WDFUSE_NO_WIDE mbsrtowcs
#define wcsrtombs       WDFUSE_NO_WIDE wcsrtombs
#define mbsnrtowcs      WDFUSE_NO_WIDE mbsnrtowcs
#define wcsnrtombs      WDFUSE_NO_WIDE wcsnrtombs
#define wcswidth        WDFUSE_NO_WIDE wcswidth
#define wcstod          WDFUSE_NO_WIDE wcstod
#define wcstof          WDFUSE_NO_WIDE wcstof
#define wcstold         WDFUSE_NO_WIDE wcstold
#define wcstol          WDFUSE_NO_WIDE wcstol
#define wcstoul         WDFUSE_NO_WIDE wcstoul
#define wcstoll         WDFUSE_NO_WIDE wcstoll
#define wcstoull        WDFUSE_NO_WIDE wcstoull
#define wcstoq          WDFUSE_NO_WIDE wcstoq
#define wcstouq         WDFUSE_NO_WIDE wcstouq
#define wcpcpy          WDFUSE_NO_WIDE wcpcpy
#define wcpncpy         WDFUSE_NO_WIDE wcpncpy
#define open_wmemstream WDFUSE_NO_WIDE open_wmemstream
#define fwprintf        WDFUSE_NO_WIDE fwprintf
#define wprintf         WDFUSE_NO_WIDE wprintf
#define vfwprintf       WDFUSE_NO_WIDE vfwprintf
#define vwprintf        WDFUSE_NO_WIDE vwprintf
#define fwscanf         WDFUSE_NO_WIDE fwscanf
#define wscanf          WDFUSE_NO_WIDE wscanf
#define swscanf         WDFUSE_NO_WIDE swscanf
#define vfwscanf        WDFUSE_NO_WIDE vfwscanf
#define vwscanf         WDFUSE_NO_WIDE vwscanf
#define vswscanf        WDFUSE_NO_WIDE vswscanf
#define fgetws          WDFUSE_NO_WIDE fgetws
#define fputws          WDFUSE_NO_WIDE fputws
#define wcsftime        WDFUSE_NO_WIDE wcsftime
#define iswalpha        WDFUSE_NO_WIDE iswalpha
#define iswalnum        WDFUSE_NO_WIDE iswalnum
#define iswblank        WDFUSE_NO_WIDE iswblank
#define iswgraph        WDFUSE_NO_WIDE iswgraph
#define iswprint        WDFUSE_NO_WIDE iswprint
#define iswpunct        WDFUSE_NO_WIDE iswpunct
#define iswctype        WDFUSE_NO_WIDE iswctype
#define wctype          WDFUSE_NO_WIDE wctype
#define towctrans       WDFUSE_NO_WIDE towctrans
#define wctrans         WDFUSE_NO_WIDE wctrans

/* Neither its inline functions, which call each other, nor its checked ones. */
#include <stdint.h>
#pragma push_macro("__USE_EXTERN_INLINES")
#pragma push_macro("__fortify_function")
#undef __USE_EXTERN_INLINES
#undef __fortify_function
#include_next <wchar.h>
#include_next <wctype.h>
#pragma pop_macro("__fortify_function")
#pragma pop_macro("__USE_EXTERN_INLINES")

#undef wcslen
#undef wcsnlen
#undef wcscpy
#undef wcsncpy
#undef wcscat
#undef wcsncat
#undef wcscmp
#undef wcsncmp
#undef wcschr
#undef wcsrchr
#undef wcsstr
#undef wmemchr
#undef wmemcmp
#undef wmemcpy
#undef wmemmove
#undef wmemset
#undef swprintf
#undef vswprintf
#undef towupper
#undef towlower
#undef wcscasecmp
#undef wcsncasecmp
#undef wcscoll
#undef wcsxfrm
#undef wcsdup
#undef wcschrnul
#undef wcscspn
#undef wcsspn
#undef wcspbrk
#undef wcstok
#undef wcswcs
#undef wmempcpy
#undef mbrtowc
#undef wcrtomb
#undef mbsrtowcs
#undef wcsrtombs
#undef mbsnrtowcs
#undef wcsnrtombs
#undef wcswidth
#undef wcstod
#undef wcstof
#undef wcstold
#undef wcstol
#undef wcstoul
#undef wcstoll
#undef wcstoull
#undef wcstoq
#undef wcstouq
#undef wcpcpy
#undef wcpncpy
#undef open_wmemstream
#undef fwprintf
#undef wprintf
#undef vfwprintf
#undef vwprintf
#undef fwscanf
#undef wscanf
#undef swscanf
#undef vfwscanf
#undef vwscanf
#undef vswscanf
#undef fgetws
#undef fputws
#undef wcsftime
#undef iswdigit
#undef iswxdigit
#undef iswspace
#undef iswcntrl
#undef iswupper
#undef iswlower
#undef iswalpha
#undef iswalnum
#undef iswblank
#undef iswgraph
#undef iswprint
#undef iswpunct
#undef iswctype
#undef wctype
#undef towctrans
#undef wctrans

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The same for those of <stdlib.h> and <inttypes.h>, which may come before or after, with checked
 * forms that are inline. A compiler that refuses only what it generates (gcc before 12) does not
 * see the checked ones.
 */
#if defined(__clang__) || __GNUC__ >= 12
#define WDFUSE_NO_WIDE_ANY_MORE                                                                    \
    __attribute__((unavailable("the C library's wide characters have 32 bits, a driver's 16: see " \
                               "docs/porting.md")))
#else
#define WDFUSE_NO_WIDE_ANY_MORE WDFUSE_NO_WIDE
#endif
#ifdef __THROW
#define WDFUSE_THROW __THROW
#else
#define WDFUSE_THROW
#endif
extern WDFUSE_NO_WIDE_ANY_MORE int mbtowc(wchar_t *__restrict, const char *__restrict,
                                          size_t) WDFUSE_THROW;
extern WDFUSE_NO_WIDE_ANY_MORE int wctomb(char *, wchar_t) WDFUSE_THROW;
extern WDFUSE_NO_WIDE_ANY_MORE size_t mbstowcs(wchar_t *__restrict, const char *__restrict,
                                               size_t) WDFUSE_THROW;
extern WDFUSE_NO_WIDE_ANY_MORE size_t wcstombs(char *__restrict, const wchar_t *__restrict,
                                               size_t) WDFUSE_THROW;
extern WDFUSE_NO_WIDE_ANY_MORE intmax_t wcstoimax(const wchar_t *__restrict, wchar_t **__restrict,
                                                  int) WDFUSE_THROW;
extern WDFUSE_NO_WIDE_ANY_MORE uintmax_t wcstoumax(const wchar_t *__restrict, wchar_t **__restrict,
                                                   int) WDFUSE_THROW;

typedef int errno_t;

/* RtlUpcaseUnicodeChar, RtlDowncaseUnicodeChar: see <wdm.h>. */
wchar_t RtlUpcaseUnicodeChar(wchar_t SourceCharacter);
wchar_t RtlDowncaseUnicodeChar(wchar_t SourceCharacter);

/*
 * WdfuseWideFormat: text by Microsoft's formats (see DbgPrint; %s is wide), at most Count
 * characters of it, and a zero after it if there is room. Any level. Returns the characters of the
 * whole text; -1: no memory.
 */
int WdfuseWideFormat(wchar_t *Buffer, size_t Count, const wchar_t *Format, va_list Arguments);

#define WDFUSE_WIDE static inline __attribute__((unused))

WDFUSE_WIDE wint_t towupper(wint_t unit)
{
    return unit <= 0xffff ? RtlUpcaseUnicodeChar((wchar_t)unit) : unit;
}

WDFUSE_WIDE wint_t towlower(wint_t unit)
{
    return unit <= 0xffff ? RtlDowncaseUnicodeChar((wchar_t)unit) : unit;
}

/*
 * Kinds of characters, as far as they need no table of their own. Letters are those of which there
 * is another case: iswalpha and others, which know scripts without cases, are not there.
 */
WDFUSE_WIDE int iswdigit(wint_t unit)
{
    return unit >= '0' && unit <= '9';
}

WDFUSE_WIDE int iswxdigit(wint_t unit)
{
    return iswdigit(unit) || (unit >= 'A' && unit <= 'F') || (unit >= 'a' && unit <= 'f');
}

WDFUSE_WIDE int iswspace(wint_t unit)
{
    return (unit >= 9 && unit <= 13) || unit == ' ' || unit == 0x85 || unit == 0xa0 ||
           unit == 0x1680 || (unit >= 0x2000 && unit <= 0x200a) || unit == 0x2028 ||
           unit == 0x2029 || unit == 0x202f || unit == 0x205f || unit == 0x3000;
}

WDFUSE_WIDE int iswcntrl(wint_t unit)
{
    return unit < 0x20 || (unit >= 0x7f && unit < 0xa0);
}

WDFUSE_WIDE int iswupper(wint_t unit)
{
    return towlower(unit) != unit;
}

WDFUSE_WIDE int iswlower(wint_t unit)
{
    return towupper(unit) != unit;
}

WDFUSE_WIDE size_t wcsnlen(const wchar_t *text, size_t limit)
{
    size_t length = 0;
    while (length < limit && text[length] != 0)
        length++;
    return length;
}

WDFUSE_WIDE size_t wcslen(const wchar_t *text)
{
    return wcsnlen(text, (size_t)-1);
}

WDFUSE_WIDE wchar_t *wmemcpy(wchar_t *destination, const wchar_t *source, size_t count)
{
    return (wchar_t *)__builtin_memcpy(destination, source, count * sizeof(*source));
}

WDFUSE_WIDE wchar_t *wmemmove(wchar_t *destination, const wchar_t *source, size_t count)
{
    return (wchar_t *)__builtin_memmove(destination, source, count * sizeof(*source));
}

WDFUSE_WIDE wchar_t *wmemset(wchar_t *destination, wchar_t unit, size_t count)
{
    for (size_t i = 0; i < count; i++)
        destination[i] = unit;
    return destination;
}

WDFUSE_WIDE int wmemcmp(const wchar_t *left, const wchar_t *right, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (left[i] != right[i])
            return left[i] < right[i] ? -1 : 1;
    }
    return 0;
}

WDFUSE_WIDE wchar_t *wmemchr(const wchar_t *text, wchar_t unit, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (text[i] == unit)
            return (wchar_t *)text + i;
    }
    return NULL;
}

WDFUSE_WIDE wchar_t *wcscpy(wchar_t *destination, const wchar_t *source)
{
    return wmemcpy(destination, source, wcslen(source) + 1);
}

/* Zeros up to count; no zero if the source is as long. */
WDFUSE_WIDE wchar_t *wcsncpy(wchar_t *destination, const wchar_t *source, size_t count)
{
    size_t length = wcsnlen(source, count);
    wmemcpy(destination, source, length);
    wmemset(destination + length, 0, count - length);
    return destination;
}

WDFUSE_WIDE wchar_t *wcscat(wchar_t *destination, const wchar_t *source)
{
    wcscpy(destination + wcslen(destination), source);
    return destination;
}

WDFUSE_WIDE wchar_t *wcsncat(wchar_t *destination, const wchar_t *source, size_t count)
{
    wchar_t *end = destination + wcslen(destination);
    size_t length = wcsnlen(source, count);
    wmemcpy(end, source, length);
    end[length] = 0;
    return destination;
}

WDFUSE_WIDE int wcsncmp(const wchar_t *left, const wchar_t *right, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (left[i] != right[i])
            return left[i] < right[i] ? -1 : 1;
        if (left[i] == 0)
            break;
    }
    return 0;
}

WDFUSE_WIDE int wcscmp(const wchar_t *left, const wchar_t *right)
{
    return wcsncmp(left, right, (size_t)-1);
}

WDFUSE_WIDE int _wcsnicmp(const wchar_t *left, const wchar_t *right, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        wint_t first = towlower(left[i]);
        wint_t second = towlower(right[i]);
        if (first != second)
            return first < second ? -1 : 1;
        if (first == 0)
            break;
    }
    return 0;
}

WDFUSE_WIDE int _wcsicmp(const wchar_t *left, const wchar_t *right)
{
    return _wcsnicmp(left, right, (size_t)-1);
}

WDFUSE_WIDE wchar_t *wcschr(const wchar_t *text, wchar_t unit)
{
    return wmemchr(text, unit, wcslen(text) + 1);
}

WDFUSE_WIDE wchar_t *wcsrchr(const wchar_t *text, wchar_t unit)
{
    for (size_t i = wcslen(text) + 1; i > 0; i--) {
        if (text[i - 1] == unit)
            return (wchar_t *)text + i - 1;
    }
    return NULL;
}

WDFUSE_WIDE wchar_t *wcsstr(const wchar_t *text, const wchar_t *part)
{
    size_t length = wcslen(part);
    for (;; text++) {
        if (wcsncmp(text, part, length) == 0)
            return (wchar_t *)text;
        if (*text == 0)
            return NULL;
    }
}

/*
 * The safe forms: 0; 22 (EINVAL) for NULL or a size of 0; 34 (ERANGE) when the result with its zero
 * has no room, and then the destination is empty. Sizes are in characters.
 */
WDFUSE_WIDE errno_t wcsncat_s(wchar_t *destination, size_t size, const wchar_t *source,
                              size_t count)
{
    if (destination == NULL || size == 0)
        return 22;
    size_t length = wcsnlen(destination, size);
    if (source == NULL || length == size) {
        *destination = 0;
        return 22;
    }
    /* A source without an end is not read beyond what would have room. */
    size_t room = size - length;
    size_t added = wcsnlen(source, count < room ? count : room);
    if (added < room) {
        wmemcpy(destination + length, source, added);
        destination[length + added] = 0;
        return 0;
    }
    *destination = 0;
    return 34;
}

WDFUSE_WIDE errno_t wcscat_s(wchar_t *destination, size_t size, const wchar_t *source)
{
    return wcsncat_s(destination, size, source, (size_t)-1);
}

WDFUSE_WIDE errno_t wcsncpy_s(wchar_t *destination, size_t size, const wchar_t *source,
                              size_t count)
{
    if (destination != NULL && size > 0)
        *destination = 0;
    return wcsncat_s(destination, size, source, count);
}

WDFUSE_WIDE errno_t wcscpy_s(wchar_t *destination, size_t size, const wchar_t *source)
{
    return wcsncpy_s(destination, size, source, (size_t)-1);
}

/* Returns the characters written without the zero; -1, and the text cut to size, when they have no
 * room. */
WDFUSE_WIDE int vswprintf(wchar_t *buffer, size_t size, const wchar_t *format, va_list arguments)
{
    int length = WdfuseWideFormat(buffer, size, format, arguments);
    if (length >= 0 && (size_t)length < size)
        return length;
    if (size > 0)
        buffer[size - 1] = 0;
    return -1;
}

/* The same, but the buffer is empty then. */
WDFUSE_WIDE int vswprintf_s(wchar_t *buffer, size_t size, const wchar_t *format, va_list arguments)
{
    int length = vswprintf(buffer, size, format, arguments);
    if (length < 0 && size > 0)
        *buffer = 0;
    return length;
}

/* The same, but a text of exactly count characters is written whole, without a zero. */
WDFUSE_WIDE int _vsnwprintf(wchar_t *buffer, size_t count, const wchar_t *format, va_list arguments)
{
    int length = WdfuseWideFormat(buffer, count, format, arguments);
    return length >= 0 && (size_t)length <= count ? length : -1;
}

WDFUSE_WIDE int swprintf_s(wchar_t *buffer, size_t size, const wchar_t *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vswprintf_s(buffer, size, format, arguments);
    va_end(arguments);
    return length;
}

WDFUSE_WIDE int _snwprintf(wchar_t *buffer, size_t count, const wchar_t *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = _vsnwprintf(buffer, count, format, arguments);
    va_end(arguments);
    return length;
}

/* As in C; without a size where the source says so, as in the kernel of Windows. */
#ifdef _CRT_NON_CONFORMING_SWPRINTFS
WDFUSE_WIDE int swprintf(wchar_t *buffer, const wchar_t *format, ...)
#else
WDFUSE_WIDE int swprintf(wchar_t *buffer, size_t size, const wchar_t *format, ...)
#endif
{
#ifdef _CRT_NON_CONFORMING_SWPRINTFS
    const size_t size = 0x7fffffff;
#endif
    va_list arguments;
    va_start(arguments, format);
    int length = vswprintf(buffer, size, format, arguments);
    va_end(arguments);
    return length;
}

#ifdef __cplusplus
}

/* The size of an array. Within extern "C", too. */
extern "C++" {
template <size_t Size> errno_t wcscpy_s(wchar_t (&destination)[Size], const wchar_t *source)
{
    return wcscpy_s(destination, Size, source);
}

template <size_t Size> errno_t wcscat_s(wchar_t (&destination)[Size], const wchar_t *source)
{
    return wcscat_s(destination, Size, source);
}
}
#endif

#endif
