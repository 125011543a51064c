/* The basic types of Win32, which drivers use too. Source: Win32 documentation. */
#ifndef WINDEF_H
#define WINDEF_H

#include <ntdef.h>

typedef UCHAR BYTE, *PBYTE, *LPBYTE;
typedef USHORT WORD, *PWORD, *LPWORD;
typedef ULONG DWORD, *PDWORD, *LPDWORD;
typedef ULONGLONG DWORDLONG, *PDWORDLONG;
typedef ULONGLONG QWORD;
typedef INT BOOL, *PBOOL, *LPBOOL;
typedef float FLOAT, *PFLOAT;
typedef double DOUBLE;
typedef INT *LPINT;
typedef LONG *LPLONG;
typedef PVOID LPVOID;
typedef const VOID *LPCVOID;

/* A time in units of 100 ns since 1 January 1601 UTC. */
typedef struct _FILETIME {
    DWORD dwLowDateTime;
    DWORD dwHighDateTime;
} FILETIME, *PFILETIME, *LPFILETIME;

#define MAX_PATH 260
#define MAXDWORD 0xffffffff

#define MAKEWORD(low, high) ((USHORT)(((ULONG)(low)&0xff) | ((ULONG)(high)&0xff) << 8))
#define MAKELONG(low, high) ((LONG)(((ULONG)(low)&0xffff) | ((ULONG)(high)&0xffff) << 16))

#endif
