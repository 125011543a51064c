/*
 * Serial ports: the control codes and structures by which clients drive one. The values are
 * Windows'; which of them a driver knows is its own business.
 */
#include <devioctl.h>
#include <guiddef.h>
#include <ntdef.h>

#ifndef NTDDSER_DEFINED
#ifdef INITGUID
#define NTDDSER_DEFINED
#endif

DEFINE_GUID(GUID_DEVINTERFACE_COMPORT, 0x86e0d1e0, 0x8089, 0x11d0, 0x9c, 0xe4, 0x08, 0x00, 0x3e,
            0x30, 0x1f, 0x73);
DEFINE_GUID(GUID_DEVINTERFACE_SERENUM_BUS_ENUMERATOR, 0x4d36e978, 0xe325, 0x11ce, 0xbf, 0xc1, 0x08,
            0x00, 0x2b, 0xe1, 0x03, 0x18);

#endif

#ifndef NTDDSER_H
#define NTDDSER_H

#define GUID_CLASS_COMPORT          GUID_DEVINTERFACE_COMPORT
#define GUID_SERENUM_BUS_ENUMERATOR GUID_DEVINTERFACE_SERENUM_BUS_ENUMERATOR

#define SERIAL_CODE(function)                                                                      \
    CTL_CODE(FILE_DEVICE_SERIAL_PORT, (function), METHOD_BUFFERED, FILE_ANY_ACCESS)

#define IOCTL_SERIAL_SET_BAUD_RATE    SERIAL_CODE(1) /* in: SERIAL_BAUD_RATE */
#define IOCTL_SERIAL_SET_QUEUE_SIZE   SERIAL_CODE(2) /* in: SERIAL_QUEUE_SIZE */
#define IOCTL_SERIAL_SET_LINE_CONTROL SERIAL_CODE(3) /* in: SERIAL_LINE_CONTROL */
#define IOCTL_SERIAL_SET_BREAK_ON     SERIAL_CODE(4)
#define IOCTL_SERIAL_SET_BREAK_OFF    SERIAL_CODE(5)
#define IOCTL_SERIAL_IMMEDIATE_CHAR   SERIAL_CODE(6) /* in: UCHAR */
#define IOCTL_SERIAL_SET_TIMEOUTS     SERIAL_CODE(7) /* in: SERIAL_TIMEOUTS */
#define IOCTL_SERIAL_GET_TIMEOUTS     SERIAL_CODE(8) /* out: SERIAL_TIMEOUTS */
#define IOCTL_SERIAL_SET_DTR          SERIAL_CODE(9)
#define IOCTL_SERIAL_CLR_DTR          SERIAL_CODE(10)
#define IOCTL_SERIAL_RESET_DEVICE     SERIAL_CODE(11)
#define IOCTL_SERIAL_SET_RTS          SERIAL_CODE(12)
#define IOCTL_SERIAL_CLR_RTS          SERIAL_CODE(13)
#define IOCTL_SERIAL_SET_XOFF         SERIAL_CODE(14)
#define IOCTL_SERIAL_SET_XON          SERIAL_CODE(15)
#define IOCTL_SERIAL_GET_WAIT_MASK    SERIAL_CODE(16) /* out: ULONG of SERIAL_EV_* */
#define IOCTL_SERIAL_SET_WAIT_MASK    SERIAL_CODE(17) /* in: ULONG of SERIAL_EV_* */
/* out: ULONG of SERIAL_EV_*: what has happened */
#define IOCTL_SERIAL_WAIT_ON_MASK     SERIAL_CODE(18)
#define IOCTL_SERIAL_PURGE            SERIAL_CODE(19) /* in: ULONG of SERIAL_PURGE_* */
#define IOCTL_SERIAL_GET_BAUD_RATE    SERIAL_CODE(20) /* out: SERIAL_BAUD_RATE */
#define IOCTL_SERIAL_GET_LINE_CONTROL SERIAL_CODE(21) /* out: SERIAL_LINE_CONTROL */
#define IOCTL_SERIAL_GET_CHARS        SERIAL_CODE(22) /* out: SERIAL_CHARS */
#define IOCTL_SERIAL_SET_CHARS        SERIAL_CODE(23) /* in: SERIAL_CHARS */
#define IOCTL_SERIAL_GET_HANDFLOW     SERIAL_CODE(24) /* out: SERIAL_HANDFLOW */
#define IOCTL_SERIAL_SET_HANDFLOW     SERIAL_CODE(25) /* in: SERIAL_HANDFLOW */
#define IOCTL_SERIAL_GET_MODEMSTATUS  SERIAL_CODE(26) /* out: ULONG of SERIAL_*_STATE */
#define IOCTL_SERIAL_GET_COMMSTATUS   SERIAL_CODE(27) /* out: SERIAL_STATUS */
#define IOCTL_SERIAL_GET_DTRRTS                                                                    \
    SERIAL_CODE(30) /* out: ULONG of SERIAL_DTR_STATE, SERIAL_RTS_STATE */

