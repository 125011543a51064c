/* How this echo device shall behave: the options of echod that the driver reads. */
#ifndef ECHO_OPTIONS_H
#define ECHO_OPTIONS_H

#include <stdbool.h>

#include <ntddk.h>
#include <wdf.h>

struct echo_options {
    WDF_IO_QUEUE_DISPATCH_TYPE dispatch;
    /* Most requests that the driver has at once with parallel dispatch; 0: no limit */
    ULONG presented;
    WDF_SYNCHRONIZATION_SCOPE sync;
    ULONG delay_ms;      /* from a write to its completion */
    bool read_as_sample; /* every read starts at the first byte, as the Windows sample's does */
};

/* Set from the command line before DriverEntry is called, constant afterwards. */
extern struct echo_options echo_options;

#endif
