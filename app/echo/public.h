/*
 * What the echo driver and its clients agree on: the device interface class by which a client finds
 * the device without knowing its name, and the control codes.
 *
 * A driver includes <ntddk.h> first and gets the GUID (one of its files includes <initguid.h>
 * before); a Linux program includes <wdfuse/ioctl.h>, and uses the class's text.
 */
#ifndef ECHO_PUBLIC_H
#define ECHO_PUBLIC_H

#include <stdint.h>

#include <wdfuse/controlcodes.h>

/* As the folder of the class is called, below by-interface/. The same number as the GUID. */
#define ECHO_INTERFACE_CLASS "{3b7d1c52-96e4-4f0a-8a5d-c21e6f90b743}"

#ifdef DEFINE_GUID
DEFINE_GUID(GUID_DEVINTERFACE_ECHO, 0x3b7d1c52, 0x96e4, 0x4f0a, 0x8a, 0x5d, 0xc2, 0x1e, 0x6f, 0x90,
            0xb7, 0x43);
#endif

#define FILE_DEVICE_ECHO 0x8ec0 /* 0x8000 and above are for everyone */

/* Output: ECHO_STATISTICS; a shorter buffer is STATUS_BUFFER_TOO_SMALL. */
#define IOCTL_ECHO_GET_STATISTICS                                                                  \
    CTL_CODE(FILE_DEVICE_ECHO, 0x800, METHOD_BUFFERED, FILE_READ_ACCESS)

/* There is no message any more: reads give nothing until the next write. */
#define IOCTL_ECHO_CLEAR CTL_CODE(FILE_DEVICE_ECHO, 0x801, METHOD_BUFFERED, FILE_WRITE_ACCESS)

/* Input: uint32_t, milliseconds from a write to its completion, for the writes from now on. At most
 * ECHO_DELAY_MAX, else STATUS_INVALID_PARAMETER. */
#define IOCTL_ECHO_SET_DELAY CTL_CODE(FILE_DEVICE_ECHO, 0x802, METHOD_BUFFERED, FILE_WRITE_ACCESS)
#define ECHO_DELAY_MAX       3600000

/*
 * Give back the input as output, by every way that there is for data to travel. If the output
 * buffer is shorter than the input, it gets the beginning, with STATUS_BUFFER_OVERFLOW; nothing to
 * give back, or nowhere to put it, is STATUS_BUFFER_TOO_SMALL. None of them touches the message.
 */
#define IOCTL_ECHO_BUFFERED   CTL_CODE(FILE_DEVICE_ECHO, 0x810, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_ECHO_OUT_DIRECT CTL_CODE(FILE_DEVICE_ECHO, 0x810, METHOD_OUT_DIRECT, FILE_ANY_ACCESS)
#define IOCTL_ECHO_NEITHER    CTL_CODE(FILE_DEVICE_ECHO, 0x810, METHOD_NEITHER, FILE_ANY_ACCESS)

/* With METHOD_IN_DIRECT both buffers go to the device: the bytes of the output buffer become the
 * message, as if they were written. The input must be empty, else STATUS_INVALID_PARAMETER. */
#define IOCTL_ECHO_IN_DIRECT CTL_CODE(FILE_DEVICE_ECHO, 0x811, METHOD_IN_DIRECT, FILE_WRITE_ACCESS)

/* Since the device was started. The same layout for clients of 32 and 64 bits. */
typedef struct _ECHO_STATISTICS {
    uint64_t Reads; /* that were answered with bytes, and how many those were */
    uint64_t BytesRead;
    uint64_t Messages; /* that were taken, by a write or by IOCTL_ECHO_IN_DIRECT, and their bytes */
    uint64_t BytesWritten;
    uint64_t Controls;      /* that reached the driver, this one included */
    uint32_t MessageLength; /* now */
    uint32_t Delay;         /* now, in milliseconds */
} ECHO_STATISTICS, *PECHO_STATISTICS;

#endif
