/*
 * WDFCHILDLIST (S16): a bus driver reports its children by descriptions, and makes their PDOs when
 * asked to.
 *
 * What is reported is a *modification*; it is applied to the *descriptions* at once, or, while a
 * scan or an iteration is open or PDOs are being made, when the last of these ends (S16.12). Then
 * the parent is looked at (turn.h): what has gone is removed, and the driver makes the PDOs of what
 * has come. From then on a child is in its parent's family, like a static one (family.h).
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
    struct wdf_device *device; /* the parent of the list, as an object */
    WDF_CHILD_LIST_CONFIG config;
    LIST_ENTRY entry; /* in the device's lists; guarded by the io_lock */

    /* Drivers can observe it: some of their callbacks are called with it held, at DISPATCH_LEVEL
     * (S16.3). The io_lock and the turn_lock are taken inside it. It guards the rest. */
    struct callback_lock lock;
    LIST_ENTRY descriptions;  /* the oldest first */
    LIST_ENTRY modifications; /* in the order of their reporting */
    LIST_ENTRY freed;         /* linked by `modification`; freed when the lock is dropped */
    /* PDOs that a driver was given in a scan or an iteration, linked by `family.held`, each with a
     * reference: they stay objects until its end. */
    LIST_ENTRY held;
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

/* ---- for childlistapi.c; functions that end in _locked: with the list's lock held ---- */

void child_list_lock(struct child_list *list);
/* Applies what may be applied, and frees what is to be freed. */
void child_list_unlock(struct child_list *list);

/* The entry's PDO, or NULL, for a driver: in a scan or an iteration its handle stays valid until
 * that ends, also if the child is removed meanwhile. */
WDFDEVICE child_list_give_locked(struct child_list *list, struct child_entry *entry);

/* The newest modification, and the newest description, of that child; NULL: none. */
struct child_entry *child_list_find_change_locked(struct child_list *list,
                                                  PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER id);
struct child_entry *child_list_find_locked(struct child_list *list,
                                           PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER id);
/* The description of that PDO; NULL: it is gone. */
struct child_entry *child_list_find_pdo_locked(struct child_list *list,
                                               const struct wdf_device *pdo);

static inline bool child_entry_is_there(const struct child_entry *entry)
{
    return entry->state == CHILD_ENTRY_WANTED || entry->state == CHILD_ENTRY_PRESENT;
}

void child_list_insert_locked(struct child_list *list, struct child_entry *entry);
/* Removes a child without a pending change. */
void child_list_remove_locked(struct child_list *list, struct child_entry *entry);
/* Removes a child with a pending change: the change is withdrawn, and the child removed if it is
 * present (S16.15). */
void child_list_withdraw_locked(struct child_list *list, struct child_entry *entry);
void child_list_discard_locked(struct child_list *list, struct child_entry *entry);

/* ---- in a turn ---- */

/* EvtChildListScanForChildren of all lists (S16.33). */
void child_lists_scan(struct wdf_device *device);

/* Children that are gone are marked so in the family; then, if `may_make`, the driver makes the
 * PDOs of new ones. */
void child_lists_mark_missing(struct wdf_device *device);
void child_lists_make(struct wdf_device *device);

/* The parent is being removed: no more PDOs are made. */
void child_lists_close(struct wdf_device *device);

/* The PDO is about to be deleted, and has left its family. */
void child_list_forget_pdo(struct wdf_device *pdo);

/* ---- from anywhere ---- */

/* The child is gone. STATUS_NO_SUCH_DEVICE: it was gone already (S16.39). */
NTSTATUS child_list_mark_pdo_missing(struct wdf_device *pdo);

/* A driver of its stack wants it made anew (S16.41). False: it is not made anew. */
bool child_list_reenumerate(struct wdf_device *pdo);

#endif
