/*
 * Linux-specific settings of a device, made before it is created.
 */
#ifndef WDFUSE_DEVICEINIT_H
#define WDFUSE_DEVICEINIT_H

#include <ntddk.h>
#include <wdf.h>

WDF_EXTERN_C_START

/*
 * Says that the numbers that clients pass to ioctl(2) are Linux's (_IO, _IOR, _IOW, _IOWR), not
 * control codes.
 *
 * The driver sees a number, and cannot tell whether it came through <wdfuse/ioctl.h> or directly
 * through ioctl(2). So both are checked alike: bits 15-14 name the access that the file must have
 * been opened for, as in a CTL_CODE; without it the client gets EACCES. In a Linux number these are
 * the two highest bits of its type. A client that opens the file with O_RDWR never notices. A
 * driver with Linux numbers calls this function; then anybody who has the file open, in whatever
 * mode, may use them. The driver's own CTL_CODEs can then be passed to ioctl(2) without a check as
 * well: if one needs access, the driver must check how the file was opened.
 *
 * DeviceInit: not used yet by WdfDeviceCreate. IRQL PASSIVE_LEVEL. It can't fail.
 */
VOID WdfuseDeviceInitSetNativeControls(PWDFDEVICE_INIT DeviceInit);

WDF_EXTERN_C_END

#endif
