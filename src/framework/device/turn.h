/*
 * Turns: one thread at a time does the PnP and power of a tree of devices, which is a stack with
 * all children of its devices.
 *
 * A thread that wants something done and must not wait (a driver's callback, a timer, a request
 * that arrives) leaves a wish: the device is looked at (family_look) by a worker, or by the thread
 * that has the turn before it gives the turn up. The turn is not a lock, and the driver is called
 * in it: a callback only records what it wants.
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
    port_thread_id holder GUARDED_BY(turn_lock); /* PORT_NO_THREAD: no thread has it */
    LIST_ENTRY wishes GUARDED_BY(turn_lock);     /* struct turn_wish */
    LIST_ENTRY later GUARDED_BY(turn_lock);      /* the same, for the next turn */
    bool has_looker GUARDED_BY(turn_lock);       /* a worker is submitted */
    struct work look;
};

/* Part of each device: it is to be looked at, and holds a reference for that. */
struct turn_wish {
    LIST_ENTRY entry GUARDED_BY(turn_lock);
    bool is_listed GUARDED_BY(turn_lock);
};

/* The account is that of the device's driver. */
void turn_init(struct turn *turn, struct work_account *account);
void turn_destroy(struct turn *turn);

/* Waits for the turn of the device's tree; wishes are granted before it is given up. */
void turn_enter(struct wdf_device *device);
void turn_leave(struct wdf_device *device);

/* The same for a thread that may have the turn already; turn_quit is given the result
 * of turn_join. */
bool turn_join(struct wdf_device *device);
void turn_quit(struct wdf_device *device, bool is_entered);

/* Waits for the turns of the trees of all these devices, by who has none; the order in which they
 * are given does not matter. */
void turn_enter_all(struct wdf_device **devices, unsigned count);
void turn_leave_all(struct wdf_device **devices, unsigned count);

/* Has the device looked at, soon. Any thread, any IRQL, also with the io_lock held. */
void turn_wish(struct wdf_device *device);

/* The same in a turn, but after it: threads that wait for the turn come first. */
void turn_wish_again(struct wdf_device *device);

/* It is the calling thread's. */
bool turn_is_mine(struct wdf_device *device);

/* Threads that wait for a turn, for tests. */
unsigned turn_waiters(void);

#endif
