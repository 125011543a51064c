/*
 * What poll(2), select(2) and epoll(7) say about a device: for drivers that know when a read or a
 * write would not wait.
 *
 * No driver needs this. Without it the framework learns by trying: a client that uses O_NONBLOCK
 * makes it give the driver a read or a write, and poll says when that one is done
 * (docs/polling.md). But before the first try poll can only say "ready". A driver that knows better
 * says so here; what it says is true at once, and O_NONBLOCK follows it: where poll does not say
 * that a read (write) would not wait, a non-blocking one is answered EAGAIN without the driver.
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

/* What holds for a device and a file until their driver says something else: try and see. */
#define WDFUSE_POLL_BY_TRYING ((ULONG)(WdfusePollIn | WdfusePollOut))

/*
 * Says what is true of one open file from now on: Events is any combination of WDFUSE_POLL_EVENTS.
 * It holds until the next call for this file or for its device.
 *
 * Who waits in poll is woken, unless the call only takes bits away: a call that repeats the bits
 * announces something more, as an edge-triggered epoll wants to hear it.
 *
 * Call it with the driver's own lock held under which the readiness changes, so that two changes
 * are told in their order: it calls nothing of the driver. Any thread, IRQL <= DISPATCH_LEVEL, from
 * the beginning of EvtDeviceFileCreate until EvtCleanupCallback of the file object; after
 * EvtFileClose it does nothing. No status: it can't fail. Bits that are none of WDFUSE_POLL_EVENTS
 * are a verifier break, and ignored.
 */
VOID WdfuseFileObjectSetPollEvents(WDFFILEOBJECT FileObject, ULONG Events);

/*
 * The same of every file of the device, those that are open and those that will be opened. Its cost
 * is that of waking those who wait. From EvtDriverDeviceAdd on, until the device object is deleted.
 */
VOID WdfuseDeviceSetPollEvents(WDFDEVICE Device, ULONG Events);

WDF_EXTERN_C_END

#endif
