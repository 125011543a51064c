/* Shared by the history driver and its clients. */
#ifndef HISTORY_H
#define HISTORY_H

#include <devioctl.h>

#define HISTORY_LINES     16
#define HISTORY_LINE_SIZE 64

/* Out: ULONG, how many files are open. */
#define IOCTL_HISTORY_COUNT_READERS                                                                \
    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)

#endif
