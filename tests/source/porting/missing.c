/* says: implicit declaration of function */
/* flags: -Werror=implicit-function-declaration */
#include <ntddk.h>
#include <wdf.h>

NTSTATUS Make(WDFDEVICE Device)
{
#ifdef MENDED
    UNREFERENCED_PARAMETER(Device);
    return STATUS_NOT_SUPPORTED;
#else
    return WdfInterruptNobodyKnows(Device);
#endif
}
