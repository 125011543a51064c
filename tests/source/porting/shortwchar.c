/* says: WCHAR must be 16 bits wide */
/* flags: -fno-short-wchar */
#include <ntddk.h>
