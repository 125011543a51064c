/*
 * WDFCHILDLIST (S16): children that a bus driver reports by descriptions, and whose PDOs it makes
 * when it is asked to.
 *
 * What is reported is a *modification*; it is applied to the *descriptions* at once, or, while a
 * scan or an iteration is open or PDOs are being made, when the last of these ends (S16.12). Then
 * the parent is looked at (turn.h): what has gone is removed, and the driver makes the PDOs of what
 * has come. From then on a child is one like a static one, in its parent's family (family.h).
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_CHILDLIST_H
#define WDFUSE_FRAMEWORK_DEVICE_CHILDLIST_H

#include <stdbool.h>
#include <stdint.h>

#include <wdf.h>

#include "framework/device/childentry.h"
#include "framework/object/lock.h"
#include "framework/object/object.h"

struct child_list {
    struct wdf_object object;
    struct wdf_device *device; /* which it is a child of, as an object */
    WDF_CHILD_LIST_CONFIG config;
    LIST_ENTRY entry; /* in the device's lists; guarded by the io_lock */

    /* One that drivers know of: some of their callbacks are called with it held, at DISPATCH_LEVEL
     * (S16.3). Inside of it are the io_lock and the turn_lock. Guards the rest. */
    struct callback_lock lock;
    LIST_ENTRY descriptions;  /* the oldest first */
    LIST_ENTRY modifications; /* in the order of their reporting */
    LIST_ENTRY freed;         /* by `modification`: when the lock is dropped */
    uint64_t serials;
    unsigned open_count; /* scans and iterations */
    bool is_making;      /* PDOs */
    bool has_leaving;    /* descriptions, since the parent was looked at */
    bool is_closed;      /* the parent is being removed */
};

extern const struct object_class child_list_class;

static inline WDFCHILDLIST child_list_handle(struct child_list *list)
{
    return (WDFCHILDLIST)&list->object;
}

/* The attributes may be NULL; both have been checked (child_list_check). */
NTSTATUS child_list_create(struct wdf_device *device, const WDF_CHILD_LIST_CONFIG *config,
                           const WDF_OBJECT_ATTRIBUTES *attributes, struct child_list **result);
NTSTATUS child_list_check(const WDF_CHILD_LIST_CONFIG *config,
                          const WDF_OBJECT_ATTRIBUTES *attributes);

/* ---- for childlistapi.c; those that end in _locked with the list's lock held ---- */

void child_list_lock(struct child_list *list);
/* Applies what may be applied, and frees what is to be freed. */
void child_list_unlock(struct child_list *list);

/* The newest modification, and the newest description, of that child; NULL: there is none. */
struct child_entry *child_list_find_change_locked(struct child_list *list,
                                                  PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER id);
struct child_entry *child_list_find_locked(struct child_list *list,
                                           PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER id);
/* The one of that PDO; NULL: it has gone. */
struct child_entry *child_list_find_pdo_locked(struct child_list *list,
                                               const struct wdf_device *pdo);

static inline bool child_entry_is_there(const struct child_entry *entry)
{
    return entry->state == CHILD_ENTRY_WANTED || entry->state == CHILD_ENTRY_PRESENT;
}

void child_list_insert_locked(struct child_list *list, struct child_entry *entry);
/* Of an entry without a change: it is to go. */
void child_list_remove_locked(struct child_list *list, struct child_entry *entry);
/* Of one with a change: that is withdrawn, and it is to go if it is there (S16.15). */
void child_list_withdraw_locked(struct child_list *list, struct child_entry *entry);
void child_list_discard_locked(struct child_list *list, struct child_entry *entry);

/* ---- for those who have the turn ---- */

/* EvtChildListScanForChildren of all lists (S16.33). */
void child_lists_scan(struct wdf_device *device);

/* What is not there any more is marked so in the family; then, if `may_make`, the driver makes the
 * PDOs of what is new. */
void child_lists_mark_missing(struct wdf_device *device);
void child_lists_make(struct wdf_device *device);

/* The parent is being removed: nothing more is made. */
void child_lists_close(struct wdf_device *device);

/* The PDO is about to be deleted, and is in no family any more. */
void child_list_forget_pdo(struct wdf_device *pdo);

/* ---- from anywhere ---- */

/* The child is not there any more: STATUS_NO_SUCH_DEVICE if it was not (S16.39). */
NTSTATUS child_list_mark_pdo_missing(struct wdf_device *pdo);

/* A driver of its stack wants it to be made anew (S16.41). False: it is not. */
bool child_list_reenumerate(struct wdf_device *pdo);

#endif
