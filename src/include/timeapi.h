/* The multimedia timer of Win32, as far as it is a clock. Source: Win32 documentation. */
#ifndef TIMEAPI_H
#define TIMEAPI_H

#include <windows.h>

typedef UINT MMRESULT;

#define TIMERR_NOERROR 0

/* timeGetTime: milliseconds since an arbitrary start, modulo 2^32. */
FORCEINLINE DWORD timeGetTime(VOID)
{
    return (DWORD)GetTickCount64();
}

/* timeBeginPeriod, timeEndPeriod: how exact timers are to be, which Linux's always are. */
FORCEINLINE MMRESULT timeBeginPeriod(UINT Period)
{
    UNREFERENCED_PARAMETER(Period);
    return TIMERR_NOERROR;
}

FORCEINLINE MMRESULT timeEndPeriod(UINT Period)
{
    UNREFERENCED_PARAMETER(Period);
    return TIMERR_NOERROR;
}

#endif
