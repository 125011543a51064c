/* says: wide characters have 32 bits, a driver's 16 */
#include <inttypes.h>
#include <ntddk.h>

LONGLONG Number(PCWSTR Text)
{
#ifdef MENDED
    LONGLONG value = 0;
    for (; iswdigit(*Text); Text++)
        value = value * 10 + (*Text - L'0');
    return value;
#else
    return wcstoimax(Text, NULL, 10);
#endif
}
