/* says: expected .;. before .int. */
#include <ntddk.h>

#ifdef MENDED
int Counter;
#else
__declspec(unheard) int Counter;
#endif
