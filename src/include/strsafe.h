/*
 * The string functions of <ntstrsafe.h> as user-mode drivers call them: without Rtl, and with an
 * HRESULT. Source of names and behaviour: Win32 documentation.
 */
#ifndef STRSAFE_H
#define STRSAFE_H

#include <ntstrsafe.h>
#include <windows.h>

EXTERN_C_START

#define STRSAFE_MAX_CCH               NTSTRSAFE_MAX_CCH
#define STRSAFE_E_INSUFFICIENT_BUFFER ((HRESULT)0x8007007A)
#define STRSAFE_E_INVALID_PARAMETER   ((HRESULT)0x80070057)

typedef NTSTRSAFE_PSTR STRSAFE_LPSTR;
typedef NTSTRSAFE_PCSTR STRSAFE_LPCSTR;
typedef NTSTRSAFE_PWSTR STRSAFE_LPWSTR;
typedef NTSTRSAFE_PCWSTR STRSAFE_LPCWSTR;

/* Not to be called by drivers. */
FORCEINLINE HRESULT strsafe_result(NTSTATUS Status)
{
    switch (Status) {
    case STATUS_SUCCESS:
        return S_OK;
    case STATUS_BUFFER_OVERFLOW:
        return STRSAFE_E_INSUFFICIENT_BUFFER;
    case STATUS_INSUFFICIENT_RESOURCES:
        return E_OUTOFMEMORY;
    default:
        return STRSAFE_E_INVALID_PARAMETER;
    }
}

/* One character type's functions, by Cch or Cb. */
#define STRSAFE_FUNCTIONS(_count, _width, _string, _constant)                                      \
    FORCEINLINE HRESULT String##_count##Copy##_width(_string Destination, size_t Size,             \
                                                     _constant Source)                             \
    {                                                                                              \
        return strsafe_result(RtlString##_count##Copy##_width(Destination, Size, Source));         \
    }                                                                                              \
    FORCEINLINE HRESULT String##_count##CopyN##_width(_string Destination, size_t Size,            \
                                                      _constant Source, size_t Length)             \
    {                                                                                              \
        return strsafe_result(                                                                     \
            RtlString##_count##CopyN##_width(Destination, Size, Source, Length));                  \
    }                                                                                              \
    FORCEINLINE HRESULT String##_count##Cat##_width(_string Destination, size_t Size,              \
                                                    _constant Source)                              \
    {                                                                                              \
        return strsafe_result(RtlString##_count##Cat##_width(Destination, Size, Source));          \
    }                                                                                              \
    FORCEINLINE HRESULT String##_count##CatN##_width(_string Destination, size_t Size,             \
                                                     _constant Source, size_t Length)              \
    {                                                                                              \
        return strsafe_result(RtlString##_count##CatN##_width(Destination, Size, Source, Length)); \
    }                                                                                              \
    FORCEINLINE HRESULT String##_count##Length##_width(_constant Text, size_t Maximum,             \
                                                       size_t *Length)                             \
    {                                                                                              \
        return strsafe_result(RtlString##_count##Length##_width(Text, Maximum, Length));           \
    }                                                                                              \
    FORCEINLINE HRESULT String##_count##VPrintf##_width(_string Destination, size_t Size,          \
                                                        _constant Format, va_list Arguments)       \
    {                                                                                              \
        return strsafe_result(                                                                     \
            RtlString##_count##VPrintf##_width(Destination, Size, Format, Arguments));             \
    }                                                                                              \
    FORCEINLINE HRESULT String##_count##Printf##_width(_string Destination, size_t Size,           \
                                                       _constant Format, ...)                      \
    {                                                                                              \
        va_list arguments;                                                                         \
        va_start(arguments, Format);                                                               \
        HRESULT result = String##_count##VPrintf##_width(Destination, Size, Format, arguments);    \
        va_end(arguments);                                                                         \
        return result;                                                                             \
    }

STRSAFE_FUNCTIONS(Cch, A, STRSAFE_LPSTR, STRSAFE_LPCSTR)
STRSAFE_FUNCTIONS(Cch, W, STRSAFE_LPWSTR, STRSAFE_LPCWSTR)
STRSAFE_FUNCTIONS(Cb, A, STRSAFE_LPSTR, STRSAFE_LPCSTR)
STRSAFE_FUNCTIONS(Cb, W, STRSAFE_LPWSTR, STRSAFE_LPCWSTR)

#ifdef UNICODE
#define STRSAFE_NAME(_name) _name##W
#else
#define STRSAFE_NAME(_name) _name##A
#endif
#define StringCchCopy    STRSAFE_NAME(StringCchCopy)
#define StringCchCopyN   STRSAFE_NAME(StringCchCopyN)
#define StringCchCat     STRSAFE_NAME(StringCchCat)
#define StringCchCatN    STRSAFE_NAME(StringCchCatN)
#define StringCchLength  STRSAFE_NAME(StringCchLength)
#define StringCchVPrintf STRSAFE_NAME(StringCchVPrintf)
#define StringCchPrintf  STRSAFE_NAME(StringCchPrintf)
#define StringCbCopy     STRSAFE_NAME(StringCbCopy)
#define StringCbCopyN    STRSAFE_NAME(StringCbCopyN)
#define StringCbCat      STRSAFE_NAME(StringCbCat)
#define StringCbCatN     STRSAFE_NAME(StringCbCatN)
#define StringCbLength   STRSAFE_NAME(StringCbLength)
#define StringCbVPrintf  STRSAFE_NAME(StringCbVPrintf)
#define StringCbPrintf   STRSAFE_NAME(StringCbPrintf)

EXTERN_C_END

#endif
