/*
 * Whose turn it is: PnP and power of a tree of devices, which is a stack with all children of its
 * devices, are done by one thread at a time.
 *
 * A thread that wants something done and must not wait (a driver's callback, a timer, a request
 * that arrives) wishes: the device is looked at (family_look) by a worker, or by whoever has the
 * turn before that one gives it up. The turn is no lock that somebody could hold while calling the
 * driver: a callback only records what it wants.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_TURN_H
#define WDFUSE_FRAMEWORK_DEVICE_TURN_H

#include <stdbool.h>

#include <wdf.h>

#include "framework/object/worker.h"
#include "port/thread.h"

/* A leaf, but for the workers' lock. */
PORT_LOCK_KIND(turn_lock);

struct wdf_device;

/* Part of each device; that of the root of a tree is used. */
struct turn {
    struct port_mutex turn_lock;
    struct port_condition turn_changed;
    port_thread_id holder GUARDED_BY(turn_lock); /* PORT_NO_THREAD: nobody's turn */
    LIST_ENTRY wishes GUARDED_BY(turn_lock);     /* struct turn_wish */
    LIST_ENTRY later GUARDED_BY(turn_lock);      /* the same, for the next turn */
    bool has_looker GUARDED_BY(turn_lock);       /* a worker is on its way */
    struct work look;
};

/* Part of each device: it is to be looked at, and has a reference for that. */
struct turn_wish {
    LIST_ENTRY entry GUARDED_BY(turn_lock);
    bool is_listed GUARDED_BY(turn_lock);
};

/* The account is of the device's driver. */
void turn_init(struct turn *turn, struct work_account *account);
void turn_destroy(struct turn *turn);

/* Waits for the turn of the device's tree; giving it up looks at what was wished before. */
void turn_enter(struct wdf_device *device);
void turn_leave(struct wdf_device *device);

/* The same for who may have the turn already; turn_quit is given what turn_join has returned. */
bool turn_join(struct wdf_device *device);
void turn_quit(struct wdf_device *device, bool is_entered);

/* Waits for the turns of the trees of all these devices, by who has none; the order in which they
 * are given does not matter. */
void turn_enter_all(struct wdf_device **devices, unsigned count);
void turn_leave_all(struct wdf_device **devices, unsigned count);

/* Has the device looked at, soon. Any thread, any IRQL, also with the io_lock held. */
void turn_wish(struct wdf_device *device);

/* The same, by who has the turn: not before it is given up, so that those who wait for it come
 * first. */
void turn_wish_again(struct wdf_device *device);

/* It is the calling thread's. */
bool turn_is_mine(struct wdf_device *device);

/* Threads that wait for a turn, for tests. */
unsigned turn_waiters(void);

#endif
