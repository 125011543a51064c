/*
 * Names of Win32 errors and HRESULTs, for messages.
 */
#ifndef WDFUSE_NT_WIN32ERROR_H
#define WDFUSE_NT_WIN32ERROR_H

#include <ntdef.h>

/* "ERROR_ACCESS_DENIED"; NULL for an error without a name here. */
const char *win32_error_name(ULONG error);

/* "E_FAIL"; of one that was made from a Win32 error or an NTSTATUS, the name of that; NULL for one
 * without a name here. */
const char *hresult_name(LONG result);

#endif
