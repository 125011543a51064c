/*
 * Readiness: what poll(2) reports for an open file, and which pollers to wake when that changes.
 *
 * It has three sources: the device (gone, or there), the calls that are in flight
 * (overlapped.h), and what the driver says (<wdfuse/poll.h>).
 *
 * No wake-up is missed, since storing a handle and looking is one critical section of io_lock, and
 * so is each change of the state: either the poller sees the change, or the change finds the
 * handle. The handle is taken under the lock and woken outside.
 */
#ifndef WDFUSE_FRAMEWORK_IO_READINESS_H
#define WDFUSE_FRAMEWORK_IO_READINESS_H

#include <stdbool.h>
#include <stdint.h>

#include "framework/io/domain.h"
#include "framework/io.h"

/* Of a device; guarded by its io_lock. */
struct device_readiness {
    LIST_ENTRY polled; /* files with a handle: file_readiness.entry */
    ULONG events;      /* the driver's, for every file that it has said nothing else of since */
    uint64_t said_at;  /* when; by `now` */
    uint64_t now;      /* counts what the driver has said */

    /*
     * Of a driver that says nothing of a file nobody asks about: called before the readiness of an
     * open file is looked at, in the thread that asks, at PASSIVE_LEVEL and without locks. When it
     * returns the driver has said it, and goes on doing so. NULL: it says it unasked. Constant
     * before anybody opens the device; not guarded.
     */
    void (*asked)(WDFFILEOBJECT file);
};

/* Of an open file; guarded by the device's io_lock. */
struct file_readiness {
    void *handle; /* who waits for a change, NULL: nobody; the transport's */
    const struct io_transport *transport;
    LIST_ENTRY entry; /* while there is a handle */
    ULONG events;     /* the driver's, unless it has said something of the device since */
    uint64_t said_at; /* 0: never */
};

/* A handle that was taken out of its file, or none. */
struct poll_waiter {
    void *handle;
    const struct io_transport *transport;
};

void device_readiness_init(struct device_readiness *readiness);

/* To be called before what needs readiness_of_driver_locked: the driver may wait to be asked.
 * Without locks. */
void readiness_ask(const struct io_file *file);

/* What the driver says. */
ULONG readiness_of_driver_locked(const struct io_file *file) REQUIRES(io_lock);

/* Takes the handle, if there is one, for readiness_wake after the lock is dropped. */
struct poll_waiter readiness_take_locked(struct io_file *file) REQUIRES(io_lock);

/* Any IRQL up to DISPATCH_LEVEL; it calls the transport. The file may be gone, the device not yet
 * removed. */
void readiness_wake(struct poll_waiter waiter);

/* For a handle of a file that nobody can poll any more. */
void readiness_forget(struct poll_waiter waiter);

/* Wakes whoever polls any file of the device. */
void readiness_wake_all(struct io_device *device);

/* Of those the ones who were told that there is no room for their write (overlapped.h). */
void readiness_wake_for_room(struct io_device *device);

#endif
