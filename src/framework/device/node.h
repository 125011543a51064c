/*
 * Nodes: which devices clients can open by a path, and what the last part of that path is.
 *
 * A device claims its node's name when it is created, so that two devices of the process never want
 * the same; it is published when it may be opened (a PnP device has started, a control device was
 * finished) and withdrawn when it may not be opened any more. The listener makes the node
 * (lifecycle.h).
 *
 *     CLAIMED --publish--> PUBLISHED --withdraw--> WITHDRAWN
 *
 * Two locks. The telling lock is held around each call of the listener but is_free, so that it is
 * told of devices in order. It is the outermost lock of the framework after the presentation locks.
 * The nodes' lock guards the list and is held for moments: threads that read the list do not wait
 * while a node is made, which may take seconds.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_NODE_H
#define WDFUSE_FRAMEWORK_DEVICE_NODE_H

#include <stdbool.h>

#include <wdf.h>

#include "framework/lifecycle.h"

struct driver;
struct wdf_device;

enum node_state { NODE_NONE, NODE_CLAIMED, NODE_PUBLISHED, NODE_WITHDRAWN };

/* Part of the device; guarded by the nodes' lock, but for two. */
struct node_claim {
    enum node_state state;
    bool is_made; /* node_show: others may find the device */
    /* Guarded by the telling lock; the second: published to the listener. */
    bool has_failed;
    bool failure_was_told;
    bool gives_way;   /* withdrawn, and another device gets its node */
    uint64_t serial;  /* of the claim: they are listed in that order */
    LIST_ENTRY entry; /* among all devices, from claim to forget */
};

/*
 * Enters the device among all devices, with its node_name (may be NULL: it has no node) and its NT
 * name (may be NULL). STATUS_OBJECT_NAME_COLLISION: another device has one of them, or the node's
 * name is taken outside.
 */
NTSTATUS node_claim(struct wdf_device *device);

/* The device is made: from now on walks and lookups by name find it. Until then it may be given up,
 * and no other thread may have a reference. */
void node_show(struct wdf_device *device);

/* The other one is on top of it now: clients find and open the uppermost. NULL: none is any more.
 * In a turn. */
void node_cover(struct wdf_device *device, struct wdf_device *upper);

/* Another one is on top of it. */
bool node_is_covered(const struct wdf_device *device);

/* The device that is opened in its place, with a reference for the caller; NULL: none can be opened
 * yet, or any more. */
struct wdf_device *node_reference_opened(struct wdf_device *device);

/* The uppermost device of the stack as it is now, started or not, with a reference for the
 * caller. */
struct wdf_device *node_reference_top(struct wdf_device *device);

void node_publish(struct wdf_device *device);

/* No open from now on. Any number of times, in any state. */
void node_withdraw(struct wdf_device *device);

/* As node_withdraw, but the listener does not hear of it: the node stays for the device that is
 * made in its place. */
void node_give_way(struct wdf_device *device);

/* The device is being deleted: out of the list, while its base reference still holds. */
void node_forget(struct wdf_device *device);

enum node_walk {
    NODE_WALK_PRESENT, /* not those that are withdrawn */
    NODE_WALK_ALL,     /* until they are deleted */
};

/* Has each device visited, in order of creation, with a reference and without the lock. */
void node_for_each_device(enum node_walk walk,
                          void (*visit)(struct wdf_device *device, void *context), void *context);

/* The device has failed: the first tells the listener, the second does not, since the caller of the
 * failed operation has its status. A listener that is set later is told of either then. */
void node_tell_failed(struct wdf_device *device);
void node_note_failed(struct wdf_device *device);

/* A device that is to wake the system has woken. */
void node_tell_woken(void);

/*
 * The last part of "\Device\Foo", as a node's name in *name, which the caller frees.
 * STATUS_OBJECT_NAME_INVALID, with a line in the log: it can't be one.
 * STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS node_name_of(const struct driver *driver, const char *nt_name, char **name);

/* The first control device of the driver that is not removed, with a reference for the caller;
 * NULL: there is none. */
struct wdf_device *node_next_control_device(const struct driver *driver);

#endif
