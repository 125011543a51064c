/*
 * Serial ports: the control codes and structures by which clients drive one. The values are
 * Windows'; which of them a driver knows is its own business.
 */
#include <devioctl.h>
#include <guiddef.h>
#include <ntdef.h>
#include <wdfuse/comportclass.h>

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
#define IOCTL_SERIAL_XOFF_COUNTER     SERIAL_CODE(28)
#define IOCTL_SERIAL_GET_PROPERTIES   SERIAL_CODE(29) /* out: SERIAL_COMMPROP */
#define IOCTL_SERIAL_GET_DTRRTS                                                                    \
    SERIAL_CODE(30) /* out: ULONG of SERIAL_DTR_STATE, SERIAL_RTS_STATE */
#define IOCTL_SERIAL_LSRMST_INSERT     SERIAL_CODE(31) /* in: UCHAR */
#define IOCTL_SERIAL_CONFIG_SIZE       SERIAL_CODE(32) /* out: ULONG */
#define IOCTL_SERIAL_GET_COMMCONFIG    SERIAL_CODE(33)
#define IOCTL_SERIAL_SET_COMMCONFIG    SERIAL_CODE(34)
#define IOCTL_SERIAL_GET_STATS         SERIAL_CODE(35) /* out: SERIALPERF_STATS */
#define IOCTL_SERIAL_CLEAR_STATS       SERIAL_CODE(36)
#define IOCTL_SERIAL_GET_MODEM_CONTROL SERIAL_CODE(37) /* out: ULONG */
#define IOCTL_SERIAL_SET_MODEM_CONTROL SERIAL_CODE(38) /* in: ULONG */
#define IOCTL_SERIAL_SET_FIFO_CONTROL  SERIAL_CODE(39) /* in: ULONG */

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

/* What a port can do. Of a variable length: PacketLength. */
typedef struct _SERIAL_COMMPROP {
    USHORT PacketLength;
    USHORT PacketVersion;
    ULONG ServiceMask;
    ULONG Reserved1;
    ULONG MaxTxQueue;
    ULONG MaxRxQueue;
    ULONG MaxBaud;
    ULONG ProvSubType;
    ULONG ProvCapabilities;
    ULONG SettableParams;
    ULONG SettableBaud;
    USHORT SettableData;
    USHORT SettableStopParity;
    ULONG CurrentTxQueue;
    ULONG CurrentRxQueue;
    ULONG ProvSpec1;
    ULONG ProvSpec2;
    WCHAR ProvChar[1];
} SERIAL_COMMPROP, *PSERIAL_COMMPROP;

typedef struct _SERIALPERF_STATS {
    ULONG ReceivedCount;
    ULONG TransmittedCount;
    ULONG FrameErrorCount;
    ULONG SerialOverrunErrorCount;
    ULONG BufferOverrunErrorCount;
    ULONG ParityErrorCount;
} SERIALPERF_STATS, *PSERIALPERF_STATS;

/* SERIAL_COMMPROP.SettableBaud. */
#define SERIAL_BAUD_075    0x00000001
#define SERIAL_BAUD_110    0x00000002
#define SERIAL_BAUD_134_5  0x00000004
#define SERIAL_BAUD_150    0x00000008
#define SERIAL_BAUD_300    0x00000010
#define SERIAL_BAUD_600    0x00000020
#define SERIAL_BAUD_1200   0x00000040
#define SERIAL_BAUD_1800   0x00000080
#define SERIAL_BAUD_2400   0x00000100
#define SERIAL_BAUD_4800   0x00000200
#define SERIAL_BAUD_7200   0x00000400
#define SERIAL_BAUD_9600   0x00000800
#define SERIAL_BAUD_14400  0x00001000
#define SERIAL_BAUD_19200  0x00002000
#define SERIAL_BAUD_38400  0x00004000
#define SERIAL_BAUD_56K    0x00008000
#define SERIAL_BAUD_128K   0x00010000
#define SERIAL_BAUD_115200 0x00020000
#define SERIAL_BAUD_57600  0x00040000
#define SERIAL_BAUD_USER   0x10000000

/* SERIAL_COMMPROP.ProvSubType. */
#define SERIAL_SP_UNSPECIFIED 0x00000000
#define SERIAL_SP_RS232       0x00000001
#define SERIAL_SP_PARALLEL    0x00000002
#define SERIAL_SP_RS422       0x00000003
#define SERIAL_SP_RS423       0x00000004
#define SERIAL_SP_RS449       0x00000005
#define SERIAL_SP_MODEM       0x00000006

/* SERIAL_COMMPROP.ServiceMask. */
#define SERIAL_SP_SERIALCOMM 0x00000001

