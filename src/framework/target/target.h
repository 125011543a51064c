/*
 * WDFIOTARGET (S10): where a driver sends requests. A function or filter device has one, for the
 * next lower device of its stack (S10.1); a driver makes others and opens them (S10.2).
 *
 *     STARTED <--start-- --stop--> STOPPED, PURGED     (requests: sent on; pended; refused)
 *        ^                             |
 *        +--open-- CLOSED <--close-----+               DELETED: for good
 *
 * What is sent here is a request of the device that the target stands for, by its io_device
 * (io_request_submit_sent), as a transport's is; what comes back is delivered to the driver
 * (object/delivery.h).
 */
#ifndef WDFUSE_FRAMEWORK_TARGET_TARGET_H
#define WDFUSE_FRAMEWORK_TARGET_TARGET_H

#include <stdatomic.h>
#include <stdbool.h>

#include <wdf.h>

#include "framework/io/iodevice.h"
#include "framework/object/object.h"
#include "port/thread.h"

struct sent;
struct target_stop;

/* What a target sends to. */
struct target_place {
    struct io_device *device; /* with a reference; NULL: nothing is below */
    /* By which open file; NULL: the default target, where it is that of the request. */
    struct io_file *file;
    enum {
        TARGET_FILE_LENT,   /* it is the device's: for requests of no file */
        TARGET_FILE_OPENED, /* by an open of the target's own */
        TARGET_FILE_HELD,   /* somebody else's (file_hold) */
    } file_kind;
};

/* What whoever opens a target keeps of that (device/opentarget.c). */
struct target_opening {
    /* It has been closed and is in that state now. Without locks. */
    void (*closed)(struct target_opening *opening, WDF_IO_TARGET_STATE state);
    void (*free)(struct target_opening *opening);
};

/* Of each target; taken after io_lock, before the leaves of a device's store. */
PORT_LOCK_KIND(target_lock);

struct wdf_target {
    struct wdf_object object;

    /* Constant once created: whose driver sends, and its entry in that one's list (io_lock). */
    struct io_device *owner;
    LIST_ENTRY owner_entry GUARDED_BY(io_lock);
    bool is_default;

    struct port_mutex target_lock;
    struct port_condition changed; /* something has come back, or waiters should look */
    WDF_IO_TARGET_STATE state GUARDED_BY(target_lock);
    struct target_place place GUARDED_BY(target_lock); /* constant while it is open */
    bool is_opening GUARDED_BY(target_lock);
    unsigned closers GUARDED_BY(target_lock);    /* threads inside target_close */
    LIST_ENTRY sent GUARDED_BY(target_lock);     /* struct sent, which Stop cancels and awaits */
    LIST_ENTRY ignoring GUARDED_BY(target_lock); /* those sent with IGNORE_TARGET_STATE */
    LIST_ENTRY pended GUARDED_BY(target_lock);
    unsigned cancel_round GUARDED_BY(target_lock);
    struct target_stop *stops GUARDED_BY(target_lock); /* that wait for what was sent */
    unsigned starts GUARDED_BY(target_lock);
    /* Sent, and its completion routine has not returned: all, and those that Stop awaits. */
    _Atomic(unsigned) outstanding;
    _Atomic(unsigned) awaited;
    _Atomic(unsigned) waiters; /* threads that wait for `changed` */
    /* NULL: it was never opened. Set once, by who is opening it */
    struct target_opening *opening;
};

extern const struct object_class target_class;

#define target_from_handle(handle)                                                                 \
    CONTAINING_RECORD(object_from_handle((handle), &target_class, __func__), struct wdf_target,    \
                      object)

static inline WDFIOTARGET target_handle(struct wdf_target *target)
{
    return (WDFIOTARGET)&target->object;
}

/* It takes requests, now or when it is started again: S10.5. */
bool target_is_open(struct wdf_target *target);

/* The device's default target, for the device that io_device_attach has put it on; in state
 * Started. STATUS_INSUFFICIENT_RESOURCES. */
NTSTATUS target_create_default(struct io_device *owner);

/*
 * Opening a closed one, which may take its time: false if it is open, or being opened, or deleted
 * (S10.3). Then target_end_opening, with what it is to stand for from now on, or with NULL: it
 * stays closed. Whoever wants to close it waits for that.
 */
bool target_begin_opening(struct wdf_target *target);
void target_end_opening(struct wdf_target *target, const struct target_place *place);

/* Waits until nobody is opening it. */
void target_await_opening(struct wdf_target *target);

/* Cancels what was sent and waits for it, refuses what was pended; then the target is in that
 * state: Closed, ClosedForQueryRemove or Deleted. Its file is released. PASSIVE_LEVEL. */
void target_close(struct wdf_target *target, WDF_IO_TARGET_STATE state);

/* All targets of a device that is being removed (S10.11). */
void targets_remove(struct io_device *owner);

#endif
