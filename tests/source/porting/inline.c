/* links: undefined reference to .Twice. */
/* linked: -O1 */
#include <ntddk.h>

__inline LONG Twice(LONG Number)
{
    return 2 * Number;
}

LONG Fourfold(LONG Number);
LONG Fourfold(LONG Number)
{
    return Twice(Twice(Number));
}
