/*
 * What a driver can say of a device for Linux's sake before it creates it.
 */
#ifndef WDFUSE_DEVICEINIT_H
#define WDFUSE_DEVICEINIT_H

#include <ntddk.h>
#include <wdf.h>

WDF_EXTERN_C_START

/*
 * The numbers that clients give to ioctl(2) are Linux's (_IO, _IOR, _IOW, _IOWR), not control
 * codes.
 *
 * The driver sees a number, and cannot tell whether <wdfuse/ioctl.h> has brought it or ioctl(2)
 * itself. So both are checked alike: bits 15-14 name the access that the file must have been opened
 * for, as in a CTL_CODE, and without it the client gets EACCES. A Linux number has the first two
 * bits of its type there; clients that open the file with O_RDWR never notice. A driver with
 * numbers of that kind calls this, and whoever has the file open in whatever way may use them. Then
 * the driver's own CTL_CODEs can be given to ioctl(2) without a check as well: one that needs
 * access must look how the file was opened.
 *
 * DeviceInit: not used yet by WdfDeviceCreate. IRQL PASSIVE_LEVEL. It can't fail.
 */
VOID WdfuseDeviceInitSetNativeControls(PWDFDEVICE_INIT DeviceInit);

WDF_EXTERN_C_END

#endif
