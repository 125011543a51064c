/*
 * A device with its children: the static child list of an FDO, and PnP and power of the whole
 * family.
 *
 *     UNREPORTED --WdfFdoAddStaticChild--> PENDING --looked at--> PRESENT
 *         |                                   |                     |
 *         | WdfObjectDelete                   +- WdfPdoMarkMissing -+-> MISSING --looked at--> GONE
 *         v                                                                                     ^
 *      (deleted)                                      the parent is removed: from any of these -+
 *
 * A child leaves the list before its removal begins.
 *
 * What a driver records of the list is looked at in a turn (turn.h): raw children that are pending
 * are started if the parent is, those that are missing or given up are removed, others ejected
 * (eject.h).
 *
 * On the way down, children come before their parent; on the way up, the parent comes first. A
 * child is deleted when it is gone and its last file is closed; its parent is deleted after it.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_FAMILY_H
#define WDFUSE_FRAMEWORK_DEVICE_FAMILY_H

#include <stdatomic.h>
#include <stdbool.h>

#include <wdf.h>

#include "framework/io/domain.h"
#include "framework/object/worker.h"

struct child_list;
struct wdf_device;

enum child_state { CHILD_UNREPORTED, CHILD_PENDING, CHILD_PRESENT, CHILD_MISSING, CHILD_GONE };

/* Part of the device. */
struct family {
    /* constant; io_device's parent holds the reference. NULL: not a child */
    struct wdf_device *parent;

    /* Guarded by the io_lock. A child's: */
    enum child_state state GUARDED_BY(io_lock);
    /* In the parent's list while PENDING, PRESENT or MISSING */
    LIST_ENTRY entry GUARDED_BY(io_lock);
    bool is_to_be_ejected GUARDED_BY(io_lock);
    bool is_given_up GUARDED_BY(io_lock); /* by a driver of its stack (S11.34) */
    /* In `held` of its child list; guarded by that list's lock. Empty: it is not held */
    LIST_ENTRY held;
    struct work ejection;                 /* with devices of other trees (eject.h) */
    bool is_ejecting GUARDED_BY(io_lock); /* then: that is on its way */

    /* A parent's: */
    LIST_ENTRY children GUARDED_BY(io_lock); /* in order of their reporting */
    /* Children that were reported, and whose objects are there */
    unsigned undeleted GUARDED_BY(io_lock);
    /* WdfFdoLockStaticChildListForIteration: the list stays as it is */
    unsigned iterations GUARDED_BY(io_lock);
    bool is_closed GUARDED_BY(io_lock);   /* it is being removed: no children any more */
    LIST_ENTRY lists GUARDED_BY(io_lock); /* struct child_list, in order of their creation */
    /* The one of WdfFdoInitSetDefaultChildListConfig, or NULL; constant */
    struct child_list *default_list;

    /* The lowest device's of a stack: children of one of its devices have come or gone since its
     * drivers were asked for them (S16.29). Set by any thread, cleared in a turn. */
    atomic_bool is_stale;
};

void family_init(struct family *family, struct wdf_device *parent);

/* In a turn. Only the thread that has it takes children out of the list, and so only the action
 * itself can. */
void family_for_each_child(struct wdf_device *parent, void (*action)(struct wdf_device *child));

/* Children have come or gone: the device is looked at, and the drivers of its stack are asked
 * (EvtDeviceRelationsQuery). As turn_wish. */
void family_invalidate(struct wdf_device *parent);

/* The same in a turn, once the threads that wait for it have had theirs. As turn_wish_again. */
void family_invalidate_later(struct wdf_device *parent);

/* In a turn: from that device to the lowest, the children before (S17.11). */
void family_remove_stack(struct wdf_device *top, bool is_by_surprise);

/* In a turn that was wished for: children that have come or gone, and what idling asks for. */
void family_look(struct wdf_device *device);

/* A device of a stack that is not to be started after all, or whose EvtDriverDeviceAdd has failed
 * after it was made: removed if it has started, and deleted, with its children. */
void device_abandon_alone(struct wdf_device *device);

/* In a turn: the same of all devices on top of a child. Clients may have them open already (S3.28):
 * they are deleted after the last close: what those clients wait for may wait for the turn. */
void family_abandon(struct wdf_device *uppermost, struct wdf_device *child);

/* The deletion of a child's object is over: the thread that deletes its parent may wait for it. */
void family_child_deleted(struct wdf_device *parent);

/* Waits until the children of a device that was removed are deleted. */
void family_wait_for_children(struct wdf_device *parent);

/* It was reported, and has left its parent's list. */
bool family_is_gone(struct wdf_device *child);

/* The child is gone. STATUS_NO_SUCH_DEVICE: it was gone already. Any thread, any IRQL
 * up to DISPATCH_LEVEL. */
NTSTATUS child_mark_missing(struct wdf_device *child);

/* A driver in a child's stack gives it up: the child alone is removed by surprise. False: the
 * device is in no child's stack. Likewise. */
bool child_give_up(struct wdf_device *device);

/* WdfObjectDelete: false if the child was reported, and is the framework's (S1.35). */
bool family_delete_by_driver(struct wdf_device *child);

#endif
