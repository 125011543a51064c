/* says: expected expression before */
#include <ntddk.h>

#ifdef MENDED
#define Trace(_format, ...) DbgPrint(_format, ##__VA_ARGS__)
#else
#define Trace(_format, ...) DbgPrint(_format, __VA_ARGS__)
#endif

VOID Say(VOID)
{
    Trace("no argument\n");
}
