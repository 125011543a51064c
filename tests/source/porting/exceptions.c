/* says: there are no structured exceptions */
#include <ntddk.h>

NTSTATUS Probe(PVOID Address)
{
#ifdef MENDED
    return Address != NULL ? STATUS_SUCCESS : STATUS_ACCESS_VIOLATION;
#else
    __try {
        return *(PCHAR)Address;
    } __except (1) {
        return STATUS_ACCESS_VIOLATION;
    }
#endif
}
