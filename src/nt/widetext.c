/* What the wide functions of <wchar.h> can't do inline. */
#include <limits.h>
#include <stdlib.h>

#include <wdm.h>

#include "nt/format.h"

int WdfuseWideFormat(WCHAR *Buffer, size_t Count, const WCHAR *Format, va_list Arguments)
{
    size_t length;
    WCHAR *text = nt_format_wide(Format, Arguments, &length);
    if (text == NULL)
        return -1;
    wmemcpy(Buffer, text, min(length + 1, Count));
    free(text);
    return length <= INT_MAX ? (int)length : -1;
}
