/* Interface classes of power devices, and the control codes of batteries. Source: WDK
 * documentation. */
#include <devioctl.h>
#include <guiddef.h>

#ifndef POCLASS_DEFINED
#ifdef INITGUID
#define POCLASS_DEFINED
#endif

DEFINE_GUID(GUID_DEVICE_BATTERY, 0x72631e54, 0x78a4, 0x11d0, 0xbc, 0xf7, 0x00, 0xaa, 0x00, 0xb7,
            0xb3, 0x2a);
DEFINE_GUID(GUID_DEVICE_LID, 0x4afa3d52, 0x74a7, 0x11d0, 0xbe, 0x5e, 0x00, 0xa0, 0xc9, 0x06, 0x28,
            0x57);
DEFINE_GUID(GUID_DEVICE_SYS_BUTTON, 0x4afa3d53, 0x74a7, 0x11d0, 0xbe, 0x5e, 0x00, 0xa0, 0xc9, 0x06,
            0x28, 0x57);
DEFINE_GUID(GUID_DEVICE_THERMAL_ZONE, 0x4afa3d51, 0x74a7, 0x11d0, 0xbe, 0x5e, 0x00, 0xa0, 0xc9,
            0x06, 0x28, 0x57);

#endif

#ifndef POCLASS_H
#define POCLASS_H

#define BATTERY_CODE(function, access)                                                             \
    CTL_CODE(FILE_DEVICE_BATTERY, (function), METHOD_BUFFERED, (access))

#define IOCTL_BATTERY_QUERY_TAG         BATTERY_CODE(0x10, FILE_READ_ACCESS)
#define IOCTL_BATTERY_QUERY_INFORMATION BATTERY_CODE(0x11, FILE_READ_ACCESS)
#define IOCTL_BATTERY_SET_INFORMATION   BATTERY_CODE(0x12, FILE_WRITE_ACCESS)
#define IOCTL_BATTERY_QUERY_STATUS      BATTERY_CODE(0x13, FILE_READ_ACCESS)

#endif
