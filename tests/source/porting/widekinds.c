/* says: wide characters have 32 bits, a driver's 16 */
#include <ntddk.h>
#include <wctype.h>

BOOLEAN IsName(PCWSTR Text)
{
#ifdef MENDED
    return iswupper(*Text) || iswlower(*Text);
#else
    return iswalpha(*Text) != 0;
#endif
}
