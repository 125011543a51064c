/*
 * What a driver for the user-mode framework takes from Windows beside <wdf.h>: the basic types,
 * memory, debug output and a few words about its thread. Source of names and behaviour: Win32
 * documentation.
 */
#ifndef WINDOWS_H
#define WINDOWS_H

#include <wdm.h>
#include <winioctl.h>

EXTERN_C_START

typedef HANDLE HMODULE, HINSTANCE;

/* Text in the width that UNICODE chooses. */
#ifdef UNICODE
typedef WCHAR TCHAR;
#define TEXT(_quote) L##_quote
#else
typedef CHAR TCHAR;
#define TEXT(_quote) _quote
#endif
typedef TCHAR *PTCHAR, *PTSTR, *LPTSTR;
typedef const TCHAR *PCTSTR, *LPCTSTR;

/* Results: negative is failure. */

#define S_OK           ((HRESULT)0x00000000)
#define S_FALSE        ((HRESULT)0x00000001)
#define E_NOTIMPL      ((HRESULT)0x80004001)
#define E_NOINTERFACE  ((HRESULT)0x80004002)
#define E_POINTER      ((HRESULT)0x80004003)
#define E_ABORT        ((HRESULT)0x80004004)
#define E_FAIL         ((HRESULT)0x80004005)
#define E_UNEXPECTED   ((HRESULT)0x8000FFFF)
#define E_ACCESSDENIED ((HRESULT)0x80070005)
#define E_HANDLE       ((HRESULT)0x80070006)
#define E_OUTOFMEMORY  ((HRESULT)0x8007000E)
#define E_INVALIDARG   ((HRESULT)0x80070057)

#define SUCCEEDED(_result)       (((HRESULT)(_result)) >= 0)
#define FAILED(_result)          (((HRESULT)(_result)) < 0)
#define HRESULT_FROM_NT(_status) ((HRESULT)((ULONG)(_status) | 0x10000000))
#define HRESULT_FROM_WIN32(_error)                                                                 \
    ((HRESULT)(_error) <= 0 ? (HRESULT)(_error) : (HRESULT)(((_error)&0xFFFF) | 0x80070000))

#define INFINITE 0xffffffff

/* What is done if a file is there, or is not. */
#define CREATE_NEW        1
#define CREATE_ALWAYS     2
#define OPEN_EXISTING     3
#define OPEN_ALWAYS       4
#define TRUNCATE_EXISTING 5

#define CopyMemory RtlCopyMemory
#define MoveMemory RtlMoveMemory
#define FillMemory RtlFillMemory
#define ZeroMemory RtlZeroMemory

/* The heap of the process, which is the pool of <wdm.h>: freeing what is not one of its blocks
 * aborts. */
#define HEAP_NO_SERIALIZE        0x00000001
#define HEAP_GENERATE_EXCEPTIONS 0x00000004
#define HEAP_ZERO_MEMORY         0x00000008

/* GetProcessHeap: the one heap there is. */
HANDLE GetProcessHeap(VOID);

/*
 * HeapAlloc: a block, aligned to 16 bytes, zeroed with HEAP_ZERO_MEMORY. The caller frees it with
 * HeapFree. Returns NULL when there is no memory; with HEAP_GENERATE_EXCEPTIONS it aborts then.
 */
LPVOID HeapAlloc(HANDLE Heap, DWORD Flags, SIZE_T Bytes);

/* HeapFree: frees a block; NULL is fine. Returns TRUE. */
BOOL HeapFree(HANDLE Heap, DWORD Flags, LPVOID Memory);

/* OutputDebugString: text to the log, at its debug level, as DbgPrint writes. */
VOID OutputDebugStringA(LPCSTR OutputString);
VOID OutputDebugStringW(LPCWSTR OutputString);
#ifdef UNICODE
#define OutputDebugString OutputDebugStringW
#else
#define OutputDebugString OutputDebugStringA
#endif

/* DebugBreak: as DbgBreakPoint. */
#define DebugBreak DbgBreakPoint

/* SwitchToThread: lets another thread run. Returns TRUE. */
BOOL SwitchToThread(VOID);

/* Sleep: does nothing for that many milliseconds; 0 is SwitchToThread, INFINITE for ever. */
VOID Sleep(DWORD Milliseconds);

/* GetCurrentThreadId, GetCurrentProcessId: Linux's numbers of them. */
DWORD GetCurrentThreadId(VOID);
DWORD GetCurrentProcessId(VOID);

/* GetTickCount64: milliseconds since an arbitrary start; never goes back. */
ULONGLONG GetTickCount64(VOID);

EXTERN_C_END

#endif
