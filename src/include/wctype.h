/* Kinds of wide characters: the C library's, and towupper and towlower for 16 bits (see
 * wchar.h). */
#pragma GCC system_header

#if __SIZEOF_WCHAR_T__ != 2
#include_next <wctype.h>
#else
#include <wchar.h>
#endif
