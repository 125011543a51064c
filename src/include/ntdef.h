/*
 * The basic types and macros of NT, for LP64: LONG and ULONG are 32 bits, ULONG_PTR is as wide as a
 * pointer, and WCHAR is 16 bits. Source: WDK documentation.
 */
#ifndef NTDEF_H
#define NTDEF_H

#if defined(__cplusplus) && __cplusplus < 201103L
#error "wdfuse needs C++11 or later: compile with -std=gnu++11, or without -std"
#endif
#if __SIZEOF_WCHAR_T__ != 2
#error "WCHAR must be 16 bits wide: compile with -fshort-wchar (pkg-config --cflags wdfuse)"
#endif
#if __SIZEOF_POINTER__ != 8
#error "wdfuse supports 64-bit targets only"
#endif

#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

#include <guiddef.h>
#include <sal.h>

/* Words of Microsoft's compiler that change nothing here. */
#define NTAPI
#define NTAPI_INLINE
#define WINAPI
#define APIENTRY
#define CALLBACK
#define STDCALL
#define FASTCALL
#define NTSYSAPI
#define NTKERNELAPI
#define NTHALAPI
#define DECLSPEC_IMPORT
#define DECLSPEC_EXPORT
#define DECLSPEC_NOVTABLE
#define DECLSPEC_SELECTANY  __attribute__((weak))
#define DECLSPEC_NOINLINE   __attribute__((noinline))
#define DECLSPEC_NORETURN   __attribute__((noreturn))
#define DECLSPEC_ALIGN(x)   __attribute__((aligned(x)))
#define DECLSPEC_CACHEALIGN DECLSPEC_ALIGN(64)
#define POINTER_ALIGNMENT   DECLSPEC_ALIGN(8)
#ifndef __pragma
#define __pragma(x)
#endif
#define __cdecl
#define __stdcall
#define __fastcall
#define __unaligned
#define UNALIGNED
#define RESTRICTED_POINTER __restrict
#ifdef __cplusplus
#define EXTERN_C       extern "C"
#define EXTERN_C_START extern "C" {
#define EXTERN_C_END   }
#else
#define EXTERN_C extern
#define EXTERN_C_START
#define EXTERN_C_END
#endif
/* What __declspec says, if it means anything here; the compiler stops at a word that is not
 * known. */
#undef __declspec
#define __declspec(word) wdfuse_declspec_##word
#define wdfuse_declspec_align(x)   __attribute__((aligned(x)))
#define wdfuse_declspec_noinline   __attribute__((noinline))
#define wdfuse_declspec_noreturn   __attribute__((noreturn))
#define wdfuse_declspec_selectany  __attribute__((weak))
#define wdfuse_declspec_dllexport  __attribute__((visibility("default")))
#define wdfuse_declspec_deprecated __attribute__((deprecated))
#define wdfuse_declspec_allocator  __attribute__((malloc))
#define wdfuse_declspec_
#define wdfuse_declspec_dllimport
#define wdfuse_declspec_novtable
#define wdfuse_declspec_naked
#define wdfuse_declspec_nothrow
#define wdfuse_declspec_noalias
#define wdfuse_declspec_restrict
#define wdfuse_declspec_thread
#define wdfuse_declspec_safebuffers
#define wdfuse_declspec_empty_bases
#define wdfuse_declspec_jitintrinsic
#define wdfuse_declspec_process
#define wdfuse_declspec_uuid(...)
#define wdfuse_declspec_allocate(...)
#define wdfuse_declspec_code_seg(...)
#define wdfuse_declspec_property(...)
#define wdfuse_declspec_no_sanitize_address(...)
#define wdfuse_declspec_spectre(...)
#define wdfuse_declspec_guard(...)

/* Structured exceptions: an error that says so. C++'s own library has a __try. */
#define WDFUSE_NO_EXCEPTIONS                                                                       \
    _Pragma("GCC error \"there are no structured exceptions: see __try in docs/porting.md\"")
#ifndef __cplusplus
#define __try WDFUSE_NO_EXCEPTIONS
#endif
#define __except (filter) WDFUSE_NO_EXCEPTIONS
#define __finally WDFUSE_NO_EXCEPTIONS
#define __leave WDFUSE_NO_EXCEPTIONS

#define __forceinline static inline __attribute__((unused))
#define FORCEINLINE  static inline __attribute__((unused))
#define CFORCEINLINE FORCEINLINE

#define IN
#define OUT
#define OPTIONAL
#define CRITICAL
#define CONST const
#define VOID  void

#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif

