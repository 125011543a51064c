/* The queues of the echo device, and what happens to requests in them. */
#ifndef ECHO_QUEUE_H
#define ECHO_QUEUE_H

#include <ntddk.h>
#include <wdf.h>

#include "device.h"

#define ECHO_TAG 'ohcE'

/*
 * The longest message. A longer write(2) may reach the device in pieces: the kernel sends at most
 * 32 pages at a time, and as little as 31 pages and a byte when the client's buffer does not begin
 * at a page. So a request of more than 31 pages may be the beginning of something longer, and one
 * of 31 pages can't be.
 */
#define ECHO_MESSAGE_MAX (31 * 4096)

/* Creates the default queue as the options say, the timer, and with manual dispatch the queue of
 * waiting reads. */
NTSTATUS EchoQueuesCreate(WDFDEVICE Device);

/*
 * The message becomes those bytes, at least one and at most ECHO_MESSAGE_MAX; it becomes none. What
 * waits for a message gets it with EchoOfferToWaitingReads, to be called without the lock and after
 * the new message is there.
 */
NTSTATUS EchoReplaceMessage(PDEVICE_CONTEXT Device, PVOID Buffer, size_t Length);
VOID EchoClearMessage(PDEVICE_CONTEXT Device);
VOID EchoOfferToWaitingReads(PDEVICE_CONTEXT Device);

EVT_WDF_IO_QUEUE_IO_READ EchoEvtIoRead;
EVT_WDF_IO_QUEUE_IO_WRITE EchoEvtIoWrite;
EVT_WDF_IO_QUEUE_STATE EchoEvtQueueReady;
EVT_WDF_REQUEST_CANCEL EchoEvtRequestCancel;
EVT_WDF_TIMER EchoEvtTimer;

#endif
