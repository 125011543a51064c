/* says: incompatible pointer type */
/* flags: -Werror=incompatible-pointer-types */
/* mended: -DNO_STRICT */
#include <ntddk.h>
#include <wdf.h>

BOOLEAN IsStopped(WDFDEVICE Device)
{
    return WdfIoQueueGetState(Device, NULL, NULL) == 0;
}
