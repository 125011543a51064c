/*
 * Readiness for poll(2), select(2) and epoll(7): for drivers that know whether a read or a write
 * would wait.
 *
 * No driver needs this. Without it the framework finds out by trying: a client that uses O_NONBLOCK
 * makes it give the driver a read or a write, and poll reports when that is completed
 * (docs/polling.md). But before the first try poll can only report "ready". A driver that knows its
 * readiness reports it here. It takes effect at once, and O_NONBLOCK follows it: while poll does
 * not report that a read (write) would not wait, a non-blocking one is answered EAGAIN and does not
 * reach the driver.
 */
#ifndef WDFUSE_POLL_H
#define WDFUSE_POLL_H

#include <ntddk.h>
#include <wdf.h>

WDF_EXTERN_C_START

/* The bits of poll(2), with Linux's values. */
typedef enum _WDFUSE_POLL_EVENTS {
    WdfusePollIn = 0x01,       /* POLLIN: a read would not wait: data, end of file or an error */
    WdfusePollPriority = 0x02, /* POLLPRI: something exceptional, by the device's own definition */
    WdfusePollOut = 0x04,      /* POLLOUT: a write would not wait */
    WdfusePollError = 0x08,    /* POLLERR */
    WdfusePollHangup = 0x10,   /* POLLHUP */
} WDFUSE_POLL_EVENTS;

/* The readiness of a device and a file until their driver reports another: try and see. */
#define WDFUSE_POLL_BY_TRYING ((ULONG)(WdfusePollIn | WdfusePollOut))

/*
 * Sets the readiness of one open file: Events is any combination of WDFUSE_POLL_EVENTS. It holds
 * until the next call for this file or for its device.
 *
 * The call wakes clients in poll, unless it only clears bits. A call with the same bits announces
 * another event, which an edge-triggered epoll needs to hear.
 *
 * Hold the driver's own lock, under which the readiness changes, so that two changes are reported
 * in order: the call calls nothing of the driver. Any thread, IRQL <= DISPATCH_LEVEL, from the
 * beginning of EvtDeviceFileCreate until EvtCleanupCallback of the file object; after EvtFileClose
 * it does nothing. No status: it can't fail. Bits that are not in WDFUSE_POLL_EVENTS are a verifier
 * break, and ignored.
 */
VOID WdfuseFileObjectSetPollEvents(WDFFILEOBJECT FileObject, ULONG Events);

/*
 * The same for every file of the device, open now or opened later. It costs as much as waking the
 * clients that wait. From EvtDriverDeviceAdd on, until the device object is deleted.
 */
VOID WdfuseDeviceSetPollEvents(WDFDEVICE Device, ULONG Events);

WDF_EXTERN_C_END

#endif
