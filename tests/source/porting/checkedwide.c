/* says: wide characters have 32 bits, a driver's 16 */
/* flags: -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 */
#include <stdlib.h>
#include <ntddk.h>
#include <ntstrsafe.h>

NTSTATUS Widen(PCSTR Text, PWSTR Wide, ULONG Characters)
{
#ifdef MENDED
    return RtlStringCchPrintfW(Wide, Characters, L"%hs", Text);
#else
    return mbstowcs(Wide, Text, Characters) == (size_t)-1 ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS;
#endif
}
