/* says: wide characters have 32 bits, a driver's 16 */
#include <ntddk.h>
#include <stdlib.h>

LONG Number(PCWSTR Text)
{
#ifdef MENDED
    LONG value = 0;
    for (; *Text != 0; Text++)
        value = value * 10 + (*Text - L'0');
    return value;
#else
    return (LONG)wcstol(Text, NULL, 10);
#endif
}
