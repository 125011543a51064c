/* MDLs that a driver makes itself. */
#include <wdm.h>

#include <stdlib.h>

#define MDL_LENGTH_MAX 0x7FFFFFFFu

PMDL IoAllocateMdl(PVOID VirtualAddress, ULONG Length, BOOLEAN SecondaryBuffer, BOOLEAN ChargeQuota,
                   PIRP Irp)
{
    UNREFERENCED_PARAMETER(SecondaryBuffer);
    UNREFERENCED_PARAMETER(ChargeQuota);
    UNREFERENCED_PARAMETER(Irp);
    PMDL mdl = Length <= MDL_LENGTH_MAX ? malloc(sizeof(*mdl)) : NULL;
    if (mdl != NULL)
        MmInitializeMdl(mdl, VirtualAddress, Length);
    return mdl;
}

VOID IoFreeMdl(PMDL Mdl)
{
    free(Mdl);
}
