/* Modems: their interface class and control codes. Source: WDK documentation. */
#include <devioctl.h>
#include <guiddef.h>

#ifndef NTDDMODM_DEFINED
#ifdef INITGUID
#define NTDDMODM_DEFINED
#endif

DEFINE_GUID(GUID_DEVINTERFACE_MODEM, 0x2c7089aa, 0x2e0e, 0x11d1, 0xb1, 0x14, 0x00, 0xc0, 0x4f, 0xc2,
            0xaa, 0xe4);

#endif

#ifndef NTDDMODM_H
#define NTDDMODM_H

#define GUID_CLASS_MODEM GUID_DEVINTERFACE_MODEM

#define MODEM_CODE(function)                                                                       \
    CTL_CODE(FILE_DEVICE_MODEM, (function), METHOD_BUFFERED, FILE_ANY_ACCESS)

#define IOCTL_MODEM_GET_PASSTHROUGH    MODEM_CODE(1)
#define IOCTL_MODEM_SET_PASSTHROUGH    MODEM_CODE(2)
#define IOCTL_MODEM_SET_DLE_MONITORING MODEM_CODE(3)
#define IOCTL_MODEM_GET_DLE            MODEM_CODE(4)
#define IOCTL_MODEM_SET_DLE_SHIELDING  MODEM_CODE(5)
#define IOCTL_MODEM_STOP_WAVE_RECEIVE  MODEM_CODE(6)
#define IOCTL_MODEM_SEND_MESSAGE       MODEM_CODE(7)
#define IOCTL_MODEM_GET_MESSAGE        MODEM_CODE(8)
#define IOCTL_MODEM_SEND_GET_MESSAGE   MODEM_CODE(9)
#define IOCTL_MODEM_CHECK_FOR_MODEM    MODEM_CODE(11)
#define IOCTL_MODEM_SET_MIN_POWER      MODEM_CODE(12)
#define IOCTL_MODEM_WATCH_FOR_RESUME   MODEM_CODE(13)

#endif