/* Integers. */
typedef void *PVOID;
typedef char CHAR;
typedef char CCHAR;
typedef signed char SCHAR;
typedef unsigned char UCHAR;
typedef short SHORT;
typedef short CSHORT;
typedef unsigned short USHORT;
typedef int INT;
typedef unsigned int UINT;
typedef int LONG;
typedef unsigned int ULONG;
typedef int LONG32;
typedef unsigned int ULONG32;
typedef unsigned int DWORD32;
typedef long long LONGLONG;
typedef unsigned long long ULONGLONG;
typedef long long LONG64;
typedef unsigned long long ULONG64;
typedef unsigned long long DWORD64;
typedef signed char INT8;
typedef unsigned char UINT8;
typedef short INT16;
typedef unsigned short UINT16;
typedef int INT32;
typedef unsigned int UINT32;
typedef long long INT64;
typedef unsigned long long UINT64;
typedef intptr_t INT_PTR;
typedef uintptr_t UINT_PTR;
typedef intptr_t LONG_PTR;
typedef uintptr_t ULONG_PTR;
typedef uintptr_t DWORD_PTR;
typedef ULONG_PTR SIZE_T;
typedef LONG_PTR SSIZE_T;
typedef ULONG_PTR KAFFINITY;
typedef UCHAR BOOLEAN;
typedef ULONG LOGICAL;
typedef ULONG LCID;
typedef LONGLONG USN;

typedef CHAR *PCHAR;
typedef CHAR *PCH;
typedef CHAR *LPCH;
typedef const CHAR *PCCH;
typedef const CHAR *LPCCH;
typedef CHAR *PSTR;
typedef CHAR *LPSTR;
typedef CHAR *PSZ;
typedef CHAR *NPSTR;
typedef const CHAR *PCSTR;
typedef const CHAR *LPCSTR;
typedef const CHAR *PCSZ;
typedef SCHAR *PSCHAR;
typedef UCHAR *PUCHAR;
typedef SHORT *PSHORT;
typedef USHORT *PUSHORT;
typedef INT *PINT;
typedef UINT *PUINT;
typedef LONG *PLONG;
typedef ULONG *PULONG;
typedef LONG *PLONG32;
typedef ULONG *PULONG32;
typedef LONGLONG *PLONGLONG;
typedef ULONGLONG *PULONGLONG;
typedef LONG64 *PLONG64;
typedef ULONG64 *PULONG64;
typedef UINT8 *PUINT8;
typedef UINT16 *PUINT16;
typedef UINT32 *PUINT32;
typedef UINT64 *PUINT64;
typedef LONG_PTR *PLONG_PTR;
typedef ULONG_PTR *PULONG_PTR;
typedef SIZE_T *PSIZE_T;
typedef SSIZE_T *PSSIZE_T;
typedef BOOLEAN *PBOOLEAN;
typedef const UCHAR *PCUCHAR;
typedef const USHORT *PCUSHORT;
typedef const ULONG *PCULONG;
typedef const VOID *PCVOID;

#define MINCHAR      0x80
#define MAXCHAR      0x7f
#define MINSHORT     0x8000
#define MAXSHORT     0x7fff
#define MINLONG      0x80000000
#define MAXLONG      0x7fffffff
#define MAXUCHAR     0xff
#define MAXUSHORT    0xffff
#define MAXULONG     0xffffffff
#define MAXLONGLONG  0x7fffffffffffffffLL
#define MAXULONGLONG (~(ULONGLONG)0)
#define MAXULONG_PTR (~(ULONG_PTR)0)
#define MAXSIZE_T    (~(SIZE_T)0)

/* Wide characters. */
typedef wchar_t WCHAR;
typedef WCHAR *PWCHAR;
typedef WCHAR *PWCH;
typedef WCHAR *LPWCH;
typedef const WCHAR *PCWCH;
typedef const WCHAR *LPCWCH;
typedef WCHAR *PWSTR;
typedef WCHAR *LPWSTR;
typedef WCHAR *NWPSTR;
typedef PWSTR *PZPWSTR;
typedef const WCHAR *PCWSTR;
typedef const WCHAR *LPCWSTR;
typedef const WCHAR *PCWCHAR;
typedef const WCHAR *PCNZWCH;
typedef const WCHAR *PCZZWSTR;
typedef WCHAR *PZZWSTR;

#define ANSI_NULL    ((CHAR)0)
#define UNICODE_NULL ((WCHAR)0)

/*
 * Handles. Each type made here is a pointer of its own, so that the compiler tells them apart; with
 * NO_STRICT they are all HANDLE, for sources that mix them. Binaries of either kind go together.
 */
typedef void *HANDLE;
typedef HANDLE *PHANDLE;
#ifdef NO_STRICT
#define DECLARE_HANDLE(name) typedef HANDLE name
#else
#define DECLARE_HANDLE(name) typedef struct name##__ *name
#endif

