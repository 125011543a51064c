/*
 * Reads and writes. A file that can be polled is read and written without waiting; a request that
 * would wait stays in a queue of the driver until the watcher reports a change. For other files,
 * and for terminals with VMIN or VTIME set, a read or write is a call that waits (call.h).
 */
#ifndef WDFUSE_LINUXFILE_TRANSFER_H
#define WDFUSE_LINUXFILE_TRANSFER_H

#include <wdf.h>

#include "linuxfile/call.h"
#include "linuxfile/watcher.h"

EVT_WDF_IO_QUEUE_IO_READ transfer_read;
EVT_WDF_IO_QUEUE_IO_WRITE transfer_write;
EVT_WDF_IO_QUEUE_IO_STOP transfer_stop;
EVT_WDF_IO_QUEUE_IO_CANCELED_ON_QUEUE transfer_write_given_up;

/* NULL: the request has no open file, and was completed. */
struct call *transfer_begin(WDFREQUEST request);

/* The watcher's callback. */
void transfer_file_changed(struct watched *watched, unsigned events);

#endif
