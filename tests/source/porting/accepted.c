/* Without an error: what Microsoft's compiler accepts and is accepted here. */
#include <NTDDK.h>
#include <wdf.h>

#pragma warning(disable : 4200)
#pragma prefast(suppress : 28107, "checked")
#pragma alloc_text(PAGE, Tag)

typedef struct __declspec(align(64)) _LINE {
    ULONG Number;
} LINE;

typedef struct _BASE {
    ULONG First;
} BASE;

typedef struct _DERIVED {
    BASE;
    ULONG Second;
} DERIVED;

C_ASSERT(sizeof(LINE) == 64);

extern __declspec(selectany) ULONG Shared;

ULONG Tag(DERIVED *Derived)
{
    return 'gaT1' + Derived->First;
}
