/*
 * USB: the types of the bus driver that declarations of drivers need. A request block (URB) is
 * opaque. Source: WDK documentation.
 */
#ifndef USB_H
#define USB_H

#include <usbspec.h>

typedef LONG USBD_STATUS;
typedef PVOID USBD_PIPE_HANDLE;
typedef PVOID USBD_CONFIGURATION_HANDLE;
typedef PVOID USBD_INTERFACE_HANDLE;
typedef struct _URB URB, *PURB;

#define USBD_STATUS_SUCCESS ((USBD_STATUS)0x00000000)
#define USBD_STATUS_PENDING ((USBD_STATUS)0x40000000)

#define USBD_SUCCESS(_status) ((USBD_STATUS)(_status) >= 0)
#define USBD_ERROR(_status)   ((USBD_STATUS)(_status) < 0)

typedef struct _USBD_VERSION_INFORMATION {
    ULONG USBDI_Version;
    ULONG Supported_USB_Version;
} USBD_VERSION_INFORMATION, *PUSBD_VERSION_INFORMATION;

/* What a driver says that it knows of the bus driver's interface. */
#define USBD_CLIENT_CONTRACT_VERSION_INVALID 0xFFFFFFFF
#define USBD_CLIENT_CONTRACT_VERSION_602     0x602

#endif