/* SERIAL_COMMPROP.ProvCapabilities. */
#define SERIAL_PCF_DTRDSR        0x00000001
#define SERIAL_PCF_RTSCTS        0x00000002
#define SERIAL_PCF_CD            0x00000004
#define SERIAL_PCF_PARITY_CHECK  0x00000008
#define SERIAL_PCF_XONXOFF       0x00000010
#define SERIAL_PCF_SETXCHAR      0x00000020
#define SERIAL_PCF_TOTALTIMEOUTS 0x00000040
#define SERIAL_PCF_INTTIMEOUTS   0x00000080
#define SERIAL_PCF_SPECIALCHARS  0x00000100
#define SERIAL_PCF_16BITMODE     0x00000200

/* SERIAL_COMMPROP.SettableParams. */
#define SERIAL_SP_PARITY         0x00000001
#define SERIAL_SP_BAUD           0x00000002
#define SERIAL_SP_DATABITS       0x00000004
#define SERIAL_SP_STOPBITS       0x00000008
#define SERIAL_SP_HANDSHAKING    0x00000010
#define SERIAL_SP_PARITY_CHECK   0x00000020
#define SERIAL_SP_CARRIER_DETECT 0x00000040

/* SERIAL_COMMPROP.SettableData. */
#define SERIAL_DATABITS_5   0x0001
#define SERIAL_DATABITS_6   0x0002
#define SERIAL_DATABITS_7   0x0004
#define SERIAL_DATABITS_8   0x0008
#define SERIAL_DATABITS_16  0x0010
#define SERIAL_DATABITS_16X 0x0020

/* SERIAL_COMMPROP.SettableStopParity. */
#define SERIAL_STOPBITS_10  0x0001
#define SERIAL_STOPBITS_15  0x0002
#define SERIAL_STOPBITS_20  0x0004
#define SERIAL_PARITY_NONE  0x0100
#define SERIAL_PARITY_ODD   0x0200
#define SERIAL_PARITY_EVEN  0x0400
#define SERIAL_PARITY_MARK  0x0800
#define SERIAL_PARITY_SPACE 0x1000

/* SERIAL_STATUS.Errors. */
#define SERIAL_ERROR_BREAK        0x00000001
#define SERIAL_ERROR_FRAMING      0x00000002
#define SERIAL_ERROR_OVERRUN      0x00000004
#define SERIAL_ERROR_QUEUEOVERRUN 0x00000008
#define SERIAL_ERROR_PARITY       0x00000010

/* SERIAL_STATUS.HoldReasons. */
#define SERIAL_TX_WAITING_FOR_CTS   0x00000001
#define SERIAL_TX_WAITING_FOR_DSR   0x00000002
#define SERIAL_TX_WAITING_FOR_DCD   0x00000004
#define SERIAL_TX_WAITING_FOR_XON   0x00000008
#define SERIAL_TX_WAITING_XOFF_SENT 0x00000010
#define SERIAL_TX_WAITING_ON_BREAK  0x00000020
#define SERIAL_RX_WAITING_FOR_DSR   0x00000040

/* SERIAL_HANDFLOW.ControlHandShake. */
#define SERIAL_DTR_MASK          0x00000003
#define SERIAL_DTR_CONTROL       0x00000001
#define SERIAL_DTR_HANDSHAKE     0x00000002
#define SERIAL_CTS_HANDSHAKE     0x00000008
#define SERIAL_DSR_HANDSHAKE     0x00000010
#define SERIAL_DCD_HANDSHAKE     0x00000020
#define SERIAL_OUT_HANDSHAKEMASK 0x00000038
#define SERIAL_DSR_SENSITIVITY   0x00000040
#define SERIAL_ERROR_ABORT       0x80000000
#define SERIAL_CONTROL_INVALID   0x7fffff84

/* SERIAL_HANDFLOW.FlowReplace. */
#define SERIAL_AUTO_TRANSMIT   0x00000001
#define SERIAL_AUTO_RECEIVE    0x00000002
#define SERIAL_ERROR_CHAR      0x00000004
#define SERIAL_NULL_STRIPPING  0x00000008
#define SERIAL_BREAK_CHAR      0x00000010
#define SERIAL_RTS_MASK        0x000000c0
#define SERIAL_RTS_CONTROL     0x00000040
#define SERIAL_RTS_HANDSHAKE   0x00000080
#define SERIAL_TRANSMIT_TOGGLE 0x000000c0
#define SERIAL_XOFF_CONTINUE   0x80000000
#define SERIAL_FLOW_INVALID    0x7fffff20

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