typedef struct _SERIAL_BAUD_RATE {
    ULONG BaudRate; /* bits per second */
} SERIAL_BAUD_RATE, *PSERIAL_BAUD_RATE;

typedef struct _SERIAL_QUEUE_SIZE {
    ULONG InSize; /* bytes */
    ULONG OutSize;
} SERIAL_QUEUE_SIZE, *PSERIAL_QUEUE_SIZE;

typedef struct _SERIAL_LINE_CONTROL {
    UCHAR StopBits;
    UCHAR Parity;
    UCHAR WordLength; /* bits */
} SERIAL_LINE_CONTROL, *PSERIAL_LINE_CONTROL;

#define STOP_BIT_1    0
#define STOP_BITS_1_5 1
#define STOP_BITS_2   2

#define NO_PARITY    0
#define ODD_PARITY   1
#define EVEN_PARITY  2
#define MARK_PARITY  3
#define SPACE_PARITY 4

/*
 * In milliseconds; 0: no timeout of that kind. The total one of a read of n bytes is n times the
 * multiplier plus the constant. An interval of MAXULONG with the other two 0 returns what is there
 * at once; with a multiplier of MAXULONG, too, a read returns what is there, or else waits as long
 * as the constant says for the first byte.
 */
typedef struct _SERIAL_TIMEOUTS {
    ULONG ReadIntervalTimeout;
    ULONG ReadTotalTimeoutMultiplier;
    ULONG ReadTotalTimeoutConstant;
    ULONG WriteTotalTimeoutMultiplier;
    ULONG WriteTotalTimeoutConstant;
} SERIAL_TIMEOUTS, *PSERIAL_TIMEOUTS;

typedef struct _SERIAL_CHARS {
    UCHAR EofChar;
    UCHAR ErrorChar;
    UCHAR BreakChar;
    UCHAR EventChar;
    UCHAR XonChar;
    UCHAR XoffChar;
} SERIAL_CHARS, *PSERIAL_CHARS;

typedef struct _SERIAL_HANDFLOW {
    ULONG ControlHandShake;
    ULONG FlowReplace;
    LONG XonLimit;
    LONG XoffLimit;
} SERIAL_HANDFLOW, *PSERIAL_HANDFLOW;

typedef struct _SERIAL_STATUS {
    ULONG Errors;
    ULONG HoldReasons;
    ULONG AmountInInQueue; /* bytes */
    ULONG AmountInOutQueue;
    BOOLEAN EofReceived;
    BOOLEAN WaitForImmediate;
} SERIAL_STATUS, *PSERIAL_STATUS;

/* What can be waited for. */
#define SERIAL_EV_RXCHAR   0x0001 /* a byte has come */
#define SERIAL_EV_RXFLAG   0x0002 /* the event character has come */
#define SERIAL_EV_TXEMPTY  0x0004 /* everything is sent */
#define SERIAL_EV_CTS      0x0008
#define SERIAL_EV_DSR      0x0010
#define SERIAL_EV_RLSD     0x0020
#define SERIAL_EV_BREAK    0x0040
#define SERIAL_EV_ERR      0x0080
#define SERIAL_EV_RING     0x0100
#define SERIAL_EV_PERR     0x0200
#define SERIAL_EV_RX80FULL 0x0400 /* the receive buffer is four fifths full */
#define SERIAL_EV_EVENT1   0x0800
#define SERIAL_EV_EVENT2   0x1000

#define SERIAL_PURGE_TXABORT 0x00000001
#define SERIAL_PURGE_RXABORT 0x00000002
#define SERIAL_PURGE_TXCLEAR 0x00000004
#define SERIAL_PURGE_RXCLEAR 0x00000008

#define SERIAL_DTR_STATE 0x00000001
#define SERIAL_RTS_STATE 0x00000002
#define SERIAL_CTS_STATE 0x00000010
#define SERIAL_DSR_STATE 0x00000020
#define SERIAL_RI_STATE  0x00000040
#define SERIAL_DCD_STATE 0x00000080

#endif
