/* Memory routines of Rtl that the C library has no equal for. */
#include <wdm.h>

SIZE_T RtlCompareMemory(const VOID *Source1, const VOID *Source2, SIZE_T Length)
{
    const UCHAR *first = Source1;
    const UCHAR *second = Source2;
    SIZE_T equal = 0;

    while (equal < Length && first[equal] == second[equal])
        equal++;
    return equal;
}
