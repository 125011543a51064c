/* What <windows.h> brings beside <wdm.h>: the names of Win32 for what the NT and port layers
 * have. */
#include <windows.h>

#include <unistd.h>

#include "nt/fault.h"
#include "port/clock.h"
#include "port/thread.h"

#define NANOSECONDS_IN_A_MILLISECOND 1000000u

/* The blocks of HeapAlloc, in the messages of the pool. */
#define HEAP_TAG 'paeH'

HANDLE GetProcessHeap(VOID)
{
    static char heap;
    return &heap;
}

LPVOID HeapAlloc(HANDLE Heap, DWORD Flags, SIZE_T Bytes)
{
    if (Heap != GetProcessHeap())
        nt_fault("HeapAlloc: %p is no heap: there is only that of GetProcessHeap", Heap);
    LPVOID block = ExAllocatePoolWithTag(NonPagedPoolNx, Bytes, HEAP_TAG);
    if (block == NULL && (Flags & HEAP_GENERATE_EXCEPTIONS))
        nt_fault("HeapAlloc: no memory for %zu bytes", (size_t)Bytes);
    if (block != NULL && (Flags & HEAP_ZERO_MEMORY))
        ZeroMemory(block, Bytes);
    return block;
}

BOOL HeapFree(HANDLE Heap, DWORD Flags, LPVOID Memory)
{
    (void)Flags;
    if (Heap != GetProcessHeap())
        nt_fault("HeapFree: %p is no heap: there is only that of GetProcessHeap", Heap);
    if (Memory != NULL)
        ExFreePoolWithTag(Memory, HEAP_TAG);
    return TRUE;
}

VOID OutputDebugStringA(LPCSTR OutputString)
{
    DbgPrint("%s", OutputString);
}

VOID OutputDebugStringW(LPCWSTR OutputString)
{
    DbgPrint("%ws", OutputString);
}

BOOL SwitchToThread(VOID)
{
    port_thread_yield();
    return TRUE;
}

VOID Sleep(DWORD Milliseconds)
{
    if (Milliseconds == 0)
        port_thread_yield();
    do
        port_thread_sleep((uint64_t)Milliseconds * NANOSECONDS_IN_A_MILLISECOND);
    while (Milliseconds == INFINITE);
}

DWORD GetCurrentThreadId(VOID)
{
    return (DWORD)gettid();
}

DWORD GetCurrentProcessId(VOID)
{
    return (DWORD)getpid();
}

ULONGLONG GetTickCount64(VOID)
{
    return port_clock_now() / NANOSECONDS_IN_A_MILLISECOND;
}