/* Statuses: bits 31-30 are the severity. The values stand in <ntstatus.h>, the errno of each in
 * docs. */
typedef LONG NTSTATUS;
/* Of functions of Win32 and COM, which drivers of both kinds share sources with. */
typedef LONG HRESULT;
typedef NTSTATUS *PNTSTATUS;

#define NT_SUCCESS(status)     (((NTSTATUS)(status)) >= 0)
#define NT_INFORMATION(status) ((((ULONG)(status)) >> 30) == 1)
#define NT_WARNING(status)     ((((ULONG)(status)) >> 30) == 2)
#define NT_ERROR(status)       ((((ULONG)(status)) >> 30) == 3)

/* 64-bit integers that a driver also reads in halves. */
typedef union _LARGE_INTEGER {
    struct {
        ULONG LowPart;
        LONG HighPart;
    };
    struct {
        ULONG LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef union _ULARGE_INTEGER {
    struct {
        ULONG LowPart;
        ULONG HighPart;
    };
    struct {
        ULONG LowPart;
        ULONG HighPart;
    } u;
    ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

typedef LARGE_INTEGER PHYSICAL_ADDRESS, *PPHYSICAL_ADDRESS;

typedef struct _LUID {
    ULONG LowPart;
    LONG HighPart;
} LUID, *PLUID;

/* Counted strings: Length and MaximumLength are in bytes; the text need not end with a zero. */
typedef struct _UNICODE_STRING {
    USHORT Length;
    USHORT MaximumLength;
    PWCH Buffer;
} UNICODE_STRING, *PUNICODE_STRING;
typedef const UNICODE_STRING *PCUNICODE_STRING;

typedef struct _STRING {
    USHORT Length;
    USHORT MaximumLength;
    PCHAR Buffer;
} STRING, *PSTRING, ANSI_STRING, *PANSI_STRING, OEM_STRING, *POEM_STRING, UTF8_STRING,
    *PUTF8_STRING;
typedef const STRING *PCSTRING;
typedef const ANSI_STRING *PCANSI_STRING;

#define UNICODE_STRING_MAX_BYTES ((USHORT)65534)
#define UNICODE_STRING_MAX_CHARS (32767)

/* Not to be used by drivers: the text of a constant string, which its structure does not call
 * const. */
#ifdef __cplusplus
extern "C++" {
template <typename Character> constexpr Character *wdfuse_constant_text(const Character *Text)
{
    return const_cast<Character *>(Text);
}
}
#else
#define wdfuse_constant_text(_text) ((void *)(_text))
#endif

/* Initialiser of a UNICODE_STRING or a STRING from a literal; the terminating zero is not counted
 * in Length. */
#define RTL_CONSTANT_STRING(s)                                                                     \
    {                                                                                              \
        sizeof(s) - sizeof((s)[0]), sizeof(s), wdfuse_constant_text(s)                             \
    }

#define DECLARE_CONST_UNICODE_STRING(name, literal)                                                \
    const WCHAR name##_buffer[] = literal;                                                         \
    const UNICODE_STRING name = {sizeof(literal) - sizeof(WCHAR), sizeof(literal),                 \
                                 (PWCH)name##_buffer}

#define DECLARE_GLOBAL_CONST_UNICODE_STRING(name, literal)                                         \
    extern const UNICODE_STRING name;                                                              \
    const UNICODE_STRING name = {sizeof(literal) - sizeof(WCHAR), sizeof(literal), (PWCH)(literal)}

/* size counts characters. The string starts empty. */
#define DECLARE_UNICODE_STRING_SIZE(name, size)                                                    \
    WCHAR name##_buffer[size];                                                                     \
    UNICODE_STRING name = {0, (size) * sizeof(WCHAR), name##_buffer}

/* Lists: a head and its entries form a ring. The operations are in <wdm.h>. */
typedef struct _LIST_ENTRY {
    struct _LIST_ENTRY *Flink;
    struct _LIST_ENTRY *Blink;
} LIST_ENTRY, *PLIST_ENTRY;

typedef struct _SINGLE_LIST_ENTRY {
    struct _SINGLE_LIST_ENTRY *Next;
} SINGLE_LIST_ENTRY, *PSINGLE_LIST_ENTRY;

#define CONTAINING_RECORD(address, type, field) ((type *)((PCHAR)(address)-offsetof(type, field)))

/* What Zw* calls are told about the object they open. */
typedef struct _OBJECT_ATTRIBUTES {
    ULONG Length;
    HANDLE RootDirectory;
    PUNICODE_STRING ObjectName;
    ULONG Attributes;
    PVOID SecurityDescriptor;
    PVOID SecurityQualityOfService;
} OBJECT_ATTRIBUTES, *POBJECT_ATTRIBUTES;
typedef const OBJECT_ATTRIBUTES *PCOBJECT_ATTRIBUTES;

#define OBJ_INHERIT            0x00000002L
#define OBJ_PERMANENT          0x00000010L
#define OBJ_EXCLUSIVE          0x00000020L
#define OBJ_CASE_INSENSITIVE   0x00000040L
#define OBJ_OPENIF             0x00000080L
#define OBJ_OPENLINK           0x00000100L
#define OBJ_KERNEL_HANDLE      0x00000200L
#define OBJ_FORCE_ACCESS_CHECK 0x00000400L

#define InitializeObjectAttributes(p, n, a, r, s)                                                  \
    do {                                                                                           \
        (p)->Length = sizeof(OBJECT_ATTRIBUTES);                                                   \
        (p)->RootDirectory = (r);                                                                  \
        (p)->Attributes = (a);                                                                     \
        (p)->ObjectName = (n);                                                                     \
        (p)->SecurityDescriptor = (s);                                                             \
        (p)->SecurityQualityOfService = NULL;                                                      \
    } while (0)

/* How pool blocks and the buffers of requests are aligned, in bytes. */
#define MEMORY_ALLOCATION_ALIGNMENT 16

/* Small tools. Offsets are LONG (signed) or ULONG (UFIELD_OFFSET), as in the WDK. */
#define FIELD_OFFSET(type, field)             ((LONG)offsetof(type, field))
#define UFIELD_OFFSET(type, field)            ((ULONG)offsetof(type, field))
#define RTL_FIELD_SIZE(type, field)           (sizeof(((type *)0)->field))
#define RTL_SIZEOF_THROUGH_FIELD(type, field) (offsetof(type, field) + RTL_FIELD_SIZE(type, field))
#define RTL_NUMBER_OF(array)                  (sizeof(array) / sizeof((array)[0]))
#ifndef ARRAYSIZE
#define ARRAYSIZE(array) RTL_NUMBER_OF(array)
#endif

/* As a declaration, anywhere: a build that breaks. */
#ifdef __cplusplus
#define C_ASSERT(expression) static_assert(expression, #expression)
#else
#define C_ASSERT(expression) _Static_assert(expression, #expression)
#endif

#define UNREFERENCED_PARAMETER(p)          ((void)(p))
#define DBG_UNREFERENCED_PARAMETER(p)      ((void)(p))
#define DBG_UNREFERENCED_LOCAL_VARIABLE(v) ((void)(v))

#define PtrToUlong(p)    ((ULONG)(ULONG_PTR)(p))
#define PtrToLong(p)     ((LONG)(LONG_PTR)(p))
#define PtrToUint(p)     ((UINT)(UINT_PTR)(p))
#define PtrToInt(p)      ((INT)(INT_PTR)(p))
#define UlongToPtr(u)    ((PVOID)(ULONG_PTR)(ULONG)(u))
#define LongToPtr(l)     ((PVOID)(LONG_PTR)(LONG)(l))
#define UlongToHandle(u) ((HANDLE)(ULONG_PTR)(ULONG)(u))
#define LongToHandle(l)  ((HANDLE)(LONG_PTR)(LONG)(l))
#define HandleToUlong(h) ((ULONG)(ULONG_PTR)(h))
#define HandleToLong(h)  ((LONG)(LONG_PTR)(h))

#define LOBYTE(w) ((UCHAR)((ULONG_PTR)(w)&0xff))
#define HIBYTE(w) ((UCHAR)(((ULONG_PTR)(w) >> 8) & 0xff))
#define LOWORD(l) ((USHORT)((ULONG_PTR)(l)&0xffff))
#define HIWORD(l) ((USHORT)(((ULONG_PTR)(l) >> 16) & 0xffff))

/*
 * The smaller and the larger of two. In C++ they are functions, for a macro would rename std::min;
 * they take two types as the macro does, and a number without a sign beside one with it.
 */
#ifndef NOMINMAX
#ifdef __cplusplus
#if !defined(min) && !defined(max)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-compare"
extern "C++" {
template <typename Left, typename Right>
constexpr auto min(Left a, Right b) -> decltype(a < b ? +a : +b)
{
    return a < b ? a : b;
}

template <typename Left, typename Right>
constexpr auto max(Left a, Right b) -> decltype(a > b ? +a : +b)
{
    return a > b ? a : b;
}
}
#pragma GCC diagnostic pop
#endif
#else
#ifndef min
#define min(a, b) (((a) < (b)) ? (a) : (b))
#endif
#ifndef max
#define max(a, b) (((a) > (b)) ? (a) : (b))
#endif
#endif
#endif

#endif
